/** Messages into files: a folder for each conversation, a page for each year, or for each 2,000 messages of one. */
import { createHash, randomBytes } from "node:crypto";
import { collectGarbage } from "../../shared/collect-garbage.ts";
import { localZone } from "../../shared/local-time.ts";
import type { Message } from "../contract.ts";
import type { Conversation } from "../messages/chats.ts";
import { anchorOf, type IndexEntry, MessagesHtml, messageIndexHtml } from "../messages/html-messages.ts";
import { type SearchedPage, SearchPart, searchHtml, searchVersion } from "../messages/html-search.ts";
import { type MessagePageForm, MessagesJson, type Quote } from "../messages/message-page.ts";
import type { RepliedMessage } from "../messages/message-rows.ts";
import { NumberSet } from "../messages/number-set.ts";
import { MessageReader, messageDatabase, type RowsPrint } from "../messages/read-messages.ts";
import { MessagesCsv, MessagesText } from "../messages/text-messages.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { type ExportContext, holds, isAmong, lossWords, wants } from "./context.ts";
import type { FileName } from "./export-files.ts";
import { MessageAttachments } from "./message-attachments.ts";
import { PagePlanner, type PlannedPage } from "./message-pages.ts";
import { PageBytes } from "./page-bytes.ts";
import { type KindReport, Tally, type TallyPart } from "./tally.ts";

