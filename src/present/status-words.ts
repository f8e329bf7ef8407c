/** How a phone's backup stands, in a line. */

import { type DeviceNoun, onThe } from "../device/media-source.ts";
import { formatBytes, plural, printable } from "../shared/text.ts";
import type { KnownPhone } from "../transfer/destination/index.ts";

/** What is said of it; times are milliseconds since 1970. */
export interface BackupStanding {
  readonly name: string;
  /** What the device is, where it was looked at. */
  readonly noun?: DeviceNoun | undefined;
  readonly destination: string;
  readonly state: "there" | "not-there" | "unreadable";
  /** A person began a new destination at its place. */
  readonly replaced: boolean;
  readonly kind: KnownPhone["kind"];
  readonly lastRunAt: number | undefined;
  readonly lastRun: KnownPhone["lastRun"] | undefined;
  readonly lastCompleteAt: number | undefined;
  readonly failed: number;
  readonly knownFailures: number;
  readonly ignored: number;
  readonly iCloudOnly: number;
  readonly missing: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that were not whole when they were last read back. */
  readonly damaged: number;
  /** On the phone and not here; undefined while that cannot be known. */
  readonly newFiles: number | undefined;
  /** Older than was asked for. */
  readonly stale: boolean;
}

export function statusWords(phone: BackupStanding, now: number): string {
  const stale = phone.stale ? " (stale)" : "";
  // Nothing is said of files and runs that this computer does not remember.
  if (phone.state !== "there" && phone.lastRunAt === undefined)
    return `${printable(phone.name)}: its backup in ${printable(phone.destination)} ${phone.state === "unreadable" ? "cannot be read" : "is not there"}, and none of its runs is remembered on this computer${stale}`;
  const parts = [
    completeWords(phone, now),
    `${plural(phone.files, "file")}, ${formatBytes(phone.bytes)} in ${printable(phone.destination)}${stateWords(phone)}`,
  ];
  if (phone.lastRun !== undefined && phone.lastRun !== "complete" && phone.lastRunAt !== undefined)
    parts.push(`last run ${agoWords(now - phone.lastRunAt)} was ${phone.lastRun}`);
  if (phone.failed > 0) parts.push(`${plural(phone.failed, "file")} failed in the last run`);
  if (phone.damaged > 0) parts.push(`${plural(phone.damaged, "file")} not whole`);
  if (phone.ignored > 0) parts.push(`${plural(phone.ignored, "file")} ignored`);
  if (phone.iCloudOnly > 0) parts.push(`${plural(phone.iCloudOnly, "photo")} only in iCloud`);
  if (phone.missing > 0) parts.push(`${plural(phone.missing, "photo")} missing`);
  if (phone.newFiles !== undefined) parts.push(`${plural(phone.newFiles, "new file")} ${onThe(phone.noun ?? "phone")}`);
  return `${printable(phone.name)}: ${parts.join("; ")}${stale}`;
}

function completeWords({ lastCompleteAt, lastRun, knownFailures, kind }: BackupStanding, now: number): string {
  if (lastCompleteAt === undefined)
    return kind === "backup" ? "never completed" : "no backup; an export never completed";
  const what = kind === "backup" ? "last complete" : "no backup; last complete export";
  const but = lastRun === "complete" && knownFailures > 0 ? ` but for ${plural(knownFailures, "known failure")}` : "";
  return `${what} ${agoWords(now - lastCompleteAt)}${but}`;
}

function stateWords({ state, replaced }: BackupStanding): string {
  const away = { there: "", "not-there": ", which is not there", unreadable: ", which cannot be read" }[state];
  return replaced ? `${away}; a new destination was begun in its place` : away;
}

/** How long ago, to the hour: "3 days ago". */
export function agoWords(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  if (days > 0) return `${plural(days, "day")} ago`;
  const hours = Math.floor(ms / 3_600_000);
  return hours > 0 ? `${plural(hours, "hour")} ago` : "within the last hour";
}
