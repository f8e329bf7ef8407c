/**
 * Notes of iOS 8 and before, and those of mail accounts until today: their bodies are HTML.
 * Source: the schemas of notes.sqlite of iOS 6 to 11.
 */
import type { Note, NoteAttachment } from "../contract.ts";
import type { PhoneDatabase, PhoneRow } from "../phone-database.ts";
import { appleDate, flagIn, iso, numberIn, present, textIn } from "../values.ts";
import type { Span } from "./note-body.ts";
import type { FoundNote, FoundNoteAttachment } from "./read-notes.ts";

/** Where they lie. */
export const oldNoteStore = { domain: "HomeDomain", path: "Library/Notes/notes.sqlite" } as const;

const noteColumns = ["ZTITLE", "ZCREATIONDATE", "ZMODIFICATIONDATE", "ZGUID", "ZDELETEDFLAG", "ZSTORE"] as const;

/** One after the other. */
export async function* readOldNotes(db: PhoneDatabase): AsyncGenerator<FoundNote, void, undefined> {
  const bodies = new Map<number, string>();
  for await (const row of db.rows("ZNOTEBODY", ["ZOWNER", "ZCONTENT"])) {
    const owner = numberIn(row.ZOWNER);
    if (owner !== undefined) bodies.set(owner, textIn(row.ZCONTENT) ?? "");
  }
  const [stores, attachments] = [await storesOf(db), await attachmentsOf(db)];
  for await (const row of db.rows("ZNOTE", noteColumns)) {
    const number = Number(row.rowid);
    const own = attachments.get(number) ?? [];
    yield oldNote(row, bodies.get(number) ?? "", { store: stores.get(numberIn(row.ZSTORE) ?? -1), attachments: own });
  }
}

interface Store {
  readonly folder: string | undefined;
  readonly account: string | undefined;
}

async function storesOf(db: PhoneDatabase): Promise<Map<number, Store>> {
  const accounts = new Map<number, string>();
  for await (const row of db.rows("ZACCOUNT", ["ZNAME"])) {
    const name = textIn(row.ZNAME);
    if (name !== undefined) accounts.set(Number(row.rowid), name);
  }
  const stores = new Map<number, Store>();
  for await (const row of db.rows("ZSTORE", ["ZNAME", "ZACCOUNT"]))
    stores.set(Number(row.rowid), { folder: textIn(row.ZNAME), account: accounts.get(numberIn(row.ZACCOUNT) ?? -1) });
  return stores;
}

/** By the note. Where their files lie nobody has described: they are named. */
async function attachmentsOf(db: PhoneDatabase): Promise<Map<number, FoundNoteAttachment[]>> {
  const found = new Map<number, FoundNoteAttachment[]>();
  for await (const row of db.rows("ZNOTEATTACHMENT", ["ZNOTE", "ZFILENAME"])) {
    const note = numberIn(row.ZNOTE) ?? -1;
    const attachment = { name: textIn(row.ZFILENAME), missing: "not found: where old notes keep it is not known" };
    const own = { id: `old-attachment-${row.rowid}`, attachment: present(attachment as Required<NoteAttachment>) };
    const list = found.get(note);
    if (list) list.push({ ...own, file: undefined });
    else found.set(note, [{ ...own, file: undefined }]);
  }
  return found;
}

function oldNote(
  row: PhoneRow<(typeof noteColumns)[number] | "rowid">,
  markup: string,
  { store, attachments }: { store: Store | undefined; attachments: readonly FoundNoteAttachment[] },
): FoundNote {
  const lines = linesOfHtml(markup);
  const links = lines.flat().flatMap(({ link, text }) => (link === undefined ? [] : [{ url: link, text }]));
  const note = present<Note>({
    id: textIn(row.ZGUID) ?? `old-note-${row.rowid}`,
    title: textIn(row.ZTITLE),
    folder: store?.folder,
    account: store?.account,
    createdAt: iso(appleDate(row.ZCREATIONDATE)),
    modifiedAt: iso(appleDate(row.ZMODIFICATIONDATE)),
    trashed: flagIn(row.ZDELETEDFLAG) ? true : undefined,
    text: lines.map((spans) => spans.map(({ text }) => text).join("")).join("\n"),
    ...{ links, attachments: attachments.map(({ attachment }) => attachment) },
    ...{ checklist: [], tables: [], inline: [] },
  } as unknown as Note);
  return { note, blocks: lines.map((spans) => ({ kind: "text" as const, indent: 0, spans })), attachments };
}

const entities: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", shy: "\u00ad" },
  ...{ ndash: "–", mdash: "—", hellip: "…", bull: "•", euro: "€", trade: "™", copy: "©", reg: "®", deg: "°" },
  ...{ lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”", bdquo: "„", laquo: "«", raquo: "»" },
  ...{ szlig: "ß", aelig: "æ", AElig: "Æ", oslash: "ø", Oslash: "Ø", aring: "å", Aring: "Å", eth: "ð", thorn: "þ" },
};
/** "eacute" is the letter, and the mark above or below it. */
const accents: Readonly<Record<string, string>> = {
  ...{
    acute: "\u0301",
    grave: "\u0300",
    circ: "\u0302",
    uml: "\u0308",
    tilde: "\u0303",
    cedil: "\u0327",
    caron: "\u030c",
  },
};

/** A block begins and ends a line; two of them do not make an empty one, which is a `<br>` in a block of its own. */
function linesOfHtml(markup: string): Span[][] {
  const lines: Span[][] = [[]];
  let [isLineStart, link] = [true, undefined as string | undefined];
  for (const [i, part] of markup.split(/<([^<>]*)>/).entries()) {
    if (i % 2 === 0) {
      if (part === "") continue;
      const text = textOfEntities(part).toWellFormed();
      lines.at(-1)?.push(link === undefined ? { text } : { text, link });
      isLineStart = false;
      continue;
    }
    if (/^\/?a\b/i.test(part)) link = addressIn(part);
    if (!/^\/?(?:br|div|p|li|ul|ol|h[1-6])\b/i.test(part) || (isLineStart && !/^br\b/i.test(part))) continue;
    lines.push([]);
    isLineStart = true;
  }
  while (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop();
  return lines.flatMap((spans) => splitAtBreaks(spans));
}

/** Markup may have line ends of its own. */
function splitAtBreaks(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]];
  for (const span of spans)
    for (const [i, text] of span.text.split("\n").entries()) {
      if (i > 0) lines.push([]);
      if (text !== "") lines.at(-1)?.push({ ...span, text });
    }
  return lines;
}

/** Of a tag so much is looked at. */
const longestTag = 10_000;

function addressIn(tag: string): string | undefined {
  const [, double, single] = /^a\s.*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/is.exec(tag.slice(0, longestTag)) ?? [];
  const address = double ?? single;
  return address === undefined || address === "" ? undefined : textOfEntities(address);
}

function textOfEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? entities[name.toLowerCase()] ?? accented(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function accented(name: string): string | undefined {
  const mark = accents[name.slice(1).toLowerCase()];
  return mark === undefined ? undefined : `${name.charAt(0)}${mark}`.normalize("NFC");
}
