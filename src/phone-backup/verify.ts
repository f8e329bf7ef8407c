/**
 * Is a backup whole: every file of its manifest there, with the size and, where the phone told one, the digest that it had when it was
 * sent; and nothing there that is not in the manifest. Every byte is read. Nothing is changed.
 */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { AppError } from "../shared/errors.ts";
import type { BackupFiles } from "./backup-files.ts";
import { backupFiles, besideDatabase } from "./layout.ts";
import type { ManifestEntry, OddRow } from "./manifest.ts";

/**
 * `manifest`: a row, or the database itself. `extra`: something lies in the folder that the manifest does not have. `unfinished`: the
 * backup says of itself that it is not complete.
 */
export type BackupProblem = "missing" | "damaged" | "unreadable" | "manifest" | "extra" | "unfinished";

/** One thing that is not as it should be. Text is hostile. */
export interface BackupFinding {
  readonly problem: BackupProblem;
  /** Absent where nothing tells them. */
  readonly domain?: string;
  readonly path?: string;
  /** Below the backup's folder, where it is about what lies there. */
  readonly stored?: string;
  readonly detail: string;
}

/** What was looked at. */
export interface VerifiedFiles {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Of the files, as they are on the phone. */
  readonly bytes: number;
  /** Files that the phone told a digest of; of the others the size is all that can be compared. */
  readonly withDigest: number;
  /** Encrypted files whose padding is not as it should be, which says nothing against their bytes. */
  readonly oddPadding: number;
  readonly problems: number;
}

/** Who is told meanwhile. */
export interface VerifyBackupOptions extends AbortOptions {
  readonly onFinding: (finding: BackupFinding) => void;
  readonly onProgress?: (files: number, ofFiles: number, bytes: number) => void;
}

/** Systems leave them in every folder that a person looks into. */
const ofSystems = /^(?:\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.fseventsd|\.Spotlight-V100)$/i;
const ownNames: ReadonlySet<string> = new Set([...Object.values(backupFiles), ...besideDatabase]);
const prefix = /^[0-9a-f]{2}$/;
/** Hides the opening of small files; more would make a spinning disk seek. */
const readsAtOnce = 4;

/** @throws {DeviceError} where the manifest cannot be read to its end; {CancelledError} */
export async function verifyBackup(backup: BackupFiles, options: VerifyBackupOptions): Promise<VerifiedFiles> {
  return await new Verification(backup, options).run();
}

class Verification {
  readonly #backup: BackupFiles;
  readonly #options: VerifyBackupOptions;
  readonly #seen = { files: 0, folders: 0, links: 0, bytes: 0, withDigest: 0, oddPadding: 0, problems: 0 };
  #ofFiles = 0;

  constructor(backup: BackupFiles, options: VerifyBackupOptions) {
    this.#backup = backup;
    this.#options = options;
  }

  async run(): Promise<VerifiedFiles> {
    const { manifest, backup } = this.#backup;
    const { signal } = this.#options;
    if (backup.state === "unfinished") this.#found({ problem: "unfinished", detail: backup.why ?? "" });
    const damage = await manifest.damage(this.#options);
    if (damage !== undefined) this.#found({ problem: "manifest", detail: `Manifest.db is damaged: ${damage}` });
    this.#ofFiles = await manifest.count(this.#options);
    const folders = this.#folders();
    const expected = this.#expected(folders, manifest.byFileId(this.#options));
    for await (const _ of mapOrdered(expected, readsAtOnce, (row) => this.#check(row))) throwIfAborted(signal);
    for (const folder of folders) this.#extra(folder.unclaimed());
    return this.#seen;
  }

  /** The folders of files, in order; what else lies beside them is told. */
  #folders(): StoredFolder[] {
    const { folder } = this.#backup.backup;
    const folders: StoredFolder[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && prefix.test(entry.name)) folders.push(new StoredFolder(folder, entry.name));
      else if (!ownNames.has(entry.name) && !ofSystems.test(entry.name)) this.#extra([entry.name]);
    }
    return folders.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Rows of files that lie there. The others are told, and each name that a row has is taken off its folder's list. */
  async *#expected(
    folders: readonly StoredFolder[],
    rows: AsyncIterable<ManifestEntry | OddRow>,
  ): AsyncGenerator<ManifestEntry, void, undefined> {
    const byName = new Map(folders.map((folder) => [folder.name, folder]));
    let last: StoredFolder | undefined;
    for await (const row of rows) {
      if ("odd" in row) {
        this.#found({ problem: "manifest", domain: row.domain, path: row.path, detail: row.odd });
        continue;
      }
      const folder = byName.get(row.fileId.slice(0, 2));
      // Its rows are over: what nobody claimed is told, and its names are let go.
      if (last && last !== folder) this.#extra(last.unclaimed());
      last = folder;
      if (row.kind === "folder") this.#seen.folders += 1;
      else if (row.kind === "link") this.#seen.links += 1;
      else if (folder?.claim(row.fileId)) yield row;
      else this.#missing(row);
    }
  }

  #missing({ domain, path }: ManifestEntry): void {
    this.#seen.files += 1;
    this.#found({ problem: "missing", domain, path, detail: "it is not in the backup" });
  }

  async #check(row: ManifestEntry): Promise<void> {
    const { domain, path, details } = row;
    try {
      const { bytes, isPaddingOdd } = await this.#backup.check(row, this.#options);
      this.#seen.bytes += bytes;
      if (details?.digest) this.#seen.withDigest += 1;
      if (isPaddingOdd) this.#seen.oddPadding += 1;
    } catch (error) {
      if (!(error instanceof AppError) || error.scope !== "item") throw error;
      const problem = error.code === "phone-file-damaged" ? "damaged" : "unreadable";
      // It may have gone since its folder was listed.
      const gone = error.code === "phone-file-missing";
      this.#found({ problem: gone ? "missing" : problem, domain, path, detail: detailOf(error) });
    }
    this.#seen.files += 1;
    this.#options.onProgress?.(this.#seen.files, this.#ofFiles, this.#seen.bytes);
  }

  #extra(names: readonly string[]): void {
    for (const stored of names) this.#found({ problem: "extra", stored, detail: "it is not in the manifest" });
  }

  #found(finding: BackupFinding): void {
    this.#seen.problems += 1;
    this.#options.onFinding(finding);
  }
}

/** "DOMAIN/PATH is damaged: it is cut." -> "it is cut". The finding has the name already. */
function detailOf(error: AppError): string {
  return error.message.replace(/^.*? (?:is damaged: |cannot be read )/s, "").replace(/\.$/, "");
}

/** One folder of files, and which of its names the manifest has. Its names are read when they are first asked for. */
class StoredFolder {
  readonly name: string;
  readonly #folder: string;
  #names: Map<string, boolean> | undefined;

  constructor(backup: string, name: string) {
    this.name = name;
    this.#folder = join(backup, name);
  }

  /** Whether something of that name lies there. */
  claim(fileId: string): boolean {
    const names = this.#read();
    if (!names.has(fileId)) return false;
    names.set(fileId, true);
    return true;
  }

  /** Names that no row has, below the backup's folder; once. */
  unclaimed(): string[] {
    const names = [...this.#read()].filter(([, isClaimed]) => !isClaimed).map(([name]) => `${this.name}/${name}`);
    this.#names = new Map();
    return names;
  }

  #read(): Map<string, boolean> {
    this.#names ??= new Map(
      readdirSync(this.#folder, { withFileTypes: true })
        .filter((entry: Dirent) => !ofSystems.test(entry.name))
        .map((entry: Dirent) => [entry.name, false]),
    );
    return this.#names;
  }
}
