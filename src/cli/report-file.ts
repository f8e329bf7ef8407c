/** `--report FILE.json` or `.csv`: one line per item, from the run's log. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../shared/errors.ts";
import { type ItemOutcome, readRunLogs } from "../transfer/index.ts";
import type { CliContext } from "./context.ts";

const columns = [
  "path",
  "outcome",
  "reason",
  "sizeBytes",
  "target",
  "sha256",
  "captured",
  "photoId",
  "uuid",
  "role",
  "message",
] as const;

export function writeReportFile(context: CliContext, file: string, metadata: string, runId: string): void {
  const items: ItemOutcome[] = [];
  let summary: unknown;
  for (const entry of readRunLogs(metadata)) {
    if (entry.runId !== runId) continue;
    if (entry.line.type === "item") items.push(entry.line);
    if (entry.line.type === "summary") summary = entry.line;
  }
  const path = resolve(context.cwd, file);
  writeFileSync(path, file.endsWith(".csv") ? toCsv(items) : `${JSON.stringify({ v: 1, summary, items }, null, 1)}\n`);
}

export function assertReportName(file: string): void {
  if (!/\.(json|csv)$/i.test(file)) throw new UsageError("usage", `--report "${file}" must end in .json or .csv.`);
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
