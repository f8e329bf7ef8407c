/**
 * Reads a phone's data out of its newest backup, a question at a time: what was asked and is no longer wanted is left. The backup stays
 * open, and its databases copied, until another phone is looked at or the UI is left. A password is used and kept nowhere.
 */
import { exportedLines, exportOpened } from "../../app/data-export.ts";
import { proposedDataFolder, rememberDataFolder } from "../../app/data-folder.ts";
import { formatList } from "../../app/data-forms.ts";
import { dataLabels } from "../../app/data-words.ts";
import { knownBackups } from "../../app/known-backups.ts";
import { dataChoice, type OpenedData, openData } from "../../app/phone-data.ts";
import type { Session } from "../../app/session.ts";
import { DataBrowser, type DataItem, type KindSummary, type MessageHit } from "../../phone-data/index.ts";
import { agoWords } from "../../present/status-words.ts";
import { toAppError } from "../../shared/errors.ts";
import { formatCount, printable } from "../../shared/text.ts";
import type { Effect } from "../actions.ts";
import { type DataAsk, type DataListEntry, type DataTold, type ItemView, pageRows } from "../data-state.ts";
import { lineOf } from "../line-edit.ts";
import { type Room, throttle } from "./room.ts";

interface Open {
  readonly device: string;
  readonly session: Session;
  readonly data: OpenedData;
  readonly browser: DataBrowser;
}

/** A search that goes on where it stopped. */
interface Search {
  readonly words: string;
  readonly steps: AsyncGenerator<{
    readonly hits: readonly MessageHit[];
    readonly looked: number;
    readonly of: number;
  }>;
  readonly left: MessageHit[];
  isDone: boolean;
}

