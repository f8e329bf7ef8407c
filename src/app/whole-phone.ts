/** An iPhone for its backup service: chosen, trusted, and where its backups go. */
import { dirname, resolve } from "node:path";
import type { DeviceInfo } from "../device/media-source.ts";
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { knownBackups, standardPlaces } from "./known-backups.ts";
import { assertHoldsBackups } from "./phone-backup-place.ts";
import type { Session } from "./session.ts";

/** The phone as its owner knows it, and as its services are reached. */
export type WholePhone = Awaited<ReturnType<typeof meetWholePhone>>;

/**
 * Asks for trust where that is wanted, and somebody is there.
 * @throws {UsageError} `phone-backup-unsupported` for what has no such service; {DeviceError} `device-not-trusted` …
 */
export async function meetWholePhone(session: Session) {
  const { hub, device } = await session.meetPhone();
  const phone = await hub.iphone(device, session.context);
  return { info: device.info as DeviceInfo, phone };
}

/**
 * The folder that holds a phone's backups: the one that was named, or the one where its newest one lies that is not Apple's own.
 * @throws {UsageError} where neither is there, or the one that was named lies in a backup
 */
export async function backupsFolder(session: Session, typed: string | undefined, info: DeviceInfo): Promise<string> {
  const { context } = session;
  if (typed?.trim() === "") throw new UsageError("usage", "The folder has no name: what was given is empty.");
  if (typed !== undefined) {
    const dir = resolve(context.cwd, typed);
    await assertHoldsBackups(dir);
    return dir;
  }
  const apples = new Set(standardPlaces(context));
  const newest = (await knownBackups(session))
    .flatMap(({ backups }) => backups)
    .filter(({ udid, folder }) => udid?.toLowerCase() === info.id.toLowerCase() && !apples.has(dirname(folder)))
    .sort((a, b) => (b.takenAt?.getTime() ?? 0) - (a.takenAt?.getTime() ?? 0))[0];
  if (newest) return dirname(newest.folder);
  throw new UsageError("usage", `No backup of ${printable(info.name)} is known yet, so say where it goes.`, {
    remedy: "Name a folder: offroll phone backup /mnt/disk/phones. The next time it is remembered.",
  });
}
