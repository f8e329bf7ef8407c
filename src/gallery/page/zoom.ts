/** A picture that can be enlarged and moved: by wheel, double click, keys, or two fingers. */

const most = 8;

/** Zooms one element in its box. */
export class Zoom {
  readonly #box: HTMLElement;
  readonly #onChange: (scale: number) => void;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #target: HTMLElement | undefined;
  #scale = 1;
  #x = 0;
  #y = 0;
  #spread = 0;

  /** @param onChange told of the scale: a better picture may be wanted */
  constructor(box: HTMLElement, onChange: (scale: number) => void) {
    this.#box = box;
    this.#onChange = onChange;
    box.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    box.addEventListener(
      "dblclick",
      (event) => this.#target && this.by(this.#scale > 1 ? 1 / this.#scale : 2.5, event.clientX, event.clientY),
    );
    box.addEventListener("pointerdown", (event) =>
      this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY }),
    );
    box.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const)
      box.addEventListener(name, (event) => {
        this.#pointers.delete(event.pointerId);
        this.#spread = 0;
      });
  }

  get isOn(): boolean {
    return this.#scale > 1.01;
  }

  /** Another picture, at its whole size. Undefined: nothing to zoom. */
  use(target: HTMLElement | undefined): void {
    this.#target = target;
    this.#scale = 1;
    this.#x = 0;
    this.#y = 0;
    this.#apply();
  }

  /** @param factor to what it is now; @param clientX,clientY what stays where it is */
  by(factor: number, clientX?: number, clientY?: number): void {
    if (!this.#target) return;
    const box = this.#box.getBoundingClientRect();
    const scale = Math.min(most, Math.max(1, this.#scale * factor));
    const [cx, cy] = [
      (clientX ?? box.left + box.width / 2) - box.left - box.width / 2,
      (clientY ?? box.top + box.height / 2) - box.top - box.height / 2,
    ];
    this.#x = cx - ((cx - this.#x) * scale) / this.#scale;
    this.#y = cy - ((cy - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#apply();
    this.#onChange(scale);
  }

  #onWheel(event: WheelEvent): void {
    if (!this.#target) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 400)), event.clientX, event.clientY);
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before || !this.#target) return;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#pointers.size === 2) {
      const [a, b] = [...this.#pointers.values()];
      if (!a || !b) return;
      const spread = Math.hypot(a.x - b.x, a.y - b.y);
      if (this.#spread > 0) this.by(spread / this.#spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
      this.#spread = spread;
    } else if (this.isOn) {
      this.#x += event.clientX - before.x;
      this.#y += event.clientY - before.y;
      this.#apply();
    }
  }

  #apply(): void {
    if (this.#scale <= 1.01) [this.#scale, this.#x, this.#y] = [1, 0, 0];
    const { clientWidth, clientHeight } = this.#box;
    const [mx, my] = [(clientWidth * (this.#scale - 1)) / 2, (clientHeight * (this.#scale - 1)) / 2];
    this.#x = Math.min(mx, Math.max(-mx, this.#x));
    this.#y = Math.min(my, Math.max(-my, this.#y));
    this.#box.classList.toggle("zoomed", this.isOn);
    if (this.#target)
      this.#target.style.transform = this.isOn ? `translate(${this.#x}px,${this.#y}px) scale(${this.#scale})` : "";
  }
}
