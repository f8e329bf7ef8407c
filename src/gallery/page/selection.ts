/** Photos that are selected, whatever view they were selected in. */

/** Ids in the order in which they were selected. Whoever shows them is told of each change. */
export class Selection {
  readonly #ids = new Set<number>();
  readonly #listeners: (() => void)[] = [];
  /** Place in the view of what was selected last: a range begins there. */
  last: number | undefined;

  get isOn(): boolean {
    return this.#ids.size > 0;
  }

  get ids(): number[] {
    return [...this.#ids];
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  toggle(id: number, index: number): void {
    if (!this.#ids.delete(id)) this.#ids.add(id);
    this.last = index;
    this.#tell();
  }

  add(ids: readonly number[], index: number): void {
    for (const id of ids) this.#ids.add(id);
    this.last = index;
    this.#tell();
  }

  remove(ids: readonly number[]): void {
    for (const id of ids) this.#ids.delete(id);
    this.#tell();
  }

  clear(): void {
    this.#ids.clear();
    this.last = undefined;
    this.#tell();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
