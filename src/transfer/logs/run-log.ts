/** The log of a run in `.offroll/runs`, a JSON line for what happened: what the catalog can be rebuilt from, and what `why` reads. */
import type { GrowingFile, RunFiles } from "../destination/store.ts";
import { parseLogLine, type RunHeader, type RunLogLine } from "./log-line.ts";
import { isMonth, packRunLogs, readLog, readMonth } from "./run-log-months.ts";

export type { RunHeader, RunLogLine } from "./log-line.ts";

/** One run's log, open for writing. Lines reach the file in order; disposing it waits for the last. */
export class RunLog implements AsyncDisposable {
  readonly #file: GrowingFile;

  private constructor(file: GrowingFile) {
    this.#file = file;
  }

  /** Where a disk refuses it, the run ends before its first byte. @throws {DestinationError} */
  static async begin(runs: RunFiles, header: RunHeader): Promise<RunLog> {
    const log = new RunLog(await runs.begin(`${header.runId}.jsonl`));
    log.write(header);
    return log;
  }

  /** Throws nothing: a log that cannot be written must not end the run; a full disk ends it anyway. */
  write(line: RunLogLine): void {
    this.#file.write(`${JSON.stringify(line)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

/** All lines of all logs that hold together, oldest run first; see `log-line.ts`. */
export async function* readRunLogs(
  runs: RunFiles,
): AsyncGenerator<{ runId: string; line: RunLogLine }, void, undefined> {
  const names = ((await runs.names().catch(() => undefined)) ?? []).toSorted();
  const packed = new Set<string>();
  for (const name of names.filter(isMonth)) {
    let runId = "";
    for (const line of linesOf(await textOf(readMonth(runs, name)))) {
      if (line.type === "run") runId = line.runId;
      packed.add(runId);
      yield { runId, line };
    }
  }
  for (const name of names.filter((n) => n.endsWith(".jsonl"))) {
    const runId = name.replace(/\.jsonl$/, "");
    // A crash between packing and taking away leaves it twice.
    if (!packed.has(runId)) for (const line of linesOf(await textOf(readLog(runs, name)))) yield { runId, line };
  }
}

/** Nothing of what is no file, or not ours. */
async function textOf(reading: Promise<string | undefined>): Promise<string> {
  return (await reading.catch(() => undefined)) ?? "";
}

function* linesOf(text: string): Generator<RunLogLine, void, undefined> {
  for (const line of text.split("\n")) {
    const parsed = line === "" ? undefined : parseLogLine(line);
    if (parsed) yield parsed;
  }
}

/** Old logs take little room; see `run-log-months.ts`. What the disk refuses is left to the next run. */
export async function packOldLogs(runs: RunFiles, now: number): Promise<void> {
  try {
    await packRunLogs(runs, now);
  } catch {
    // all logs lie there as before
  }
}
