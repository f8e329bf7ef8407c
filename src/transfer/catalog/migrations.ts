/**
 * The catalog's tables, as the steps from each version to the next. A step that was released is never edited: it takes catalogs
 * that lie on people's disks. What the columns mean is told here, what is done with them in the file of each subject.
 */
import { DatabaseSync } from "node:sqlite";
import { inTransaction } from "./statements.ts";

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE device (id TEXT PRIMARY KEY, name TEXT NOT NULL, model TEXT NOT NULL, last_seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE item (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
  uuid TEXT, photo_id TEXT NOT NULL, captured TEXT, sha256 TEXT, target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'done')), copied_at INTEGER NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (device, path, size, created_ms, modified_ms)) WITHOUT ROWID;
CREATE INDEX item_target ON item (target);
CREATE TABLE facts (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified_ms INTEGER NOT NULL, facts TEXT NOT NULL,
  PRIMARY KEY (device, path)) WITHOUT ROWID;
CREATE TABLE run (
  id TEXT PRIMARY KEY, device TEXT NOT NULL, command TEXT NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER,
  complete INTEGER NOT NULL DEFAULT 0, summary TEXT) WITHOUT ROWID;
`;

/** What a photo is besides its path: found again by its UUID, and what we wrote beside it is told from others' work. */
const identities = `
ALTER TABLE item ADD COLUMN role TEXT NOT NULL DEFAULT 'original';
CREATE INDEX item_uuid ON item (device, uuid) WHERE uuid IS NOT NULL;
CREATE TABLE extra (target TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
`;

/** What the phone told of a file when its library had this mark for it. */
const looks = `
CREATE TABLE look (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
  mark TEXT NOT NULL, PRIMARY KEY (device, path)) WITHOUT ROWID;
ALTER TABLE device ADD COLUMN looked_at INTEGER;
`;

/** Files that a person settled with `ignore`: not copied, and no failure. */
const ignoring = `
CREATE TABLE ignored (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
  uuid TEXT, role TEXT, cause TEXT NOT NULL, ignored_at INTEGER NOT NULL,
  PRIMARY KEY (device, path, size, created_ms, modified_ms)) WITHOUT ROWID;
`;

/** A run's kind is "backup" or "export"; its known failures are counted where it had no others, and was complete but for them. */
const runs = `
ALTER TABLE run ADD COLUMN kind TEXT;
ALTER TABLE run ADD COLUMN known_failures INTEGER NOT NULL DEFAULT 0;
UPDATE run SET kind = CASE WHEN command LIKE 'offroll backup%' THEN 'backup' ELSE 'export' END;
`;

/** Chosen files whose last run failed, each with its cause, until they are copied or settled. */
const failing = `
CREATE TABLE failure (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
  uuid TEXT, role TEXT, code TEXT NOT NULL, message TEXT NOT NULL, first_run TEXT NOT NULL, last_run TEXT NOT NULL,
  PRIMARY KEY (device, path)) WITHOUT ROWID;
`;

/** Files that were taken out of the destination by hand and copied again by the run that told so. */
const removing = `
CREATE TABLE removed (
  device TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
  uuid TEXT, role TEXT, target TEXT NOT NULL, run_id TEXT NOT NULL,
  PRIMARY KEY (device, path, size, created_ms, modified_ms)) WITHOUT ROWID;
`;

/** Files that are left out, each with the reason that a run's log told last: it is told once. */
const telling = `
CREATE TABLE told_skip (
  device TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (device, path)) WITHOUT ROWID;
`;

/** When a file was last read back from the disk, and what came of it: at its copying, by `verify`, by a rebuild. */
const readBack = `
ALTER TABLE item ADD COLUMN read_at INTEGER;
ALTER TABLE item ADD COLUMN found TEXT CHECK (found IN ('whole', 'damaged', 'missing', 'unreadable'));
CREATE INDEX item_not_whole ON item (target) WHERE found IS NOT NULL AND found <> 'whole';
`;

/** When the file in the destination was last written, as its disk tells it: what has another time now was written to since. */
const storedTimes = `
ALTER TABLE item ADD COLUMN stored_ms INTEGER;
`;

/** Which reading of files the facts come from: see `factsVersion`. */
const factsVersions = `
ALTER TABLE facts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
`;

/** The folder of an album, by its identity on its phone: its title may change, and others may have the same. */
const albums = `
CREATE TABLE album (
  device TEXT NOT NULL, key TEXT NOT NULL, folder TEXT NOT NULL UNIQUE, PRIMARY KEY (device, key)) WITHOUT ROWID;
`;

/**
 * Further copies of this destination, each by the name that a person gave it; and, in a copy, what it is a copy of. A copy's catalog
 * has both: copies of its own come when it goes on alone.
 */
const copies = `
CREATE TABLE copies (
  name TEXT PRIMARY KEY, id TEXT NOT NULL, path TEXT NOT NULL, hash TEXT NOT NULL, added_at INTEGER NOT NULL,
  begun_at INTEGER, ended_at INTEGER, result TEXT, complete_at INTEGER, proven_at INTEGER,
  files INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE copy_of (id TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL, complete_at INTEGER) WITHOUT ROWID;
`;

/** Version 4 in its parts, one subject each: released, so never edited. */
const version4 = [
  // One a line, so that two changes at a time do not meet.
  ignoring,
  runs,
  failing,
  removing,
  telling,
  readBack,
  factsVersions,
  albums,
  storedTimes,
].join("");

/** What is made beside the photos, by whichever maker. */
const made = `
CREATE TABLE made (
  target TEXT PRIMARY KEY, maker TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, basis TEXT, sha256 TEXT) WITHOUT ROWID;
CREATE INDEX made_source ON made (source);
`;

/**
 * What tables of before knew of that: one text for each file. Sidecars had the hash of what they held; entries of albums "of:" and
 * their file; movies "motion of:", their photo, and how many bytes they have.
 */
export const extraBecomesMade = `
INSERT OR IGNORE INTO made (target, maker, version, source)
  SELECT target, 'album-entry', 1, substr(sha256, 4) FROM extra WHERE sha256 GLOB 'of:*';
INSERT OR IGNORE INTO made (target, maker, version, source, basis)
  SELECT target, 'motion-video', 1, substr(sha256, 11, length(rtrim(sha256, '0123456789')) - 11),
    substr(sha256, length(rtrim(sha256, '0123456789')) + 1) FROM extra WHERE sha256 GLOB 'motion of:*:[0-9]*';
INSERT OR IGNORE INTO made (target, maker, version, source, sha256)
  SELECT target, 'sidecar', 1, CASE WHEN target GLOB '*.xmp' THEN substr(target, 1, length(target) - 4)
    WHEN target GLOB '*.json' THEN substr(target, 1, length(target) - 5) ELSE target END, sha256
  FROM extra WHERE target NOT IN (SELECT target FROM made);
DROP TABLE extra;
`;

/** Version 5 in its parts. Until it is released, parts may be added and edited. */
const version5 = [copies, made, extraBecomesMade].join("");

/** Each entry takes a catalog from its index to the next version; a catalog of any earlier version becomes a current one. */
const migrations: readonly string[] = [schema, identities, looks, version4, version5];

/** Written as `PRAGMA user_version`; docs/format.md says what each number means. */
export const catalogVersion = migrations.length;

/** 0 for an empty database. */
export function versionOf(db: DatabaseSync): number {
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

/** Makes a catalog of any earlier version, or an empty database, a current one: all steps, or none. */
export function migrate(db: DatabaseSync): void {
  inTransaction(db, () => {
    // Asked again within the transaction: another process may have done it meanwhile.
    const version = versionOf(db);
    if (version >= catalogVersion) return;
    for (const step of migrations.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${catalogVersion}`);
  });
}

