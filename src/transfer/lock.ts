/** One run at a time in one destination. The lock names its holder, so that a person knows whom to wait for. */
import { rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { DestinationError } from "../shared/errors.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { isProcessGone } from "../shared/process.ts";
import { diskError } from "./destination/disk-errors.ts";
import { errno } from "./destination/disk-port.ts";

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly bootId: string;
}

export interface LockOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  readonly bootId: string;
  /** Wait for the holder instead of failing. */
  readonly wait: boolean;
  readonly onWait?: (holder: string) => void;
}

const pollMs = 1_000;

/**
 * @param folder the destination's `.offroll`, which exists
 * @throws {DestinationError} `destination-in-use`, naming pid and host
 */
export async function lockDestination(folder: string, options: LockOptions): Promise<Disposable> {
  const file = join(folder, "lock");
  const mine: Holder = { pid: options.pid, host: hostname(), bootId: options.bootId };
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(file, JSON.stringify(mine), { flag: "wx" });
      return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (errno(error) !== "EEXIST") throw diskError(error, folder);
    }
    const holder = readHolder(file);
    if (!holder || isGone(holder, mine)) {
      rmSync(file, { force: true });
      continue;
    }
    const name = `process ${holder.pid} on ${holder.host}`;
    if (!options.wait) throw new DestinationError("destination-in-use", `Another run is writing there: ${name}.`);
    if (!waiting) options.onWait?.(name);
    await options.clock.sleep(pollMs, options);
  }
}

/** A holder on this computer can be asked after; one on another must be believed. */
function isGone(holder: Holder, mine: Holder): boolean {
  if (holder.host !== mine.host) return false;
  if (holder.bootId !== mine.bootId) return true;
  if (holder.pid === mine.pid) return false;
  return isProcessGone(holder.pid);
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readPlainText(file, { followLinks: false })) as Holder;
    return Number.isInteger(holder.pid) && typeof holder.host === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}
