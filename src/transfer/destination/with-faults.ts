/** A destination that fails where its maker says: for tests of whatever stands on one. */
import type { Destination, PendingFile, StoredReader } from "./destination.ts";

type Methods<T> = { [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never }[keyof T] & string;

/** A call of a destination, of a file that is being written (`write`, `commit` …), or of one that is read (`read`). */
export type FaultyCall = Methods<Destination> | Methods<PendingFile> | Methods<StoredReader>;

export interface Fault {
  readonly call: FaultyCall;
  /** Which of these calls fail, counted from 0. */
  readonly fails: (nth: number) => boolean;
  /** `before` nothing was done; `after` all of it was, and the answer is lost. */
  readonly when: "before" | "after";
  readonly error: () => Error;
}

export function withFaults(destination: Destination, faults: readonly Fault[]): Destination {
  return faulty(destination, new Plan(faults));
}

class Plan {
  readonly #faults: readonly Fault[];
  readonly #counts = new Map<string, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  async attempt<T>(call: string, body: () => Promise<T>): Promise<T> {
    const nth = this.#counts.get(call) ?? 0;
    this.#counts.set(call, nth + 1);
    const fault = this.#faults.find((f) => f.call === call && f.fails(nth));
    if (fault?.when === "before") throw fault.error();
    const result = await body();
    if (fault) throw fault.error();
    return result;
  }
}

/** What answers at once (`keep`, properties) never fails; nor does disposing. */
const safe: ReadonlySet<string | symbol> = new Set(["keep", Symbol.asyncDispose]);

function faulty<T extends object>(target: T, plan: Plan): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== "function") return value;
      const call = async (...args: unknown[]): Promise<unknown> => {
        const result: unknown = await plan.attempt(String(key), () => Reflect.apply(value, object, args));
        // Files that are being written, and those that are read.
        return key === "create" || key === "open" ? faulty(result as object, plan) : result;
      };
      return safe.has(key) ? value.bind(object) : call;
    },
  });
}
