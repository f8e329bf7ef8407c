/**
 * What was copied from which phone to where, in SQLite inside the destination's `.offroll/`, so that a drive carries its own
 * history. The photos are the truth; the catalog only spares copying them twice, and can be rebuilt.
 */

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { KnownFile, MediaItem } from "../../device/media-source.ts";
import type { RollRole } from "../../library/index.ts";
import { factsVersion, type MediaFacts } from "../../media/index.ts";
import { Breather } from "../../shared/async.ts";
import { assertPlain } from "../../shared/disk-errors.ts";
import { DestinationError } from "../../shared/errors.ts";
import { writeNewFile } from "../../shared/plain-folder.ts";
import type { FileNote, TransferKind } from "../events.ts";
import { isShiftedClock } from "./clock-shift.ts";
import { catalogError, chooseJournal, type Journal, openReadable, openWritable } from "./file.ts";
import { guarded } from "./guard.ts";
import {
  fileIdentity,
  inTransaction,
  openToWrite,
  type Prepared,
  preparing,
  RowGroups,
  type RowWrite,
  writeRows,
} from "./rows.ts";
import { SettledFiles } from "./settled.ts";
import { CatalogThread } from "./thread.ts";

/** Rows that are written as one: a transaction may flush the disk, and a page takes some 20 ms. */
const pageRows = 2_000;

export const catalogName = "catalog.sqlite";

/** With fewer rows than these the thread would start for nothing. */
const worthAThread = 64;

export type Found = "whole" | "damaged" | "missing" | "unreadable";

/** A file's last reading from the disk. */
export interface ReadBack {
  /** When, in milliseconds. */
  readonly at: number;
  readonly found: Found;
}

export interface CatalogRow {
  readonly device: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** The phone's time of the file, in milliseconds; 0 where it told none. */
  readonly modifiedMs: number;
  readonly target: string;
  readonly sha256: string | undefined;
  readonly state: "done" | "pending";
  readonly photoId: string;
  /** The asset's in the phone's library; undefined for items met without one. */
  readonly uuid: string | undefined;
  readonly role: RollRole;
  readonly captured: string | undefined;
  readonly copiedAt: number;
  readonly runId: string;
  /** Undefined where it never was. */
  readonly readBack?: ReadBack | undefined;
  /** The time that the destination's disk tells of the file; undefined where it is not known, or not to be gone by. */
  readonly storedMs?: number | undefined;
}

export interface OpenOptions {
  readonly create: boolean;
  readonly readOnly?: boolean;
  readonly name?: string;
  readonly journal?: Journal;
  /** It was looked through for damage just now: see `isWholeCatalog`. */
  readonly isChecked?: boolean;
}

interface RowsWhere {
  readonly state?: "done" | "pending";
  readonly device?: string;
  readonly role?: RollRole;
}

export interface Look extends KnownFile {
  readonly mark: string;
}

/** What a plan looks at of a row. */
export type PlanRow = Pick<
  CatalogRow,
  | "device"
  | "path"
  | "sizeBytes"
  | "modifiedMs"
  | "uuid"
  | "role"
  | "photoId"
  | "target"
  | "sha256"
  | "state"
  | "copiedAt"
  | "storedMs"
> & {
  readonly createdMs: number;
  /** What came of its last reading; undefined where there was none. */
  readonly found: Found | undefined;
};

type NewRow = Omit<CatalogRow, "device" | "path" | "sizeBytes" | "modifiedMs" | "state">;

export interface RunRow {
  readonly id: string;
  readonly device: string;
  readonly deviceName: string;
  readonly command: string;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  readonly complete: boolean;
  /** More than 0 where it failed with nothing but what had failed before with the same cause. */
  readonly knownFailures: number;
  readonly kind: TransferKind;
  readonly summary: string | undefined;
}

