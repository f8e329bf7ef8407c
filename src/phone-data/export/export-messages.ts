/** Messages into files: a folder for each conversation, a page for each year, or for each 2,000 messages of one. */
import { createHash } from "node:crypto";
import { collectGarbage } from "../../shared/collect-garbage.ts";
import type { Message } from "../contract.ts";
import { localZone } from "../formats/local-time.ts";
import type { Conversation } from "../messages/chats.ts";
import { anchorOf, type IndexEntry, MessagesHtml, messageIndexHtml } from "../messages/html-messages.ts";
import { type MessagePageForm, MessagesJson, type Quote } from "../messages/message-page.ts";
import type { RepliedMessage } from "../messages/message-rows.ts";
import { NumberSet } from "../messages/number-set.ts";
import { MessageReader, messageDatabase, type RowsPrint } from "../messages/read-messages.ts";
import { MessagesCsv, MessagesText } from "../messages/text-messages.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { type ExportContext, holds, isAmong, lossWords, wants } from "./context.ts";
import { MessageAttachments } from "./message-attachments.ts";
import { PagePlanner, type PlannedPage } from "./message-pages.ts";
import { MessageSearch, searchVersion } from "./message-search.ts";
import { PageBytes } from "./page-bytes.ts";
import { type KindReport, Tally, type TallyPart } from "./tally.ts";

/** What so many messages leave behind is given back before as much again is made. */
const collectedAfter = 20_000;
/** Of a damaged database, where they are put in order here; otherwise they are not counted. */
const mostMessages = 10_000_000;
/** Raised whenever a page is made otherwise from the same rows: pages of before are then made anew. */
export const pageVersion = 2;

/** Where they would be, where there are none. */
export const noMessages = "there are no messages on this phone";
/** Before iOS 6 the columns are others, and meant other things. */
export const tooOldMessages = "its messages are of iOS 5 or older, which nobody here has seen: they are not guessed at";

export async function exportMessages(context: ExportContext): Promise<KindReport> {
  const { files, choice } = context;
  const tally = new Tally("messages");
  const onLoss = (loss: Parameters<typeof lossWords>[0]): void =>
    tally.leave("damaged", "the database of messages is damaged", lossWords(loss), loss.rows);
  await using db = await PhoneDatabase.open(files, messageDatabase, { ...context, onLoss, mostRows: mostMessages });
  if (!db?.has("message")) return tally.report(noMessages);
  if (isTooOld(db)) return tally.report(tooOldMessages);
  let damaged = tally;
  const onDamage = (what: string): void =>
    damaged.leave("body-damaged", "what they say cannot be read whole; what can be is written", what);
  const reader = await MessageReader.open(db, await context.people(), onDamage);
  const writer = new MessageWriter(context, reader, { tally, onPart: (part) => (damaged = part ?? tally) });
  const isWanted = (conversation: Conversation): boolean => isChosen(conversation, choice);
  const onDone = (done: number): void => context.onProgress("messages", done, reader.found);
  for await (const page of pagesOf(reader, choice, { isWanted, onDone })) await writer.page(page);
  // What is read once more for the search was told, and counted, the first time.
  damaged = new Tally("messages");
  await writer.finish((wanted) => pagesOf(reader, choice, { isWanted: wanted, onDone: () => {} }));
  const wishes = [choice.text, choice.since, choice.until, choice.chat, choice.contact, choice.ids?.messages];
  settle(
    tally,
    reader,
    wishes.some((wish) => wish !== undefined),
  );
  return tally.report();
}

/** The pages of the conversations that are wanted, with what the choice leaves of them. */
async function* pagesOf(
  reader: MessageReader,
  choice: ExportContext["choice"],
  { isWanted, onDone }: { isWanted: (conversation: Conversation) => boolean; onDone: (done: number) => void },
): AsyncGenerator<PlannedPage, void, undefined> {
  const planner = new PagePlanner();
  let done = 0;
  for await (const entries of reader.entries({ ...choice, isWanted })) {
    for (const entry of choice.text === undefined ? entries : await holding(reader, entries, choice.text)) {
      const page = planner.add(entry);
      if (page) yield page;
    }
    const before = done;
    done += entries.length;
    if (Math.floor(done / collectedAfter) > Math.floor(before / collectedAfter)) collectGarbage();
    onDone(done);
  }
  const last = planner.end();
  if (last) yield last;
}

/** `madrid_` columns came with iOS 5 and went with iOS 6. */
export function isTooOld(db: PhoneDatabase): boolean {
  return !db.has("message", "guid") || (db.has("message", "madrid_guid") && !db.has("chat"));
}

