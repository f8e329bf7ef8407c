/** Whether the copying leaves something free: a core that nobody uses, and a disk that waits for the cable and not the other way round. */
import { cpus } from "node:os";

/** What is measured. */
export interface Load {
  /** Milliseconds, from anywhere. */
  now(): number;
  /** Milliseconds that all cores together had nothing to do. */
  coresIdleMs(): number;
  /** Milliseconds in which nothing was asked of the phone; undefined where its route does not tell. */
  phoneIdleMs(): number | undefined;
}

/** Shorter is noise: the system counts in hundredths of a second, on each core. */
const windowMs = 500;
/** A whole core, and something for whatever begins meanwhile. */
const leastCores = 1.25;
/** Of the time. More, and it is the disk or this computer that the phone waits for. */
const mostPhoneIdle = 0.05;

/** Looks back over the time since it was last asked, of half a second at least. */
export class SpareCore {
  readonly #load: Load;
  #from: { readonly at: number; readonly cores: number; readonly phone: number } | undefined;

  constructor(load: Load) {
    this.#load = load;
  }

  has(): boolean {
    const phone = this.#load.phoneIdleMs();
    if (phone === undefined) return false;
    const at = this.#load.now();
    // Asked for each file: the cores are looked at once in a window.
    if (this.#from && at - this.#from.at < windowMs) return false;
    const sample = { at, cores: this.#load.coresIdleMs(), phone };
    this.#from ??= sample;
    const ms = at - this.#from.at;
    if (ms < windowMs) return false;
    const [cores, waits] = [(sample.cores - this.#from.cores) / ms, (sample.phone - this.#from.phone) / ms];
    this.#from = sample;
    return cores >= leastCores && waits <= mostPhoneIdle;
  }
}

/** Of all cores, whoever they belong to. */
export function coresIdleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
