/** Which version of which file of a phone was copied to where. */
import type { MediaItem } from "../../device/media-source.ts";
import type { RollRole } from "../../library/roll.ts";
import type { FileNote } from "../events.ts";
import { isShiftedClock } from "./clock-shift.ts";
import type { Sql } from "./connection.ts";
import { type FileKey, isThisVersion, keyColumns, toMs, versionValues } from "./file-key.ts";
import {
  type CatalogRow,
  type NewRow,
  type PlanRow,
  type ProofRow,
  planColumns,
  type ReadBack,
  toPlanRow,
  toProofRow,
  toRow,
  wholeRow,
} from "./item-row.ts";

interface RowsWhere {
  readonly state?: "done" | "pending";
  readonly device?: string;
  readonly role?: RollRole;
}

/** Table `item`. */
export class ItemTable {
  readonly #sql: Sql;
  readonly #tell: (note: FileNote) => void;

  /** @param tell told of files that are moved and taken away */
  constructor(sql: Sql, tell: (note: FileNote) => void) {
    this.#sql = sql;
    this.#tell = tell;
  }

  /** The row of exactly this version of the item. */
  find(device: string, item: MediaItem): CatalogRow | undefined {
    const row = this.#sql.prepare(`SELECT * FROM item WHERE ${isThisVersion}`).get(...versionValues(device, item));
    return row && toRow(row);
  }

  /**
   * The row of the same file under a clock of another zone. MTP tells the phone's wall clock without its zone: when the phone, or
   * this computer, has travelled, every file seems to be some hours older or younger. Some devices tell no time at all.
   */
  findShifted(device: string, item: MediaItem): CatalogRow | undefined {
    const now = toMs(item.modifiedAt);
    const row = this.#sql
      .prepare("SELECT * FROM item WHERE device = ? AND path = ? AND size = ? ORDER BY copied_at DESC")
      .all(device, item.path, item.sizeBytes)
      .find((r) => isShiftedClock(r["modified_ms"] as number, now));
    return row && toRow(row);
  }

  /** A file by its name in the destination: one of the rows that share it. */
  atTarget(target: string): CatalogRow | undefined {
    const row = this.#sql.prepare("SELECT * FROM item WHERE target = ? AND state = 'done' LIMIT 1").get(target);
    return row && toRow(row);
  }

  /** Rows of a photo's part, whatever the file's path was then, the newest first. */
  findByUuid(device: string, uuid: string, role: RollRole): CatalogRow[] {
    return this.#sql
      .prepare("SELECT * FROM item WHERE device = ? AND uuid = ? AND role = ? ORDER BY copied_at DESC")
      .all(device, uuid, role)
      .map(toRow);
  }

  /** By target. */
  rows(where: RowsWhere = {}): CatalogRow[] {
    return [...this.eachRow(where)];
  }

  /** As `rows`, one at a time: a hundred thousand of them need not be there together. */
  *eachRow(where: RowsWhere = {}): Generator<CatalogRow, void, undefined> {
    const conditions = Object.entries(where).map(([column, value]) => ({ column, value }));
    const clause = conditions.length > 0 ? ` WHERE ${conditions.map((c) => `${c.column} = ?`).join(" AND ")}` : "";
    // Of its own: the caller may ask the same again while it goes through them.
    const statement = this.#sql.prepareOwn(`SELECT * FROM item${clause} ORDER BY target`);
    for (const row of statement.iterate(...conditions.map((c) => c.value))) yield toRow(row);
  }

