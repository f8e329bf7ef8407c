/** How far something is: a line on a terminal that is written over, and nothing anywhere else. */
import type { Host } from "../app/host.ts";
import { formatCount } from "../shared/text.ts";
import type { Output } from "./output.ts";

export class ProgressLine {
  readonly #host: Host;
  readonly #isShown: boolean;
  #toldAt = 0;

  constructor(host: Host, output: Output) {
    this.#host = host;
    this.#isShown = host.stderr.isTTY === true && host.env["TERM"] !== "dumb" && !output.quiet && !output.json;
  }

  tell(what: string, done: number, of: number | undefined): void {
    const now = this.#host.clock.now();
    if (!this.#isShown || now - this.#toldAt < 100) return;
    this.#toldAt = now;
    this.clear();
    this.#host.stderr.write(`${what}: ${formatCount(done)}${of === undefined ? "" : ` of ${formatCount(of)}`}`);
  }

  /** What begins, before anything of it can be counted. */
  begin(what: string): void {
    if (!this.#isShown) return;
    this.clear();
    this.#host.stderr.write(what);
    this.#toldAt = 0;
  }

  clear(): void {
    if (this.#isShown) this.#host.stderr.write("\r\x1b[2K");
  }
}
