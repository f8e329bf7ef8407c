/** Trips: days in a row that were spent away from home, by where photos were taken. Nothing is asked of any network. */
import type { GroupAnswer } from "../wire.ts";
import { coverOf } from "./groups.ts";
import type { IndexFile } from "./index-file.ts";
import { shownOnly } from "./views.ts";

/** Away is farther than this from where one is at home in that year. */
const awayKm = 80;
/** So many days without a photo do not end a trip. */
const restDays = 2;
/** Fewer are no trip, but a photo on the way. */
const leastPhotos = 8;
/** Half a degree: a town with what is around it. */
const cellsPerDegree = 2;

interface Day {
  readonly day: number;
  readonly lat: number;
  readonly lon: number;
  readonly count: number;
}

/** The latest first. */
export function tripsOf(index: IndexFile): GroupAnswer[] {
  const days = index
    .all(
      `SELECT day, avg(lat) AS lat, avg(lon) AS lon, count(*) AS count FROM photo
       WHERE lat IS NOT NULL AND day > 0 AND ${shownOnly} GROUP BY day ORDER BY day`,
    )
    .map((row) => ({
      day: Number(row["day"]),
      lat: Number(row["lat"]),
      lon: Number(row["lon"]),
      count: Number(row["count"]),
    }));
  const homes = homesOf(days);
  const trips: Day[][] = [];
  let last: Day | undefined;
  for (const day of days) {
    const home = homes.get(Math.floor(day.day / 10_000));
    if (!home || kmBetween(day, home) < awayKm) {
      last = undefined; // who is at home in between is on another trip afterwards
      continue;
    }
    if (last && daysBetween(last.day, day.day) <= restDays + 1 && kmBetween(last, day) < 1_500) trips.at(-1)?.push(day);
    else trips.push([day]);
    last = day;
  }
  return trips
    .filter((trip) => trip.reduce((sum, d) => sum + d.count, 0) >= leastPhotos)
    .reverse()
    .map((trip) => told(index, trip));
}

/** In each year the town in which photos were taken on most days. */
function homesOf(days: readonly Day[]): Map<number, { lat: number; lon: number }> {
  const homes = new Map<number, { lat: number; lon: number }>();
  for (const [year, ofYear] of Map.groupBy(days, (d) => Math.floor(d.day / 10_000))) {
    const towns = Map.groupBy(
      ofYear,
      (d) => `${Math.round(d.lat * cellsPerDegree)},${Math.round(d.lon * cellsPerDegree)}`,
    );
    const [most] = [...towns.values()].sort((a, b) => b.length - a.length);
    if (!most) continue;
    const mean = (of: (d: Day) => number): number => most.reduce((sum, d) => sum + of(d), 0) / most.length;
    homes.set(year, { lat: mean((d) => d.lat), lon: mean((d) => d.lon) });
  }
  return homes;
}

function told(index: IndexFile, trip: readonly Day[]): GroupAnswer {
  const [from, to] = [trip[0]?.day ?? 0, trip.at(-1)?.day ?? 0];
  const within = `day BETWEEN ${from} AND ${to} AND ${shownOnly}`;
  const count = Number(index.get(`SELECT count(*) AS n FROM photo WHERE ${within}`)?.["n"] ?? 0);
  const cover = index.get(
    `SELECT id FROM photo WHERE ${within} AND lat IS NOT NULL ORDER BY (flags & 4) DESC, (flags & 1), id LIMIT 1`,
  );
  const places = index.all(
    `SELECT t.value, count(*) AS n FROM photo p JOIN has h ON h.photo = p.id JOIN text t ON t.id = h.text
     WHERE t.kind = 'place' AND ${within} GROUP BY t.id ORDER BY n DESC LIMIT 2`,
  );
  return {
    view: `days=${from}-${to}`,
    title: places.map((p) => String(p["value"])).join(" and ") || "A trip",
    note: `${from}-${to}`,
    count,
    cover: coverOf(index, Number(cover?.["id"] ?? 0)),
  };
}

function daysBetween(from: number, to: number): number {
  const at = (day: number): number => Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
  return Math.round((at(to) - at(from)) / 86_400_000);
}

type Point = { readonly lat: number; readonly lon: number };

/** On a sphere of 6371 km. */
function kmBetween(a: Point, b: Point): number {
  const rad = Math.PI / 180;
  const [dLat, dLon] = [(b.lat - a.lat) * rad, (b.lon - a.lon) * rad];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2;
  return 12_742 * Math.asin(Math.min(1, Math.sqrt(h)));
}
