/** The map: dots where photos were taken, joined where they would touch. A list of names says the same to who sees no map. */
import type { PlacesAnswer } from "../wire.ts";
import { api } from "./api.ts";
import { smallPicture } from "./api-words.ts";
import { element, iconButton } from "./dom.ts";
import { drawLand, project, type Window } from "./map.ts";
import { count } from "./words.ts";

/** Photos of one dot, and the box that holds them. */
interface Dot {
  readonly lat: number;
  readonly lon: number;
  count: number;
  south: number;
  west: number;
  north: number;
  east: number;
  readonly cover: { readonly id: number; readonly v: string };
}

/** Pixels a degree: of a wide map; a narrow one shows the whole world with less. */
const leastScale = 2;
const mostScale = 4_000;
const dotPixels = 46;
/** The first name is only worth a line where it is not the only one. */
const shownNames = 60;

/** @param onView a dot or a name was chosen */
export async function placesPage(onView: (view: string, title: string) => void): Promise<HTMLElement> {
  const places = await api.places();
  if (places.lat.length === 0) return empty();
  const map = new PlaceMap(places, onView);
  const names = places.names.slice(0, shownNames).map(([name, n]) =>
    element(
      "button",
      {
        class: "chip",
        attributes: { type: "button" },
        on: { click: () => onView(new URLSearchParams({ place: name }).toString(), name) },
      },
      `${name}  ${n}`,
    ),
  );
  const list = element(
    "div",
    { class: "chips place-names", attributes: { role: "group", "aria-label": "Places by name" } },
    ...names,
  );
  return element("div", { class: "places" }, map.element, names.length > 0 ? list : undefined);
}

function empty(): HTMLElement {
  return element(
    "div",
    { class: "nothing" },
    element("h2", { text: "No photo says where it was taken" }),
    element("p", { text: "Places come from the phone: its camera must be allowed to use the location." }),
  );
}

