/** A connection that writes a catalog: to the file that is meant, through no link, and never to another disk's. */
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assertPlain } from "../../shared/disk-errors.ts";
import { DestinationError } from "../../shared/errors.ts";
import { maxCatalogValueBytes } from "./trust.ts";

/** How long one waits for another that writes. */
export const busyMs = 5_000;

/** SQLite follows links. */
function assertPlainPath(file: string): void {
  const folder = lstatSync(dirname(file), { throwIfNoEntry: false });
  if (folder && !folder.isDirectory())
    throw new DestinationError("destination-unsafe", `${dirname(file)} is not a plain folder.`);
  for (const suffix of ["", "-wal", "-shm", "-journal"]) assertPlain(file + suffix);
}

function assertSame(file: string, identity: string | undefined): void {
  if (identity !== undefined && fileIdentity(file) === identity) return;
  throw new DestinationError("destination-not-there", `${file} is not the catalog that was opened before.`);
}

/** Tells a file from one of another disk under the same path; undefined where there is none. */
export function fileIdentity(file: string): string | undefined {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/**
 * A connection that writes. The journal may lose the last rows with the power: the photos are the truth.
 * @param identity of the file that is meant. SQLite would make one that is not there, and another disk may be there by now.
 */
export function openToWrite(file: string, identity: string | undefined): DatabaseSync {
  assertPlainPath(file);
  assertSame(file, identity);
  const db = new DatabaseSync(file, { timeout: busyMs, limits: { length: maxCatalogValueBytes } });
  try {
    assertSame(file, identity);
    db.exec("PRAGMA synchronous = NORMAL");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
