/**
 * The grid: a scrolled box of which only the rows in view, and a few around them, have elements. A row's elements are made once and
 * taken away when they are far; pictures are asked for when the scrolling rests. Elements stand in the order of the photos, so that
 * the keyboard and a screen reader go through them as the eye does.
 */
import { flag, headPhotos, type ItemsAnswer, stretch, type ViewAnswer } from "../wire.ts";
import { api } from "./api.ts";
import { bytesInSteps, bytesOf, smallPicture } from "./api-words.ts";
import { element } from "./dom.ts";
import { rowsInView } from "./in-view.ts";
import { headOf, type Layout, layOut, layOutInSteps, type Row, type Shapes } from "./layout.ts";
import { type Measures, measuresFor } from "./measures.ts";
import type { Selection } from "./selection.ts";
import { afterDrawing, inTurns, nextTurn } from "./turns.ts";
import { clock, dayWords, fullDayWords, monthWords, photoName } from "./words.ts";

/** What the rest of the page wants to know. */
export interface TimelineEvents {
  /** A photo was opened. */
  readonly onOpen: (photo: number) => void;
  /** The first row in view is of another month. */
  readonly onMonth: (month: number) => void;
  /** All of the view is laid out, or laid out anew. */
  readonly onLaidOut: () => void;
  readonly onScroll: () => void;
}

/** What was done so far: the page's own figures, which tests read. */
export interface TimelineCounts {
  rowsBuilt: number;
  requests: number;
  /** Whether all of the view is laid out. */
  isWhole: boolean;
}

/** What is known of a photo in the view. */
export interface Item {
  readonly id: number;
  readonly v: string;
  readonly name: string;
  readonly flags: number;
  readonly duration: number;
  readonly size: string | undefined;
}

/** Scrolling rests when nothing moved for so long; only then are pictures asked for where one flew past. */
const restMs = 90;
const longPressMs = 450;
/** The corner of a picture in which it is selected instead of opened. */
const cornerPixels = 38;

/** The grid of one view at a time. */
export class Timeline {
  readonly element: HTMLElement;
  readonly counts: TimelineCounts = { rowsBuilt: 0, requests: 0, isWhole: false };
  readonly #events: TimelineEvents;
  readonly #selection: Selection;
  readonly #canvas: HTMLElement;
  readonly #rows = new Map<number, HTMLElement[]>();
  readonly #tiles = new Map<number, HTMLElement>();
  /** Tiles that were in the page before the grid was. */
  readonly #first = new Map<number, HTMLElement>();
  readonly #loaded = new Map<number, ItemsAnswer | "coming">();
  /** Pictures that were asked for, by their tiles. */
  readonly #coming = new Map<HTMLElement, HTMLImageElement>();
  #view = "";
  /** What is laid out: the first photos of the view, until all of it is. */
  #shapes: Shapes = { count: 0, days: [], ratios: new Uint8Array() };
  #count = 0;
  #whole: Promise<void> = Promise.resolve();
  #measures: Measures = measuresFor(1, 1);
  #layout: Layout = layOut(this.#shapes, this.#measures);
  #width = 0;
  #month: number | undefined;
  #focused = 0;
  #resting: number | undefined;
  #frame: number | undefined;
  #lastTop = 0;
  #lastAt = 0;
  #fastUntil = 0;
  #generation = 0;

