import type { MediaFacts } from "./media-facts.ts";

/** Degrees north and east. What cameras without a fix write, 0 and 0, lies in the sea and is none. */
export function placeOf(lat: number, lon: number): MediaFacts["gps"] {
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && !(lat === 0 && lon === 0);
  return isPlace ? { lat, lon } : undefined;
}
