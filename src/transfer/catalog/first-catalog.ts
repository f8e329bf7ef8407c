/**
 * The catalog of another destination beside the one of its copy: what is to be copied, and, as files come, what the copy's catalog
 * then knows of them. A file's rows are pending before it has its name, as in any run, so that a crash in between is recognised.
 */
import type { Sql } from "./connection.ts";
import { madeColumns, toMadeFile } from "./made.ts";
import type { MadeFile } from "./made-mark.ts";
import { columnsOf, sensible } from "./sense.ts";

/** A file that the first has: one for each name, whosever it is. */
export interface FirstFile {
  readonly target: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
}

/** A file that the copy's catalog knows. */
export interface HereFile extends FirstFile {
  readonly storedMs: number | undefined;
  /** It was whole when it was last read, or never read again. */
  readonly isWhole: boolean;
  /** It came by a run of the first; else by a run into the copy itself. */
  readonly isFirsts: boolean;
}

/** A file of the first, where it lies in the copy. */
export interface Held {
  readonly target: string;
  readonly here: string;
  /** Of one whose rows are not there yet. */
  readonly storedMs?: number | undefined;
  readonly readAt?: number | undefined;
}

const columns =
  "device, path, size, created_ms, modified_ms, uuid, photo_id, captured, sha256, target, state, copied_at, run_id, role, read_at, found, stored_ms";
const sameKey =
  "f.device = item.device AND f.path = item.path AND f.size = item.size AND f.created_ms = item.created_ms AND f.modified_ms = item.modified_ms";

/** What tells of files that are on the phone: by their keys. Where the copy has runs of its own, it knows better than the first. */
const settled = {
  ignored: "device, path, size, created_ms, modified_ms",
  failure: "device, path",
  removed: "device, path, size, created_ms, modified_ms",
  told_skip: "device, path",
  facts: "device, path",
  look: "device, path",
} as const;

export class FirstCatalog implements Disposable {
  readonly #sql: Sql;

  /** @param file a consistent copy of the first's catalog, of the current version */
  constructor(sql: Sql, file: string) {
    this.#sql = sql;
    sql.write("ATTACH DATABASE ? AS first", file);
    try {
      sql.write("CREATE TEMP TABLE IF NOT EXISTS held (target TEXT PRIMARY KEY, here TEXT, stored_ms, read_at)");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** By target. Of versions under one name, the one that was copied last. */
  files(): FirstFile[] {
    return this.#sql
      .prepareOwn(
        "SELECT target, size AS sizeBytes, sha256, max(copied_at) FROM first.item WHERE state = 'done' GROUP BY target ORDER BY target",
      )
      .all()
      .map(pick);
  }

  /** What the copy's catalog knows, by target. */
  here(): Map<string, HereFile> {
    const rows = this.#sql
      .prepareOwn(
        "SELECT target, size AS sizeBytes, sha256, stored_ms, found, run_id IN (SELECT id FROM first.run) AS firsts, max(copied_at) FROM main.item WHERE state = 'done' GROUP BY target",
      )
      .all();
    return new Map(
      rows.map((r) => [
        r["target"] as string,
        {
          ...pick(r),
          storedMs: (r["stored_ms"] as number | null) ?? undefined,
          isWhole: r["found"] === null || r["found"] === "whole",
          isFirsts: r["firsts"] === 1,
        },
      ]),
    );
  }

  /** What was made beside the first's photos. */
  made(): MadeFile[] {
    return this.#sql.prepare(`SELECT ${madeColumns} FROM first.made ORDER BY target`).all().map(toMadeFile);
  }

  /** Files that came from the first, and that it knows no more. */
  gone(): string[] {
    return this.#sql
      .prepare(
        `SELECT DISTINCT target FROM main.item WHERE state = 'done' AND run_id IN (SELECT id FROM first.run)
           AND target NOT IN (SELECT target FROM first.item WHERE state = 'done')
         UNION SELECT target FROM main.made WHERE target NOT IN (SELECT target FROM first.made) AND ${this.#isAlone()}
         ORDER BY 1`,
      )
      .all()
      .map((r) => r["target"] as string);
  }

  /** Whether runs of its own went into the copy, as into any destination. */
  get hasOwnRuns(): boolean {
    return (
      this.#sql.prepare("SELECT 1 FROM main.run WHERE id NOT IN (SELECT id FROM first.run) LIMIT 1").get() !== undefined
    );
  }

  /** Of the copy's own runs, what the first has not: neither under that name nor under another. */
  ownFiles(): number {
    const row = this.#sql
      .prepare(
        `SELECT count(DISTINCT target) AS n FROM main.item i WHERE state = 'done' AND run_id NOT IN (SELECT id FROM first.run)
           AND NOT EXISTS (SELECT 1 FROM first.item f WHERE f.device = i.device AND f.sha256 IS i.sha256 AND f.size = i.size)`,
      )
      .get();
    return row?.["n"] as number;
  }

  #isAlone(): string {
    return "NOT EXISTS (SELECT 1 FROM main.run WHERE id NOT IN (SELECT id FROM first.run))";
  }

  /** Just before these get their names. */
  markPending(targets: Iterable<string>): void {
    this.#sql.transaction(() => {
      for (const target of targets)
        this.#sql.write(
          `INSERT OR REPLACE INTO main.item (${columns})
           SELECT device, path, size, created_ms, modified_ms, uuid, photo_id, captured, sha256, target, 'pending',
             copied_at, run_id, role, NULL, NULL, NULL FROM first.item WHERE target = ? AND state = 'done'`,
          target,
        );
    });
  }

  /** These have their names, and were read back; the others of a group have not. */
  markDone(stored: Iterable<Held>, failed: Iterable<string>): void {
    this.#sql.transaction(() => {
      for (const { here, storedMs, readAt } of stored)
        this.#sql.write(
          "UPDATE main.item SET state = 'done', read_at = ?, found = 'whole', stored_ms = ? WHERE target = ? AND state = 'pending'",
          ...[readAt ?? null, storedMs ?? null, here],
        );
      for (const target of failed)
        this.#sql.write("DELETE FROM main.item WHERE target = ? AND state = 'pending'", target);
    });
  }

  /**
   * The copy's catalog tells of its files what the first's does: a photo may have got its identity, or another path on its phone.
   * Rows of the copy's own runs stay as they are, and so does what only the copy's disk knows.
   */
  takeRows(held: Iterable<Held>): void {
    this.#sql.transaction(() => {
      this.#sql.write("DELETE FROM temp.held");
      for (const { target, here, storedMs, readAt } of held)
        this.#sql.write(
          "INSERT OR REPLACE INTO temp.held VALUES (?, ?, ?, ?)",
          target,
          here,
          storedMs ?? null,
          readAt ?? null,
        );
      this.#sql.write(
        `DELETE FROM main.item WHERE target IN (SELECT here FROM temp.held) AND run_id IN (SELECT id FROM first.run)
           AND NOT EXISTS (SELECT 1 FROM first.item f WHERE f.state = 'done' AND ${sameKey})`,
      );
      this.#sql.write(takeItems);
    });
  }

  /** Phones, runs, albums, and what was settled. */
  takeTables(): void {
    const isAlone = !this.hasOwnRuns;
    const first = isAlone ? "INSERT OR REPLACE" : "INSERT OR IGNORE";
    this.#sql.transaction(() => {
      this.#sql.write(takeDevices);
      this.#sql.write("INSERT OR REPLACE INTO main.run SELECT * FROM first.run EXCEPT SELECT * FROM main.run");
      this.#sql.write(`${first} INTO main.meta SELECT * FROM first.meta WHERE key LIKE 'template:%'`);
      this.#sql.write("INSERT OR IGNORE INTO main.album SELECT * FROM first.album");
      for (const [table, key] of Object.entries(settled)) {
        if (isAlone)
          this.#sql.write(`DELETE FROM main.${table} WHERE (${key}) NOT IN (SELECT ${key} FROM first.${table})`);
        this.#sql.write(`${first} INTO main.${table} SELECT * FROM first.${table} EXCEPT SELECT * FROM main.${table}`);
      }
    });
  }

  [Symbol.dispose](): void {
    this.#sql.write("DETACH DATABASE first");
  }
}

