/** What a phone has of each kind, without writing anything: counts, lists, and one of them whole. */
import type { PhoneFile, PhoneFiles } from "../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import { ForeignDatabaseError } from "../shared/foreign-database.ts";
import type { PrivateFolder } from "../shared/private-folder.ts";
import {
  callEntry,
  contactEntry,
  contactWords,
  conversationEntry,
  type DataEntry,
  type ListedEntry,
  listed,
  memoEntry,
  noteEntry,
  wordsOf,
} from "./browse-entries.ts";
import { callList } from "./calls/call-list.ts";
import { callDatabases, oldCallDatabase } from "./calls/read-calls.ts";
import { contactList } from "./contacts/contact-list.ts";
import type { People } from "./contacts/people.ts";
import { addressBook, readContacts } from "./contacts/read-contacts.ts";
import {
  type Call,
  type Contact,
  type ConversationHead,
  type DataKind,
  dataKinds,
  type Message,
  type Note,
  type VoiceMemo,
} from "./contract.ts";
import { folded } from "./export/context.ts";
import { callsOf, noCalls } from "./export/export-calls.ts";
import { peopleOf } from "./export/export-data.ts";
import { isTooOld, noMessages, tooOldMessages } from "./export/export-messages.ts";
import { notesOf } from "./export/export-notes.ts";
import { memosOf } from "./export/export-voice-memos.ts";
import { Tally } from "./export/tally.ts";
import type { Conversation } from "./messages/chats.ts";
import { type MessageHit, MessagePages, type SearchStep } from "./messages/message-pages.ts";
import { attachmentDomain, messageDatabase } from "./messages/read-messages.ts";
import { noteList } from "./notes/note-list.ts";
import { noteMediaFolder } from "./notes/note-media.ts";
import { noteLines } from "./notes/note-text.ts";
import { type FoundNote, noteStore } from "./notes/read-notes.ts";
import { PhoneDatabase } from "./phone-database.ts";
import type { Window } from "./row-order.ts";
import type { TableList } from "./table-list.ts";
import { iso, messageDate, messageMs } from "./values.ts";
import { memoList } from "./voice-memos/memo-list.ts";

/** One kind, as far as a look tells. */
export interface KindSummary {
  readonly kind: DataKind;
  /** Absent where it cannot be counted, or is not there. */
  readonly count?: number;
  /** Files that belong to it: attachments, recordings. */
  readonly files?: { readonly count: number; readonly bytes: number };
  readonly newestAt?: string;
  /** Of the database. */
  readonly bytes?: number;
  /** Why there is nothing. */
  readonly absent?: string;
  /** What of it is not whole. */
  readonly problems: readonly string[];
}

/** One of a kind, whole. */
export type DataItem =
  | {
      readonly kind: "messages";
      readonly head: ConversationHead;
      readonly title: string;
      readonly messages: AsyncIterable<Message>;
    }
  | { readonly kind: "contacts"; readonly contact: Contact }
  /** @param lines its text, already safe to print: checklists with their marks, tables with bars */
  | { readonly kind: "notes"; readonly note: Note; readonly lines: readonly string[] }
  | { readonly kind: "calls"; readonly call: Call }
  | { readonly kind: "voice-memos"; readonly memo: VoiceMemo };

/** Some messages of a conversation, and whether there are older ones. */
export interface MessagesPage {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /** Whether several people write. */
  readonly group: boolean;
}

/** Which stretch of a list, and of which entries. */
export interface PageWish extends Window {
  /** Words that an entry must have. */
  readonly wanted?: string;
}

/** A stretch of a list. */
export interface DataEntries {
  readonly entries: readonly DataEntry[];
  readonly hasMore: boolean;
  /** How many there are, where that is known. */
  readonly total?: number;
}

const listedAtOnce = 500;
/** Texts of notes that are kept while one looks at them, in letters. */
const notesKept = 16_000_000;
/** Of a note's text, what its words are looked for in. */
const mostSearched = 20_000;

type ListedKind = Exclude<DataKind, "messages">;
/** One of a kind that lies in a table. */
type Listed =
  | Extract<DataItem, { kind: "contacts" | "calls" | "voice-memos" }>
  | { readonly kind: "notes"; readonly found: FoundNote };

