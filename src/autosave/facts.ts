/** What is known of the world outside, and what of it a job waits for. */
import type { Place } from "./events.ts";
import type { Job, Wait } from "./job.ts";
import { isWithin } from "./local-time.ts";

/** A phone that is attached. */
interface PhoneFacts {
  readonly by: "cable" | "network";
  isLocked: boolean;
  isTrusted: boolean;
}

/** Places are kept by `placeKey`. */
export interface Facts {
  readonly phones: Map<string, PhoneFacts>;
  readonly there: Set<string>;
  readonly busy: Set<string>;
  isPowerLow: boolean;
}

export function placeKey({ to, copy }: Place): string {
  return JSON.stringify(copy === undefined ? [to] : [to, copy]);
}

/** The places that a job's run needs for itself: a copy is read from its first. */
export function placesOf({ plan, copy }: Job): Place[] {
  return copy === undefined ? [{ to: plan.to }] : [{ to: plan.to }, { to: plan.to, copy }];
}

/** The first thing that a job waits for; undefined where it can start. A job of a phone needs the phone attached. */
export function waitOf(job: Job, facts: Facts, at: number): Wait | undefined {
  const { quietHours } = job.plan;
  const keys = placesOf(job).map(placeKey);
  const phone = job.copy === undefined ? facts.phones.get(job.phone) : undefined;
  if (quietHours && isWithin(quietHours, at)) return "quiet-hours";
  if (keys.some((key) => !facts.there.has(key))) return "disk";
  if (facts.isPowerLow) return "power";
  if (keys.some((key) => facts.busy.has(key))) return "other-run";
  if (phone && !phone.isTrusted) return "trust";
  return phone?.isLocked ? "unlock" : undefined;
}
