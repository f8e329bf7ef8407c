/** Messages into files: a folder for each conversation, a page for each year, or for each 2,000 messages of one. */
import { posix } from "node:path";
import { collectGarbage } from "../../shared/collect-garbage.ts";
import { AppError } from "../../shared/errors.ts";
import type { Attachment, Message } from "../contract.ts";
import { localDay } from "../formats/local-time.ts";
import type { Conversation } from "../messages/chats.ts";
import { anchorOf, type IndexEntry, messageIndexHtml, messagesHtml } from "../messages/html-messages.ts";
import type { FoundAttachment, FoundMessage } from "../messages/message-rows.ts";
import { attachmentDomain, MessageReader, messageDatabase } from "../messages/read-messages.ts";
import { messagesCsv, messagesText } from "../messages/text-messages.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { type ExportContext, holds, lossWords, wants } from "./context.ts";
import { type KindReport, Tally } from "./tally.ts";

/** A page that has more opens nowhere. */
const pageMessages = 2_000;
/** Of messages that were replied to, as many as are remembered by their first words. */
const mostQuoted = 20_000;
const quotedLength = 90;
/** What so many messages leave behind is given back before as much again is made. */
const collectedAfter = 5_000;

/** Where they would be, where there are none. */
export const noMessages = "there are no messages on this phone";
/** Before iOS 6 the columns are others, and meant other things. */
export const tooOldMessages = "its messages are of iOS 5 or older, which nobody here has seen: they are not guessed at";

export async function exportMessages(context: ExportContext): Promise<KindReport> {
  const { files, choice } = context;
  const tally = new Tally("messages");
  const onLoss = (loss: Parameters<typeof lossWords>[0]): void =>
    tally.leave("damaged", "the database of messages is damaged", lossWords(loss), loss.rows);
  await using db = await PhoneDatabase.open(files, messageDatabase, { ...context, onLoss });
  if (!db?.has("message")) return tally.report(noMessages);
  if (isTooOld(db)) return tally.report(tooOldMessages);
  const onDamage = (what: string): void =>
    tally.leave("body-damaged", "what they say cannot be read whole; what can be is written", what);
  const reader = await MessageReader.open(db, await context.people(), onDamage);
  const writer = new MessageWriter(context, tally);
  let done = 0;
  const isWanted = (conversation: Conversation): boolean => isChosen(conversation, choice);
  for await (const { conversation, messages } of reader.read({ ...choice, isWanted })) {
    await writer.conversation(conversation);
    for (const found of messages) if (holdsText(found.message, choice.text)) await writer.message(found);
    const before = done;
    done += messages.length;
    if (Math.floor(done / collectedAfter) > Math.floor(before / collectedAfter)) collectGarbage();
    context.onProgress("messages", done, reader.counts.found);
  }
  await writer.finish();
  settle(
    tally,
    reader,
    choice.text !== undefined ||
      choice.since !== undefined ||
      choice.until !== undefined ||
      choice.chat !== undefined ||
      choice.contact !== undefined,
  );
  return tally.report();
}

/** `madrid_` columns came with iOS 5 and went with iOS 6. */
export function isTooOld(db: PhoneDatabase): boolean {
  return !db.has("message", "guid") || (db.has("message", "madrid_guid") && !db.has("chat"));
}

/** Every row is in a count. */
function settle(tally: Tally, { counts }: MessageReader, isChoice: boolean): void {
  tally.found = counts.found;
  tally.beside("reactions", counts.reactions);
  if (counts.reactionsReplaced > 0)
    tally.leave(
      "taken-back",
      "reactions were taken back, or another came in their place",
      undefined,
      counts.reactionsReplaced,
    );
  const rest = counts.found - tally.written - counts.reactions - counts.reactionsReplaced - tally.count("damaged");
  if (rest > 0 && isChoice) tally.leave("not-chosen", "they were not asked for", undefined, rest);
  else if (rest > 0) tally.leave("unaccounted", "rows of messages did not come out of the database", undefined, rest);
}

