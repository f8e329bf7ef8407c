/** Bounds the bytes in flight over all files, first come first served; one file larger than the budget passes alone. */
export class ByteBudget {
  readonly #total: number;
  #used = 0;
  #waiting: { bytes: number; go: () => void }[] = [];

  constructor(totalBytes: number) {
    this.#total = totalBytes;
  }

  async acquire(bytes: number): Promise<() => void> {
    const want = Math.min(bytes, this.#total);
    if (this.#waiting.length > 0 || this.#used + want > this.#total)
      await new Promise<void>((go) => this.#waiting.push({ bytes: want, go }));
    else this.#used += want;
    return () => {
      this.#used -= want;
      this.#admit();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#used + next.bytes <= this.#total; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.bytes;
      next.go();
    }
  }
}
