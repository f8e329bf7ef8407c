/** Places as a person writes them: a point with a distance, or a box. Degrees, WGS 84. */
import { UsageError } from "../../shared/errors.ts";

/** An area on the map. A box may span the 180th meridian. */
export type PlaceFilter =
  | { readonly type: "circle"; readonly lat: number; readonly lon: number; readonly km: number }
  | {
      readonly type: "box";
      readonly south: number;
      readonly west: number;
      readonly north: number;
      readonly east: number;
    };

interface Position {
  readonly lat: number;
  readonly lon: number;
}

const earthRadiusKm = 6371;

/** `LAT,LON,KM` or `SOUTH,WEST,NORTH,EAST`. @throws {UsageError} */
export function parsePlace(text: string): PlaceFilter {
  const numbers = text.split(",").map((t) => (t.trim() === "" ? Number.NaN : Number(t)));
  const isLat = (n: number | undefined): boolean => n !== undefined && Math.abs(n) <= 90;
  const isLon = (n: number | undefined): boolean => n !== undefined && Math.abs(n) <= 180;
  const [a, b, c, d] = numbers as [number, number, number, number];
  if (numbers.length === 3 && isLat(a) && isLon(b) && c > 0) return { type: "circle", lat: a, lon: b, km: c };
  if (numbers.length === 4 && isLat(a) && isLon(b) && isLat(c) && isLon(d) && a <= c)
    return { type: "box", south: a, west: b, north: c, east: d };
  throw new UsageError(
    "usage",
    `--place "${text}" is not a place. Write LAT,LON,KM (46.95,7.45,10) or SOUTH,WEST,NORTH,EAST.`,
  );
}

/** False for photos without a place. */
export function isInPlace(position: Position | undefined, place: PlaceFilter): boolean {
  if (!position) return false;
  if (place.type === "circle") return distanceKm(position, place) <= place.km;
  const { south, west, north, east } = place;
  if (position.lat < south || position.lat > north) return false;
  // A box may span the date line.
  return west <= east ? position.lon >= west && position.lon <= east : position.lon >= west || position.lon <= east;
}

/** Great-circle distance (haversine). */
function distanceKm(a: Position, b: Position): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const dLat = rad(b.lat - a.lat);
  const dLon = rad(b.lon - a.lon);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}
