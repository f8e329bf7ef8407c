/**
 * Manifest.db: which files a backup has, by domain and path. It is read as hostile, in a child process; what is encrypted is decrypted
 * to a private file first, which goes when it is closed. Rows whose number is not the SHA-1 of their name are damage, and no files.
 * Source: a real Manifest.db of iOS 14 in mvt-project/mvt.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import type { AbortOptions } from "../shared/abort.ts";
import { ProtocolError } from "../shared/errors.ts";
import { type ForeignDatabase, ForeignDatabaseError } from "../shared/foreign-database.ts";
import type { ForeignRow } from "../shared/foreign-rows.ts";
import { damagedBackup } from "./errors.ts";
import { ForeignChildren } from "./foreign-children.ts";
import { decodeMbFile, type MbFile } from "./mb-file.ts";

/** One row. Text is hostile. */
export interface ManifestEntry {
  /** 40 hex digits: the name of its file in the backup. */
  readonly fileId: string;
  readonly domain: string;
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** Undefined where the row does not say it, or what it says cannot be read. */
  readonly details: MbFile | undefined;
}

/** A row that names no file of a phone, and what is wrong with it, in words that follow a colon. */
export interface OddRow {
  readonly odd: string;
  readonly domain: string;
  readonly path: string;
}

/** What holds of rows that are asked for. */
export interface RowsOptions extends AbortOptions {
  readonly domain?: string;
  /** Only paths that begin with this and a slash. */
  readonly under?: string;
}

const kinds: Readonly<Record<number, ManifestEntry["kind"]>> = { 1: "file", 2: "folder", 4: "link" };
const wanted = ["fileID", "domain", "relativePath", "flags", "file"] as const;
const columns = "f.fileID, f.domain, f.relativePath, f.flags, f.file, length(f.file), f.rowid";
/** What the child gives out at once; longer ones are asked for in pieces. */
const pieceBytes = 60_000;
/** Attributes of a file may be long. */
const maxDetailsBytes = 1024 * 1024;
/** A child does this in all (1 is one row looked up): five passes through a small manifest, one through a large one. */
const mostWork = 5_000;
const smallPass = 1_000;
const smallBytes = 16 * 1024 * 1024;

/** The name of a file in a backup. */
export function fileIdOf(domain: string, path: string): string {
  return createHash("sha1").update(`${domain}-${path}`, "utf8").digest("hex");
}

/** An open manifest. Several callers may ask at once. */
export class Manifest implements AsyncDisposable {
  readonly #folder: string;
  readonly #pass: number;
  readonly #removed: () => Promise<void>;
  readonly #children: ForeignChildren;
  #lastFind: Promise<unknown> = Promise.resolve();

  /** @param file plain; @param folder the backup's, for messages; @param removed called when it is closed */
  constructor(file: string, folder: string, removed: () => Promise<void> = async () => {}) {
    this.#children = new ForeignChildren(file, mostWork);
    this.#pass = statSync(file).size <= smallBytes ? smallPass : mostWork;
    this.#folder = folder;
    this.#removed = removed;
  }

