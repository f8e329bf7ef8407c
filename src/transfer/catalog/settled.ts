/** What a person has to settle, and has settled: files that failed, files that were removed by hand, files to be ignored. */
import type { SQLInputValue } from "node:sqlite";
import { isNamelessPath } from "../../device/media-source.ts";
import type { RollRole } from "../../library/roll.ts";
import type { ItemOutcome } from "../events.ts";
import type { Sql } from "./connection.ts";
import { type FileKey, isThisVersion, keyColumns, keyOfOutcome, keyValues } from "./file-key.ts";
import { columnsOf, sensible } from "./sense.ts";

/** A file that is not to be copied, and no failure. */
export interface IgnoredFile extends FileKey {
  /** An error code, `removed`, or `asked` where nothing was wrong with it. */
  readonly cause: string;
  readonly ignoredAt: number;
}

/** A chosen file whose last run failed. */
export interface FailedFile extends FileKey {
  readonly code: string;
  readonly message: string;
  /** The runs in which it failed so first and last. */
  readonly firstRun: string;
  readonly lastRun: string;
}

/** How a file failed in this run: since when, if the run before met the same cause with the same file. */
export function failureOf(
  device: string,
  outcome: ItemOutcome,
  runId: string,
  before: FailedFile | undefined,
): { readonly file: FailedFile; readonly isKnown: boolean } {
  const key = keyOfOutcome(device, outcome);
  const code = String(outcome.reason);
  const same = before?.code === code && before.sizeBytes === key.sizeBytes ? before : undefined;
  const firstRun = same?.firstRun ?? runId;
  return {
    file: { ...key, code, message: outcome.message ?? "", firstRun, lastRun: runId },
    isKnown: same !== undefined,
  };
}

/** A file that had been taken out of the destination, and was copied again. */
export interface RemovedFile extends FileKey {
  readonly target: string;
  readonly runId: string;
}

/** Tables `ignored`, `failure` and `removed`. */
export class SettledFiles {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  ignored(device?: string): IgnoredFile[] {
    return this.#all(`SELECT ${keyColumns}, cause, ignored_at AS ignoredAt FROM ignored`, device);
  }

  /** Is no failure any more, nor a file that was removed. */
  ignore(file: FileKey, cause: string, now: number): void {
    this.#sql.write(
      "INSERT OR REPLACE INTO ignored (device, path, size, created_ms, modified_ms, uuid, role, cause, ignored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...valuesOf(file),
      cause,
      now,
    );
    this.#sql.write("DELETE FROM failure WHERE device = ? AND path = ?", file.device, file.path);
    this.#sql.write(`DELETE FROM removed WHERE ${isThisVersion}`, ...keyValues(file));
  }

  unignore(file: FileKey): void {
    this.#sql.write(`DELETE FROM ignored WHERE ${isThisVersion}`, ...keyValues(file));
  }

  failures(device?: string): FailedFile[] {
    return this.#all(
      `SELECT ${keyColumns}, code, message, first_run AS firstRun, last_run AS lastRun FROM failure`,
      device,
    );
  }

  noteFailure(file: FailedFile): void {
    this.#sql.write(
      "INSERT OR REPLACE INTO failure (device, path, size, created_ms, modified_ms, uuid, role, code, message, first_run, last_run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...valuesOf(file),
      file.code,
      file.message,
      file.firstRun,
      file.lastRun,
    );
  }

  forgetFailure(device: string, path: string): void {
    this.#sql.write("DELETE FROM failure WHERE device = ? AND path = ?", device, path);
  }

  /** Those that the last run of each phone told of. */
  removed(device?: string): RemovedFile[] {
    return this.#all(`SELECT ${keyColumns}, target, run_id AS runId FROM removed`, device);
  }

  /** Takes the place of what an earlier run told. */
  noteRemoved(device: string, files: readonly RemovedFile[]): void {
    this.#sql.write("DELETE FROM removed WHERE device = ?", device);
    for (const file of files)
      this.#sql.write(
        "INSERT OR REPLACE INTO removed (device, path, size, created_ms, modified_ms, uuid, role, target, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...valuesOf(file),
        file.target,
        file.runId,
      );
  }

  #all<T extends FileKey>(select: string, device: string | undefined): T[] {
    const where = device === undefined ? "" : " WHERE device = ?";
    const rows = this.#sql
      .prepare(`${select}${where} ORDER BY device, path`)
      .all(...(device === undefined ? [] : [device]));
    return rows.map(
      (r) => ({ ...sensible(r, columns), uuid: r["uuid"] ?? undefined, role: r["role"] ?? undefined }) as unknown as T,
    );
  }
}

/** Of `keyColumns`, and of what each table has besides. */
const columns = columnsOf({
  device: "text",
  path: "text",
  sizeBytes: "number",
  createdMs: "number",
  modifiedMs: "number",
  uuid: "text?",
  role: "text?",
  cause: "text?",
  ignoredAt: "number?",
  code: "text?",
  message: "text?",
  firstRun: "text?",
  lastRun: "text?",
  target: "text?",
  runId: "text?",
});

function valuesOf(file: FileKey): SQLInputValue[] {
  return [...keyValues(file), file.uuid ?? null, file.role ?? null];
}

/** Parts that a photo's UUID identifies for ever; an edit is made anew under it, again and again. */
const neverChange: ReadonlySet<RollRole> = new Set(["original", "live-video", "raw"]);

/** Finds files as they were ignored: by path, size and times, or as the same part of the same photo. */
export class IgnoredIndex {
  readonly #byVersion = new Set<string>();
  readonly #byPhoto = new Set<string>();
  /** Folders and files that the phone does not let us look at: nothing is known of them but their path. */
  readonly entries = new Set<string>();

  constructor(files: readonly IgnoredFile[]) {
    for (const file of files) {
      this.#byVersion.add(versionOf(file));
      if (file.uuid !== undefined && neverChange.has(file.role ?? "original"))
        this.#byPhoto.add(`${file.uuid}\0${file.role ?? "original"}`);
      if (isEntryAlone(file) && !isNamelessPath(file.path)) this.entries.add(file.path);
    }
  }

  has(file: Omit<FileKey, "device">): boolean {
    if (this.#byVersion.has(versionOf(file))) return true;
    return file.uuid !== undefined && this.#byPhoto.has(`${file.uuid}\0${file.role ?? "original"}`);
  }
}

/** Nothing is known of it but its path. */
export function isEntryAlone(file: Omit<FileKey, "device">): boolean {
  return file.sizeBytes === 0 && file.createdMs === 0 && file.modifiedMs === 0;
}

function versionOf(file: Omit<FileKey, "device">): string {
  return [file.path, file.sizeBytes, file.createdMs || file.modifiedMs].join("\0");
}
