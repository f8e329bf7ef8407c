/** Text that is put together piece by piece, as bytes: outside of the heap, and used again for the next. */
import { createHash } from "node:crypto";

const firstBytes = 64 * 1024;
/** A page that had more gives its memory back. */
const keptBytes = 4 * 1024 * 1024;

export class PageBytes {
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #length = 0;

  add(text: string): void {
    // A unit of UTF-16 takes three bytes at most.
    const most = this.#length + text.length * 3;
    if (most > this.#bytes.length) {
      const more = Buffer.allocUnsafeSlow(Math.max(most, this.#bytes.length * 2));
      this.#bytes.copy(more, 0, 0, this.#length);
      this.#bytes = more;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What was added, between these; it is good until `clear`. */
  between(start: string, end: string): { sizeBytes: number; sha256: string; content: () => AsyncIterable<Uint8Array> } {
    const parts = [Buffer.from(start), this.#bytes.subarray(0, this.#length), Buffer.from(end)].filter(
      ({ length }) => length > 0,
    );
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return {
      sizeBytes: parts.reduce((sum, { length }) => sum + length, 0),
      sha256: hash.digest("hex"),
      content: async function* () {
        yield* parts;
      },
    };
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
  }
}
