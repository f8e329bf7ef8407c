/** Which blocks of our source ran, from V8's own counters. Taking them costs milliseconds: it is done for many inputs together. */
import { Session } from "node:inspector";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#ask("Profiler.enable");
    this.#ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** The blocks that ran since the last time and never before, without counting them as seen. */
  fresh(): string[] {
    const { result } = this.#ask("Profiler.takePreciseCoverage") as { result: readonly Script[] };
    const fresh: string[] = [];
    for (const { url, functions } of result) {
      if (!url.includes("/src/")) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          const block = `${url}:${startOffset}:${endOffset}`;
          if (!this.#seen.has(block)) fresh.push(block);
        }
    }
    return fresh;
  }

  note(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block);
  }

  #ask(method: string, params?: object): unknown {
    let answer: unknown;
    // On its own thread a session answers before `post` returns.
    this.#session.post(method, params, (error: Error | null, result: unknown) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }
}
