/** Views: which photos, in which order, by a few words in an address: `album=Trips/Lisbon`, `q=beach june 2023`, `kind=video&sort=size`. */
import { formatBytes } from "../../shared/text.ts";
import { flag, headPhotos, type ItemsAnswer, type ViewAnswer } from "../wire.ts";
import { type DateTerm, monthNamed, takeDates } from "./date-words.ts";
import { fold, isUnspaced } from "./fold.ts";
import type { IndexFile } from "./index-file.ts";
import { kindOfMany } from "./kept-facts.ts";

/** What an address may ask for besides `q`: texts of these kinds, word for word. */
const textKinds = ["album", "person", "place", "camera", "label", "keyword", "kind"] as const;
/** Left out of every view that does not ask for them. */
const notShown = flag.hidden | flag.trashed | flag.unpicked;
export const shownOnly = `(flags & ${notShown}) = 0`;
/** Orders that a view may ask for; the usual one is by day, the newest first. */
const orders: ReadonlyMap<string, string> = new Map([
  ["size", "size DESC, id DESC"],
  ["oldest", "id"],
]);
/** Of the largest ones nobody looks at more. */
const largest = 1_000;
const maxWords = 12;
/** The results of so many views are kept, four bytes a photo. */
const keptViews = 6;

type SqlValue = string | number | null;

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A view's photos in its order. */
interface Listed {
  readonly ids: Int32Array;
  /** As `ViewAnswer.days`. */
  readonly days: readonly number[];
  readonly ratios: Uint8Array;
  readonly understood: readonly string[];
}

/** Views of one index. Ids that a view had are kept a while: its photos are asked for in stretches. */
export class Views {
  readonly #index: IndexFile;
  readonly #today: () => number;
  /** Ids of the photos in an album of the gallery. */
  readonly #ownAlbum: (album: string) => Iterable<number>;
  readonly #kept = new Map<string, Listed>();
  /** Changes when what views show may have changed. */
  generation = 0;

  /** @param today yyyymmdd */
  constructor(index: IndexFile, today: () => number, ownAlbum: (album: string) => Iterable<number>) {
    this.#index = index;
    this.#today = today;
    this.#ownAlbum = ownAlbum;
  }

  /** Albums of the gallery changed. */
  forget(): void {
    this.generation += 1;
    this.#kept.clear();
  }

  /** @param view as an address has it */
  layout(view: string): ViewAnswer {
    const { ids, days, ratios, understood } = this.#list(view);
    const said = understood.length > 0 ? { understood } : {};
    return { count: ids.length, days, ratios: Buffer.from(ratios).toString("base64"), ...said };
  }

  /** The first photos alone, as many as a screen may need. */
  head(view: string): ViewAnswer {
    const { ids, days, ratios } = this.#list(view);
    if (ids.length <= headPhotos) return this.layout(view);
    const first: number[] = [];
    for (let i = 0, left = headPhotos; i < days.length && left > 0; i += 2) {
      const of = days[i + 1] as number;
      first.push(days[i] as number, Math.min(of, left));
      left -= of;
    }
    const shapes = Buffer.from(ratios.subarray(0, headPhotos)).toString("base64");
    return { count: headPhotos, of: ids.length, days: first, ratios: shapes };
  }

  /** @param from,count which of them; fewer at its end */
  items(view: string, from: number, count: number): ItemsAnswer {
    const { ids } = this.#list(view);
    const rows = [...ids.subarray(from, from + count)].map(
      (id) => this.#index.get("SELECT id, v, name, flags, duration, size FROM photo WHERE id = ?", id) ?? {},
    );
    const column = (name: string): never => rows.map((row) => row[name]) as never;
    const isBySize = new URLSearchParams(view).get("sort") === "size";
    return {
      from,
      id: column("id"),
      v: column("v"),
      name: column("name"),
      flags: column("flags"),
      duration: column("duration"),
      ...(isBySize && { size: rows.map((row) => formatBytes(Number(row["size"]) || 0)) }),
    };
  }

  /** All ids, in order. */
  ids(view: string): Int32Array {
    return this.#list(view).ids;
  }

