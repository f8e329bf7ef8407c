/** A run told to a person: one moving line on a terminal, plain lines in a pipe, and a summary that is one screen. */

import { formatBytes, formatCount, formatDuration, plural, printable, truncate } from "../shared/text.ts";
import type { RunSummary, SkipReason, TransferEvent } from "../transfer/index.ts";
import type { CliContext } from "./context.ts";
import type { Output, Style } from "./output.ts";

const pipedIntervalMs = 10_000;
const pipedShare = 0.05;
const barWidth = 20;

export class TextReport {
  readonly #context: CliContext;
  readonly #output: Output;
  readonly #moving: boolean;
  #lineShown = false;
  #lastLineAt = 0;
  #lastShare = 0;
  #waitingCode: string | undefined;

  constructor(context: CliContext, output: Output) {
    this.#context = context;
    this.#output = output;
    this.#moving = context.stderr.isTTY === true && !output.quiet && context.env["TERM"] !== "dumb";
  }

  listing(progress: { listed: number; read: number; toRead: number }): void {
    if (progress.toRead === 0) this.#line(`Looking at the phone: ${plural(progress.listed, "file")} …`);
    else if (progress.read < progress.toRead)
      this.#line(`Reading dates: ${formatCount(progress.read)} of ${formatCount(progress.toRead)}`);
    else this.clear();
  }

  event(event: TransferEvent): void {
    switch (event.type) {
      case "progress":
        return this.#progress(event);
      case "item":
        if (event.outcome === "failed")
          this.#say(`✗ ${printable(event.path)}: ${printable(event.message ?? String(event.reason))}`);
        return;
      case "retrying":
        return this.#say(`Trying again (${event.attempt}): ${printable(event.message)}`);
      case "waiting":
        if (this.#waitingCode !== event.code) this.#say(`${printable(event.message)} ${event.remedy}`);
        this.#waitingCode = event.code;
        return this.#line(`Waiting for the phone: ${event.remainingSeconds} s left (Ctrl-C stops; nothing is lost)`);
      case "resumed":
        this.#waitingCode = undefined;
        return this.#say("The phone is back. Going on.");
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

  summary(summary: RunSummary): void {
    this.clear();
    for (const line of summaryLines(summary, this.#output.style(this.#context.stderr))) this.#output.say(line);
  }
}

const skipWords: Record<SkipReason, string> = {
  filtered: "not chosen",
  hidden: "hidden on the phone",
  trashed: "recently deleted",
  "icloud-only": "in iCloud only",
  "not-media": "no photo or video",
  pending: "still being written by the phone",
  "burst-unpicked": "burst frames that were not picked",
  "too-large-for-target": "too large for this disk's file system (FAT32 holds 4 GiB at most)",
};

/** The end of a run in one screen: what was copied, what was there, what was not and why, what to do next. */
export function summaryLines(s: RunSummary, style: Style): string[] {
  const { copied, present, skipped, failed, cancelled } = s.outcomes;
  const lines: string[] = [""];
  const row = (label: string, text: string): void => void lines.push(`  ${label.padEnd(14)}${text}`);
  const copiedText = `${plural(copied.items, "file")}, ${formatBytes(copied.bytes)}`;
  if (copied.items > 0)
    row("Copied", `${style.bold(copiedText)} in ${formatDuration(s.seconds)} (${formatBytes(s.bytesPerSecond)}/s)`);
  else row("Copied", "nothing new");
  if (present.items > 0) row("Already there", `${plural(present.items, "file")}, ${formatBytes(present.bytes)}`);
  for (const [reason, count] of Object.entries(s.skippedByReason))
    row("Left out", `${plural(count, "file")}: ${skipWords[reason as SkipReason]}`);
  if (skipped.items > 0 && s.undated > 0) row("", `${plural(s.undated, "photo")} among them without a date`);
  if (failed.items > 0) row("Failed", style.bad(plural(failed.items, "file")));
  for (const failure of s.failures)
    lines.push(`    ${printable(failure.path)}`, `      ${printable(failure.message)} (${failure.code})`);
  if (s.moreFailures > 0) lines.push(`    and ${formatCount(s.moreFailures)} more, all in the run log`);
  if (cancelled.items > 0)
    row(
      "Not done",
      `${plural(cancelled.items, "file")}, ${formatBytes(cancelled.bytes)}: the next run continues with them`,
    );
  if (s.editsNotTaken > 0)
    row("Edits", `${plural(s.editsNotTaken, "edited version")} on the phone not taken; the originals were`);
  if (s.halfPairs > 0) row("Half pairs", `${plural(s.halfPairs, "Live Photo")} whose movie is not on the phone`);
  row("Verified", verifyWords(s));
  row("Where", printable(s.destination));
  lines.push("");
  if (s.stoppedBy) lines.push(`${style.bad("Stopped.")} ${printable(s.stoppedBy.message)}`, `  ${s.stoppedBy.remedy}`);
  else if (failed.items > 0)
    lines.push(style.warn("Finished, but not everything could be copied. Run it again to retry the rest."));
  else if (copied.items === 0 && present.items === 0)
    lines.push(style.warn("Nothing on the phone matched what was chosen."));
  else if (copied.items === 0) lines.push(style.good("Everything chosen was there already. Nothing was copied."));
  else lines.push(style.good("Everything chosen is on this disk."));
  return lines;
}

function verifyWords(s: RunSummary): string {
  if (s.outcomes.copied.items === 0) return "nothing was written";
  if (s.verify === "size") return "sizes against the phone";
  if (s.verify === "hash") return "sizes against the phone; SHA-256 recorded";
  const where = s.reread === "disk" ? "from disk" : s.reread === "cache" ? "through the cache" : "";
  return `sizes against the phone; read back ${where}, compared`.replace("  ", " ");
}
