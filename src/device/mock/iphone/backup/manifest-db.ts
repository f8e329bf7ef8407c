/** Manifest.db as a phone writes it: its tables, its page size, and the journal mode in its header. Read back for the next backup. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Yielder } from "../../../../shared/async.ts";

/** One row of `Files`. Flags: 1 file, 2 folder, 4 link. */
export interface ManifestRow {
  readonly fileId: string;
  readonly domain: string;
  readonly path: string;
  readonly flags: number;
  readonly file: Buffer;
}

const schema = `
  PRAGMA page_size = 4096;
  PRAGMA auto_vacuum = 2;
  PRAGMA journal_mode = WAL;
  PRAGMA user_version = 2;
  CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
  CREATE INDEX FilesDomainIdx ON Files(domain);
  CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
  CREATE INDEX FilesFlagsIdx ON Files(flags);
  CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);`;

/** The bytes of the database. */
export async function writeManifest(rows: Iterable<ManifestRow>): Promise<Buffer> {
  return await inTemporaryFile(async (path) => {
    const database = new DatabaseSync(path);
    try {
      database.exec(schema);
      const insert = database.prepare("INSERT INTO Files VALUES (?, ?, ?, ?, ?)");
      database.exec("BEGIN");
      for (const row of rows) insert.run(row.fileId, row.domain, row.path, row.flags, row.file);
      database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      database.close();
    }
    return await readFile(path);
  });
}

/** All rows; undefined for what is no such database, or a damaged one. */
export async function readManifest(bytes: Buffer): Promise<ManifestRow[] | undefined> {
  return await inTemporaryFile(async (path) => {
    await writeFile(path, bytes);
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const [check] = database.prepare("PRAGMA quick_check").all();
      if (check?.["quick_check"] !== "ok") return undefined;
      const rows: ManifestRow[] = [];
      const yielder = new Yielder();
      for (const row of database.prepare("SELECT fileID, domain, relativePath, flags, file FROM Files").iterate()) {
        rows.push({
          fileId: String(row["fileID"]),
          domain: String(row["domain"]),
          path: String(row["relativePath"]),
          flags: Number(row["flags"]),
          file: Buffer.from(row["file"] as Uint8Array),
        });
        if (yielder.isDue) await yielder.yieldNow();
      }
      return rows;
    } catch {
      return undefined;
    } finally {
      database.close();
    }
  });
}

async function inTemporaryFile<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "offroll-mock-manifest-"));
  try {
    return await use(join(folder, "Manifest.db"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
