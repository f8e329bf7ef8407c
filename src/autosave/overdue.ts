/** How long a job may go without a run before a person is told. */
import type { PhonePlan } from "./settings.ts";

const dayMs = 24 * 60 * 60 * 1000;
const mostDays = 14;

/**
 * Whole days without a run that ended, from 14 on; a phone that was never read counts from when it was set up. Undefined while all is
 * well, and for a copy that lacks nothing.
 */
export function overdueDays(
  job: {
    readonly copy?: string | undefined;
    readonly plan: PhonePlan;
    readonly lastRun?: number | undefined;
    readonly isBehind: boolean;
  },
  now: number,
): number | undefined {
  if (job.copy !== undefined && !job.isBehind) return undefined;
  const days = Math.floor((now - (job.lastRun ?? job.plan.setUpAt)) / dayMs);
  return days >= mostDays ? days : undefined;
}
