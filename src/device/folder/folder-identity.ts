/**
 * Who a folder is. It has no serial number, and its name and its path say little: every card of a camera is called the same, and the
 * next one is mounted in the place of the last. What tells a folder, from the best on:
 *
 * 1. The number that its file system gave it together with the moment it was made, to the nanosecond. Both stay when it is renamed,
 *    moved on its disk, or its disk is mounted elsewhere; a copy of it is another folder. (ext4, btrfs, XFS, APFS, NTFS)
 * 2. The file system's own number and the path on it: for cards and sticks (FAT, exFAT), which number their folders anew at each mount.
 * 3. The path on this computer, and what is mounted there: shares, a mounted phone. Another may come under the same path, so that
 *    nothing may be taken for granted by it (`hasSerial: false`).
 */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { type Mount, mountOf, volumeNumber } from "./mounts.ts";

/** Who a folder is, from run to run. */
export interface FolderIdentity {
  readonly id: string;
  /** False: another folder may come to have the same id. */
  readonly hasSerial: boolean;
}

/** FAT and exFAT tell the time that a folder was made in steps of this; who tells it in nanoseconds keeps numbers too. */
const coarsestNs = 10_000_000n;

/** @param root without links in it. @throws as `fs.lstat` does */
export async function identifyFolder(root: string): Promise<FolderIdentity> {
  const { ino, birthtimeNs } = await lstat(root, { bigint: true });
  const mount = await mountOf(root);
  return identityOf({ root, number: ino, madeNs: birthtimeNs, mount, volume: mount && (await volumeNumber(mount)) });
}

/** What a computer tells of a folder. */
export interface FolderTraits {
  readonly root: string;
  readonly number: bigint;
  /** Nanoseconds since 1970; 0 where it is not kept. */
  readonly madeNs: bigint;
  readonly mount: Mount | undefined;
  readonly volume: string | undefined;
}

export function identityOf({ root, number, madeNs, mount, volume }: FolderTraits): FolderIdentity {
  if (madeNs > 0n && madeNs % coarsestNs !== 0n) return { id: idOf("made", number, madeNs), hasSerial: true };
  if (mount && volume !== undefined) return { id: idOf("volume", volume, pathOn(mount, root)), hasSerial: true };
  return { id: idOf("path", root, mount?.type ?? "", mount?.source ?? ""), hasSerial: false };
}

/** The path on the file system, wherever that is mounted: a part of it may be mounted alone. */
function pathOn({ at, root }: Mount, path: string): string {
  const inside = at === "/" ? path : path.slice(at.length);
  return `${root === "/" ? "" : root}${inside}` || "/";
}

function idOf(...parts: readonly (string | bigint)[]): string {
  return `folder-${createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 24)}`;
}