  constructor(selection: Selection, events: TimelineEvents) {
    this.#events = events;
    this.#selection = selection;
    // As the page came: what is in it stays where it is.
    this.#canvas = document.querySelector<HTMLElement>(".canvas") ?? element("div", { class: "canvas" });
    this.element =
      document.querySelector<HTMLElement>(".timeline") ?? element("div", { class: "timeline" }, this.#canvas);
    for (const [name, value] of Object.entries({ role: "region", "aria-label": "Photos", tabindex: "-1" }))
      this.element.setAttribute(name, value);
    this.element.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#canvas.addEventListener("click", (event) => this.#onClick(event));
    this.#canvas.addEventListener("keydown", (event) => this.#onKey(event));
    this.#canvas.addEventListener("focusin", (event) => this.#onFocus(event));
    this.#watchLongPress();
    new ResizeObserver(() => this.#onResize()).observe(this.element);
    selection.onChange(() => this.#mark());
  }

  get layout(): Layout {
    return this.#layout;
  }

  get count(): number {
    return this.#count;
  }

  /** Until all of the view is laid out, whatever is shown of it before. */
  async whole(): Promise<void> {
    await this.#whole;
  }

  get view(): string {
    return this.#view;
  }

  /** Takes over what was in the page before. To be told before the view that it is of is shown. */
  adopt(tiles: ReadonlyMap<number, HTMLElement>): void {
    for (const [index, tile] of tiles) this.#first.set(index, tile);
  }

  /** Shows another view, from its beginning: the first screen at once, the rest when it was drawn. @param known a stretch of it that is there already */
  show(view: string, answer: ViewAnswer, known?: ItemsAnswer): void {
    this.#generation += 1;
    this.#view = view;
    this.counts.isWhole = false;
    this.#count = answer.of ?? answer.count;
    const { days } = answer;
    const most = Math.min(headPhotos, answer.count);
    // So many bytes are in so many letters of it.
    const ratios = bytesOf(answer.ratios.slice(0, Math.ceil(most / 3) * 4));
    this.#shapes = headOf({ count: answer.count, days, ratios }, headPhotos);
    this.#loaded.clear();
    if (known) this.#loaded.set(known.from / stretch, known);
    this.#focused = 0;
    this.#month = undefined;
    this.#clear();
    this.#width = 0;
    if (this.element.scrollTop !== 0) this.element.scrollTop = 0;
    this.#onResize();
    for (const [, unused] of this.#first) unused.remove();
    this.#first.clear();
    if (this.#shapes.count < this.#count) this.#whole = this.#complete(answer, this.#generation);
    else {
      this.#whole = Promise.resolve();
      this.#isWhole();
    }
  }

  /** Lays out what comes behind the first photos. What is shown stays where it is. */
  async #complete(head: ViewAnswer, generation: number): Promise<void> {
    const isWanted = (): boolean => generation === this.#generation;
    await afterDrawing();
    if (!isWanted()) return;
    const answer = head.of === undefined ? head : await api.view(this.#view).catch(() => undefined);
    if (!answer || !isWanted()) return;
    const ratios = await inTurns(bytesInSteps(answer.ratios), isWanted);
    if (!ratios) return;
    const shapes = { count: answer.count, days: answer.days, ratios };
    let layout: Layout | undefined;
    // Its size may change meanwhile.
    for (let measures: Measures | undefined; measures !== this.#measures; ) {
      measures = this.#measures;
      layout = await inTurns(layOutInSteps(shapes, measures), isWanted);
      if (!layout) return;
    }
    [this.#shapes, this.#count] = [shapes, shapes.count];
    if (layout) this.#take(layout);
    await nextTurn();
    if (isWanted()) this.#isWhole();
  }

  #isWhole(): void {
    this.counts.isWhole = true;
    this.#events.onLaidOut();
  }

  /** Rows that look the same in it stay. */
  #take(layout: Layout): void {
    const before = this.#layout;
    this.#layout = layout;
    this.#canvas.style.height = `${layout.height}px`;
    for (const [index, elements] of this.#rows)
      if (index >= layout.rows || !looksSame(before.row(index), layout.row(index))) {
        this.#rows.delete(index);
        for (const gone of elements) this.#remove(gone);
      }
    this.#draw();
  }

  /** The photo at a place of the view; asked for where it is not known yet. */
  async item(index: number): Promise<Item | undefined> {
    const known = this.#known(index);
    if (known || index < 0 || index >= this.#count) return known;
    await this.#load(Math.floor(index / stretch));
    return this.#known(index);
  }

  /** Ids of photos, asked for where they are not known. @param from,to places in the view */
  async ids(from: number, to: number): Promise<number[]> {
    const ids: number[] = [];
    for (let i = from; i < to; i += 1) {
      const item = await this.item(i);
      if (item) ids.push(item.id);
    }
    return ids;
  }

  /** Brings a photo into view and gives it the keyboard. */
  focus(index: number): void {
    this.#focused = Math.max(0, Math.min(this.#count - 1, index));
    if (this.#focused >= this.#shapes.count) {
      const generation = this.#generation;
      void this.#whole.then(() => {
        if (generation === this.#generation && this.#focused < this.#shapes.count) this.focus(this.#focused);
      });
      return;
    }
    const row = this.#layout.row(this.#layout.rowOf(this.#focused));
    const { scrollTop, clientHeight } = this.element;
    if (row.top < scrollTop) this.element.scrollTop = row.top;
    else if (row.y + row.pictureHeight > scrollTop + clientHeight)
      this.element.scrollTop = row.y + row.pictureHeight - clientHeight + 8;
    this.#draw();
    this.#tiles.get(this.#focused)?.focus({ preventScroll: true });
  }

  /** The photo that has the keyboard, or would get it. */
  get focused(): number {
    return this.#focused;
  }

  scrollTo(top: number): void {
    this.element.scrollTop = top;
    this.#draw();
  }

  #known(index: number): Item | undefined {
    const loaded = this.#loaded.get(Math.floor(index / stretch));
    if (!loaded || loaded === "coming") return undefined;
    const at = index - loaded.from;
    const id = loaded.id[at];
    if (id === undefined) return undefined;
    const { v, name, flags, duration, size } = loaded;
    const times = { flags: flags[at] ?? 0, duration: duration[at] ?? 0 };
    return { id, v: v[at] ?? "", name: name[at] ?? "", ...times, size: size?.[at] };
  }

  #onResize(): void {
    const style = getComputedStyle(this.#canvas);
    const width = Math.floor(
      this.#canvas.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight),
    );
    // What is not in the page yet has no size, not even none.
    if (!(width > 0)) return;
    const measures = measuresFor(width, innerHeight);
    if (width === this.#width && measures.rowHeight === this.#measures.rowHeight) return this.#draw();
    // What was at the top stays there.
    const anchor = this.#layout.firsts[this.#layout.rowAt(this.element.scrollTop)] ?? 0;
    const wasAtTop = this.element.scrollTop < 4;
    this.#width = width;
    this.#measures = measures;
    this.#layout = layOut(this.#shapes, measures);
    // Of what is not laid out yet: as high as what is.
    const share = this.#count / Math.max(1, this.#shapes.count);
    this.#canvas.style.height = `${this.#layout.height * share}px`;
    this.#clear();
    if (!wasAtTop) this.element.scrollTop = this.#layout.tops[this.#layout.rowOf(anchor)] ?? 0;
    this.#draw();
    this.#events.onScroll();
    if (this.#shapes.count === this.#count) this.#events.onLaidOut();
  }

  #clear(): void {
    const kept = new Set<Element>(this.#first.values());
    for (const child of [...this.#canvas.children]) if (!kept.has(child)) child.remove();
    this.#rows.clear();
    this.#tiles.clear();
    for (const image of this.#coming.values()) image.src = "data:,";
    this.#coming.clear();
  }

  #onScroll(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
      this.#events.onScroll();
    });
  }

  #draw(): void {
    if (this.#layout.rows === 0) return;
    // Asked for before anything changes: afterwards the browser would have to lay the page out to tell.
    const { scrollTop: top, clientHeight } = this.element;
    const { first, last } = rowsInView(this.#layout, { top, height: clientHeight });
    for (const [index, elements] of this.#rows)
      if (index < first || index > last) {
        this.#rows.delete(index);
        for (const gone of elements) this.#remove(gone);
      }
    // Behind the last element that comes before them: what stands stays where it is, and keeps the keyboard.
    for (let index = first; index <= last; index += 1) if (!this.#rows.has(index)) this.#build(index);
    this.#tellMonth(top);
    this.#askFor(first, last, top);
  }

  #remove(gone: HTMLElement): void {
    const index = gone.dataset["i"];
    if (index !== undefined) this.#tiles.delete(Number(index));
    gone.remove();
    // What flew past before its picture came is not waited for: the server makes others meanwhile.
    const coming = this.#coming.get(gone);
    this.#coming.delete(gone);
    if (coming) coming.src = "data:,";
  }

  #build(index: number): void {
    this.counts.rowsBuilt += 1;
    const row = this.#layout.row(index);
    const made = [...this.#headings(row), ...this.#pictures(row)];
    this.#rows.set(index, made);
    let next = this.#after(index);
    for (const one of [...made].reverse()) {
      if (one.parentNode !== this.#canvas) this.#canvas.insertBefore(one, next);
      next = one;
    }
  }

  /** The first element of the rows below. */
  #after(index: number): HTMLElement | null {
    let nearest = Number.POSITIVE_INFINITY;
    for (const other of this.#rows.keys()) if (other > index && other < nearest) nearest = other;
    return this.#rows.get(nearest)?.[0] ?? null;
  }

  #headings(row: Row): HTMLElement[] {
    const made: HTMLElement[] = [];
    if (row.month !== undefined) {
      const month = element("h2", { class: "month", text: monthWords(row.month) });
      month.style.transform = `translateY(${row.top}px)`;
      made.push(month);
    }
    for (const { day, x, width, from } of row.days) {
      if (day === 0) continue;
      const heading = element("button", {
        class: "day",
        text: dayWords(day),
        attributes: {
          type: "button",
          tabindex: -1,
          "aria-label": `${dayWords(day)}: select ${fullDayWords(day)}`,
          title: "Select this day",
        },
        on: { click: () => void this.#selectDay(from) },
      });
      heading.style.cssText = `transform:translate(${x}px,${row.y - this.#measures.dayHeading}px);max-width:${width}px`;
      made.push(heading);
    }
    return made;
  }

  #pictures({ from, to, y, pictureHeight, boxes }: Row): HTMLElement[] {
    const made: HTMLElement[] = [];
    for (let i = from; i < to; i += 1) {
      const [x = 0, width = 0] = [boxes[(i - from) * 2], boxes[(i - from) * 2 + 1]];
      const place = `transform:translate(${x}px,${y}px);width:${width}px;height:${pictureHeight}px`;
      const tile = this.#tile(i, place);
      this.#tiles.set(i, tile);
      this.#fill(i, tile);
      made.push(tile);
    }
    return made;
  }

  #tile(index: number, place: string): HTMLElement {
    const tile = this.#first.get(index) ?? element("button", { class: "tile" });
    this.#first.delete(index);
    tile.setAttribute("type", "button");
    tile.setAttribute("aria-label", "Photo, not loaded yet");
    tile.dataset["i"] = String(index);
    const { backgroundImage } = tile.style;
    tile.style.cssText = place;
    if (backgroundImage !== "") tile.style.backgroundImage = backgroundImage;
    return tile;
  }

  /** What is known of a photo, into its element. The picture itself comes when the scrolling rests. */
  #fill(index: number, tile: HTMLElement): void {
    const item = this.#known(index);
    if (!item || tile.dataset["id"] === String(item.id)) return;
    tile.dataset["id"] = String(item.id);
    const { flags, duration, name, size } = item;
    const spoken = photoName(name, flags, this.#dayOf(index), duration);
    tile.setAttribute("aria-label", size === undefined ? spoken : `${spoken}, ${size}`);
    tile.title = name;
    const badge = [badgeOf(flags, duration), size].filter(Boolean).join("  ");
    if (badge !== "") tile.dataset["badge"] = badge;
    this.#markOne(tile, item.id);
  }

  #dayOf(index: number): number {
    const { days } = this.#shapes;
    for (let d = 0, at = 0; d < days.length; d += 2) {
      at += days[d + 1] ?? 0;
      if (index < at) return days[d] ?? 0;
    }
    return 0;
  }

  /** At once when the scrolling is slow; after it rests, when it was fast. */
  #askFor(first: number, last: number, top: number): void {
    const now = performance.now();
    const moved = Math.abs(top - this.#lastTop);
    if (moved > 0) {
      const { clientHeight } = this.element;
      // More than a screen at once is fast, however long ago the last move was: it may be the first of many.
      const isFast = moved > clientHeight || moved / Math.max(1, now - this.#lastAt) > clientHeight / 120;
      if (isFast) this.#fastUntil = now + restMs;
      this.#lastTop = top;
      this.#lastAt = now;
    }
    clearTimeout(this.#resting);
    if (now >= this.#fastUntil) this.#askNow(first, last);
    else this.#resting = window.setTimeout(() => this.#draw(), restMs);
  }

  #askNow(first: number, last: number): void {
    const [from, to] = [this.#layout.firsts[first] ?? 0, this.#layout.firsts[last + 1] ?? 0];
    for (let s = Math.floor(from / stretch); s <= Math.floor(Math.max(from, to - 1) / stretch); s += 1)
      if (!this.#loaded.has(s)) void this.#load(s);
    for (const [index, tile] of this.#tiles) this.#showPicture(index, tile);
  }

  async #load(index: number): Promise<void> {
    const generation = this.#generation;
    const from = index * stretch;
    if (from >= this.#count) return;
    this.#loaded.set(index, "coming");
    this.counts.requests += 1;
    try {
      const answer = await api.items(this.#view, from, stretch);
      if (generation !== this.#generation) return;
      this.#loaded.set(index, answer);
    } catch {
      if (generation === this.#generation) this.#loaded.delete(index);
      return;
    }
    for (const [i, tile] of this.#tiles)
      if (i >= from && i < from + stretch) {
        this.#fill(i, tile);
        this.#showPicture(i, tile);
      }
  }

  /** Drawn when it is decoded, so that no half picture is seen; one that nobody wants any more is let go. */
  #showPicture(index: number, tile: HTMLElement): void {
    const item = this.#known(index);
    if (!item || tile.dataset["shown"] !== undefined) return;
    tile.dataset["shown"] = "";
    const image = new Image();
    const url = smallPicture(item.id, item.v);
    image.src = url;
    this.#coming.set(tile, image);
    const isGone = (): boolean => !this.#coming.delete(tile);
    image.decode().then(
      () => {
        if (isGone()) return;
        tile.style.backgroundImage = `url("${url}")`;
        tile.classList.add("there");
      },
      () => {
        if (isGone()) return;
        tile.classList.add("none");
        tile.dataset["badge"] =
          `${item.name}${tile.dataset["badge"] === undefined ? "" : `  ${tile.dataset["badge"]}`}`;
      },
    );
  }

  #tellMonth(scrollTop: number): void {
    const { months } = this.#layout;
    const top = scrollTop + 8;
    let month = months[0]?.month;
    for (const m of months) {
      if (m.top > top) break;
      month = m.month;
    }
    if (month === undefined || month === this.#month) return;
    this.#month = month;
    this.#events.onMonth(month);
  }

  #indexOf(target: EventTarget | null): number | undefined {
    const tile = target instanceof HTMLElement ? target.closest<HTMLElement>(".tile") : null;
    return tile?.dataset["i"] === undefined ? undefined : Number(tile.dataset["i"]);
  }

  #onClick(event: MouseEvent): void {
    const index = this.#indexOf(event.target);
    if (index === undefined) return;
    const item = this.#known(index);
    const box = (event.target as HTMLElement).getBoundingClientRect();
    const isCorner =
      event.detail > 0 && event.clientX - box.left < cornerPixels && event.clientY - box.top < cornerPixels;
    if (item && (isCorner || event.shiftKey || this.#selection.isOn))
      return this.#select(index, item.id, event.shiftKey);
    this.#focused = index;
    this.#events.onOpen(index);
  }

  #select(index: number, id: number, isRange: boolean): void {
    const last = this.#selection.last;
    this.#focused = index;
    if (!isRange || last === undefined) return this.#selection.toggle(id, index);
    const [from, to] = [Math.min(last, index), Math.max(last, index) + 1];
    void this.ids(from, to).then((ids) => this.#selection.add(ids, index));
  }

  /** @param from the day's first photo */
  async #selectDay(from: number): Promise<void> {
    await this.#whole;
    const to = this.#layout.row(this.#layout.rowOf(from)).days.find((day) => day.from === from)?.to ?? from + 1;
    const ids = await this.ids(from, to);
    if (ids.every((id) => this.#selection.has(id))) this.#selection.remove(ids);
    else this.#selection.add(ids, to - 1);
  }

  #watchLongPress(): void {
    let pressed: number | undefined;
    const end = (): void => clearTimeout(pressed);
    this.#canvas.addEventListener("pointerdown", (event) => {
      const index = this.#indexOf(event.target);
      if (event.pointerType !== "touch" || index === undefined) return;
      pressed = window.setTimeout(() => {
        const item = this.#known(index);
        if (item && !this.#selection.isOn) this.#selection.toggle(item.id, index);
      }, longPressMs);
    });
    for (const name of ["pointerup", "pointercancel", "pointermove"]) this.#canvas.addEventListener(name, end);
    this.#canvas.addEventListener("contextmenu", (event) => {
      if (this.#selection.isOn) event.preventDefault();
    });
  }

  #onFocus(event: FocusEvent): void {
    const index = this.#indexOf(event.target);
    if (index === undefined) return;
    this.#focused = index;
    // What the keyboard reaches comes into view, and what lies behind it is there before it is reached.
    const row = this.#layout.row(this.#layout.rowOf(index));
    const { scrollTop, clientHeight } = this.element;
    if (row.y < scrollTop || row.y + row.pictureHeight > scrollTop + clientHeight) this.focus(index);
  }

  #onKey(event: KeyboardEvent): void {
    const index = this.#indexOf(event.target);
    if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = this.#moved(event.key, index);
    if (to !== undefined) {
      event.preventDefault();
      if (event.shiftKey)
        void this.ids(Math.min(index, to), Math.max(index, to) + 1).then((ids) => this.#selection.add(ids, to));
      this.focus(to);
    } else if (event.key === "x" || event.key === "X") {
      const item = this.#known(index);
      if (item) this.#select(index, item.id, event.shiftKey);
    }
  }

  /** Where an arrow leads. */
  #moved(key: string, index: number): number | undefined {
    const last = this.#count - 1;
    if (key === "ArrowRight") return Math.min(last, index + 1);
    if (key === "ArrowLeft") return Math.max(0, index - 1);
    if (key === "Home") return 0;
    if (key === "End") return last;
    const row = this.#layout.rowOf(index);
    if (key === "ArrowDown") return this.#nearest(index, row, row + 1);
    if (key === "ArrowUp") return this.#nearest(index, row, row - 1);
    const screen = Math.max(1, Math.floor(this.element.clientHeight / this.#measures.rowHeight) - 1);
    if (key === "PageDown") return this.#nearest(index, row, Math.min(this.#layout.rows - 1, row + screen));
    if (key === "PageUp") return this.#nearest(index, row, Math.max(0, row - screen));
    return undefined;
  }

  /** The photo of another row that stands below or above. */
  #nearest(index: number, from: number, to: number): number {
    if (to < 0 || to >= this.#layout.rows) return index;
    const [here, there] = [this.#layout.row(from), this.#layout.row(to)];
    const at = (index - here.from) * 2;
    const middle = (here.boxes[at] ?? 0) + (here.boxes[at + 1] ?? 0) / 2;
    let best = there.from;
    for (let i = there.from; i < there.to; i += 1) if ((there.boxes[(i - there.from) * 2] ?? 0) <= middle) best = i;
    return best;
  }

  #mark(): void {
    this.element.classList.toggle("selecting", this.#selection.isOn);
    for (const tile of this.#tiles.values())
      if (tile.dataset["id"] !== undefined) this.#markOne(tile, Number(tile.dataset["id"]));
  }

  #markOne(tile: HTMLElement, id: number): void {
    const isSelected = this.#selection.has(id);
    tile.classList.toggle("selected", isSelected);
    if (this.#selection.isOn) tile.setAttribute("aria-pressed", String(isSelected));
    else tile.removeAttribute("aria-pressed");
  }
}

function badgeOf(flags: number, duration: number): string {
  const words: string[] = [];
  if (flags & flag.favourite) words.push("♥");
  if (flags & flag.video) words.push(duration > 0 ? `▶ ${clock(duration)}` : "▶");
  else if (flags & flag.live) words.push("◎");
  if (flags & flag.raw) words.push("RAW");
  return words.join("  ");
}

/** Whether two rows have the same pictures and headings in the same places. */
function looksSame(a: Row, b: Row): boolean {
  const look = ({ days, ...row }: Row): string =>
    JSON.stringify([row, days.map(({ day, x, width, from }) => [day, x, width, from])]);
  return look(a) === look(b);
}
