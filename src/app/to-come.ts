/** What the next backup would bring: files of the phone that a destination's catalog does not have. No file is opened for it. */
import { type CameraRoll, isEmpty, whyNotShown } from "../library/roll.ts";
import type { Catalog } from "../transfer/catalog/index.ts";

/** Parts that a photo's id names for ever. */
const lasting: ReadonlySet<string> = new Set(["original", "live-video", "raw"]);

/** As a backup takes them: neither what was thrown away, nor other people's reduced copies. */
export function toCome(
  roll: CameraRoll,
  catalog: Catalog,
  device: string,
): { readonly files: number; readonly bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const photo of roll.items) {
    const why = whyNotShown(photo);
    if (why === "trashed" || why === "shared") continue;
    const uuid = photo.library?.uuid;
    for (const part of photo.parts) {
      if (part.availability !== "phone" || isEmpty(part) || part.role === "recipe") continue;
      const { item, role } = part;
      if (catalog.items.find(device, item) ?? catalog.items.findShifted(device, item)) continue;
      if (uuid !== undefined && lasting.has(role) && catalog.items.findByUuid(device, uuid, role).length > 0) continue;
      files += 1;
      bytes += item.sizeBytes;
    }
  }
  return { files, bytes };
}
