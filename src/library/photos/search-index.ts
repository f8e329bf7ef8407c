/**
 * What the phone has seen in its photos: labels ("Dog", "Beach") and text that it read in them, from the search index that Photos
 * keeps beside its library. Nothing here recognises anything. The index is optional: Apple moved search elsewhere in newer
 * releases, and a phone without one is no worse a phone.
 *
 * Sources: the tables `groups`, `assets` and `ga` of psi.sqlite, in which rowids are the keys, and its two numberings of categories,
 * as RhetTbull/osxphotos describes them (search_info, _constants).
 */
import { Yielder } from "../../shared/async.ts";
import type { ForeignDatabase } from "../../shared/foreign-database.ts";
import type { ForeignValue } from "../../shared/foreign-rows.ts";

/** What the index says of one photo. Words are in the phone's language, and as hostile as anything of a phone. */
export interface PhotoLabels {
  /** What is in the picture, with the index's own synonyms: "Dog", "Canine". Sorted, each once. */
  readonly labels: readonly string[];
  /** Text that the phone read in the picture. Sorted, each once. */
  readonly textInPicture: readonly string[];
}

/** By the library's UUID, in upper case with dashes. */
export type LabelsByUuid = ReadonlyMap<string, PhotoLabels>;

interface Numbering {
  readonly labels: readonly number[];
  readonly text: readonly number[];
}

/** Until iOS 15: scenes and their synonyms. Read text had no category. */
const older: Numbering = { labels: [2024, 2025], text: [] };
/** From iOS 16. */
const newer: Numbering = { labels: [1500, 1501], text: [1203] };
/** Occurs in every index of the newer numbering: labels, or the names of files. */
const tellsNewer = [1500, 1501, 2100] as const;

/** An index of a library of two million photos has some ten million pairs; what announces more is read as far as this. */
const maxPairs = 20_000_000;
const maxGroups = 2_000_000;
/** A label is a word or two; what the phone read on a page of print is longer. */
const maxWordLength = 2_000;

/**
 * @returns undefined where the file is no search index that offroll knows
 * @throws {ForeignDatabaseError} it is damaged, or reading it takes too long
 */
export async function readSearchIndex(db: ForeignDatabase): Promise<LabelsByUuid | undefined> {
  if (!(await hasTables(db))) return undefined;
  const numbering = await numberingOf(db);
  const words = await readWords(db, numbering);
  return await joined(db, { numbering, words, uuids: await readUuids(db) });
}

async function hasTables(db: ForeignDatabase): Promise<boolean> {
  const columns = new Map((await db.tables()).map((table) => [table.name, table.columns]));
  const has = (table: string, ...names: string[]): boolean =>
    names.every((name) => columns.get(table)?.includes(name) === true);
  return (
    has("groups", "category", "content_string") && has("assets", "uuid_0", "uuid_1") && has("ga", "groupid", "assetid")
  );
}

/** By what occurs, never by a version: both numberings were met on one release. */
async function numberingOf(db: ForeignDatabase): Promise<Numbering> {
  const count = async (where: string): Promise<number> =>
    (await db.all(`SELECT 1 FROM groups WHERE ${where} LIMIT 1`)).length;
  if ((await count(`category IN (${tellsNewer.join(", ")})`)) > 0) return newer;
  return (await count("category BETWEEN 2016 AND 2056")) > 0 ? older : newer;
}

interface Word {
  readonly text: string;
  readonly isLabel: boolean;
}

function categories({ labels, text }: Numbering): string {
  return [...labels, ...text].join(", ");
}

async function readWords(db: ForeignDatabase, numbering: Numbering): Promise<ReadonlyMap<number, Word>> {
  const words = new Map<number, Word>();
  const { labels } = numbering;
  const wanted = categories(numbering);
  const sql = `SELECT rowid, category, content_string FROM groups WHERE category IN (${wanted}) LIMIT ${maxGroups}`;
  for await (const batch of db.batches(sql))
    for (const [row, category, content] of batch) {
      const word = wordOf(content);
      if (typeof row !== "number" || typeof category !== "number" || word === "") continue;
      words.set(row, { text: word, isLabel: labels.includes(category) });
    }
  return words;
}

/** Strings of the index end in a NUL. */
function wordOf(content: ForeignValue | undefined): string {
  if (typeof content !== "string") return "";
  return content.replaceAll("\0", "").normalize("NFC").trim().slice(0, maxWordLength);
}

/** Two 64-bit integers, as text: as numbers they lose their last digits. */
async function readUuids(db: ForeignDatabase): Promise<ReadonlyMap<number, string>> {
  const uuids = new Map<number, string>();
  const sql = `SELECT rowid, CAST(uuid_0 AS TEXT), CAST(uuid_1 AS TEXT) FROM assets LIMIT ${maxGroups}`;
  for await (const batch of db.batches(sql))
    for (const [row, first, second] of batch) {
      const uuid = typeof row === "number" ? uuidOf(first, second) : undefined;
      if (uuid !== undefined) uuids.set(row as number, uuid);
    }
  return uuids;
}

function uuidOf(first: ForeignValue | undefined, second: ForeignValue | undefined): string | undefined {
  const halves = [first, second].map((half) =>
    typeof half === "string" && /^-?\d{1,19}$/.test(half) ? BigInt.asIntN(64, BigInt(half)) : undefined,
  );
  if (halves.includes(undefined)) return undefined;
  const bytes = Buffer.alloc(16);
  for (const [i, half] of halves.entries()) bytes.writeBigInt64LE(half as bigint, 8 * i);
  const hex = bytes.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

interface Read {
  readonly numbering: Numbering;
  readonly words: ReadonlyMap<number, Word>;
  readonly uuids: ReadonlyMap<number, string>;
}

async function joined(db: ForeignDatabase, { numbering, words, uuids }: Read): Promise<LabelsByUuid> {
  const found = new Map<string, Set<Word>>();
  const yielder = new Yielder();
  // Most pairs are of months, places and names of files: those never leave the child.
  const groups = `SELECT rowid FROM groups WHERE category IN (${categories(numbering)})`;
  const sql = `SELECT groupid, assetid FROM ga WHERE groupid IN (${groups}) LIMIT ${maxPairs}`;
  for await (const batch of db.batches(sql)) {
    if (yielder.isDue) await yielder.yieldNow();
    for (const [group, asset] of batch) {
      const word = words.get(group as number);
      const uuid = word && uuids.get(asset as number);
      if (word === undefined || uuid === undefined) continue;
      const of = found.get(uuid) ?? new Set();
      of.add(word);
      found.set(uuid, of);
    }
  }
  return new Map([...found].map(([uuid, of]) => [uuid, sorted(of)]));
}

function sorted(words: ReadonlySet<Word>): PhotoLabels {
  const texts = (isLabel: boolean): string[] => [
    ...new Set([...words].filter((word) => word.isLabel === isLabel).map((word) => word.text)),
  ];
  return { labels: texts(true).sort(), textInPicture: texts(false).sort() };
}