  #list(view: string): Listed {
    const kept = this.#kept.get(view);
    this.#kept.delete(view);
    const listed = kept ?? this.#ask(new URLSearchParams(view));
    this.#kept.set(view, listed);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > keptViews) this.#kept.delete(oldest);
    return listed;
  }

  #ask(view: URLSearchParams): Listed {
    if (view.get("own") !== null) return this.#own(view.get("own") as string);
    const { conditions, understood } = this.#conditions(view);
    const order = view.has("same") ? sameOrder : orders.get(view.get("sort") ?? "");
    const where = conditions.map((c) => `(${c.sql})`).join(" AND ");
    const limit = view.get("sort") === "size" ? ` LIMIT ${largest}` : "";
    const sql = `SELECT id, day, ratio FROM photo WHERE ${where} ORDER BY ${order ?? "id DESC"}${limit}`;
    const rows = this.#index.each(sql, ...conditions.flatMap((c) => c.values));
    return listed(rows, { understood, isByDay: order === undefined });
  }

  /** What is no longer there is left out. */
  #own(album: string): Listed {
    const ids = JSON.stringify([...this.#ownAlbum(album)]);
    const sql = "SELECT id, day, ratio FROM photo WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC";
    return listed(this.#index.each(sql, ids), { understood: [], isByDay: true });
  }

  #conditions(view: URLSearchParams): { conditions: Condition[]; understood: readonly string[] } {
    const conditions: Condition[] = [which(view)];
    for (const kind of textKinds) for (const value of view.getAll(kind)) conditions.push(hasText(kind, value));
    const phone = view.get("phone");
    if (phone !== null) conditions.push({ sql: "phone = ?", values: [Number(phone) || 0] });
    conditions.push(...wheres(view), ...whens(view));
    const search = this.#search(view.get("q") ?? "");
    return { conditions: [...conditions, ...search.conditions], understood: search.understood };
  }

  #search(q: string): { conditions: Condition[]; understood: readonly string[] } {
    const asked = q.split(/\s+/).filter(Boolean).slice(0, maxWords);
    const { rest, dates, said } = takeDates(asked, this.#today());
    const words = rest.map(fold).filter((word) => /[\p{L}\p{N}\p{S}]/u.test(word));
    // Of nothing but dots and dashes nothing is found, and not everything.
    if (asked.length > 0 && dates.length + words.length === 0) return { conditions: [nothing], understood: [] };
    const month = asked.length === 1 ? monthNamed(words[0] ?? "") : undefined;
    if (month !== undefined)
      return { conditions: [either(onDates({ month }), findWord(words[0] ?? ""))], understood: words };
    return { conditions: [...dates.map(onDates), ...words.map(findWord)], understood: said };
  }
}

const either = (a: Condition, b: Condition): Condition => ({
  sql: `(${a.sql}) OR (${b.sql})`,
  values: [...a.values, ...b.values],
});

/** Hidden and deleted ones are seen by those who ask for them, and nothing else is then. */
function which(view: URLSearchParams): Condition {
  if (view.get("burst") !== null) return { sql: "burst = ?", values: [view.get("burst")] };
  if (view.has("hidden")) return { sql: `(flags & ${flag.hidden}) <> 0 AND (flags & ${flag.trashed}) = 0`, values: [] };
  if (view.has("trashed")) return { sql: `(flags & ${flag.trashed}) <> 0`, values: [] };
  return { sql: shownOnly, values: [] };
}

function hasText(kind: string, value: string): Condition {
  const text = "SELECT id FROM text WHERE kind = ? AND value = ?";
  return { sql: `id IN (SELECT photo FROM has WHERE text IN (${text}))`, values: [kind, value] };
}

/** `box=south,west,north,east`; across the date line where west lies east of east. */
function wheres(view: URLSearchParams): Condition[] {
  const conditions: Condition[] = [];
  const box = view.get("box")?.split(",").map(Number) ?? [];
  const [south, west, north, east] = box;
  if (south !== undefined && west !== undefined && north !== undefined && east !== undefined)
    conditions.push({
      sql: `lat BETWEEN ? AND ? AND (lon ${west <= east ? "BETWEEN ? AND ?" : ">= ? OR lon <= ?"})`,
      values: [south || 0, north || 0, west || 0, east || 0],
    });
  if (view.has("chosen")) conditions.push({ sql: "id IN (SELECT photo FROM chosen)", values: [] });
  const highlight = view.get("highlight");
  if (highlight !== null)
    conditions.push({ sql: "id IN (SELECT photo FROM chosen WHERE key = ?)", values: [highlight] });
  if (view.has("same")) conditions.push({ sql: `id IN (${sameAsAnother})`, values: [] });
  return conditions;
}

