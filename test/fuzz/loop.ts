/** Fuzzes one target: inputs that reach new blocks of the source are kept and changed further. */
import { getHeapStatistics } from "node:v8";
import { randomFrom } from "../../fixtures/make/random.ts";
import { AppError } from "../../src/shared/errors.ts";
import { Coverage } from "./coverage.ts";
import { Mutator } from "./mutate.ts";
import { type FuzzTarget, usualAllocation, usualBytes } from "./target.ts";

export interface Finding {
  readonly kind: "untyped throw" | "hang" | "allocation" | "out of memory";
  readonly about: string;
  readonly input: Buffer;
}

export interface LoopOptions {
  readonly seed: number;
  readonly milliseconds: number;
  /** It ends before, when so many were kept. */
  readonly mostKept?: number | undefined;
  readonly corpus: readonly Buffer[];
  /** Told of every input before it runs, so that one that never returns is known. */
  readonly onInput: (input: Buffer) => void;
}

export interface LoopResult {
  readonly executions: number;
  readonly blocks: number;
  /** Inputs that reached something new. */
  readonly kept: readonly Buffer[];
  readonly finding?: Finding;
}

/** What a thread is told that fuzzes. */
export interface FuzzWork {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly mostKept?: number | undefined;
  readonly corpus: readonly Uint8Array[];
  /** Executions begun, bytes of the present input, and these. */
  readonly present: SharedArrayBuffer;
}

export const presentHeader = 8;

/** An execution that takes longer hangs, by the processor's time. */
export const hangMs = 1_000;
const suspiciousMs = 250;
const firstBatch = 64;
const mostBatch = 4096;
/** Of the time, what may go into looking at coverage. */
const coverageShare = 0.15;

function heapBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

export class FuzzLoop {
  readonly #target: FuzzTarget;
  readonly #options: LoopOptions;
  readonly #coverage = new Coverage();
  readonly #corpus: Buffer[] = [];
  readonly #random: () => number;
  readonly #mutator: Mutator;
  readonly #kept: Buffer[] = [];
  #executions = 0;
  #heapBytes = heapBytes();
  #finding: Finding | undefined;

  constructor(target: FuzzTarget, options: LoopOptions) {
    this.#target = target;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    const words = (target.words ?? []).map((w) => Buffer.from(w as string, "latin1"));
    this.#mutator = new Mutator(this.#random, words, target.maxBytes ?? usualBytes);
  }

  async run(): Promise<LoopResult> {
    const until = performance.now() + this.#options.milliseconds;
    await this.#judge([...this.#target.seeds(), Buffer.alloc(0), ...this.#options.corpus], true);
    let batch = firstBatch;
    const mostKept = this.#options.mostKept ?? Number.POSITIVE_INFINITY;
    while (performance.now() < until && !this.#finding && this.#kept.length < mostKept) {
      const from = performance.now();
      const inputs = Array.from({ length: batch }, () => this.#next());
      const looked = await this.#judge(inputs, false);
      const share = looked / (performance.now() - from);
      batch = Math.min(mostBatch, Math.max(firstBatch, Math.round(batch * (share > coverageShare ? 1.5 : 0.9))));
      // Timers and the watcher have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { blocks } = this.#coverage;
    const result = { executions: this.#executions, blocks, kept: this.#kept };
    return this.#finding ? { ...result, finding: this.#finding } : result;
  }

  #next(): Buffer {
    const pick = (): Buffer => {
      // Half of the time one of the newest: what was just reached is least explored.
      const { length } = this.#corpus;
      const recent = this.#random() < 0.5 ? Math.min(length, 16) : length;
      return this.#corpus[length - 1 - Math.floor(this.#random() * recent)] ?? Buffer.alloc(0);
    };
    return this.#mutator.mutate(pick(), pick());
  }

  /** Runs them, and keeps those that reached something new. @returns milliseconds that looking at the coverage took */
  async #judge(inputs: readonly Buffer[], keepAll: boolean): Promise<number> {
    this.#heapBytes = heapBytes();
    for (const input of inputs) {
      await this.#execute(input);
      if (this.#finding) return 0;
    }
    const from = performance.now();
    const fresh = this.#coverage.fresh();
    let looked = performance.now() - from;
    if (keepAll) this.#corpus.push(...inputs);
    if (fresh.length === 0) return looked;
    if (inputs.length === 1 || keepAll) {
      this.#coverage.note(fresh);
      if (!keepAll) {
        this.#corpus.push(inputs[0] as Buffer);
        this.#kept.push(inputs[0] as Buffer);
      }
      return looked;
    }
    for (const half of [inputs.slice(0, inputs.length >> 1), inputs.slice(inputs.length >> 1)]) {
      looked += await this.#judge(half, false);
      if (this.#finding) return looked;
    }
    // What depends on what ran before is met once, and not sought again.
    this.#coverage.note(fresh);
    return looked;
  }

  async #execute(input: Buffer): Promise<void> {
    this.#executions += 1;
    this.#options.onInput(input);
    const from = performance.now();
    const cpu = process.cpuUsage();
    try {
      const done = this.#target.run(input);
      if (done instanceof Promise) await done;
    } catch (error) {
      if (!(error instanceof AppError)) {
        const about = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#finding = { kind: "untyped throw", about, input };
        return;
      }
    }
    if (performance.now() - from > suspiciousMs) {
      const { user, system } = process.cpuUsage(cpu);
      const ms = (user + system) / 1000;
      if (ms > hangMs) this.#finding = { kind: "hang", about: `${Math.round(ms)} ms`, input };
    }
    const before = this.#heapBytes;
    this.#heapBytes = heapBytes();
    // What the collector gave back meanwhile hides some; one allocation that is far too large it cannot.
    const taken = this.#heapBytes - before;
    const bound = (this.#target.maxAllocation ?? usualAllocation)(input.length);
    if (taken > bound) this.#finding ??= { kind: "allocation", about: `${taken} bytes, at most ${bound}`, input };
  }
}
