/**
 * Messages, a conversation after the other, each in the order of its dates. SQLite sorts the numbers of the rows alone; rows are
 * fetched by their numbers in batches, so that memory does not grow with what there is.
 */
import type { ForeignValue } from "../../shared/foreign-database.ts";
import { ForeignDatabaseError } from "../../shared/foreign-database.ts";
import type { People } from "../contacts/people.ts";
import type { Reaction } from "../contract.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { appleEpoch, messageMs, numberIn } from "../values.ts";
import { type Conversation, type Handle, looseKey, readConversations, readHandles } from "./chats.ts";
import { conversationAt, orderSql, reactionTarget, reactionTypes, type TimeSpan } from "./message-order.ts";
import {
  type AttachmentRow,
  attachmentColumns,
  type FoundMessage,
  isReaction,
  type MessageContext,
  type MessageRow,
  messageColumns,
  messageOf,
  standingReactions,
  strayReaction,
} from "./message-rows.ts";
import { NumberPairs } from "./number-pairs.ts";

/** Where they lie. */
export const messageDatabase = { domain: "HomeDomain", path: "Library/SMS/sms.db" } as const;
/** Of attachments' paths. */
export const attachmentDomain = "MediaDomain";

const batchRows = 500;
const appleEpochMs = appleEpoch * 1000;

/** Which messages. */
export interface MessageChoice extends TimeSpan {
  readonly isWanted?: (conversation: Conversation) => boolean;
}

/** Some messages of one conversation, in order. */
export interface MessageBatch {
  readonly conversation: Conversation;
  readonly messages: readonly FoundMessage[];
}

/** What became of the rows. */
export interface MessageCounts {
  /** Rows of messages in the database. */
  found: number;
  /** Reactions that stand on a message. */
  reactions: number;
  /** Taken back, or in whose place another came. */
  reactionsReplaced: number;
  /** In several conversations: each is written in each. */
  repeated: number;
}

/** One database of messages, as far as it has been looked at. */
export class MessageReader {
  readonly #db: PhoneDatabase;
  readonly #context: MessageContext;
  readonly conversations: ReadonlyMap<number, Conversation>;
  readonly counts: MessageCounts = { found: 0, reactions: 0, reactionsReplaced: 0, repeated: 0 };
  readonly #attachments = new NumberPairs();
  /** Reactions by the message that they are on. */
  readonly #reactions = new NumberPairs();
  /** Reactions that are on one. */
  readonly #placed = new Set<number>();

  private constructor(db: PhoneDatabase, context: MessageContext, conversations: ReadonlyMap<number, Conversation>) {
    this.#db = db;
    this.#context = context;
    this.conversations = conversations;
  }

  static async open(db: PhoneDatabase, people: People, onDamage: (what: string) => void): Promise<MessageReader> {
    const handles: ReadonlyMap<number, Handle> = await readHandles(db);
    const conversations = await readConversations(db, handles, people);
    const reader = new MessageReader(db, { handles, people, onDamage }, conversations);
    reader.counts.found = (await db.count("message")) ?? 0;
    await reader.#readPairs();
    return reader;
  }

  async #readPairs(): Promise<void> {
    for await (const row of this.#db.rows("message_attachment_join", ["message_id", "attachment_id"]))
      if (typeof row.message_id === "number" && typeof row.attachment_id === "number")
        this.#attachments.add(row.message_id, row.attachment_id);
    if (!this.#db.has("message", "associated_message_guid") || !this.#db.has("message", "associated_message_type"))
      return;
    const sql = `SELECT t.rowid, r.rowid FROM message r CROSS JOIN message t ON t.guid = ${reactionTarget} WHERE ${reactionTypes}`;
    await this.#unlessDamaged("message", async () => {
      for await (const batch of this.#db.query(["on", "reaction"], sql))
        for (const { on, reaction } of batch)
          if (typeof on === "number" && typeof reaction === "number" && !this.#placed.has(reaction)) {
            this.#reactions.add(on, reaction);
            this.#placed.add(reaction);
          }
    });
  }

  /** Every message once in each conversation that it is in. @throws {ForeignDatabaseError} when the database takes too long */
  async *read(choice: MessageChoice = {}): AsyncGenerator<MessageBatch, void, undefined> {
    let [key, ids, deleted] = [Number.NaN, [] as number[], new Set<number>()];
    const { isWanted = () => true } = choice;
    for await (const entry of this.#order(choice)) {
      if (entry.key !== key || ids.length >= batchRows) {
        if (ids.length > 0) yield await this.#batch(key, ids, deleted);
        [key, ids, deleted] = [entry.key, [], new Set()];
      }
      if (!isWanted(conversationAt(this.conversations, key))) continue;
      ids.push(entry.id);
      if (entry.isDeleted) deleted.add(entry.id);
    }
    if (ids.length > 0) yield await this.#batch(key, ids, deleted);
  }

