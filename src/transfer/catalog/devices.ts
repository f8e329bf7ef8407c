/** Phones that were copied from, and what a person chose for each. */
import type { Sql } from "./connection.ts";
import { columnsOf, sensible } from "./sense.ts";

/** A phone that was copied from. */
export interface KnownDevice {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  /** When it was connected last, in milliseconds. */
  readonly lastSeen: number;
}

const columns = columnsOf({ id: "text", name: "text", model: "text", lastSeen: "number" });

/** Tables `device` and, for what was chosen, `meta`. */
export class DeviceTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  note({ id, name, model, lastSeen }: KnownDevice): void {
    this.#sql.write(
      "INSERT INTO device (id, name, model, last_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, model = excluded.model, last_seen = excluded.last_seen",
      id,
      name,
      model,
      lastSeen,
    );
  }

  /** By name. */
  all(): KnownDevice[] {
    return this.#sql
      .prepare("SELECT id, name, model, last_seen AS lastSeen FROM device ORDER BY name")
      .all()
      .map((r) => sensible(r, columns)) as never;
  }

  /** The path template that a person chose for this phone in this destination, where one was chosen. */
  template(device: string): string | undefined {
    const row = this.#sql.prepare("SELECT value FROM meta WHERE key = ?").get(`template:${device}`);
    return row?.["value"] as string | undefined;
  }

  keepTemplate(device: string, template: string): void {
    this.#sql.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", `template:${device}`, template);
  }
}