/** Every row is in a count. */
function settle(tally: Tally, { found }: MessageReader, isChoice: boolean): void {
  tally.found = found;
  const counted = ["taken-back", "damaged"].reduce((sum, reason) => sum + tally.count(reason), tally.written);
  const rest = found - counted - tally.countBeside("reactions");
  if (rest > 0 && isChoice) tally.leave("not-chosen", "they were not asked for", undefined, rest);
  else if (rest > 0) tally.leave("unaccounted", "rows of messages did not come out of the database", undefined, rest);
}

function isChosen({ title, head }: Conversation, choice: ExportContext["choice"]): boolean {
  const { chat, contact } = choice;
  if (!isAmong(choice, "messages", head.id)) return false;
  const people = head.participants.flatMap(({ name, address }) => [name ?? "", address]);
  if (contact !== undefined && !people.some((word) => holds(word, contact))) return false;
  return chat === undefined || head.id === chat || [title, ...people].some((word) => holds(word, chat));
}

type Entries = Parameters<PagePlanner["add"]>[0][];

/** Those whose message has the words: what a page holds is known only when they have been read. */
async function holding(reader: MessageReader, entries: readonly Entries[number][], text: string): Promise<Entries> {
  const kept: Entries = [];
  for (const [key, own] of Map.groupBy(entries, (entry) => entry.key)) {
    const rows = new Set<number>();
    for await (const { messages } of reader.batches({ key, ids: own.map(({ id }) => id), deleted: new Set() }))
      for (const { message, row } of messages) if (holdsText(message, text)) rows.add(row);
    kept.push(...own.filter(({ id }) => rows.has(id)));
  }
  return kept;
}

function holdsText(message: Message, wanted: string): boolean {
  return holds([message.subject, message.text, message.app?.title].filter(Boolean).join("\n"), wanted);
}

/** A page as the next export needs it: to know whether it stays, and what to count for it. */
interface PageNote {
  readonly name: string;
  /** Of the HTML. */
  readonly path?: string;
  /** Of all that it was made from. */
  readonly print?: string;
  readonly count: number;
  readonly first?: string;
  readonly last?: string;
  readonly part: TallyPart;
}

interface Shown {
  readonly title: string;
  readonly participants: string;
  count: number;
  first?: string;
  last?: string;
  readonly pages: PageNote[];
}

/** Writes page after page; one that is made from what it was made from before stays without being made again. */
class MessageWriter {
  readonly #context: ExportContext;
  readonly #reader: MessageReader;
  readonly #tally: Tally;
  readonly #onPart: (part: Tally | undefined) => void;
  readonly #root: string;
  /** Every conversation that is in the export, also of runs before this one. */
  readonly #index: Map<string, Shown>;
  readonly #seen = new NumberSet();
  readonly #bytes = new Map<string, PageBytes>();
  readonly #attachments: MessageAttachments;
  /** As long as every page is made, and nothing has to be read once more for it. */
  #search: MessageSearch | undefined;
  #visited = 0;
  #conversation: Conversation | undefined;
  #folder = "";
  #shown: Shown | undefined;
  /** Pages of this conversation so far. */
  #starts: { readonly name: string; readonly at: number; readonly id: number }[] = [];
  /** Of all of them: where a reply leads to. */
  #before = "";

  constructor(
    context: ExportContext,
    reader: MessageReader,
    { tally, onPart }: { tally: Tally; onPart: (part: Tally | undefined) => void },
  ) {
    this.#context = context;
    this.#reader = reader;
    this.#tally = tally;
    this.#onPart = onPart;
    this.#root = context.out.folder("messages", "", "messages");
    this.#index = new Map(Object.entries((context.out.note("messages") ?? {}) as Record<string, Shown>));
    this.#attachments = new MessageAttachments(context);
    if (wants(context, "messages", "html")) this.#search = new MessageSearch(context.privately);
  }

  async page(page: PlannedPage): Promise<void> {
    this.#enter(page.key);
    const start = { name: page.name, at: page.first.at?.getTime() ?? Number.NEGATIVE_INFINITY, id: page.first.id };
    this.#starts.push(start);
    this.#before = sha256(`${this.#before} ${start.name} ${start.at} ${start.id}`);
    const kept = await this.#kept(page);
    if (kept) this.#search = undefined;
    const note = kept ?? (await this.#made(page));
    if (note) this.#show(note);
  }

  #enter(key: number): void {
    if (this.#conversation?.key === key) return;
    this.#leave();
    this.#conversation = this.#reader.conversation(key);
    this.#folder = "";
    this.#starts = [];
    this.#before = "";
  }

  #leave(): void {
    if (this.#shown && this.#conversation) {
      this.#index.set(this.#conversation.head.id, this.#shown);
      this.#visited += 1;
    }
    this.#shown = undefined;
  }

