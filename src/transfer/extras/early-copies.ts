/**
 * JPEG copies that are made while photos are still coming, of those that are there already: one at a time, on a core and a disk that the
 * copying leaves free. What is not made by then, is made afterwards; nothing that goes wrong here is told before that was tried.
 */
import { fileKind } from "../../media/kinds.ts";
import { CancelledError } from "../../shared/errors.ts";
import type { Destination } from "../destination/destination.ts";
import type { ItemOutcome } from "../events.ts";
import type { Plan } from "../plan/plan.ts";
import type { SingleConversions } from "./convert-files.ts";
import { isForTrees, pictures } from "./convertible.ts";
import type { CopyResult } from "./copy-result.ts";

/** What it goes by. */
export interface EarlyOptions {
  readonly plan: Pick<Plan, "toCopy">;
  readonly destination: Pick<Destination, "freeBytes">;
  /** Whether the copying leaves a core and the disk free at this moment. */
  readonly hasSpare: () => boolean;
}

/** Room that stays free beside all that is still to come: no copy in another form costs a photo its place. */
const spareBytes = 512 * 1024 * 1024;
/** A JPEG beside the HEIC that it is made of, at worst. */
const timesLarger = 8;

/** Told of every outcome. */
export class EarlyCopies implements AsyncDisposable {
  readonly #conversions: SingleConversions;
  readonly #options: EarlyOptions;
  readonly #waiting: { readonly target: string; readonly sizeBytes: number }[] = [];
  readonly #made = new Map<string, CopyResult>();
  #toCome: number;
  #now: Promise<void> | undefined;
  #isOver = false;
  readonly #stop = new AbortController();

  constructor(conversions: SingleConversions, options: EarlyOptions) {
    this.#conversions = conversions;
    this.#options = options;
    this.#toCome = options.plan.toCopy.bytes;
  }

  /** A file has its outcome. */
  note({ outcome, target, role, sizeBytes }: ItemOutcome): void {
    if (outcome !== "copied") return;
    this.#toCome -= sizeBytes;
    // Whether a RAW file has a picture beside it is known when all of its photo is there.
    if (target === undefined || role === undefined || fileKind(target) === "raw") return;
    if (isForTrees(target) && pictures([{ role, target }], false).length > 0) this.#waiting.push({ target, sizeBytes });
  }

  /** Called at every event while bytes come: begins the next where there is spare. */
  next(): void {
    const [first] = this.#waiting;
    if (this.#isOver || this.#now || !first || !this.#options.hasSpare()) return;
    this.#waiting.shift();
    this.#now = this.#make(first).finally(() => {
      this.#now = undefined;
    });
  }

  async #make({ target, sizeBytes }: { readonly target: string; readonly sizeBytes: number }): Promise<void> {
    try {
      const free = await this.#options.destination.freeBytes();
      if (free < this.#toCome + timesLarger * sizeBytes + spareBytes) return;
      this.#made.set(target, await this.#conversions.make(target, { signal: this.#stop.signal }));
    } catch {
      // Afterwards it is tried again, and told then.
      this.#isOver = true;
    }
  }

  /** The one on its way is given up: afterwards it need not wait for everything else. @returns what came of each, by its photo */
  async end(): Promise<ReadonlyMap<string, CopyResult>> {
    this.#isOver = true;
    this.#stop.abort(new CancelledError());
    await this.#now;
    return this.#made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    // A thread of the lowest priority may need its time to notice that it is over: nobody waits for that.
    void this.#conversions[Symbol.asyncDispose]();
  }
}
