/** Why a phone was not backed up by itself. */

import type { Host } from "../../../app/host.ts";
import {
  autosaveFiles,
  type JobStanding,
  jobWords,
  type RunRecord,
  readRuns,
  type Standing,
  standingOf,
  type WholeStanding,
  wholeWords,
} from "../../../autosave/index.ts";
import type { DeviceSummary } from "../../../device/index.ts";
import type { Finding } from "../../../present/finding.ts";
import { type ErrorCode, remedies, toAppError } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";

/** Off is nothing wrong: many want it so. */
export function autosaveFindings(host: Host, devices: readonly DeviceSummary[]): Finding[] {
  let standing: Standing;
  try {
    standing = standingOf(host);
  } catch (error) {
    const { message, remedy, code } = toAppError(error);
    return [
      { check: `autosave: ${code}`, verdict: "problem", text: `Auto-save cannot start: ${printable(message)}`, remedy },
    ];
  }
  if (standing.jobs.length === 0)
    return [
      { check: "autosave: off", verdict: "note", text: "Nothing backs up by itself.", remedy: "offroll autosave on" },
    ];
  const strangers = devices.filter(({ info }) => !standing.jobs.some((job) => job.phone === info.id));
  return [
    watcherFinding(standing),
    ...standing.jobs.map((job) => jobFinding(host, job)),
    ...standing.whole.map((phone) => wholeFinding(host, phone)),
    ...strangers.map(
      ({ info }): Finding => ({
        check: "autosave: not-set-up",
        verdict: "note",
        text: `${printable(info.name)} is not backed up by itself: nobody set it up.`,
        remedy: "`offroll autosave on` with it plugged in.",
      }),
    ),
  ];
}

function watcherFinding({ watcher, unit }: Standing): Finding {
  if (watcher && unit !== "none")
    return { check: "autosave: runs", verdict: "ok", text: `Auto-save runs, as process ${watcher.pid}.` };
  if (watcher)
    return {
      check: "autosave: by-hand",
      verdict: "note",
      text: `Auto-save runs, as process ${watcher.pid}, and nothing starts it at the next log-on.`,
      remedy: "`offroll autosave on` installs what does.",
    };
  const why: Readonly<Record<Standing["unit"], string>> = {
    none: "nothing is installed that would start it",
    edited: "what starts it was changed by hand",
    other: "what starts it is that of another offroll, or of one that lay elsewhere",
    same: "it ended, or its system did not start it",
  };
  return {
    check: "autosave: not-running",
    verdict: "problem",
    text: `Auto-save does not run: ${why[unit]}.`,
    remedy: remedies["autosave-not-running"],
  };
}

function jobFinding(host: Host, job: JobStanding): Finding {
  const { phone, copy, plan, state, overdueDays } = job;
  const what = `${printable(plan.name)}${copy === undefined ? "" : `, copy ${printable(copy)}`}`;
  const text = `${what}: ${jobWords(job, host.clock.now())}.`;
  if (state.is === "problem") {
    return problemFinding(
      state.code,
      `${text}${lastWords(host, (run) => run.phone === phone && run.copy === copy && !run.whole)}`,
    );
  }
  if (overdueDays !== undefined)
    return { check: "autosave: overdue", verdict: "problem", text, remedy: remedies["autosave-overdue"] };
  return {
    check: `autosave: ${state.is === "waiting" ? state.for : state.is}`,
    verdict: state.is === "waiting" ? "note" : "ok",
    text,
  };
}

/** The phone as a whole: what is due and cannot begin by itself is for its owner to know. */
function wholeFinding(host: Host, standing: WholeStanding): Finding {
  const { phone, plan, state, asksPasscode, isDue, overdueDays } = standing;
  const text = `${printable(plan.name)} as a whole: ${wholeWords(standing, host.clock.now())}.`;
  if (state.is === "problem")
    return problemFinding(state.code, `${text}${lastWords(host, (run) => run.phone === phone && run.whole === true)}`);
  if (overdueDays !== undefined)
    return { check: "autosave: overdue", verdict: "problem", text, remedy: remedies["autosave-overdue"] };
  const isForOwner = isDue && asksPasscode === true;
  return { check: `autosave: whole-${isForOwner ? "due" : state.is}`, verdict: isForOwner ? "note" : "ok", text };
}

function problemFinding(code: string, text: string): Finding {
  const remedy = Object.hasOwn(remedies, code) ? remedies[code as ErrorCode] : remedies["problems-found"];
  return { check: `autosave: ${printable(code)}`, verdict: "problem", text, remedy };
}

function lastWords(host: Host, isMeant: (run: RunRecord) => boolean): string {
  const last = readRuns(autosaveFiles(host).log).findLast(isMeant);
  return last?.message === undefined ? "" : ` Its last run said: ${printable(last.message)}`;
}
