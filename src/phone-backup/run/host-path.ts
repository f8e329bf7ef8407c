/**
 * The phone's paths, which are hostile, as places within one backup. Only what Apple's layout has is let through: every other shape is
 * refused, whatever it would mean on the disk at hand.
 */
import { PathRefusal } from "../../device/iphone/mobilebackup2/index.ts";

/** A place within a backup. */
export interface HostPath {
  /** The first part: which backup. */
  readonly id: string;
  /** Below it, with `/`; empty for the backup itself. */
  readonly rel: string;
  readonly kind: "root" | "folder" | "file";
}

const named = new Set([
  "Info.plist",
  "Status.plist",
  "Manifest.plist",
  "Manifest.db",
  "Manifest.mbdb",
  "Manifest.mbdx",
]);
const prefix = /^[0-9a-f]{2}$/;
const fileId = /^[0-9a-f]{40}$/;
/** Holds what comes until the phone has it all sorted in. */
export const snapshotName = "Snapshot";

/**
 * @param ids the backups that this operation is about
 * @throws {PathRefusal} for every other place
 */
export function parseHostPath(path: string, ids: readonly string[]): HostPath {
  const [id = "", ...parts] = path.split("/");
  if (!ids.includes(id)) throw new PathRefusal(path, "is of no backup that this is about");
  const kind = parts.length === 0 ? "root" : kindOf(parts[0] === snapshotName ? parts.slice(1) : parts);
  if (kind === undefined) throw new PathRefusal(path, "is nothing that a backup has");
  return { id, rel: parts.join("/"), kind };
}

/** Whether a name below a backup, as `rel` has it, is one that Apple's layout has. */
export function isBackupFile(rel: string): boolean {
  const parts = rel.split("/");
  return kindOf(parts[0] === snapshotName ? parts.slice(1) : parts) === "file";
}

/** Of what is below a backup, or below its snapshot. */
function kindOf(parts: readonly string[]): HostPath["kind"] | undefined {
  const [first, second, ...more] = parts;
  if (first === undefined) return "folder"; // the snapshot itself
  if (more.length > 0) return undefined;
  if (second !== undefined) return prefix.test(first) && fileId.test(second) ? "file" : undefined;
  if (prefix.test(first)) return "folder";
  return named.has(first) || fileId.test(first) ? "file" : undefined;
}
