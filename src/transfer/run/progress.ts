/** How far a run is, told ten times a second at most. */
import type { Clock } from "../../shared/clock.ts";
import type { Tally, TransferEvent } from "../events.ts";
import { RateMeter } from "./rate-meter.ts";

const progressMs = 100;

/** Told of items and bytes as they come; tells in events. */
export class Progress {
  /** Paths of the items that are in flight. */
  readonly active = new Set<string>();
  readonly #toCopy: Tally;
  readonly #clock: Clock;
  readonly #emit: (event: TransferEvent) => void;
  readonly #rate: RateMeter;
  #items = 0;
  #bytes = 0;
  #toldAt = 0;

  constructor(toCopy: Tally, clock: Clock, emit: (event: TransferEvent) => void) {
    this.#toCopy = toCopy;
    this.#clock = clock;
    this.#emit = emit;
    this.#rate = new RateMeter(clock.now());
  }

  addItem(): void {
    this.#items += 1;
  }

  /** @param bytes less than 0 for those that will come again */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#clock.now();
    this.#rate.add(now, bytes);
    if (now - this.#toldAt < progressMs) return;
    this.#toldAt = now;
    this.#emit({
      type: "progress",
      done: { items: this.#items, bytes: this.#bytes },
      toCopy: this.#toCopy,
      bytesPerSecond: this.#rate.bytesPerSecond(now),
      active: [...this.active],
    });
  }
}
