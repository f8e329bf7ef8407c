/** Faults that strike by themselves when their moment comes. Shared by every mock phone. */
import type { Fault } from "./described-phone.ts";

interface ArmedFault {
  readonly fault: Fault;
  seen: number;
  left: number;
}

/** What a mock is about to do. */
export interface FaultEvent {
  readonly operation: NonNullable<Fault["when"]["operation"]>;
  readonly path?: string;
}

/** Asked before each operation: which fault strikes now? Each strikes as often as it says. */
export class FaultScript {
  #armed: ArmedFault[] = [];

  /** Adds faults; those armed already stay. */
  arm(faults: readonly Fault[]): void {
    for (const fault of faults)
      this.#armed.push({ fault, seen: 0, left: fault.times === 0 ? Number.POSITIVE_INFINITY : (fault.times ?? 1) });
  }

  disarm(): void {
    this.#armed = [];
  }

  /** The fault that strikes now, if any. @param fileBytesSent by the phone so far */
  strike(event: FaultEvent, fileBytesSent: number): Fault["do"] | undefined {
    for (const armed of this.#armed) {
      const { when } = armed.fault;
      if (armed.left <= 0) continue;
      if (when.operation !== undefined && when.operation !== event.operation) continue;
      if (when.path !== undefined && when.path !== event.path) continue;
      if (when.afterBytes !== undefined && fileBytesSent < when.afterBytes) continue;
      armed.seen += 1;
      if (armed.seen < (when.nth ?? 1)) continue;
      armed.left -= 1;
      return armed.fault.do;
    }
    return undefined;
  }
}