interface OpenMessages {
  readonly db: PhoneDatabase;
  readonly pages: MessagePages;
}

/** A look into one phone's files. The databases that were copied for it stay open until it is disposed. */
export class DataBrowser implements AsyncDisposable {
  readonly #files: PhoneFiles;
  readonly #privately: PrivateFolder;
  readonly #options: AbortOptions;
  #people: Promise<People> | undefined;
  #messages: Promise<OpenMessages | undefined> | undefined;
  #contactList: Promise<Contact[] | undefined> | undefined;
  #callList: Promise<readonly Call[]> | undefined;
  readonly #lists = new Map<DataKind, Promise<readonly ListedEntry[]>>();
  /** Lists of which no more is read than is looked at; undefined for one that must be read whole. */
  readonly #tables = new Map<ListedKind, Promise<TableList<Listed> | undefined>>();
  #recordings: readonly PhoneFile[] = [];
  /** Those that have opened a note; and those that notes are tried with now: while a list is read, none, because each takes its time. */
  readonly #notePasswords: string[];
  #triedPasswords: readonly string[] = [];
  readonly #keptNotes = new Map<string, { readonly note: Note; readonly lines: readonly string[] }>();
  #notesRoom = notesKept;
  readonly #onDamage: (what: string) => void;

  constructor(
    files: PhoneFiles,
    privately: PrivateFolder,
    options: AbortOptions & {
      readonly onDamage?: (what: string) => void;
      /** Of locked notes. */
      readonly notePasswords?: readonly string[];
    } = {},
  ) {
    this.#files = files;
    this.#privately = privately;
    this.#options = options.signal ? { signal: options.signal } : {};
    this.#onDamage = options.onDamage ?? (() => {});
    this.#notePasswords = [...(options.notePasswords ?? [])];
  }

  /** Of locked notes, as far as they are known here. */
  get notePasswords(): readonly string[] {
    return this.#notePasswords;
  }

