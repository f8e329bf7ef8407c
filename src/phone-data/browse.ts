/** What a phone has of each kind, without writing anything: counts, lists, and one of them whole. */
import type { PhoneFiles } from "../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import { ForeignDatabaseError } from "../shared/foreign-database.ts";
import type { PrivateFolder } from "../shared/private-folder.ts";
import { callDatabases, oldCallDatabase } from "./calls/read-calls.ts";
import { contactName } from "./contacts/contact-name.ts";
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
import { holds } from "./export/context.ts";
import { callsOf, noCalls } from "./export/export-calls.ts";
import { peopleOf } from "./export/export-data.ts";
import { isTooOld, noMessages, tooOldMessages } from "./export/export-messages.ts";
import { notesOf } from "./export/export-notes.ts";
import { memosOf } from "./export/export-voice-memos.ts";
import { Tally } from "./export/tally.ts";
import { attachmentDomain, MessageReader, messageDatabase } from "./messages/read-messages.ts";
import { noteMediaFolder, noteStore } from "./notes/read-notes.ts";
import { noteTitle } from "./notes/write-notes.ts";
import { PhoneDatabase } from "./phone-database.ts";
import { iso, messageDate, messageMs } from "./values.ts";

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

/** A line in a list of a kind. */
export interface DataEntry {
  readonly id: string;
  readonly title: string;
  readonly at?: string;
  /** How many messages a conversation has. */
  readonly count?: number;
  /** A few words more. */
  readonly detail?: string;
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
  | { readonly kind: "notes"; readonly note: Note }
  | { readonly kind: "calls"; readonly call: Call }
  | { readonly kind: "voice-memos"; readonly memo: VoiceMemo };

/** Some messages of a conversation, and whether there are older ones. */
export interface MessagesPage {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
}

/** A look into one phone's files. The databases that were copied for it stay open until it is disposed. */
export class DataBrowser implements AsyncDisposable {
  readonly #files: PhoneFiles;
  readonly #privately: PrivateFolder;
  readonly #options: AbortOptions;
  #people: Promise<People> | undefined;
  #messages: Promise<{ db: PhoneDatabase; reader: MessageReader } | undefined> | undefined;
  readonly #onDamage: (what: string) => void;

