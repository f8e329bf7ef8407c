/** Questions and answers, one line after the other. */

import { createInterface, type Interface } from "node:readline";
import type { Host } from "../../app/host.ts";
import { throwIfAborted } from "../../shared/abort.ts";
import { CancelledError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";

/** One reader of lines for all questions: what is typed ahead, or comes through a pipe, is not lost between them. */
export class Questions {
  readonly #context: Host;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor(context: Host) {
    this.#context = context;
    this.#reader = createInterface({ input: context.stdin, terminal: false, signal: context.signal });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  say(text: string): void {
    this.#context.stdout.write(`${text}\n`);
  }

  /** @throws {CancelledError} when there are no more answers */
  async ask(question: string): Promise<string> {
    this.#context.stdout.write(question);
    const { value, done } = await this.#lines.next();
    throwIfAborted(this.#context.signal);
    if (done) throw new CancelledError();
    return value.trim();
  }

  /** A numbered list and a question. @param preset index of what is taken where nothing is answered */
  async choose<T extends { readonly words: string }>(question: string, list: readonly T[], preset = 0): Promise<T> {
    this.say(question);
    for (const [i, { words }] of list.entries()) this.say(`  ${i + 1}. ${words}`);
    for (;;) {
      const answer = await this.ask(`Number from 1 to ${list.length}: [${preset + 1}] `);
      const chosen = list[(answer === "" ? preset + 1 : Number(answer)) - 1];
      if (chosen) return chosen;
      this.say(`"${printable(answer)}" is not in the list.`);
    }
  }

  /** @param preset what an empty answer is; what is neither yes nor no is asked again */
  async confirm(question: string, preset = true): Promise<boolean> {
    for (;;) {
      const answer = (await this.ask(`${question} [${preset ? "yes" : "no"}] `)).toLowerCase();
      if (answer === "") return preset;
      if (["y", "yes"].includes(answer)) return true;
      if (["n", "no"].includes(answer)) return false;
      this.say("Please answer yes or no.");
    }
  }

  /** What comes next reads its answers by itself. */
  close(): void {
    this.#reader.close();
  }
}
