/**
 * Pictures for the page. Small ones by the cheapest way there is: the cache, the phone's own thumbnail where this computer has it, what
 * the file carries beside its picture, and only then the picture itself. Large ones of files that browsers cannot show.
 */
import { createHash } from "node:crypto";
import { type Preview, PreviewCache } from "../../library/index.ts";
import { Converter, NotConverted, type Refusal } from "../../media/convert/index.ts";
import { Decoder, embeddedPicture, previewBound, unfolded, VideoFrames } from "../../media/index.ts";
import { type FileFormat, fileKind, sniffFormat } from "../../media/kinds.ts";
import { boundedRange, cachedRange, headBytes, type RangeReader } from "../../media/range-reader.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { Semaphore } from "../../shared/async.ts";
import type { NoPicture } from "../wire.ts";
import type { IndexFile } from "./index-file.ts";
import { nameIn, type StoredFiles, type StoredPart, shownPart } from "./stored.ts";

/** Where small pictures came from since the server's start; `full` are those for which a whole picture was decoded. */
export interface PictureCounts {
  cached: number;
  phone: number;
  embedded: number;
  /** Of a JPEG an eighth of its pixels is decoded, by its own structure. */
  shrunk: number;
  full: number;
  frame: number;
  none: number;
}

/** As it begins. */
export const noPictures: PictureCounts = { cached: 0, phone: 0, embedded: 0, shrunk: 0, full: 0, frame: 0, none: 0 };

/** A picture that is to be made: for the grid, for a screen, or of a size of one's own. */
export interface PictureWish {
  readonly what: "small" | "large" | "bare";
  readonly photo: number;
  /** Which file of the photo; of no use for `small`. */
  readonly n: number;
  /** For `bare` alone. */
  readonly size: number;
}

/** A picture, or why there is none. */
export type Made = { readonly jpeg: Uint8Array } | { readonly why: NoPicture };

/** Somebody else who makes them, and keeps what is to be kept. `counts` are all that he made since he began. */
export interface MakeElsewhere {
  /** @throws {MakerEnded}; the signal's reason */
  make(wish: PictureWish, options: AbortOptions): Promise<{ readonly made: Made; readonly counts: PictureCounts }>;
}

/** Whoever makes pictures died of this one, or of another that was made beside it. */
export class MakerEnded extends Error {}

/** Longer side, in pixels: of the grid's pictures, and of those that fill a screen. */
const smallSize = 320;
const largeSize = 2048;
/** An embedded one with less is too coarse for the grid, where a better one costs little. */
const leastEmbedded = 240;
const quality = { small: 78, large: 85 } as const;
/** A picture whose file is larger is not decoded for the grid. */
const maxDecodeBytes = 96 * 1024 * 1024;
/** A photo without a picture is not tried again until the server starts anew. */
const maxFailures = 20_000;

/** What it takes to make pictures. */
export interface PicturesOptions {
  /** Of the page's own pictures. */
  readonly cacheFolder: string;
  /** Of pictures that phones gave, as the terminal UI keeps them. */
  readonly phoneFolder: string;
  readonly maxCacheBytes: number;
  /** Makes what is not in the cache; without it this process does. */
  readonly elsewhere?: MakeElsewhere;
}

/** Makes and keeps pictures. Dispose it to end its workers. */
export class Pictures implements AsyncDisposable {
  readonly counts: PictureCounts = { ...noPictures };
  readonly #index: IndexFile;
  readonly #files: StoredFiles;
  readonly #cache: PreviewCache;
  readonly #ofPhones: PreviewCache;
  readonly #decoder = new Decoder();
  readonly #converter = new Converter({ workers: 1 });
  readonly #frames = new VideoFrames(this.#decoder);
  readonly #failed = new Map<string, NoPicture>();
  readonly #alone = new Semaphore(1);
  readonly #elsewhere: MakeElsewhere | undefined;
  /** What the one elsewhere told last: he may have begun anew since. */
  #told: PictureCounts | undefined;

  constructor(index: IndexFile, files: StoredFiles, options: PicturesOptions) {
    this.#index = index;
    this.#files = files;
    this.#elsewhere = options.elsewhere;
    this.#cache = new PreviewCache(options.cacheFolder, options.maxCacheBytes);
    this.#ofPhones = new PreviewCache(options.phoneFolder, Number.POSITIVE_INFINITY);
  }

  /** A JPEG for the grid, upright. @throws {CancelledError} */
  async small(photo: number, options: AbortOptions = {}): Promise<Made> {
    const parts = this.#files.parts(photo);
    const part = shownPart(parts);
    if (!part) return { why: "gone" };
    const wish: PictureWish = { what: "small", photo, n: 0, size: 0 };
    const here = async (): Promise<Made> => await this.#makeSmall(part, parts, options);
    return await this.#kept(`small ${contentOf(part)}`, this.#maker(wish, options) ?? here, options);
  }

