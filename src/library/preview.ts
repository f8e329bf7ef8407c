/**
 * A small picture of a photo by the cheapest way there is: the phone's own thumbnail, the one in the file's EXIF, the one inside
 * a HEIC, and only then the picture itself, decoded; of a movie without a thumbnail its first frame, where ffmpeg is installed.
 */
import { type MediaItem, type MediaSource, readRange } from "../device/media-source.ts";
import { type Decoder, embeddedPicture, previewBound, type VideoFrames } from "../media/index.ts";
import { sniffFormat } from "../media/kinds.ts";
import { boundedRange, cachedRange, headBytes } from "../media/range-reader.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import type { Preview, PreviewCache } from "./preview-cache.ts";
import type { RollItem, RollPart } from "./roll.ts";
import { PhoneThumbnails } from "./thumbnails.ts";
import { itemId } from "./tree-items.ts";

/** A thumbnail, wherever it lies, is smaller. */
const maxThumbnailBytes = 1024 * 1024;
/** A picture whose file is larger is not fetched for a preview. */
const maxDecodeBytes = 64 * 1024 * 1024;
/** Longer side of decoded previews, in pixels. */
const decodedSize = 512;

/** Small pictures of one phone's photos. Calls may overlap; equal ones share their work. */
export class Previews {
  readonly #source: MediaSource;
  readonly #decoder: Decoder;
  readonly #cache: PreviewCache | undefined;
  readonly #frames: VideoFrames | undefined;
  readonly #thumbnails: PhoneThumbnails;

  constructor(source: MediaSource, decoder: Decoder, cache?: PreviewCache, frames?: VideoFrames) {
    this.#source = source;
    this.#decoder = decoder;
    this.#cache = cache;
    this.#frames = frames;
    this.#thumbnails = new PhoneThumbnails(source);
  }

  /**
   * @returns undefined where there is no picture to be had: a video without a thumbnail, an unknown format
   * @throws {DeviceError} when the phone is gone; {CancelledError}
   */
  async of(photo: RollItem, options: AbortOptions = {}): Promise<Preview | undefined> {
    const key = this.#key(photo);
    const cached = await this.#cache?.get(key);
    if (cached) return cached;
    const preview = (await this.#phoneThumbnail(photo, options)) ?? (await this.#fromFile(photo, options));
    if (preview) await this.#cache?.put(key, preview);
    return preview;
  }

  /** Changes with the photo and with its edit, whose look is shown. */
  #key(photo: RollItem): string {
    const shown = photo.parts.filter((p) => p.role === "original" || p.role === "edit");
    return [this.#source.device.id, photo.library?.uuid ?? "", ...shown.map((p) => itemId(p.item))].join("\0");
  }

  async #phoneThumbnail(photo: RollItem, options: AbortOptions): Promise<Preview | undefined> {
    if (this.#source.capabilities.thumbnails !== "folder") return undefined;
    try {
      const path = photo.parts[0].item.path;
      const item = await this.#thumbnails.find(path, options);
      if (!item || item.sizeBytes > maxThumbnailBytes) return undefined;
      const bytes = await this.#read(item, 0, item.sizeBytes, options);
      return sniffFormat(bytes) === "jpeg" ? { bytes, from: "phone", orientation: 1 } : undefined;
    } catch (error) {
      return passOn(error, options);
    }
  }

  async #fromFile(photo: RollItem, options: AbortOptions): Promise<Preview | undefined> {
    const onPhone = (role: RollPart["role"]): RollPart | undefined =>
      photo.parts.find((p) => p.role === role && p.availability === "phone");
    const part = onPhone("edit") ?? onPhone("original");
    if (!part) return undefined;
    try {
      if (photo.kind === "video")
        return (await this.#madeByPhone(part, options)) ?? (await this.#videoFrame(part, options));
      return await this.#fromPicture(part, options);
    } catch (error) {
      return passOn(error, options);
    }
  }

  async #fromPicture({ item }: RollPart, options: AbortOptions): Promise<Preview | undefined> {
    const head = await this.#read(item, 0, Math.min(headBytes, item.sizeBytes), options);
    const format = sniffFormat(head);
    throwIfAborted(options.signal);
    const embedded = await this.#embedded(item, head, options);
    if (embedded) return embedded;
    // A kilobyte that the phone makes, before megabytes that are decoded here.
    const made = await this.#madeByPhone({ item }, options);
    if (made) return made;
    if (format === "quicktime" || format === "unknown" || item.sizeBytes > maxDecodeBytes) return undefined;
    const whole = await this.#readWhole(item, head, options);
    const kind = format === "heif" ? "heif" : "image";
    const bytes = whole && (await this.#decoder.decode(kind, whole, decodedSize, { ...options, given: true }));
    return bytes && { bytes, from: "decoded", orientation: 1 };
  }

  /** Into memory that holds it once: a picture may have tens of megabytes. Undefined for one that is not as long as it was listed. */
  async #readWhole(item: MediaItem, head: Buffer, options: AbortOptions): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(item.sizeBytes);
    whole.set(head);
    let at = head.length;
    for await (const chunk of this.#source.read(item, { ...options, offset: at })) {
      if (at + chunk.length > whole.length) return undefined;
      whole.set(chunk, at);
      at += chunk.length;
    }
    return at === whole.length ? whole : undefined;
  }