export class Catalog implements Disposable {
  /** Told of files that are made, moved and taken away: the log of a run keeps it. */
  onFileNote: ((note: FileNote) => void) | undefined;
  #db: DatabaseSync;
  readonly #file: string;
  #identity: string | undefined;
  readonly #writable: boolean;
  readonly #journal: Journal;
  #sql: Prepared;
  readonly #groups = new RowGroups((rows) => this.#writeRows(rows));
  #thread: CatalogThread | undefined;
  /** Rows so far. */
  #grouped = 0;
  /** What failed, was removed by hand, or is ignored. */
  readonly settled = new SettledFiles({
    prepare: (text) => this.#sql(text),
    write: (text, ...values) => this.#write(text, ...values),
  });

  private constructor(db: DatabaseSync, file: string, writable: boolean, journal: Journal) {
    this.#db = guarded(db, file);
    this.#sql = preparing(this.#db);
    this.#file = file;
    this.#identity = fileIdentity(file);
    this.#writable = writable;
    this.#journal = journal;
  }

  /**
   * Opens a catalog, making it when asked; undefined when there is none. Checked for damage at every opening. One of an earlier
   * version is brought up to date, or read as it would be then.
   * @param folder the destination's `.offroll`, or where a share's catalog is kept; @param name of the file in it
   * @param journal other than what the file system calls for
   * @throws {DestinationError} `catalog-corrupt`, `catalog-newer`
   */
  static open(folder: string, options: OpenOptions): Catalog | undefined {
    const file = join(folder, options.name ?? catalogName);
    if (!options.create && !existsSync(file)) return undefined;
    // SQLite would wait for whoever writes to a pipe of that name, and follow a link wherever it leads.
    for (const suffix of ["", "-wal", "-shm", "-journal"]) assertPlain(file + suffix);
    if (options.readOnly) return new Catalog(openReadable(file), file, false, "rollback");
    const { db, journal } = openWritable(file, options);
    return new Catalog(db, file, true, journal);
  }

