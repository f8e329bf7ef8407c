/** The log of a run in `.offroll/runs`, one JSON line per item: what the catalog can be rebuilt from, and what `why` reads. */
import { createWriteStream, openSync, readdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { readPlainText } from "../shared/plain-file.ts";
import { diskError } from "./destination/disk-errors.ts";
import { ensurePlainFolder, inPlainFolder } from "./destination/plain-files.ts";
import { parseLogLine, type RunHeader, type RunLogLine } from "./log-line.ts";

export type { FileNote, RunHeader, RunLogLine } from "./log-line.ts";

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

/** Ten million items of a hundred bytes. */
const maxLogBytes = 1024 ** 3 / 2;

/** All lines of all logs that hold together, oldest run first; see `log-line.ts`. */
export function* readRunLogs(folder: string): Generator<{ runId: string; line: RunLogLine }, void, undefined> {
  const runs = join(folder, "runs");
  for (const name of namesIn(runs)) {
    const runId = name.replace(/\.jsonl$/, "");
    for (const text of textOf(runs, name).split("\n")) {
      const line = text === "" ? undefined : parseLogLine(text);
      if (line) yield { runId, line };
    }
  }
}

function namesIn(runs: string): string[] {
  try {
    return inPlainFolder(runs, (folder) => readdirSync(folder).filter((name) => name.endsWith(".jsonl"))).sort();
  } catch {
    return [];
  }
}

/** Nothing of what is no file, or not ours. */
function textOf(runs: string, name: string): string {
  try {
    return inPlainFolder(runs, (folder) =>
      readPlainText(join(folder, name), { followLinks: false, maxBytes: maxLogBytes }),
    );
  } catch {
    return "";
  }
}
