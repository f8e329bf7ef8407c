/** What photos are grouped by, beside days: albums, people, places, kinds, trips, years of this day. */
import { formatCount, plural } from "../../shared/text.ts";
import { flag, type GroupAnswer, type PlacesAnswer, type StartAnswer } from "../wire.ts";
import type { IndexFile } from "./index-file.ts";
import { albumSeparator } from "./kept-facts.ts";
import { shownOnly } from "./views.ts";

/** Texts of one kind with how many photos have each, the most first; albums by name. */
export function groupsOf(index: IndexFile, kind: "album" | "person" | "place" | "camera" | "label"): GroupAnswer[] {
  const rows = index.all(
    `SELECT t.value, count(*) AS n, max(p.id) AS cover FROM text t JOIN has h ON h.text = t.id JOIN photo p ON p.id = h.photo
     WHERE t.kind = ? AND ${shownOnly} GROUP BY t.id ORDER BY ${kind === "album" ? "t.folded" : "n DESC, t.folded"} LIMIT 5000`,
    kind,
  );
  return rows.map((row) => {
    const value = row["value"] as string;
    const cut = kind === "album" ? value.lastIndexOf(albumSeparator) : -1;
    return {
      view: new URLSearchParams({ [kind]: value }).toString(),
      title: value.slice(cut + 1),
      note: cut > 0 ? value.slice(0, cut).replaceAll(albumSeparator, " › ") : "",
      count: row["n"] as number,
      cover: coverOf(index, row["cover"] as number),
    };
  });
}

/** The picture of a group. */
export function coverOf(index: IndexFile, id: number): GroupAnswer["cover"] {
  return { id, v: (index.get("SELECT v FROM photo WHERE id = ?", id)?.["v"] as string | undefined) ?? "0" };
}

/** Dots for the map. */
export function placesOf(index: IndexFile): PlacesAnswer {
  const rows = index.all(
    `SELECT round(lat, 2) AS y, round(lon, 2) AS x, count(*) AS n, max(id) AS id FROM photo
     WHERE lat IS NOT NULL AND ${shownOnly} GROUP BY y, x ORDER BY n DESC LIMIT 20000`,
  );
  const names = groupsOf(index, "place").map(({ title, count }) => [title, count] as const);
  return {
    lat: rows.map((r) => r["y"] as number),
    lon: rows.map((r) => r["x"] as number),
    count: rows.map((r) => r["n"] as number),
    id: rows.map((r) => r["id"] as number),
    v: rows.map((r) => coverOf(index, r["id"] as number).v),
    names,
  };
}

/** Kinds as Photos has them, those that there are. */
const kinds: readonly (readonly [kind: string, bit: number])[] = [
  ["video", flag.video],
  ["live photo", flag.live],
  ["portrait", flag.portrait],
  ["panorama", flag.panorama],
  ["screenshot", flag.screenshot],
  ["screen recording", flag.screenrecording],
  ["slo-mo", flag.slomo],
  ["time-lapse", flag.timelapse],
  ["cinematic", flag.cinematic],
  ["spatial", flag.spatial],
  ["burst", flag.burst],
  ["raw", flag.raw],
  ["edited", flag.edited],
];

/** Counts for the page's menu. */
export function countsOf(
  index: IndexFile,
): Pick<
  StartAnswer,
  "count" | "hidden" | "trashed" | "kinds" | "favourites" | "people" | "places" | "duplicates" | "earliest" | "latest"
> {
  const one = (sql: string): number => Number(index.get(sql)?.["n"] ?? 0);
  const photos = (where: string): number => one(`SELECT count(*) AS n FROM photo WHERE ${where}`);
  const texts = (kind: string): number => one(`SELECT count(*) AS n FROM text WHERE kind = '${kind}'`);
  return {
    count: photos(shownOnly),
    hidden: photos(`(flags & ${flag.hidden}) <> 0 AND (flags & ${flag.trashed}) = 0`),
    trashed: photos(`(flags & ${flag.trashed}) <> 0`),
    favourites: photos(`${shownOnly} AND (flags & ${flag.favourite}) <> 0`),
    kinds: kinds
      .map(([kind, bit]) => ({ kind, count: photos(`${shownOnly} AND (flags & ${bit}) <> 0`) }))
      .filter(({ count }) => count > 0),
    people: texts("person"),
    places: photos(`${shownOnly} AND lat IS NOT NULL`),
    duplicates: one(
      `SELECT coalesce(sum(c - 1), 0) AS n FROM (SELECT count(DISTINCT photo) AS c FROM part JOIN photo ON photo.id = part.photo
       WHERE n = 0 AND sha IS NOT NULL AND ${shownOnly} GROUP BY sha HAVING c > 1)`,
    ),
    earliest: one(`SELECT min(day) AS n FROM photo WHERE day > 0 AND ${shownOnly}`),
    latest: one(`SELECT max(day) AS n FROM photo WHERE ${shownOnly}`),
  };
}

/** A day of the year in each year that has photos of it. @param on 501 is 1 May */
export function thisDay(index: IndexFile, on: number, year: number): GroupAnswer[] {
  const rows = index.all(
    `SELECT day, count(*) AS n, max(id) AS cover FROM photo WHERE day % 10000 = ? AND day / 10000 < ? AND day > 0 AND ${shownOnly}
     GROUP BY day ORDER BY day DESC`,
    on,
    year,
  );
  return rows.map((row) => {
    const day = row["day"] as number;
    const ago = year - Math.floor(day / 10_000);
    return {
      view: `days=${day}-${day}`,
      title: ago === 1 ? "One year ago" : `${formatCount(ago)} years ago`,
      note: plural(row["n"] as number, "photo"),
      count: row["n"] as number,
      cover: coverOf(index, row["cover"] as number),
    };
  });
}
