/** Which photo of a phone a row of the catalog is of. */
import type { CameraRoll, RollItem } from "../../library/roll.ts";
import type { CatalogRow } from "./item-row.ts";
import type { ItemTable } from "./items.ts";

/** Rows of this phone whose photo is in the roll; of what is gone from the phone nothing is known any more. */
export function* rowsOfRoll(
  roll: CameraRoll,
  items: ItemTable,
  device: string,
): Generator<{ photo: RollItem; row: CatalogRow }, void, undefined> {
  const byUuid = new Map<string, RollItem>();
  const byPath = new Map<string, RollItem>();
  for (const photo of roll.items) {
    if (photo.library?.uuid !== undefined) byUuid.set(photo.library.uuid, photo);
    for (const { item } of photo.parts) byPath.set(item.path, photo);
  }
  for (const row of items.eachRow({ device, state: "done" })) {
    // A path may be used again for another photo: where there is a UUID, it decides.
    const photo = row.uuid === undefined ? byPath.get(row.path) : byUuid.get(row.uuid);
    if (photo) yield { photo, row };
  }
}
