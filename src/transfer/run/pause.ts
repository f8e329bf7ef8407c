/** A switch that holds a run where it is: what is on its way finishes, nothing new is asked for. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";

/** Held by whoever may pause a run; the run asks it before each item. */
export class Pause {
  #resume: (() => void) | undefined;
  #held: Promise<void> | undefined;

  get paused(): boolean {
    return this.#held !== undefined;
  }

  set(paused: boolean): void {
    if (paused === this.paused) return;
    if (paused)
      this.#held = new Promise((resolve) => {
        this.#resume = resolve;
      });
    else {
      this.#held = undefined;
      this.#resume?.();
    }
  }

  /** Resolves when nothing holds. @throws {CancelledError} */
  async wait({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#held === undefined) return;
    throwIfAborted(signal);
    await new Promise<void>((resolve) => {
      void this.#held?.then(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
    throwIfAborted(signal);
  }
}
