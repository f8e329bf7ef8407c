/**
 * Messages, a conversation after the other, each in the order of its dates. Rows are fetched by their numbers in batches, so that
 * memory does not grow with what there is.
 */
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { People } from "../contacts/people.ts";
import type { PhoneDatabase } from "../phone-database.ts";
import { numberIn } from "../values.ts";
import { type Conversation, type Handle, readConversations, readHandles } from "./chats.ts";
import { MessageEntries, type OrderEntry } from "./message-entries.ts";
import { conversationAt, reactionTarget, reactionTypes, type TimeSpan } from "./message-order.ts";
import {
  type AttachmentRow,
  attachmentColumns,
  type FoundAttachment,
  type FoundMessage,
  foundAttachment,
  isReaction,
  type MessageContext,
  type MessageRow,
  messageColumns,
  messageOf,
  repliedMessage,
  type StandingReaction,
  standingReactions,
  strayReaction,
} from "./message-rows.ts";
import { NumberPairs } from "./number-pairs.ts";
import { NumberSet } from "./number-set.ts";

/** Where they lie. */
export const messageDatabase = { domain: "HomeDomain", path: "Library/SMS/sms.db" } as const;
/** Of attachments' paths. */
export const attachmentDomain = "MediaDomain";

const batchRows = 500;

/** Which messages. */
export interface MessageChoice extends TimeSpan {
  readonly isWanted?: (conversation: Conversation) => boolean;
}

/** Some messages of one conversation, in order. */
export interface MessageBatch {
  readonly conversation: Conversation;
  readonly messages: readonly FoundMessage[];
  /** Reactions that stand on one of them. */
  readonly reactions: number;
  /** Taken back, or in whose place another came. */
  readonly reactionsReplaced: number;
}

/** Rows of one conversation, in order. */
export interface ChosenRows {
  readonly key: number;
  readonly ids: readonly number[];
  /** Deleted not long ago. */
  readonly deleted: ReadonlySet<number>;
}

/** What of rows is the same as long as what is made of them is. */
export interface RowsPrint {
  /** Of everything that was read; undefined where some of it is damaged. */
  readonly hash: string | undefined;
  readonly attachments: readonly FoundAttachment[];
}

/** One database of messages, as far as it has been looked at. */
export class MessageReader {
  readonly #db: PhoneDatabase;
  readonly #context: MessageContext;
  readonly conversations: ReadonlyMap<number, Conversation>;
  /** Rows of messages in the database. */
  readonly found: number;
  readonly #order: MessageEntries;
  readonly #attachments = new NumberPairs();
  /** Reactions by the message that they are on. */
  readonly #reactions = new NumberPairs();
  /** Reactions that are on one. */
  readonly #placed = new NumberSet();
  /** What a message replies to. */
  readonly #replied = new NumberPairs();

  private constructor(
    db: PhoneDatabase,
    context: MessageContext,
    { conversations, found }: { conversations: ReadonlyMap<number, Conversation>; found: number },
  ) {
    this.#db = db;
    this.#context = context;
    this.conversations = conversations;
    this.found = found;
    this.#order = new MessageEntries(db, conversations, context.onDamage);
  }

  static async open(db: PhoneDatabase, people: People, onDamage: (what: string) => void): Promise<MessageReader> {
    const handles: ReadonlyMap<number, Handle> = await readHandles(db);
    const conversations = await readConversations(db, handles, people);
    const found = (await db.count("message")) ?? 0;
    const reader = new MessageReader(db, { handles, people, onDamage }, { conversations, found });
    await reader.#readPairs();
    await reader.#readReplies();
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
      for await (const batch of this.#db.tuples(sql))
        for (const [on, reaction] of batch)
          if (typeof on === "number" && typeof reaction === "number" && this.#placed.add(reaction))
            this.#reactions.add(on, reaction);
    });
  }

