/** Why a phone was not backed up by itself. */

import type { Host } from "../../../app/host.ts";
import {
  autosaveFiles,
  type JobStanding,
  jobWords,
  readRuns,
  type Standing,
  standingOf,
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
    const last = readRuns(autosaveFiles(host).log).findLast((run) => run.phone === phone && run.copy === copy);
    const said = last?.message === undefined ? "" : ` Its last run said: ${printable(last.message)}`;
    const remedy = Object.hasOwn(remedies, state.code) ? remedies[state.code as ErrorCode] : remedies["problems-found"];
    return { check: `autosave: ${printable(state.code)}`, verdict: "problem", text: `${text}${said}`, remedy };
  }
  if (overdueDays !== undefined)
    return { check: "autosave: overdue", verdict: "problem", text, remedy: remedies["autosave-overdue"] };
  return {
    check: `autosave: ${state.is === "waiting" ? state.for : state.is}`,
    verdict: state.is === "waiting" ? "note" : "ok",
    text,
  };
}