  /** Every copied file with the phone's time of its creation, those of one photo together: phone by phone, in the order of photos' ids. */
  *eachOfPhotos(): Generator<CatalogRow & { readonly createdMs: number }, void, undefined> {
    const statement = this.#sql.prepareOwn(
      "SELECT * FROM item WHERE state = 'done' ORDER BY device, photo_id, copied_at DESC",
    );
    for (const row of statement.iterate()) yield { ...toRow(row), createdMs: Number(row["created_ms"]) || 0 };
  }

  /** All rows, in no order, as a plan looks at them: lighter than whole ones. */
  *planRows(): Generator<PlanRow, void, undefined> {
    const statement = this.#sql.prepareOwn(`SELECT ${planColumns} FROM item`);
    statement.setReturnArrays(true);
    const same = new Map<string, string>();
    for (const row of statement.iterate() as Iterable<unknown>) yield toPlanRow(row as unknown[], same);
  }

  /** Every copied version of this phone's files, with what proves it; one at a time, in no order. */
  *proofRows(device: string): Generator<ProofRow, void, undefined> {
    const statement = this.#sql.prepareOwn("SELECT * FROM item WHERE device = ? AND state = 'done'");
    for (const row of statement.iterate(device)) yield toProofRow(row);
  }

  /** Every file that was copied, by phone and path. */
  copied(): (FileKey & { readonly photoId: string; readonly target: string })[] {
    return this.#sql
      .prepare(`SELECT ${keyColumns}, photo_id AS photoId, target FROM item WHERE state = 'done' ORDER BY device, path`)
      .all()
      .map((r) => ({ ...r, uuid: r["uuid"] ?? undefined })) as never;
  }

  /** How much there is of this phone. */
  held(device: string): { files: number; bytes: number } {
    const row = this.#sql
      .prepare(
        "SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM item WHERE device = ? AND state = 'done'",
      )
      .get(device);
    return { files: row?.["files"] as number, bytes: row?.["bytes"] as number };
  }

  /** Rows whose file was not whole when it was last read back, by target. */
  notWhole(device?: string): CatalogRow[] {
    return this.#sql
      .prepare(
        "SELECT * FROM item WHERE found IS NOT NULL AND found <> 'whole' AND state = 'done' AND device = coalesce(?, device) ORDER BY target",
      )
      .all(device ?? null)
      .map(toRow);
  }

  /** Whether a file is another phone's too. One photo under its UUID on both is one photo: of a phone that replaced the other. */
  isAnothersToo({ device, target, uuid }: Pick<CatalogRow, "device" | "target" | "uuid">): boolean {
    const others = "SELECT 1 FROM item WHERE target = ? AND device <> ? AND (uuid IS NULL OR uuid <> ?) LIMIT 1";
    return this.#sql.prepare(others).get(target, device, uuid ?? "") !== undefined;
  }

  /**
   * Written before a file gets its name, so that a crash in between is recognised. Resolves when it is; several that come at
   * about the same time are one transaction. See `row-groups.ts`.
   */
  async markPending(device: string, item: MediaItem, row: NewRow): Promise<void> {
    await this.#sql.writeTogether(wholeRow(device, item, { ...row, state: "pending" }));
  }

  /** As `markDone` for what was marked pending before, together with others; see `markPending`. */
  async noteDone(device: string, item: MediaItem, row: NewRow): Promise<void> {
    await this.#sql.writeTogether({
      // Much less than the whole row again: no index is touched.
      text: `UPDATE item SET state = 'done', read_at = ?, found = ?, stored_ms = ? WHERE ${isThisVersion} AND target = ?`,
      values: [
        row.readBack?.at ?? null,
        row.readBack?.found ?? null,
        row.storedMs ?? null,
        ...versionValues(device, item),
        row.target,
      ],
      otherwise: wholeRow(device, item, { ...row, state: "done" }),
    });
  }

  markDone(device: string, item: MediaItem, row: NewRow): void {
    const { text, values } = wholeRow(device, item, { ...row, state: "done" });
    this.#sql.write(text, ...values);
  }

  /** Turns pending rows into done ones, or drops them: `stands` tells whether the file is there and whole. */
  async reconcile(stands: (row: CatalogRow) => Promise<boolean>): Promise<void> {
    for (const row of this.rows({ state: "pending" })) {
      const sql = (await stands(row))
        ? "UPDATE item SET state = 'done' WHERE device = ? AND path = ? AND target = ? AND state = 'pending'"
        : "DELETE FROM item WHERE device = ? AND path = ? AND target = ? AND state = 'pending'";
      this.#sql.write(sql, row.device, row.path, row.target);
    }
  }

  /** Gives the row of an item the UUID that the phone's library has for it. */
  identify(device: string, item: MediaItem, uuid: string, role: RollRole): void {
    this.#sql.write(
      `UPDATE item SET uuid = ?, role = ? WHERE ${isThisVersion}`,
      uuid,
      role,
      ...versionValues(device, item),
    );
  }

  /** What a file has for a time on its disk, after it was read and is what was copied. */
  noteStoredTime(target: string, sha256: string, storedMs: number | undefined): void {
    this.#sql.write("UPDATE item SET stored_ms = ? WHERE target = ? AND sha256 = ?", storedMs ?? null, target, sha256);
  }

  /** What came of reading a file back, in all rows that share it, where it is still the copy that was read. */
  noteRead(target: string, sha256: string | undefined, read: ReadBack | undefined): void {
    this.#sql.write(
      "UPDATE item SET read_at = ?, found = ? WHERE target = ? AND sha256 IS ? AND state = 'done'",
      read?.at ?? null,
      read?.found ?? null,
      target,
      sha256 ?? null,
    );
  }

  /** A stored file has another name now, whosever it is. */
  retarget(from: string, target: string): void {
    this.#sql.write("UPDATE item SET target = ? WHERE target = ?", target, from);
    this.#tell({ type: "moved", from, target });
  }

  /** The file of a done row lies under another name now. */
  moved(row: Pick<CatalogRow, "target" | "sha256">, target: string): void {
    this.#sql.write("UPDATE item SET target = ? WHERE target = ? AND sha256 = ?", target, row.target, row.sha256 ?? "");
    this.#tell({ type: "moved", from: row.target, target });
  }

  /** The file of a done row has another path on the phone now. */
  movedOnPhone(row: PlanRow, item: MediaItem, photoId: string): void {
    this.#sql.write(
      "UPDATE OR REPLACE item SET path = ?, created_ms = ?, photo_id = ? WHERE device = ? AND path = ? AND size = ? AND modified_ms = ? AND target = ?",
      item.path,
      toMs(item.createdAt),
      photoId,
      row.device,
      row.path,
      row.sizeBytes,
      row.modifiedMs,
      row.target,
    );
  }

  forget(device: string, item: MediaItem): void {
    this.#sql.write(`DELETE FROM item WHERE ${isThisVersion}`, ...versionValues(device, item));
  }

  /** The row of a file that was taken away. */
  forgetTarget(device: string, target: string): void {
    this.#sql.write("DELETE FROM item WHERE device = ? AND target = ?", device, target);
    this.#tell({ type: "gone", target });
  }
}