  async #madeByPhone({ item }: Pick<RollPart, "item">, options: AbortOptions): Promise<Preview | undefined> {
    const bytes = await this.#source.thumbnail?.(item, options);
    return bytes && sniffFormat(Buffer.from(bytes)) === "jpeg" ? { bytes, from: "phone", orientation: 1 } : undefined;
  }

  async #videoFrame({ item }: RollPart, options: AbortOptions): Promise<Preview | undefined> {
    const movie = cachedRange(item.sizeBytes, (offset, length) => this.#read(item, offset, length, options));
    const bytes = await this.#frames?.frame(movie, decodedSize, options);
    return bytes && { bytes, from: "video-frame", orientation: 1 };
  }

  /** What the file carries beside its picture, wherever it lies in it. */
  async #embedded(item: MediaItem, head: Buffer, options: AbortOptions): Promise<Preview | undefined> {
    const fetch = async (offset: number, length: number): Promise<Buffer> =>
      offset + length <= head.length
        ? head.subarray(offset, offset + length)
        : await this.#read(item, offset, length, options);
    const reader = boundedRange(item.sizeBytes, fetch, { bound: previewBound });
    const format = sniffFormat(head);
    const picture = await embeddedPicture(reader, format);
    if (!picture) return undefined;
    const { bytes, orientation } = picture;
    if (picture.format === "heif" || picture.format === "avif") {
      const kind = picture.format === "heif" ? "heif" : "image";
      const small = await this.#decoder.decode(kind, bytes, decodedSize, options);
      return small && { bytes: small, from: "heif-thumbnail", orientation };
    }
    const from = format === "jpeg" ? "exif" : "embedded";
    if (bytes.length <= maxThumbnailBytes) return { bytes, from, orientation };
    const box = { width: decodedSize, height: decodedSize, orientation };
    const small = await this.#decoder.fit(bytes, "jpeg", box, options);
    return small && "jpeg" in small ? { bytes: small.jpeg, from, orientation: 1 } : undefined;
  }

  async #read(item: MediaItem, offset: number, length: number, options: AbortOptions): Promise<Buffer> {
    if (length <= 0) return Buffer.alloc(0);
    return await readRange(this.#source, item, { ...options, offset, length });
  }
}

/**
 * One picture that cannot be read is shown as none, whatever was thrown over its bytes: it would be thrown again. A lost phone is
 * not, and neither is a picture that nobody wants any more.
 */
function passOn(error: unknown, { signal }: AbortOptions): undefined {
  throwIfAborted(signal);
  if (error instanceof AppError && error.scope !== "item") throw error;
}
