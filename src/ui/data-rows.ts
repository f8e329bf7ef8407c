/** A phone's data as rows of the screen: pure, and made once for each width. */
import type { Call, Contact, Note, VoiceMemo } from "../phone-data/index.ts";
import { localMinute } from "../shared/local-time.ts";
import { displayWidth, formatBytes, formatDuration, padEnd, plural, printable, truncate } from "../shared/text.ts";
import { bubbleRows, textLines, type ViewRow } from "./data-bubbles.ts";
import type { DataListEntry, ItemView } from "./data-state.ts";
import { layoutOf } from "./layout.ts";
import type { Size } from "./size.ts";
import { wrapWords } from "./wrap.ts";

/** Lines of the sheet. */
export const sheetFields = ["what", "to", "forms", "since", "until"] as const;

/** Of a note that is longer, more is read in an export. */
const mostNoteLines = 20_000;
const widestView = 110;

/** Where things lie: as with photos in a list. */
export function dataLayout(
  size: Size,
): Pick<ReturnType<typeof layoutOf>, "groupsWidth" | "listWidth" | "paneWidth" | "height"> {
  return layoutOf(size, "list");
}

/** Rows of what is open over the whole width. */
export function viewRoom(size: Size): number {
  return dataLayout(size).height;
}

/** Of what is open: on a wide terminal mine stay in sight of theirs. */
export function viewWidth(size: Size): number {
  return Math.min(size.columns - 2, widestView);
}

/** What came of an export in lines of the screen's width, and how many of them there is room for. */
export function outcomeRows(lines: readonly string[], size: Size): { rows: string[]; room: number } {
  return {
    rows: lines.flatMap((line) => indented(line, Math.max(10, size.columns - 4))),
    room: Math.max(1, size.rows - 2),
  };
}

const made = new WeakMap<ItemView, Map<number, readonly ViewRow[]>>();

/** @param width in cells */
export function viewRows(view: ItemView, width: number): readonly ViewRow[] {
  const room = Math.max(12, width);
  const byWidth = made.get(view) ?? new Map<number, readonly ViewRow[]>();
  made.set(view, byWidth);
  let rows = byWidth.get(room);
  if (!rows) {
    rows = makeRows(view, room);
    byWidth.set(room, rows);
  }
  return rows;
}

function makeRows(view: ItemView, width: number): ViewRow[] {
  switch (view.kind) {
    case "messages":
      return bubbleRows(view, width);
    case "notes":
      return noteRows(view, width);
    case "contacts":
      return factRows(contactFacts(view.contact), width);
    case "calls":
      return factRows(callFacts(view.call), width);
    case "voice-memos":
      return factRows(memoFacts(view.memo), width);
  }
}

/** Broken between words; what follows keeps the indentation. */
function indented(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0].slice(0, Math.floor(width / 2)) ?? "";
  return wrapWords(line, width - indent.length).map((part) => indent + part);
}

function noteRows(
  { note, lines }: { readonly note: Note; readonly lines: readonly string[] },
  width: number,
): ViewRow[] {
  const facts: Facts = [
    ["Folder", [note.folder, note.account].filter((word) => word !== undefined).join(", ")],
    ["Changed", whenWords(note.modifiedAt)],
    ["", [note.pinned && "pinned", note.shared && "shared", note.trashed && "deleted"].filter(Boolean).join(", ")],
  ];
  const text = lines
    .slice(0, mostNoteLines)
    .flatMap((line) => textLines(line).flatMap((part) => indented(part, width)));
  return [
    ...factRows(facts, width),
    { text: "" },
    ...text.map((line) => ({ text: line })),
    ...(lines.length > mostNoteLines ? [{ text: "… and more, which an export has whole.", look: "dim" as const }] : []),
  ];
}

type Facts = readonly (readonly [label: string, value: string | undefined])[];

const labelWidth = 14;
/** Of a name in a list, what is always shown. */
const leastName = 22;

/** A label and its value; what has none is left out. */
function factRows(facts: Facts, width: number): ViewRow[] {
  const room = Math.max(8, width - labelWidth);
  return facts.flatMap(([label, value]) => {
    if (value === undefined || value === "") return [];
    const lines = textLines(value).flatMap((line) => wrapWords(line, room));
    const name = padEnd(truncate(printable(label), labelWidth - 1), labelWidth);
    return lines.map((line, i): ViewRow => ({ text: (i === 0 ? name : " ".repeat(labelWidth)) + line }));
  });
}

