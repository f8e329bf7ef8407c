/** Between two photos of an index that is being made: others have their turn, it may be given up, and it is told how far it is. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { Yielder } from "../../shared/async.ts";
import type { IndexStep } from "../wire.ts";

/** How far an index is: which of its steps, and how many of how many are done in it. */
export interface IndexProgress {
  readonly step: IndexStep;
  readonly done: number;
  readonly of: number;
}

/** Told from time to time how far it is. */
export interface BuildOptions extends AbortOptions {
  readonly onProgress?: (progress: IndexProgress) => void;
}

/** So many are worth telling: of 100,000 photos fifty times. */
const worthTelling = 2_000;

/** Taken after each photo. */
export class Breath {
  readonly #options: BuildOptions;
  readonly #yielder = new Yielder();
  #toldStep = "";
  #told = 0;

  constructor(options: BuildOptions) {
    this.#options = options;
  }

  /** @throws the signal's reason */
  async take(progress: IndexProgress): Promise<void> {
    throwIfAborted(this.#options.signal);
    if (progress.step !== this.#toldStep || progress.done - this.#told >= worthTelling) {
      [this.#toldStep, this.#told] = [progress.step, progress.done];
      this.#options.onProgress?.(progress);
    }
    if (this.#yielder.isDue) await this.#yielder.yieldNow();
  }
}
