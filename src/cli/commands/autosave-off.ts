/** `offroll autosave off`: one phone is no longer backed up by itself, or nothing of it is left on this computer. */
import { exitCodes, type Host } from "../../app/host.ts";
import { confirm } from "../../app/voice.ts";
import {
  type AutosaveSettings,
  autosaveFiles,
  isAnythingLeft,
  readAutosave,
  stateOfUnit,
  uninstall,
  updateAutosave,
  watcherOf,
} from "../../autosave/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { phoneIn } from "../autosave-phone.ts";
import { CliSession } from "../cli-session.ts";
import type { autosaveOffFlags, CommandFlags } from "../command-flags.ts";

type Flags = CommandFlags<typeof autosaveOffFlags>;

export async function autosaveOff(host: Host, flags: Flags): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const one = flags.device === undefined ? undefined : removedPhone(host, flags.device);
  if (one && Object.keys(one.left.phones).length > 0) {
    updateAutosave(autosaveFiles(host).settings, (settings) => without(settings, one.id));
    if (output.json) output.document({ removed: [], phone: one.id, running: runningJson(host) });
    else output.say(`${printable(one.name)} is no longer backed up by itself. Its backup stays as it is.`);
    return exitCodes.complete;
  }
  const removed = isAnythingLeft(host) ? (await uninstall(host, await removingEdited(session, flags))).removed : [];
  if (output.json) output.document({ removed, phone: one?.id ?? null, running: runningJson(host) });
  else tell(session, removed);
  return exitCodes.complete;
}

/** @throws {UsageError} where no phone that is set up is meant */
function removedPhone(host: Host, wanted: string): { id: string; name: string; left: AutosaveSettings } {
  const settings = readAutosave(autosaveFiles(host).settings);
  const phone = phoneIn(
    Object.entries(settings.phones).map(([id, { name }]) => ({ id, name })),
    wanted,
  );
  if (!phone) throw new UsageError("usage", `No phone called ${wanted} is set up to be backed up by itself.`);
  return { ...phone, left: without(settings, phone.id) };
}

function without(settings: AutosaveSettings, id: string): AutosaveSettings {
  return { ...settings, phones: Object.fromEntries(Object.entries(settings.phones).filter(([key]) => key !== id)) };
}

async function removingEdited(session: CliSession, { yes }: Flags): Promise<"keep" | "replace"> {
  if (stateOfUnit(session.context) !== "edited" || yes) return "replace";
  if (!session.interactive) return "keep";
  session.voice.complain("What starts it at log-on was changed by hand.");
  return (await confirm(session.voice, "Remove it all the same?", false)) ? "replace" : "keep";
}

function tell({ context, output }: CliSession, removed: readonly string[]): void {
  if (removed.length === 0) output.say("Auto-save was off already.");
  else {
    output.say("Auto-save is off. What was copied stays as it is. Removed:");
    for (const path of removed) output.say(`  ${printable(path)}`);
  }
  const watcher = watcherOf(context);
  if (watcher)
    output.complain(
      `A watcher that was started by hand still runs, as process ${watcher.pid}: end it there with Ctrl-C.`,
    );
}

function runningJson(host: Host): object | null {
  const watcher = watcherOf(host);
  return watcher ? { pid: watcher.pid } : null;
}
