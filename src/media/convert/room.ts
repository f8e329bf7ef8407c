/** Room that is given out in parts, in order: who wants more than there is gets it when nobody else has any. */
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";

export class Room {
  readonly #whole: number;
  #taken = 0;
  readonly #waiting: { readonly part: number; readonly resolve: () => void }[] = [];

  constructor(whole: number) {
    this.#whole = whole;
  }

  /** @returns what gives it back; once */
  async take(wanted: number, { signal }: AbortOptions = {}): Promise<() => void> {
    throwIfAborted(signal);
    const part = Math.min(wanted, this.#whole);
    const { promise, resolve } = Promise.withResolvers<void>();
    const place = { part, resolve };
    this.#waiting.push(place);
    this.#pass();
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(place);
      if (at >= 0) this.#waiting.splice(at, 1);
      else this.#taken -= part; // it came in the moment it left
      this.#pass();
      throw error;
    }
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.#taken -= part;
      this.#pass();
    };
  }

  #pass(): void {
    for (let first = this.#waiting[0]; first && this.#taken + first.part <= this.#whole; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += first.part;
      first.resolve();
    }
  }
}
