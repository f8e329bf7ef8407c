/** Whether phones are backed up by themselves. */
import type { Host } from "../../../app/host.ts";
import { jobWords, standingOf, troubleOf } from "../../../autosave/index.ts";
import type { Finding } from "../../../present/finding.ts";
import { remedies } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";

/** Off is nothing wrong: many want it so. */
export function autosaveFindings(context: Host): Finding[] {
  const standing = standingOf(context);
  const trouble = troubleOf(standing);
  if (trouble === "autosave-off")
    return [
      { check: "autosave: off", verdict: "note", text: "Nothing backs up by itself.", remedy: "offroll autosave on" },
    ];
  if (trouble === "autosave-not-running")
    return [
      {
        check: "autosave: not-running",
        verdict: "problem",
        text: "Phones are set up to be backed up by themselves, and no watcher runs.",
        remedy: remedies[trouble],
      },
    ];
  const now = context.clock.now();
  return standing.jobs.map((job) => {
    const who = job.copy === undefined ? printable(job.plan.name) : `The copy ${printable(job.copy)}`;
    const text = `By itself: ${who}: ${jobWords(job, now)}`;
    const isWrong = job.state.is === "problem" || job.overdueDays !== undefined;
    return isWrong
      ? { check: "autosave: trouble", verdict: "problem", text, remedy: "offroll autosave status" }
      : { check: "autosave: on", verdict: "ok", text };
  });
}
