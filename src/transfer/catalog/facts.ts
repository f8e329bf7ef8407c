/** Facts that were read from the heads of files, so that no head is read twice. */
import type { MediaItem } from "../../device/media-source.ts";
import { factsVersion, type MediaFacts } from "../../media/index.ts";
import type { Sql } from "./connection.ts";
import { toMs } from "./file-key.ts";

/** Table `facts`: the last version of each file, with the number of the reading that the facts come from. */
export class FactsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** `old` ones were read by an earlier version, which read less: they are no longer taken. */
  find(device: string, item: MediaItem): MediaFacts | "old" | undefined {
    const row = this.#sql
      .prepare("SELECT facts, version FROM facts WHERE device = ? AND path = ? AND size = ? AND modified_ms = ?")
      .get(device, item.path, item.sizeBytes, toMs(item.modifiedAt));
    if (!row) return undefined;
    try {
      return row["version"] === factsVersion ? (JSON.parse(row["facts"] as string) as MediaFacts) : "old";
    } catch {
      return "old"; // damaged: the file's head is looked at again
    }
  }

  note(device: string, item: MediaItem, facts: MediaFacts): void {
    this.#sql.write(
      "INSERT OR REPLACE INTO facts (device, path, size, modified_ms, facts, version) VALUES (?, ?, ?, ?, ?, ?)",
      device,
      item.path,
      item.sizeBytes,
      toMs(item.modifiedAt),
      JSON.stringify(facts),
      factsVersion,
    );
  }
}
