/** The log of a run in `.offroll/runs`, a JSON line for what happened: what the catalog can be rebuilt from, and what `why` reads. */
import { createWriteStream, openSync, readdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { diskError } from "../../shared/disk-errors.ts";
import { ensurePlainFolder, inPlainFolder } from "../../shared/plain-folder.ts";
import { parseLogLine, type RunHeader, type RunLogLine } from "./log-line.ts";
import { isMonth, packRunLogs, readLog, readMonth } from "./run-log-months.ts";

export type { RunHeader, RunLogLine } from "./log-line.ts";

/** One run's log, open for writing. Lines reach the file in order; disposing it waits for the last. */
export class RunLog implements AsyncDisposable {
  readonly path: string;
  readonly #stream: WriteStream;

  constructor(folder: string, header: RunHeader) {
    this.path = join(folder, "runs", `${header.runId}.jsonl`);
    this.#stream = createWriteStream("", { fd: openNewLog(folder, header.runId) });
    this.#stream.on("error", () => {}); // a log that cannot be written must not end the run; a full disk ends it anyway
    this.write(header);
  }

  write(line: RunLogLine): void {
    this.#stream.write(`${JSON.stringify(line)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stream.once("close", resolve);
      this.#stream.end();
      if (this.#stream.closed) resolve();
    });
  }
}

/** Where a disk refuses it, the run ends before its first byte. */
function openNewLog(folder: string, runId: string): number {
  const runs = join(folder, "runs");
  try {
    ensurePlainFolder(runs, 0o700);
    return inPlainFolder(runs, (real) => openSync(join(real, `${runId}.jsonl`), "wx", 0o600));
  } catch (error) {
    throw diskError(error, runs);
  }
}

/** All lines of all logs that hold together, oldest run first; see `log-line.ts`. */
export function* readRunLogs(folder: string): Generator<{ runId: string; line: RunLogLine }, void, undefined> {
  const runs = join(folder, "runs");
  const names = namesIn(runs);
  const packed = new Set<string>();
  for (const name of names.filter(isMonth)) {
    let runId = "";
    for (const line of linesOf(textOf(() => readMonth(runs, name)))) {
      if (line.type === "run") runId = line.runId;
      packed.add(runId);
      yield { runId, line };
    }
  }
  for (const name of names.filter((n) => n.endsWith(".jsonl"))) {
    const runId = name.replace(/\.jsonl$/, "");
    // A crash between packing and taking away leaves it twice.
    if (!packed.has(runId)) for (const line of linesOf(textOf(() => readLog(runs, name)))) yield { runId, line };
  }
}

function namesIn(runs: string): string[] {
  try {
    return inPlainFolder(runs, (folder) => readdirSync(folder)).sort();
  } catch {
    return [];
  }
}

/** Nothing of what is no file, or not ours. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function* linesOf(text: string): Generator<RunLogLine, void, undefined> {
  for (const line of text.split("\n")) {
    const parsed = line === "" ? undefined : parseLogLine(line);
    if (parsed) yield parsed;
  }
}

/** Old logs take little room; see `run-log-months.ts`. What the disk refuses is left to the next run. */
export async function packOldLogs(folder: string, now: number): Promise<void> {
  try {
    await packRunLogs(join(folder, "runs"), now);
  } catch {
    // all logs lie there as before
  }
}
