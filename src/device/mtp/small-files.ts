/** Small files that were read whole for their heads, kept until they are read to be copied. Bounded; the oldest go first. */

/** As large as a head. */
const largestBytes = 64 * 1024;
const mostBytes = 32 * 1024 * 1024;

export class SmallFiles {
  readonly #files = new Map<string, Buffer>();
  #bytes = 0;

  put(id: string, bytes: Buffer): void {
    if (bytes.length > largestBytes || this.#files.has(id)) return;
    this.#files.set(id, bytes);
    this.#bytes += bytes.length;
    for (const [oldest] of this.#files) {
      if (this.#bytes <= mostBytes) break;
      this.take(oldest);
    }
  }

  /** Given out once. */
  take(id: string): Buffer | undefined {
    const bytes = this.#files.get(id);
    if (bytes) {
      this.#files.delete(id);
      this.#bytes -= bytes.length;
    }
    return bytes;
  }

  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }
}
