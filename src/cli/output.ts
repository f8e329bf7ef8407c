/** What a person sees: data on stdout, words on stderr, colour only where it is wanted. */

import { exitCodes, type Host, type OutputStream } from "../app/host.ts";
import { type AppError, CancelledError, errorToJson, InternalError, UsageError } from "../shared/errors.ts";
import type { Style } from "../shared/style.ts";
import { displayWidth, jsonLine, padEnd, printable, truncate, wrap } from "../shared/text.ts";

/** How a command prints. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Data to stdout, messages to stderr; one JSON document or lines. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #context: Host;

  constructor(context: Host, options: OutputOptions) {
    this.#context = context;
    this.json = options.json === true;
    this.quiet = options.quiet === true;
  }

  /** A line of data, for pipes. */
  data(line: string): void {
    this.#context.stdout.write(`${line}\n`);
  }

  /** The whole answer of a `--json` command. */
  document(value: object): void {
    this.data(jsonLine({ v: 1, ...value }));
  }

  /** A line to the person. `--quiet` keeps it back. */
  say(line = ""): void {
    if (this.quiet) return;
    const width = this.width(this.#context.stderr);
    for (const part of line.split("\n").flatMap((each) => wrap(each, width))) this.#context.stderr.write(`${part}\n`);
  }

  /** A line that even `--quiet` does not keep back. */
  complain(line: string): void {
    this.#context.stderr.write(`${line}\n`);
  }

  /** The failure of a command as its readers expect it: a document, or a run's last line. */
  failure(error: AppError): void {
    const isRun = this.#context.argv[0] === "export" || this.#context.argv[0] === "backup";
    const at = new Date(this.#context.clock.now()).toISOString();
    this.document(
      isRun ? { type: "summary", at, ok: false, error: errorToJson(error) } : { error: errorToJson(error) },
    );
  }

  error(error: AppError): void {
    if (this.json) this.failure(error);
    this.tell(error);
  }

  /** On stderr, whatever else was asked for. */
  tell(error: AppError): void {
    for (const line of errorLines(error, this.style(this.#context.stderr))) this.complain(line);
  }

  style(stream: OutputStream = this.#context.stdout): Style {
    return styleFor(stream, this.#context.env);
  }

  /** Width for text on this stream: the terminal's, or unlimited in a pipe. */
  width(stream: OutputStream = this.#context.stdout): number {
    return stream.isTTY ? Math.max(40, stream.columns ?? 80) : Number.POSITIVE_INFINITY;
  }
}

/** Colour on a terminal, unless NO_COLOR or TERM=dumb says no; FORCE_COLOR says yes anywhere. See no-color.org. */
function styleFor(stream: OutputStream, env: Host["env"]): Style {
  const wanted = env["FORCE_COLOR"] ? env["FORCE_COLOR"] !== "0" : stream.isTTY === true && env["TERM"] !== "dumb";
  const on = wanted && !env["NO_COLOR"];
  const paint = (open: number, close: number) => (text: string) => (on ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  return { bold: paint(1, 22), dim: paint(2, 22), good: paint(32, 39), bad: paint(31, 39), warn: paint(33, 39) };
}

/** What happened, what to do, and the code to search for. */
function errorLines(error: AppError, style: Style): string[] {
  const lines = [`${style.bad("✗")} ${printable(error.message)}`];
  if (!(error instanceof CancelledError) || error.remedy) lines.push(`  ${printable(error.remedy)}`);
  if (error instanceof InternalError && error.cause instanceof Error && error.cause.stack)
    lines.push(error.cause.stack);
  else lines.push(style.dim(`  (${error.code})`));
  return lines;
}

export function exitCodeOf(error: AppError): number {
  if (error instanceof CancelledError) return exitCodes.cancelled;
  // A name that nothing has was typed wrong, whoever found out.
  if (error instanceof UsageError || error.code === "item-not-found") return exitCodes.usage;
  return exitCodes.stopped;
}

/** Columns as wide as their content; the last one that may shrink is cut to the terminal. */
export function table(
  rows: readonly (readonly string[])[],
  width: number,
  rightAligned: readonly number[] = [],
): string[] {
  const columns = Math.max(0, ...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((r) => displayWidth(r[i] ?? ""))));
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const gap = " ".repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cell)));
      if (rightAligned.includes(i)) return gap + cell;
      return i === row.length - 1 ? cell : padEnd(cell, widths[i] ?? 0);
    });
    return truncate(cells.join("  ").trimEnd(), width);
  });
}
