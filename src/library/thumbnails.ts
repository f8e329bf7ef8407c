/**
 * Where the phone keeps its own thumbnail of a photo: a JPEG of the current look, upright, one for each item. Sources: the path
 * lists in abrignoni/iLEAPP (PhotoData/Thumbnails/V2 mirrors the tree; one file per item, named by a number of the device class).
 */
import { posix } from "node:path";
import { isUnreadable, type MediaItem, type MediaSource } from "../device/media-source.ts";
import type { AbortOptions } from "../shared/abort.ts";

const roots = { stills: "/PhotoData/Thumbnails/V2", keyFrames: "/PhotoData/Thumbnails/VideoKeyFrames" } as const;
/** Seen on phones; the one that answers is tried first from then on. */
const knownNumbers = [5005, 5003];

/** The thumbnails of one iPhone. Finds out once which names this iOS gives them. */
export class PhoneThumbnails {
  readonly #source: MediaSource;
  #names: string[] = knownNumbers.map((n) => `${n}.JPG`);
  #hasListed = false;

  constructor(source: MediaSource) {
    this.#source = source;
  }

  /** @param path of the original, which need not be on the phone */
  async find(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    for (const name of this.#names) {
      const found = await this.#source.locate(posix.join(roots.stills, path, name), options);
      if (found && found.sizeBytes > 0) {
        this.#prefer(name);
        return found;
      }
    }
    for (const candidate of [
      posix.join(roots.keyFrames, path, this.#names[0] as string),
      posix.join(roots.keyFrames, path),
    ]) {
      const found = await this.#source.locate(candidate, options);
      if (found && found.sizeBytes > 0) return found;
    }
    return await this.#look(path, options);
  }

  /** A number that nobody saw before: the folder is listed once, and its name remembered. */
  async #look(path: string, options: AbortOptions): Promise<MediaItem | undefined> {
    if (this.#hasListed) return undefined;
    for await (const entry of this.#source.list({
      ...options,
      areas: ["library"],
      folder: posix.join(roots.stills, path),
    })) {
      if (isUnreadable(entry) || !/\.jpe?g$/i.test(entry.name)) continue;
      this.#hasListed = true;
      this.#prefer(entry.name);
      return entry;
    }
    return undefined;
  }

  #prefer(name: string): void {
    if (this.#names[0] !== name) this.#names = [name, ...this.#names.filter((n) => n !== name)];
  }
}
