/** `offroll autosave status`: what backs up by itself, what it does now, and for a monitor whether all is well. */
import { exitCodes, type Host } from "../../app/host.ts";
import {
  type JobStanding,
  jobWords,
  planWords,
  type Standing,
  standingOf,
  troubleOf,
  type WholeStanding,
  wholeWords,
} from "../../autosave/index.ts";
import { remedies, verdictJson } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import type { CommonFlags } from "../command-flags.ts";
import { Output } from "../output.ts";

export async function autosaveStatus(host: Host, flags: CommonFlags): Promise<number> {
  const output = new Output(host, flags);
  const standing = standingOf(host);
  const trouble = troubleOf(standing);
  if (output.json)
    output.document({
      ...toJson(standing),
      ok: trouble === undefined,
      ...verdictJson(trouble, troubleWords[trouble ?? ""] ?? "A backup needs you."),
    });
  else print(output, standing, host.clock.now());
  if (!output.json && trouble !== undefined)
    output.complain(`${troubleWords[trouble] ?? "A backup needs you."} ${remedies[trouble]} (${trouble})`);
  return trouble === undefined ? exitCodes.complete : exitCodes.someFailed;
}

const troubleWords: Readonly<Record<string, string>> = {
  "autosave-off": "Auto-save is off.",
  "autosave-not-running": "Phones are set up, and no watcher runs.",
  "autosave-overdue": "A backup is overdue.",
};

function print(output: Output, { jobs, whole, watcher, unit, problem }: Standing, now: number): void {
  if (watcher) {
    const since = new Date(watcher.startedAt).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
    const start = unit === "none" ? "; it does not start by itself at log-on" : "";
    output.data(`Auto-save runs since ${since} (process ${watcher.pid})${start}.`);
  }
  for (const job of jobs) {
    if (job.copy === undefined) {
      output.data(`${printable(job.plan.name)}: ${planWords(job.plan)}`);
      output.data(`  ${jobWords(job, now)}`);
    } else output.data(`  copy ${printable(job.copy)}: ${jobWords(job, now)}`);
    const phone = job.copy === undefined ? whole.find((each) => each.phone === job.phone) : undefined;
    if (phone) output.data(`  as a whole: ${wholeWords(phone, now)}`);
  }
  if (unit === "edited") output.say("What starts it at log-on was changed by hand: it is left as it is.");
  if (problem !== undefined) output.complain(`What was remembered is lost: ${printable(problem)}`);
}

function toJson({ jobs, whole, watcher, unit }: Standing): object {
  return {
    running: watcher ? { pid: watcher.pid, since: time(watcher.startedAt) } : null,
    unit,
    phones: jobs.filter((job) => job.copy === undefined).map((job) => phoneJson(job, jobs, whole)),
  };
}

function phoneJson(job: JobStanding, jobs: readonly JobStanding[], whole: readonly WholeStanding[]): object {
  const { name, to, photos, videos, network, daily, quietHours } = job.plan;
  // Two phones of one destination share its copy.
  const copy = jobs.find((other) => other.copy === job.plan.copy && other.copy !== undefined && other.plan.to === to);
  return {
    ...{ id: job.phone, name, to, photos, videos, network, daily: daily ?? null, quietHours: quietHours ?? null },
    ...jobJson(job),
    copy: copy ? { name: copy.copy, isBehind: copy.isBehind, ...jobJson(copy) } : null,
    phoneBackup: wholeJson(whole.find((each) => each.phone === job.phone)),
  };
}

function wholeJson(standing: WholeStanding | undefined): object | null {
  if (!standing) return null;
  const { plan, state, takenAt, asksPasscode, isDue, overdueDays } = standing;
  const { to, everyDays } = plan.phoneBackup;
  return {
    ...{ to, everyDays, isDue, asksPasscode: asksPasscode ?? null, takenAt: time(takenAt) },
    ...{ ...stateJson(state), overdueDays: overdueDays ?? null },
  };
}

function stateJson(state: JobStanding["state"]): object {
  return {
    state: state.is,
    waitsFor: state.is === "waiting" ? state.for : null,
    problem: state.is === "problem" ? state.code : null,
  };
}

function jobJson({ state, isUnfinished, lastRun, lastComplete, overdueDays }: JobStanding): object {
  return {
    ...stateJson(state),
    isUnfinished,
    lastRunAt: time(lastRun),
    lastCompleteAt: time(lastComplete),
    overdueDays: overdueDays ?? null,
  };
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