class PlaceMap {
  readonly element: HTMLElement;
  readonly #places: PlacesAnswer;
  readonly #onView: (view: string, title: string) => void;
  readonly #canvas = element("canvas", {
    class: "map",
    attributes: {
      tabindex: 0,
      role: "application",
      "aria-label": "Map of places. Arrows move it, plus and minus zoom, Enter opens what is in the middle.",
    },
  });
  readonly #hint = element("div", { class: "map-hint", attributes: { hidden: true } });
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #window: Window = { lon: 10, lat: 30, scale: leastScale };
  #dots: Dot[] = [];
  #moved = 0;
  #spread = 0;
  #frame: number | undefined;

  constructor(places: PlacesAnswer, onView: (view: string, title: string) => void) {
    this.#places = places;
    this.#onView = onView;
    const zoom = element(
      "div",
      { class: "map-zoom" },
      iconButton("add", "Zoom in", () => this.#zoomBy(2)),
      iconButton("large", "Show all places", () => this.#showAll()),
    );
    this.element = element("div", { class: "map-box" }, this.#canvas, zoom, this.#hint);
    this.#canvas.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    this.#canvas.addEventListener("pointerdown", (event) => this.#onDown(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#onMove(event));
    this.#canvas.addEventListener("pointerup", (event) => this.#onUp(event));
    this.#canvas.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    this.#canvas.addEventListener("keydown", (event) => this.#onKey(event));
    let isFirst = true;
    new ResizeObserver(() => {
      if (isFirst) this.#showAll();
      else this.#later();
      isFirst = false;
    }).observe(this.#canvas);
  }

  /** Where photos are, and not the seven seas around them. */
  #showAll(): void {
    const { lat, lon } = this.#places;
    const bounds = (values: readonly number[]): [number, number] => [
      Math.min(...values.slice(0, 5_000)),
      Math.max(...values.slice(0, 5_000)),
    ];
    const [[south, north], [west, east]] = [bounds(lat), bounds(lon)];
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = Math.min(
      clientWidth / (Math.max(4, east - west) * 1.25),
      clientHeight / (Math.max(3, north - south) * 1.35),
    );
    this.#window = {
      lon: (west + east) / 2,
      lat: (south + north) / 2,
      scale: Math.max(this.#leastScale, Math.min(60, scale)),
    };
    this.#later();
  }

  get #leastScale(): number {
    return Math.min(leastScale, this.#canvas.clientWidth / 360);
  }

  #later(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      void this.#draw();
    });
  }

  async #draw(): Promise<void> {
    const context = await drawLand(this.#canvas, this.#window);
    if (!context) return;
    this.#dots = this.#joined();
    const style = getComputedStyle(this.#canvas);
    const [accent, paper] = [style.getPropertyValue("--accent"), style.getPropertyValue("--paper")];
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 12px ${style.fontFamily}`;
    for (const dot of this.#dots) {
      const { x, y } = this.#at(dot);
      const radius = radiusOf(dot);
      context.beginPath();
      context.arc(x, y, radius, 0, Math.PI * 2);
      context.fillStyle = accent;
      context.globalAlpha = 0.92;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 2;
      context.strokeStyle = paper;
      context.stroke();
      context.fillStyle = paper;
      if (dot.count > 1) context.fillText(short(dot.count), x, y + 0.5);
    }
  }

  #at({ lat, lon }: { readonly lat: number; readonly lon: number }): { x: number; y: number } {
    return project(this.#window, { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight }, lon, lat);
  }

  /** Dots that would touch are one, at the place of the one with the most photos. */
  #joined(): Dot[] {
    const { lat, lon, count: counts, id, v } = this.#places;
    const cells = new Map<string, Dot>();
    const { clientWidth, clientHeight } = this.#canvas;
    for (let i = 0; i < lat.length; i += 1) {
      const [y, x, n] = [lat[i] ?? 0, lon[i] ?? 0, counts[i] ?? 0];
      const at = this.#at({ lat: y, lon: x });
      if (at.x < -60 || at.y < -60 || at.x > clientWidth + 60 || at.y > clientHeight + 60) continue;
      const cell = `${Math.floor((x * this.#window.scale) / dotPixels)},${Math.floor((y * this.#window.scale) / dotPixels)}`;
      const dot = cells.get(cell);
      const half = 0.0051;
      if (!dot)
        cells.set(cell, {
          ...{ lat: y, lon: x, count: n, south: y - half, north: y + half, west: x - half, east: x + half },
          cover: { id: id[i] ?? 0, v: v[i] ?? "" },
        });
      else {
        dot.count += n;
        dot.south = Math.min(dot.south, y - half);
        dot.north = Math.max(dot.north, y + half);
        dot.west = Math.min(dot.west, x - half);
        dot.east = Math.max(dot.east, x + half);
      }
    }
    return [...cells.values()].sort((a, b) => a.count - b.count);
  }

  #dotAt(x: number, y: number): Dot | undefined {
    return this.#dots.findLast((dot) => {
      const at = this.#at(dot);
      return Math.hypot(at.x - x, at.y - y) <= radiusOf(dot) + 3;
    });
  }

  #open(dot: Dot): void {
    const box = [dot.south, dot.west, dot.north, dot.east].map((n) => n.toFixed(4)).join(",");
    this.#onView(`box=${box}`, count(dot.count, "photo here", "photos here"));
  }

  #zoomBy(factor: number, x = this.#canvas.clientWidth / 2, y = this.#canvas.clientHeight / 2): void {
    const { lon, lat, scale } = this.#window;
    const next = Math.min(mostScale, Math.max(this.#leastScale, scale * factor));
    const [dx, dy] = [x - this.#canvas.clientWidth / 2, y - this.#canvas.clientHeight / 2];
    this.#window = { lon: lon + dx / scale - dx / next, lat: clampLat(lat - dy / scale + dy / next), scale: next };
    this.#later();
  }

  #pan(dx: number, dy: number): void {
    const { lon, lat, scale } = this.#window;
    const moved = lon - dx / scale;
    this.#window = {
      lon: moved > 180 ? moved - 360 : moved < -180 ? moved + 360 : moved,
      lat: clampLat(lat + dy / scale),
      scale,
    };
    this.#later();
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.#zoomBy(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
  }

  #onDown(event: PointerEvent): void {
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#moved = 0;
    this.#spread = 0;
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.#hover(event.offsetX, event.offsetY);
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    const [a, b] = [...this.#pointers.values()];
    if (a && b) {
      const spread = Math.hypot(a.x - b.x, a.y - b.y);
      if (this.#spread > 0) this.#zoomBy(spread / this.#spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
      this.#spread = spread;
      this.#moved = 99;
      return;
    }
    this.#moved += Math.abs(event.offsetX - before.x) + Math.abs(event.offsetY - before.y);
    this.#pan(event.offsetX - before.x, event.offsetY - before.y);
  }

  #onUp(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    if (this.#moved > 6) return;
    const dot = this.#dotAt(event.offsetX, event.offsetY);
    if (dot) this.#open(dot);
  }

  #hover(x: number, y: number): void {
    const dot = this.#dotAt(x, y);
    this.#canvas.style.cursor = dot ? "pointer" : "grab";
    this.#hint.hidden = !dot;
    if (!dot) return;
    const at = this.#at(dot);
    const picture = element("img", { attributes: { src: smallPicture(dot.cover.id, dot.cover.v), alt: "" } });
    this.#hint.replaceChildren(picture, element("span", { text: count(dot.count, "photo") }));
    this.#hint.style.transform = `translate(${Math.min(this.#canvas.clientWidth - 190, Math.max(8, at.x + 18))}px,${Math.max(8, at.y - 70)}px)`;
  }

  #onKey(event: KeyboardEvent): void {
    const step = 80;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#pan(step, 0),
      ArrowRight: () => this.#pan(-step, 0),
      ArrowUp: () => this.#pan(0, step),
      ArrowDown: () => this.#pan(0, -step),
      "+": () => this.#zoomBy(1.6),
      "=": () => this.#zoomBy(1.6),
      "-": () => this.#zoomBy(1 / 1.6),
      "0": () => this.#showAll(),
      Enter: () => this.#openMiddle(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #openMiddle(): void {
    const [x, y] = [this.#canvas.clientWidth / 2, this.#canvas.clientHeight / 2];
    const far = (dot: Dot): number => Math.hypot(this.#at(dot).x - x, this.#at(dot).y - y);
    const [nearest] = [...this.#dots].sort((a, b) => far(a) - far(b));
    if (nearest) this.#open(nearest);
  }
}

const clampLat = (lat: number): number => Math.min(88, Math.max(-88, lat));
const radiusOf = ({ count: n }: Dot): number => Math.min(26, n > 1 ? 11 + Math.log10(n) * 5 : 6);
const short = (n: number): string =>
  n >= 10_000 ? `${Math.round(n / 1000)}k` : n >= 1_000 ? `${(n / 1000).toFixed(1)}k` : String(n);
