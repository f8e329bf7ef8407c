/** How a run ended, for whoever started it: the exit code, and the error that a program finds in the JSON of every end but a good one. */

import { exitCodes } from "../../app/host.ts";
import { type DeviceNoun, onThe } from "../../device/media-source.ts";
import { type AppError, RunError } from "../../shared/errors.ts";
import { formatCount, plural } from "../../shared/text.ts";
import type { RunSummary } from "../../transfer/events.ts";

export interface RunEnd {
  readonly exitCode: number;
  readonly error?: Pick<AppError, "code" | "message" | "remedy" | "scope">;
}

/** @param requireComplete whether what is chosen and not on the phone counts as a failure */
export function runEnd(summary: RunSummary, noun: DeviceNoun, requireComplete: boolean): RunEnd {
  const { stoppedBy, outcomes } = summary;
  if (stoppedBy)
    return {
      exitCode: stoppedBy.code === "cancelled" ? exitCodes.cancelled : exitCodes.stopped,
      error: { ...stoppedBy, scope: "run" },
    };
  if (outcomes.failed.items > 0)
    return failed(new RunError("items-failed", `${plural(outcomes.failed.items, "file")} could not be copied.`));
  const { "icloud-only": cloud = 0, missing = 0, empty = 0 } = summary.skippedByReason;
  const notHad = cloud + missing + empty;
  if (requireComplete && notHad > 0)
    return failed(
      new RunError(
        "items-not-on-phone",
        `${formatCount(notHad)} of the chosen files ${notHad === 1 ? "is" : "are"} not ${onThe(noun)}.`,
      ),
    );
  if (!summary.ok) return { exitCode: exitCodes.someFailed };
  return { exitCode: exitCodes.complete };
}

function failed(error: RunError): RunEnd {
  return { exitCode: exitCodes.someFailed, error };
}
