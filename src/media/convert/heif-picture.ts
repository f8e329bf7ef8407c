/** The primary picture of a HEIC, tile by tile: what is in memory is one row of tiles, however many pixels there are. Source: libheif/heif_tiling.h. */
import { interleavedRgb, type LibHeif, libheif, limitMemory, rgb } from "../libheif.ts";
import { type Loss, maxPixels, maxPixelsAtOnce, NotConverted } from "./options.ts";
import { giveBack } from "./own-memory.ts";

/** Rows of red, green and blue, as wide as the picture. They are overwritten by the next. */
export interface Rows {
  readonly data: Buffer;
  readonly count: number;
}

/** ITU-T H.273: what the numbers of the colours mean. */
export interface Nclx {
  readonly primaries: number;
  readonly transfer: number;
}

/** Of `heif_image_tiling`, in bytes. */
const tilingBytes = 128;
const tilingAt = { columns: 4, rows: 8, tileWidth: 12, tileHeight: 16, width: 20, height: 24, top: 28, left: 32 };
/** Luma, chroma and RGB of one tile, with more than eight bits each. */
const bytesPerPixel = 5;
/** `heif_color_profile_type`: "nclx". */
const nclxType = 0x6e636c78;
/** `entity_group_id` "ster": two views of one scene. */
const stereoType = 0x73746572;
/** heif_suberror_Security_limit_exceeded. Source: libheif/heif_error.h. */
const limitExceeded = 1000;
/** LIBHEIF_AUX_IMAGE_FILTER_OMIT_ALPHA and _DEPTH. */
const neitherAlphaNorDepth = 6;
const maxAuxiliaries = 64;
const maxProfileBytes = 4 * 1024 * 1024;
const maxTypeLength = 200;

interface Tiling {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly width: number;
  readonly height: number;
  /** How much of the first row and column lies outside of the picture. */
  readonly top: number;
  readonly left: number;
}

/** Open until it is disposed. */
export class HeifPicture implements Disposable {
  readonly #h: LibHeif;
  readonly #context: number;
  readonly #memory: number;
  readonly #error: number;
  readonly #out: number;
  readonly #primary: number;
  readonly #tiling: Tiling;
  readonly #isAtOnce: boolean;
  /** Upright. */
  readonly width: number;
  readonly height: number;

