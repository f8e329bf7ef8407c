/** Places on the phone that could not be looked at: what the library has there is neither here nor known to be missing. */
import { posix } from "node:path";
import type { UnreadableEntry } from "../device/media-source.ts";
import { ItemError } from "../shared/errors.ts";
import { plural } from "../shared/text.ts";
import type { RollItem, RollPart } from "./roll.ts";

/** Told of every photo that the library has in such a place, so that a report can say how many cannot be judged. */
export class Unread {
  readonly #paths: ReadonlySet<string>;
  /** Photos of the library that should be in each. */
  readonly #photos = new Map<string, number>();

  constructor(entries: readonly UnreadableEntry[]) {
    this.#paths = new Set(entries.map(({ path }) => path));
  }

  /** The photo without what nobody could look at; undefined where nothing is left of it. Each place is told with its photos. */
  known(photo: RollItem): RollItem | undefined {
    if (this.#paths.size === 0) return photo;
    const places = new Set<string>();
    const parts = photo.parts.filter((part) => {
      const place = part.availability === "missing" ? this.#placeOf(part.item.path) : undefined;
      if (place !== undefined) places.add(place);
      return place === undefined;
    });
    if (places.size === 0) return photo;
    for (const place of places) this.#photos.set(place, (this.#photos.get(place) ?? 0) + 1);
    const [primary, ...rest] = parts;
    if (primary === undefined) return undefined;
    return { ...photo, parts: [primary, ...rest] as [RollPart, ...RollPart[]], availability: primary.availability };
  }

  #placeOf(path: string): string | undefined {
    for (let at = path; at !== "/" && at !== "."; at = posix.dirname(at)) if (this.#paths.has(at)) return at;
    return undefined;
  }

  /** Entries, each with how much of the library it holds. */
  told(entries: readonly UnreadableEntry[]): UnreadableEntry[] {
    return entries.map((entry) => {
      const count = this.#photos.get(entry.path);
      if (count === undefined) return entry;
      const { code, message, remedy } = entry.error;
      const what = plural(count, "photo or video", "photos and videos");
      const words = `${message} By its library ${what} should be there.`;
      return { ...entry, error: new ItemError(code, words, { cause: entry.error, remedy }) };
    });
  }
}