export class DataReader implements AsyncDisposable {
  readonly #room: Room;
  #open: Open | undefined;
  /** Waits for the password. */
  #locked: DataAsk | undefined;
  /** The question that is answered; older ones are not any more. */
  #turn = 0;
  #queue: Promise<void> = Promise.resolve();
  #summaries: AsyncGenerator<KindSummary, void, undefined> | undefined;
  #search: Search | undefined;
  #exporting: AbortController | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  ask(ask: DataAsk): void {
    const turn = ++this.#turn;
    this.#then(async () => {
      if (turn === this.#turn) await this.#answer(ask, turn);
    });
  }

  unlock(password: string): void {
    const ask = this.#locked;
    const turn = ++this.#turn;
    if (ask) this.#then(() => this.#answer(ask, turn, Buffer.from(password, "utf8")));
  }

  unlockNote(ask: DataAsk, password: string): void {
    const turn = ++this.#turn;
    this.#then(async () => {
      if (turn !== this.#turn || ask.of !== "item") return;
      try {
        const { browser } = await this.#opened(ask);
        const { id } = ask.entry;
        const isOpen = await browser.unlockNote(id, password);
        this.#tell({ what: "noteTried", id, isOpen, passwords: browser.notePasswords.length });
        if (isOpen) await this.#item(browser, ask);
        this.#readOn();
      } catch (error) {
        this.#failed(ask, error);
      }
    });
  }

  export(wishes: Extract<Effect, { type: "exportData" }>): void {
    this.#exporting = new AbortController();
    const signal = AbortSignal.any([this.#room.signal, this.#exporting.signal]);
    this.#turn += 1;
    this.#then(() => this.#write(wishes, signal));
    this.#readOn();
  }

  cancelExport(): void {
    this.#exporting?.abort();
  }

  #tell(told: DataTold): void {
    this.#room.dispatch({ type: "data", told });
  }

  /** One after the other. */
  #then(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work);
  }

  async #answer(ask: DataAsk, turn: number, password?: Uint8Array): Promise<void> {
    try {
      const { browser } = await this.#opened(ask, password);
      switch (ask.of) {
        case "list":
          await this.#list(browser, ask, turn);
          break;
        case "item":
          await this.#item(browser, ask);
          break;
        case "window": {
          const { id, where, skip, limit } = ask;
          const { messages, hasOlder } = await browser.messagesPage(id, { skip, limit });
          this.#tell({ what: "window", id, where, window: { skip, rows: limit, messages }, hasOlder });
        }
      }
      this.#readOn();
    } catch (error) {
      this.#failed(ask, error);
    }
  }

  async #opened(ask: DataAsk, password?: Uint8Array): Promise<Open> {
    if (this.#open?.device === ask.device) return this.#open;
    await this.#close();
    const progress = (words: string): void => this.#tell({ what: "working", words });
    const session = this.#room.session(undefined, { progress });
    const wishes = ask.folder === undefined ? { device: ask.device } : { from: ask.folder };
    const data = await openData(session, wishes, password);
    const browser = new DataBrowser(data.files, data.privately, { signal: this.#room.signal });
    const open = { device: ask.device, session, data, browser };
    this.#open = open;
    this.#locked = undefined;
    this.#summaries = browser.summaries();
    await this.#tellBackup(open, ask);
    return open;
  }

  async #tellBackup({ session, data }: Open, { device, folder }: DataAsk): Promise<void> {
    const { clock } = this.#room.host;
    const { takenAt, isEncrypted } = data.files;
    const known = (await knownBackups(session)).flatMap(({ backups }) => backups);
    const own = known.filter(({ udid }) => udid?.toLowerCase() === device.toLowerCase());
    this.#tell({
      what: "backup",
      folder: await proposedDataFolder(session, data.files.device),
      backup: {
        ...{
          folder: data.from,
          isEncrypted,
          unfinished: data.unfinished,
          known: folder === undefined ? own.length : 1,
        },
        age: takenAt && agoWords(clock.now() - takenAt.getTime()),
      },
    });
  }

  async #list(browser: DataBrowser, ask: Extract<DataAsk, { of: "list" }>, turn: number): Promise<void> {
    const { kind, skip, words } = ask;
    if (kind === "messages" && words !== "") return await this.#found(browser, ask, turn);
    const { entries, hasMore, total } = await browser.page(kind, {
      ...{ skip, limit: pageRows },
      ...(words !== "" && { wanted: words }),
    });
    this.#tell({ what: "list", kind, skip, list: { entries, hasMore, total, words } });
  }

  /** First conversations of that name; then messages of all of them, as many as a page has. */
  async #found(
    browser: DataBrowser,
    { kind, skip, words }: Extract<DataAsk, { of: "list" }>,
    turn: number,
  ): Promise<void> {
    const entries: DataListEntry[] = [];
    if (skip === 0 || this.#search?.words !== words) {
      await this.#search?.steps.return(undefined);
      this.#search = { words, steps: browser.searchMessages(words), left: [], isDone: false };
      if (skip === 0) entries.push(...(await browser.page(kind, { skip: 0, limit: pageRows, wanted: words })).entries);
    }
    const search = this.#search;
    const tell = throttle<{ looked: number; of: number }>(this.#room.host, ({ looked, of }) =>
      this.#tell({ what: "working", words: `Looking through messages: ${formatCount(looked)} of ${formatCount(of)}` }),
    );
    while (entries.length + search.left.length < pageRows && !search.isDone) {
      if (turn !== this.#turn) return;
      const step = await search.steps.next();
      if (step.done) search.isDone = true;
      else {
        search.left.push(...step.value.hits);
        tell(step.value);
      }
    }
    entries.push(...search.left.splice(0, Math.max(0, pageRows - entries.length)).map(hitEntry));
    const hasMore = search.left.length > 0 || !search.isDone;
    this.#tell({ what: "list", kind, skip, list: { entries, hasMore, words } });
  }

  async #item(browser: DataBrowser, { kind, entry, to }: Extract<DataAsk, { of: "item" }>): Promise<void> {
    const view =
      kind === "messages" ? await conversation(browser, entry, to) : viewOf(await browser.item(kind, entry.id), entry);
    if (view) this.#tell({ what: "view", to, view });
    else this.#tell({ what: "working", words: "" });
  }

  /** What the panel says of each folder is found out while nobody asks for anything else. */
  #readOn(): void {
    const turn = this.#turn;
    this.#then(async () => {
      if (turn !== this.#turn || !this.#summaries) return;
      const next = await this.#summaries.next().catch(() => undefined);
      if (!next || next.done) {
        this.#summaries = undefined;
        return;
      }
      this.#tell({ what: "folder", summary: next.value });
      this.#readOn();
    });
  }

  #failed(ask: DataAsk, error: unknown): void {
    const { code, message, remedy } = toAppError(error);
    if (code === "cancelled") return;
    if (code === "phone-backup-password" || code === "phone-backup-password-wrong") {
      this.#locked = ask;
      const isWrong = code === "phone-backup-password-wrong";
      return this.#tell({ what: "waits", waits: { why: "locked", isWrong, line: lineOf("") } });
    }
    const waits = code === "phone-backup-not-found" ? noBackup(ask.phone) : { message, steps: [printable(remedy)] };
    this.#tell({ what: "waits", waits: { why: "problem", ...waits } });
  }

  async #write({ settings, kinds, ids }: Extract<Effect, { type: "exportData" }>, signal: AbortSignal): Promise<void> {
    const open = this.#open;
    if (!open) return;
    const { host } = this.#room;
    const tell = throttle<string>(host, (words) => this.#tell({ what: "exporting", words }));
    try {
      const { forms, since, until } = settings;
      const format = formatList(forms);
      const choice = dataChoice(open.session, {
        ...(format !== undefined && { format }),
        ...(since.trim() !== "" && { since: since.trim() }),
        ...(until.trim() !== "" && { until: until.trim() }),
      });
      const chosen = Object.entries(ids).map(([kind, own]) => [kind, new Set(own.keys())] as const);
      const exported = await exportOpened(host, open.data, {
        ...{ to: this.#room.full(settings.to), kinds, signal },
        choice: { ...choice, notePasswords: open.browser.notePasswords, ids: Object.fromEntries(chosen) },
        onPlace: (root) => {
          if (!this.#room.isDemo) rememberDataFolder(open.session, open.data.files.device.id, root);
        },
        onProgress: (kind, done, of) =>
          tell(`${dataLabels[kind]}: ${formatCount(done)}${of === undefined ? "" : ` of ${formatCount(of)}`}`),
      });
      const lines = exportedLines(exported);
      const end = exported.report.isWhole
        ? "All of it was written."
        : "Not all of it was there: see what is missing above.";
      this.#tell({ what: "exported", lines: [...lines.kinds, "", lines.files, end], root: exported.root });
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled")
        this.#tell({
          what: "exported",
          lines: ["Stopped. What was written stays, and is gone on with the next time."],
          root: undefined,
        });
      else {
        const next = remedy.includes("--help") ? "" : ` ${remedy}`;
        this.#tell({ what: "exportFailed", message: printable(`${message}${next}`) });
      }
    }
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#summaries = undefined;
    await this.#search?.steps.return(undefined).catch(() => {});
    this.#search = undefined;
    await open?.browser[Symbol.asyncDispose]();
    await open?.data[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turn += 1;
    this.#exporting?.abort();
    await this.#queue;
    await this.#close();
  }
}

