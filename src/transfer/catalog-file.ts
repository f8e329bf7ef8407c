/** The catalog's file: opened, checked for damage, brought to the current version, and told in errors that have a remedy. */
import { platform } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { DestinationError } from "../shared/errors.ts";
import { openToWrite } from "./catalog-rows.ts";
import { catalogVersion, migrate, upgradedCopy, versionOf } from "./catalog-schema.ts";
import { mountType } from "./destination/mounts.ts";

export type Journal = "wal" | "rollback";

/** File systems of this computer on which SQLite's shared-memory journal works. A share may report its server's type to
 * statfs, so the mount table is asked. */
const localFileSystems = new Set([
  "ext2",
  "ext3",
  "ext4",
  "btrfs",
  "xfs",
  "f2fs",
  "zfs",
  "bcachefs",
  "tmpfs",
  "overlay",
]);

/**
 * Opens a catalog for writing and makes it a current one.
 * @param wanted other than what the file system calls for
 * @throws {DestinationError} `catalog-corrupt`, `catalog-newer`, `destination-io`
 */
export function openWritable(file: string, wanted: Journal = journalFor(file)): { db: DatabaseSync; journal: Journal } {
  let db: DatabaseSync | undefined;
  try {
    db = openToWrite(file);
    assertUsable(db, file);
    const journal = chooseJournal(db, wanted);
    if (versionOf(db) < catalogVersion) migrate(db);
    return { db, journal };
  } catch (error) {
    db?.close();
    throw catalogError(file, error);
  }
}

/**
 * Opens a catalog that is left as it is. One of an earlier version is read as a current copy of it.
 * @throws {DestinationError} `catalog-corrupt`, `catalog-newer`, `destination-io`
 */
export function openReadable(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = openToRead(file);
    assertUsable(db, file);
    if (versionOf(db) === catalogVersion) return db;
    const copy = upgradedCopy(db);
    db.close();
    return copy;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw catalogError(file, error);
  }
}

/** On read-only media SQLite may not even look for a journal; `immutable` tells it that nobody writes. */
function openToRead(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.prepare("SELECT count(*) FROM sqlite_master").get();
    return db;
  } catch {
    db.close();
    return new DatabaseSync(immutableUrl(file), { readOnly: true });
  }
}

/** A file's address as SQLite reads it: whatever is in its name, and with no host, not even a share's. See sqlite.org/uri.html. */
export function immutableUrl(file: string, windows = platform() === "win32"): URL {
  const url = pathToFileURL(file, { windows });
  const plain = url.host === "" ? url : new URL(`file:////${url.host}${url.pathname}`);
  plain.searchParams.set("immutable", "1");
  return plain;
}

function assertUsable(db: DatabaseSync, file: string): void {
  const version = versionOf(db);
  if (version > catalogVersion)
    throw new DestinationError(
      "catalog-newer",
      `The catalog ${file} has version ${version}; this offroll knows versions up to ${catalogVersion}.`,
    );
  const check = Object.values(db.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown>)[0];
  if (check !== "ok") throw corrupt(file, check);
}

/** A write-ahead journal where it works, else a rollback journal. */
function journalFor(file: string): Journal {
  return platform() === "darwin" || localFileSystems.has(mountType(file) ?? "") ? "wal" : "rollback";
}

/** @returns what there is then */
export function chooseJournal(db: DatabaseSync, wanted: Journal): Journal {
  if (wanted === "wal") {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      db.prepare("SELECT count(*) FROM sqlite_master").get();
      return "wal";
    } catch {
      // Shared memory is refused after all: the rollback journal needs none.
    }
  }
  db.exec("PRAGMA journal_mode = DELETE");
  return "rollback";
}

/** SQLITE_CORRUPT and SQLITE_NOTADB are damage; anything else is the disk's or a bug's doing. See sqlite.org/rescode.html. */
export function catalogError(file: string, error: unknown): unknown {
  if (error instanceof DestinationError) return error;
  const { errcode, errstr } = error as { errcode?: number; errstr?: string };
  if (errcode === undefined) return error;
  if ([11, 26].includes(errcode & 0xff)) return corrupt(file, error);
  return new DestinationError("destination-io", `The catalog ${file} could not be used: ${errstr}.`, { cause: error });
}

function corrupt(where: string, cause: unknown): DestinationError {
  return new DestinationError("catalog-corrupt", `The catalog ${where} is damaged.`, { cause });
}
