/** Copies in other forms of all that a destination has: no phone, and no run. */
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import type { CopiesMade } from "../events.ts";
import { jpegApart, makeJpegs } from "./jpeg-copies.ts";
import type { ApartPlace, MakeOptions } from "./maker.ts";
import { makeMp4s, movieApart } from "./movie-copies.ts";
import type { ExtrasOptions } from "./options.ts";
import type { PhotoFile } from "./stored-files.ts";

/** Makers of copies in other forms: their files are told apart from photos, and from what else is made beside those. */
export const formMakers: ReadonlySet<string> = new Set([
  ...["jpeg-copy", "jpeg-tree", jpegApart],
  ...["mp4-copy", "mp4-tree", movieApart],
]);

/** What was made of which kind; undefined for what was not asked for. */
export interface FormsMade {
  readonly jpegCopies?: CopiesMade;
  readonly movieCopies?: CopiesMade;
}

/** @throws {DestinationError} when the disk refuses; {CancelledError} */
export async function makeForms(
  at: {
    readonly destination: Destination;
    readonly catalog: Pick<Catalog, "items" | "made">;
    readonly apart?: ApartPlace | undefined;
  },
  { jpeg, copiesTo, mp4 }: Pick<ExtrasOptions, "jpeg" | "copiesTo" | "mp4">,
  options: MakeOptions = {},
): Promise<FormsMade> {
  const photos = photosOf(at.catalog.items.eachRow({ state: "done" }));
  return {
    ...(jpeg ? { jpegCopies: await makeJpegs(photos, { jpeg, copiesTo }, at, options) } : {}),
    ...(mp4 ? { movieCopies: await makeMp4s(photos, copiesTo, at, options) } : {}),
  };
}

function photosOf(rows: Iterable<CatalogRow>): readonly (readonly PhotoFile[])[] {
  const photos = new Map<string, PhotoFile[]>();
  for (const { device, photoId, role, target } of rows) {
    const key = `${device}\0${photoId || target}`;
    const files = photos.get(key) ?? [];
    if (!files.some((file) => file.target === target)) files.push({ role, target });
    photos.set(key, files);
  }
  return [...photos.values()];
}