/** Of a conversation: its newest messages, or those around the one that was found. */
async function conversation(
  browser: DataBrowser,
  { id, title, hit }: DataListEntry,
  to: "preview" | "open",
): Promise<ItemView> {
  const which = hit?.conversation ?? id;
  const limit = to === "preview" ? 30 : pageRows;
  const newer = hit ? await browser.newerThan(hit) : 0;
  const skip = hit ? Math.max(0, newer - Math.floor(limit / 2)) : 0;
  const { messages, hasOlder, group } = await browser.messagesPage(which, { skip, limit });
  const window = { skip, rows: limit, messages };
  return { kind: "messages", id: which, title: hit?.title ?? title, group, windows: [window], hasOlder, mark: hit?.id };
}

function viewOf(item: DataItem | undefined, { id, title }: DataListEntry): ItemView | undefined {
  return item && item.kind !== "messages" ? { ...item, id, title } : undefined;
}

function hitEntry(hit: MessageHit): DataListEntry {
  return { id: hit.id, title: hit.title, hit, ...(hit.at !== undefined && { at: hit.at }) };
}

/** What to do, where there is nothing to read. */
function noBackup(phone: string): { readonly message: string; readonly steps: readonly string[] } {
  return {
    message: `No backup of ${phone} is known on this computer.`,
    steps: [
      "Messages, contacts, notes, calls and voice memos are read out of a backup of the whole phone. In another terminal:",
      "",
      "  offroll phone backup DIR",
      "    makes one by cable, into a folder on a disk with room for it",
      "  offroll data --from BACKUP",
      "    reads one that Finder, iTunes or another program made; it is known here from then on",
      "",
      "Calls are in encrypted backups alone: `offroll phone password on` before a long one.",
      "m and Esc lead back to the photos.",
    ],
  };
}
