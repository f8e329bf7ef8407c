/** This computer's disk, every answer some turns of the event loop late: counts how many questions are outstanding. */
import type { DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";

const turnsLate = 20;

export class SlowDisk {
  /** Questions so far, and the most that waited at once. */
  asked = 0;
  mostWaiting = 0;
  #waiting = 0;
  /** Called with the first question. */
  onFirst = (): void => {};
  readonly port: DiskPort = Object.fromEntries(
    Object.entries(nodeDisk).map(([name, call]) => [
      name,
      this.#late(call as (...args: unknown[]) => Promise<unknown>),
    ]),
  ) as unknown as DiskPort;

  #late<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      if (this.asked === 0) this.onFirst();
      this.asked += 1;
      this.#waiting += 1;
      this.mostWaiting = Math.max(this.mostWaiting, this.#waiting);
      try {
        for (let i = 0; i < turnsLate; i += 1) await new Promise((resolve) => setImmediate(resolve));
        return await call(...args);
      } finally {
        this.#waiting -= 1;
      }
    };
  }
}