  /** After the disk was away: the old handle is dead, the file is not. */
  reopen(): void {
    try {
      this.#db.close();
    } catch {
      // dead already
    }
    try {
      this.#identity = fileIdentity(this.#file);
      this.#db = guarded(openToWrite(this.#file, this.#identity), this.#file);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
    this.#sql = preparing(this.#db);
    chooseJournal(this.#db, this.#journal);
    this.#thread?.reopen(this.#identity);
  }

  /** Runs a write; what the disk refuses becomes an error with a remedy. @returns how many rows it touched */
  #write(text: string, ...values: SQLInputValue[]): number {
    try {
      return Number(this.#sql(text).run(...values).changes);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  noteDevice(id: string, name: string, model: string, now: number): void {
    this.#write(
      "INSERT INTO device (id, name, model, last_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, model = excluded.model, last_seen = excluded.last_seen",
      id,
      name,
      model,
      now,
    );
  }

  /** The template that a person chose for this phone in this destination, where one was chosen. */
  keptTemplate(device: string): string | undefined {
    const row = this.#sql("SELECT value FROM meta WHERE key = ?").get(`template:${device}`);
    return row?.["value"] as string | undefined;
  }

  keepTemplate(device: string, template: string): void {
    this.#write("INSERT OR REPLACE INTO meta VALUES (?, ?)", `template:${device}`, template);
  }

  devices(): { id: string; name: string; model: string; lastSeen: number }[] {
    return this.#sql("SELECT id, name, model, last_seen AS lastSeen FROM device ORDER BY name").all() as never;
  }

  /** The row of exactly this version of the item. */
  find(device: string, item: MediaItem): CatalogRow | undefined {
    const row = this.#sql(`SELECT * FROM item WHERE ${isThisVersion}`).get(...keyOf(device, item));
    return row && toRow(row);
  }

  /**
   * The row of the same file under a clock of another zone. MTP tells the phone's wall clock without its zone: when the phone, or
   * this computer, has travelled, every file seems to be some hours older or younger. Some devices tell no time at all.
   */
  findShifted(device: string, item: MediaItem): CatalogRow | undefined {
    const now = ms(item.modifiedAt);
    const row = this.#sql("SELECT * FROM item WHERE device = ? AND path = ? AND size = ? ORDER BY copied_at DESC")
      .all(device, item.path, item.sizeBytes)
      .find((r) => isShiftedClock(r["modified_ms"] as number, now));
    return row && toRow(row);
  }

  /** Rows of a photo's part, whatever the file's path was then. */
  findByUuid(device: string, uuid: string, role: RollRole): CatalogRow[] {
    return this.#sql("SELECT * FROM item WHERE device = ? AND uuid = ? AND role = ? ORDER BY copied_at DESC")
      .all(device, uuid, role)
      .map(toRow);
  }

  /** Gives the row of an item the UUID that the phone's library has for it. */
  identify(device: string, item: MediaItem, uuid: string, role: RollRole): void {
    this.#write(`UPDATE item SET uuid = ?, role = ? WHERE ${isThisVersion}`, uuid, role, ...keyOf(device, item));
  }

  /** Hash of a file that we made beside the photos (a sidecar, an album's entry), as we left it. */
  extra(target: string): string | undefined {
    return this.#sql("SELECT sha256 FROM extra WHERE target = ?").get(target)?.["sha256"] as string | undefined;
  }

  extras(): string[] {
    return this.#sql("SELECT target FROM extra")
      .all()
      .map((r) => r["target"] as string);
  }

  noteExtra(target: string, sha256: string): void {
    this.#write("INSERT OR REPLACE INTO extra (target, sha256) VALUES (?, ?)", target, sha256);
    this.onFileNote?.({ type: "made", target, mark: sha256 });
  }

  /** One that we took away. */
  forgetExtra(target: string): void {
    this.#write("DELETE FROM extra WHERE target = ?", target);
    this.onFileNote?.({ type: "gone", target });
  }

  /** Entries of albums that we made: each with the file that it is another name, or a copy, of. */
  albumEntries(): { entry: string; target: string }[] {
    return this.#sql("SELECT target AS entry, substr(sha256, 4) AS target FROM extra WHERE sha256 LIKE 'of:%'")
      .all()
      .map((r) => ({ entry: r["entry"] as string, target: r["target"] as string }));
  }

  albumFolders(): { device: string; key: string; folder: string }[] {
    return this.#sql("SELECT device, key, folder FROM album").all() as never;
  }

  noteAlbumFolder(device: string, key: string, folder: string): void {
    this.#write("INSERT OR REPLACE INTO album (device, key, folder) VALUES (?, ?, ?)", device, key, folder);
  }

  /** Whether a file is another phone's too. One photo under its UUID on both is one photo: of a phone that replaced the other. */
  isAnothersToo({ device, target, uuid }: Pick<CatalogRow, "device" | "target" | "uuid">): boolean {
    const others = "SELECT 1 FROM item WHERE target = ? AND device <> ? AND (uuid IS NULL OR uuid <> ?) LIMIT 1";
    return this.#sql(others).get(target, device, uuid ?? "") !== undefined;
  }

  /** A stored file has another name now, whosever it is. */
  retarget(from: string, target: string): void {
    this.#write("UPDATE item SET target = ? WHERE target = ?", target, from);
    this.onFileNote?.({ type: "moved", from, target });
  }

  /** How much there is of this phone. */
  held(device: string): { files: number; bytes: number } {
    const row = this.#sql(
      "SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM item WHERE device = ? AND state = 'done'",
    ).get(device);
    return { files: row?.["files"] as number, bytes: row?.["bytes"] as number };
  }

  /** The row of a file that was taken away. */
  forgetTarget(device: string, target: string): void {
    this.#write("DELETE FROM item WHERE device = ? AND target = ?", device, target);
    this.onFileNote?.({ type: "gone", target });
  }

  rows(where: RowsWhere = {}): CatalogRow[] {
    return [...this.eachRow(where)];
  }

  /** As `rows`, one at a time: a hundred thousand of them need not be there together. */
  *eachRow(where: RowsWhere = {}): Generator<CatalogRow, void, undefined> {
    const conditions = Object.entries(where).map(([column, value]) => ({ column, value }));
    const clause = conditions.length > 0 ? ` WHERE ${conditions.map((c) => `${c.column} = ?`).join(" AND ")}` : "";
    // Of its own: the caller may ask the same again while it goes through them.
    const statement = this.#db.prepare(`SELECT * FROM item${clause} ORDER BY target`);
    for (const row of statement.iterate(...conditions.map((c) => c.value))) yield toRow(row);
  }

  /** All rows, in no order, as a plan looks at them: lighter than whole ones. */
  *planRows(): Generator<PlanRow, void, undefined> {
    const statement = this.#db.prepare(
      "SELECT device, path, size, created_ms, modified_ms, uuid, role, photo_id, target, sha256, state, copied_at, found, stored_ms FROM item",
    );
    statement.setReturnArrays(true);
    // Each phone's id and each role is one string, not one a row.
    const same = new Map<string, string>();
    for (const row of statement.iterate() as Iterable<unknown>) yield toPlanRow(row as unknown[], same);
  }

