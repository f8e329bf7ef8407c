/**
 * A list of a kind whose rows lie in one table, as far as it is looked at: its length is counted by SQLite, and read is the stretch that
 * is shown. Where that cannot be had so — a damaged row, two databases of one kind — the list is read whole, which goes around damage.
 */
import type { PhoneFiles } from "../device/phone-files.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { ForeignDatabaseError } from "../shared/foreign-database.ts";
import type { PrivateFolder } from "../shared/private-folder.ts";
import { PhoneDatabase } from "./phone-database.ts";
import { RowOrder, type Window } from "./row-order.ts";
import { numberIn } from "./values.ts";

/** Where databases come from, and where their copies go. */
export interface TableContext extends AbortOptions {
  readonly files: PhoneFiles;
  readonly privately: PrivateFolder;
}

/** One of them, under its id. */
export interface Found<T> {
  readonly id: string;
  readonly value: T;
}

/** What makes a list of a table. */
export interface TablePlan<T> {
  /** Gives `id` and `k`, see `RowOrder`. */
  readonly from: string;
  readonly order: "newest first" | "by name";
  /** What these rows stand for, in the list's order. */
  readonly read: (rows: readonly number[]) => Promise<readonly Found<T>[]>;
  readonly table: string;
  /** Column of the ids, for those rows that have one. */
  readonly idColumn: string;
}

/** One list, open. Disposing it ends the child that reads it. */
export class TableList<T> implements AsyncDisposable {
  readonly #db: PhoneDatabase;
  readonly #plan: TablePlan<T>;
  readonly #order: RowOrder;
  readonly #isDamaged: () => boolean;
  #total: { readonly count: number; readonly newestAt: string | undefined } | undefined;

  private constructor(db: PhoneDatabase, plan: TablePlan<T>, isDamaged: () => boolean) {
    this.#db = db;
    this.#plan = plan;
    this.#order = new RowOrder(db, plan.from, plan.order);
    this.#isDamaged = isDamaged;
  }

  /**
   * @param planOf undefined where this database is not all there is to say of its kind
   * @returns undefined where the list must be read whole
   */
  static async open<T>(
    context: TableContext,
    where: { readonly domain: string; readonly path: string },
    planOf: (db: PhoneDatabase) => Promise<TablePlan<T> | undefined>,
  ): Promise<TableList<T> | undefined> {
    let isDamaged = false;
    const db = await PhoneDatabase.open(context.files, where, {
      privately: context.privately,
      onLoss: () => (isDamaged = true),
      ...(context.signal && { signal: context.signal }),
    });
    if (!db) return undefined;
    let list: TableList<T> | undefined;
    try {
      const plan = await planOf(db);
      list = plan && new TableList(db, plan, () => isDamaged);
      return list;
    } finally {
      if (!list) await db[Symbol.asyncDispose]();
    }
  }

  /** The same list of something that is made of what it holds. */
  as<U>(made: (found: T) => U): TableList<U> {
    const { read, ...plan } = this.#plan;
    const own = async (rows: readonly number[]): Promise<Found<U>[]> =>
      (await read(rows)).map(({ id, value }) => ({ id, value: made(value) }));
    return new TableList<U>(this.#db, { ...plan, read: own }, this.#isDamaged);
  }

  /** @throws {ForeignDatabaseError} */
  async total(): Promise<{ readonly count: number; readonly newestAt: string | undefined }> {
    this.#total ??= await this.#order.total();
    return this.#total;
  }

  /** @throws {ForeignDatabaseError} also where one of the rows is damaged */
  async page(window: Window): Promise<readonly T[]> {
    return (await this.#read(await this.#order.page(window))).map(({ value }) => value);
  }

  /** @throws {ForeignDatabaseError} */
  async find(id: string): Promise<T | undefined> {
    const { table, idColumn } = this.#plan;
    const own = this.#db.has(table, idColumn)
      ? await rowsOf(this.#db, `SELECT rowid FROM ${table} WHERE ${idColumn} = ${sqlText(id)} LIMIT 2`)
      : [];
    const row = /-(\d{1,15})$/.exec(id)?.[1];
    const found = await this.#read(own.length > 0 || row === undefined ? own : [Number(row)]);
    return found.find((each) => each.id === id)?.value;
  }

  async #read(rows: readonly number[]): Promise<readonly Found<T>[]> {
    const found = rows.length > 0 ? await this.#plan.read(rows) : [];
    if (this.#isDamaged()) throw new ForeignDatabaseError("rows of it are damaged");
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db[Symbol.asyncDispose]();
  }
}

/** Numbers that a statement gives. @throws {ForeignDatabaseError} */
export async function rowsOf(db: PhoneDatabase, sql: string): Promise<number[]> {
  const found: number[] = [];
  for await (const batch of db.query(["row"], sql))
    for (const { row } of batch) {
      const number = numberIn(row);
      if (number !== undefined) found.push(number);
    }
  return found;
}

/** A text in SQL, by its bytes: whatever stands in it. */
export function sqlText(text: string): string {
  return `CAST(x'${Buffer.from(text).toString("hex")}' AS TEXT)`;
}