function contactFacts(contact: Contact): Facts {
  const { name, phones, emails, urls, relations, dates, addresses, ims, profiles } = contact;
  const labelled = (label: string, list: Contact["phones"]): Facts =>
    list.map((each) => [each.label ?? label, each.value] as const);
  return [
    ["Name", [name.prefix, name.given, name.middle, name.family, name.suffix].filter(Boolean).join(" ")],
    ["Nickname", name.nickname],
    ["Company", [contact.organization, contact.department, contact.jobTitle].filter(Boolean).join(", ")],
    ...labelled("Phone", phones),
    ...labelled("Mail", emails),
    ...addresses.map(
      ({ label, street, city, state, postalCode, country }) =>
        [
          label ?? "Address",
          [street, [postalCode, city].filter(Boolean).join(" "), state, country].filter(Boolean).join(", "),
        ] as const,
    ),
    ...labelled("Web", urls),
    ["Birthday", contact.birthday],
    ...labelled("Date", dates),
    ...labelled("Related", relations),
    ...[...ims, ...profiles].map(
      ({ label, service, user, url }) => [service ?? label ?? "Account", user ?? url] as const,
    ),
    ["Groups", contact.groups.join(", ")],
    ["Note", contact.note],
    ["Account", contact.account],
    ["Cards joined", contact.sources.length > 1 ? String(contact.sources.length) : undefined],
    ["Changed", whenWords(contact.modifiedAt)],
  ];
}

const callKinds: Readonly<Record<Call["kind"], string>> = {
  phone: "phone",
  "facetime-video": "FaceTime video",
  "facetime-audio": "FaceTime audio",
  app: "another app",
};

function callFacts(call: Call): Facts {
  const how = call.missed
    ? "missed"
    : call.direction === "in"
      ? "incoming"
      : call.connected
        ? "outgoing"
        : "outgoing, not answered";
  return [
    ["With", call.name],
    ["Number", call.addresses.join(", ")],
    ["When", whenWords(call.at)],
    ["How", `${how}, by ${callKinds[call.kind]}${call.kind === "app" && call.service ? ` (${call.service})` : ""}`],
    ["Duration", call.duration > 0 ? formatDuration(call.duration) : undefined],
    ["Where", [call.location, call.country?.toUpperCase()].filter(Boolean).join(", ")],
  ];
}

function memoFacts(memo: VoiceMemo): Facts {
  return [
    ["Title", memo.title],
    ["When", whenWords(memo.at)],
    ["Duration", memo.duration === undefined ? undefined : formatDuration(memo.duration)],
    ["Folder", memo.folder],
    ["Size", memo.bytes === undefined ? undefined : formatBytes(memo.bytes)],
    ["", memo.edited && "edited on the phone: its parts come with an export"],
    ["", memo.trashed && "deleted on the phone"],
    ["", memo.missing],
    ["", memo.orphan && "a recording that the phone's list does not name"],
  ];
}

/** On this computer's clock: "2024-05-01 12:34". */
export function whenWords(at: string | undefined): string {
  const date = at === undefined ? undefined : new Date(at);
  return date === undefined || Number.isNaN(date.getTime()) ? "" : localMinute(date);
}

/** One line of a list: when, what, and a few words more where there is room. */
export function entryText({ at, title, count, detail, hit }: DataListEntry, width: number): string {
  const when = whenWords(at);
  const clock = width >= 60 ? when.padEnd(16) : width >= 30 ? when.slice(0, 10).padEnd(10) : "";
  const room = width - (clock === "" ? 0 : clock.length + 2);
  const name = printable(title.replaceAll(/\s+/g, " "));
  const start = clock === "" ? "" : `${clock}  `;
  if (hit) {
    const who = printable(hit.fromMe ? "Me" : (hit.sender ?? "Unknown"));
    const where = who === name ? who : `${who} (${name})`;
    return truncate(`${start}${truncate(where, Math.max(8, Math.floor(room / 3)))}: ${printable(hit.excerpt)}`, width);
  }
  // What finds no room beside a name that can be read is left out whole.
  const words = [count === undefined ? "" : plural(count, "message"), printable(detail ?? "")].filter((w) => w !== "");
  const fits = [words.join(" · "), words[0] ?? ""].find((more) => displayWidth(more) + leastName + 2 <= room) ?? "";
  if (fits === "") return truncate(start + name, width);
  const named = room - displayWidth(fits) - 2;
  return `${start}${padEnd(truncate(name, named), named)}  ${fits}`;
}
