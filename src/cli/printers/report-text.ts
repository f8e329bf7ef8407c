/** A run told to a person: one moving line on a terminal, plain lines in a pipe, and a summary that is one screen. */

import type { Host } from "../../app/host.ts";
import type { DeviceNoun } from "../../device/media-source.ts";
import { makingWords } from "../../present/copies-made-words.ts";
import { failureLines, stoppedLines, summaryLines, withoutPath } from "../../present/summary-lines.ts";
import type { Style } from "../../shared/style.ts";
import { formatBytes, formatCount, formatDuration, plural, printable, truncate, wrap } from "../../shared/text.ts";
import type { ItemOutcome, RunSummary, TransferEvent } from "../../transfer/events.ts";
import type { Output } from "../output.ts";

const pipedIntervalMs = 10_000;
const pipedShare = 0.05;
const barWidth = 20;
/** Fewer copies than this are made before anybody asks how far it is. */
const tenthsFrom = 50;

/** A reader of a run's events: lines for people, and one line of progress that is written over. */
export class TextReport {
  readonly #context: Host;
  readonly #output: Output;
  /** What is read from, as soon as that is known. */
  noun: DeviceNoun = "phone";
  readonly #moving: boolean;
  #lineShown = false;
  #lastLineAt = 0;
  #lastShare = 0;
  #waitingCode: string | undefined;

  constructor(context: Host, output: Output) {
    this.#context = context;
    this.#output = output;
    this.#moving = context.stderr.isTTY === true && !output.quiet && context.env["TERM"] !== "dumb";
  }

  listing(progress: { listed: number; read: number; toRead: number }): void {
    if (progress.toRead === 0) this.#line(`Looking at the ${this.noun}: ${plural(progress.listed, "file")} …`);
    else if (progress.read < progress.toRead)
      this.#line(`Reading dates: ${formatCount(progress.read)} of ${formatCount(progress.toRead)}`);
    else this.clear();
  }

  event(event: TransferEvent): void {
    switch (event.type) {
      case "progress":
        return this.#progress(event);
      case "item":
        if (event.outcome === "failed") this.#say(`✗ ${printable(event.path)}: ${whyFailed(event)}`);
        return;
      case "retrying":
        return this.#say(`Trying again (${event.attempt}): ${printable(event.message)}`);
      case "waiting":
        if (this.#waitingCode !== event.code)
          this.#say(
            `${printable(event.message)} ${whileWaiting(event.remedy)} This run waits ${formatDuration(event.remainingSeconds)} for it.`,
          );
        this.#waitingCode = event.code;
        return this.#line(
          `Waiting for the ${this.noun}: ${event.remainingSeconds} s left (Ctrl-C stops; nothing is lost)`,
        );
      case "making":
        return this.#making(event);
      case "resumed":
        this.#waitingCode = undefined;
        return this.#say(`The ${this.noun} is back. Going on.`);
      default:
    }
  }

  #progress(event: Extract<TransferEvent, { type: "progress" }>): void {
    const { done, toCopy, bytesPerSecond } = event;
    const share = toCopy.bytes > 0 ? Math.min(1, done.bytes / toCopy.bytes) : 1;
    const eta = bytesPerSecond > 0 ? formatDuration((toCopy.bytes - done.bytes) / bytesPerSecond) : "?";
    const numbers = `${formatCount(done.items)} of ${plural(toCopy.items, "file")}, ${formatBytes(done.bytes)} of ${formatBytes(toCopy.bytes)}, ${formatBytes(bytesPerSecond)}/s, ${eta} left`;
    if (this.#moving) {
      const filled = Math.round(share * barWidth);
      return this.#line(
        `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${Math.floor(share * 100)} %  ${numbers}`,
      );
    }
    const now = this.#context.clock.now();
    if (this.#lastLineAt === 0) this.#lastLineAt = now;
    if (now - this.#lastLineAt < pipedIntervalMs && share - this.#lastShare < pipedShare) return;
    this.#lastLineAt = now;
    this.#lastShare = share;
    this.#output.say(`${Math.floor(share * 100)} %: ${numbers}`);
  }

  /** In a pipe every tenth of it, which takes long. */
  #making({ what, done, total }: Extract<TransferEvent, { type: "making" }>): void {
    const text = `Making ${makingWords(what)}: ${formatCount(done)} of ${formatCount(total)}`;
    if (this.#moving) return this.#line(`${text} (the ${this.noun} may be unplugged)`);
    const tenth = Math.max(1, Math.ceil(total / 10));
    if (total >= tenthsFrom && done % tenth === 0) this.#output.say(text);
  }

  /** The one line that is rewritten. In a pipe there is none. */
  #line(text: string): void {
    if (!this.#moving) return;
    const width = (this.#context.stderr.columns ?? 80) - 1;
    this.#context.stderr.write(`\r\x1b[2K${truncate(text, width)}`);
    this.#lineShown = true;
  }

  clear(): void {
    if (this.#lineShown) this.#context.stderr.write("\r\x1b[2K");
    this.#lineShown = false;
  }

  #say(text: string): void {
    this.clear();
    this.#output.say(text);
  }

  /** One screen. */
  summary(summary: RunSummary): void {
    this.clear();
    if (this.#output.quiet) return this.failures(summary);
    this.#lines(summaryLines(summary, this.#style, this.noun));
  }

  /** Only what went wrong: said with `--quiet` and beside `--json` too. */
  failures(summary: RunSummary): void {
    this.#lines([...failureLines(summary, this.#style), ...stoppedLines(summary, this.#style)]);
  }

  get #style(): Style {
    return this.#output.style(this.#context.stderr);
  }

  #lines(lines: readonly string[]): void {
    const width = this.#output.width(this.#context.stderr);
    for (const line of lines) for (const part of wrap(line, width)) this.#output.complain(part);
  }
}

function whyFailed({ path, message, reason }: ItemOutcome): string {
  return withoutPath(printable(message ?? String(reason)), printable(path));
}

/** The remedy for a run that ended promises the next one; this one goes on. */
export function whileWaiting(remedy: string): string {
  return remedy.replace(" The next run continues from here.", "");
}
