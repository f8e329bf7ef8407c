/** The log of a run in `.offroll/runs`, one JSON line per item: what the catalog can be rebuilt from, and what `why` reads. */
import { createWriteStream, mkdirSync, readdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { readPlainText } from "../shared/plain-file.ts";
import type { ItemOutcome, RunSummary, TransferKind } from "./events.ts";
import type { SnapshotLine } from "./snapshot.ts";

export interface RunHeader {
  readonly type: "run";
  readonly v: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly command: string;
  /** Absent in logs of earlier versions: their command begins with `offroll backup`, or it was an export. */
  readonly kind?: TransferKind;
  readonly device: { readonly id: string; readonly name: string; readonly model: string };
}

/** What became of a file in the destination besides being copied: all of it together makes a lost catalog whole again. */
export type FileNote =
  /** Made beside the photos; `mark` as in the catalog's `extra`. */
  | { readonly type: "made"; readonly target: string; readonly mark: string }
  /** Taken away by us. */
  | { readonly type: "gone"; readonly target: string }
  | { readonly type: "moved"; readonly from: string; readonly target: string };

export type RunLogLine = RunHeader | SnapshotLine | ItemOutcome | FileNote | RunSummary;

export class RunLog implements AsyncDisposable {
  readonly path: string;
  readonly #stream: WriteStream;

  constructor(folder: string, header: RunHeader) {
    const runs = join(folder, "runs");
    mkdirSync(runs, { recursive: true, mode: 0o700 });
    this.path = join(runs, `${header.runId}.jsonl`);
    this.#stream = createWriteStream(this.path, { flags: "wx", mode: 0o600 });
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

/** Ten million items of a hundred bytes. */
const maxLogBytes = 1024 ** 3 / 2;

/** Nothing of what is no file, or not ours. */
function textOf(file: string): string {
  try {
    return readPlainText(file, { followLinks: false, maxBytes: maxLogBytes });
  } catch {
    return "";
  }
}

/** All lines of all logs, oldest run first. A torn last line, left by a crash, is passed over. */
export function* readRunLogs(folder: string): Generator<{ runId: string; line: RunLogLine }, void, undefined> {
  const runs = join(folder, "runs");
  let names: string[] = [];
  try {
    names = readdirSync(runs).filter((n) => n.endsWith(".jsonl"));
  } catch {
    return;
  }
  for (const name of names.sort()) {
    for (const text of textOf(join(runs, name)).split("\n")) {
      try {
        if (text !== "") yield { runId: name.replace(/\.jsonl$/, ""), line: JSON.parse(text) as RunLogLine };
      } catch {
        // the line that a crash cut
      }
    }
  }
}
