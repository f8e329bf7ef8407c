/** `offroll autosave log`: the runs that the watcher started, the latest last. */
import { exitCodes, type Host } from "../../app/host.ts";
import { autosaveFiles, type RunRecord, readAutosave, readRuns } from "../../autosave/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { formatDuration, plural, printable } from "../../shared/text.ts";
import type { autosaveLogFlags, CommandFlags } from "../command-flags.ts";
import { Output, table } from "../output.ts";

const usualLines = 40;

export async function autosaveLog(host: Host, flags: CommandFlags<typeof autosaveLogFlags>): Promise<number> {
  const output = new Output(host, flags);
  const files = autosaveFiles(host);
  const wanted = flags.limit === undefined ? usualLines : parseLimit(flags.limit);
  const runs = readRuns(files.log).slice(-wanted);
  if (output.json) output.document({ runs: runs.map((run) => toJson(run)) });
  else {
    const names = namesIn(files.settings);
    for (const line of table(
      runs.map((run) => row(run, names)),
      output.width(),
    ))
      output.data(line);
    if (runs.length === 0) output.say("No run yet.");
  }
  return exitCodes.complete;
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError("usage", `--limit "${text}" is not a number of lines.`);
  return Number(text);
}

/** Names of the phones that are set up; none where the settings cannot be read: the log still tells. */
function namesIn(settings: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(readAutosave(settings).phones).map(([id, plan]) => [id, plan.name]));
  } catch {
    return new Map();
  }
}

function row(run: RunRecord, names: ReadonlyMap<string, string>): string[] {
  const { at, phone, copy, whole } = run;
  const name = names.get(phone) ?? phone;
  return [
    new Date(at).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" }),
    printable(whole ? `${name} as a whole` : copy === undefined ? name : `${name}, copy ${copy}`),
    printable(wordsOf(run)),
  ];
}

function wordsOf({ brought, failed, seconds, code, message }: RunRecord): string {
  // A run that was stopped says nothing of what is new.
  const nothing = code === undefined && failed === 0 ? "nothing new" : "nothing copied";
  const parts = [
    `${brought > 0 ? `${plural(brought, "file")} copied` : nothing} in ${formatDuration(seconds)}`,
    ...(failed > 0 ? [`${plural(failed, "file")} failed`] : []),
    ...(code === undefined ? [] : [`${message ?? "stopped"} (${code})`]),
  ];
  return parts.join("; ");
}

function toJson({ at, phone, copy, whole, command, seconds, exit, brought, failed, code, message }: RunRecord): object {
  return {
    ...{
      at: new Date(at).toISOString(),
      phone,
      copy: copy ?? null,
      whole: whole === true,
      command,
      seconds,
      exit: exit ?? null,
      brought,
      failed,
    },
    ...{ code: code ?? null, message: message ?? null },
  };
}