  /** Rows by conversation and date, each once in a conversation. */
  async *#order(
    choice: MessageChoice,
  ): AsyncGenerator<{ key: number; id: number; isDeleted: boolean }, void, undefined> {
    let last: { key: number; id: number } | undefined;
    const take = function* (
      batch: readonly Readonly<Record<"key" | "id" | "deleted", ForeignValue>>[],
    ): Generator<{ key: number; id: number; isDeleted: boolean }, void, undefined> {
      for (const row of batch) {
        const [key, id] = [numberIn(row.key), numberIn(row.id)];
        if (key === undefined || id === undefined || (last?.key === key && last.id === id)) continue;
        last = { key, id };
        yield { key, id, isDeleted: row.deleted === 1 };
      }
    };
    try {
      for await (const batch of this.#db.query(
        ["key", "id", "at", "deleted"],
        orderSql(this.#db, this.conversations, choice),
      ))
        yield* take(batch);
    } catch (error) {
      if (!(error instanceof ForeignDatabaseError)) throw error;
      await this.#db.assertAlive(error);
      this.#context.onDamage(`the order of messages cannot be read whole (${error.message})`);
      yield* take(
        (await this.#salvagedOrder(choice)).filter(
          ({ key, id }) => last === undefined || key !== last.key || id !== last.id,
        ),
      );
    }
  }

  /** Where SQLite cannot join a damaged table: what can be read of each, put together here. */
  async #salvagedOrder({
    since,
    until,
  }: MessageChoice): Promise<Readonly<Record<"key" | "id" | "deleted", ForeignValue>>[]> {
    const dates = new Map<number, number>();
    const columns = [messageMs("date") as ReturnType<typeof messageMs> & { as: "date" }];
    for await (const row of this.#db.rows("message", columns))
      if (typeof row.rowid === "number") dates.set(row.rowid, numberIn(row.date) ?? 0);
    const keys = new Map(
      [...this.conversations.values()].flatMap(({ key, rows }) => rows.map((row) => [row, key] as const)),
    );
    const entries: { key: number; id: number; at: number; deleted: number }[] = [];
    const joined = new Set<number>();
    const add = (key: number, id: number, deleted: number): void => {
      const at = dates.get(id);
      if (at === undefined) return;
      const ms = at + appleEpochMs;
      if ((since && ms < since.getTime()) || (until && ms >= until.getTime())) return;
      entries.push({ key, id, at, deleted });
    };
    for (const [table, deleted] of [
      ["chat_message_join", 0],
      ["chat_recoverable_message_join", 1],
    ] as const)
      for await (const row of this.#db.rows(table, ["chat_id", "message_id"])) {
        const [chat, id] = [numberIn(row.chat_id), numberIn(row.message_id)];
        if (chat === undefined || id === undefined) continue;
        joined.add(id);
        add(keys.get(chat) ?? chat, id, deleted);
      }
    for (const id of dates.keys()) if (!joined.has(id)) add(looseKey, id, 0);
    return entries.sort((a, b) => a.key - b.key || a.at - b.at || a.id - b.id);
  }

  async #batch(key: number, ids: readonly number[], deleted: ReadonlySet<number>): Promise<MessageBatch> {
    const rows = new Map(
      (await this.#db.rowsAt("message", messageColumns, ids)).map((row) => [row.rowid, row as MessageRow]),
    );
    const attachments = await this.#attachmentsOf(ids);
    const reactions = await this.#reactionsOf(ids);
    const messages: FoundMessage[] = [];
    for (const id of ids) {
      const row = rows.get(id);
      if (!row) continue;
      if (isReaction(row)) {
        if (!this.#placed.has(id)) messages.push(strayReaction(row, this.#context));
        continue;
      }
      const around = { attachments: attachments(id), reactions: reactions(id), isDeleted: deleted.has(id) };
      messages.push(messageOf(row, around, this.#context));
    }
    return { conversation: conversationAt(this.conversations, key), messages };
  }

  async #attachmentsOf(ids: readonly number[]): Promise<(id: number) => AttachmentRow[]> {
    const wanted = ids.flatMap((id) => this.#attachments.of(id));
    const rows = new Map(
      (await this.#db.rowsAt("attachment", attachmentColumns, wanted)).map((row) => [row.rowid, row]),
    );
    return (id) => this.#attachments.of(id).flatMap((attachment) => rows.get(attachment) ?? []);
  }

  async #reactionsOf(ids: readonly number[]): Promise<(id: number) => Reaction[]> {
    const wanted = ids.flatMap((id) => this.#reactions.of(id));
    const found = await this.#db.rowsAt("message", messageColumns, wanted);
    const rows = new Map(found.map((row) => [row.rowid, row as MessageRow]));
    return (id) => {
      const own = this.#reactions.of(id).flatMap((reaction) => rows.get(reaction) ?? []);
      if (own.length === 0) return [];
      const { reactions, replaced } = standingReactions(own, this.#context);
      this.counts.reactions += reactions.length;
      this.counts.reactionsReplaced += replaced;
      return reactions;
    };
  }

  async #unlessDamaged(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ForeignDatabaseError)) throw error;
      await this.#db.assertAlive(error);
      this.#context.onDamage(`${what} cannot be read whole (${error.message})`);
    }
  }
}