  /**
   * @param isAtOnce for a picture that its file crops: libheif does not say where its tiles lie then
   * @throws {NotConverted} for what libheif cannot open, and for more pixels than may be
   */
  constructor(bytes: Uint8Array, isAtOnce = false) {
    this.#isAtOnce = isAtOnce;
    this.#h = loaded();
    const h = this.#h;
    this.#error = h._malloc(16);
    this.#out = h._malloc(tilingBytes);
    this.#memory = h._malloc(bytes.length);
    this.#context = h._heif_context_alloc();
    let primary = 0;
    try {
      limitMemory(h, this.#context, maxPixelsAtOnce * bytesPerPixel);
      h.HEAPU8.set(bytes, this.#memory);
      h._heif_context_read_from_memory(this.#error, this.#context, this.#memory, bytes.length, 0);
      this.#check("read the file");
      h._heif_context_get_primary_image_handle(this.#error, this.#context, this.#out);
      this.#check("find the picture");
      primary = this.#word(this.#out);
      this.#primary = primary;
      this.#tiling = this.#readTiling();
      this.width = this.#tiling.width;
      this.height = this.#tiling.height;
      refuseTooLarge(this.#tiling);
    } catch (error) {
      if (primary) h._heif_image_handle_release(primary);
      this.#free();
      throw error;
    }
  }

  /** From top to bottom. @throws {NotConverted} where a tile is damaged */
  *rows(): Generator<Rows, void, undefined> {
    const { rows, tileHeight, top, width, height } = this.#tiling;
    const data = Buffer.alloc(width * Math.min(height, tileHeight) * 3);
    try {
      for (let y = 0, from = -top; y < rows && from < height; y += 1, from += tileHeight) {
        const [first, end] = [Math.max(0, from), Math.min(height, from + tileHeight)];
        if (end <= first) continue;
        this.#readRow(y, { skipped: first - from, count: end - first }, data);
        yield { data: data.subarray(0, (end - first) * width * 3), count: end - first };
      }
    } finally {
      giveBack(data);
    }
  }

  #readRow(y: number, { skipped, count }: { skipped: number; count: number }, to: Buffer): void {
    const { columns, tileWidth, left, width } = this.#tiling;
    for (let x = 0, from = -left; x < columns && from < width; x += 1, from += tileWidth) {
      const [first, end] = [Math.max(0, from), Math.min(width, from + tileWidth)];
      if (end <= first) continue;
      const h = this.#h;
      const image = this.#decodeTile(x, y);
      try {
        const [w, rows] = [
          h._heif_image_get_width(image, interleavedRgb),
          h._heif_image_get_height(image, interleavedRgb),
        ];
        if (w < end - from || rows < skipped + count) throw new NotConverted("damaged", "a tile is too small");
        const plane = h._heif_image_get_plane_readonly2(image, interleavedRgb, this.#out);
        const stride = this.#word(this.#out);
        for (let row = 0; row < count; row += 1) {
          const at = plane + (skipped + row) * stride + (first - from) * 3;
          to.set(h.HEAPU8.subarray(at, at + (end - first) * 3), (row * width + first) * 3);
        }
      } finally {
        h._heif_image_release(image);
      }
    }
  }

  /** @returns what is to be released */
  #decodeTile(x: number, y: number): number {
    const [h, error, primary, out] = [this.#h, this.#error, this.#primary, this.#out];
    if (this.#isAtOnce) h._heif_decode_image(error, primary, out, rgb, interleavedRgb, 0);
    else h._heif_image_handle_decode_image_tile(error, primary, out, rgb, interleavedRgb, 0, x, y);
    this.#check("decode it");
    return this.#word(out);
  }

  /** Its ICC profile, byte by byte; undefined where it has none. */
  profile(): Buffer | undefined {
    const h = this.#h;
    const type = h._heif_image_handle_get_color_profile_type(this.#primary);
    const size = h._heif_image_handle_get_raw_color_profile_size(this.#primary);
    if (type === 0 || type === nclxType || size === 0 || size > maxProfileBytes) return undefined;
    const memory = h._malloc(size);
    try {
      h._heif_image_handle_get_raw_color_profile(this.#error, this.#primary, memory);
      return this.#word(this.#error) === 0 ? Buffer.from(h.HEAPU8.slice(memory, memory + size)) : undefined;
    } finally {
      h._free(memory);
    }
  }

  /** The numbers of its colours; undefined where it says none. */
  nclx(): Nclx | undefined {
    const h = this.#h;
    h._heif_image_handle_get_nclx_color_profile(this.#error, this.#primary, this.#out);
    if (this.#word(this.#error) !== 0) return undefined;
    const profile = this.#word(this.#out);
    // A byte of version, then three enums. Source: libheif/heif_color.h.
    const [primaries, transfer] = [this.#word(profile + 4), this.#word(profile + 8)];
    h._heif_nclx_color_profile_free(profile);
    return { primaries, transfer };
  }

  /** What is in the file beside what a JPEG gets of it. */
  lost(): Loss[] {
    const h = this.#h;
    const types = this.#auxiliaryTypes();
    const has = (pattern: RegExp): boolean => types.some((type) => pattern.test(type));
    const lost: Loss[] = [];
    if (has(/hdrgainmap|tonemap/i)) lost.push("hdr");
    if (h._heif_image_handle_get_number_of_depth_images(this.#primary) > 0) lost.push("depth");
    if (has(/matte|segmentation/i)) lost.push("mattes");
    if (this.#isStereo()) lost.push("second-eye");
    if (h._heif_image_handle_get_luma_bits_per_pixel(this.#primary) > 8) lost.push("ten-bits");
    if (h._heif_image_handle_has_alpha_channel(this.#primary) !== 0) lost.push("transparency");
    return lost;
  }

  #auxiliaryTypes(): string[] {
    const h = this.#h;
    const count = h._heif_image_handle_get_number_of_auxiliary_images(this.#primary, neitherAlphaNorDepth);
    const wanted = Math.min(count, maxAuxiliaries);
    if (wanted <= 0) return [];
    const ids = h._malloc(wanted * 4);
    try {
      h._heif_image_handle_get_list_of_auxiliary_image_IDs(this.#primary, neitherAlphaNorDepth, ids, wanted);
      return Array.from({ length: wanted }, (_, i) => this.#auxiliaryType(this.#word(ids + i * 4)));
    } finally {
      h._free(ids);
    }
  }

  #auxiliaryType(id: number): string {
    const h = this.#h;
    h._heif_image_handle_get_auxiliary_image_handle(this.#error, this.#primary, id, this.#out);
    if (this.#word(this.#error) !== 0) return "";
    const handle = this.#word(this.#out);
    try {
      h._heif_image_handle_get_auxiliary_type(this.#error, handle, this.#out);
      if (this.#word(this.#error) !== 0) return "";
      const at = this.#word(this.#out);
      const text = Buffer.from(h.HEAPU8.subarray(at, at + maxTypeLength));
      h._heif_image_handle_release_auxiliary_type(handle, this.#out);
      return text.subarray(0, Math.max(0, text.indexOf(0))).toString("latin1");
    } finally {
      h._heif_image_handle_release(handle);
    }
  }

  #isStereo(): boolean {
    const h = this.#h;
    const groups = h._heif_context_get_entity_groups(this.#context, stereoType, 0, this.#out);
    const count = this.#word(this.#out);
    if (groups) h._heif_entity_groups_release(groups, count);
    return count > 0;
  }

  #readTiling(): Tiling {
    if (this.#isAtOnce) return this.#oneTile();
    this.#h._heif_image_handle_get_image_tiling(this.#error, this.#primary, 1, this.#out);
    this.#check("find its tiles");
    const word = (offset: number): number => this.#word(this.#out + offset);
    const [columns, rows] = [word(tilingAt.columns), word(tilingAt.rows)];
    const [tileWidth, tileHeight] = [word(tilingAt.tileWidth), word(tilingAt.tileHeight)];
    const [width, height] = [word(tilingAt.width), word(tilingAt.height)];
    // Of a turned picture the first tiles are those that are not full, which libheif 1.23 tells right, and by how much, which it does not.
    const top = word(tilingAt.top) > 0 ? rows * tileHeight - height : 0;
    const left = word(tilingAt.left) > 0 ? columns * tileWidth - width : 0;
    return { columns, rows, tileWidth, tileHeight, width, height, top, left };
  }

  #oneTile(): Tiling {
    const width = this.#h._heif_image_handle_get_width(this.#primary);
    const height = this.#h._heif_image_handle_get_height(this.#primary);
    return { columns: 1, rows: 1, tileWidth: width, tileHeight: height, width, height, top: 0, left: 0 };
  }

  /** The heap moves when it grows: it is looked at afresh each time. */
  #word(pointer: number): number {
    return this.#h.HEAPU32[pointer >> 2] as number;
  }

  #check(what: string): void {
    const [code, more] = [this.#word(this.#error), this.#word(this.#error + 4)];
    if (code !== 0)
      throw new NotConverted(
        more === limitExceeded ? "too-large" : "damaged",
        `libheif could not ${what} (${code}/${more})`,
      );
  }

  #free(): void {
    const h = this.#h;
    h._heif_context_free(this.#context);
    for (const pointer of [this.#memory, this.#out, this.#error]) h._free(pointer);
  }

  [Symbol.dispose](): void {
    this.#h._heif_image_handle_release(this.#primary);
    this.#free();
  }
}

function loaded(): LibHeif {
  try {
    return libheif();
  } catch {
    throw new NotConverted("no-decoder", "libheif-js is not installed");
  }
}

function refuseTooLarge({ columns, rows, tileWidth, tileHeight, width, height }: Tiling): void {
  if (width * height > maxPixels) throw new NotConverted("too-large", "it has more than 100 megapixels");
  if (width === 0 || height === 0 || tileWidth === 0 || tileHeight === 0)
    throw new NotConverted("damaged", "it has no pixels");
  if (columns * rows === 1 && width * height > maxPixelsAtOnce)
    throw new NotConverted("too-large", "it has no tiles, and too many pixels to be decoded at once");
  // Tiles that overlap the picture many times over are no camera's.
  if (columns * rows * tileWidth * tileHeight > 2 * maxPixels)
    throw new NotConverted("damaged", "its tiles have far more pixels than it has itself");
}
