/** Files that were made beside the photos, and the folders of albums. */
import type { FileNote } from "../events.ts";
import type { Sql } from "./connection.ts";

/** Tables `extra` and `album`. */
export class MadeTable {
  readonly #sql: Sql;
  readonly #tell: (note: FileNote) => void;

  /** @param tell told of files that are made and taken away */
  constructor(sql: Sql, tell: (note: FileNote) => void) {
    this.#sql = sql;
    this.#tell = tell;
  }

  /** Hash of a file that we made beside the photos (a sidecar, an album's entry), as we left it. */
  mark(target: string): string | undefined {
    return this.#sql.prepare("SELECT sha256 FROM extra WHERE target = ?").get(target)?.["sha256"] as string | undefined;
  }

  targets(): string[] {
    return this.#sql
      .prepare("SELECT target FROM extra")
      .all()
      .map((r) => r["target"] as string);
  }

  note(target: string, sha256: string): void {
    this.#sql.write("INSERT OR REPLACE INTO extra (target, sha256) VALUES (?, ?)", target, sha256);
    this.#tell({ type: "made", target, mark: sha256 });
  }

  /** One that we took away. */
  forget(target: string): void {
    this.#sql.write("DELETE FROM extra WHERE target = ?", target);
    this.#tell({ type: "gone", target });
  }

  /** Entries of albums that we made: each with the file that it is another name, or a copy, of. */
  albumEntries(): { entry: string; target: string }[] {
    return this.#sql
      .prepare("SELECT target AS entry, substr(sha256, 4) AS target FROM extra WHERE sha256 LIKE 'of:%'")
      .all()
      .map((r) => ({ entry: r["entry"] as string, target: r["target"] as string }));
  }

  albumFolders(): { device: string; key: string; folder: string }[] {
    return this.#sql.prepare("SELECT device, key, folder FROM album").all() as never;
  }

  noteAlbumFolder(device: string, key: string, folder: string): void {
    this.#sql.write("INSERT OR REPLACE INTO album (device, key, folder) VALUES (?, ?, ?)", device, key, folder);
  }
}
