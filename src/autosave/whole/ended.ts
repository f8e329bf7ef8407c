/** What a run's end says of a phone's backup as a whole: the next record, and what its owner is told. */
import type { ErrorCode } from "../../shared/errors.ts";
import type { Notice, RunOutcome } from "../events.ts";
import { localTime } from "../local-time.ts";
import { trustCodes } from "../machine.ts";
import type { WholeRecord } from "./duty.ts";

/** The phone went, or waits for its owner, who is told of that by its photos' run. */
const untilNextAttach: ReadonlySet<ErrorCode> = new Set(["device-disconnected", "cancelled", "device-locked"]);
/** Somebody else is at it, or its owner said no: nobody's trouble, and enough for a day. */
const silent: ReadonlySet<ErrorCode> = new Set(["destination-in-use", "phone-sync-busy", "phone-cancelled"]);

export interface WholeEnd {
  readonly record: WholeRecord;
  readonly notices: readonly Notice[];
  /** It is to begin again as soon as what it met is over. */
  readonly isWanted: boolean;
}

/** @param at ms UTC */
export function wholeEnded(record: WholeRecord, outcome: RunOutcome, at: number): WholeEnd {
  const { phone } = record;
  const { stoppedBy, brought, newFailures } = outcome;
  const about = { phone, whole: true } as const;
  const next = (change: Partial<WholeRecord>): WholeRecord => ({ ...record, state: { is: "idle" }, ...change });
  if (stoppedBy === undefined) {
    const passcode = { isAsked: false, at };
    const made: Notice = { ...about, cause: "phone-backup-made", count: brought };
    if (newFailures === 0)
      return {
        record: next({ state: { is: "done" }, takenAt: at, passcode, failedOn: undefined }),
        notices: [made],
        isWanted: false,
      };
    const code = "items-failed";
    const state = { is: "problem", code } as const;
    return {
      record: next({ state, takenAt: at, passcode }),
      notices: [made, { ...about, cause: code }],
      isWanted: false,
    };
  }
  if (stoppedBy === "phone-passcode")
    return {
      record: next({ passcode: { isAsked: true, at } }),
      notices: [{ ...about, cause: "phone-backup-due" }],
      isWanted: false,
    };
  if (untilNextAttach.has(stoppedBy) || trustCodes.has(stoppedBy))
    return { record: next({}), notices: [], isWanted: false };
  if (stoppedBy === "destination-not-there") return { record: next({}), notices: [], isWanted: true };
  const failedOn = localTime(at).day;
  if (silent.has(stoppedBy)) return { record: next({ failedOn }), notices: [], isWanted: false };
  return {
    record: next({ state: { is: "problem", code: stoppedBy }, failedOn }),
    notices: [{ ...about, cause: stoppedBy }],
    isWanted: false,
  };
}