  constructor(
    files: PhoneFiles,
    privately: PrivateFolder,
    options: AbortOptions & { readonly onDamage?: (what: string) => void } = {},
  ) {
    this.#files = files;
    this.#privately = privately;
    this.#options = options.signal ? { signal: options.signal } : {};
    this.#onDamage = options.onDamage ?? (() => {});
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
        const found = await memosOf(this.#context(), tally);
        if (!found) return { absent: "there are no voice memos on this phone" };
        const files = found.flatMap(({ file }) => file ?? []);
        return {
          count: found.length,
          files: { count: files.length, bytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) },
          ...newest(found.map(({ memo }) => memo.at)),
        };
      }
    }
  }

  async #lookAtMessages(): Promise<Omit<KindSummary, "kind" | "problems">> {
    const opened = await this.#openMessages();
    if (typeof opened === "string") return { absent: opened };
    const { db, reader } = opened;
    let last: Date | undefined;
    const { sql } = messageMs("date");
    for await (const batch of db.query(["at"], `SELECT max(${sql.replaceAll("?", "date")}) FROM message`))
      last = messageDate(batch[0]?.at);
    return {
      count: reader.counts.found,
      files: await this.#below(attachmentDomain, "Library/SMS/Attachments"),
      ...newest([iso(last)]),
      ...(await this.#size(messageDatabase)),
    };
  }

  async #lookAtNotes(tally: Tally): Promise<Omit<KindSummary, "kind" | "problems">> {
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
      { ...this.#context(), choice: { formats: undefined, vcard: "3.0", notePasswords: [] } },
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

  async #contacts(): Promise<Contact[] | undefined> {
    const onLoss = (): void => this.#onDamage("the address book is damaged");
    await using db = await PhoneDatabase.open(this.#files, addressBook, { ...this.#context(), onLoss });
    return db && (await readContacts(db)).map(({ contact }) => contact);
  }

  /** Why there are none, in words, or the open database. */
  async #openMessages(): Promise<{ db: PhoneDatabase; reader: MessageReader } | string> {
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
      return { db, reader: await MessageReader.open(db, await this.people(), this.#onDamage) };
    })();
    const opened = await this.#messages;
    if (opened) return opened;
    return (await this.#files.find(messageDatabase.domain, messageDatabase.path)) ? tooOldMessages : noMessages;
  }

  /** The entries of a kind, the newest first; of contacts by name. @param wanted words that an entry's name must have */
  async list(kind: DataKind, wanted?: string): Promise<DataEntry[]> {
    const entries = await this.#entries(kind);
    const found = entries.filter(({ title, detail }) => holds(`${title} ${detail ?? ""}`, wanted));
    const byTime = (a: DataEntry, b: DataEntry): number =>
      (a.at ?? "") < (b.at ?? "") ? 1 : (a.at ?? "") > (b.at ?? "") ? -1 : 0;
    return kind === "contacts" ? found.sort((a, b) => a.title.localeCompare(b.title)) : found.sort(byTime);
  }

  async #entries(kind: DataKind): Promise<DataEntry[]> {
    const tally = new Tally(kind);
    switch (kind) {
      case "messages":
        return await this.#conversationEntries();
      case "contacts":
        return ((await this.#contacts()) ?? []).map((contact) => ({
          ...{ id: contact.id, title: contactName(contact) },
          ...{
            detail: [...contact.phones, ...contact.emails]
              .map(({ value }) => value)
              .slice(0, 2)
              .join(", "),
          },
        }));
      case "notes": {
        const entries: DataEntry[] = [];
        for await (const { note } of this.#notes(tally, () => {})) {
          const detail = [note.folder, note.locked && "locked", note.trashed && "deleted", note.pinned && "pinned"]
            .filter(Boolean)
            .join(", ");
          entries.push({
            id: note.id,
            title: noteTitle(note),
            ...(note.modifiedAt !== undefined && { at: note.modifiedAt }),
            detail,
          });
        }
        return entries;
      }
      case "calls": {
        const found = await callsOf({ ...this.#context(), people: () => this.people() }, tally);
        return (found?.calls ?? []).map((call) => ({
          ...{ id: call.id, title: call.name ?? (call.addresses.join(", ") || "Unknown") },
          ...(call.at !== undefined && { at: call.at }),
          detail: [
            call.missed ? "missed" : call.direction,
            call.kind,
            call.duration > 0 ? `${Math.round(call.duration)} s` : "",
          ]
            .filter(Boolean)
            .join(", "),
        }));
      }
      case "voice-memos":
        return ((await memosOf(this.#context(), tally)) ?? []).map(({ memo }) => ({
          ...{ id: memo.id, title: memo.title ?? memo.id },
          ...(memo.at !== undefined && { at: memo.at }),
          detail: [
            memo.folder,
            memo.duration === undefined ? "" : `${Math.round(memo.duration)} s`,
            memo.trashed && "deleted",
            memo.missing,
          ]
            .filter(Boolean)
            .join(", "),
        }));
    }
  }

  async #conversationEntries(): Promise<DataEntry[]> {
    const opened = await this.#openMessages();
    if (typeof opened === "string") return [];
    const counts = await opened.reader.countByConversation();
    return [...opened.reader.conversations.values()].flatMap(({ key, head, title }) => {
      const found = counts.get(key);
      if (!found) return [];
      return [
        {
          id: head.id,
          title,
          count: found.count,
          ...(found.last && { at: iso(found.last) as string }),
          detail: head.service ?? "",
        },
      ];
    });
  }

  /** Undefined where nothing has that id, or a title that begins so. */
  async show(kind: DataKind, wanted: string): Promise<DataItem | undefined> {
    const entries = await this.list(kind);
    const entry =
      entries.find(({ id }) => id === wanted) ??
      only(entries.filter(({ id, title }) => id.startsWith(wanted) || title.toLowerCase() === wanted.toLowerCase()));
    return entry && (await this.#item(kind, entry.id));
  }

  async #item(kind: DataKind, id: string): Promise<DataItem | undefined> {
    const tally = new Tally(kind);
    switch (kind) {
      case "messages": {
        const opened = await this.#openMessages();
        if (typeof opened === "string") return undefined;
        const found = [...opened.reader.conversations.values()].find(({ head }) => head.id === id);
        if (!found) return undefined;
        return { kind, head: found.head, title: found.title, messages: messagesOf(opened.reader, found.key) };
      }
      case "contacts": {
        const contact = (await this.#contacts())?.find((each) => each.id === id);
        return contact && { kind, contact };
      }
      case "notes":
        for await (const { note } of this.#notes(tally, () => {})) if (note.id === id) return { kind, note };
        return undefined;
      case "calls": {
        const found = await callsOf({ ...this.#context(), people: () => this.people() }, tally);
        const call = found?.calls.find((each) => each.id === id);
        return call && { kind, call };
      }
      case "voice-memos": {
        const memo = (await memosOf(this.#context(), tally))?.find((each) => each.memo.id === id)?.memo;
        return memo && { kind, memo };
      }
    }
  }

  /** The newest messages of a conversation that are older than so many newer ones. */
  async messagesPage(
    id: string,
    { skip, limit }: { readonly skip: number; readonly limit: number },
  ): Promise<MessagesPage> {
    const opened = await this.#openMessages();
    if (typeof opened === "string") return { messages: [], hasOlder: false };
    const found = [...opened.reader.conversations.values()].find(({ head }) => head.id === id);
    if (!found) return { messages: [], hasOlder: false };
    const page = await opened.reader.newest(found.key, { skip, limit });
    return { messages: page.messages.map(({ message }) => message), hasOlder: page.hasOlder };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#messages?.catch(() => undefined);
    await opened?.db[Symbol.asyncDispose]();
  }
}

async function* messagesOf(reader: MessageReader, key: number): AsyncGenerator<Message, void, undefined> {
  for await (const { messages } of reader.read({ isWanted: (conversation) => conversation.key === key }))
    for (const { message } of messages) yield message;
}

function newest(times: readonly (string | undefined)[]): { newestAt?: string } {
  const last = times.reduce((a, b) => ((a ?? "") > (b ?? "") ? a : b), undefined);
  return last === undefined ? {} : { newestAt: last };
}

function only<T>(values: readonly T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined;
}
