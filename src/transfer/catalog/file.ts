/** The catalog's file: opened, checked for damage, brought to the current version, and told in errors that have a remedy. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, statfsSync } from "node:fs";
import { platform } from "node:os";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { assertPlain, diskError, errno } from "../../shared/disk-errors.ts";
import { AppError, DestinationError, type ErrorCode } from "../../shared/errors.ts";
import { mountType } from "../../shared/mounts.ts";
import { writeNewFile } from "../../shared/plain-folder.ts";
import { catalogVersion, migrate, upgradedCopy, versionOf } from "./migrations.ts";
import { maxCatalogValueBytes, strangeObject } from "./trust.ts";
import { busyMs, fileIdentity, openToWrite } from "./writer.ts";

/** `wal` where readers must not wait; `rollback` where shared memory does not work, as on FUSE and shares. */
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
 * @param journal other than what the file system calls for; @param isChecked it was looked through for damage already
 * @throws {DestinationError} `catalog-corrupt`, `catalog-newer`, `destination-io`
 */
export function openWritable(
  file: string,
  {
    journal: wanted = journalFor(file),
    isChecked = false,
  }: { readonly journal?: Journal; readonly isChecked?: boolean } = {},
): { db: DatabaseSync; journal: Journal } {
  let db: DatabaseSync | undefined;
  try {
    keepPrivate(file);
    db = openToWrite(file, fileIdentity(file));
    assertPlain(file); // still
    assertUsable(db, file, isChecked);
    const journal = chooseJournal(db, wanted);
    if (versionOf(db) < catalogVersion) migrate(db);
    return { db, journal };
  } catch (error) {
    closeQuietly(db);
    throw diskError(catalogError(file, error), file);
  }
}

/** It holds paths, dates and names. What SQLite puts beside it takes its mode. */
function keepPrivate(file: string): void {
  if (writeNewFile(file, "", 0o600)) return;
  assertPlain(file);
  if ((lstatSync(file).mode & 0o077) === 0) return;
  try {
    chmodSync(file, 0o600);
  } catch {
    // somebody else's, or on a disk without modes
  }
}

/** Why it could not be used matters more. */
function closeQuietly(db: DatabaseSync | undefined): void {
  try {
    db?.close();
  } catch {
    // dead already
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

/** SQLITE_BUSY. */
const busyCode = 5;

/** On read-only media SQLite may not even look for a journal; `immutable` tells it that nobody writes. */
function openToRead(file: string): DatabaseSync {
  // A writer that ends, or the first one after a crash, has it alone for a moment.
  const options = { readOnly: true, timeout: busyMs, limits: { length: maxCatalogValueBytes } };
  const db = new DatabaseSync(file, options);
  try {
    db.prepare("SELECT count(*) FROM sqlite_master").get();
    return db;
  } catch (error) {
    db.close();
    // Somebody does write: what is there now may be half of it.
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busyCode) throw error;
    return new DatabaseSync(immutableUrl(file), options);
  }
}

/** A file's address as SQLite reads it: whatever is in its name, and with no host, not even a share's. See sqlite.org/uri.html. */
export function immutableUrl(file: string, windows = platform() === "win32"): URL {
  const url = pathToFileURL(file, { windows });
  const plain = url.host === "" ? url : new URL(`file:////${url.host}${url.pathname}`);
  plain.searchParams.set("immutable", "1");
  return plain;
}

function assertUsable(db: DatabaseSync, file: string, isChecked = false): void {
  const version = versionOf(db);
  if (version > catalogVersion)
    throw new DestinationError(
      "catalog-newer",
      `The catalog ${file} has version ${version}; this offroll knows versions up to ${catalogVersion}.`,
    );
  const strange = strangeObject(db);
  if (strange !== undefined) throw corrupt(file, `${strange} is not offroll's`);
  if (isChecked) return;
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

/** What SQLite's codes mean to a person; anything else is the disk's doing. See sqlite.org/rescode.html. */
const codes: Readonly<Record<number, { readonly code: ErrorCode; readonly text: string }>> = {
  5: { code: "destination-in-use", text: "Another program has the catalog open" },
  8: { code: "destination-read-only", text: "The disk with the catalog is read-only" },
  13: { code: "destination-full", text: "The disk is too full for the catalog" },
};

/** An error of SQLite's as one of ours: full disk, read-only disk, damaged file. Errors that are ours already stay as they are. */
export function catalogError(file: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { errcode, errstr, code } = error as { errcode?: number; errstr?: string; code?: string };
  // After the disk was away, and could not be opened again.
  if (code === "ERR_INVALID_STATE") return notUsable(file, "its disk went away", error);
  // Node tells so of an integer that no number holds: no size or date of ours is as large.
  if (code === "ERR_OUT_OF_RANGE") return corrupt(file, error);
  if (errcode === undefined) return error;
  const primary = errcode & 0xff;
  // Our statements know its tables: where one is not as it was made, or its sizes have no sum, the page that says so is damaged.
  if (primary === 1 && /no such (?:column|table)|integer overflow/.test((error as Error).message))
    return corrupt(file, error);
  // 18: a value larger than any of ours
  if (primary === 11 || primary === 18 || primary === 26) return corrupt(file, error);
  const known = codes[primary];
  if (known) return new DestinationError(known.code, `${known.text}: ${file}.`, { cause: error });
  // What SQLite could not open says nothing of why; the folder may.
  if (primary === 14 && !existsSync(dirname(file)))
    return new DestinationError("destination-not-there", `${dirname(file)} is no longer there.`, { cause: error });
  if (primary === 14 && refusal(file, constants.R_OK) === "EACCES")
    return new DestinationError("destination-no-permission", `You may not read the catalog ${file}.`, {
      cause: error,
      remedy: "It is for the person who copied the photos: run this as that person.",
    });
  if (primary === 14 && isFull(dirname(file)))
    return new DestinationError("destination-full", `The disk has no room for the catalog's files: ${file}.`, {
      cause: error,
    });
  if (isReadOnly(dirname(file)))
    return new DestinationError("destination-read-only", `The disk with the catalog is read-only: ${file}.`, {
      cause: error,
    });
  return notUsable(file, errstr ?? "", error);
}

/** A disk that failed may have been made read-only by the system, which SQLite tells as any error. */
function isReadOnly(folder: string): boolean {
  return refusal(folder, constants.W_OK) === "EROFS";
}

/** A disk may be out of files to make long before it is out of bytes. Some count no files: they have none in all. */
function isFull(folder: string): boolean {
  try {
    const { files, ffree, bavail } = statfsSync(folder);
    return bavail === 0 || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}

/** Why the system does not give access; undefined where it does. */
function refusal(path: string, how: number): string | undefined {
  try {
    accessSync(path, how);
    return undefined;
  } catch (error) {
    return errno(error);
  }
}

function notUsable(file: string, why: string, cause: unknown): DestinationError {
  return new DestinationError("destination-io", `The catalog ${file} could not be used: ${why}.`, { cause });
}

function corrupt(where: string, cause: unknown): DestinationError {
  return new DestinationError("catalog-corrupt", `The catalog ${where} is damaged.`, { cause });
}
