/** `--report FILE.json` or `.csv`: one line per item. */
import type { Host } from "../../app/host.ts";
import { tryOutputFile, writeOutputFile } from "../../app/output-file.ts";
import { DestinationError, UsageError } from "../../shared/errors.ts";
import type { ItemOutcome, RunSummary, TransferEvent } from "../../transfer/events.ts";

const columns = [
  "path",
  "outcome",
  "reason",
  "sizeBytes",
  "target",
  "sha256",
  "captured",
  "capturedFrom",
  "photoId",
  "uuid",
  "role",
  "message",
] as const;

/** Collects a run's outcomes for a file that was tried before it began. */
export class ReportFile {
  readonly #path: string;
  readonly #items: ItemOutcome[] = [];

  /** @param futureFolders paths of the destination, which may be made first @throws {UsageError} where the file cannot be written */
  constructor(context: Host, file: string, futureFolders: readonly string[]) {
    if (!/\.(json|csv)$/i.test(file)) throw new UsageError("usage", `--report "${file}" must end in .json or .csv.`);
    this.#path = tryOutputFile(file, { flag: "--report", cwd: context.cwd, futureFolders });
  }

  event(event: TransferEvent): void {
    if (event.type === "item") this.#items.push(event);
  }

  /** @throws {DestinationError} what the disk refuses now */
  write(summary: RunSummary): void {
    const isCsv = /\.csv$/i.test(this.#path);
    try {
      writeOutputFile(
        this.#path,
        isCsv ? toCsv(this.#items) : `${JSON.stringify({ v: 1, summary, items: this.#items }, null, 1)}\n`,
      );
    } catch (cause) {
      const { code = String(cause) } = cause as NodeJS.ErrnoException;
      throw new DestinationError(
        "destination-io",
        `The run is done, but its report ${this.#path} could not be written: ${code}.`,
        {
          cause,
          remedy: "What was copied is there; `offroll history` and `offroll why` tell of it.",
        },
      );
    }
  }
}

/** RFC 4180 with a byte order mark, so that spreadsheets read it as UTF-8. */
function toCsv(items: readonly ItemOutcome[]): string {
  const rows = [columns.join(","), ...items.map((item) => columns.map((c) => cell(item[c])).join(","))];
  return `\ufeff${rows.join("\r\n")}\r\n`;
}

/** A leading =, +, - or @ would be a formula: an apostrophe makes it text. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
