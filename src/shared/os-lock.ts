/**
 * A lock that the operating system keeps: it ends with its process, however that ends, and holds between containers on one kernel.
 * Node has no binding for one, but SQLite takes one on its file, by fcntl(2) or LockFileEx, for as long as a transaction is open.
 */
import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assertPlain } from "./disk-errors.ts";
import { writeNewFile } from "./plain-folder.ts";

const fileName = "lock.sqlite";
/** Somebody may take the file away between our making and our locking it. */
const maxTries = 10;
// See sqlite.org/rescode.html.
const heldCodes: ReadonlySet<number> = new Set([5, 6]);
const damageCodes: ReadonlySet<number> = new Set([11, 26]);

/** A lock that ends with its process. */
export interface OsLock {
  /** False after the disk was away: then nothing is locked any more. */
  readonly isHeld: boolean;
  /** Throws nothing. */
  release(): void;
}

/** @param folder exists; the lock is an empty file in it. @returns `none` where the file system keeps no locks */
export function tryOsLock(folder: string): OsLock | "held" | "none" {
  const file = join(folder, fileName);
  for (let i = 0; i < maxTries; i += 1) {
    assertPlain(file);
    writeNewFile(file, "", 0o600);
    const before = identityOf(file);
    if (before === undefined) continue;
    const result = lockFile(file);
    if (result === "damaged") rmSync(file, { force: true });
    else if (typeof result === "string") return result;
    // Whoever had it before takes it away at the end: then we have locked what nobody else will find.
    else if (identityOf(file) === before) return lockOn(file, result, before);
    else result.close();
  }
  return "held";
}

function lockFile(file: string): DatabaseSync | "held" | "none" | "damaged" {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec("PRAGMA journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db?.close();
    const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    return heldCodes.has(code) ? "held" : damageCodes.has(code) ? "damaged" : "none";
  }
}

function lockOn(file: string, db: DatabaseSync, identity: string): OsLock {
  const isHeld = (): boolean => {
    try {
      return identityOf(file) === identity;
    } catch {
      return false;
    }
  };
  return {
    get isHeld() {
      return isHeld();
    },
    release() {
      // While it is locked: afterwards it may be another's. Windows keeps what is open; an empty file stays there.
      if (isHeld()) quietly(() => rmSync(file, { force: true }));
      quietly(() => db.close());
    },
  };
}

/** With its disk gone, a lock is gone too. */
function quietly(body: () => void): void {
  try {
    body();
  } catch {
    // nothing to be done
  }
}

function identityOf(file: string): string | undefined {
  const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}:${stat.birthtimeNs}:${stat.ctimeNs}`;
}
