/** Makes inputs from inputs: the usual small damages, words of the format, and halves of two that were good. */

const interesting = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

export class Mutator {
  readonly #random: () => number;
  readonly #words: readonly Buffer[];
  readonly #maxBytes: number;

  constructor(random: () => number, words: readonly Buffer[], maxBytes: number) {
    this.#random = random;
    this.#words = words;
    this.#maxBytes = maxBytes;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** Between one and a dozen damages; few far more often than many. */
  mutate(input: Buffer, other: Buffer): Buffer {
    let out: Buffer = Buffer.from(input);
    const times = 1 + this.#below(2 ** this.#below(5));
    for (let i = 0; i < times; i += 1) out = this.#once(out, other);
    return out.length > this.#maxBytes ? out.subarray(0, this.#maxBytes) : out;
  }

  #once(bytes: Buffer, other: Buffer): Buffer {
    const at = this.#below(bytes.length + 1);
    switch (this.#below(10)) {
      case 0:
        if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << this.#below(8)), at);
        return bytes;
      case 1:
        if (at < bytes.length) bytes.writeUInt8(this.#below(256), at);
        return bytes;
      case 2:
      case 3:
        return this.#number(bytes, at);
      case 4:
        return bytes.subarray(0, at);
      case 5: {
        const length = this.#length(bytes.length - at);
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      }
      case 6: {
        const from = this.#below(bytes.length + 1);
        const piece = bytes.subarray(from, from + this.#length(bytes.length - from));
        return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
      }
      case 7: {
        const from = this.#below(bytes.length + 1);
        const piece = Buffer.from(bytes.subarray(from, from + this.#length(bytes.length - from)));
        piece.copy(bytes, at);
        return bytes;
      }
      case 8: {
        const from = this.#below(other.length + 1);
        return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
      }
      default:
        return this.#word(bytes, at);
    }
  }

  /** A number of one to eight bytes set to a border, or moved a little. */
  #number(bytes: Buffer, at: number): Buffer {
    const size = [1, 2, 4, 8][this.#below(4)] as number;
    if (at + size > bytes.length) return bytes;
    const little = this.#below(2) === 0;
    const length = Math.min(size, 6);
    const old = little ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length);
    const moved = old + this.#below(33) - 16;
    const chosen = this.#below(2) === 0 ? (interesting[this.#below(interesting.length)] as number) : moved;
    const value = ((chosen % 2 ** (8 * length)) + 2 ** (8 * length)) % 2 ** (8 * length);
    if (little) bytes.writeUIntLE(value, at, length);
    else bytes.writeUIntBE(value, at, length);
    return bytes;
  }

  #word(bytes: Buffer, at: number): Buffer {
    const word = this.#words[this.#below(this.#words.length)];
    if (!word) return bytes;
    if (this.#below(2) === 0) return Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at)]);
    word.copy(bytes, at);
    return bytes;
  }

  #length(most: number): number {
    return this.#below(Math.min(most, 2 ** this.#below(12)) + 1);
  }
}
