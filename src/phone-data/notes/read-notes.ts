/**
 * Notes of every account, with what is in them. One wide table holds notes, folders, accounts and attachments: entities are known by
 * their names, and where a column has moved between releases, the one that is filled is taken.
 * Source: the schemas of NoteStore.sqlite from iOS 9 on, and of notes.sqlite before.
 */
import type { PhoneFile } from "../../device/phone-files.ts";
import type { ForeignValue } from "../../shared/foreign-rows.ts";
import type { Note, NoteAttachment } from "../contract.ts";
import type { PhoneDatabase, PhoneRow } from "../phone-database.ts";
import { appleDate, bytesIn, flagIn, iso, numberIn, present, textIn } from "../values.ts";
import { isClassicLock, lockOfRecord, type NoteLock, openLockedNote } from "./locked-note.ts";
import { type Block, type NoteBody, readNoteBody } from "./note-body.ts";
import type { NoteMedia } from "./note-media.ts";
import { readNoteTable } from "./note-table.ts";

/** Where they lie. */
export const noteStore = { domain: "AppDomainGroup-group.com.apple.notes", path: "NoteStore.sqlite" } as const;

/** An attachment in its place, with the file that shows it. */
export interface FoundNoteAttachment {
  readonly id: string;
  readonly attachment: NoteAttachment;
  readonly file: PhoneFile | undefined;
  readonly table?: readonly (readonly string[])[];
  /** A word in the text: a tag, a mention, another note's name. */
  readonly inline?: string;
  /** Where that leads to. */
  readonly link?: Note["links"][number];
}

export interface FoundNote {
  readonly note: Note;
  readonly blocks: readonly Block[];
  readonly attachments: readonly FoundNoteAttachment[];
}

/** Why a locked note's attachment is not there, also where the note itself was opened. */
export const lockedWithNote = "locked with its note, and not opened";

/** What notes are read with. */
export interface NoteOptions {
  /** Tried on notes of the classic lock, in this order. */
  readonly passwords: readonly string[];
  readonly media: NoteMedia;
  readonly onDamage: (what: string) => void;
  /** Numbers of the notes' rows; all by default. */
  readonly only?: readonly number[];
}

/** The wide table. */
export const objectTable = "ZICCLOUDSYNCINGOBJECT";
const objectColumns = [
  ...[
    "Z_ENT",
    "ZIDENTIFIER",
    "ZTITLE",
    "ZTITLE1",
    "ZTITLE2",
    "ZNAME",
    "ZFOLDER",
    "ZPARENT",
    "ZFOLDERTYPE",
    "ZNOTE",
    "ZNOTE1",
  ],
  ...[
    "ZMODIFICATIONDATE1",
    "ZMODIFICATIONDATE",
    "ZISPINNED",
    "ZMARKEDFORDELETION",
    "ZISPASSWORDPROTECTED",
    "ZPASSWORDHINT",
  ],
  ...[
    "ZCRYPTOWRAPPEDKEY",
    "ZCRYPTOSALT",
    "ZCRYPTOITERATIONCOUNT",
    "ZMEDIA",
    "ZFILENAME",
    "ZGENERATION1",
    "ZTYPEUTI",
    "ZTYPEUTI1",
  ],
  ...["ZURLSTRING", "ZALTTEXT", "ZOWNER", "ZZONEOWNERNAME", "ZTOKENCONTENTIDENTIFIER", "ZPARENTATTACHMENT"],
  ...["ZFALLBACKIMAGEGENERATION", "ZFALLBACKPDFGENERATION", "ZUSERTITLE"],
] as const;
type ObjectRow = PhoneRow<string>;
/** Whether it is shared; what that says is large, and not asked for. */
const shareColumn = { as: "shared", of: "ZSERVERSHAREDATA", sql: "? IS NOT NULL" } as const;
type Column = string | typeof shareColumn;

/** One after the other; what is wrong with one costs that one's body. */
export async function* readNotes(db: PhoneDatabase, options: NoteOptions): AsyncGenerator<FoundNote, void, undefined> {
  const store = await NoteObjects.read(db, options.only);
  for (const row of store.of("ICNote")) yield await noteOf(db, store, { row, options });
}

/** A table of two thousand such columns is no phone's, and each would be kept for each row. */
const mostMoving = 40;

