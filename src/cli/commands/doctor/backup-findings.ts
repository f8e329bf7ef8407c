/** Whether the place of each phone's backup is there, and has room. */
import type { Session } from "../../../app/session.ts";
import type { DeviceSummary } from "../../../device/index.ts";
import type { DeviceInfo } from "../../../device/media-source.ts";
import { formatBytes, printable } from "../../../shared/text.ts";
import { openDestination } from "../../../transfer/destination/index.ts";
import type { Finding } from "./finding.ts";

export async function backupFindings(session: Session, devices: readonly DeviceSummary[]): Promise<Finding[]> {
  const ready = devices.filter((d) => d.state === "ready");
  return await Promise.all(ready.map(({ info }) => backupFinding(session, info)));
}

async function backupFinding(session: Session, info: DeviceInfo): Promise<Finding> {
  const name = printable(info.name);
  const known = session.config.backups?.[info.id];
  if (!known)
    return {
      check: "backup: none",
      verdict: "note",
      text: `${name} has no backup folder yet.`,
      remedy: "Run `offroll backup DIR` once; the folder is remembered.",
    };
  const opened = await openDestination(known.path, session.context.cwd).catch(() => undefined);
  if (opened?.found.isThere) return spaceFinding(name, known.path, await opened.place.freeBytes());
  return {
    check: "backup: destination-not-there",
    verdict: "problem",
    text: `${name}'s backup folder ${known.path} is not there.`,
    remedy: "Plug its disk in.",
  };
}

const littleBytes = 2e9;

/** @param free undefined where the disk does not tell */
function spaceFinding(name: string, path: string, free: number | undefined): Finding {
  if (free === undefined || free >= littleBytes)
    return {
      check: "backup: there",
      verdict: "ok",
      text: `${name} is backed up to ${path}${free === undefined ? "" : ` (${formatBytes(free)} free)`}.`,
    };
  return {
    check: "backup: little-space",
    verdict: "problem",
    text: `${name}'s backup folder ${path} has only ${formatBytes(free)} free.`,
    remedy: "Free some space there, or back up to another disk.",
  };
}