function isChosen({ title, head }: Conversation, { chat, contact }: ExportContext["choice"]): boolean {
  const people = head.participants.flatMap(({ name, address }) => [name ?? "", address]);
  if (contact !== undefined && !people.some((word) => holds(word, contact))) return false;
  return chat === undefined || head.id === chat || [title, ...people].some((word) => holds(word, chat));
}

function holdsText(message: Message, wanted: string | undefined): boolean {
  return (
    wanted === undefined ||
    holds([message.subject, message.text, message.app?.title].filter(Boolean).join("\n"), wanted)
  );
}

interface Page {
  readonly name: string;
  readonly messages: Message[];
}

interface Shown {
  readonly title: string;
  readonly participants: string;
  count: number;
  first?: string;
  last?: string;
  pages: { name: string; path: string }[];
}

/** Writes messages as they come: a page is written when the next begins, so that it can lead there. */
class MessageWriter {
  readonly #context: ExportContext;
  readonly #tally: Tally;
  readonly #root: string;
  /** Every conversation that is in the export, also of runs before this one. */
  readonly #index: Map<string, Shown>;
  readonly #seen = new Set<number>();
  #conversation: Conversation | undefined;
  #folder = "";
  #page: Page | undefined;
  #previous: string | undefined;
  #shown: Shown | undefined;
  readonly #quoted = new Map<string, { page: string; text: string }>();

  constructor(context: ExportContext, tally: Tally) {
    this.#context = context;
    this.#tally = tally;
    this.#root = context.out.folder("messages", "", "messages");
    this.#index = new Map(Object.entries((context.out.note("messages") ?? {}) as Record<string, Shown>));
  }

