/**
 * The first pictures, before the page itself: this script is small, runs while the document is read, and puts them where the page's
 * grid will have them. It asks for the page's script when they were drawn, and leaves them to it.
 */
import type { FirstAnswer } from "../wire.ts";
import { bytesOf, smallPicture } from "./api-words.ts";
import { headOf, layOut, type Row } from "./layout.ts";
import { measuresFor } from "./measures.ts";

/** What the page finds of it. */
export interface FirstPictures {
  readonly answer: FirstAnswer;
  /** Elements of the first photos, by their place in the view. */
  readonly tiles: ReadonlyMap<number, HTMLElement>;
}

/** Pictures come within so long, or the page does not wait for them. */
const patienceMs = 1_000;

/** Rows of the first screen, as the grid will have them. Only the first has its pictures: each more would be worked on before it is drawn. */
class FirstRows {
  readonly tiles = new Map<number, HTMLElement>();
  readonly answer: FirstAnswer;
  readonly #canvas: Element;

  constructor(answer: FirstAnswer, canvas: Element) {
    this.answer = answer;
    this.#canvas = canvas;
  }

  /** @param photos of which the rows are made; @param most how many rows, where the screen has room for more */
  make(photos: number, most: number): void {
    const { view, items } = this.answer;
    const shapes = headOf({ count: view.count, days: view.days, ratios: bytesOf(view.ratios) }, photos);
    const layout = layOut(shapes, measuresFor(this.#canvas.clientWidth, innerHeight));
    const last = Math.min(most - 1, layout.rowAt(this.#canvas.parentElement?.clientHeight ?? innerHeight));
    const made = document.createDocumentFragment();
    for (let index = 0; index <= last && layout.rows > 0; index += 1) {
      const row = layout.row(index);
      for (let i = row.from; i < row.to && items.id[i] !== undefined; i += 1)
        if (!this.tiles.has(i)) made.append(this.#tile(i, row));
    }
    this.#canvas.append(made);
  }

  #tile(i: number, { from, y, pictureHeight, boxes }: Row): HTMLElement {
    const { id, v } = this.answer.items;
    const [x = 0, width = 0] = [boxes[(i - from) * 2], boxes[(i - from) * 2 + 1]];
    const tile = document.createElement("button");
    tile.className = "tile first";
    tile.style.cssText = `transform:translate(${x}px,${y}px);width:${width}px;height:${pictureHeight}px;background-image:url("${smallPicture(id[i] as number, v[i] ?? "")}")`;
    this.tiles.set(i, tile);
    return tile;
  }
}

/** More photos are in no first row, however wide the screen. */
const inFirstRow = 40;

function firstRows(answer: FirstAnswer): FirstRows | undefined {
  const canvas = document.querySelector(".canvas");
  if (!canvas || !/^#?\/?(?:photos)?$/.test(location.hash)) return undefined;
  const rows = new FirstRows(answer, canvas);
  rows.make(inFirstRow, 1);
  return rows;
}

/** When the first picture was drawn, which the browser tells: nothing else in the page is text or picture yet. */
async function drawn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, patienceMs);
    new PerformanceObserver((list) => {
      if (list.getEntriesByName("first-contentful-paint").length > 0) resolve();
    }).observe({ type: "paint", buffered: true });
  });
}

/** The page's own styles, before its script: without them it would stand there naked for a moment. */
async function styled(): Promise<void> {
  await new Promise<void>((resolve) => {
    const link = document.createElement("link");
    link.onload = link.onerror = () => resolve();
    link.rel = "stylesheet";
    link.href = "page.css";
    document.head.append(link);
  });
}

/** Asked for early, and behind the pictures. */
function comesLater(as: "script", href: string): void {
  const link = document.createElement("link");
  Object.assign(link, { rel: "preload", as, href, fetchPriority: "low" });
  document.head.append(link);
}

void (async () => {
  const answer = JSON.parse(document.getElementById("first")?.textContent ?? "null") as FirstAnswer | null;
  const rows = answer ? firstRows(answer) : undefined;
  Object.assign(window, { offrollFirst: answer && { answer, tiles: rows?.tiles ?? new Map() } });
  if (rows && rows.tiles.size > 0) {
    await drawn();
    rows.make(rows.answer.items.id.length, Number.POSITIVE_INFINITY);
  }
  comesLater("script", "page.js");
  await styled();
  const page = document.createElement("script");
  page.src = "page.js";
  document.head.append(page);
})();
