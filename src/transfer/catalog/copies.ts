/** Further copies of this destination, and what it is a copy of. */
import type { Sql } from "./connection.ts";
import { columnsOf, sensible } from "./sense.ts";

/** How a run of a copy ended; `interrupted` while it goes on, and for ever when it never ended. */
export type CopyResult = "complete" | "incomplete" | "interrupted";

/** A further copy of a destination. Times in milliseconds since 1970, UTC. */
export interface CopyRow {
  /** As a person calls it. */
  readonly name: string;
  /** The id that the copy carries, whatever its path. */
  readonly id: string;
  /** Where it was last. */
  readonly path: string;
  /** What its files are proven by. */
  readonly hash: "sha256";
  readonly addedAt: number;
  readonly begunAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly result: CopyResult | undefined;
  /** The end of its last run that left nothing undone. */
  readonly completeAt: number | undefined;
  /** When every file in it was last read back and found whole. */
  readonly provenAt: number | undefined;
  /** What it held of the destination then. */
  readonly files: number;
  readonly bytes: number;
}

export type CopyChange = Partial<Omit<CopyRow, "name" | "hash" | "addedAt">>;

/** In a copy: what it is a copy of. */
export interface CopyOf {
  readonly id: string;
  /** What it is called there. */
  readonly name: string;
  /** Where that destination was then. */
  readonly path: string;
  readonly completeAt: number | undefined;
}

const columns =
  "name, id, path, hash, added_at AS addedAt, begun_at AS begunAt, ended_at AS endedAt, result, complete_at AS completeAt, proven_at AS provenAt, files, bytes";

/** Tables `copies` and `copy_of`. */
export class CopiesTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** By name. */
  all(): CopyRow[] {
    return this.#sql.prepare(`SELECT ${columns} FROM copies ORDER BY name`).all().map(toCopy);
  }

  find(name: string): CopyRow | undefined {
    const row = this.#sql.prepare(`SELECT ${columns} FROM copies WHERE name = ?`).get(name);
    return row && toCopy(row);
  }

  /** A new one, or another one under a name that was there. */
  add({ name, id, path, addedAt }: Pick<CopyRow, "name" | "id" | "path" | "addedAt">): void {
    this.#sql.write(
      "INSERT OR REPLACE INTO copies (name, id, path, hash, added_at) VALUES (?, ?, ?, 'sha256', ?)",
      ...[name, id, path, addedAt],
    );
  }

  /** As another catalog has it. */
  take(row: CopyRow): void {
    this.add(row);
    this.note(row.name, row);
  }

  /** @param change what is not named stays as it is */
  note(name: string, change: CopyChange): void {
    const before = this.find(name);
    if (!before) return;
    const row = { ...before, ...change };
    this.#sql.write(
      "UPDATE copies SET id = ?, path = ?, begun_at = ?, ended_at = ?, result = ?, complete_at = ?, proven_at = ?, files = ?, bytes = ? WHERE name = ?",
      ...[row.id, row.path, row.begunAt ?? null, row.endedAt ?? null, row.result ?? null],
      ...[row.completeAt ?? null, row.provenAt ?? null, row.files, row.bytes, name],
    );
  }

  /** @returns whether there was one */
  remove(name: string): boolean {
    return this.#sql.write("DELETE FROM copies WHERE name = ?", name) > 0;
  }

  /** What this destination is a copy of, the last one first. */
  copyOf(): CopyOf[] {
    return this.#sql
      .prepare("SELECT id, name, path, complete_at AS completeAt FROM copy_of ORDER BY complete_at DESC, id")
      .all()
      .map((row) => ({ ...row, completeAt: row["completeAt"] ?? undefined })) as never;
  }

  noteCopyOf({ id, name, path, completeAt }: CopyOf): void {
    this.#sql.write("INSERT OR REPLACE INTO copy_of VALUES (?, ?, ?, ?)", id, name, path, completeAt ?? null);
  }
}

const kinds = columnsOf({
  name: "text",
  id: "text",
  path: "text",
  addedAt: "number",
  begunAt: "number?",
  endedAt: "number?",
  result: "text?",
  completeAt: "number?",
  provenAt: "number?",
  files: "number",
  bytes: "number",
});

function toCopy(row: Record<string, unknown>): CopyRow {
  sensible(row, kinds);
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? undefined])) as never;
}
