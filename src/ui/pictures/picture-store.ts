/**
 * Pictures for the screen, as lines of text. They come one after the other, nearest to the cursor first; what is scrolled past
 * before its turn is never fetched. Kept up to a bound, beside the state: pictures are no part of what is chosen.
 */

import type { MediaSource } from "../../device/media-source.ts";
import type { PreviewCache } from "../../library/index.ts";
import { type Preview, Previews } from "../../library/index.ts";
import { type Decoder, type Pixels, VideoFrames } from "../../media/index.ts";
import type { UiItem } from "../items.ts";
import type { WantedPicture } from "../selectors.ts";
import type { Size } from "../size.ts";
import { type Drawing, drawnAtOnce, drawnLines } from "./drawing.ts";
import { halfBlocks } from "./half-blocks.ts";
import { iterm2Drawing } from "./iterm2.ts";
import { forget, kittyDrawing, transmit } from "./kitty.ts";
import { maxCells, placeholders } from "./placeholders.ts";
import type { TerminalGraphics } from "./terminal-graphics.ts";

/** Lines of placeholders, over which the picture is drawn; `none`: there is no picture of this item to be had. */
export type Picture = { readonly lines: readonly string[] } | "none";

interface Kept {
  readonly picture: Picture;
  /** 0 where there is no picture. */
  readonly id: number;
  readonly drawing?: Drawing;
  readonly bytes: number;
}

const noPicture: Kept = { picture: "none", id: 0, bytes: 0 };
/** Of drawn pictures, and how many: old ones go first. */
const keptBytes = 32_000_000;
const kept = 400;
/** Each is a chain of questions: with fewer the cable waits, with more a page that is left is fetched for nothing. */
const inFlight = 8;
/** While photos are copied the phone belongs to them. */
const inFlightBesideExport = 1;