  async #readReplies(): Promise<void> {
    if (!this.#db.has("message", "thread_originator_guid")) return;
    const sql = `SELECT r.rowid, t.rowid FROM message r CROSS JOIN message t ON t.guid = r.thread_originator_guid
      WHERE r.thread_originator_guid IS NOT NULL`;
    await this.#unlessDamaged("replies", async () => {
      for await (const batch of this.#db.tuples(sql))
        for (const [reply, to] of batch)
          if (typeof reply === "number" && typeof to === "number") this.#replied.add(reply, to);
    });
  }

  /** Rows that are messages, by conversation and date; reactions that stand on one come with it. */
  async *entries({ isWanted, ...choice }: MessageChoice = {}): AsyncGenerator<readonly OrderEntry[], void, undefined> {
    let [key, isKeyWanted] = [Number.NaN, false];
    for await (const batch of this.#order.read(choice))
      yield batch.filter((entry) => {
        if (entry.key !== key) {
          key = entry.key;
          isKeyWanted = isWanted?.(this.conversation(key)) ?? true;
        }
        return isKeyWanted && !this.#placed.has(entry.id);
      });
  }

  /** By its key; a chat that no list tells of has no name. */
  conversation(key: number): Conversation {
    return conversationAt(this.conversations, key);
  }

  /** Messages of these rows, some at a time. @param onPrint told of each batch what `prints` tells of it */
  async *batches(
    rows: ChosenRows,
    onPrint?: (print: RowsPrint) => void,
  ): AsyncGenerator<MessageBatch, void, undefined> {
    for (let i = 0; i < rows.ids.length; i += batchRows)
      yield await this.#batch({ ...rows, ids: rows.ids.slice(i, i + batchRows) }, onPrint);
  }

  /** What `batches` would tell of its reading, without the rows of messages themselves. */
  async *prints({ ids }: ChosenRows): AsyncGenerator<RowsPrint, void, undefined> {
    for (let i = 0; i < ids.length; i += batchRows) {
      const around = this.#around(ids.slice(i, i + batchRows));
      const hashes: (string | undefined)[] = [];
      for (const part of [around.ids, around.beside])
        if (part.length > 0) hashes.push(await this.#db.hashAt("message", messageColumns, part));
      const rows = await this.#attachmentRows(around, (hash) => hashes.push(hash));
      hashes.push(this.#names(await this.#handlesAt([...around.ids, ...around.beside])));
      yield this.#print(around, { hashes, rows });
    }
  }

  /** Rows that are read with some: reactions on them, what they reply to, attachments of all. */
  #around(ids: readonly number[]): Around {
    const replied = ids.flatMap((id) => this.#replied.of(id).slice(0, 1));
    const reactions = ids.flatMap((id) => this.#reactions.of(id));
    return {
      ids,
      beside: [...reactions, ...replied],
      own: [...ids, ...reactions].flatMap((id) => this.#attachments.of(id)),
      attachments: [...ids, ...reactions, ...replied].flatMap((id) => this.#attachments.of(id)),
    };
  }

  async #attachmentRows(
    { attachments }: Around,
    onHash?: (hash: string) => void,
  ): Promise<ReadonlyMap<number, AttachmentRow>> {
    const rows = await this.#db.rowsAt("attachment", attachmentColumns, attachments, onHash);
    return new Map(rows.map((row) => [row.rowid as number, row]));
  }

  #print(
    { ids, beside, own, attachments }: Around,
    read: { hashes: readonly (string | undefined)[]; rows: ReadonlyMap<number, AttachmentRow> },
  ): RowsPrint {
    const parts = [ids, beside, this.#db.has("attachment") ? attachments : []].filter(({ length }) => length > 0);
    // One is of the names.
    const isWhole = read.hashes.length === parts.length + 1 && !read.hashes.includes(undefined);
    return {
      hash: isWhole ? read.hashes.join(" ") : undefined,
      attachments: own.flatMap((id) => read.rows.get(id) ?? []).map((row) => foundAttachment(row)),
    };
  }

  async #batch({ key, ids, deleted }: ChosenRows, onPrint?: (print: RowsPrint) => void): Promise<MessageBatch> {
    const around = this.#around(ids);
    const hashes: string[] = [];
    const onHash = onPrint && ((hash: string): void => void hashes.push(hash));
    const read = async (part: readonly number[]): Promise<ReadonlyMap<number, MessageRow>> =>
      new Map(
        (await this.#db.rowsAt("message", messageColumns, part, onHash)).map((row) => [row.rowid as number, row]),
      );
    const rows = await read(ids);
    const beside = await read(around.beside);
    const attachments = await this.#attachmentRows(around, onHash);
    if (onPrint) {
      const handles = [...rows.values(), ...beside.values()].flatMap((row) => [row.handle_id, row.other_handle]);
      onPrint(this.#print(around, { hashes: [...hashes, this.#names(handles)], rows: attachments }));
    }
    const made = { key, deleted, rows, beside, attachments, reactions: 0, reactionsReplaced: 0 };
    const messages = ids.flatMap((id) => this.#message(id, made) ?? []);
    const { reactions, reactionsReplaced } = made;
    return { conversation: this.conversation(key), messages, reactions, reactionsReplaced };
  }

  #message(id: number, from: BatchRows): FoundMessage | undefined {
    const row = from.rows.get(id);
    if (!row || this.#placed.has(id)) return undefined;
    const attachmentsOf = (message: number): AttachmentRow[] =>
      this.#attachments.of(message).flatMap((each) => from.attachments.get(each) ?? []);
    if (isReaction(row)) return strayReaction(row, attachmentsOf(id), this.#context);
    const around = {
      attachments: attachmentsOf(id),
      reactions: this.#standing(id, from, attachmentsOf),
      isDeleted: from.deleted.has(id),
    };
    const found = messageOf(row, around, this.#context);
    const [to] = this.#replied.of(id);
    const target = to === undefined ? undefined : (from.beside.get(to) ?? from.rows.get(to));
    if (to === undefined || !target) return found;
    return { ...found, replied: repliedMessage(target, attachmentsOf(to), this.#context) };
  }

  #standing(
    id: number,
    from: BatchRows,
    attachmentsOf: (message: number) => readonly AttachmentRow[],
  ): StandingReaction[] {
    const own = this.#reactions.of(id).flatMap((reaction) => from.beside.get(reaction) ?? []);
    if (own.length === 0) return [];
    const { reactions, replaced } = standingReactions(own, this.#context, attachmentsOf);
    from.reactions += reactions.length;
    from.reactionsReplaced += replaced;
    return reactions;
  }

  async #handlesAt(ids: readonly number[]): Promise<ForeignValue[]> {
    const found: ForeignValue[] = [];
    const where = `FROM message WHERE rowid IN (${ids.join(",")})`;
    const parts = ["handle_id", "other_handle"].map((name) => `SELECT ${this.#db.list("message", [name])} ${where}`);
    await this.#unlessDamaged("messages", async () => {
      for await (const batch of this.#db.tuples(parts.join(" UNION ")))
        for (const [handle] of batch) found.push(handle ?? null);
    });
    return found;
  }

  /** Of everybody that some messages are from, and about. */
  #names(handles: readonly (ForeignValue | undefined)[]): string {
    const { handles: known, people } = this.#context;
    const numbers = [...new Set(handles.map((handle) => numberIn(handle) ?? -1))].sort((a, b) => a - b);
    const names = numbers.flatMap((number) => {
      const address = known.get(number)?.address;
      const person = people.find(address);
      return address === undefined ? [] : [[number, address, person?.id, person?.name]];
    });
    return JSON.stringify(names);
  }

  async #unlessDamaged(what: string, work: () => Promise<void>): Promise<void> {
    const onDamage = (why: string): void => this.#context.onDamage(`${what} cannot be read whole (${why})`);
    await this.#db.unlessDamaged(work, onDamage);
  }
}

interface Around {
  readonly ids: readonly number[];
  readonly beside: readonly number[];
  /** Attachments that come with the messages: their own, and those of reactions. */
  readonly own: readonly number[];
  readonly attachments: readonly number[];
}

interface BatchRows {
  readonly deleted: ReadonlySet<number>;
  readonly rows: ReadonlyMap<number, MessageRow>;
  readonly beside: ReadonlyMap<number, MessageRow>;
  readonly attachments: ReadonlyMap<number, AttachmentRow>;
  reactions: number;
  reactionsReplaced: number;
}
