/** `offroll autosave run --once`: what is due now is done, and told. */
import { exitCodes, type Host } from "../../app/host.ts";
import { type JobState, notifier, runOnce, stateWords } from "../../autosave/index.ts";
import { plural, printable } from "../../shared/text.ts";
import type { autosaveRunFlags, CommandFlags } from "../command-flags.ts";
import { Output } from "../output.ts";

export async function autosaveOnce(host: Host, flags: CommandFlags<typeof autosaveRunFlags>): Promise<number> {
  const output = new Output(host, flags);
  const { jobs } = await runOnce(host, { show: notifier(host).show, say: (line) => output.say(printable(line)) });
  if (output.json) output.document({ jobs: jobs.map(toJson) });
  else {
    for (const { name, phone, copy, whole, state, isUnfinished, brought } of jobs) {
      const what = printable(whole ? `${name} as a whole` : copy === undefined ? name : `${name}, copy ${copy}`);
      const came =
        brought === undefined
          ? ""
          : `; ${brought === 0 ? (state.is === "done" ? "nothing new" : "nothing copied") : `${plural(brought, "file")} copied`}`;
      const words = whole ? wholeStateWords(state) : stateWords(state, { phone, copy, isUnfinished });
      output.data(`${what}: ${words}${came}`);
    }
    if (jobs.length === 0) output.say("No phone is set up: offroll autosave on");
  }
  return jobs.some(({ state }) => state.is === "problem") ? exitCodes.someFailed : exitCodes.complete;
}

function wholeStateWords(state: JobState): string {
  if (state.is === "idle") return "due: plug it in, or start it yourself where it asks for its passcode";
  return state.is === "done" ? "not due yet" : stateWords(state, { phone: "" });
}

function toJson({
  phone,
  copy,
  whole,
  name,
  state,
  brought,
}: Awaited<ReturnType<typeof runOnce>>["jobs"][number]): object {
  return {
    ...{ phone, name, copy: copy ?? null, whole: whole === true, state: state.is },
    waitsFor: state.is === "waiting" ? state.for : null,
    problem: state.is === "problem" ? state.code : null,
    brought: brought ?? null,
  };
}
