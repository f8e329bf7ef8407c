/** `offroll history [DIR]`: earlier runs. */
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import type { RunRow, RunSummary } from "../transfer/index.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { foldersOf } from "./destination-folder.ts";
import { table } from "./output.ts";
import { type CommonFlags, Session } from "./session.ts";

export async function history(context: CliContext, path: string | undefined, flags: CommonFlags): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const runs = foldersOf(session, path).flatMap(({ catalog, folder }) => {
    using _catalog = catalog;
    return catalog.runs().map((run) => ({ ...run, destination: folder.root }));
  });
  if (output.json) {
    output.document({ runs: runs.map((r) => ({ ...runJson(r), destination: r.destination })) });
    return exitCodes.complete;
  }
  const rows = runs.map((r) => {
    const s = summaryOf(r);
    return [
      new Date(r.startedAt).toISOString().slice(0, 16).replace("T", " "),
      printable(r.deviceName),
      r.complete ? "complete" : r.finishedAt ? "incomplete" : "interrupted",
      s ? `${plural(s.outcomes.copied.items, "file")} copied, ${formatBytes(s.outcomes.copied.bytes)}` : "",
      s && s.outcomes.failed.items > 0 ? `${formatCount(s.outcomes.failed.items)} failed` : "",
    ];
  });
  for (const line of table(rows, output.width())) output.data(line);
  if (rows.length === 0) output.say("No run yet.");
  return exitCodes.complete;
}

function runJson(run: RunRow): object {
  return {
    id: run.id,
    device: run.device,
    deviceName: run.deviceName,
    command: run.command,
    startedAt: new Date(run.startedAt).toISOString(),
    finishedAt: run.finishedAt === undefined ? null : new Date(run.finishedAt).toISOString(),
    complete: run.complete,
    summary: summaryOf(run) ?? null,
  };
}

function summaryOf(run: RunRow): RunSummary | undefined {
  return run.summary === undefined ? undefined : (JSON.parse(run.summary) as RunSummary);
}