  /**
   * Written before a file gets its name, so that a crash in between is recognised. Resolves when it is; several that come at
   * about the same time are one transaction. See `rows.ts`.
   */
  async markPending(device: string, item: MediaItem, row: NewRow): Promise<void> {
    await this.#together(wholeRow(device, item, { ...row, state: "pending" }));
  }

  /** As `markDone` for what was marked pending before, together with others; see `markPending`. */
  async noteDone(device: string, item: MediaItem, row: NewRow): Promise<void> {
    await this.#together({
      // Much less than the whole row again: no index is touched.
      text: `UPDATE item SET state = 'done', read_at = ?, found = ?, stored_ms = ? WHERE ${isThisVersion} AND target = ?`,
      values: [
        row.readBack?.at ?? null,
        row.readBack?.found ?? null,
        row.storedMs ?? null,
        ...keyOf(device, item),
        row.target,
      ],
      otherwise: wholeRow(device, item, { ...row, state: "done" }),
    });
  }

  async #together(row: RowWrite): Promise<void> {
    try {
      await this.#groups.add(row);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  /** Where a transaction waits for the disk, another thread does; with a write-ahead journal it seldom does, but takes its time. */
  #writeRows(rows: readonly RowWrite[]): Promise<void> | undefined {
    this.#grouped += rows.length;
    if ((this.#journal === "rollback" || this.#grouped > worthAThread) && !this.#thread?.isDead) {
      this.#thread ??= new CatalogThread(this.#file, this.#identity);
      return this.#thread.write(rows);
    }
    writeRows(this.#db, this.#sql, rows);
    return undefined;
  }

  markDone(device: string, item: MediaItem, row: NewRow): void {
    const { text, values } = wholeRow(device, item, { ...row, state: "done" });
    this.#write(text, ...values);
  }

  /** What a file has for a time on its disk, after it was read and is what was copied. */
  noteStoredTime(target: string, sha256: string, storedMs: number | undefined): void {
    this.#write("UPDATE item SET stored_ms = ? WHERE target = ? AND sha256 = ?", storedMs ?? null, target, sha256);
  }

  /** What came of reading a file back, in all rows that share it, where it is still the copy that was read. */
  noteRead(target: string, sha256: string | undefined, read: ReadBack | undefined): void {
    this.#write(
      "UPDATE item SET read_at = ?, found = ? WHERE target = ? AND sha256 IS ? AND state = 'done'",
      read?.at ?? null,
      read?.found ?? null,
      target,
      sha256 ?? null,
    );
  }

  /** Rows whose file was not whole when it was last read back, by target. */
  notWhole(device?: string): CatalogRow[] {
    return this.#sql(
      "SELECT * FROM item WHERE found IS NOT NULL AND found <> 'whole' AND state = 'done' AND device = coalesce(?, device) ORDER BY target",
    )
      .all(device ?? null)
      .map(toRow);
  }

  forget(device: string, item: MediaItem): void {
    this.#write(`DELETE FROM item WHERE ${isThisVersion}`, ...keyOf(device, item));
  }

  /** Turns pending rows into done ones, or drops them: `stands` tells whether the file is there and whole. */
  async reconcile(stands: (row: CatalogRow) => Promise<boolean>): Promise<void> {
    for (const row of this.rows({ state: "pending" })) {
      const sql = (await stands(row))
        ? "UPDATE item SET state = 'done' WHERE device = ? AND path = ? AND target = ? AND state = 'pending'"
        : "DELETE FROM item WHERE device = ? AND path = ? AND target = ? AND state = 'pending'";
      this.#write(sql, row.device, row.path, row.target);
    }
  }

  /** The file of a done row lies under another name now. */
  moved(row: Pick<CatalogRow, "target" | "sha256">, target: string): void {
    this.#write("UPDATE item SET target = ? WHERE target = ? AND sha256 = ?", target, row.target, row.sha256 ?? "");
    this.onFileNote?.({ type: "moved", from: row.target, target });
  }

  /** The file of a done row has another path on the phone now. */
  movedOnPhone(row: PlanRow, item: MediaItem, photoId: string): void {
    this.#write(
      "UPDATE OR REPLACE item SET path = ?, created_ms = ?, photo_id = ? WHERE device = ? AND path = ? AND size = ? AND modified_ms = ? AND target = ?",
      item.path,
      ms(item.createdAt),
      photoId,
      row.device,
      row.path,
      row.sizeBytes,
      row.modifiedMs,
      row.target,
    );
  }

  /** `old` ones were read by an earlier version, which read less: they are no longer taken. */
  getFacts(device: string, item: MediaItem): MediaFacts | "old" | undefined {
    const row = this.#sql(
      "SELECT facts, version FROM facts WHERE device = ? AND path = ? AND size = ? AND modified_ms = ?",
    ).get(device, item.path, item.sizeBytes, ms(item.modifiedAt));
    if (!row) return undefined;
    try {
      return row["version"] === factsVersion ? (JSON.parse(row["facts"] as string) as MediaFacts) : "old";
    } catch {
      return "old"; // damaged: the file's head is looked at again
    }
  }

  setFacts(device: string, item: MediaItem, facts: MediaFacts): void {
    this.#write(
      "INSERT OR REPLACE INTO facts (device, path, size, modified_ms, facts, version) VALUES (?, ?, ?, ?, ?, ?)",
      device,
      item.path,
      item.sizeBytes,
      ms(item.modifiedAt),
      JSON.stringify(facts),
      factsVersion,
    );
  }

  /** When every file of the phone was last looked at; undefined when never. */
  lookedAt(device: string): number | undefined {
    const row = this.#sql("SELECT looked_at FROM device WHERE id = ?").get(device);
    return (row?.["looked_at"] as number | null) ?? undefined;
  }

  noteLookedAt(device: string, now: number): void {
    this.#write("UPDATE device SET looked_at = ? WHERE id = ?", now, device);
  }

  /** Files that are done, by path: each as it was when the library had this mark for it. */
  looks(device: string): Map<string, Look> {
    const statement = this.#db.prepare(
      "SELECT path, l.mark, size, created_ms, modified_ms FROM look l JOIN item USING (device, path, size, created_ms, modified_ms) WHERE device = ? AND item.state = 'done'",
    );
    statement.setReturnArrays(true);
    const looks = new Map<string, Look>();
    for (const row of statement.iterate(device) as Iterable<unknown>) {
      const [path, mark, sizeBytes, created, modified] = row as [string, string, number, number, number];
      const modifiedAt = toDate(modified);
      looks.set(path, { mark, sizeBytes, modifiedAt, createdAt: created === modified ? modifiedAt : toDate(created) });
    }
    return looks;
  }

  noteLook(device: string, item: MediaItem, mark: string): void {
    this.#write(
      "INSERT INTO look (device, path, size, created_ms, modified_ms, mark) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, created_ms = excluded.created_ms, modified_ms = excluded.modified_ms, mark = excluded.mark WHERE mark <> excluded.mark OR size <> excluded.size OR modified_ms <> excluded.modified_ms OR created_ms <> excluded.created_ms",
      ...keyOf(device, item),
      mark,
    );
  }

  startRun(id: string, device: string, command: string, now: number, kind: TransferKind = "export"): void {
    this.#write(
      "INSERT INTO run (id, device, command, started_at, kind) VALUES (?, ?, ?, ?, ?)",
      id,
      device,
      command,
      now,
      kind,
    );
  }

  finishRun(id: string, complete: boolean, summary: string, now: number, knownFailures = 0): void {
    this.#write(
      "UPDATE run SET finished_at = ?, complete = ?, summary = ?, known_failures = ? WHERE id = ?",
      now,
      complete ? 1 : 0,
      summary,
      knownFailures,
      id,
    );
  }

  runs(): RunRow[] {
    return this.#sql(
      "SELECT run.*, device.name FROM run LEFT JOIN device ON device.id = run.device ORDER BY started_at DESC, run.id",
    )
      .all()
      .map((r) => ({
        id: r["id"] as string,
        device: r["device"] as string,
        deviceName: (r["name"] as string | null) ?? (r["device"] as string),
        command: r["command"] as string,
        startedAt: r["started_at"] as number,
        finishedAt: (r["finished_at"] as number | null) ?? undefined,
        complete: r["complete"] === 1,
        knownFailures: r["known_failures"] as number,
        kind: r["kind"] === "backup" ? "backup" : "export",
        summary: (r["summary"] as string | null) ?? undefined,
      }));
  }

  /** Why files are left out, as the logs told it last, by path. */
  toldSkips(device: string): Map<string, string> {
    const rows = this.#db.prepare("SELECT path, reason FROM told_skip WHERE device = ?").iterate(device);
    return new Map(Iterator.from(rows).map((r) => [r["path"] as string, r["reason"] as string]));
  }

  /** @param changes undefined for files that are left out no more */
  noteToldSkips(device: string, changes: ReadonlyMap<string, string | undefined>): void {
    this.transaction(() => {
      for (const [path, reason] of changes)
        if (reason === undefined) this.#write("DELETE FROM told_skip WHERE device = ? AND path = ?", device, path);
        else
          this.#write("INSERT OR REPLACE INTO told_skip (device, path, reason) VALUES (?, ?, ?)", device, path, reason);
    });
  }

  /** Counts writers' sessions, so that the newer of two copies is known. */
  get revision(): number {
    return Number(this.#sql("SELECT value FROM meta WHERE key = 'revision'").get()?.["value"] ?? 0);
  }

  /** A consistent copy in one file, counted as newer than this one was. */
  exportTo(file: string): void {
    this.#write("INSERT OR REPLACE INTO meta VALUES ('revision', ?)", String(this.revision + 1));
    rmSync(file, { force: true });
    writeNewFile(file, "", 0o600); // SQLite fills what is empty, and leaves its mode
    this.#write("VACUUM INTO ?", file);
  }

  /** Many writes as one: used for the facts of a first listing. @throws {DestinationError} what the disk refuses */
  transaction(body: () => void): void {
    try {
      inTransaction(this.#db, body);
    } catch (error) {
      throw catalogError(this.#file, error);
    }
  }

  /** One write for each value, many as one, with a breath in between. */
  async inPages<T>(values: Iterable<T>, write: (value: T) => void): Promise<void> {
    const breather = new Breather();
    let page: T[] = [];
    const flush = (): void => {
      if (page.length > 0) this.transaction(() => page.forEach(write));
      page = [];
    };
    for (const value of values) {
      page.push(value);
      if (page.length < pageRows) continue;
      flush();
      if (breather.isDue) await breather.breathe();
    }
    flush();
  }

  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    this.#groups.flush();
    this.#thread?.[Symbol.dispose]();
    // A write-ahead journal cannot be opened on read-only media: leave one plain file behind.
    if (this.#writable) {
      try {
        this.#db.exec("PRAGMA journal_mode = DELETE");
      } catch {
        // Another reader has it open; the journal is then left as it is, which is legal.
      }
    }
    this.#db.close();
  }
}

/** The primary key of one version of a file; `keyOf` gives its values. */
const isThisVersion = "device = ? AND path = ? AND size = ? AND created_ms = ? AND modified_ms = ?";

function keyOf(device: string, item: MediaItem): [string, string, number, number, number] {
  return [device, item.path, item.sizeBytes, ms(item.createdAt), ms(item.modifiedAt)];
}

function wholeRow(device: string, item: MediaItem, row: NewRow & Pick<CatalogRow, "state">): RowWrite {
  return {
    text: "INSERT OR REPLACE INTO item (device, path, size, created_ms, modified_ms, uuid, photo_id, captured, sha256, target, state, copied_at, run_id, role, read_at, found, stored_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    values: [
      ...keyOf(device, item),
      row.uuid ?? null,
      row.photoId,
      row.captured ?? null,
      row.sha256 ?? null,
      row.target,
      row.state,
      row.copiedAt,
      row.runId,
      row.role,
      row.readBack?.at ?? null,
      row.readBack?.found ?? null,
      row.storedMs ?? null,
    ],
  };
}

