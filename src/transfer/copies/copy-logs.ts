/** Logs of the first's runs, and the libraries kept with them: what the copy's catalog could be rebuilt from. None is written over. */
import { Readable } from "node:stream";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { type RunFiles, unfinishedEnding } from "../destination/store.ts";
import { parseLogLine } from "../logs/log-line.ts";
import { isMonth, readMonth } from "../logs/run-log-months.ts";

/** Of one log or library. */
const maxBytes = 512 * 1024 * 1024;
/** What we name there, and nothing else. */
const ours = /^(?:\d{4}-\d{2}\.jsonl\.gz|\d{8}T\d{6}Z-[0-9a-f]+(?:\.library-[0-9a-f]{16})?\.jsonl(?:\.gz)?)$/;

/**
 * @param names what the first had when no run went on there
 * @returns how many came
 */
export async function copyLogs(
  first: RunFiles,
  copy: RunFiles,
  names: readonly string[],
  { signal }: AbortOptions,
): Promise<number> {
  const there = new Set((await copy.names()) ?? []);
  for (const name of there) if (isUnfinished(name)) await copy.remove(name);
  const packed = await packedRuns(copy, there);
  let count = 0;
  for (const name of names.filter((n) => ours.test(n))) {
    throwIfAborted(signal);
    if (packed.has(name)) continue;
    if (!there.has(name)) count += await putLog(first, copy, name);
    else if (isMonth(name)) count += await addRuns(first, copy, name, new Set([...there, ...packed]));
  }
  return count;
}

/** Names that logs had before they were packed into months. */
async function packedRuns(copy: RunFiles, there: ReadonlySet<string>): Promise<Set<string>> {
  const packed = new Set<string>();
  for (const name of there)
    if (isMonth(name))
      for (const { runId } of runsOfMonth((await readMonth(copy, name).catch(() => undefined)) ?? ""))
        packed.add(`${runId}.jsonl`);
  return packed;
}

function isUnfinished(name: string): boolean {
  return name.endsWith(unfinishedEnding) && ours.test(name.slice(0, -unfinishedEnding.length));
}

/** One that was packed away meanwhile comes with its month, the next time. */
async function putLog(first: RunFiles, copy: RunFiles, name: string): Promise<number> {
  const bytes = await first.read(name, maxBytes);
  if (bytes === undefined) return 0;
  await copy.put(name, Readable.from([bytes]), { isProven: true });
  return 1;
}

/** Both have logs of this month: runs that only the first has come one by one, as before they were packed. */
async function addRuns(first: RunFiles, copy: RunFiles, name: string, known: ReadonlySet<string>): Promise<number> {
  const month = (await readMonth(first, name).catch(() => undefined)) ?? "";
  let count = 0;
  for (const { runId, text } of runsOfMonth(month)) {
    if (known.has(`${runId}.jsonl`)) continue;
    await copy.put(`${runId}.jsonl`, Readable.from([Buffer.from(text)]), { isProven: true });
    count += 1;
  }
  return count;
}

/** A month's lines, run by run. */
function runsOfMonth(text: string): { runId: string; text: string }[] {
  const runs: { runId: string; text: string }[] = [];
  for (const line of text.split("\n")) {
    const parsed = line.startsWith('{"type":"run"') ? parseLogLine(line) : undefined;
    if (parsed?.type === "run") runs.push({ runId: parsed.runId, text: "" });
    const last = runs.at(-1);
    if (last && line !== "") last.text += `${line}\n`;
  }
  return runs;
}
