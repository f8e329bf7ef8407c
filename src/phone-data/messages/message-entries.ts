/**
 * Rows of messages in their order: by conversation, in each by date. What cannot be joined in a damaged database is put together
 * here from what can be read.
 */
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { appleEpoch, messageDate, messageMs, numberIn } from "../values.ts";
import { type Conversation, looseKey } from "./chats.ts";
import { joins, orderSql, type TimeSpan } from "./message-order.ts";

const appleEpochMs = appleEpoch * 1000;

/** A row in a conversation. */
export interface OrderEntry {
  readonly key: number;
  readonly id: number;
  readonly at: Date | undefined;
  readonly isDeleted: boolean;
}

/** key, id, at (as `messageMs` has it), deleted */
type OrderTuple = readonly ForeignValue[];

/** Of one database. */
export class MessageEntries {
  readonly #db: PhoneDatabase;
  readonly #conversations: ReadonlyMap<number, Conversation>;
  readonly #onDamage: (what: string) => void;

  constructor(db: PhoneDatabase, conversations: ReadonlyMap<number, Conversation>, onDamage: (what: string) => void) {
    this.#db = db;
    this.#conversations = conversations;
    this.#onDamage = onDamage;
  }

  /** Rows by conversation and date, each once in a conversation; in batches. */
  async *read(choice: TimeSpan): AsyncGenerator<readonly OrderEntry[], void, undefined> {
    let [lastKey, lastId] = [Number.NaN, Number.NaN];
    const take = (batch: readonly OrderTuple[]): OrderEntry[] => {
      const entries: OrderEntry[] = [];
      for (const tuple of batch) {
        const [key, id] = [numberIn(tuple[0]), numberIn(tuple[1])];
        if (key === undefined || id === undefined || (lastKey === key && lastId === id)) continue;
        [lastKey, lastId] = [key, id];
        entries.push({ key, id, at: messageDate(tuple[2]), isDeleted: tuple[3] === 1 });
      }
      return entries;
    };
    try {
      for await (const batch of this.#db.tuples(orderSql(this.#db, this.#conversations, choice))) yield take(batch);
    } catch (error) {
      const { message } = await this.#db.damageOf(error);
      this.#onDamage(`the order of messages cannot be read whole (${message})`);
      const [key, id] = [lastKey, lastId];
      yield take((await this.#salvaged(choice)).filter((tuple) => tuple[0] !== key || tuple[1] !== id));
    }
  }

  /** Where SQLite cannot join a damaged table: what can be read of each, put together here. */
  async #salvaged({ since, until }: TimeSpan): Promise<OrderTuple[]> {
    const dates = new Map<number, number>();
    const columns = [messageMs("date") as ReturnType<typeof messageMs> & { as: "date" }];
    for await (const row of this.#db.rows("message", columns))
      if (typeof row.rowid === "number") dates.set(row.rowid, numberIn(row.date) ?? 0);
    const keys = new Map(
      [...this.#conversations.values()].flatMap(({ key, rows }) => rows.map((row) => [row, key] as const)),
    );
    const entries: [key: number, id: number, at: number, deleted: number][] = [];
    const joined = new Set<number>();
    const add = (key: number, id: number, deleted: number): void => {
      const at = dates.get(id);
      if (at === undefined) return;
      const ms = at + appleEpochMs;
      if ((since && ms < since.getTime()) || (until && ms >= until.getTime())) return;
      entries.push([key, id, at, deleted]);
    };
    for (const [deleted, table] of joins.entries())
      for await (const row of this.#db.rows(table, ["chat_id", "message_id"])) {
        const [chat, id] = [numberIn(row.chat_id), numberIn(row.message_id)];
        if (chat === undefined || id === undefined) continue;
        joined.add(id);
        add(keys.get(chat) ?? chat, id, deleted);
      }
    for (const id of dates.keys()) if (!joined.has(id)) add(looseKey, id, 0);
    return entries.sort((a, b) => a[0] - b[0] || a[2] - b[2] || a[1] - b[1]);
  }
}
