/** `offroll autosave run --once`: what is due now is done, and told. */
import { exitCodes, type Host } from "../../app/host.ts";
import { notifier, runOnce, stateWords } from "../../autosave/index.ts";
import { plural, printable } from "../../shared/text.ts";
import type { autosaveRunFlags, CommandFlags } from "../command-flags.ts";
import { Output } from "../output.ts";

export async function autosaveOnce(host: Host, flags: CommandFlags<typeof autosaveRunFlags>): Promise<number> {
  const output = new Output(host, flags);
  const { jobs } = await runOnce(host, { show: notifier(host).show, say: (line) => output.say(printable(line)) });
  if (output.json) output.document({ jobs: jobs.map(toJson) });
  else {
    for (const { name, phone, copy, state, isUnfinished, brought } of jobs) {
      const what = copy === undefined ? printable(name) : `${printable(name)}, copy ${printable(copy)}`;
      const came =
        brought === undefined
          ? ""
          : `; ${brought === 0 ? (state.is === "done" ? "nothing new" : "nothing copied") : `${plural(brought, "file")} copied`}`;
      output.data(`${what}: ${stateWords(state, { phone, copy, isUnfinished })}${came}`);
    }
    if (jobs.length === 0) output.say("No phone is set up: offroll autosave on");
  }
  return jobs.some(({ state }) => state.is === "problem") ? exitCodes.someFailed : exitCodes.complete;
}

function toJson({ phone, copy, name, state, brought }: Awaited<ReturnType<typeof runOnce>>["jobs"][number]): object {
  return {
    ...{ phone, name, copy: copy ?? null, state: state.is },
    waitsFor: state.is === "waiting" ? state.for : null,
    problem: state.is === "problem" ? state.code : null,
    brought: brought ?? null,
  };
}
