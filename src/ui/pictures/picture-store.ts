/**
 * Pictures for the screen, as lines of text. They come one after the other, nearest to the cursor first; what is scrolled past
 * before its turn is never fetched. Kept up to a bound, beside the state: pictures are no part of what is chosen.
 */

import type { MediaSource } from "../../device/index.ts";
import type { PreviewCache } from "../../library/index.ts";
import { type Preview, Previews } from "../../library/index.ts";
import type { Decoder } from "../../media/index.ts";
import type { UiItem } from "../items.ts";
import type { WantedPicture } from "../selectors.ts";
import type { Size } from "../size.ts";
import { halfBlocks } from "./half-blocks.ts";
import { forget, maxCells, placeholders, transmit } from "./kitty.ts";
import type { TerminalGraphics } from "./terminal-graphics.ts";

/** `none`: there is no picture of this item to be had. */
export type Picture = { readonly lines: readonly string[]; readonly size: Size } | "none";

const kept = 400;
const inFlight = 4;
/** While photos are copied the phone belongs to them. */
const inFlightBesideExport = 1;
/** Pixels of a cell for terminals that show real ones. */
const cellPixels = { columns: 10, rows: 20 };

export class PictureStore implements AsyncDisposable {
  readonly #graphics: TerminalGraphics;
  readonly #decoder: Decoder;
  readonly #cache: PreviewCache | undefined;
  readonly #write: (text: string) => void;
  readonly #pictures = new Map<string, { picture: Picture; id: number }>();
  readonly #listeners = new Set<() => void>();
  readonly #running = new Map<string, AbortController>();
  #previews: Previews | undefined;
  #queue: readonly WantedPicture[] = [];
  #nextId = 1;
  #version = 0;
  #notifying = false;
  busy = false;

  constructor(
    graphics: TerminalGraphics,
    decoder: Decoder,
    cache: PreviewCache | undefined,
    write: (text: string) => void,
  ) {
    this.#graphics = graphics;
    this.#decoder = decoder;
    this.#cache = cache;
    this.#write = write;
  }

  /** Changes with every picture that comes. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get enabled(): boolean {
    return this.#graphics.mode !== "none";
  }

  /** The phone whose pictures are meant from now on. */
  use(source: MediaSource | undefined): void {
    for (const running of this.#running.values()) running.abort();
    this.#previews = source && new Previews(source, this.#decoder, this.#cache);
    this.#queue = [];
  }

  get(item: UiItem, size: Size): Picture | undefined {
    return this.#pictures.get(keyOf(item, size))?.picture;
  }

  /** What the screen shows now, in the order of need; everything else may wait for ever. */
  want(wanted: readonly WantedPicture[]): void {
    if (!this.enabled) return;
    this.#queue = wanted;
    const keys = new Set(wanted.map((w) => keyOf(w.item, w.size)));
    for (const [key, running] of this.#running) if (!keys.has(key)) running.abort();
    this.#pump();
  }

  #pump(): void {
    const limit = this.busy ? inFlightBesideExport : inFlight;
    for (const { item, size } of this.#queue) {
      if (this.#running.size >= limit) return;
      const key = keyOf(item, size);
      if (this.#pictures.has(key) || this.#running.has(key) || !item.photo || size.columns < 2 || size.rows < 1)
        continue;
      const abort = new AbortController();
      this.#running.set(key, abort);
      void this.#fetch(item, size, abort.signal).then((picture) => {
        this.#running.delete(key);
        if (picture) this.#keep(key, picture);
        this.#pump();
      });
    }
  }

  async #fetch(item: UiItem, size: Size, signal: AbortSignal): Promise<{ picture: Picture; id: number } | undefined> {
    try {
      const preview = item.photo && (await this.#previews?.of(item.photo, { signal }));
      if (!preview) return { picture: "none", id: 0 };
      return (await this.#draw(preview, size, signal)) ?? { picture: "none", id: 0 };
    } catch {
      // Scrolled past, or the phone is away: it is asked for again when it is on the screen again.
      return undefined;
    }
  }

  async #draw(
    preview: Preview,
    size: Size,
    signal: AbortSignal,
  ): Promise<{ picture: Picture; id: number } | undefined> {
    const isKitty = this.#graphics.mode === "kitty";
    const cells = { columns: Math.min(size.columns, maxCells), rows: Math.min(size.rows, maxCells) };
    const box = isKitty
      ? { width: cells.columns * cellPixels.columns, height: cells.rows * cellPixels.rows }
      : { width: size.columns, height: size.rows * 2 };
    const raster = await this.#decoder.raster(preview.bytes, { ...box, orientation: preview.orientation }, { signal });
    if (!raster) return undefined;
    if (!isKitty) {
      const lines = halfBlocks(raster, this.#graphics.depth);
      return { picture: { lines, size: { columns: raster.width, rows: lines.length } }, id: 0 };
    }
    const columns = Math.max(1, Math.round(raster.width / cellPixels.columns));
    const rows = Math.max(1, Math.round(raster.height / cellPixels.rows));
    const id = this.#nextId++;
    this.#write(transmit(id, raster, columns, rows));
    return { picture: { lines: placeholders(id, columns, rows), size: { columns, rows } }, id };
  }

  #keep(key: string, entry: { picture: Picture; id: number }): void {
    this.#pictures.set(key, entry);
    if (this.#pictures.size > kept) {
      const [oldest] = this.#pictures;
      if (oldest) {
        this.#pictures.delete(oldest[0]);
        if (oldest[1].id > 0) this.#write(forget(oldest[1].id));
      }
    }
    this.#version += 1;
    if (this.#notifying) return;
    // Several that come together are one change of the screen.
    this.#notifying = true;
    setImmediate(() => {
      this.#notifying = false;
      for (const listener of this.#listeners) listener();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.use(undefined);
    for (const { id } of this.#pictures.values()) if (id > 0) this.#write(forget(id));
    await this.#decoder[Symbol.asyncDispose]();
  }
}

function keyOf(item: UiItem, size: Size): string {
  return `${item.id}/${item.edited}/${size.columns}x${size.rows}`;
}
