/** The months of a view along its edge: drag or click to go to one, with years written where there is room. */
import { element } from "./dom.ts";
import type { Timeline } from "./timeline.ts";
import { monthWords, shortMonthWords } from "./words.ts";

/** Years need so much room to be told apart. */
const leastYearGap = 26;

/** A slider over the whole height of the grid. */
export class Scrubber {
  readonly element: HTMLElement;
  readonly #timeline: Timeline;
  readonly #thumb = element("div", { class: "scrub-thumb" });
  readonly #bubble = element("div", { class: "scrub-bubble", attributes: { "aria-hidden": "true" } });
  readonly #years = element("div", { class: "scrub-years", attributes: { "aria-hidden": "true" } });
  #isDragging = false;
  #hiding: number | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.element = element(
      "div",
      {
        class: "scrubber",
        attributes: {
          role: "slider",
          tabindex: 0,
          "aria-label": "Month",
          "aria-orientation": "vertical",
          "aria-valuemin": 0,
        },
      },
      this.#years,
      this.#thumb,
      this.#bubble,
    );
    this.element.addEventListener("pointerdown", (event) => this.#begin(event));
    this.element.addEventListener("pointermove", (event) => this.#move(event));
    this.element.addEventListener("pointerup", () => this.#end());
    this.element.addEventListener("pointercancel", () => this.#end());
    this.element.addEventListener("pointerleave", () => !this.#isDragging && this.#bubble.classList.remove("on"));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** The view or its width changed. */
  renew(): void {
    const { months, height } = this.#timeline.layout;
    const room = this.element.clientHeight;
    this.element.hidden = months.length < 2 || height < this.#timeline.element.clientHeight * 1.6;
    this.element.setAttribute("aria-valuemax", String(Math.max(0, months.length - 1)));
    const labels: HTMLElement[] = [];
    let last = Number.NEGATIVE_INFINITY;
    let year = -1;
    for (const { month, top } of months) {
      const of = Math.floor(month / 100);
      if (of === year) continue;
      year = of;
      const y = (top / Math.max(1, height)) * room;
      if (y - last < leastYearGap || y > room - leastYearGap / 2) continue;
      last = y;
      const label = element("span", { class: "scrub-year", text: of === 0 ? "–" : String(of) });
      label.style.transform = `translateY(${y}px)`;
      labels.push(label);
    }
    this.#years.replaceChildren(...labels);
    this.follow();
  }

  /** The grid was scrolled. */
  follow(): void {
    const { scrollTop, clientHeight } = this.#timeline.element;
    const { height, months } = this.#timeline.layout;
    const share = scrollTop / Math.max(1, height - clientHeight);
    this.#thumb.style.transform = `translateY(${Math.min(1, share) * (this.element.clientHeight - 4)}px)`;
    const at = this.#monthAt(scrollTop);
    this.element.setAttribute("aria-valuenow", String(at));
    this.element.setAttribute("aria-valuetext", monthWords(months[at]?.month ?? 0));
    this.element.classList.add("moved");
    clearTimeout(this.#hiding);
    this.#hiding = window.setTimeout(() => this.element.classList.remove("moved"), 1_200);
  }

  #monthAt(top: number): number {
    const { months } = this.#timeline.layout;
    let at = 0;
    while (at + 1 < months.length && (months[at + 1]?.top ?? 0) <= top + 8) at += 1;
    return at;
  }

  #topAt(event: PointerEvent): number {
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    return share * Math.max(0, this.#timeline.layout.height - this.#timeline.element.clientHeight);
  }

  #begin(event: PointerEvent): void {
    this.#isDragging = true;
    this.element.setPointerCapture(event.pointerId);
    this.element.classList.add("dragging");
    this.#move(event);
  }

  #move(event: PointerEvent): void {
    const top = this.#topAt(event);
    const box = this.element.getBoundingClientRect();
    this.#bubble.classList.add("on");
    this.#bubble.textContent = shortMonthWords(this.#timeline.layout.months[this.#monthAt(top)]?.month ?? 0);
    this.#bubble.style.transform = `translateY(${Math.min(box.height - 16, Math.max(16, event.clientY - box.top))}px)`;
    if (this.#isDragging) this.#timeline.scrollTo(top);
  }

  #end(): void {
    this.#isDragging = false;
    this.element.classList.remove("dragging");
    this.#bubble.classList.remove("on");
  }

  #onKey(event: KeyboardEvent): void {
    const { months } = this.#timeline.layout;
    const at = this.#monthAt(this.#timeline.element.scrollTop);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 12,
      PageUp: at - 12,
      Home: 0,
      End: months.length - 1,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#timeline.scrollTo(months[Math.max(0, Math.min(months.length - 1, to))]?.top ?? 0);
  }
}
