/**
 * When a phone as a whole is backed up by itself, as a function. iPhones since iOS 16.1 ask for their passcode before each backup:
 * nothing begins there that nobody could let go on. Their owner is told instead when one is due.
 */

import type { JobState, Wait } from "../job.ts";
import { isWithin, localTime } from "../local-time.ts";
import type { PhonePlan } from "../settings.ts";

/** What is remembered of it. Times are ms UTC. */
export interface WholeRecord {
  readonly phone: string;
  readonly state: JobState;
  /** When the last complete backup was made, as it says itself, as long as its disk was there. */
  readonly takenAt?: number | undefined;
  /** Whether the phone asks for its passcode, and when that was learned: from a run that met the question, or from a backup's own words. */
  readonly passcode?: { readonly isAsked: boolean; readonly at: number } | undefined;
  /** Local day of the last run that failed. */
  readonly failedOn?: string | undefined;
}

/** The world outside, as far as it matters here. */
export interface WholeFacts {
  readonly byCable: boolean;
  readonly isThere: boolean;
  /** Its photos are copied right now. */
  readonly isCopying: boolean;
  readonly isPowerLow: boolean;
  readonly isTrusted: boolean;
  readonly isLocked: boolean;
}

/** What is to be done now. `none` with a reason for whoever shows it. */
export type WholeDuty =
  | { readonly is: "none" }
  | { readonly is: "run" }
  /** Its owner has to do it. */
  | { readonly is: "tell" }
  | { readonly is: "wait"; readonly for: Wait };

const dayMs = 24 * 60 * 60 * 1000;
/** A phone that is plugged in each Sunday is not made to wait for the next one by an hour. */
const slackMs = dayMs / 2;
/** From when it was due on, as for photos. */
const mostDaysLate = 14;

/** Whether another is due. A backup of tomorrow or later says nothing: some clock was wrong. */
export function isWholeDue(plan: PhonePlan, { takenAt }: Pick<WholeRecord, "takenAt">, at: number): boolean {
  const everyDays = plan.phoneBackup?.everyDays;
  if (everyDays === undefined) return false;
  return takenAt === undefined || takenAt > at + dayMs || at >= takenAt + everyDays * dayMs - slackMs;
}

/** As it is now, of one that nothing is done about: what was done three weeks ago is due by now, though nobody plugged the phone in. */
export function wholeStateNow(plan: PhonePlan | undefined, record: WholeRecord, at: number): JobState {
  const { state } = record;
  if (state.is !== "idle" && state.is !== "done") return state;
  return plan && !isWholeDue(plan, record, at) ? { is: "done" } : { is: "idle" };
}

/** Whole days since the last one, or since it was asked for, from 14 days after it was due; undefined while all is well. */
export function wholeOverdueDays(
  plan: PhonePlan,
  { takenAt }: Pick<WholeRecord, "takenAt">,
  at: number,
): number | undefined {
  if (!plan.phoneBackup) return undefined;
  const { since, everyDays } = plan.phoneBackup;
  const days = Math.floor((at - (takenAt ?? since)) / dayMs);
  return days >= everyDays + mostDaysLate ? days : undefined;
}

/** @param at ms UTC */
export function dutyOf(plan: PhonePlan, record: WholeRecord, facts: WholeFacts, at: number): WholeDuty {
  if (!facts.byCable || !isWholeDue(plan, record, at)) return { is: "none" };
  if (record.passcode?.isAsked) return { is: "tell" };
  // What failed is tried once a day, never in a circle: each try keeps the phone busy.
  if (record.failedOn === localTime(at).day) return { is: "none" };
  const wait = waitOf(plan, facts, at);
  return wait === undefined ? { is: "run" } : { is: "wait", for: wait };
}

function waitOf({ quietHours }: PhonePlan, facts: WholeFacts, at: number): Wait | undefined {
  if (quietHours && isWithin(quietHours, at)) return "quiet-hours";
  if (!facts.isThere) return "disk";
  if (facts.isPowerLow) return "power";
  if (facts.isCopying) return "other-run";
  if (!facts.isTrusted) return "trust";
  return facts.isLocked ? "unlock" : undefined;
}
