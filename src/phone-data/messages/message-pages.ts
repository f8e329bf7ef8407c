/**
 * Messages as a person looks through them: a page of conversations, a page of one of them, and those that have some words. Rows are
 * fetched for what is looked at alone, however many there are.
 */
import type { People } from "../contacts/people.ts";
import type { Message } from "../contract.ts";
import { folded } from "../export/context.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import type { Window } from "../row-order.ts";
import { messageDate, messageMs, numberIn } from "../values.ts";
import { type Conversation, type Handle, looseKey, readConversations, readHandles } from "./chats.ts";
import {
  chatsOfSql,
  conversationAt,
  conversationSql,
  orderSql,
  reactionTarget,
  reactionTypes,
} from "./message-order.ts";
import {
  type AttachmentRow,
  attachmentColumns,
  isReaction,
  type MessageContext,
  type MessageRow,
  messageColumns,
  messageOf,
  type StandingReaction,
  standingReactions,
  strayReaction,
} from "./message-rows.ts";

const searchedRows = 500;
/** Of what stands around the words that were found. */
const excerptLength = 160;

/** A conversation in the list of all. */
export interface ConversationCount {
  readonly conversation: Conversation;
  readonly count: number;
  readonly last: Date | undefined;
}

/** A message that has the words, and where it is. */
export interface MessageHit {
  /** Of the conversation, and its name. */
  readonly conversation: string;
  readonly title: string;
  readonly id: string;
  readonly at?: string;
  readonly fromMe: boolean;
  readonly sender?: string;
  /** The words, and what stands around them: one line. */
  readonly excerpt: string;
  /** The row of the database. */
  readonly row: number;
}

/** What a stretch of a search came to. */
export interface SearchStep {
  readonly hits: readonly MessageHit[];
  /** Messages looked at so far, and all there are. */
  readonly looked: number;
  readonly of: number;
}

export class MessagePages {
  readonly #db: PhoneDatabase;
  readonly #context: MessageContext;
  readonly #conversations: ReadonlyMap<number, Conversation>;

  private constructor(db: PhoneDatabase, context: MessageContext, conversations: ReadonlyMap<number, Conversation>) {
    this.#db = db;
    this.#context = context;
    this.#conversations = conversations;
  }

  static async open(db: PhoneDatabase, people: People, onDamage: (what: string) => void): Promise<MessagePages> {
    const handles: ReadonlyMap<number, Handle> = await readHandles(db);
    return new MessagePages(db, { handles, people, onDamage }, await readConversations(db, handles, people));
  }

