/**
 * What the server shows: the index that is there, the one before it, and how far the next one is. A page is of one index, because the
 * same photo has another number in the next, and goes on with it until it is loaded anew: each index is a generation, whose number
 * stands in the addresses that its pages ask.
 */
import type { IndexAnswer } from "../wire.ts";
import type { Answers } from "./routes.ts";

interface Generation {
  readonly n: number;
  readonly answers: Answers;
  readonly end: () => Promise<void>;
}

/** Nobody looks at a page that asks nothing for so long, and can tell that there is a newer one. */
const formerMs = 300_000;

/** At most two generations: who makes a third ends the first. */
export class Shown implements AsyncDisposable {
  #current: Generation | undefined;
  #former: Generation | undefined;
  #formerEnds: NodeJS.Timeout | undefined;
  #state: IndexAnswer = { state: "making", step: "libraries", done: 0, of: 0 };
  readonly #watchers = new Set<(state: IndexAnswer) => void>();

  /** @param generation as its pages ask; without one that of now. @returns `over` for one that was ended, `making` where none is yet */
  answers(generation?: number): Answers | "making" | "over" {
    if (generation === undefined || generation === this.#current?.n) return this.#current?.answers ?? "making";
    if (this.#former?.n !== generation) return this.#current ? "over" : "making";
    this.#formerEnds?.refresh();
    return this.#former.answers;
  }

  /** Number of the one that comes. */
  get next(): number {
    return (this.#current?.n ?? 0) + 1;
  }

  get state(): IndexAnswer {
    return this.#state;
  }

  /** Shows these from now on. @param end called when no page of theirs is left */
  show(answers: Answers, end: () => Promise<void>): void {
    void this.#endFormer();
    this.#former = this.#current;
    this.#current = { n: this.next, answers, end };
    if (!this.#former) return;
    this.#formerEnds = setTimeout(() => void this.#endFormer(), formerMs);
    this.#formerEnds.unref();
  }

  tell(state: IndexAnswer): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher(state);
  }

  /** Told at once how far it is, and whenever that changes. @returns what ends it */
  watch(watcher: (state: IndexAnswer) => void): () => void {
    this.#watchers.add(watcher);
    watcher(this.#state);
    return () => this.#watchers.delete(watcher);
  }

  async #endFormer(): Promise<void> {
    clearTimeout(this.#formerEnds);
    const former = this.#former;
    this.#former = undefined;
    await former?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endFormer();
    const current = this.#current;
    this.#current = undefined;
    await current?.end();
  }
}