/** The wide table in memory, without its blobs. */
class NoteObjects {
  readonly #byEntity = new Map<string, ObjectRow[]>();
  readonly #byRow = new Map<number, ObjectRow>();
  readonly #byId = new Map<string, ObjectRow>();
  #children: Map<number, ObjectRow[]> | undefined;
  #inNotes: Map<ForeignValue | undefined, ObjectRow[]> | undefined;
  readonly accountColumn: string | undefined;
  readonly createdColumn: string | undefined;
  /** The row that holds a note's bytes, by the note. */
  readonly dataRows: ReadonlyMap<number, number>;
  readonly #moving: readonly string[];

  private constructor(
    rows: readonly ObjectRow[],
    names: ReadonlyMap<number, string>,
    { moving, dataRows }: { moving: readonly string[]; dataRows: ReadonlyMap<number, number> },
  ) {
    this.#moving = moving;
    this.dataRows = dataRows;
    for (const row of rows) {
      const entity = names.get(numberIn(row["Z_ENT"]) ?? -1) ?? "";
      const list = this.#byEntity.get(entity);
      if (list) list.push(row);
      else this.#byEntity.set(entity, [row]);
      if (typeof row["rowid"] === "number") this.#byRow.set(row["rowid"], row);
      const id = textIn(row["ZIDENTIFIER"]);
      if (id !== undefined) this.#byId.set(id, row);
    }
    this.accountColumn = this.#filled(/^ZACCOUNT\d*$/);
    this.createdColumn = this.#filled(/^ZCREATIONDATE\d*$/);
  }

  static async read(db: PhoneDatabase, only: readonly number[] | undefined): Promise<NoteObjects> {
    const names = await entityNames(db);
    const moving = db
      .columns(objectTable)
      .filter((name) => /^(ZACCOUNT|ZCREATIONDATE)\d*$/.test(name))
      .slice(0, mostMoving);
    const columns: readonly Column[] = [...objectColumns, ...moving, shareColumn];
    const rows: ObjectRow[] = [];
    if (only) rows.push(...(await rowsAround(db, columns, only)));
    else for await (const row of db.rows<string>(objectTable, columns)) rows.push(row);
    return new NoteObjects(rows, names, { moving, dataRows: await dataPlaces(db, only) });
  }

  of(entity: string): readonly ObjectRow[] {
    return this.#byEntity.get(entity) ?? [];
  }

  at(row: number | undefined): ObjectRow | undefined {
    return row === undefined ? undefined : this.#byRow.get(row);
  }

  /** What lies in an attachment: pages of a scan, by their ids. */
  childrenOf(id: string): readonly string[] {
    const parent = this.#byId.get(id)?.["rowid"];
    if (typeof parent !== "number") return [];
    this.#children ??= Map.groupBy(this.of("ICAttachment"), (row) => numberIn(row["ZPARENTATTACHMENT"]) ?? -1);
    return (this.#children.get(parent) ?? [])
      .filter((row) => !flagIn(row["ZMARKEDFORDELETION"]))
      .flatMap((row) => textIn(row["ZIDENTIFIER"]) ?? []);
  }

  named(id: string): ObjectRow | undefined {
    return this.#byId.get(id);
  }

  /** Attachments whose note is this. */
  attachmentsIn(note: ForeignValue | undefined): readonly ObjectRow[] {
    this.#inNotes ??= Map.groupBy(this.of("ICAttachment"), (row) => row["ZNOTE"]);
    return this.#inNotes.get(note ?? null) ?? [];
  }

  /** Of columns of one name and changing numbers, the one that most notes fill; of equal ones the highest. */
  #filled(pattern: RegExp): string | undefined {
    const notes = this.of("ICNote");
    const ranked = this.#moving
      .filter((name) => pattern.test(name))
      .map((name) => ({
        name,
        count: notes.filter((row) => numberIn(row[name]) !== undefined).length,
        n: Number(/\d*$/.exec(name)?.[0] || 0),
      }))
      .sort((a, b) => b.count - a.count || b.n - a.n);
    return ranked[0]?.count ? ranked[0].name : undefined;
  }
}

/** Kinds of rows of the wide table, by their numbers. */
export async function entityNames(db: PhoneDatabase): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for await (const row of db.rows("Z_PRIMARYKEY", ["Z_ENT", "Z_NAME"]))
    names.set(numberIn(row.Z_ENT) ?? -1, textIn(row.Z_NAME) ?? "");
  return names;
}

/** Nobody's folders are as deep. */
const mostFoldersUp = 50;