/** Told what is on the screen; makes what is missing, and says when there is something new to draw. */
export class PictureStore implements AsyncDisposable {
  readonly #graphics: TerminalGraphics;
  readonly #decoder: Decoder;
  readonly #cache: PreviewCache | undefined;
  readonly #frames: VideoFrames;
  readonly #write: (text: string) => void;
  readonly #pictures = new Map<string, Kept>();
  readonly #drawings = new Map<number, Drawing>();
  readonly #listeners = new Set<() => void>();
  readonly #running = new Map<string, AbortController>();
  #previews: Previews | undefined;
  #queue: readonly WantedPicture[] = [];
  /** Not to be had now, because the phone is away or does not answer: asked for again when they come into sight again. */
  readonly #later = new Set<string>();
  #nextId = 1;
  #bytes = 0;
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
    this.#frames = new VideoFrames(decoder);
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
    this.#previews = source && new Previews(source, this.#decoder, this.#cache, this.#frames);
    this.#queue = [];
    this.#later.clear();
  }

  /** The phone answers again. */
  again(): void {
    this.#later.clear();
    this.#pump();
  }

  get(item: UiItem, size: Size): Picture | undefined {
    return this.#pictures.get(keyOf(item, size))?.picture;
  }

  /** How the picture of this number is drawn; undefined when it is no longer kept. */
  readonly drawing = (id: number): Drawing | undefined => this.#drawings.get(id);

  /** What the screen shows now, in the order of need; everything else may wait for ever. */
  want(wanted: readonly WantedPicture[]): void {
    if (!this.enabled) return;
    this.#queue = wanted;
    const keys = new Set(wanted.map((w) => keyOf(w.item, w.size)));
    for (const [key, running] of this.#running) if (!keys.has(key)) running.abort();
    for (const key of this.#later) if (!keys.has(key)) this.#later.delete(key);
    this.#pump();
  }

  #pump(): void {
    const limit = this.busy ? inFlightBesideExport : inFlight;
    for (const { item, size } of this.#queue) {
      if (this.#running.size >= limit) return;
      const key = keyOf(item, size);
      if (
        this.#pictures.has(key) ||
        this.#running.has(key) ||
        this.#later.has(key) ||
        !item.photo ||
        size.columns < 2 ||
        size.rows < 1
      )
        continue;
      const abort = new AbortController();
      this.#running.set(key, abort);
      void this.#fetch(item, size, abort.signal).then((picture) => {
        this.#running.delete(key);
        if (picture) this.#keep(key, picture);
        else if (!abort.signal.aborted) this.#later.add(key);
        this.#pump();
      });
    }
  }

  async #fetch(item: UiItem, size: Size, signal: AbortSignal): Promise<Kept | undefined> {
    try {
      const preview = item.photo && (await this.#previews?.of(item.photo, { signal }));
      return preview ? ((await this.#draw(preview, size, signal)) ?? noPicture) : noPicture;
    } catch {
      // Scrolled past, or the phone is away: it is asked for again when it is on the screen again.
      return undefined;
    }
  }

  async #draw(preview: Preview, size: Size, signal: AbortSignal): Promise<Kept | undefined> {
    const { mode, depth } = this.#graphics;
    // A half block shows two pixels, one above the other.
    const cell = mode === "blocks" ? { width: 1, height: 2 } : this.#graphics.cell;
    const box = {
      width: Math.min(size.columns, maxCells) * cell.width,
      height: Math.min(size.rows, maxCells) * cell.height,
      orientation: preview.orientation,
    };
    const as = mode === "sixel" ? "sixel" : mode === "iterm2" ? "jpeg" : "rgb";
    const decoded = await this.#decoder.fit(preview.bytes, as, box, { signal });
    if (!decoded) return undefined;
    const id = this.#nextId++;
    const keep = (drawing: Drawing, bytes: number): Kept => ({
      picture: { lines: placeholders(id, drawing) },
      id,
      drawing,
      bytes,
    });
    if ("sixel" in decoded)
      return keep(drawnAtOnce(decoded.sixel, cellsFor(decoded, cell, Math.ceil)), decoded.sixel.length);
    if ("jpeg" in decoded) {
      // The terminal makes it as large as its cells.
      const scale = Math.min(box.width / decoded.width, box.height / decoded.height);
      const shown = { width: decoded.width * scale, height: decoded.height * scale };
      return keep(iterm2Drawing(decoded.jpeg, cellsFor(shown, cell, Math.round)), decoded.jpeg.length);
    }
    const { rgb } = decoded;
    if (mode === "blocks") {
      const lines = halfBlocks(rgb, depth);
      return keep(drawnLines(lines, rgb.width), lines.join("").length);
    }
    const cells = cellsFor(rgb, cell, Math.round);
    this.#write(transmit(id, rgb));
    return keep(kittyDrawing(id, cells), rgb.data.length);
  }

  #keep(key: string, entry: Kept): void {
    this.#pictures.set(key, entry);
    this.#bytes += entry.bytes;
    if (entry.drawing) this.#drawings.set(entry.id, entry.drawing);
    const shown = new Set(this.#queue.map((w) => keyOf(w.item, w.size)));
    for (const [old, { id, bytes }] of this.#pictures) {
      if (this.#pictures.size <= kept && this.#bytes <= keptBytes) break;
      if (shown.has(old)) continue;
      this.#pictures.delete(old);
      this.#bytes -= bytes;
      this.#drawings.delete(id);
      if (this.#graphics.mode === "kitty" && id > 0) this.#write(forget(id));
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
    if (this.#graphics.mode === "kitty")
      for (const { id } of this.#pictures.values()) if (id > 0) this.#write(forget(id));
    await this.#decoder[Symbol.asyncDispose]();
  }
}

/** Cells that so many pixels take. */
function cellsFor(pixels: Pixels, cell: Pixels, round: (n: number) => number): Size {
  return {
    columns: Math.max(1, round(pixels.width / cell.width)),
    rows: Math.max(1, round(pixels.height / cell.height)),
  };
}

function keyOf(item: UiItem, size: Size): string {
  return `${item.id}/${item.edited}/${size.columns}x${size.rows}`;
}
