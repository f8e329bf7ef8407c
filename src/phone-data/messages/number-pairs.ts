/** Pairs of whole numbers by the first of them: eight bytes each, so that a million stay small. */
export class NumberPairs {
  #from = new Float64Array(1024);
  #to = new Float64Array(1024);
  #length = 0;
  #isSorted = true;

  add(from: number, to: number): void {
    if (this.#length === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
    }
    if (this.#length > 0 && from < (this.#from[this.#length - 1] as number)) this.#isSorted = false;
    this.#from[this.#length] = from;
    this.#to[this.#length] = to;
    this.#length += 1;
  }

  get size(): number {
    return this.#length;
  }

  /** In the order in which they were added. */
  of(from: number): number[] {
    if (!this.#isSorted) this.#sort();
    const found: number[] = [];
    for (let i = this.#first(from); i < this.#length && this.#from[i] === from; i += 1)
      found.push(this.#to[i] as number);
    return found;
  }

  #first(from: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#from[middle] as number) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sort(): void {
    const order = Uint32Array.from({ length: this.#length }, (_, i) => i);
    order.sort((a, b) => (this.#from[a] as number) - (this.#from[b] as number) || a - b);
    this.#from = Float64Array.from(order, (i) => this.#from[i] as number);
    this.#to = Float64Array.from(order, (i) => this.#to[i] as number);
    this.#isSorted = true;
  }
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(values.length * 2);
  more.set(values);
  return more;
}
