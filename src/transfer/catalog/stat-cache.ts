/**
 * What a phone told of its files, kept so that a night with nothing new asks for none of them: each file with the stamp that the
 * phone's library had for it then. The stamp changes when the file does.
 */
import type { KnownFile, MediaItem } from "../../device/media-source.ts";
import type { Sql } from "./connection.ts";
import { toDate, versionValues } from "./file-key.ts";

/** A file as the phone told it, with its library's stamp of that moment. */
export interface StampedFile extends KnownFile {
  readonly stamp: string;
}

/** Table `look`, and when all of a phone was looked at: `device.looked_at`. */
export class StatCacheTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** When the phone was last asked for every file, in milliseconds since 1970; undefined when never. */
  lastFullStat(device: string): number | undefined {
    const row = this.#sql.prepare("SELECT looked_at FROM device WHERE id = ?").get(device);
    return (row?.["looked_at"] as number | null) ?? undefined;
  }

  noteFullStat(device: string, now: number): void {
    this.#sql.write("UPDATE device SET looked_at = ? WHERE id = ?", now, device);
  }

  /** Files that are done, by path: each as it was when the library had this stamp for it. */
  files(device: string): Map<string, StampedFile> {
    const statement = this.#sql.prepareOwn(
      "SELECT path, l.mark, size, created_ms, modified_ms FROM look l JOIN item USING (device, path, size, created_ms, modified_ms) WHERE device = ? AND item.state = 'done'",
    );
    statement.setReturnArrays(true);
    const files = new Map<string, StampedFile>();
    for (const row of statement.iterate(device) as Iterable<unknown>) {
      const [path, stamp, sizeBytes, created, modified] = row as [string, string, number, number, number];
      const modifiedAt = toDate(modified);
      files.set(path, { stamp, sizeBytes, modifiedAt, createdAt: created === modified ? modifiedAt : toDate(created) });
    }
    return files;
  }

  note(device: string, item: MediaItem, stamp: string): void {
    this.#sql.write(
      "INSERT INTO look (device, path, size, created_ms, modified_ms, mark) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET size = excluded.size, created_ms = excluded.created_ms, modified_ms = excluded.modified_ms, mark = excluded.mark WHERE mark <> excluded.mark OR size <> excluded.size OR modified_ms <> excluded.modified_ms OR created_ms <> excluded.created_ms",
      ...versionValues(device, item),
      stamp,
    );
  }
}