/** What so many messages leave behind is given back before as much again is made. */
const collectedAfter = 20_000;
/** Of a damaged database, where they are put in order here; otherwise they are not counted. */
const mostMessages = 10_000_000;
/** Raised whenever a page is made otherwise from the same rows: pages of before are then made anew. */
export const pageVersion = 5;

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
  // Ten million take a while to be put in order.
  onDone(0);
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
  /** What is searched of it, and how many messages that has. */
  readonly search?: { readonly path: string; readonly count: number };
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
  /** Conversations of this run. */
  readonly #visited = new Set<string>();
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
    if (!wants(context, "messages", "html")) return;
    // Every page leads there: a conversation that is called so has another name.
    context.out.reserve(this.#indexName());
    context.out.reserve(this.#searchName());
    this.#partsPlace();
  }

  async page(page: PlannedPage): Promise<void> {
    this.#enter(page.key);
    const start = { name: page.name, at: page.first.at?.getTime() ?? Number.NEGATIVE_INFINITY, id: page.first.id };
    this.#starts.push(start);
    this.#before = sha256(`${this.#before} ${start.name} ${start.at} ${start.id}`);
    const note = (await this.#kept(page)) ?? (await this.#made(page));
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
      this.#visited.add(this.#conversation.head.id);
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
    let [count, first, last] = [0, undefined as string | undefined, undefined as string | undefined];
    for await (const batch of this.#reader.batches(page, (print) => prints.push(print))) {
      if (batch.reactions > 0) part.beside("reactions", batch.reactions);
      if (batch.reactionsReplaced > 0) part.leave("taken-back", takenBack, undefined, batch.reactionsReplaced);
      for (const found of batch.messages) {
        const message = await this.#attachments.placed(found, { folder: () => this.#place(), tally: part });
        const quote = found.replied && this.#quote(found.replied, page);
        for (const form of forms) this.#bytesOf(form.ext).add(form.message(message, quote));
        this.#count(found.row);
        count += 1;
        first ??= message.at;
        last = message.at ?? last;
      }
    }
    this.#onPart(undefined);
    if (count === 0) return undefined;
    const paths = await this.#write(page, forms, count);
    const print = await this.#print(page, prints);
    return {
      ...{ name: page.name, count, part: part.part() },
      ...paths,
      ...(print !== undefined && count === page.ids.length && { print }),
      ...(first !== undefined && { first }),
      ...(last !== undefined && { last }),
    };
  }

  #count(row: number): void {
    if (this.#seen.add(row)) this.#tally.written += 1;
    else this.#tally.beside("in several conversations");
  }

  /** @returns where the page of HTML is, and what is searched of it */
  async #write(
    page: PlannedPage,
    forms: readonly MessagePageForm[],
    count: number,
  ): Promise<Pick<PageNote, "path" | "search">> {
    const { head, title } = this.#now;
    const { name, previous, next } = page;
    const paths: { path?: string; search?: PageNote["search"] } = {};
    for (const form of forms) {
      const bytes = this.#bytesOf(form.ext);
      const start = form.start({ head, title, name, count, previous, next });
      const written = await this.#context.out.writeStream(
        this.#fileOf(page.name, form),
        bytes.between(start, form.end()),
      );
      bytes.clear();
      const path = this.#belowRoot(written.path);
      if (form.ext === ".html") paths.path = path;
      if (form instanceof SearchPart) paths.search = { path, count: form.count };
    }
    return paths;
  }

  #belowRoot(path: string): string {
    return path.slice(this.#root.length + 1);
  }

  #fileOf(page: string, form: MessagePageForm): FileName {
    const owner = this.#owner(page, form.ext);
    if (!(form instanceof SearchPart)) return { owner, folder: this.#place(), stem: page, ext: form.ext };
    return { owner, folder: this.#partsPlace(), stem: sha256(owner).slice(0, 16), ext: form.ext };
  }

  /** Of the same name in every run, which nobody can guess. */
  #partsPlace(): string {
    const { out } = this.#context;
    const above = out.folder("messages search folder", this.#root, "search");
    return out.folderNamedOnce("messages search parts", above, () => randomBytes(16).toString("hex"));
  }

  #owner(page: string, ext: string): string {
    return ownerOf(this.#now.head.id, page, ext);
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
      ...(wanted("html") ? [new MessagesHtml(head), new SearchPart()] : []),
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
    const around = [
      pageVersion,
      searchVersion,
      localZone(),
      this.#place(),
      head,
      title,
      name,
      previous ?? "",
      next ?? "",
    ];
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
    await this.#completeSearch(again);
    const search = await this.#writeSearch();
    await out.write(
      this.#indexName(),
      messageIndexHtml(
        entries.filter(({ pages }) => pages.length > 0),
        search,
      ),
    );
  }

  /** Conversations that this run left out may be of an export that had no parts yet, or have lost one: they are read for it. */
  async #completeSearch(again: Parameters<MessageWriter["finish"]>[0]): Promise<void> {
    const { out } = this.#context;
    const lacking = new Set<string>();
    for (const [id, { pages }] of this.#index) {
      if (this.#visited.has(id)) continue;
      for (const [at, { search, ...note }] of pages.entries()) {
        if (note.path === undefined) continue;
        if (search && (await out.isAsLeft(ownerOf(id, note.name, ".js")))) continue;
        pages[at] = note;
        lacking.add(id);
      }
    }
    if (lacking.size === 0) return;
    for await (const page of again(({ head }) => lacking.has(head.id))) await this.#remakePart(page);
    out.setNote("messages", Object.fromEntries(this.#index));
  }

  async #remakePart(page: PlannedPage): Promise<void> {
    this.#conversation = this.#reader.conversation(page.key);
    const pages = this.#index.get(this.#now.head.id)?.pages ?? [];
    const at = pages.findIndex(({ name, path }) => name === page.name && path !== undefined);
    const note = pages[at];
    // What came since that conversation was exported has no page yet.
    if (!note) return;
    const part = new SearchPart();
    for await (const { messages } of this.#reader.batches(page))
      for (const { message } of messages) this.#bytesOf(part.ext).add(part.message(message));
    pages[at] = { ...note, ...(await this.#write(page, [part], note.count)) };
  }

  /** The list of what is searched, of everything that the index has. @returns its name */
  async #writeSearch(): Promise<string> {
    const searched: SearchedPage[] = [];
    const left = new Set<string>();
    for (const { title, pages } of this.#index.values())
      for (const { path, search, last } of pages) {
        if (path === undefined) continue;
        if (!search) left.add(title);
        else
          searched.push({ title, path, part: search.path, count: search.count, ...(last !== undefined && { last }) });
      }
    const page = searchHtml(searched, leftWords([...left]));
    return this.#belowRoot((await this.#context.out.write(this.#searchName(), page)).path);
  }

  #indexName(): FileName {
    return { owner: "messages index", folder: this.#root, stem: "index", ext: ".html" };
  }

  #searchName(): FileName {
    return { owner: "messages search", folder: this.#root, stem: "search", ext: ".html" };
  }
}

/** Conversations of an older export that are not on this phone any more. */
function leftWords(titles: readonly string[]): string {
  if (titles.length === 0) return "";
  const some = titles.slice(0, 10).join(", ");
  return `Not searched here: ${some}${titles.length > 10 ? ` and ${titles.length - 10} more` : ""}. Their own pages have a search.`;
}

function ownerOf(conversation: string, page: string, ext: string): string {
  return `page ${conversation} ${page} ${ext}`;
}

const takenBack = "reactions were taken back, or another came in their place";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
