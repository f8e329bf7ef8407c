/** Destinations that are shown, and how a process opens them that was told of them by another of ours. */
import { DestinationError } from "../../shared/errors.ts";
import { type Catalog, readCatalog } from "../../transfer/catalog/index.ts";
import { type DestinationFolder, openDestination, openPlace, type Place } from "../../transfer/destination/index.ts";

/** A destination that the page shows. */
export interface ShownPlace {
  readonly n: number;
  readonly folder: DestinationFolder;
  readonly place: Place;
  readonly catalog: Catalog;
}

/** @param roots in the order of the index's numbers @throws where one is not there any more; dispose their catalogs */
export async function openedPlaces(roots: readonly string[]): Promise<ShownPlace[]> {
  const places: ShownPlace[] = [];
  for (const [i, root] of roots.entries()) {
    const { found, place } = await openDestination(root, "/");
    const catalog = await readCatalog(place.metadata);
    if (!catalog) throw new DestinationError("destination-not-there", `${root} is not there now.`);
    places.push({ n: i + 1, folder: found, place: openPlace(found), catalog });
  }
  return places;
}