  /** Tries a password on a locked note. One that opens it is kept as long as one looks. */
  async unlockNote(id: string, password: string): Promise<boolean> {
    const before = await this.#itemWith(id, []);
    if (before?.kind !== "notes" || !before.note.locked) return false;
    const item = await this.#itemWith(id, [password]);
    const isOpen = item?.kind === "notes" && item.note.locked === undefined;
    if (isOpen && !this.#notePasswords.includes(password)) this.#notePasswords.push(password);
    return isOpen;
  }

  /** Those that no password has opened so far. */
  async lockedNotes(): Promise<Note[]> {
    const locked: Note[] = [];
    for await (const { note } of this.#notes(new Tally("notes"), () => {})) if (note.locked) locked.push(note);
    return locked;
  }

  async #itemWith(id: string, passwords: readonly string[]): Promise<DataItem | undefined> {
    this.#triedPasswords = passwords;
    try {
      return await this.#item("notes", id);
    } finally {
      this.#triedPasswords = [];
    }
  }

  /** Of each kind, in the order of `dataKinds`. One that cannot be read is told as such. */
  async *summaries(): AsyncGenerator<KindSummary, void, undefined> {
    for (const kind of dataKinds) {
      throwIfAborted(this.#options.signal);
      yield await this.#summary(kind);
    }
  }

  async #summary(kind: DataKind): Promise<KindSummary> {
    const problems: string[] = [];
    const tally = new Tally(kind);
    try {
      const found = await this.#look(kind, tally);
      for (const { why, count, reason } of tally.report().leftOut)
        if (reason === "damaged" || reason === "body-damaged") problems.push(`${why} (${count})`);
      return { kind, ...found, problems };
    } catch (error) {
      throwIfAborted(this.#options.signal);
      if (!(error instanceof ForeignDatabaseError) && !(error instanceof AppError)) throw error;
      return { kind, problems: [`its database cannot be read: ${error.message}`] };
    }
  }

  async #look(kind: DataKind, tally: Tally): Promise<Omit<KindSummary, "kind" | "problems">> {
    switch (kind) {
      case "messages":
        return await this.#lookAtMessages();
      case "contacts": {
        const total = await this.#fromTable(kind, async (list) => await list.total());
        if (total) return { ...countOf(total), ...(await this.#size(addressBook)) };
        const contacts = await this.#contacts();
        if (!contacts) return { absent: "there is no address book on this phone" };
        return {
          count: contacts.length,
          ...newest(contacts.map((c) => c.modifiedAt)),
          ...(await this.#size(addressBook)),
        };
      }
      case "notes":
        return await this.#lookAtNotes(tally);
      case "calls": {
        const total = await this.#fromTable(kind, async (list) => await list.total());
        if (total) return { ...countOf(total), ...(await this.#size(callDatabases[0] as typeof noteStore)) };
        const found = await callsOf({ ...this.#context(), people: () => this.people() }, tally);
        if (!found) return { absent: noCalls(this.#files.isEncrypted) };
        const where = (await this.#files.find(callDatabases[0]?.domain ?? "", callDatabases[0]?.path ?? ""))
          ? callDatabases[0]
          : oldCallDatabase;
        return {
          count: found.calls.length,
          ...newest(found.calls.map((c) => c.at)),
          ...(where && (await this.#size(where))),
        };
      }
      case "voice-memos": {
        const total = await this.#fromTable(kind, async (list) => await list.total());
        if (total) return { ...countOf(total), files: sizeOf(this.#recordings) };
        const found = await memosOf(this.#context(), tally);
        if (!found) return { absent: "there are no voice memos on this phone" };
        const files = found.flatMap(({ file }) => file ?? []);
        return {
          count: found.length,
          files: sizeOf(files),
          ...newest(found.map(({ memo }) => memo.at)),
        };
      }
    }
  }

  async #lookAtMessages(): Promise<Omit<KindSummary, "kind" | "problems">> {
    const opened = await this.#openMessages();
    if (typeof opened === "string") return { absent: opened };
    const { db, pages } = opened;
    let last: Date | undefined;
    const { sql } = messageMs("date");
    for await (const batch of db.query(["at"], `SELECT max(${sql.replaceAll("?", "date")}) FROM message`))
      last = messageDate(batch[0]?.at);
    return {
      count: await pages.count(),
      files: await this.#below(attachmentDomain, "Library/SMS/Attachments"),
      ...newest([iso(last)]),
      ...(await this.#size(messageDatabase)),
    };
  }

  async #lookAtNotes(tally: Tally): Promise<Omit<KindSummary, "kind" | "problems">> {
    const total = await this.#fromTable("notes", async (list) => await list.total());
    if (total)
      return {
        ...countOf(total),
        files: await this.#below(noteStore.domain, noteMediaFolder),
        ...(await this.#size(noteStore)),
      };
    let [count, isThere] = [0, false];
    const times: (string | undefined)[] = [];
    for await (const { note } of this.#notes(tally, () => (isThere = true))) {
      count += 1;
      times.push(note.modifiedAt);
    }
    if (!isThere) return { absent: "there are no notes on this phone" };
    return {
      count,
      files: await this.#below(noteStore.domain, noteMediaFolder),
      ...newest(times),
      ...(await this.#size(noteStore)),
    };
  }

  #notes(tally: Tally, onStore: () => void): ReturnType<typeof notesOf> {
    return notesOf(
      { ...this.#context(), choice: { formats: undefined, vcard: "3.0", notePasswords: this.#triedPasswords } },
      tally,
      onStore,
    );
  }

  #context(): { files: PhoneFiles; privately: PrivateFolder; signal?: AbortSignal } {
    return { files: this.#files, privately: this.#privately, ...this.#options };
  }

  async #size({ domain, path }: { readonly domain: string; readonly path: string }): Promise<{ bytes?: number }> {
    const file = await this.#files.find(domain, path, this.#options);
    return file ? { bytes: file.sizeBytes } : {};
  }

  async #below(domain: string, folder: string): Promise<{ count: number; bytes: number }> {
    let [count, bytes] = [0, 0];
    for await (const file of this.#files.list({ domain, under: folder, ...this.#options }))
      if (file.kind === "file") [count, bytes] = [count + 1, bytes + file.sizeBytes];
    return { count, bytes };
  }

  /** Names by address. */
  async people(): Promise<People> {
    this.#people ??= peopleOf(this.#context());
    return await this.#people;
  }

  #contacts(): Promise<Contact[] | undefined> {
    this.#contactList ??= this.#readContacts();
    this.#contactList.catch(() => (this.#contactList = undefined));
    return this.#contactList;
  }

  async #readContacts(): Promise<Contact[] | undefined> {
    const onLoss = (): void => this.#onDamage("the address book is damaged");
    await using db = await PhoneDatabase.open(this.#files, addressBook, { ...this.#context(), onLoss });
    return db && (await readContacts(db)).map(({ contact }) => contact);
  }

  /** Why there are none, in words, or the open database. */
  async #openMessages(): Promise<OpenMessages | string> {
    this.#messages ??= (async () => {
      const db = await PhoneDatabase.open(this.#files, messageDatabase, {
        ...this.#context(),
        onLoss: ({ why }) => this.#onDamage(`the database of messages is damaged (${why})`),
      });
      if (!db) return undefined;
      if (!db.has("message") || isTooOld(db)) {
        await db[Symbol.asyncDispose]();
        return undefined;
      }
      return { db, pages: await MessagePages.open(db, await this.people(), this.#onDamage) };
    })();
    const opened = await this.#messages;
    if (opened) return opened;
    return (await this.#files.find(messageDatabase.domain, messageDatabase.path)) ? tooOldMessages : noMessages;
  }

  /** The entries of a kind, the newest first; of contacts by name. @param wanted words that an entry must have */
  async list(kind: DataKind, wanted?: string): Promise<DataEntry[]> {
    if (kind !== "messages") return (await this.#wanted(kind, wordsOf(wanted))).map(({ entry }) => entry);
    const all: DataEntry[] = [];
    for (let skip = 0; ; skip += listedAtOnce) {
      const { entries, hasMore } = await this.page(kind, {
        skip,
        limit: listedAtOnce,
        ...(wanted !== undefined && { wanted }),
      });
      all.push(...entries);
      if (!hasMore) return all;
    }
  }

  /**
   * A stretch of that list, and no more of it is read. Words are looked for in conversations by their names and members; to find them
   * in another kind, its list is read once, and kept.
   */
  async page(kind: DataKind, { skip, limit, wanted }: PageWish): Promise<DataEntries> {
    if (kind !== "messages") {
      const words = wordsOf(wanted);
      const page = words.length > 0 ? undefined : await this.#pageOf(kind, { skip, limit });
      if (page) return page;
      const found = await this.#wanted(kind, words);
      return {
        entries: found.slice(skip, skip + limit).map(({ entry }) => entry),
        hasMore: found.length > skip + limit,
        total: found.length,
      };
    }
    const opened = await this.#openMessages();
    if (typeof opened === "string") return { entries: [], hasMore: false };
    const words = wordsOf(wanted);
    const isWanted = ({ title, head }: Conversation): boolean => {
      const own = folded([title, ...head.participants.flatMap((each) => [each.name ?? "", each.address])].join(" "));
      return words.every((word) => own.includes(word));
    };
    const found = await opened.pages.conversations({ skip, limit: limit + 1 }, words.length > 0 ? isWanted : undefined);
    return { entries: found.slice(0, limit).map(conversationEntry), hasMore: found.length > limit };
  }

  /** Of the list read whole those that have all the words. */
  async #wanted(kind: ListedKind, words: readonly string[]): Promise<readonly ListedEntry[]> {
    const all = await this.#entries(kind);
    return words.length === 0 ? all : all.filter(({ words: own }) => words.every((word) => own.includes(word)));
  }

  /** Undefined where the list must be read whole. */
  async #pageOf(kind: ListedKind, { skip, limit }: Window): Promise<DataEntries | undefined> {
    return await this.#fromTable(kind, async (list) => {
      const { count } = await list.total();
      const found = await list.page({ skip, limit });
      return { entries: found.map(entryOf), hasMore: skip + found.length < count && found.length > 0, total: count };
    });
  }

  /** What the table of a kind answers; undefined where it cannot, and from then on the list is read whole. */
  async #fromTable<T>(kind: ListedKind, ask: (list: TableList<Listed>) => Promise<T>): Promise<T | undefined> {
    if (!this.#tables.has(kind)) this.#tables.set(kind, this.#openTable(kind));
    try {
      const list = await this.#tables.get(kind);
      return list && (await ask(list));
    } catch (error) {
      if (!(error instanceof ForeignDatabaseError)) {
        this.#tables.delete(kind);
        throw error;
      }
      const list = await this.#tables.get(kind)?.catch(() => undefined);
      this.#tables.set(kind, Promise.resolve(undefined));
      await list?.[Symbol.asyncDispose]();
      return undefined;
    }
  }

  async #openTable(kind: ListedKind): Promise<TableList<Listed> | undefined> {
    switch (kind) {
      case "contacts":
        return (await contactList(this.#context()))?.as((contact) => ({ kind, contact }));
      case "notes":
        return (await noteList(this.#context(), () => this.#triedPasswords))?.as((found) => ({ kind, found }));
      case "calls":
        return (await callList(this.#context(), () => this.people()))?.as((call) => ({ kind, call }));
      case "voice-memos": {
        const found = await memoList(this.#context());
        this.#recordings = found?.recordings ?? [];
        return found?.list.as(({ memo }) => ({ kind, memo }));
      }
    }
  }

  #entries(kind: Exclude<DataKind, "messages">): Promise<readonly ListedEntry[]> {
    const known = this.#lists.get(kind);
    if (known) return known;
    const list = this.#entriesOf(kind).then((entries) =>
      kind === "contacts"
        ? entries.sort((a, b) => a.entry.title.localeCompare(b.entry.title))
        : entries.sort((a, b) => compare(b.entry.at ?? "", a.entry.at ?? "")),
    );
    this.#lists.set(kind, list);
    list.catch(() => this.#lists.delete(kind));
    return list;
  }

  async #entriesOf(kind: Exclude<DataKind, "messages">): Promise<ListedEntry[]> {
    switch (kind) {
      case "contacts":
        return ((await this.#contacts()) ?? []).map((contact) => listed(contactEntry(contact), contactWords(contact)));
      case "notes": {
        const entries: ListedEntry[] = [];
        for await (const found of this.#notes(new Tally(kind), () => {})) {
          this.#keepNote(found);
          entries.push(listed(noteEntry(found.note), found.note.text.slice(0, mostSearched)));
        }
        return entries;
      }
      case "calls":
        return (await this.#calls()).map((call) => listed(callEntry(call), call.addresses.join(" ")));
      case "voice-memos":
        return (await this.#memos()).map((memo) => listed(memoEntry(memo), ""));
    }
  }

  /** As long as there is room: the others are read again when they are looked at. */
  #keepNote(found: FoundNote): void {
    const lines = noteLines(found);
    const size = found.note.text.length + lines.reduce((sum, line) => sum + line.length, 0);
    if (this.#notesRoom < size) return;
    this.#notesRoom -= size;
    this.#keptNotes.set(found.note.id, { note: found.note, lines });
  }

  #calls(): Promise<readonly Call[]> {
    this.#callList ??= callsOf({ ...this.#context(), people: () => this.people() }, new Tally("calls")).then(
      (found) => found?.calls ?? [],
    );
    return this.#callList;
  }

  async #memos(): Promise<readonly VoiceMemo[]> {
    return ((await memosOf(this.#context(), new Tally("voice-memos"))) ?? []).map(({ memo }) => memo);
  }

  /** The one of that id, or else of that title, or whose id begins so; several where it fits several. */
  async show(kind: DataKind, wanted: string): Promise<DataItem | readonly DataEntry[]> {
    const byId = await this.item(kind, wanted);
    if (byId) return byId;
    const entries = await this.list(kind);
    const fits: readonly ((entry: DataEntry) => boolean)[] = [
      ({ title }) => title === wanted,
      ({ title }) => folded(title) === folded(wanted),
      ({ id }) => id.startsWith(wanted),
    ];
    const found = fits.map((fit) => entries.filter(fit)).find(({ length }) => length > 0) ?? [];
    const [entry] = found;
    return (found.length === 1 && entry && (await this.item(kind, entry.id))) || found;
  }

  /** Undefined where nothing has that id. A locked note is opened where its password is known. */
  async item(kind: DataKind, id: string): Promise<DataItem | undefined> {
    return kind === "notes" ? await this.#itemWith(id, this.#notePasswords) : await this.#item(kind, id);
  }

  async #item(kind: DataKind, id: string): Promise<DataItem | undefined> {
    const listed = kind === "messages" ? undefined : await this.#fromTable(kind, async (list) => await list.find(id));
    if (listed) return itemOf(listed);
    switch (kind) {
      case "messages": {
        const opened = await this.#openMessages();
        const found = typeof opened === "string" ? undefined : opened.pages.find(id);
        if (!found || typeof opened === "string") return undefined;
        return { kind, head: found.head, title: found.title, messages: messagesOf(opened.pages, found) };
      }
      case "contacts": {
        const contact = (await this.#contacts())?.find((each) => each.id === id);
        return contact && { kind, contact };
      }
      case "notes": {
        const kept = this.#keptNotes.get(id);
        if (kept && !(kept.note.locked && this.#triedPasswords.length > 0)) return { kind, ...kept };
        for await (const found of this.#notes(new Tally(kind), () => {}))
          if (found.note.id === id) return { kind, note: found.note, lines: noteLines(found) };
        return undefined;
      }
      case "calls": {
        const call = (await this.#calls()).find((each) => each.id === id);
        return call && { kind, call };
      }
      case "voice-memos": {
        const memo = (await this.#memos()).find((each) => each.id === id);
        return memo && { kind, memo };
      }
    }
  }

  /** The newest messages of a conversation that are older than so many newer ones. */
  async messagesPage(id: string, window: Window): Promise<MessagesPage> {
    const opened = await this.#openMessages();
    const found = typeof opened === "string" ? undefined : opened.pages.find(id);
    if (!found || typeof opened === "string") return { messages: [], hasOlder: false, group: false };
    return { ...(await opened.pages.newest(found, window)), group: found.head.group };
  }

  /** How many messages of its conversation are newer than one that was found. */
  async newerThan(hit: Pick<MessageHit, "conversation" | "row">): Promise<number> {
    const opened = await this.#openMessages();
    const found = typeof opened === "string" ? undefined : opened.pages.find(hit.conversation);
    return found && typeof opened !== "string" ? await opened.pages.newerThan(found, hit.row) : 0;
  }

  /** Messages of all conversations that have all the words, the newest first; stretch by stretch, until nobody asks for more. */
  async *searchMessages(words: string): AsyncGenerator<SearchStep, void, undefined> {
    const opened = await this.#openMessages();
    const wanted = wordsOf(words);
    if (typeof opened === "string" || wanted.length === 0) return;
    for await (const step of opened.pages.search(wanted)) {
      throwIfAborted(this.#options.signal);
      yield step;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#messages?.catch(() => undefined);
    await opened?.db[Symbol.asyncDispose]();
    for (const table of this.#tables.values()) await (await table.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

function entryOf(listed: Listed): DataEntry {
  switch (listed.kind) {
    case "contacts":
      return contactEntry(listed.contact);
    case "notes":
      return noteEntry(listed.found.note);
    case "calls":
      return callEntry(listed.call);
    case "voice-memos":
      return memoEntry(listed.memo);
  }
}

function itemOf(listed: Listed): DataItem {
  if (listed.kind !== "notes") return listed;
  return { kind: "notes", note: listed.found.note, lines: noteLines(listed.found) };
}

function countOf({
  count,
  newestAt,
}: {
  count: number;
  newestAt: string | undefined;
}): Pick<KindSummary, "count" | "newestAt"> {
  return { count, ...newest([newestAt]) };
}

function sizeOf(files: readonly PhoneFile[]): { count: number; bytes: number } {
  return { count: files.length, bytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}

/** From the first to the last, a window after the other. */
async function* messagesOf(pages: MessagePages, conversation: Conversation): AsyncGenerator<Message, void, undefined> {
  for await (const batch of pages.oldestFirst(conversation)) yield* batch;
}

function newest(times: readonly (string | undefined)[]): { newestAt?: string } {
  const last = times.reduce((a, b) => ((a ?? "") > (b ?? "") ? a : b), undefined);
  return last === undefined ? {} : { newestAt: last };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
