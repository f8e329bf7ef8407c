/** Whole numbers, most of them small and close together, as rows of a table are: a bit each. */

const pageBits = 65_536;
/** Larger ones are kept one by one: no phone has counted so far. */
const mostPaged = 2 ** 27;
/** Of those so many; it takes no more. */
const mostApart = 1_000_000;

/** 16 MiB at most for all below 2^27. */
export class NumberSet {
  readonly #pages: (Uint8Array | undefined)[] = [];
  readonly #apart = new Set<number>();

  /** @returns whether it was not in it */
  add(number: number): boolean {
    if (this.has(number)) return false;
    if (!isPaged(number)) {
      if (this.#apart.size < mostApart) this.#apart.add(number);
      return true;
    }
    const at = Math.floor(number / pageBits);
    const page = this.#pages[at] ?? new Uint8Array(pageBits / 8);
    this.#pages[at] = page;
    const bit = number % pageBits;
    page[bit >>> 3] = (page[bit >>> 3] as number) | (1 << (bit & 7));
    return true;
  }

  has(number: number): boolean {
    if (!isPaged(number)) return this.#apart.has(number);
    const page = this.#pages[Math.floor(number / pageBits)];
    const bit = number % pageBits;
    return page !== undefined && ((page[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
  }
}

function isPaged(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < mostPaged;
}
