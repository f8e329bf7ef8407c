/** What the system was given, against what it would be given now: a unit that a person edited is told from one that is only older. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { writeOwnFile } from "../../shared/own-files.ts";
import { readPlainFile, readPlainText } from "../../shared/plain-file.ts";
import type { UnitFile } from "../units/index.ts";

/** `other`: ours and older, or of another place where offroll lay. `edited`: not as we left it, or not ours. */
export type UnitState = "none" | "same" | "other" | "edited";

const InstalledSchema = v.object({ path: v.string(), sha256: v.string(), folders: v.array(v.string()) });
/** What was written at the last `on`. */
export type InstalledRecord = v.InferOutput<typeof InstalledSchema>;

export function bytesOf({ text, encoding }: UnitFile): Buffer {
  return Buffer.from(text, encoding);
}

/** @param record file of what was written last */
export function unitState(file: UnitFile, record: string): UnitState {
  let there: Buffer;
  try {
    there = readPlainFile(file.path);
  } catch (error) {
    // What cannot be read is not ours to replace.
    return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "") ? "none" : "edited";
  }
  if (there.equals(bytesOf(file))) return "same";
  const written = readRecord(record);
  return written?.path === file.path && written.sha256 === sha256(there) ? "other" : "edited";
}

/** Undefined where nothing was noted, or the note cannot be read. */
export function readRecord(record: string): InstalledRecord | undefined {
  try {
    const result = v.safeParse(InstalledSchema, JSON.parse(readPlainText(record)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export function writeRecord(record: string, file: UnitFile, folders: readonly string[]): void {
  writeOwnFile(record, `${JSON.stringify({ path: file.path, sha256: sha256(bytesOf(file)), folders }, null, 1)}\n`);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