/** Some notes, what belongs to them, and what they lie in. */
async function rowsAround(
  db: PhoneDatabase,
  columns: readonly Column[],
  only: readonly number[],
): Promise<ObjectRow[]> {
  const rows = new Map<number, ObjectRow>();
  const keep = (row: ObjectRow): unknown => typeof row["rowid"] === "number" && rows.set(row["rowid"], row);
  for (const column of ["rowid", "ZNOTE", "ZNOTE1"])
    for await (const row of db.rowsOf<string>(objectTable, columns, { column, values: only })) keep(row);
  // Pages of a scan know only the scan that they are in.
  const parents = [...rows.keys()].filter((row) => !only.includes(row));
  for await (const row of db.rowsOf<string>(objectTable, columns, { column: "ZPARENTATTACHMENT", values: parents }))
    keep(row);
  const names = columns.filter((column) => typeof column === "string");
  const to = names.filter((name) => /^(ZFOLDER|ZPARENT|ZOWNER|ZMEDIA|ZACCOUNT\d*)$/.test(name));
  let last = [...rows.values()];
  for (let up = 0; up < mostFoldersUp && last.length > 0; up += 1) {
    const next = new Set(last.flatMap((row) => to.map((name) => numberIn(row[name]))));
    const ids = [...next].filter((id) => id !== undefined && Number.isSafeInteger(id) && !rows.has(id)) as number[];
    last = await db.rowsAt<string>(objectTable, columns, ids);
    last.forEach(keep);
  }
  return [...rows.values()];
}

async function noteOf(
  db: PhoneDatabase,
  store: NoteObjects,
  { row, options }: { row: ObjectRow; options: NoteOptions },
): Promise<FoundNote> {
  const id = textIn(row["ZIDENTIFIER"]) ?? `note-${row["rowid"]}`;
  const folder = store.at(numberIn(row["ZFOLDER"]));
  const account = store.at(numberIn(row[store.accountColumn ?? ""])) ?? store.at(numberIn(folder?.["ZOWNER"]));
  const { body, locked } = await bodyOfNote(db, row, {
    id,
    options,
    data: store.dataRows.get(numberIn(row["rowid"]) ?? -1),
  });
  const attachments = await attachmentsOf(db, store, { row, body, options });
  const note = present<Note>({
    id,
    title: textIn(row["ZTITLE1"]) ?? textIn(row["ZTITLE"]),
    folder: folderName(store, folder),
    account: textIn(account?.["ZNAME"]),
    createdAt: iso(appleDate(row[store.createdColumn ?? ""])),
    modifiedAt: iso(appleDate(row["ZMODIFICATIONDATE1"] ?? row["ZMODIFICATIONDATE"])),
    pinned: flagIn(row["ZISPINNED"]) ? true : undefined,
    locked,
    hint: locked === undefined ? undefined : textIn(row["ZPASSWORDHINT"]),
    trashed: flagIn(row["ZMARKEDFORDELETION"]) || numberIn(folder?.["ZFOLDERTYPE"]) === 1 ? true : undefined,
    shared: isShared(store, row) ? true : undefined,
    text: body.text,
    checklist: checklistOf(body.blocks),
    links: [...linksOf(body.blocks), ...attachments.flatMap(({ link }) => link ?? [])],
    tables: attachments.flatMap(({ table }) => (table ? [table] : [])),
    attachments: attachments
      .filter(({ inline, table }) => inline === undefined && !table)
      .map(({ attachment }) => attachment),
    inline: attachments.flatMap(({ inline }) => inline ?? []),
  } as Note);
  return { note, blocks: body.blocks, attachments };
}

/** By itself, by a folder that it is in, or by somebody else who owns it. */
function isShared(store: NoteObjects, row: ObjectRow): boolean {
  const own = row["ZZONEOWNERNAME"];
  if (flagIn(row["shared"]) || (typeof own === "string" && own !== "" && own !== "__defaultOwner__")) return true;
  const seen = new Set<ObjectRow>();
  for (let at = store.at(numberIn(row["ZFOLDER"])); at && !seen.has(at); at = store.at(numberIn(at["ZPARENT"]))) {
    if (flagIn(at["shared"])) return true;
    seen.add(at);
  }
  return false;
}

/** With the folders above it. A folder in a circle stands once. */
function folderName(store: NoteObjects, folder: ObjectRow | undefined): string | undefined {
  const names: string[] = [];
  const seen = new Set<ObjectRow>();
  for (let at = folder; at && !seen.has(at); at = store.at(numberIn(at["ZPARENT"]))) {
    seen.add(at);
    const name = textIn(at["ZTITLE2"]) ?? textIn(at["ZTITLE"]);
    if (name !== undefined) names.unshift(name);
  }
  return names.length > 0 ? names.join("/") : undefined;
}

