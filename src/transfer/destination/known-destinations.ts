/**
 * What this computer remembers of the places it copied to: where they were, whose phones are in them, and how the last runs ended.
 * One file a destination in the person's data folder, so that a disk that is away is neither forgotten nor mistaken for an empty
 * folder at its mount point.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { mountPointOf } from "../../shared/mounts.ts";
import { namesOfOwn, removeOwnFile, writeOwnFile } from "../../shared/own-files.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import type { TransferKind } from "../events.ts";
import type { DestinationFolder } from "./place.ts";
import { isSamePath } from "./same-path.ts";

/** A phone in one destination, as of its last run there. */
export interface KnownPhone extends RunNote {
  readonly kind: TransferKind;
  /** Times in milliseconds since 1970, UTC. */
  readonly lastRunAt: number;
  /** Of the last run that left nothing of its plan undone, but for failures known before; a backup's, once there is one. */
  readonly lastCompleteAt?: number | undefined;
  /** `interrupted` while it runs, and for ever when it never ended. */
  readonly lastRun: "complete" | "incomplete" | "interrupted";
}

/** What a run leaves to tell. */
export interface RunNote {
  readonly device: string;
  readonly name: string;
  /** Chosen files that failed in the last run, and how many of them had failed before with the same cause. */
  readonly failed: number;
  readonly knownFailures: number;
  /** Files that a person settled with `ignore`. */
  readonly ignored: number;
  /** Of the photos that the phone's library shows: those whose original is in iCloud alone, and those that are nowhere. */
  readonly iCloudOnly: number;
  readonly missing: number;
  /** Files that were not whole when they were last read back. */
  readonly damaged?: number;
  /** What the destination holds of this phone. */
  readonly files: number;
  readonly bytes: number;
}

/** One destination as this computer remembers it, for when its disk is away. */
export interface KnownDestination {
  readonly id: string;
  /** Its real path, and the path that was typed, which may lead there through links. */
  readonly path: string;
  readonly typed: string;
  /** Mount point of its disk, as of its last run; none on the disk of the system. */
  readonly disk?: string | undefined;
  /** Where else it was. */
  readonly formerly?: readonly string[];
  /** A person began a new destination at its place: this one is no longer waited for. */
  readonly replaced?: boolean;
  readonly phones: readonly KnownPhone[];
}

/** A place and the id that belongs to it; any id where it is not known. */
export interface RememberedPlace {
  readonly path: string;
  readonly id: string | undefined;
  /** Mount point of its disk, where it has one that is waited for. */
  readonly disk?: string | undefined;
}

/** Of one destination. */
const mostPlaces = 8;

/** Where destinations were, each with its id. */
export function rememberedPlaces(known: readonly KnownDestination[]): RememberedPlace[] {
  return known.flatMap(({ id, path, typed, formerly = [], disk, replaced }) =>
    [...new Set([path, typed, ...formerly])].map((p) => ({
      path: p,
      id,
      disk: p === path && !replaced ? disk : undefined,
    })),
  );
}

/** All that can be read, by path. A file that cannot hides no other. */
export function knownDestinations(dataFolder: string): KnownDestination[] {
  const folder = folderIn(dataFolder);
  return namesOfOwn(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => readKnown(join(folder, name)))
    .filter((known) => known !== undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

type IdentifiedFolder = Pick<DestinationFolder, "root" | "typed"> & { readonly id: string };

/** A run begins: from now on its place is remembered, however it ends. */
export function noteRunBegins(
  dataFolder: string,
  folder: IdentifiedFolder,
  run: { readonly device: string; readonly name: string; readonly kind: TransferKind; readonly at: number },
): void {
  const { device, name, kind, at } = run;
  const none = { failed: 0, knownFailures: 0, ignored: 0, iCloudOnly: 0, missing: 0, files: 0, bytes: 0 };
  notePhone(dataFolder, folder, device, (before) =>
    before && isLess(before, kind)
      ? { ...before, name }
      : { ...none, ...before, device, name, kind, lastRunAt: at, lastRun: "interrupted" },
  );
}

/** A run ended. @param isComplete nothing of its plan is undone, but for failures known before */
export function noteRunEnds(
  dataFolder: string,
  folder: IdentifiedFolder,
  run: RunNote & { readonly kind: TransferKind; readonly at: number; readonly isComplete: boolean },
): void {
  const { at, isComplete, ...note } = run;
  notePhone(dataFolder, folder, run.device, (before) =>
    before && isLess(before, run.kind)
      ? { ...before, files: run.files, bytes: run.bytes }
      : {
          ...note,
          lastRunAt: before?.lastRunAt ?? at,
          lastRun: isComplete ? "complete" : "incomplete",
          lastCompleteAt: isComplete ? at : before?.kind === run.kind ? before.lastCompleteAt : undefined,
        },
  );
}

/** A few chosen photos are no backup: an export leaves what a backup said. */
function isLess(before: KnownPhone, kind: TransferKind): boolean {
  return before.kind === "backup" && kind === "export";
}

function notePhone(
  dataFolder: string,
  { id, root, typed }: IdentifiedFolder,
  device: string,
  change: (before: KnownPhone | undefined) => KnownPhone,
): void {
  const file = fileOf(dataFolder, id);
  const known = readKnown(file);
  const phones = known?.phones ?? [];
  const places = [known?.path, known?.typed, ...(known?.formerly ?? [])].filter((p) => p !== undefined);
  write(file, {
    id,
    path: root,
    typed,
    disk: mountPointOf(root),
    formerly: [...new Set(places)].filter((p) => p !== root && p !== typed).slice(0, mostPlaces),
    phones: [...phones.filter((p) => p.device !== device), change(phones.find((p) => p.device === device))],
  });
}

/** A new destination at the place of others, because a person says so: the others are no longer waited for. */
export function noteReplaced(dataFolder: string, folder: DestinationFolder): void {
  for (const known of knownDestinations(dataFolder))
    if (known.id !== folder.id && isAt(folder, known))
      write(fileOf(dataFolder, known.id), { ...known, replaced: true });
}

/** @returns whether there was one */
export function forgetDestination(dataFolder: string, id: string): boolean {
  const file = fileOf(dataFolder, id);
  if (readKnown(file) === undefined) return false;
  removeOwnFile(file);
  return true;
}

function isAt(folder: DestinationFolder, known: KnownDestination): boolean {
  return [folder.root, folder.typed].some((p) => isSamePath(p, known.path) || isSamePath(p, known.typed));
}

function folderIn(dataFolder: string): string {
  return join(dataFolder, "destinations");
}

/** Named by a hash: the id comes from a disk, and may be anything. */
function fileOf(dataFolder: string, id: string): string {
  return join(folderIn(dataFolder), `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.json`);
}

function readKnown(file: string): KnownDestination | undefined {
  try {
    const value = JSON.parse(readPlainText(file)) as Partial<KnownDestination>;
    const isWhole =
      [value.id, value.path, value.typed].every((s) => typeof s === "string") && Array.isArray(value.phones);
    return isWhole ? (value as KnownDestination) : undefined;
  } catch {
    return undefined;
  }
}

function write(file: string, known: KnownDestination): void {
  writeOwnFile(file, `${JSON.stringify({ v: 1, ...known }, null, 1)}\n`);
}