const ofCopy = (column: string): string =>
  `coalesce(h.${column}, (SELECT c.${column} FROM main.item c WHERE c.target = h.here AND c.state = 'done' LIMIT 1))`;

const takeItems = `INSERT INTO main.item (${columns})
  SELECT f.device, f.path, f.size, f.created_ms, f.modified_ms, f.uuid, f.photo_id, f.captured, f.sha256, h.here, 'done',
    f.copied_at, f.run_id, f.role, ${ofCopy("read_at")}, CASE WHEN ${ofCopy("read_at")} IS NULL THEN NULL ELSE 'whole' END,
    ${ofCopy("stored_ms")}
  FROM first.item f JOIN temp.held h ON h.target = f.target WHERE f.state = 'done'
  ON CONFLICT (device, path, size, created_ms, modified_ms) DO UPDATE SET uuid = coalesce(excluded.uuid, uuid),
    photo_id = excluded.photo_id, role = excluded.role, captured = excluded.captured, copied_at = excluded.copied_at,
    run_id = excluded.run_id, sha256 = excluded.sha256, target = excluded.target,
    read_at = CASE WHEN target = excluded.target THEN read_at ELSE excluded.read_at END,
    found = CASE WHEN target = excluded.target THEN found ELSE excluded.found END,
    stored_ms = CASE WHEN target = excluded.target THEN stored_ms ELSE excluded.stored_ms END
  WHERE state = 'done' AND run_id IN (SELECT id FROM first.run)
    AND (target <> excluded.target OR uuid IS NOT coalesce(excluded.uuid, uuid) OR photo_id <> excluded.photo_id
      OR role <> excluded.role OR captured IS NOT excluded.captured OR copied_at <> excluded.copied_at
      OR run_id <> excluded.run_id OR sha256 IS NOT excluded.sha256)`;

const takeDevices = `INSERT INTO main.device (id, name, model, last_seen, looked_at)
  SELECT id, name, model, last_seen, looked_at FROM first.device WHERE true
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, model = excluded.model, last_seen = excluded.last_seen,
    looked_at = excluded.looked_at WHERE excluded.last_seen > last_seen`;

const kinds = columnsOf({ target: "text", sizeBytes: "number", sha256: "text?" });

/** Both catalogs lie on disks that others write to. */
function pick(row: Record<string, unknown>): FirstFile {
  sensible(row, kinds);
  return {
    target: row["target"] as string,
    sizeBytes: row["sizeBytes"] as number,
    sha256: (row["sha256"] as string | null) ?? undefined,
  };
}