const empty: NoteBody = { text: "", blocks: [] };

async function bodyOfNote(
  db: PhoneDatabase,
  row: ObjectRow,
  { id, options, data: at }: { id: string; options: NoteOptions; data: number | undefined },
): Promise<{ body: NoteBody; locked: Note["locked"] }> {
  const [data] = at === undefined ? [] : await db.rowsAt("ZICNOTEDATA", dataColumns, [at]);
  const bytes = bytesIn(data?.ZDATA);
  let packed = bytes;
  if (flagIn(row["ZISPASSWORDPROTECTED"])) {
    const wrappedKey = bytesIn(row["ZCRYPTOWRAPPEDKEY"]);
    const lock = wrappedKey
      ? {
          wrappedKey,
          salt: bytesIn(row["ZCRYPTOSALT"]) ?? new Uint8Array(),
          iterations: numberIn(row["ZCRYPTOITERATIONCOUNT"]) ?? 0,
          iv: bytesIn(data?.ZCRYPTOINITIALIZATIONVECTOR) ?? new Uint8Array(),
          tag: bytesIn(data?.ZCRYPTOTAG) ?? new Uint8Array(),
        }
      : await recordLock(db, row);
    if (!lock || !isClassicLock(lock.wrappedKey)) return { body: empty, locked: "newer" };
    packed = undefined;
    for (const password of options.passwords) packed ??= bytes && openLockedNote(bytes, lock, password);
    if (!packed) return { body: empty, locked: "classic" };
  }
  if (!packed) return { body: empty, locked: undefined };
  try {
    return { body: readNoteBody(packed), locked: undefined };
  } catch (error) {
    options.onDamage(`the text of note ${id} cannot be read (${(error as Error).message})`);
    return { body: empty, locked: undefined };
  }
}

/** Where the phone has a note's lock only as it came from iCloud: archived, in one of two columns. */
async function recordLock(db: PhoneDatabase, row: ObjectRow): Promise<NoteLock | undefined> {
  const columns = ["ZUNAPPLIEDENCRYPTEDRECORD", "ZUNAPPLIEDENCRYPTEDRECORDDATA"] as const;
  const [found] = await db.rowsAt(objectTable, columns, [numberIn(row["rowid"]) ?? -1]);
  const record = found && (bytesIn(found.ZUNAPPLIEDENCRYPTEDRECORD) ?? bytesIn(found.ZUNAPPLIEDENCRYPTEDRECORDDATA));
  return record && lockOfRecord(record);
}

const dataColumns = ["ZDATA", "ZCRYPTOINITIALIZATIONVECTOR", "ZCRYPTOTAG"] as const;
async function dataPlaces(
  db: PhoneDatabase,
  only: readonly number[] | undefined,
): Promise<ReadonlyMap<number, number>> {
  const places = new Map<number, number>();
  for await (const row of db.rowsOf("ZICNOTEDATA", ["ZNOTE"], only && { column: "ZNOTE", values: only }))
    if (typeof row.rowid === "number" && typeof row.ZNOTE === "number") places.set(row.ZNOTE, row.rowid);
  return places;
}

function checklistOf(blocks: readonly Block[]): Note["checklist"] {
  const items = new Map<string, { done: boolean; text: string }>();
  for (const [i, block] of blocks.entries()) {
    if (block.kind !== "check") continue;
    const key = block.item ?? `block ${i}`;
    const text = block.spans.map((span) => span.text).join("");
    const known = items.get(key);
    items.set(key, { done: block.done === true, text: known ? `${known.text}\n${text}` : text });
  }
  return [...items.values()];
}

function linksOf(blocks: readonly Block[]): Note["links"] {
  return blocks.flatMap(({ spans }) =>
    spans.flatMap(({ link, text }) => (link === undefined ? [] : [{ url: link, text }])),
  );
}

