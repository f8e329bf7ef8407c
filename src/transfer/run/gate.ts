/** Where items wait while the phone is gone or locked, or the disk is: one pause, one message, one return for all of them. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import type { AppError } from "../../shared/errors.ts";
import type { TransferEvent } from "../events.ts";

/** How long to wait, and whom to tell. */
export interface GateOptions {
  readonly clock: Clock;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  emit(event: TransferEvent): void;
}

const countdownMs = 1_000;

/** A phone that did not answer on several connections: whoever reads it has waited already. */
export function isGivenUp(error: AppError): boolean {
  return error.code === "device-stalled" && !error.retryable;
}

/**
 * Everybody who meets a lost phone comes here; the first one waits for it, the others for the first. Opens when it is back, and throws
 * for all when time is up.
 */
export class Gate {
  readonly #comeBack: (options: AbortOptions) => Promise<void>;
  readonly #options: GateOptions;
  #waiting: Promise<void> | undefined;
  #generation = 0;

  /** @param comeBack resolves when what was lost is back */
  constructor(comeBack: (options: AbortOptions) => Promise<void>, options: GateOptions) {
    this.#comeBack = comeBack;
    this.#options = options;
  }

  /** Counts returns. A loss noticed under an older one has been dealt with. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Resolves when it is back.
   * @param generation the one under which the error was met
   * @throws {DeviceError} the error that began the wait, when nobody came back in time
   */
  async wait(error: AppError, generation: number): Promise<void> {
    if (generation !== this.#generation) return;
    if (isGivenUp(error)) throw error;
    this.#waiting ??= this.#reconnect(error).finally(() => {
      this.#waiting = undefined;
    });
    await this.#waiting;
  }

  async #reconnect(error: AppError): Promise<void> {
    const { clock, waitMs, signal, emit } = this.#options;
    const deadline = clock.now() + waitMs;
    const giveUp = new AbortController();
    const either = AbortSignal.any([signal, giveUp.signal]);
    const countdown = (async () => {
      for (let now = clock.now(); now < deadline; now = clock.now()) {
        const remainingSeconds = Math.ceil((deadline - now) / 1000);
        emit({ type: "waiting", code: error.code, message: error.message, remedy: error.remedy, remainingSeconds });
        await clock.sleep(Math.min(countdownMs, deadline - now), { signal: either });
      }
      giveUp.abort(error);
    })().catch(() => {});
    try {
      if (waitMs <= 0) throw error;
      await this.#comeBack({ signal: either });
      this.#generation += 1;
      emit({ type: "resumed" });
    } catch (reason) {
      if (signal.aborted) throw reason;
      throw error;
    } finally {
      giveUp.abort(error);
      await countdown;
    }
  }
}