  async conversation(conversation: Conversation): Promise<void> {
    if (this.#conversation?.key === conversation.key) return;
    await this.#end();
    this.#conversation = conversation;
    this.#folder = "";
    this.#quoted.clear();
  }

  async message(found: FoundMessage): Promise<void> {
    const message = await this.#withFiles(found);
    const year = message.at === undefined ? "undated" : localDay(new Date(message.at)).slice(0, -6);
    const page = this.#page;
    const isSame = page !== undefined && (page.name === year || page.name.startsWith(`${year}-`));
    if (page && (!isSame || page.messages.length >= pageMessages)) {
      const n = isSame ? Number(page.name.slice(year.length + 1) || 1) + 1 : 1;
      const next = { name: n === 1 ? year : `${year}-${n}`, messages: [] };
      await this.#write(page, next.name);
      this.#page = next;
    }
    this.#page ??= { name: year, messages: [] };
    this.#page.messages.push(message);
    this.#remember(message, this.#page.name);
    if (this.#seen.has(found.row)) this.#tally.beside("in several conversations");
    else this.#tally.written += 1;
    this.#seen.add(found.row);
    this.#note(message);
  }

  #note(message: Message): void {
    const { title, head } = this.#conversation as Conversation;
    if (!this.#shown) {
      const participants = head.participants
        .map(({ name, address }) => (name === undefined ? address : `${name} (${address})`))
        .join(", ");
      this.#shown = { title, participants, count: 0, pages: [] };
      this.#tally.beside("conversations");
    }
    const shown = this.#shown;
    shown.count += 1;
    shown.first ??= message.at;
    if (message.at !== undefined) shown.last = message.at;
  }

  #remember({ id, text, attachments, subject }: Message, page: string): void {
    const words = (text || subject || attachments[0]?.name || "").replaceAll(/\s+/g, " ");
    if (this.#quoted.size >= mostQuoted) this.#quoted.delete(this.#quoted.keys().next().value as string);
    this.#quoted.set(id, {
      page,
      text: words.length > quotedLength ? `${words.slice(0, quotedLength)}…`.toWellFormed() : words,
    });
  }

  /** The folder is made when there is something for it. */
  #place(): string {
    const { head, title } = this.#conversation as Conversation;
    if (this.#folder === "") this.#folder = this.#context.out.folder(`conversation ${head.id}`, this.#root, title);
    return this.#folder;
  }

  async #withFiles({ message, attachments }: FoundMessage): Promise<Message> {
    if (attachments.length === 0) return message;
    const copied: Attachment[] = [];
    for (const each of attachments) copied.push(await this.#copy(each, message));
    return { ...message, attachments: copied };
  }

  async #copy({ attachment, id, path }: FoundAttachment, message: Message): Promise<Attachment> {
    const { files, out, signal } = this.#context;
    const file = path === undefined ? undefined : await files.find(attachmentDomain, path, signal ? { signal } : {});
    if (file?.kind !== "file") {
      const missing =
        path === undefined ? "the phone has no file of it" : "not in this backup: it may be only in iCloud";
      this.#tally.leave("attachments-missing", "attachments are not in this backup", attachment.name ?? id);
      return { ...attachment, missing };
    }
    try {
      const name = attachment.name ?? posix.basename(file.path);
      const ext = posix.extname(name) || posix.extname(file.path);
      const stem = name.endsWith(ext) && name.length > ext.length ? name.slice(0, name.length - ext.length) : name;
      const folder = out.folder(`media of ${this.#place()}`, this.#place(), "media");
      const modified = message.at === undefined ? undefined : new Date(message.at);
      const written = await out.copy(
        { owner: `attachment ${this.#place()} ${id}`, folder, stem, ext: ext.length <= 16 ? ext : "", modified },
        file,
        files,
      );
      this.#tally.beside("attachments");
      return {
        ...attachment,
        bytes: written.bytes,
        sha256: written.sha256,
        file: written.path.slice(this.#place().length + 1),
      };
    } catch (error) {
      if (!(error instanceof AppError) || error.scope === "run") throw error;
      this.#tally.leave(
        "attachments-unreadable",
        "attachments cannot be read",
        `${attachment.name ?? id}: ${error.message}`,
      );
      return { ...attachment, missing: error.message };
    }
  }

  async #write({ name, messages }: Page, next: string | undefined): Promise<void> {
    const { out } = this.#context;
    const { head, title } = this.#conversation as Conversation;
    const folder = this.#place();
    const file = (ext: string): { owner: string; folder: string; stem: string; ext: string } => ({
      owner: `page ${head.id} ${name} ${ext}`,
      folder,
      stem: name,
      ext,
    });
    await out.write(file(".json"), pageJson(head, messages));
    if (wants(this.#context, "messages", "html")) {
      const quoted = (id: string): { href: string; text: string } | undefined => {
        const found = this.#quoted.get(id);
        return (
          found && {
            href: `${found.page === name ? "" : `${found.page}.html`}#${encodeURIComponent(anchorOf(id))}`,
            text: found.text,
          }
        );
      };
      const previous = this.#previous && `${this.#previous}.html`;
      const page = await out.write(
        file(".html"),
        messagesHtml({ head, title, name, messages, previous, next: next && `${next}.html`, quoted }),
      );
      this.#shown?.pages.push({ name, path: page.path.slice(this.#root.length + 1) });
    }
    if (wants(this.#context, "messages", "txt")) await out.write(file(".txt"), messagesText(title, head, messages));
    if (wants(this.#context, "messages", "csv")) await out.write(file(".csv"), messagesCsv(title, messages));
    this.#previous = name;
  }

  async #end(): Promise<void> {
    if (this.#page && this.#conversation) {
      await this.#write(this.#page, undefined);
      if (this.#shown) this.#index.set(this.#conversation.head.id, this.#shown);
    }
    this.#page = undefined;
    this.#previous = undefined;
    this.#shown = undefined;
  }

  async finish(): Promise<void> {
    await this.#end();
    const { out } = this.#context;
    if (!wants(this.#context, "messages", "html")) return;
    out.setNote("messages", Object.fromEntries(this.#index));
    const entries: IndexEntry[] = [...this.#index.values()].filter(({ pages }) => pages.length > 0);
    await out.write(
      { owner: "messages index", folder: this.#root, stem: "index", ext: ".html" },
      messageIndexHtml(entries),
    );
  }
}

/** A message a line, so that two exports can be compared. */
function pageJson(head: Conversation["head"], messages: readonly Message[]): string {
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"messages":[\n${messages.map((message) => JSON.stringify(message)).join(",\n")}\n]}\n`;
}
