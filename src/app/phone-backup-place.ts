/** The folder that backups of whole phones go to by themselves: made while somebody is there, and looked at when a phone is attached. */
import { dirname, join, resolve } from "node:path";
import { backupAround, claimFolder, idOfFolder, inspectBackup, isUdid } from "../phone-backup/index.ts";
import { UsageError } from "../shared/errors.ts";
import { wayInside } from "../shared/inside.ts";
import { realPathOf } from "../shared/real-path.ts";
import { printable } from "../shared/text.ts";
import type { Host } from "./host.ts";

/** What the folder tells of one phone. Times are ms UTC. */
export interface PhoneBackupSeen {
  /** The folder, where it is there; undefined while its disk is away. */
  readonly root?: string | undefined;
  /** When the phone's last complete backup in it was made. */
  readonly takenAt?: number | undefined;
  /** Whether the phone asked for its passcode then, by what the backup says of itself. */
  readonly asksPasscode?: boolean | undefined;
}

/**
 * @param photos where the phone's photos go: one is not to lie in the other
 * @throws {UsageError} `phone-backup-unsupported` for what is no iPhone; {DestinationError} what the disk refuses
 */
export async function settlePhoneBackupPlace(
  host: Host,
  typed: string,
  { phone, photos, dryRun }: { readonly phone: string; readonly photos: string; readonly dryRun: boolean },
): Promise<{ readonly to: string; readonly id: string }> {
  if (!isUdid(phone)) throw new UsageError("phone-backup-unsupported", "This is no iPhone and no iPad.");
  const to = resolve(host.cwd, typed);
  const [realTo, realPhotos] = [await realPathOf(to), await realPathOf(photos)];
  if (wayInside(realPhotos, realTo) !== undefined || wayInside(realTo, realPhotos) !== undefined)
    throw new UsageError("usage", `${printable(to)} and the folder of the photos lie in one another.`, {
      remedy: "Name a folder beside it: --phone-backup /mnt/disk/phones",
    });
  await assertHoldsBackups(to);
  return { to, id: dryRun ? (idOfFolder(to) ?? "") : await claimFolder(to) };
}

/**
 * A backup in a backup would be foreign to it, and be gone with it when the next one takes its place.
 * @throws {UsageError} where the folder is a backup itself, or lies in one
 */
export async function assertHoldsBackups(dir: string): Promise<void> {
  const found = await backupAround(dir);
  if (!found) return;
  const { around, isItself } = found;
  const is = isItself ? "is" : "lies in";
  const what = around === dir ? "" : `, ${printable(around)}`;
  throw new UsageError("usage", `${printable(dir)} ${is} the backup of a phone${what}: another one cannot lie in it.`, {
    remedy: `Name the folder that holds it: ${printable(dirname(around))}`,
  });
}

/** @param phone its UDID */
export async function lookAtPhoneBackup(
  place: { readonly to: string; readonly id: string },
  phone: string,
): Promise<PhoneBackupSeen> {
  if (idOfFolder(place.to) !== place.id) return {};
  const root = place.to;
  const found = isUdid(phone) ? await inspectBackup(join(root, phone)).catch(() => undefined) : undefined;
  if (found?.state !== "complete") return { root };
  const { takenAt, hadPasscode, osVersion } = found;
  return {
    root,
    takenAt: takenAt?.getTime(),
    asksPasscode: hadPasscode === undefined ? undefined : hadPasscode && asksForEachBackup(osVersion),
  };
}

/** Since 16.1, and 15.7.1 of the older line. Source: Apple's release notes; libimobiledevice, issue 1692. */
function asksForEachBackup(osVersion: string | undefined): boolean {
  const [major = 0, minor = 0, patch = 0] = (osVersion ?? "").split(".").map(Number);
  if (major === 15) return minor > 7 || (minor === 7 && patch >= 1);
  if (major === 16) return minor >= 1;
  // One that does not tell its version is taken for a new one.
  return major > 16 || major === 0;
}
