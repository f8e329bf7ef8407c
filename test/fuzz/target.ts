/** What is fuzzed: one reader of bytes that come from outside, and what it promises whatever they are. */

export interface FuzzTarget {
  readonly name: string;
  /**
   * Reads the input as the program would. May throw an `AppError`; anything else it throws is a finding, and so is an assertion of
   * its own about what was read.
   */
  run(input: Buffer): unknown;
  /** Good inputs of our own making. */
  seeds(): readonly Buffer[];
  /** Words of the format. */
  readonly words?: readonly (string | Buffer)[];
  readonly maxBytes?: number;
  /** What one run may allocate for an input of so many bytes. */
  readonly maxAllocation?: (inputBytes: number) => number;
}

/** Most readers copy what they were given a few times at most. */
export const usualAllocation = (inputBytes: number): number => 8 * 1024 * 1024 + 64 * inputBytes;
export const usualBytes = 4096;

export function fail(why: string): never {
  throw new Error(why);
}
