/** Reads pages of a phone's data out of its newest backup. The backup stays open, and its databases copied, until the UI is left. */
import { type OpenedData, openData } from "../../app/phone-data.ts";
import { DataBrowser, type DataEntry, type DataKind, dataKinds, messageLines } from "../../phone-data/index.ts";
import { toAppError } from "../../shared/errors.ts";
import { formatBytes, formatCount, plural, printable, wrap } from "../../shared/text.ts";
import type { DataPage, DataRow, DataTarget } from "../state.ts";
import type { Room } from "./room.ts";

/** So many lines of a list, and messages of a conversation, are read at once. */
const pageRows = 200;
const lineWidth = 100;

interface Open {
  readonly device: string;
  readonly data: OpenedData;
  readonly browser: DataBrowser;
}

export class DataPagesReader implements AsyncDisposable {
  readonly #room: Room;
  #open: Promise<Open> | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  async read(device: string, target: DataTarget): Promise<void> {
    const { dispatch } = this.#room;
    try {
      dispatch({ type: "dataPage", page: await this.#page(await this.#opened(device), target) });
    } catch (error) {
      const { code, message, remedy } = toAppError(error);
      if (code === "cancelled") return;
      dispatch({ type: "dataPage", page: problemPage(code, message, remedy) });
    }
  }

  async #opened(device: string): Promise<Open> {
    const known = await this.#open?.catch(() => undefined);
    if (known?.device === device) return known;
    await closed(known);
    this.#open = (async () => {
      const data = await openData(this.#room.session(), { device });
      return { device, data, browser: new DataBrowser(data.files, data.privately, { signal: this.#room.signal }) };
    })();
    return await this.#open;
  }

  async #page({ browser, data }: Open, target: DataTarget): Promise<DataPage> {
    switch (target.of) {
      case "kinds":
        return await kindsPage(browser, data.from);
      case "list": {
        const kind = kindOf(target.kind);
        const entries = await browser.list(kind);
        const rows = entries.slice(0, pageRows).map((entry) => entryRow(kind, entry));
        const more = entries.length - rows.length;
        if (more > 0) rows.push({ text: `… and ${formatCount(more)} more: \`offroll data ls ${kind}\` lists all` });
        return { title: `${kind}: ${formatCount(entries.length)}`, rows, cursor: 0 };
      }
      case "item":
        return await itemPage(browser, target);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closed(await this.#open?.catch(() => undefined));
  }
}

async function closed(open: Open | undefined): Promise<void> {
  await open?.browser[Symbol.asyncDispose]();
  await open?.data[Symbol.asyncDispose]();
}

function kindOf(word: string): DataKind {
  return dataKinds.find((kind) => kind === word) ?? "messages";
}

async function kindsPage(browser: DataBrowser, from: string): Promise<DataPage> {
  const rows: DataRow[] = [];
  for await (const { kind, count, newestAt, files, absent, problems } of browser.summaries()) {
    const words = [
      count === undefined ? "–" : formatCount(count),
      newestAt && `newest ${newestAt.slice(0, 10)}`,
      files && files.count > 0 && `${plural(files.count, "file")}, ${formatBytes(files.bytes)}`,
      absent,
      ...problems,
    ];
    const text = `${kind.padEnd(12)} ${printable(words.filter(Boolean).join(" · "))}`;
    rows.push(count === undefined || count === 0 ? { text } : { text, opens: { of: "list", kind } });
  }
  rows.push({ text: "" }, { text: "To files that open anywhere: offroll data export --to DIR" });
  return { title: `Besides photos, in ${printable(from)}`, rows, cursor: 0 };
}

function entryRow(kind: DataKind, { id, title, at, count, detail }: DataEntry): DataRow {
  const words = [
    at?.slice(0, 16).replace("T", " "),
    title.replaceAll(/\s+/g, " "),
    count === undefined ? undefined : plural(count, "message"),
    detail,
  ];
  return {
    text: printable(words.filter((word) => word !== undefined && word !== "").join("  ")),
    opens: { of: "item", kind, id, title, skip: 0 },
  };
}

async function itemPage(browser: DataBrowser, target: Extract<DataTarget, { of: "item" }>): Promise<DataPage> {
  const kind = kindOf(target.kind);
  const title = printable(target.title);
  if (kind === "messages") {
    const { messages, hasOlder } = await browser.messagesPage(target.id, { skip: target.skip, limit: pageRows });
    const older: DataRow = { text: "… older messages", opens: { ...target, skip: target.skip + pageRows } };
    const rows = messages.flatMap(messageLines).flatMap(textRows);
    return {
      title,
      rows: [...(hasOlder ? [older] : []), ...rows],
      cursor: Math.max(0, rows.length - 1 + Number(hasOlder)),
    };
  }
  const item = await browser.show(kind, target.id);
  if (item?.kind === "notes")
    return { title, rows: item.note.text.split("\n").map(printable).flatMap(textRows), cursor: 0 };
  const fields = Object.entries(item ?? {}).flatMap(([key, value]) =>
    key === "kind" ? [] : Object.entries(value as object),
  );
  return {
    title,
    rows: fields.map(([key, value]) => ({
      text: printable(`${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`),
    })),
    cursor: 0,
  };
}

function textRows(line: string): DataRow[] {
  return wrap(line, lineWidth).map((text) => ({ text }));
}

/** What to do, where there is nothing to read. */
function problemPage(code: string, message: string, remedy: string): DataPage {
  const steps =
    code === "phone-backup-not-found"
      ? [
          "They are read out of a backup of the whole phone:",
          "",
          "  offroll phone backup DIR        makes one by cable",
          "  offroll data --from BACKUP      reads one of Finder, iTunes or another",
        ]
      : code === "phone-backup-password"
        ? [
            "It is encrypted. The command line asks for its password:",
            "",
            "  offroll data",
            "  offroll data export --to DIR",
          ]
        : [printable(remedy)];
  return { title: printable(message), rows: steps.map((text) => ({ text })), cursor: 0 };
}
