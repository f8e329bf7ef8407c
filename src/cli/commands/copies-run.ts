/** `offroll copies run [NAME]`: copies brought up to date, one after the other. */
import { copiesStatus, namedCopy, surroundings } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { AppError, UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { bringUpToDate, type CopyName, type CopySummary } from "../../transfer/copies/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesRunFlags } from "../command-flags.ts";
import { exitCodeOf } from "../output.ts";
import { CopiesJson, CopiesText, type CopyReport } from "../printers/copies.ts";

export async function copiesRun(
  host: Host,
  name: string | undefined,
  flags: CommandFlags<typeof copiesRunFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const copies = await wanted(session, name, flags.from);
  const report = output.json ? new CopiesJson(host, output) : new CopiesText(host, output);
  const codes: number[] = [];
  for (const copy of copies) {
    codes.push(await runOne(session, copy, report, flags));
    if (host.signal.aborted) break;
  }
  return worst(codes);
}

/** @throws {UsageError} where there is none */
async function wanted(session: CliSession, name: string | undefined, from: string | undefined): Promise<CopyName[]> {
  if (name !== undefined) return [await namedCopy(session, name, from)];
  const firsts = await copiesStatus(session, from);
  const all = firsts.flatMap((first) => first.copies);
  if (all.length > 0) return all;
  throw new UsageError("copy-unknown", "There is no copy that could be brought up to date.");
}

async function runOne(
  session: CliSession,
  copy: CopyName,
  report: CopyReport,
  flags: CommandFlags<typeof copiesRunFlags>,
): Promise<number> {
  try {
    const summary = await bringUpToDate(copy, {
      ...surroundings(session),
      waitForLock: flags.waitForLock === true,
      breakLock: breakLockAsked(session, flags),
      onLockWait: (holder) => session.output.say(`Waiting for another run to end: ${printable(holder)}.`),
      onEvent: (event) => report.event(event),
    });
    return codeOf(summary);
  } catch (error) {
    // One that is away keeps no other from being made.
    if (!(error instanceof AppError) || error instanceof UsageError) throw error;
    report.failed(copy.name, error);
    return exitCodeOf(error);
  }
}

function codeOf({ ok, stoppedBy }: CopySummary): number {
  if (stoppedBy) return stoppedBy.code === "cancelled" ? exitCodes.cancelled : exitCodes.stopped;
  return ok ? exitCodes.complete : exitCodes.someFailed;
}

/** Cancelled, stopped, some failed, complete. */
function worst(codes: readonly number[]): number {
  const order = [exitCodes.cancelled, exitCodes.stopped, exitCodes.someFailed];
  return order.find((code) => codes.includes(code)) ?? exitCodes.complete;
}
