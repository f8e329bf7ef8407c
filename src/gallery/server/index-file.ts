/**
 * What the page asks for, as a SQLite file in this computer's cache: made from catalogs and kept libraries, and made anew when they
 * change. It is read where it lies, so that a hundred thousand photos take no memory of this process. It may be deleted at any time.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { namesOfOwn, removeOwnFile } from "../../shared/own-files.ts";

/** Changes with the tables below: an index of another version is made anew. */
const indexVersion = 4;

const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE photo (
  id INTEGER PRIMARY KEY, phone INT, photo_id TEXT, name TEXT, day INT, taken TEXT, ratio INT, flags INT, duration INT,
  size INT, lat REAL, lon REAL, v TEXT, burst TEXT, detail TEXT);
CREATE TABLE part (
  photo INT, n INT, role TEXT, place INT, device TEXT, path TEXT, target TEXT, size INT, sha TEXT, created INT, modified INT,
  copied INT, run TEXT, read_at INT, found TEXT, PRIMARY KEY (photo, n)) WITHOUT ROWID;
CREATE TABLE text (id INTEGER PRIMARY KEY, kind TEXT, value TEXT, folded TEXT, UNIQUE (kind, value));
CREATE TABLE has (text INT, photo INT, PRIMARY KEY (text, photo)) WITHOUT ROWID;
CREATE TABLE chosen (key TEXT, kind TEXT, day INT, title TEXT, subtitle TEXT, score REAL, photo INT, cover INT, PRIMARY KEY (key, photo)) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5 (folded, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
CREATE VIRTUAL TABLE piece USING fts5 (folded, content='', tokenize='trigram remove_diacritics 1');
`;

/** What speeds up questions, made when all rows are there. */
const indices = `
CREATE INDEX photo_day ON photo (day);
CREATE INDEX photo_burst ON photo (burst) WHERE burst IS NOT NULL;
CREATE INDEX part_sha ON part (sha) WHERE sha IS NOT NULL AND role = 'original';
CREATE INDEX has_photo ON has (photo);
CREATE INDEX chosen_photo ON chosen (photo);
`;

/** An open index. Whoever opened it disposes it. */
export class IndexFile implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #done = new Set<string>();
  /** Rows that statements gave since it was opened: what a search costs is counted, not only timed. */
  rowsRead = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** It is whole: the next start takes it as it is. */
  finish(key: string): void {
    this.#db.exec(indices);
    this.write("INSERT OR REPLACE INTO meta VALUES ('key', ?)", `${indexVersion} ${key}`);
    this.#db.exec("ANALYZE");
  }

  /** What it was made from; undefined while it is not finished, and where it is another version's. */
  get key(): string | undefined {
    const [version, key] = (this.meta("key") ?? "").split(" ");
    return version === String(indexVersion) ? key : undefined;
  }

  /** Not so where the cache cannot be written. */
  get isOnDisk(): boolean {
    return this.#db.location() !== null;
  }

  meta(key: string): string | undefined {
    try {
      return this.#db.prepare("SELECT value FROM meta WHERE key = ?").get(key)?.["value"] as string | undefined;
    } catch {
      return undefined; // not one of ours, or damaged: made anew
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    const rows = this.#prepared(sql).all(...values);
    this.rowsRead += rows.length;
    return rows;
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    const row = this.#prepared(sql).get(...values);
    if (row) this.rowsRead += 1;
    return row;
  }

  /** Rows one at a time, of a statement of its own. */
  *each(sql: string, ...values: SQLInputValue[]): Generator<Record<string, unknown>, void, undefined> {
    for (const row of this.#db.prepare(sql).iterate(...values)) {
      this.rowsRead += 1;
      yield row;
    }
  }

  write(sql: string, ...values: SQLInputValue[]): void {
    this.#prepared(sql).run(...values);
  }

  /** @returns the number of the row that it inserted; undefined where it inserted none */
  writeNew(sql: string, ...values: SQLInputValue[]): number | undefined {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return Number(changes) === 1 ? Number(lastInsertRowid) : undefined;
  }

  /** Runs it where it was not run before. */
  once(sql: string): void {
    if (this.#done.has(sql)) return;
    this.#done.add(sql);
    this.run(sql);
  }

  run(sql: string): void {
    this.#db.exec(sql);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** Safe to lose at any moment, so nothing is flushed; a few megabytes of it are kept in memory. */
const pragmas =
  "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -12000; PRAGMA temp_store = FILE; PRAGMA trusted_schema = OFF;";

/**
 * The index of this key, or an empty one that is to be filled and finished.
 * @param folder made where it is not there
 * @param key names what the index was made from
 */
export function openIndex(folder: string, key: string): { readonly index: IndexFile; readonly isNew: boolean } {
  const found = findIndex(folder, key);
  if (found) return { index: found, isNew: false };
  const index = new IndexFile(fresh(folder));
  index.run(tables);
  return { index, isNew: true };
}

/** The index of this key, where it is finished. */
export function findIndex(folder: string, key: string): IndexFile | undefined {
  for (const file of indexFiles(folder)) {
    const index = finished(file);
    if (index?.key === key) return index;
    index?.[Symbol.dispose]();
  }
  return undefined;
}

/** A finished index of the same places as they were before: there at once, while the next is made. */
export function findOlderIndex(folder: string): IndexFile | undefined {
  for (const file of indexFiles(folder)) {
    const index = finished(file);
    if (index) return index;
  }
  return undefined;
}

/** Every file but the index of this key goes, also what was left half-made; a process that has one open keeps what it has. */
export function removeOtherIndexes(folder: string, key: string): void {
  for (const file of indexFiles(folder)) {
    using index = finished(file);
    if (index?.key !== key) tryRemove(file);
  }
}

function indexFiles(folder: string): string[] {
  return namesOfOwn(folder).flatMap((name) => (/^index-[0-9a-f]+\.sqlite$/.test(name) ? [join(folder, name)] : []));
}

function finished(file: string): IndexFile | undefined {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    // What is read of it lies in the system's cache, which is there for all.
    db.exec("PRAGMA cache_size = -2000; PRAGMA trusted_schema = OFF;");
    const index = new IndexFile(db);
    if (index.key !== undefined) return index;
    index[Symbol.dispose]();
  } catch {
    // not one of ours, or damaged: made anew
  }
  return undefined;
}

/** On Windows a file that somebody has open stays: the next start takes it away. */
function tryRemove(file: string): void {
  try {
    removeOwnFile(file);
  } catch {
    // as said
  }
}

/** In memory where the cache cannot be written, which is no reason not to show a picture: then it is made at each start. */
function fresh(folder: string): DatabaseSync {
  let db: DatabaseSync;
  try {
    makeFoldersSync(folder, 0o700);
    db = new DatabaseSync(join(folder, `index-${randomBytes(6).toString("hex")}.sqlite`));
    db.exec(pragmas);
  } catch {
    db = new DatabaseSync(":memory:");
    db.exec(pragmas);
  }
  return db;
}
