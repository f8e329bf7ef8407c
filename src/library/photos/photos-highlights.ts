/**
 * Years, months and days as the Photos app shows them: for each a picture that stands for it, and for days the photos that the phone
 * chose from them. Columns are asked for by name, never by release. Facts: ScottKjr3347/iOS_Local_PL_Photos.sqlite_Queries and
 * abrignoni/iLEAPP (kinds 1 month, 2 year, 3 group of a day; ZHIGHLIGHTBEINGSUMMARYASSETS and kin), public Core Data listings
 * (ZKEYASSET until a library can be shared, then ZKEYASSETPRIVATE and ZKEYASSETSHARED), public libraries (kind 0 is a day).
 */
import type { ForeignRow } from "../../shared/foreign-rows.ts";
import type { PhotosSchema } from "./photos-schema.ts";

/** A day, month or year for which the phone chose photos, as the Photos app shows it; photos of one share the object. */
export interface Highlight {
  /** Tells it apart from others of the library. */
  readonly key: string;
  readonly kind: "day" | "month" | "year";
  /** In the phone's language: "Lisbon", "4 July 2019". */
  readonly title: string | undefined;
  readonly subtitle: string | undefined;
  readonly description: string | undefined;
  /** Its first day where it was, `2024-05-01`. */
  readonly date: string | undefined;
  /** How much the phone makes of it; larger is more. Compared within one library only. */
  readonly score: number | undefined;
}

/** That a photo was chosen for a day, or stands for a day, month or year. */
export interface PhotoHighlight {
  readonly highlight: Highlight;
  readonly isCover: boolean;
}

/** How rows are read: see `RowReader`. */
type Rows = (sql: string) => AsyncIterable<ForeignRow>;

const table = "ZPHOTOSHIGHLIGHT";
/** A phone makes some thousand in ten years; a bound for hostile databases. */
const maxHighlights = 200_000;
const maxChosen = 2_000_000;
const maxText = 500;

/** By ZKIND; other kinds are not shown in Photos as far as anybody tells. A group stands for a day that has several. */
const kinds: Readonly<Record<number, { readonly kind: Highlight["kind"]; readonly covers: string }>> = {
  0: { kind: "day", covers: "KEYASSET" },
  1: { kind: "month", covers: "MONTHKEYASSET" },
  2: { kind: "year", covers: "YEARKEYASSET" },
  3: { kind: "day", covers: "DAYGROUPKEYASSET" },
};
const group = 3;
const coverColumns = Object.values(kinds).flatMap(({ covers }) => [covers, `${covers}PRIVATE`, `${covers}SHARED`]);

interface Found {
  readonly highlight: Highlight;
  readonly isGroup: boolean;
  readonly covers: readonly number[];
}

/**
 * Photos that were chosen, or stand for a span, by their key in the library.
 * @returns undefined where this library has no highlights, which is not the same as none
 */
export async function readHighlights(
  rows: Rows,
  schema: PhotosSchema,
  assetTable: string,
): Promise<ReadonlyMap<number, readonly PhotoHighlight[]> | undefined> {
  if (!schema.isKeyed(table) || !schema.has(table, "ZKIND")) return undefined;
  const found = await readTable(rows, schema);
  const byAsset = new Map<number, PhotoHighlight[]>();
  const add = (asset: number, { highlight }: Found, isCover: boolean): void => {
    const list = byAsset.get(asset) ?? [];
    if (list.length === 0) byAsset.set(asset, list);
    const at = list.findIndex((h) => h.highlight === highlight);
    if (at < 0) list.push({ highlight, isCover });
    else if (isCover) list[at] = { highlight, isCover };
  };
  for (const column of ["ZHIGHLIGHTBEINGSUMMARYASSETS", "ZDAYGROUPHIGHLIGHTBEINGSUMMARYASSETS"]) {
    if (!schema.has(assetTable, column)) continue;
    const isGroup = column.startsWith("ZDAYGROUP");
    const chosen = `SELECT Z_PK, ${column} FROM ${assetTable} WHERE ${column} IS NOT NULL LIMIT ${maxChosen}`;
    for await (const [asset, key] of rows(chosen)) {
      const one = found.get(Number(key));
      // A group repeats what its days say.
      const isTold = isGroup && byAsset.get(Number(asset))?.some(({ highlight }) => highlight.kind === "day");
      if (one?.highlight.kind === "day" && one.isGroup === isGroup && !isTold) add(Number(asset), one, false);
    }
  }
  for (const one of found.values()) for (const asset of one.covers) if (!one.isGroup) add(asset, one, true);
  return byAsset;
}

async function readTable(rows: Rows, schema: PhotosSchema): Promise<ReadonlyMap<number, Found>> {
  const wanted = ["ZUUID", "ZTITLE", "ZSUBTITLE", "ZVERBOSESMARTDESCRIPTION", "ZSTARTDATE", "ZSTARTTIMEZONEOFFSET"];
  const columns = [...wanted, "ZPROMOTIONSCORE", ...coverColumns.map((c) => `Z${c}`)].filter((c) =>
    schema.has(table, c),
  );
  const found = new Map<number, Found>();
  const sql = `SELECT ${["Z_PK", "ZKIND", ...columns].join(", ")} FROM ${table} ORDER BY Z_PK LIMIT ${maxHighlights}`;
  for await (const [key, kind, ...values] of rows(sql)) {
    const of = kinds[Number(kind)];
    if (typeof kind !== "number" || !of) continue;
    const row = new Map(columns.map((c, i) => [c, values[i]]));
    const covers = [of.covers, `${of.covers}PRIVATE`, `${of.covers}SHARED`].map((c) => row.get(`Z${c}`));
    found.set(Number(key), {
      highlight: highlightOf(of.kind, String(key), row),
      isGroup: kind === group,
      covers: covers.filter((c) => typeof c === "number"),
    });
  }
  return found;
}

function highlightOf(kind: Highlight["kind"], key: string, row: ReadonlyMap<string, unknown>): Highlight {
  const text = (column: string): string | undefined => {
    const value = row.get(column);
    return typeof value === "string" && value !== "" ? value.normalize("NFC").slice(0, maxText) : undefined;
  };
  const score = row.get("ZPROMOTIONSCORE");
  return {
    key: text("ZUUID") ?? key,
    kind,
    title: text("ZTITLE"),
    subtitle: text("ZSUBTITLE"),
    description: text("ZVERBOSESMARTDESCRIPTION"),
    date: dateOf(row.get("ZSTARTDATE"), row.get("ZSTARTTIMEZONEOFFSET")),
    score: typeof score === "number" && Number.isFinite(score) ? score : undefined,
  };
}

const appleEpoch = 978_307_200;

/** Where it was: seconds since 2001 and east of UTC. One library has a year 3,914,190: what is out of reach is no date. */
function dateOf(start: unknown, zone: unknown): string | undefined {
  if (typeof start !== "number") return undefined;
  const offset = typeof zone === "number" && Math.abs(zone) <= 18 * 3600 ? zone : 0;
  const date = new Date((start + appleEpoch + offset) * 1000);
  const year = date.getUTCFullYear();
  return year >= 1826 && year < 2200 ? date.toISOString().slice(0, 10) : undefined;
}
