/** Every place that this computer knows: from its runs, and from the settings. */
import { knownCopies, placesOfCopies } from "../transfer/copies/index.ts";
import { knownDestinations, type RememberedPlace, rememberedPlaces } from "../transfer/destination/index.ts";
import type { Config } from "./settings/index.ts";

/** Backups, their copies, and exports alike, each place once, in no order. */
export function placesKnownTo(config: Config, dataFolder: string): RememberedPlace[] {
  const backups = Object.values(config.backups ?? {});
  // An export's folder of the time before ids were noted: whichever it has, it has one.
  const exports = Object.values(config.exports ?? {}).map(({ to }) => ({ path: to, id: undefined }));
  const copies = placesOfCopies(knownCopies(dataFolder));
  const known = [...rememberedPlaces(knownDestinations(dataFolder)), ...copies];
  const withId = new Set([...backups, ...known].map((p) => p.path));
  return [...known, ...backups, ...exports.filter((p) => !withId.has(p.path))];
}
