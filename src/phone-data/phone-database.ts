/**
 * A database of a phone, copied out of its files with its log and opened in a child that can be ended. Columns are asked of the
 * schema, never of a release; what cannot be read costs itself. Read first: `PhoneDatabase.rows`.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { PhoneFiles } from "../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { ForeignDatabase, ForeignDatabaseError, type ForeignTable } from "../shared/foreign-database.ts";
import type { ForeignValue } from "../shared/foreign-rows.ts";
import type { PrivateFolder } from "../shared/private-folder.ts";

/** A value by the name it was asked for; null where the column is not there, or holds what does not fit. */
export type PhoneRow<K extends string = string> = Readonly<Record<K, ForeignValue>>;

/** A column by its name, or what is made of it. */
export interface Computed {
  readonly as: string;
  /** The column that must be there, or null stands for it. */
  readonly of: string;
  /** `?` is the column. */
  readonly sql: string;
}

/** Where copies go, and who hears of what could not be read. */
export interface DatabaseOptions extends AbortOptions {
  readonly privately: PrivateFolder;
  /** Told once for each loss, in words that follow "because". */
  readonly onLoss: (loss: Loss) => void;
  /** Of one table that is read whole; two million by default. */
  readonly mostRows?: number;
}

/** Rows that a damaged database did not give. */
export interface Loss {
  readonly table: string;
  /** How many, where that is known. */
  readonly rows?: number;
  readonly why: string;
}

/** A blob of a phone has less; SQLite itself is kept below 16 MiB. */
const maxValueBytes = 16 * 1024 * 1024;
/** A database of two million messages takes half a minute of the processor's time. */
const baseBudgetMs = 60_000;
const bytesPerMs = 4_000;
/** Whoever reads a table whole may keep what is made of it: no phone has as many, and ten million would end this process. */
const usualMostRows = 2_000_000;
/** Texts of one encoding take at most twice as much in another. A file whose rows share their pages may say it holds a thousand times as much. */
const mostBytesPerByte = 4;
const leastMostBytes = 64 * 1024 * 1024;
/** After so many damaged places nobody goes on. */
const maxDamages = 500;

/** One database, open. Disposing it ends the child; its copy goes with the private folder. */
export class PhoneDatabase implements AsyncDisposable {
  readonly #db: ForeignDatabase;
  readonly #tables: ReadonlyMap<string, ForeignTable>;
  readonly #options: DatabaseOptions;
  /** Of the values of a table that is read whole. */
  readonly #mostBytes: number;

  private constructor(
    db: ForeignDatabase,
    tables: readonly ForeignTable[],
    options: DatabaseOptions & { readonly sizeBytes: number },
  ) {
    this.#db = db;
    this.#mostBytes = leastMostBytes + mostBytesPerByte * options.sizeBytes;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#options = options;
  }