let ours: ReadonlySet<string> | undefined;

/** The text of every table and index that a catalog of any version has, as SQLite keeps it. */
export function ourStatements(): ReadonlySet<string> {
  if (ours) return ours;
  const known = new Set<string>();
  using db = new DatabaseSync(":memory:");
  for (const step of migrations) {
    db.exec(step);
    for (const { sql } of db.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").all())
      known.add(String(sql));
  }
  ours = known;
  return known;
}

/** A current copy of an earlier catalog, private and gone when closed, for those who only read. */
export function upgradedCopy(old: DatabaseSync): DatabaseSync {
  // A temporary file of SQLite's own, held in memory where it is small.
  const copy = new DatabaseSync("");
  try {
    inTransaction(copy, () => copyTables(old, copy));
    copy.exec(`PRAGMA user_version = ${versionOf(old)}`);
    migrate(copy);
    return copy;
  } catch (error) {
    copy.close();
    throw error;
  }
}

function copyTables(old: DatabaseSync, copy: DatabaseSync): void {
  const objects = old
    .prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .all() as { type: string; name: string; sql: string }[];
  const tables = objects.filter((o) => o.type === "table");
  for (const { name, sql } of tables) {
    run(copy, sql);
    const read = old.prepare(`SELECT * FROM "${name}"`);
    const width = read.columns().length;
    read.setReturnArrays(true);
    const write = copy.prepare(`INSERT INTO "${name}" VALUES (${Array(width).fill("?").join(", ")})`);
    for (const row of read.iterate() as Iterable<unknown>) write.run(...(row as never[]));
  }
  for (const { type, sql } of objects) if (type === "index") run(copy, sql);
}

/** One statement, whatever stands behind it: SQLite reads a schema so, and this one comes from a disk that others write to. */
function run(db: DatabaseSync, sql: string): void {
  db.prepare(sql).run();
}
