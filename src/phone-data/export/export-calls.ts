/** Calls into files. */
import { callsCsv } from "../calls/calls-csv.ts";
import { callsHtml } from "../calls/calls-html.ts";
import { callDatabases, oldCallDatabase, readCalls, readOldCalls } from "../calls/read-calls.ts";
import type { Call } from "../contract.ts";
import { PhoneDatabase } from "../phone-database.ts";
import { type ExportContext, holds, isAmong, isInTime, jsonLines, lossWords, wants } from "./context.ts";
import { type KindReport, Tally } from "./tally.ts";

/** Why there are none, where there are none. */
export function noCalls(isEncrypted: boolean): string {
  return isEncrypted
    ? "there is no list of calls on this phone"
    : "this backup is not encrypted, and a phone gives its calls to an encrypted backup alone: turn encryption on and back up again";
}

export async function exportCalls(context: ExportContext): Promise<KindReport> {
  const { out, choice } = context;
  const tally = new Tally("calls");
  const read = await callsOf(context, tally);
  if (!read) return tally.report(noCalls(context.files.isEncrypted));
  tally.found = read.found;
  const calls = read.calls.filter(
    (call) => isAmong(choice, "calls", call.id) && isInTime(call.at, choice) && isWith(call, choice.contact),
  );
  tally.written = calls.length;
  if (read.found > read.calls.length)
    tally.leave("same", "they stand in both lists of the phone", undefined, read.found - read.calls.length);
  if (read.calls.length > calls.length)
    tally.leave("not-chosen", "they were not asked for", undefined, read.calls.length - calls.length);
  const folder = out.folder("calls", "", "calls");
  await out.write({ owner: "calls.json", folder, stem: "calls", ext: ".json" }, jsonLines(calls));
  if (wants(context, "calls", "csv"))
    await out.write({ owner: "calls.csv", folder, stem: "calls", ext: ".csv" }, [...callsCsv(calls)].join(""));
  if (wants(context, "calls", "html"))
    await out.write({ owner: "calls.html", folder, stem: "calls", ext: ".html" }, callsHtml(calls));
  return tally.report();
}

function isWith({ name, addresses }: Call, wanted: string | undefined): boolean {
  return wanted === undefined || [name ?? "", ...addresses].some((word) => holds(word, wanted));
}

/** Undefined where the phone has no list of calls. */
export async function callsOf(
  context: Pick<ExportContext, "files" | "privately" | "people" | "signal">,
  tally: Tally,
): Promise<{ calls: Call[]; found: number } | undefined> {
  const onLoss = (loss: Parameters<typeof lossWords>[0]): void =>
    tally.leave("damaged", "the list of calls is damaged", lossWords(loss), loss.rows);
  const options = { privately: context.privately, onLoss, ...(context.signal && { signal: context.signal }) };
  await using first = await PhoneDatabase.open(
    context.files,
    callDatabases[0] as (typeof callDatabases)[number],
    options,
  );
  await using second = await PhoneDatabase.open(
    context.files,
    callDatabases[1] as (typeof callDatabases)[number],
    options,
  );
  const databases = [first, second].filter((db) => db !== undefined);
  if (databases.length > 0) return await readCalls(databases, await context.people());
  await using old = await PhoneDatabase.open(context.files, oldCallDatabase, options);
  return old && (await readOldCalls(old, await context.people()));
}
