/**
 * What was copied from which phone to where, in SQLite inside the destination's `.offroll/`, so that a drive carries its own
 * history. The photos are the truth; the catalog only spares copying them twice, and can be rebuilt. Here it is opened; what it
 * knows is told subject by subject, each in a file of its own, and whoever needs one subject asks for that one.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { catalogName } from "../destination/metadata-folder.ts";
import type { FileNote } from "../events.ts";
import { Connection, type OpenOptions, withJournals } from "./connection.ts";
import { CopiesTable } from "./copies.ts";
import { DeviceTable } from "./devices.ts";
import { FactsTable } from "./facts.ts";
import { FirstCatalog } from "./first-catalog.ts";
import { ItemTable } from "./items.ts";
import { MadeTable } from "./made.ts";
import { RunTable } from "./runs.ts";
import { SettledFiles } from "./settled.ts";
import { StatCacheTable } from "./stat-cache.ts";

/**
 * One destination's memory, a table a subject. Opened by one run for writing, by any number for reading.
 * @throws {DestinationError} `catalog-corrupt` from any call, when a page turns out to be damaged
 */
export class Catalog implements Disposable {
  /** Told of files that are made, moved and taken away: the log of a run keeps it. */
  onFileNote: ((note: FileNote) => void) | undefined;
  /** Phones that were copied from. */
  readonly devices: DeviceTable;
  /** What was copied. */
  readonly items: ItemTable;
  /** What the heads of files tell. */
  readonly facts: FactsTable;
  /** What the phone told of its files. */
  readonly statCache: StatCacheTable;
  /** What was made beside the photos. */
  readonly made: MadeTable;
  /** Every run that began here, with its summary where it ended. */
  readonly runs: RunTable;
  /** What failed, was removed by hand, or is ignored. */
  readonly settled: SettledFiles;
  /** Further copies of this destination, and what it is a copy of. */
  readonly copies: CopiesTable;
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    const tell = (note: FileNote): void => this.onFileNote?.(note);
    this.#connection = connection;
    this.devices = new DeviceTable(connection);
    this.items = new ItemTable(connection, tell);
    this.facts = new FactsTable(connection);
    this.statCache = new StatCacheTable(connection);
    this.made = new MadeTable(connection, tell);
    this.runs = new RunTable(connection);
    this.settled = new SettledFiles(connection);
    this.copies = new CopiesTable(connection);
  }

  /**
   * Opens a catalog, making it when asked; undefined when there is none. Checked for damage at every opening. One of an earlier
   * version is brought up to date, or read as it would be then.
   * @param folder the destination's `.offroll`, or where a share's catalog is kept
   * @throws {DestinationError} `catalog-corrupt`, `catalog-newer`
   */
  static open(folder: string, options: OpenOptions): Catalog | undefined {
    const connection = Connection.open(folder, options);
    return connection && new Catalog(connection);
  }

  /** After the disk was away: the old handle is dead, the file is not. */
  reopen(): void {
    this.#connection.reopen();
  }

  /** Many writes as one: all of them, or none. @throws {DestinationError} what the disk refuses */
  transaction(body: () => void): void {
    this.#connection.transaction(body);
  }

  /** One write for each value, many to a transaction; yields to the event loop between transactions. */
  async inPages<T>(values: Iterable<T>, write: (value: T) => void): Promise<void> {
    await this.#connection.inPages(values, write);
  }

  /** Counts writers' sessions, so that the newer of two copies is known. */
  get revision(): number {
    return this.#connection.revision;
  }

  /** A consistent copy in one file, counted as newer than this one was. */
  exportTo(file: string): void {
    this.#connection.exportTo(file);
  }

  /** A consistent copy in one file, made by SQLite a few pages at a time while others read and write. */
  async backupTo(file: string): Promise<void> {
    await this.#connection.backupTo(file);
  }

  /** The catalog of a destination that this one is a copy of, beside it. @param file of `backupTo` */
  beside(file: string): FirstCatalog {
    return new FirstCatalog(this.#connection, file);
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}

/** Gives a catalog that nobody has open another name in its folder, in the place of whatever has that one. */
export function moveCatalog(folder: string, from: string, to: string): void {
  discardCatalog(folder, to);
  for (const suffix of withJournals)
    if (existsSync(join(folder, `${from}${suffix}`)))
      renameSync(join(folder, `${from}${suffix}`), join(folder, `${to}${suffix}`));
}

/** Throws a catalog away; the caller fills a new one. Destination id and photos stay. */
export function discardCatalog(folder: string, name = catalogName): void {
  for (const suffix of withJournals) rmSync(join(folder, `${name}${suffix}`), { force: true });
}
