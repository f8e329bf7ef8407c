/** `offroll history [DIR]`: earlier runs. */

import { foldersOf } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { elsewhereIn, summaryOf } from "../../app/phone-status.ts";
import { formatBytes, plural, printable } from "../../shared/text.ts";
import type { RunRow } from "../../transfer/catalog/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommonFlags } from "../command-flags.ts";
import { table } from "../output.ts";

export async function history(context: Host, path: string | undefined, flags: CommonFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const runs = (await foldersOf(session, path)).flatMap(({ catalog, folder }) => {
    using _catalog = catalog;
    return catalog.runs.all().map((run) => ({ ...run, destination: folder.root }));
  });
  if (output.json) {
    output.document({ runs: runs.map((r) => ({ ...runJson(r), destination: r.destination })) });
    return exitCodes.complete;
  }
  const rows = runs.map((r) => {
    const s = summaryOf(r);
    const { iCloudOnly, missing } = elsewhereIn(s);
    return [
      new Date(r.startedAt).toISOString().slice(0, 16).replace("T", " "),
      printable(r.deviceName),
      stateWords(r),
      s ? `${plural(s.outcomes.copied.items, "file")} copied, ${formatBytes(s.outcomes.copied.bytes)}` : "",
      [
        s && s.outcomes.failed.items > 0 ? `${plural(s.outcomes.failed.items, "file")} failed` : "",
        iCloudOnly > 0 ? `${plural(iCloudOnly, "photo")} only in iCloud` : "",
        missing > 0 ? `${plural(missing, "photo")} missing` : "",
      ]
        .filter(Boolean)
        .join(", "),
    ];
  });
  for (const line of table(rows, output.width())) output.data(line);
  if (rows.length === 0) output.say("No run yet.");
  return exitCodes.complete;
}

function stateWords({ complete, finishedAt, knownFailures }: RunRow): string {
  if (complete) return "complete";
  if (knownFailures > 0) return `complete but for ${plural(knownFailures, "known failure")}`;
  return finishedAt === undefined ? "interrupted" : "incomplete";
}

function runJson(run: RunRow): object {
  const summary = summaryOf(run);
  return {
    id: run.id,
    device: run.device,
    deviceName: run.deviceName,
    command: run.command,
    startedAt: new Date(run.startedAt).toISOString(),
    finishedAt: run.finishedAt === undefined ? null : new Date(run.finishedAt).toISOString(),
    complete: run.complete,
    kind: run.kind,
    knownFailures: run.knownFailures,
    iCloudOnly: summary ? elsewhereIn(summary).iCloudOnly : null,
    missing: summary ? elsewhereIn(summary).missing : null,
    summary: summary ?? null,
  };
}