/** In the order of the text; what stands in none of its places comes last. */
async function attachmentsOf(
  db: PhoneDatabase,
  store: NoteObjects,
  { row, body, options }: { row: ObjectRow; body: NoteBody; options: NoteOptions },
): Promise<FoundNoteAttachment[]> {
  const inText = body.blocks.flatMap(({ spans }) => spans.flatMap(({ attachment }) => attachment ?? []));
  const ids = new Map(inText.map(({ id, uti }) => [id, uti]));
  for (const other of store.attachmentsIn(row["rowid"])) {
    const id = textIn(other["ZIDENTIFIER"]);
    if (id !== undefined && !flagIn(other["ZMARKEDFORDELETION"]) && !ids.has(id)) ids.set(id, undefined);
  }
  const found: FoundNoteAttachment[] = [];
  const isLocked = flagIn(row["ZISPASSWORDPROTECTED"]);
  for (const [id, uti] of ids) {
    found.push(await attachmentOf(db, store, { id, uti, isLocked, options }));
    for (const page of store.childrenOf(id))
      if (!ids.has(page)) found.push(await attachmentOf(db, store, { id: page, uti: undefined, isLocked, options }));
  }
  const files = new Set(found.filter(({ file }) => file).map((each) => each.id));
  // A scan is its pages, where the phone made no file of them all.
  return found.map((each) => (store.childrenOf(each.id).some((page) => files.has(page)) ? notMissing(each) : each));
}

function notMissing(found: FoundNoteAttachment): FoundNoteAttachment {
  const { missing: _, ...attachment } = found.attachment;
  return { ...found, attachment };
}

async function attachmentOf(
  db: PhoneDatabase,
  store: NoteObjects,
  {
    id,
    uti: said,
    isLocked,
    options,
  }: { id: string; uti: string | undefined; isLocked: boolean; options: NoteOptions },
): Promise<FoundNoteAttachment> {
  const row = store.named(id);
  const uti = (row && (textIn(row["ZTYPEUTI"]) ?? textIn(row["ZTYPEUTI1"]))) ?? said;
  if (uti?.startsWith("com.apple.notes.inlinetextattachment"))
    return {
      id,
      attachment: present<NoteAttachment>({ uti } as NoteAttachment),
      file: undefined,
      ...inlineOf(row),
    };
  const table = uti === "com.apple.notes.table" ? await tableOf(db, row, options) : undefined;
  const media = store.at(numberIn(row?.["ZMEDIA"]));
  const url = textIn(row?.["ZURLSTRING"]);
  // Files of a locked note are locked as it is: as they lie they open nowhere.
  const wish = {
    ...{ id, mediaId: textIn(media?.["ZIDENTIFIER"]), fileName: textIn(media?.["ZFILENAME"]) },
    generation: textIn(media?.["ZGENERATION1"]),
    pdfGeneration: textIn(row?.["ZFALLBACKPDFGENERATION"]),
    imageGeneration: textIn(row?.["ZFALLBACKIMAGEGENERATION"]),
  };
  const file = table || isLocked ? undefined : options.media.file(wish);
  const name = textIn(media?.["ZFILENAME"]) ?? textIn(row?.["ZUSERTITLE"]) ?? textIn(row?.["ZTITLE"]);
  const isMissing = !file && !table && url === undefined;
  const why = isLocked ? lockedWithNote : "not in this backup";
  const attachment = present<NoteAttachment>({
    ...{ uti, name, url, file: undefined, bytes: file?.sizeBytes, sha256: undefined },
    missing: isMissing ? (row ? why : "the phone knows nothing of it") : undefined,
  });
  return { id, attachment, file, ...(table && { table }) };
}

/** A word in the text: a tag, a mention, or another note's name. */
function inlineOf(row: ObjectRow | undefined): Pick<FoundNoteAttachment, "inline" | "link"> {
  const inline = textIn(row?.["ZALTTEXT"]) ?? "";
  const target = textIn(row?.["ZTOKENCONTENTIDENTIFIER"]);
  const isLink = textIn(row?.["ZTYPEUTI1"])?.endsWith(".link") === true && target !== undefined;
  return isLink ? { inline, link: { url: target, text: inline } } : { inline };
}

async function tableOf(
  db: PhoneDatabase,
  row: ObjectRow | undefined,
  { onDamage }: NoteOptions,
): Promise<string[][] | undefined> {
  const [data] = row
    ? await db.rowsAt(objectTable, ["ZMERGEABLEDATA1", "ZMERGEABLEDATA"], [numberIn(row["rowid"]) ?? -1])
    : [];
  const packed = bytesIn(data?.ZMERGEABLEDATA1) ?? bytesIn(data?.ZMERGEABLEDATA);
  try {
    return packed && readNoteTable(packed);
  } catch (error) {
    onDamage(`the table ${textIn(row?.["ZIDENTIFIER"])} cannot be read (${(error as Error).message})`);
    return undefined;
  }
}