  /** @throws {DeviceError} `phone-backup-damaged` where it is no manifest */
  async assertIsOne(options: AbortOptions = {}): Promise<void> {
    await this.#asked(1, options, async (db) => {
      const table = (await db.tables()).find(({ name }) => name === "Files");
      const names = new Set(table?.columns);
      const lacking = wanted.filter((name) => !names.has(name));
      if (lacking.length > 0 || table?.columns.some((name) => name.toLowerCase() === "rowid"))
        throw new ForeignDatabaseError("it has no table of files as a phone's has");
      // What has no row numbers, or no page behind its first, shows here.
      await db.all("SELECT rowid, fileID FROM Files LIMIT 1");
    });
  }

  /** What is wrong with its pages; undefined where nothing is. Reads all of it. */
  async damage(options: AbortOptions = {}): Promise<string | undefined> {
    try {
      const [row] = await this.#children.with(this.#pass, options, (db) => db.all("PRAGMA quick_check(1)"));
      return row?.[0] === "ok" ? undefined : String(row?.[0]);
    } catch (error) {
      if (error instanceof ForeignDatabaseError) return error.message;
      throw error;
    }
  }

  /** How many files it names. */
  async count(options: AbortOptions = {}): Promise<number> {
    const [row] = await this.#asked(this.#pass, options, (db) => db.all("SELECT count(*) FROM Files WHERE flags = 1"));
    return Number(row?.[0] ?? 0);
  }

  /** Sorted by their bytes. */
  async domains(options: AbortOptions = {}): Promise<string[]> {
    return await this.#asked(this.#pass, options, async (db) => {
      const rows = await db.all(
        "SELECT DISTINCT domain COLLATE BINARY FROM Files WHERE typeof(domain) = 'text' AND flags IN (1, 2, 4)",
      );
      return rows.map(([domain]) => domain as string).sort(byBytes);
    });
  }

  /** By domain and path, in the order of their bytes; each once. What is no file of a phone comes as an `OddRow`. */
  rows(options: RowsOptions = {}): AsyncGenerator<ManifestEntry | OddRow, void, undefined> {
    const { domain, under = "" } = options;
    const conditions = [
      domain === undefined ? "typeof(domain) = 'text' AND flags IN (1, 2, 4)" : `domain = ${text(domain)}`,
      ...(under === "" ? [] : [`relativePath >= ${text(`${under}/`)} AND relativePath < ${text(`${under}0`)}`]),
    ];
    const order = `${domain === undefined ? "domain COLLATE BINARY, " : ""}relativePath COLLATE BINARY`;
    const keys = `SELECT rowid AS r FROM Files WHERE ${conditions.join(" AND ")} ORDER BY ${order} LIMIT -1`;
    return this.#entries(keys, options);
  }

  /** By the number of their file, for whoever goes through a backup's folders. */
  byFileId(options: AbortOptions = {}): AsyncGenerator<ManifestEntry | OddRow, void, undefined> {
    return this.#entries("SELECT rowid AS r FROM Files ORDER BY fileID COLLATE BINARY LIMIT -1", options);
  }

  /** Undefined where it has none of this name. */
  async find(domain: string, path: string, options: AbortOptions = {}): Promise<ManifestEntry | undefined> {
    const sql = `SELECT ${columns} FROM Files f WHERE f.fileID = ${text(fileIdOf(domain, path))}`;
    const before = this.#lastFind;
    // One after the other: each that asks beside another would get a child of its own.
    const finding = before.then(() =>
      this.#asked(1, options, async (db) => {
        const found: (ManifestEntry | OddRow)[] = [];
        for (const row of await db.all(sql)) found.push(await entryOf(row, db));
        return found;
      }),
    );
    this.#lastFind = finding.catch(() => {});
    const entries = await finding;
    return entries.find((e): e is ManifestEntry => !("odd" in e) && e.domain === domain && e.path === path);
  }

  /**
   * Only the rows' numbers are sorted: with their details all of them would be held at once. A cross join keeps the order of its left
   * side. Source: sqlite.org/lang_select.html, "CROSS JOIN".
   */
  async *#entries(keys: string, options: AbortOptions): AsyncGenerator<ManifestEntry | OddRow, void, undefined> {
    const sql = `SELECT ${columns} FROM (${keys}) k CROSS JOIN Files f ON f.rowid = k.r`;
    let last: string | undefined;
    const entries = this.#children.lend(this.#pass, options, async function* (db) {
      for await (const batch of db.batches(sql)) for (const row of batch) yield await entryOf(row, db);
    });
    try {
      for await (const entry of entries) {
        const id = "odd" in entry ? undefined : entry.fileId;
        // Only a table without its primary key has one twice.
        if (id === undefined || id !== last) yield entry;
        last = id ?? last;
      }
    } catch (error) {
      throw this.#told(error);
    }
  }

  async #asked<T>(work: number, options: AbortOptions, body: (db: ForeignDatabase) => Promise<T>): Promise<T> {
    try {
      return await this.#children.with(work, options, body);
    } catch (error) {
      throw this.#told(error);
    }
  }

  #told(error: unknown): unknown {
    if (!(error instanceof ForeignDatabaseError)) return error;
    return damagedBackup(this.#folder, `its Manifest.db cannot be read (${error.message})`, error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#children[Symbol.asyncDispose]();
    await this.#removed();
  }
}

async function entryOf(row: ForeignRow, db: ForeignDatabase): Promise<ManifestEntry | OddRow> {
  const [fileId, domain, path, flags, file, length, rowId] = row;
  if (typeof domain !== "string" || typeof path !== "string" || typeof fileId !== "string")
    return { odd: "a row of the manifest without a name", domain: String(domain ?? ""), path: String(path ?? "") };
  if (fileId !== fileIdOf(domain, path))
    return { odd: "the manifest gives it the number of another file", domain, path };
  const kind = kinds[Number(flags)];
  if (!kind) return { odd: `of a kind that is not known (${Number(flags)})`, domain, path };
  const bytes = file instanceof Uint8Array ? file : await inPieces(db, Number(rowId), Number(length));
  return { fileId, domain, path, kind, details: bytes && detailsOf(bytes) };
}

function detailsOf(bytes: Uint8Array): MbFile | undefined {
  try {
    return decodeMbFile(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** What is longer than the child gives out at once. */
async function inPieces(db: ForeignDatabase, rowId: number, length: number): Promise<Uint8Array | undefined> {
  if (!(length > 0 && length <= maxDetailsBytes)) return undefined;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < length; at += pieceBytes) {
    const [row] = await db.all(`SELECT substr(file, ${at + 1}, ${pieceBytes}) FROM Files WHERE rowid = ${rowId}`);
    const piece = row?.[0];
    if (!(piece instanceof Uint8Array)) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Any text as an expression of SQL. */
function text(value: string): string {
  return `CAST(x'${Buffer.from(value, "utf8").toString("hex")}' AS TEXT)`;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}