  get #now(): Conversation {
    return this.#conversation as Conversation;
  }

  /** The folder is made when there is something for it. */
  #place(): string {
    const { head, title } = this.#now;
    if (this.#folder === "") this.#folder = this.#context.out.folder(`conversation ${head.id}`, this.#root, title);
    return this.#folder;
  }

  #show(note: PageNote): void {
    const { title, head } = this.#now;
    if (!this.#shown) {
      const participants = head.participants
        .map(({ name, address }) => (name === undefined ? address : `${name} (${address})`))
        .join(", ");
      this.#shown = { title, participants, count: 0, pages: [] };
      this.#tally.beside("conversations");
    }
    const shown = this.#shown;
    shown.count += note.count;
    const first = shown.first ?? note.first;
    if (first !== undefined) shown.first = first;
    if (note.last !== undefined) shown.last = note.last;
    shown.pages.push(note);
    this.#tally.add(note.part);
  }

  /** What an earlier export noted of this page, where it was made from the very same and all its files are there. */
  async #kept(page: PlannedPage): Promise<PageNote | undefined> {
    const noted = this.#index.get(this.#now.head.id)?.pages.find(({ name }) => name === page.name);
    if (noted?.print === undefined || noted.count !== page.ids.length) return undefined;
    const prints: RowsPrint[] = [];
    for await (const print of this.#reader.prints(page)) prints.push(print);
    if ((await this.#print(page, prints)) !== noted.print) return undefined;
    const owners = this.#forms().map(({ ext }) => this.#owner(page.name, ext));
    for (const { attachments } of prints) owners.push(...(await this.#attachments.owners(this.#place(), attachments)));
    if (!(await this.#context.out.keepAll([...new Set(owners)]))) return undefined;
    for (const id of page.ids) this.#count(id);
    return noted;
  }

  async #made(page: PlannedPage): Promise<PageNote | undefined> {
    const part = new Tally("messages");
    this.#onPart(part);
    const forms = this.#forms();
    const prints: RowsPrint[] = [];
    this.#search?.begin(this.#now.title);
    let [count, first, last] = [0, undefined as string | undefined, undefined as string | undefined];
    for await (const batch of this.#reader.batches(page, (print) => prints.push(print))) {
      if (batch.reactions > 0) part.beside("reactions", batch.reactions);
      if (batch.reactionsReplaced > 0) part.leave("taken-back", takenBack, undefined, batch.reactionsReplaced);
      for (const found of batch.messages) {
        const message = await this.#attachments.placed(found, { folder: () => this.#place(), tally: part });
        const quote = found.replied && this.#quote(found.replied, page);
        for (const form of forms) this.#bytesOf(form.ext).add(form.message(message, quote));
        await this.#search?.add(message);
        this.#count(found.row);
        count += 1;
        first ??= message.at;
        last = message.at ?? last;
      }
    }
    this.#onPart(undefined);
    if (count === 0) return undefined;
    const path = await this.#write(page, forms, count);
    if (path !== undefined) this.#search?.at(path);
    const print = await this.#print(page, prints);
    return {
      ...{ name: page.name, count, part: part.part() },
      ...(path !== undefined && { path }),
      ...(print !== undefined && count === page.ids.length && { print }),
      ...(first !== undefined && { first }),
      ...(last !== undefined && { last }),
    };
  }

  #count(row: number): void {
    if (this.#seen.add(row)) this.#tally.written += 1;
    else this.#tally.beside("in several conversations");
  }

  /** @returns where the page of HTML is, below the folder of all conversations */
  async #write(page: PlannedPage, forms: readonly MessagePageForm[], count: number): Promise<string | undefined> {
    const { head, title } = this.#now;
    const { name, previous, next } = page;
    let path: string | undefined;
    for (const form of forms) {
      const bytes = this.#bytesOf(form.ext);
      const start = form.start({ head, title, name, count, previous, next });
      const file = { owner: this.#owner(name, form.ext), folder: this.#place(), stem: name, ext: form.ext };
      const written = await this.#context.out.writeStream(file, bytes.between(start, form.end()));
      bytes.clear();
      if (form.ext === ".html") path = written.path.slice(this.#root.length + 1);
    }
    return path;
  }

  #owner(page: string, ext: string): string {
    return `page ${this.#now.head.id} ${page} ${ext}`;
  }

  #bytesOf(ext: string): PageBytes {
    const known = this.#bytes.get(ext) ?? new PageBytes();
    this.#bytes.set(ext, known);
    return known;
  }

  #forms(): MessagePageForm[] {
    const { head, title } = this.#now;
    const wanted = (format: "html" | "txt" | "csv"): boolean => wants(this.#context, "messages", format);
    return [
      new MessagesJson(),
      ...(wanted("html") ? [new MessagesHtml(head)] : []),
      ...(wanted("txt") ? [new MessagesText()] : []),
      ...(wanted("csv") ? [new MessagesCsv(title)] : []),
    ];
  }

  /** Of all that a page is made from; undefined where some of it cannot be read. */
  async #print(page: PlannedPage, prints: readonly RowsPrint[]): Promise<string | undefined> {
    const stamps: string[] = [];
    for (const { hash, attachments } of prints) {
      if (hash === undefined) return undefined;
      stamps.push(hash, ...(await this.#attachments.stamps(attachments)).sort());
    }
    const { head, title } = this.#now;
    const { name, previous, next, deleted } = page;
    const around = [pageVersion, localZone(), this.#place(), head, title, name, previous ?? "", next ?? ""];
    const forms = this.#forms().map(({ ext }) => ext);
    const parts = [around, forms, this.#before, [...deleted], this.#attachments.making, stamps];
    return sha256(JSON.stringify(parts)).slice(0, 32);
  }

  /** On this page, or on one before it. */
  #quote({ id, at, row, text }: RepliedMessage, page: PlannedPage): Quote {
    const ms = at?.getTime() ?? Number.NEGATIVE_INFINITY;
    const start = this.#starts.findLast((each) => each.at < ms || (each.at === ms && each.id <= row));
    const isLater = start?.name === page.name && !page.ids.includes(row);
    if (!start || isLater) return { href: undefined, text };
    const file = start.name === page.name ? "" : `${start.name}.html`;
    return { href: `${file}#${encodeURIComponent(anchorOf(id))}`, text };
  }

  /** @param again the pages of the conversations that are wanted, once more */
  async finish(
    again: (isWanted: (conversation: Conversation) => boolean) => AsyncIterable<PlannedPage>,
  ): Promise<void> {
    this.#leave();
    const { out } = this.#context;
    out.setNote("messages", Object.fromEntries(this.#index));
    if (!wants(this.#context, "messages", "html")) return;
    const entries: IndexEntry[] = [...this.#index.values()].map((shown) => ({
      ...shown,
      pages: shown.pages.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }])),
    }));
    await out.write(
      { owner: "messages index", folder: this.#root, stem: "index", ext: ".html" },
      messageIndexHtml(entries.filter(({ pages }) => pages.length > 0)),
    );
    await this.#writeSearch(again);
  }

  /** Of everything that the list has, also from exports before this one; left as it is where all pages are as they were. */
  async #writeSearch(again: Parameters<MessageWriter["finish"]>[0]): Promise<void> {
    const { out } = this.#context;
    const owner = "messages search";
    const pages = [...this.#index].map(([id, { title, pages: own }]) => [
      id,
      title,
      own.map(({ path, print }) => [path, print]),
    ]);
    const isKnown = [...this.#index.values()].every((shown) => shown.pages.every(({ print }) => print !== undefined));
    const print = sha256(JSON.stringify([searchVersion, localZone(), pages]));
    if (isKnown && out.note(owner) === print && (await out.keepAll([owner]))) return;
    const search = this.#search && this.#visited === this.#index.size ? this.#search : await this.#searchAnew(again);
    await out.writeStream({ owner, folder: this.#root, stem: "search", ext: ".html" }, await search.page());
    out.setNote(owner, print);
  }

  async #searchAnew(again: Parameters<MessageWriter["finish"]>[0]): Promise<MessageSearch> {
    const search = new MessageSearch(this.#context.privately);
    for await (const page of again(({ head }) => this.#index.has(head.id))) {
      const { head, title } = this.#reader.conversation(page.key);
      const path = this.#index.get(head.id)?.pages.find(({ name }) => name === page.name)?.path;
      // What came since that conversation was exported has no page yet.
      if (path === undefined) continue;
      search.begin(title);
      search.at(path);
      for await (const { messages } of this.#reader.batches(page))
        for (const { message } of messages) await search.add(message);
    }
    return search;
  }
}

const takenBack = "reactions were taken back, or another came in their place";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
