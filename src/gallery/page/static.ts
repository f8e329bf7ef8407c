/** An album that was exported: opened by a double click, without a server. Only the rows in view have elements, as in the gallery. */
import type { StaticAlbum, StaticPhoto } from "../wire.ts";
import { element, iconButton } from "./dom.ts";
import { type Layout, layOut } from "./layout.ts";
import { measuresFor } from "./measures.ts";
import { count, dayWords, fullDayWords, monthWords } from "./words.ts";

const around = 900;
const swipePixels = 50;

class Album {
  readonly #photos: readonly StaticPhoto[];
  readonly #canvas = element("main", { class: "album" });
  readonly #rows = new Map<number, HTMLElement[]>();
  readonly #stage = element("div", { class: "stage" });
  readonly #words = element("p", { class: "words", attributes: { role: "status" } });
  readonly #previous = iconButton("back", "Previous photo", () => this.#show(this.#shown - 1), "step previous");
  readonly #next = iconButton("next", "Next photo", () => this.#show(this.#shown + 1), "step following");
  readonly #viewer: HTMLElement;
  #layout: Layout;
  #shown = 0;

  constructor(album: StaticAlbum) {
    this.#photos = album.photos;
    this.#layout = this.#laidOut();
    const close = iconButton("close", "Close", () => this.#close(), "close");
    this.#viewer = element(
      "div",
      {
        class: "viewer",
        attributes: { role: "dialog", "aria-modal": "true", "aria-label": "Photo", tabindex: -1, hidden: true },
      },
      element(
        "div",
        { class: "viewer-main" },
        element("header", { class: "viewer-bar" }, close),
        this.#stage,
        this.#previous,
        this.#next,
        this.#words,
      ),
    );
    const head = element(
      "header",
      { class: "album-head" },
      element("h1", { text: album.title }),
      element("p", { class: "quiet", text: count(this.#photos.length, "photo") }),
    );
    document.title = album.title;
    this.#watchSwipes();
    document.body.replaceChildren(head, this.#canvas, this.#viewer);
    document.addEventListener("scroll", () => this.#draw(), { passive: true });
    document.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#renew()).observe(this.#canvas);
  }

  #laidOut(): Layout {
    const days: number[] = [];
    for (const { day } of this.#photos) {
      if (days.at(-2) === day && days.length > 0) days[days.length - 1]! += 1;
      else days.push(day, 1);
    }
    const ratios = Uint8Array.from(this.#photos, (p) => p.ratio);
    const width = this.#canvas.clientWidth || 1000;
    return layOut({ count: this.#photos.length, days, ratios }, measuresFor(width, innerHeight));
  }

  #renew(): void {
    this.#layout = this.#laidOut();
    this.#canvas.style.height = `${this.#layout.height}px`;
    this.#canvas.replaceChildren();
    this.#rows.clear();
    this.#draw();
  }

  #draw(): void {
    if (this.#layout.rows === 0) return;
    const top = -this.#canvas.getBoundingClientRect().top;
    const [first, last] = [this.#layout.rowAt(top - around), this.#layout.rowAt(top + innerHeight + around)];
    for (const [index, elements] of this.#rows)
      if (index < first || index > last) {
        for (const gone of elements) gone.remove();
        this.#rows.delete(index);
      }
    for (let index = first; index <= last; index += 1) if (!this.#rows.has(index)) this.#build(index);
  }

  #build(index: number): void {
    const row = this.#layout.row(index);
    const made: HTMLElement[] = [];
    if (row.month !== undefined) {
      const month = element("h2", { class: "month", text: monthWords(row.month) });
      month.style.transform = `translateY(${row.top}px)`;
      made.push(month);
    }
    for (const { day, x } of row.days) {
      if (day === 0) continue;
      const heading = element("span", { class: "day", text: dayWords(day) });
      heading.style.transform = `translate(${x}px,${row.y - 28}px)`;
      made.push(heading);
    }
    for (let i = row.from; i < row.to; i += 1) made.push(this.#tile(i, row.boxes[(i - row.from) * 2] ?? 0, row));
    this.#rows.set(index, made);
    const later = [...this.#rows.keys()].filter((k) => k > index).sort((a, b) => a - b);
    const next = this.#rows.get(later[0] ?? -1)?.[0] ?? null;
    for (const one of made) this.#canvas.insertBefore(one, next);
  }

  #tile(i: number, x: number, { y, from, pictureHeight, boxes }: ReturnType<Layout["row"]>): HTMLElement {
    const photo = this.#photos[i] as StaticPhoto;
    const tile = element("button", {
      class: "tile there",
      attributes: { type: "button", "aria-label": `Photo ${i + 1}, ${fullDayWords(photo.day)}` },
      on: { click: () => this.#show(i) },
    });
    if (photo.movie !== undefined) tile.dataset["badge"] = photo.movie === "" ? "▶ not in here" : "▶";
    const width = boxes[(i - from) * 2 + 1] ?? 0;
    tile.style.cssText = `transform:translate(${x}px,${y}px);width:${width}px;height:${pictureHeight}px`;
    if (photo.hasPicture) tile.style.backgroundImage = `url("files/small/${photo.n}.jpg")`;
    return tile;
  }

  #show(i: number): void {
    const photo = this.#photos[i];
    if (!photo) return;
    this.#shown = i;
    const large = `files/large/${photo.n}.jpg`;
    const poster = photo.hasPicture ? large : undefined;
    const shown = photo.movie
      ? element("video", { class: "picture", attributes: { src: photo.movie, controls: true, autoplay: true, poster } })
      : element("img", { class: "picture", attributes: { src: large, alt: `Photo ${i + 1}` } });
    this.#stage.replaceChildren(shown);
    const note =
      photo.movie !== ""
        ? ""
        : `The movie is not in this album${photo.hasPicture ? ": only its first picture is." : "."}`;
    this.#words.textContent = [fullDayWords(photo.day), photo.words, note].filter(Boolean).join(" · ");
    this.#previous.disabled = i === 0;
    this.#next.disabled = i === this.#photos.length - 1;
    this.#viewer.hidden = false;
    this.#behind(true);
    // A button of it that has the keyboard keeps it, unless it leads nowhere now.
    if (!this.#viewer.contains(document.activeElement)) this.#viewer.focus();
  }

  /** A finger that goes to the side turns the page. */
  #watchSwipes(): void {
    let from: PointerEvent | undefined;
    this.#stage.addEventListener("pointerdown", (event) => {
      from = event.pointerType === "touch" && event.isPrimary ? event : undefined;
    });
    this.#stage.addEventListener("pointercancel", () => {
      from = undefined;
    });
    this.#stage.addEventListener("pointerup", (event) => {
      const x = from ? event.clientX - from.clientX : 0;
      if (from && Math.abs(x) > swipePixels && Math.abs(x) > Math.abs(event.clientY - from.clientY))
        this.#show(this.#shown - Math.sign(x));
      from = undefined;
    });
  }

  /** What lies behind the dialog is reached by nobody while it is open. */
  #behind(isInert: boolean): void {
    for (const other of document.body.children)
      if (other instanceof HTMLElement && other !== this.#viewer) other.inert = isInert;
  }

  #close(): void {
    this.#viewer.hidden = true;
    this.#stage.replaceChildren();
    this.#behind(false);
    // Where one looked last, which may be far from where it was opened.
    const tile = (): HTMLElement | null => document.querySelector(`[aria-label^="Photo ${this.#shown + 1},"]`);
    if (!tile()) {
      const { y } = this.#layout.row(this.#layout.rowOf(this.#shown));
      scrollTo(0, this.#canvas.getBoundingClientRect().top + scrollY + y - innerHeight / 3);
      this.#draw();
    }
    tile()?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#viewer.hidden) return;
    if (event.key === "Escape") this.#close();
    else if (event.key === "ArrowRight") this.#show(this.#shown + 1);
    else if (event.key === "ArrowLeft") this.#show(this.#shown - 1);
  }
}

const { offrollAlbum } = window as typeof window & { readonly offrollAlbum?: StaticAlbum };
if (offrollAlbum) new Album(offrollAlbum);
