/** libheif compiled to WebAssembly: an optional package, loaded when it is first asked for. */
import { createRequire } from "node:module";

/** Its C interface, of which only what is called is declared. Calls that may fail write a `heif_error` of 12 bytes to their first argument. Source: libheif/heif.h. */
export interface LibHeif {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_get_security_limits(context: number): number;
  _heif_context_read_from_memory(error: number, context: number, bytes: number, length: number, options: number): void;
  _heif_context_get_primary_image_handle(error: number, context: number, out: number): void;
  _heif_context_get_number_of_top_level_images(context: number): number;
  _heif_context_get_entity_groups(context: number, type: number, item: number, count: number): number;
  _heif_entity_groups_release(groups: number, count: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_get_luma_bits_per_pixel(handle: number): number;
  _heif_image_handle_has_alpha_channel(handle: number): number;
  _heif_image_handle_get_number_of_depth_images(handle: number): number;
  _heif_image_handle_get_number_of_auxiliary_images(handle: number, filter: number): number;
  _heif_image_handle_get_list_of_auxiliary_image_IDs(handle: number, filter: number, ids: number, most: number): number;
  _heif_image_handle_get_auxiliary_image_handle(error: number, handle: number, id: number, out: number): void;
  _heif_image_handle_get_auxiliary_type(error: number, handle: number, out: number): void;
  _heif_image_handle_release_auxiliary_type(handle: number, text: number): void;
  _heif_image_handle_get_color_profile_type(handle: number): number;
  _heif_image_handle_get_raw_color_profile_size(handle: number): number;
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, to: number): void;
  _heif_image_handle_get_nclx_color_profile(error: number, handle: number, out: number): void;
  _heif_nclx_color_profile_free(profile: number): void;
  _heif_image_handle_get_image_tiling(error: number, handle: number, isUpright: number, tiling: number): void;
  _heif_image_handle_decode_image_tile(
    error: number,
    handle: number,
    out: number,
    space: number,
    chroma: number,
    options: number,
    x: number,
    y: number,
  ): void;
  _heif_image_handle_release(handle: number): void;
  _heif_decode_image(error: number, handle: number, out: number, space: number, chroma: number, options: number): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  _heif_image_release(image: number): void;
}

/** `heif_colorspace_RGB` and `heif_chroma_interleaved_RGB`, which is `heif_channel_interleaved` too. Source: libheif/heif_image.h. */
export const rgb = 1;
export const interleavedRgb = 10;

/** Of `heif_security_limits`, since its second version, in bytes: 64 bits each, low ones first. Source: libheif/heif_security.h. */
const limitsOffset = { version: 0, mostBytesAtOnce: 40, mostBytes: 64 } as const;

let loaded: LibHeif | undefined;

/** @throws {Error} where the package is not installed */
export function libheif(): LibHeif {
  loaded ??= createRequire(import.meta.url)("libheif-js/wasm-bundle") as LibHeif;
  return loaded;
}

/** What a file says of its bits need not be true: libheif counts what it takes. @throws {Error} where this one cannot */
export function limitMemory(h: LibHeif, context: number, mostBytes: number): void {
  const limits = h._heif_context_get_security_limits(context);
  if ((h.HEAPU8[limits + limitsOffset.version] as number) < 2) throw new Error("this libheif cannot be limited");
  for (const offset of [limitsOffset.mostBytesAtOnce, limitsOffset.mostBytes])
    h.HEAPU32.set([mostBytes, 0], (limits + offset) >> 2);
}
