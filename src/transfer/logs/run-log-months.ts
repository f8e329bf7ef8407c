/**
 * Logs of months that are over, each month in one compressed file: `2026-01.jsonl.gz` beside the logs of later runs. The rule:
 * a month is packed when it has been over for 31 days; what only repeats that a file is where it was, or that it was not begun, goes;
 * everything that `why`, `history` and `catalog rebuild` tell stays. A log is taken away when its month was read back and found whole.
 */
import { setImmediate as immediate } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { type RunFiles, unfinishedEnding } from "../destination/store.ts";
import type { ItemOutcome } from "../events.ts";
import { parseLogLine } from "./log-line.ts";

/** Of one file of logs, unpacked. */
const maxLogBytes = 512 * 1024 * 1024;
/** A month with more is left as it is: it is read as a whole. */
const maxMonthBytes = 128 * 1024 * 1024;
const restMs = 31 * 86_400_000;

const monthName = /^\d{4}-(?:0[1-9]|1[0-2])\.jsonl\.gz$/;
/** 20240501T123456Z-1a2b.jsonl */
const logName = /^(\d{4})(\d{2})\d{2}T\d{6}Z-[0-9a-f]+\.jsonl$/;

/** Whether a name in `runs/` is that of a packed month. */
export function isMonth(name: string): boolean {
  return monthName.test(name);
}

/** The text of a log; undefined where there is none. @throws where it is no plain file of a log's size */
export async function readLog(runs: RunFiles, name: string): Promise<string | undefined> {
  return (await runs.read(name, maxLogBytes))?.toString("utf8");
}

/** The text of a packed month; undefined where there is none. @throws where it is no such file, or damaged */
export async function readMonth(runs: RunFiles, name: string): Promise<string | undefined> {
  const packed = await runs.read(name, maxMonthBytes);
  return packed && gunzipSync(packed, { maxOutputLength: maxLogBytes }).toString("utf8");
}

/** Packs the months that are over. What cannot be packed stays as it is; a crash leaves a log twice at most, and it is told once. */
export async function packRunLogs(runs: RunFiles, now: number): Promise<void> {
  const names = ((await runs.names()) ?? []).toSorted();
  for (const name of names)
    if (name.endsWith(unfinishedEnding) && isMonth(name.slice(0, -unfinishedEnding.length))) await runs.remove(name);
  const over = names.filter((name) => isOver(name, now));
  for (const [month, logs] of Map.groupBy(over, (name) => name.replace(logName, "$1-$2")))
    await packMonth(runs, month, logs);
}

function isOver(name: string, now: number): boolean {
  const [, year, month] = logName.exec(name) ?? [];
  return year !== undefined && Date.UTC(Number(year), Number(month), 1) + restMs <= now;
}

async function packMonth(runs: RunFiles, month: string, logs: readonly string[]): Promise<void> {
  const name = `${month}.jsonl.gz`;
  const before = await monthOrNothing(runs, name);
  // One that cannot be read is not written over.
  if (before === undefined) return;
  const packed = new Set(runIdsOf(before));
  const repeats = new Repeats();
  let text = repeats.without(before);
  for (const log of logs) {
    if (packed.has(idOf(log))) continue;
    const lines = await linesOrNothing(runs, log);
    // A log that cannot be read, or is not whose its name says, stays beside.
    if (runIdsOf(lines).join() !== idOf(log)) continue;
    packed.add(idOf(log));
    text += repeats.without(lines);
    if (text.length > maxMonthBytes) return;
    await immediate();
  }
  if (text !== before) await runs.put(name, once(gzipSync(text)), { isProven: true });
  for (const log of logs) if (packed.has(idOf(log))) await runs.remove(log);
}

async function linesOrNothing(runs: RunFiles, name: string): Promise<string> {
  return (await readLog(runs, name).catch(() => undefined)) ?? "";
}

/** @returns "" where there is none yet, undefined where there is one that cannot be read */
async function monthOrNothing(runs: RunFiles, name: string): Promise<string | undefined> {
  try {
    return (await readMonth(runs, name)) ?? "";
  } catch {
    return undefined;
  }
}

function idOf(name: string): string {
  return name.replace(/\.jsonl$/, "");
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function runIdsOf(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const parsed = line.startsWith('{"type":"run"') ? parseLogLine(line) : undefined;
    return parsed?.type === "run" ? [parsed.runId] : [];
  });
}

/** Leaves out lines that repeat what was told before, within what is packed together. */
class Repeats {
  readonly #where = new Map<string, string>();
  readonly #skipped = new Map<string, string>();
  #device = "";

  /** Whole lines only: a torn last one, left by a crash, tells nothing. */
  without(text: string): string {
    let kept = "";
    for (const line of text.split("\n")) {
      const parsed = line === "" ? undefined : parseLogLine(line);
      // A line that a later version understands stays.
      if (!parsed && !isJson(line)) continue;
      if (!parsed) {
        kept += `${line}\n`;
        continue;
      }
      if (parsed.type === "run") this.#device = parsed.device.id;
      // What is met again after that was not only repeated.
      if (parsed.type === "gone" || parsed.type === "moved") this.#where.clear();
      if (parsed.type !== "item" || this.#isNews(parsed)) kept += `${line}\n`;
    }
    return kept;
  }

  #isNews(item: ItemOutcome): boolean {
    const file = `${this.#device}\0${item.path}`;
    if (item.outcome === "cancelled") return false;
    if (item.outcome === "skipped") {
      const isNew = this.#skipped.get(file) !== item.reason;
      this.#skipped.set(file, String(item.reason));
      return isNew;
    }
    this.#skipped.delete(file);
    if (item.outcome === "failed") return true;
    const version = [file, item.sizeBytes, item.createdMs, item.modifiedMs].join("\0");
    const where = [item.target, item.sha256, item.uuid, item.role].join("\0");
    const isNew = item.outcome === "copied" || this.#where.get(version) !== where;
    this.#where.set(version, where);
    return isNew;
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