  /**
   * Undefined where the phone has no such file.
   * @throws {AppError} its bytes cannot be had; {ForeignDatabaseError} it is no database
   */
  static async open(
    files: PhoneFiles,
    { domain, path }: { readonly domain: string; readonly path: string },
    options: DatabaseOptions,
  ): Promise<PhoneDatabase | undefined> {
    const main = await files.find(domain, path, options);
    if (main?.kind !== "file") return undefined;
    const wal = await files.find(domain, `${path}-wal`, options);
    const folder = options.privately.folder(randomBytes(6).toString("hex"));
    const name = join(folder.slice(options.privately.path.length + 1), "data.sqlite");
    const file = await options.privately.write(name, files.read(main, options));
    if (wal?.kind === "file" && wal.sizeBytes > 0)
      await options.privately.write(`${name}-wal`, files.read(wal, options));
    const sizeBytes = main.sizeBytes + (wal?.sizeBytes ?? 0);
    const budgetMs = baseBudgetMs + Math.ceil(sizeBytes / bytesPerMs);
    const db = ForeignDatabase.open(file, {
      ...(options.signal && { signal: options.signal }),
      ...{ budgetMs, maxValueBytes, sortFolder: folder },
    });
    try {
      return new PhoneDatabase(db, await db.tables(), { ...options, sizeBytes });
    } catch (error) {
      await db[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Names of tables. */
  get tables(): Iterable<string> {
    return this.#tables.keys();
  }

  /** Empty where there is no such table. */
  columns(table: string): readonly string[] {
    return this.#tables.get(table)?.columns ?? [];
  }

  has(table: string, column?: string): boolean {
    const found = this.#tables.get(table);
    return found !== undefined && (column === undefined || found.columns.includes(column));
  }

  /** What stands between SELECT and FROM: a column that is not there is null. @param alias of the table, with its dot */
  list(table: string, columns: readonly (string | Computed)[], alias = ""): string {
    const parts = columns.map((column) => {
      const { as, of, sql } = typeof column === "string" ? { as: column, of: column, sql: "?" } : column;
      const isThere = of === "rowid" || this.has(table, of);
      return `${isThere ? sql.replaceAll("?", () => alias + quoted(of)) : "NULL"} AS ${quoted(as)}`;
    });
    return parts.join(", ");
  }

  /** Every row of a statement, in objects. @throws {ForeignDatabaseError} */
  async *query<K extends string>(names: readonly K[], sql: string): AsyncGenerator<PhoneRow<K>[], void, undefined> {
    for await (const batch of this.#db.batches(sql)) {
      throwIfAborted(this.#options.signal);
      yield batch.map((values) => objectOf(names, values));
    }
  }

  /**
   * Every row of a table by the row's number, around what is damaged. None where there is no such table.
   * @throws {ForeignDatabaseError} when the child is no more: time or memory is up; when there are more than `mostRows`, or when they
   * hold more than the file
   */
  async *rows<K extends string>(
    table: string,
    columns: readonly (K | (Computed & { readonly as: K }))[],
  ): AsyncGenerator<PhoneRow<K | "rowid">, void, undefined> {
    if (!this.has(table)) return;
    const names = ["rowid", ...columns.map((c) => (typeof c === "string" ? c : c.as))] as (K | "rowid")[];
    const select = `SELECT rowid, ${this.list(table, columns)} FROM ${quoted(table)}`;
    let after = Number.NEGATIVE_INFINITY;
    let left = this.#options.mostRows ?? usualMostRows;
    let bytesLeft = this.#mostBytes;
    for (let damages = 0; ; damages += 1) {
      try {
        // Not `> after`: the row before may lie on the damaged page, which would be looked at for it.
        const where = Number.isFinite(after) ? ` WHERE rowid >= ${after + 1}` : "";
        for await (const batch of this.query(names, `${select}${where} ORDER BY rowid`)) {
          if (left < 0) break;
          for (const row of batch) bytesLeft -= bytesOf(row, names);
          if (bytesLeft < 0) break;
          for (const row of batch) {
            if (typeof row.rowid === "number") after = row.rowid;
            left -= 1;
            if (left < 0) break;
            yield row;
          }
        }
        break;
      } catch (error) {
        const damage = await this.damageOf(error);
        const next = damages < maxDamages ? await this.#nextReadable(select, table, after) : undefined;
        this.#options.onLoss(lossOf(table, after, next, damage));
        if (next === undefined) return;
        after = next - 1;
      }
    }
    if (left < 0) throw new ForeignDatabaseError(`${table} has more rows than any phone`);
    if (bytesLeft < 0) throw new ForeignDatabaseError(`${table} holds more than its file has`);
  }

  /** Rows of a statement as they come, without names for their values. @throws {ForeignDatabaseError} */
  async *tuples(sql: string): AsyncGenerator<readonly (readonly ForeignValue[])[], void, undefined> {
    for await (const batch of this.#db.batches(sql)) {
      throwIfAborted(this.#options.signal);
      yield batch;
    }
  }

  /**
   * Rows by their numbers, in no order; one that is damaged is left out and told.
   * @param onHash told what `hashAt` says of the same rows; not where one is damaged
   */
  async rowsAt<K extends string>(
    table: string,
    columns: readonly (K | (Computed & { readonly as: K }))[],
    ids: readonly number[],
    onHash?: (hash: string) => void,
  ): Promise<PhoneRow<K | "rowid">[]> {
    if (!this.has(table) || ids.length === 0) return [];
    const names = ["rowid", ...columns.map((c) => (typeof c === "string" ? c : c.as))] as (K | "rowid")[];
    const found: PhoneRow<K | "rowid">[] = [];
    try {
      const options = { ids: [...new Set(ids)], ...(onHash && { onHash }) };
      for await (const batch of this.#db.batches(this.#selectAt(table, columns), options)) {
        throwIfAborted(this.#options.signal);
        for (const values of batch) found.push(objectOf(names, values));
      }
      return found;
    } catch (error) {
      const damage = await this.damageOf(error);
      if (ids.length === 1) {
        this.#options.onLoss({ table, rows: 1, why: damage.message });
        return [];
      }
      const middle = Math.ceil(ids.length / 2);
      const halves = [ids.slice(0, middle), ids.slice(middle)];
      return [
        ...(await this.rowsAt(table, columns, halves[0] as number[])),
        ...(await this.rowsAt(table, columns, halves[1] as number[])),
      ];
    }
  }

  /**
   * Every row, or those alone whose column has one of these numbers; in no order then.
   * @throws {ForeignDatabaseError} as `rows` and `query`
   */
  async *rowsOf<K extends string>(
    table: string,
    columns: readonly (K | (Computed & { readonly as: K }))[],
    only: { readonly column: string; readonly values: readonly number[] } | undefined,
  ): AsyncGenerator<PhoneRow<K | "rowid">, void, undefined> {
    if (!only) return yield* this.rows(table, columns);
    const { column, values } = only;
    if (column === "rowid") return yield* await this.rowsAt(table, columns, values);
    if (!this.has(table, column) || values.length === 0) return;
    const ids: number[] = [];
    const sql = `SELECT rowid FROM ${quoted(table)} WHERE ${quoted(column)} IN (${values.join(",")})`;
    for await (const batch of this.query(["id"], sql))
      for (const { id } of batch) if (typeof id === "number") ids.push(id);
    yield* await this.rowsAt(table, columns, ids);
  }

  /**
   * Of everything that `rowsAt` reads: equal hashes are equal rows. The rows stay where they are.
   * @returns undefined where one is damaged
   */
  async hashAt(
    table: string,
    columns: readonly (string | Computed)[],
    ids: readonly number[],
  ): Promise<string | undefined> {
    if (!this.has(table) || ids.length === 0) return "";
    try {
      return await this.#db.hash(this.#selectAt(table, columns), { ids: [...new Set(ids)] });
    } catch (error) {
      await this.damageOf(error);
      return undefined;
    }
  }

  #selectAt(table: string, columns: readonly (string | Computed)[]): string {
    return `SELECT rowid, ${this.list(table, columns)} FROM ${quoted(table)} WHERE rowid = ?`;
  }

  /** How many rows a table has; undefined where that cannot be counted. */
  async count(table: string, where = ""): Promise<number | undefined> {
    if (!this.has(table)) return 0;
    const [row] = await this.#short(`SELECT count(*) FROM ${quoted(table)} ${where}`);
    return typeof row?.[0] === "number" ? row[0] : undefined;
  }

  /** A statement that failed is a loss; anything else is the end, and so is a child that ended. @throws `error` then */
  async damageOf(error: unknown): Promise<ForeignDatabaseError> {
    if (!(error instanceof ForeignDatabaseError)) throw error;
    try {
      await this.#db.all("SELECT 1");
    } catch {
      throw error;
    }
    return error;
  }

  /** What came before the damage stays. @param onDamage told why the rest did not come @throws as `damageOf` */
  async unlessDamaged(work: () => Promise<void>, onDamage: (why: string) => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      onDamage((await this.damageOf(error)).message);
    }
  }

  /** The first row behind a damaged place that can be read: rows near it are lost with their page. */
  async #nextReadable(select: string, table: string, after: number): Promise<number | undefined> {
    const first = Number.isFinite(after) ? after + 1 : ((await this.#edge(table, "min")) ?? 1);
    const last = await this.#edge(table, "max");
    const read = async (from: number): Promise<number | undefined> => {
      const [row] = await this.#short(`${select} WHERE rowid >= ${from} ORDER BY rowid LIMIT 1`);
      return typeof row?.[0] === "number" ? row[0] : undefined;
    };
    const end = last ?? first + 2 ** 24;
    for (let step = 1, low = first; low <= end; low = first + step, step *= 2) {
      const found = await read(low);
      if (found === undefined) continue;
      return await this.#earliest(read, { low: first + Math.floor(step / 4), found });
    }
    return undefined;
  }

  async #earliest(
    read: (from: number) => Promise<number | undefined>,
    range: { low: number; found: number },
  ): Promise<number> {
    let { low, found } = range;
    while (low < found) {
      const middle = Math.floor((low + found) / 2);
      const at = await read(middle);
      if (at === undefined) low = middle + 1;
      else if (at >= found) break;
      else found = at;
    }
    return found;
  }

  async #edge(table: string, which: "min" | "max"): Promise<number | undefined> {
    const order = which === "min" ? "ASC" : "DESC";
    const [row] = await this.#short(`SELECT rowid FROM ${quoted(table)} ORDER BY rowid ${order} LIMIT 1`);
    return typeof row?.[0] === "number" ? row[0] : undefined;
  }

  /** None where SQLite refuses. */
  async #short(sql: string): Promise<(readonly ForeignValue[])[]> {
    try {
      return await this.#db.all(sql);
    } catch (error) {
      if (!(error instanceof ForeignDatabaseError)) throw error;
      throwIfAborted(this.#options.signal);
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db[Symbol.asyncDispose]();
  }
}

function objectOf<K extends string>(names: readonly K[], values: readonly ForeignValue[]): PhoneRow<K> {
  const row = {} as Record<K, ForeignValue>;
  for (let i = 0; i < names.length; i += 1) row[names[i] as K] = values[i] ?? null;
  return row;
}

function bytesOf<K extends string>(row: PhoneRow<K>, names: readonly K[]): number {
  let bytes = 0;
  for (const name of names) {
    const value = row[name];
    if (value !== null && typeof value !== "number") bytes += value.length;
  }
  return bytes;
}

function lossOf(table: string, after: number, next: number | undefined, error: Error): Loss {
  const rows = next !== undefined && Number.isFinite(after) ? Math.max(1, next - after - 1) : undefined;
  return { table, why: error.message, ...(rows !== undefined && { rows }) };
}

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
