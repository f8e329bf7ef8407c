/** All that the run logs of a destination tell, taken together: where each file went, what was made beside them, how each run ended. */
import { keyOfOutcome } from "../catalog/file-key.ts";
import { type MadeFile, madeOfMark } from "../catalog/made-mark.ts";
import { type FailedFile, failureOf, type IgnoredFile } from "../catalog/settled.ts";
import type { RunFiles } from "../destination/store.ts";
import type { FileNote, ItemOutcome, RunSummary, TransferKind } from "../events.ts";
import { type RunHeader, type RunLogLine, readRunLogs } from "./run-log.ts";

/** The last that was told of one version of one file on a phone. */
export interface LoggedCopy {
  readonly header: RunHeader;
  readonly item: ItemOutcome;
  readonly target: string;
  readonly sizeBytes: number;
  readonly sha256: string | undefined;
}

/** One run as its log tells it; without `summary` where it was killed. */
export interface LoggedRun {
  readonly id: string;
  readonly device: string;
  readonly command: string;
  readonly kind: TransferKind;
  readonly startedAt: number;
  /** Undefined for a run that was killed. */
  readonly summary: RunSummary | undefined;
  readonly summaryText: string;
  readonly finishedAt: number;
  /** How many failures it had, where all of them had been met before. */
  readonly knownOnly: number;
}

/** Reads every log of a place, oldest first. Lines that do not hold together are skipped. */
export async function readPast(runs: RunFiles): Promise<Past> {
  const past = new Past();
  for await (const { line } of readRunLogs(runs)) past.add(line);
  past.end();
  return past;
}

/** Takes lines in order and knows at the end where everything is. */
export class Past {
  readonly runs: LoggedRun[] = [];
  /** By target. */
  readonly made = new Map<string, MadeFile>();
  readonly #copies = new Map<string, { header: RunHeader; item: ItemOutcome; target: string }>();
  readonly #devices = new Map<string, { device: RunHeader["device"]; at: number }>();
  readonly #ids = new Set<string>();
  readonly #ignored = new Map<string, IgnoredFile>();
  /** By phone and path: the code with which it failed last. */
  readonly #causes = new Map<string, string>();
  readonly #failures = new Map<string, Map<string, FailedFile>>();
  #header: RunHeader | undefined;
  #summary: RunSummary | undefined;
  #failed = new Map<string, FailedFile>();

  add(line: RunLogLine): void {
    if (line.type === "run") return this.#begin(line);
    if (!this.#header) return; // a log without its beginning tells of no phone
    if (line.type === "item") this.#item(this.#header, line);
    else if (line.type === "summary") this.#summary = line;
    else if (line.type !== "library") this.#note(line);
  }

  #begin(header: RunHeader): void {
    this.end();
    this.#header = header;
    this.#devices.set(header.device.id, { device: header.device, at: Date.parse(header.startedAt) });
  }

  /** After the last line. */
  end(): void {
    const header = this.#header;
    // A log that is there twice, under two names, is one run's.
    if (header && !this.#ids.has(header.runId)) {
      this.#ids.add(header.runId);
      this.runs.push(runOf(header, this.#summary));
      this.#failures.set(header.device.id, this.#failed);
    }
    this.#header = undefined;
    this.#summary = undefined;
    this.#failed = new Map();
  }

  #item(header: RunHeader, item: ItemOutcome): void {
    if (item.outcome === "failed") this.#noteFailed(header, item);
    const key = [header.device.id, item.path, item.sizeBytes, item.createdMs, item.modifiedMs].join("\0");
    if (item.outcome === "skipped" && item.reason === "ignored") this.#ignored.set(key, this.#ignoredOf(header, item));
    else this.#ignored.delete(key);
    if (item.target === undefined || (item.outcome !== "copied" && item.outcome !== "present")) return;
    // What is only met again was copied by the run that did it.
    const before = this.#copies.get(key);
    if (item.outcome === "present" && before?.target === item.target) {
      // But for who it is: a library that is read for the first time tells it.
      const { uuid = before.item.uuid, role = before.item.role } = item;
      before.item = {
        ...before.item,
        ...(uuid === undefined ? {} : { uuid }),
        ...(role === undefined ? {} : { role }),
      };
      return;
    }
    this.#copies.set(key, { header, item, target: item.target });
  }

  #ignoredOf({ device, startedAt }: RunHeader, item: ItemOutcome): IgnoredFile {
    const cause = this.#causes.get(`${device.id}\0${item.path}`) ?? "asked";
    return { ...keyOfOutcome(device.id, item), cause, ignoredAt: Date.parse(startedAt) };
  }

  #noteFailed({ device, runId }: RunHeader, item: ItemOutcome): void {
    const before = this.#failures.get(device.id)?.get(item.path);
    const { file } = failureOf(device.id, item, runId, before);
    this.#causes.set(`${device.id}\0${item.path}`, file.code);
    this.#failed.set(item.path, file);
  }

  #note(note: FileNote): void {
    if (note.type === "made") this.made.set(note.target, madeOfMark(note.target, note.mark));
    if (note.type === "gone") {
      this.made.delete(note.target);
      for (const [key, { target }] of this.#copies) if (target === note.target) this.#copies.delete(key);
    }
    if (note.type === "moved")
      for (const copy of this.#copies.values()) if (copy.target === note.from) copy.target = note.target;
  }

  *copies(): Generator<LoggedCopy, void, undefined> {
    for (const { header, item, target } of this.#copies.values())
      yield { header, item, target, sizeBytes: item.sizeBytes, sha256: item.sha256 };
  }

  devices(): Iterable<{ readonly device: RunHeader["device"]; readonly at: number }> {
    return this.#devices.values();
  }

  /** Left out by the last run that met them, because a person said so. */
  ignored(): IgnoredFile[] {
    return [...this.#ignored.values()];
  }

  /** Of each phone's last run. */
  *failures(): Generator<FailedFile, void, undefined> {
    for (const files of this.#failures.values()) yield* files.values();
  }
}

function runOf(header: RunHeader, summary: RunSummary | undefined): LoggedRun {
  const startedAt = Date.parse(header.startedAt);
  const { runId, command, device } = header;
  return {
    id: runId,
    device: device.id,
    command,
    kind: header.kind ?? (command.startsWith("offroll backup") ? "backup" : "export"),
    startedAt,
    summary,
    summaryText: JSON.stringify(summary),
    finishedAt: startedAt + (summary?.seconds ?? 0) * 1000,
    knownOnly: summary ? knownOnly(summary) : 0,
  };
}

function knownOnly({ ok, stoppedBy, outcomes, knownFailures }: RunSummary): number {
  const isWholeRun = stoppedBy === undefined && outcomes.cancelled.items === 0;
  return isWholeRun && !ok && knownFailures === outcomes.failed.items ? knownFailures : 0;
}