  /** How many rows of messages there are; 0 where that cannot be counted. */
  async count(): Promise<number> {
    return (await this.#db.count("message")) ?? 0;
  }

  /** The conversations that hold anything, the newest first. @param isWanted all of them by default */
  async conversations(
    { skip, limit }: Window,
    isWanted?: (conversation: Conversation) => boolean,
  ): Promise<ConversationCount[]> {
    const keys = isWanted && [...this.#conversations.values()].filter(isWanted).map(({ key }) => key);
    if (keys?.length === 0) return [];
    const where = keys ? ` WHERE key IN (${keys.join(",")})` : "";
    const sql = `SELECT key, count(DISTINCT id), max(at) FROM (${orderSql(this.#db, this.#conversations)})${where} GROUP BY key ORDER BY max(at) DESC, key LIMIT ${limit} OFFSET ${skip}`;
    const found: ConversationCount[] = [];
    await this.#unlessDamaged("the conversations", async () => {
      for await (const batch of this.#db.query(["key", "count", "last"], sql))
        for (const { key, count, last } of batch)
          if (typeof key === "number")
            found.push({
              conversation: conversationAt(this.#conversations, key),
              count: numberIn(count) ?? 0,
              last: messageDate(last),
            });
    });
    return found;
  }

  async #unlessDamaged(what: string, work: () => Promise<void>): Promise<void> {
    const onDamage = (why: string): void => this.#context.onDamage(`${what} cannot be read whole (${why})`);
    await this.#db.unlessDamaged(work, onDamage);
  }

  /** By its id; undefined where nothing has it. */
  find(id: string): Conversation | undefined {
    for (const conversation of this.#conversations.values()) if (conversation.head.id === id) return conversation;
    const key = /^chat-(\d{1,15})$/.exec(id)?.[1];
    return key === undefined ? undefined : conversationAt(this.#conversations, Number(key));
  }

  /** Of one conversation the last messages, without the very last ones; in the order of their dates. */
  async newest(
    conversation: Conversation,
    { skip, limit }: Window,
  ): Promise<{ readonly messages: readonly Message[]; readonly hasOlder: boolean }> {
    const ids: number[] = [];
    const deleted = new Set<number>();
    const sql = `SELECT id, deleted FROM (${conversationSql(this.#db, conversation)}) ORDER BY at DESC, id DESC LIMIT ${limit + 1} OFFSET ${skip}`;
    for await (const batch of this.#db.query(["id", "deleted"], sql))
      for (const row of batch) {
        if (typeof row.id !== "number") continue;
        ids.push(row.id);
        if (row.deleted === 1) deleted.add(row.id);
      }
    return { messages: await this.#messagesAt(ids.slice(0, limit).reverse(), deleted), hasOlder: ids.length > limit };
  }

  /** Of one conversation all messages, a batch after the other: memory does not grow with what there is. */
  async *oldestFirst(conversation: Conversation): AsyncGenerator<readonly Message[], void, undefined> {
    let [ids, deleted] = [[] as number[], new Set<number>()];
    const sql = `SELECT id, deleted FROM (${conversationSql(this.#db, conversation)}) ORDER BY at, id`;
    for await (const batch of this.#db.query(["id", "deleted"], sql))
      for (const row of batch) {
        if (typeof row.id !== "number") continue;
        ids.push(row.id);
        if (row.deleted === 1) deleted.add(row.id);
        if (ids.length < searchedRows) continue;
        yield await this.#messagesAt(ids, deleted);
        [ids, deleted] = [[], new Set()];
      }
    if (ids.length > 0) yield await this.#messagesAt(ids, deleted);
  }

  /** How many messages of a conversation are newer than one of its rows. */
  async newerThan(conversation: Conversation, row: number): Promise<number> {
    const all = conversationSql(this.#db, conversation);
    const sql = `WITH a AS (${all}), h AS (SELECT at FROM a WHERE id = ${row}) SELECT count(*) FROM a, h WHERE a.at > h.at OR (a.at = h.at AND a.id > ${row})`;
    for await (const batch of this.#db.query(["count"], sql))
      for (const { count } of batch) return numberIn(count) ?? 0;
    return 0;
  }

  async #messagesAt(ids: readonly number[], deleted: ReadonlySet<number>): Promise<Message[]> {
    const rows = await this.#rows(ids);
    const attachments = await this.#attachmentsOf(ids);
    const reactions = await this.#reactionsOf(ids);
    return ids.flatMap((id) => {
      const row = rows.get(id);
      if (!row) return [];
      if (isReaction(row) && reactions.placed.has(id)) return [];
      if (isReaction(row)) return [strayReaction(row, attachments.get(id) ?? [], this.#context).message];
      const around = {
        attachments: attachments.get(id) ?? [],
        reactions: reactions.on.get(id) ?? [],
        isDeleted: deleted.has(id),
      };
      return [messageOf(row, around, this.#context).message];
    });
  }

  async #rows(ids: readonly number[]): Promise<Map<number, MessageRow>> {
    const found = await this.#db.rowsAt("message", messageColumns, ids);
    return new Map(found.map((row) => [Number(row.rowid), row as MessageRow]));
  }

  async #attachmentsOf(ids: readonly number[]): Promise<Map<number, AttachmentRow[]>> {
    const pairs = this.#db.has("message_attachment_join", "attachment_id")
      ? await this.#pairs(
          `SELECT message_id, attachment_id FROM message_attachment_join WHERE message_id IN (${ids.join(",")})`,
        )
      : [];
    const rows = await this.#db.rowsAt("attachment", attachmentColumns, [...new Set(pairs.map(([, id]) => id))]);
    return grouped(pairs, new Map(rows.map((row) => [Number(row.rowid), row as AttachmentRow])));
  }

  /** Those on these messages; and which of these are reactions to a message that is there. */
  async #reactionsOf(
    ids: readonly number[],
  ): Promise<{ on: Map<number, StandingReaction[]>; placed: ReadonlySet<number> }> {
    const [db, list] = [this.#db, ids.join(",")];
    if (!db.has("message", "associated_message_guid") || !db.has("message", "associated_message_type"))
      return { on: new Map(), placed: new Set() };
    const from = `SELECT t.rowid, r.rowid FROM message r CROSS JOIN message t ON t.guid = ${reactionTarget} WHERE r.associated_message_guid IS NOT NULL AND ${reactionTypes}`;
    const pairs = await this.#pairs(`${from} AND t.rowid IN (${list})`);
    const own = await this.#pairs(`${from} AND r.rowid IN (${list})`);
    const reactions = [...new Set(pairs.map(([, id]) => id))];
    const rows = await this.#rows(reactions);
    const stickers = await this.#attachmentsOf(reactions);
    const standing = (own: readonly MessageRow[]): StandingReaction[] =>
      standingReactions(own, this.#context, (row) => stickers.get(row) ?? []).reactions;
    const on = new Map([...grouped(pairs, rows)].map(([id, own]) => [id, standing(own)]));
    return { on, placed: new Set(own.map(([, id]) => id)) };
  }

  async #pairs(sql: string): Promise<[number, number][]> {
    const pairs: [number, number][] = [];
    for await (const batch of this.#db.query(["a", "b"], sql))
      for (const { a, b } of batch) if (typeof a === "number" && typeof b === "number") pairs.push([a, b]);
    return pairs;
  }

  /**
   * Messages that have all the words, the newest first. Each step is a stretch of the messages: whoever has enough stops.
   * @param words accents and case apart
   */
  async *search(words: readonly string[]): AsyncGenerator<SearchStep, void, undefined> {
    const wanted = words.map(folded);
    const of = await this.count();
    const sql = `SELECT rowid FROM message ORDER BY ${messageMs("date").sql.replaceAll("?", "date")} DESC, rowid DESC`;
    let [looked, ids] = [0, [] as number[]];
    const step = async (): Promise<SearchStep> => {
      const hits = await this.#hits(ids, wanted);
      looked += ids.length;
      ids = [];
      return { hits, looked, of };
    };
    try {
      for await (const batch of this.#db.query(["id"], sql))
        for (const { id } of batch) {
          if (typeof id === "number") ids.push(id);
          if (ids.length >= searchedRows) yield await step();
        }
    } catch (error) {
      const { message } = await this.#db.damageOf(error);
      this.#context.onDamage(`not all messages can be looked through (${message})`);
    }
    if (ids.length > 0 || looked === 0) yield await step();
  }

  async #hits(ids: readonly number[], wanted: readonly string[]): Promise<MessageHit[]> {
    const rows = await this.#rows(ids);
    const found: { row: number; message: Message; text: string }[] = [];
    for (const id of ids) {
      const row = rows.get(id);
      if (!row || isReaction(row)) continue;
      const { message } = messageOf(row, { attachments: [], reactions: [], isDeleted: false }, this.#context);
      const text = searchedText(message);
      const plain = folded(text);
      if (wanted.every((word) => plain.includes(word))) found.push({ row: id, message, text });
    }
    if (found.length === 0) return [];
    const chats = await this.#conversationsOf(found.map(({ row }) => row));
    return found.map(({ row, message, text }) => {
      const { title, head } = chats.get(row) ?? conversationAt(this.#conversations, looseKey);
      const { id, at, fromMe, sender, senderName } = message;
      return {
        ...{ conversation: head.id, title, id, fromMe, row, excerpt: excerptOf(text, wanted) },
        ...(at !== undefined && { at }),
        ...((senderName ?? sender) !== undefined && { sender: senderName ?? (sender as string) }),
      };
    });
  }

  async #conversationsOf(ids: readonly number[]): Promise<Map<number, Conversation>> {
    const sql = chatsOfSql(this.#db, ids);
    const pairs = sql === undefined ? [] : await this.#pairs(sql);
    const byChat = new Map([...this.#conversations.values()].flatMap((each) => each.rows.map((row) => [row, each])));
    return new Map(pairs.map(([id, chat]) => [id, byChat.get(chat) ?? conversationAt(this.#conversations, chat)]));
  }
}

function grouped<T>(pairs: readonly (readonly [number, number])[], rows: ReadonlyMap<number, T>): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const [id, other] of pairs) {
    const row = rows.get(other);
    if (row === undefined) continue;
    const list = found.get(id);
    if (list) list.push(row);
    else found.set(id, [row]);
  }
  return found;
}

/** What of a message is looked through: what a person can read of it. */
export function searchedText({ subject, text, app }: Pick<Message, "subject" | "text" | "app">): string {
  return [subject, text, app?.title, app?.caption, app?.url].filter(Boolean).join("\n");
}

/** One line around the first of the words. */
function excerptOf(text: string, words: readonly string[]): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const at = Math.max(0, folded(line).indexOf(words[0] ?? ""));
  // Letters that fold into several, or none, move the place by a few: it is only where the excerpt begins.
  const start = at <= excerptLength / 2 ? 0 : at - Math.floor(excerptLength / 3);
  const part = line.slice(start, start + excerptLength).toWellFormed();
  return `${start > 0 ? "…" : ""}${part}${start + excerptLength < line.length ? "…" : ""}`;
}