function ms(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}

function toDate(value: number): Date | undefined {
  return value === 0 ? undefined : new Date(value);
}

/** SQLite has no checksums: a damaged page may give anything. */
function senseless(): DestinationError {
  return new DestinationError("catalog-corrupt", "The catalog is damaged: a row of it makes no sense.");
}

const textColumns = ["device", "path", "target", "state", "photo_id", "role", "run_id"] as const;
function toPlanRow(row: readonly unknown[], same: Map<string, string>): PlanRow {
  const [
    device,
    path,
    sizeBytes,
    createdMs,
    modifiedMs,
    uuid,
    role,
    photoId,
    target,
    sha256,
    state,
    copiedAt,
    found,
    storedMs,
  ] = row as [
    string,
    string,
    number,
    number,
    number,
    string | null,
    string,
    string,
    string,
    string | null,
    string,
    number,
    string | null,
    number | null,
  ];
  const texts = [device, path, role, photoId, target, state];
  if (!texts.every((text) => typeof text === "string") || !Number.isSafeInteger(sizeBytes)) throw senseless();
  const one = (text: string): string => {
    const known = same.get(text);
    if (known === undefined) same.set(text, text);
    return known ?? text;
  };
  return {
    device: one(device),
    path,
    sizeBytes,
    createdMs,
    modifiedMs,
    uuid: uuid ?? undefined,
    role: one(role) as RollRole,
    photoId,
    target,
    sha256: sha256 ?? undefined,
    state: one(state) as "done" | "pending",
    copiedAt,
    found: found === null ? undefined : (one(found) as Found),
    storedMs: storedMs ?? undefined,
  };
}

function toRow(r: Record<string, unknown>): CatalogRow {
  const isWhole = textColumns.every((column) => typeof r[column] === "string") && Number.isSafeInteger(r["size"]);
  if (!isWhole) throw senseless();
  return {
    device: r["device"] as string,
    path: r["path"] as string,
    sizeBytes: r["size"] as number,
    modifiedMs: r["modified_ms"] as number,
    target: r["target"] as string,
    sha256: (r["sha256"] as string | null) ?? undefined,
    state: r["state"] as "done" | "pending",
    photoId: r["photo_id"] as string,
    uuid: (r["uuid"] as string | null) ?? undefined,
    role: r["role"] as RollRole,
    captured: (r["captured"] as string | null) ?? undefined,
    copiedAt: r["copied_at"] as number,
    runId: r["run_id"] as string,
    readBack: r["found"] == null ? undefined : { at: r["read_at"] as number, found: r["found"] as Found },
    storedMs: (r["stored_ms"] as number | null) ?? undefined,
  };
}

/** Throws the damaged catalog away; the caller fills a new one. Destination id and photos stay. */
export function discardCatalog(folder: string, name = catalogName): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(join(folder, `${name}${suffix}`), { force: true });
}
