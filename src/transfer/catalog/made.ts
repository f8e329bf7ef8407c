/** Files that were made beside the photos, and the folders of albums. */
import type { FileNote } from "../events.ts";
import type { Sql } from "./connection.ts";
import { type MadeFile, markOf } from "./made-mark.ts";
import { columnsOf, sensible } from "./sense.ts";

/** In any catalog that has the table. */
export const madeColumns = "target, maker, version, source, basis, sha256";

const kinds = columnsOf({
  target: "text",
  maker: "text",
  version: "number",
  source: "text",
  basis: "text?",
  sha256: "text?",
});

/** Tables `made` and `album`. */
export class MadeTable {
  readonly #sql: Sql;
  readonly #tell: (note: FileNote) => void;

  /** @param tell told of files that are made and taken away */
  constructor(sql: Sql, tell: (note: FileNote) => void) {
    this.#sql = sql;
    this.#tell = tell;
  }

  find(target: string): MadeFile | undefined {
    const row = this.#sql.prepare(`SELECT ${madeColumns} FROM made WHERE target = ?`).get(target);
    return row && toMadeFile(row);
  }

  /** Made from this file. */
  of(source: string): MadeFile[] {
    return this.#sql
      .prepare(`SELECT ${madeColumns} FROM made WHERE source = ? ORDER BY target`)
      .all(source)
      .map(toMadeFile);
  }

  /** By this maker, or all. */
  files(maker?: string): MadeFile[] {
    return this.#sql
      .prepare(`SELECT ${madeColumns} FROM made WHERE maker = coalesce(?, maker) ORDER BY target`)
      .all(maker ?? null)
      .map(toMadeFile);
  }

  targets(): string[] {
    return this.#sql
      .prepare("SELECT target FROM made ORDER BY target")
      .all()
      .map((r) => r["target"] as string);
  }

  note(file: MadeFile): void {
    this.#sql.write(
      `INSERT OR REPLACE INTO made (${madeColumns}) VALUES (?, ?, ?, ?, ?, ?)`,
      file.target,
      file.maker,
      file.version,
      file.source,
      file.basis ?? null,
      file.sha256 ?? null,
    );
    this.#tell({ type: "made", target: file.target, mark: markOf(file) });
  }

  /** One that we took away. */
  forget(target: string): void {
    this.#sql.write("DELETE FROM made WHERE target = ?", target);
    this.#tell({ type: "gone", target });
  }

  albumFolders(): { device: string; key: string; folder: string }[] {
    return this.#sql.prepare("SELECT device, key, folder FROM album").all() as never;
  }

  noteAlbumFolder(device: string, key: string, folder: string): void {
    this.#sql.write("INSERT OR REPLACE INTO album (device, key, folder) VALUES (?, ?, ?)", device, key, folder);
  }
}

export function toMadeFile(row: Record<string, unknown>): MadeFile {
  sensible(row, kinds);
  return {
    target: row["target"] as string,
    maker: row["maker"] as string,
    version: row["version"] as number,
    source: row["source"] as string,
    basis: (row["basis"] as string | null) ?? undefined,
    sha256: (row["sha256"] as string | null) ?? undefined,
  };
}