  /** A JPEG as large as a screen. @param n which file of the photo */
  async large(photo: number, n: number, options: AbortOptions = {}): Promise<Made> {
    const parts = this.#files.parts(photo);
    const part = parts.find((p) => p.n === n);
    if (!part) return { why: "gone" };
    const wish: PictureWish = { what: "large", photo, n, size: 0 };
    const here = async (): Promise<Made> => await this.#makeLarge(part, parts, largeSize, options);
    return await this.#kept(`large ${contentOf(part)}`, this.#maker(wish, options) ?? here, options);
  }

  /** A JPEG of a size of one's own, with nothing of what the file says in it. Not kept. */
  async bare(photo: number, n: number, size: number, options: AbortOptions = {}): Promise<Made> {
    const elsewhere = this.#maker({ what: "bare", photo, n, size }, options);
    if (elsewhere) return await elsewhere();
    const parts = this.#files.parts(photo);
    const part = parts.find((p) => p.n === n);
    return part ? await this.#makeLarge(part, parts, size, options) : { why: "gone" };
  }

  #maker(wish: PictureWish, options: AbortOptions): (() => Promise<Made>) | undefined {
    const elsewhere = this.#elsewhere;
    if (!elsewhere) return undefined;
    return async () => {
      try {
        return await this.#askedElsewhere(elsewhere, wish, options);
      } catch (error) {
        if (!(error instanceof MakerEnded)) throw error;
      }
      // Some were made beside each other when it died: alone it shows which of them it dies of.
      const release = await this.#alone.acquire(options.signal);
      try {
        return await this.#askedElsewhere(elsewhere, wish, options);
      } catch (error) {
        if (!(error instanceof MakerEnded)) throw error;
        return { why: "gave-up" };
      } finally {
        release();
      }
    };
  }

  async #askedElsewhere(elsewhere: MakeElsewhere, wish: PictureWish, options: AbortOptions): Promise<Made> {
    const { made, counts } = await elsewhere.make(wish, options);
    const keys = Object.keys(counts) as (keyof PictureCounts)[];
    const isNew = this.#told && keys.some((k) => counts[k] < (this.#told?.[k] ?? 0));
    for (const key of keys) this.counts[key] += counts[key] - (isNew ? 0 : (this.#told?.[key] ?? 0));
    this.#told = counts;
    return made;
  }

  async #kept(key: string, make: () => Promise<Made>, { signal }: AbortOptions): Promise<Made> {
    const cached = await this.#cache.get(key);
    if (cached) {
      this.counts.cached += 1;
      return { jpeg: cached.bytes };
    }
    const known = this.#failed.get(key);
    if (known) return { why: known };
    const made = await make();
    throwIfAborted(signal);
    // Whoever is elsewhere keeps it, and counts what there is none of.
    if ("jpeg" in made && !this.#elsewhere)
      await this.#cache.put(key, { bytes: made.jpeg, from: "decoded", orientation: 1 });
    // Its disk may be plugged in again: that is no reason to ask no more.
    if ("why" in made && made.why !== "gone" && made.why !== "disk-gone") {
      if (!this.#elsewhere) this.counts.none += 1;
      if (this.#failed.size < maxFailures) this.#failed.set(key, made.why);
    }
    return made;
  }

  async #makeSmall(part: StoredPart, parts: readonly StoredPart[], options: AbortOptions): Promise<Made> {
    const phones = await this.#upright(await this.#ofPhones.get(this.#phoneKey(parts)), options);
    if (phones) {
      this.counts.phone += 1;
      return { jpeg: phones };
    }
    await using file = await this.#files.open(part, parts);
    if (!file) return { why: await this.#files.whyAway(parts) };
    if (fileKind(part.target) === "video") {
      const frame = await this.#frame(file.reader, smallSize, options);
      if ("jpeg" in frame) this.counts.frame += 1;
      return frame;
    }
    return await this.#fromPicture(part, file.reader, options);
  }

  async #fromPicture(part: StoredPart, reader: RangeReader, options: AbortOptions): Promise<Made> {
    const head = await reader.read(0, Math.min(headBytes, reader.size));
    const format = sniffFormat(head);
    const embedded = await this.#embedded(reader, format, options);
    if (embedded) {
      this.counts.embedded += 1;
      return { jpeg: embedded };
    }
    throwIfAborted(options.signal);
    if (reader.size > maxDecodeBytes) return { why: "too-large" };
    const made = await this.#convert(part, reader, smallSize, options);
    if ("jpeg" in made) this.counts[format === "jpeg" ? "shrunk" : "full"] += 1;
    return made;
  }

  async #embedded(reader: RangeReader, format: FileFormat, options: AbortOptions): Promise<Uint8Array | undefined> {
    const bounded = boundedRange(reader.size, (offset, length) => reader.read(offset, length), { bound: previewBound });
    try {
      const picture = await embeddedPicture(bounded, format);
      if (!picture) return undefined;
      if (picture.format === "heif") return await this.#decoder.decode("heif", picture.bytes, smallSize, options);
      const box = { width: smallSize, height: smallSize, orientation: picture.orientation };
      const small = await this.#decoder.fit(picture.bytes, "jpeg", box, options);
      if (!small || !("jpeg" in small)) return undefined;
      // A RAW file costs too much to be decoded only because what it carries is small.
      const isGood = Math.max(small.width, small.height) >= leastEmbedded || format !== "jpeg";
      return isGood ? small.jpeg : undefined;
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(error instanceof Error)) throw error;
      return undefined;
    }
  }

  async #makeLarge(part: StoredPart, parts: readonly StoredPart[], size: number, options: AbortOptions): Promise<Made> {
    await using file = await this.#files.open(part, parts);
    if (!file) return { why: await this.#files.whyAway(parts) };
    if (fileKind(part.target) === "video") return await this.#frame(file.reader, size, options);
    return await this.#convert(part, file.reader, size, options);
  }

  /** What cannot be decoded, is too large, or takes too long costs this picture alone. */
  async #convert(part: StoredPart, reader: RangeReader, maxSize: number, options: AbortOptions): Promise<Made> {
    const how = { quality: maxSize > smallSize ? quality.large : quality.small, maxSize, srgb: true, bare: true };
    try {
      return { jpeg: (await this.#converter.toJpeg({ name: nameIn(part), reader }, how, options)).jpeg };
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(error instanceof Error)) throw error;
      const why = error instanceof NotConverted ? reasonOf(error.reason) : "damaged";
      return (why === "too-large" && (await this.#shrunk(reader, maxSize, options))) || { why };
    }
  }

  /** A JPEG of more pixels than are converted, as of a camera of 200 megapixels: made smaller by its own structure while it is read. */
  async #shrunk(reader: RangeReader, maxSize: number, options: AbortOptions): Promise<Made | undefined> {
    if (reader.size > maxDecodeBytes || (await unfolded(reader))?.format !== "jpeg") return undefined;
    const bytes = Uint8Array.from(await reader.read(0, reader.size));
    const jpeg = await this.#decoder.decode("image", bytes, maxSize, { ...options, given: true });
    throwIfAborted(options.signal);
    return jpeg && { jpeg };
  }

  async #frame(reader: RangeReader, size: number, options: AbortOptions): Promise<Made> {
    if (!this.#frames.isInstalled) return { why: "no-ffmpeg" };
    const movie = cachedRange(reader.size, (offset, length) => reader.read(offset, length));
    try {
      const jpeg = await this.#frames.frame(movie, size, options);
      return jpeg ? { jpeg } : { why: "damaged" };
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(error instanceof Error)) throw error;
      return { why: "damaged" };
    }
  }

  async #upright(preview: Preview | undefined, options: AbortOptions): Promise<Uint8Array | undefined> {
    if (!preview) return undefined;
    const box = { width: smallSize, height: smallSize, orientation: preview.orientation };
    const small = await this.#decoder.fit(preview.bytes, "jpeg", box, options);
    if (!small || !("jpeg" in small)) return undefined;
    return Math.max(small.width, small.height) >= leastEmbedded ? small.jpeg : undefined;
  }

  /** As `Previews` in `library` names them: by the phone, the photo's UUID, and its files as the phone has them. */
  #phoneKey(parts: readonly StoredPart[]): string {
    const [first] = parts;
    const shown = parts.filter((p) => p.place === first?.place && (p.role === "original" || p.role === "edit"));
    const uuid = this.#uuidOf(first);
    return [first?.device ?? "", uuid, ...shown.map(itemIdOf)].join("\0");
  }

  #uuidOf(part: StoredPart | undefined): string {
    if (!part) return "";
    const sql = "SELECT detail FROM photo WHERE id = (SELECT photo FROM part WHERE place = ? AND target = ? LIMIT 1)";
    const detail = this.#index.get(sql, part.place, part.target)?.["detail"];
    return detail === undefined ? "" : String((JSON.parse(detail as string) as { uuid?: string }).uuid ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#decoder[Symbol.asyncDispose]();
    await this.#converter[Symbol.asyncDispose]();
  }
}

/** In the page's words: what only movies are refused for does not come here. */
function reasonOf(refusal: Refusal): NoPicture {
  return refusal === "no-tone-mapping" || refusal === "changed" || refusal === "failed" ? "damaged" : refusal;
}

/** As `itemId` in `library` makes it of a listed file. */
function itemIdOf({ path, sizeBytes, createdMs, modifiedMs }: StoredPart): string {
  const times = [createdMs, modifiedMs].map((ms) => (ms === 0 ? "" : ms));
  return createHash("sha256")
    .update([path, sizeBytes, ...times].join("\0"))
    .digest("hex");
}

function contentOf({ sha256, target, place, sizeBytes }: StoredPart): string {
  return sha256 ?? `${place}/${target}/${sizeBytes}`;
}
