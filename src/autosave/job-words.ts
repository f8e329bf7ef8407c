/** What a job does or waits for, in words for people. */
import { plural, printable } from "../shared/text.ts";
import type { JobName, JobRecord, JobState, Wait } from "./job.ts";
import type { PhoneBackupPlan, PhonePlan } from "./settings.ts";
import type { JobStanding, Standing, WholeStanding } from "./standing.ts";

const waitWords: Readonly<Record<Wait, string>> = {
  "quiet-hours": "waiting for the end of the quiet hours",
  disk: "waiting for its disk",
  power: "waiting for power: the battery of this computer is low",
  "other-run": "waiting for another run there to end",
  trust: "waiting for Trust to be tapped on the phone",
  unlock: "waiting for the phone to be unlocked",
};

/** @param job whose state it is: a copy has no phone that could be away */
export function stateWords(state: JobState, { copy, isUnfinished }: JobName & Pick<JobRecord, "isUnfinished">): string {
  switch (state.is) {
    case "idle":
      if (isUnfinished && copy === undefined) return "not everything came; it goes on when the phone is plugged in";
      return copy === undefined
        ? "nothing to do until the phone is plugged in"
        : "nothing to do until the first gets something";
    case "waiting":
      return waitWords[state.for];
    case "copying":
      return "copying now";
    case "done":
      return "everything is there";
    case "problem":
      return `needs you (${state.code})`;
  }
}

/** "the whole phone to /mnt/disk/phones, every 7 days". */
export function wholePlanWords({ to, everyDays }: PhoneBackupPlan): string {
  return `the whole phone to ${printable(to)}, every ${everyDays === 1 ? "day" : plural(everyDays, "day")}`;
}

/** What is known of the phone's backup as a whole, and who has to start the next one. */
export function wholeWords(
  { plan, state, takenAt, asksPasscode, isDue, overdueDays }: WholeStanding,
  now: number,
): string {
  const parts = [takenAt === undefined ? "no complete backup yet" : `last one ${agoWords(Math.max(0, now - takenAt))}`];
  if (state.is === "copying") parts.unshift("under way");
  else if (state.is === "waiting") parts.unshift(waitWords[state.for]);
  else if (state.is === "problem") parts.unshift(`needs you (${state.code})`);
  if (asksPasscode)
    parts.push(
      isDue
        ? `due: it asks for its passcode, so start it yourself: offroll phone backup ${printable(plan.phoneBackup.to)}`
        : "it asks for its passcode: you are told when the next one is due",
    );
  else if (isDue && (state.is === "idle" || state.is === "done")) parts.push("due when the phone is plugged in");
  if (overdueDays !== undefined) parts.push(`overdue: ${plural(overdueDays, "day")} without one`);
  return parts.join("; ");
}

/** What goes where: "photos and videos to /mnt/disk/Phone, then to the copy usb". */
export function planWords({ photos, videos, to, copy, phoneBackup }: PhonePlan): string {
  const what = photos && videos ? "photos and videos" : photos ? "photos" : "videos";
  const then = copy === undefined ? "" : `, then to the copy ${printable(copy)}`;
  const whole = phoneBackup === undefined ? "" : `; ${wholePlanWords(phoneBackup)}`;
  return `${what} to ${printable(to)}${then}${whole}`;
}

/** When: "within the last hour". */
function agoWords(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return "within the last hour";
  return hours < 48 ? `${plural(hours, "hour")} ago` : `${plural(Math.floor(hours / 24), "day")} ago`;
}

export function jobWords(job: JobStanding, now: number): string {
  const { state, lastRun, lastComplete, overdueDays } = job;
  const parts = [stateWords(state, job)];
  parts.push(
    lastComplete === undefined ? "no complete run by itself yet" : `last complete ${agoWords(now - lastComplete)}`,
  );
  if (lastRun !== undefined && lastRun !== lastComplete) parts.push(`last run ${agoWords(now - lastRun)}`);
  if (overdueDays !== undefined) parts.push(`overdue: ${plural(overdueDays, "day")} without a run`);
  return parts.join("; ");
}

/** One line for `offroll status`; undefined where nobody asked for it. */
export function standingLine({ jobs: own, whole, watcher }: Standing): string | undefined {
  const jobs = [...own, ...whole];
  const phones = new Set(jobs.map((job) => job.phone)).size;
  if (phones === 0) return undefined;
  if (!watcher) return "Auto-save does not run: `offroll autosave on` starts it again.";
  const busy = jobs.filter(({ state }) => state.is === "copying").length;
  const waiting = jobs.filter(({ state }) => state.is === "waiting").length;
  const trouble = jobs.filter(({ state, overdueDays }) => state.is === "problem" || overdueDays !== undefined).length;
  const now = [
    ...(busy > 0 ? [`${plural(busy, "copy", "copies")} under way`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(trouble > 0 ? [`${trouble} in trouble: offroll autosave status`] : []),
  ];
  return `Auto-save is on for ${plural(phones, "phone")}${now.length > 0 ? `: ${now.join(", ")}` : ""}.`;
}