/** Several photos of the same bytes: each of them. */
const sameAsAnother = `SELECT photo FROM part WHERE n = 0 AND sha IN (
  SELECT sha FROM part JOIN photo ON photo.id = part.photo WHERE n = 0 AND sha IS NOT NULL AND ${shownOnly}
  GROUP BY sha HAVING count(DISTINCT photo) > 1)`;
const sameOrder = "(SELECT sha FROM part WHERE part.photo = photo.id AND n = 0), id";

/** `on=0501`: that day in any year; `days=20240501-20240507`. */
function whens(view: URLSearchParams): Condition[] {
  const conditions: Condition[] = [];
  const on = view.get("on");
  if (on !== null) conditions.push({ sql: "day % 10000 = ? AND day > 0", values: [Number(on) || 0] });
  const [from, to] = (view.get("days") ?? "").split("-").map(Number);
  if (from !== undefined && to !== undefined)
    conditions.push({ sql: "day BETWEEN ? AND ?", values: [from || 0, to || 0] });
  return conditions;
}

const nothing: Condition = { sql: "0", values: [] };

function onDates(term: DateTerm): Condition {
  if ("from" in term) return { sql: "day BETWEEN ? AND ?", values: [term.from, term.to] };
  if (term.day !== undefined) return { sql: "day % 10000 = ?", values: [term.month * 100 + term.day] };
  return { sql: "day / 100 % 100 = ?", values: [term.month] };
}

/**
 * A photo is found where any of its texts has the word: at the beginning of a word, or, from three letters on, anywhere in it. Where
 * words are written without blanks, one or two letters are looked for in every text, because no index has them.
 */
function findWord(word: string): Condition {
  const quoted = `"${word.replaceAll('"', '""')}"`;
  const letters = [...word].length;
  const has = (texts: string): string => `id IN (SELECT photo FROM has WHERE text IN (${texts}))`;
  if (letters < 3 && isUnspaced(word))
    return { sql: has("SELECT id FROM text WHERE instr(folded, ?) > 0"), values: [word] };
  const begins = "SELECT rowid FROM word WHERE word MATCH ?";
  if (letters < 3) return { sql: has(begins), values: [`${quoted} *`] };
  const kind = kindOfMany(word);
  const pieces = `${begins} UNION SELECT rowid FROM piece WHERE piece MATCH ?`;
  if (kind === undefined) return { sql: has(pieces), values: [`${quoted} *`, quoted] };
  const ofKind = "SELECT id FROM text WHERE kind = 'kind' AND instr(folded, ?) > 0";
  return { sql: has(`${pieces} UNION ${ofKind}`), values: [`${quoted} *`, quoted, kind] };
}

function listed(
  rows: Iterable<Record<string, unknown>>,
  { understood, isByDay }: { readonly understood: readonly string[]; readonly isByDay: boolean },
): Listed {
  let ids = new Int32Array(1024);
  let ratios = new Uint8Array(1024);
  const days: number[] = [];
  let count = 0;
  for (const row of rows) {
    if (count === ids.length) [ids, ratios] = [grown(ids), grown(ratios)];
    ids[count] = row["id"] as number;
    ratios[count] = row["ratio"] as number;
    count += 1;
    const day = row["day"] as number;
    if (!isByDay) continue;
    if (days.at(-2) === day && count > 1) days[days.length - 1]! += 1;
    else days.push(day, 1);
  }
  return { ids: ids.slice(0, count), days, ratios: ratios.slice(0, count), understood };
}

function grown<T extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(from: T): T {
  const more = new (from.constructor as new (length: number) => T)(from.length * 2);
  more.set(from);
  return more;
}
