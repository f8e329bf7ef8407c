/** `offroll autosave on`: asks once per phone, writes that down, and installs what watches. Idempotent. */
import { copiesToChoose } from "../../app/autosave-place.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { confirm } from "../../app/voice.ts";
import {
  autosaveFiles,
  type InstallResult,
  install,
  type PhonePlan,
  planWords,
  readAutosave,
  stateOfUnit,
  unitFor,
  updateAutosave,
  watcherOf,
} from "../../autosave/index.ts";
import { CancelledError, UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { type AutosaveOnFlags, type Planned, planOf } from "../autosave-plan.ts";
import { CliSession } from "../cli-session.ts";

export async function autosaveOn(host: Host, flags: AutosaveOnFlags): Promise<number> {
  await using session = new CliSession(host, flags);
  const files = autosaveFiles(host);
  const settings = readAutosave(files.settings);
  if (!flags.yes && !flags.dryRun && !session.interactive)
    throw new UsageError("not-interactive", "autosave on asks what goes where before it installs anything.");
  const planned = await planOf(session, settings, flags);
  const unit = unitFor(host);
  if (flags.dryRun) {
    if (session.output.json)
      session.output.document({
        ...toJson(planned),
        dryRun: true,
        unit: { path: unit.file.path, text: unit.file.text },
      });
    else tellDryRun(session, planned);
    return exitCodes.complete;
  }
  await agreed(session, planned, flags);
  tellTyped(session, flags);
  if (planned.isChanged)
    updateAutosave(files.settings, (now) => ({ ...now, phones: { ...now.phones, [planned.id]: planned.plan } }));
  const edited = await replacingEdited(session, flags);
  const result = await install(host, { edited, isRunning: watcherOf(host) !== undefined });
  if (session.output.json)
    session.output.document({ ...toJson(planned), dryRun: false, unit: { path: unit.file.path, result: result.unit } });
  else tell(session, planned, result);
  return exitCodes.complete;
}

/** The last question. @throws {CancelledError} for a no: nothing was written then */
async function agreed(session: CliSession, { plan, isChanged }: Planned, { yes }: AutosaveOnFlags): Promise<void> {
  if (yes || !isChanged) return;
  const { output, context } = session;
  output.say(`${printable(plan.name)}: ${planWords(plan)}.`);
  output.say(
    `To be installed: ${printable(unitFor(context).file.path)}, which runs \`offroll autosave run\` when you log in.`,
  );
  output.say(`To be written: ${printable(autosaveFiles(context).settings)}`);
  if (!(await confirm(session.voice, "Go ahead?", true)))
    throw new CancelledError("Nothing was installed.", { remedy: "" });
}

/** What was typed for this command is no setting. */
function tellTyped({ output }: CliSession, flags: AutosaveOnFlags): void {
  const typed = (["via", "usbmux", "adb", "usbip"] as const).filter((name) => flags[name] !== undefined);
  if (typed.length > 0)
    output.complain(
      `The service does not know --${typed.join(" and --")}: it goes by variables and the config file (offroll config).`,
    );
}

async function replacingEdited(session: CliSession, { yes }: AutosaveOnFlags): Promise<"keep" | "replace"> {
  if (yes || stateOfUnit(session.context) !== "edited") return "keep";
  session.voice.complain(`${printable(unitFor(session.context).file.path)} was changed by hand.`);
  return (await confirm(session.voice, "Replace it? Yours is kept beside it.", false)) ? "replace" : "keep";
}

function tellDryRun({ output, context }: CliSession, { plan, isChanged }: Planned): void {
  const { file, on } = unitFor(context);
  output.say(
    `${printable(plan.name)}: ${planWords(plan)}${isChanged ? "" : " (set up already)"}. Nothing is written now.`,
  );
  output.say(`Would be written: ${printable(autosaveFiles(context).settings)}`);
  output.say(`Would be run: ${on.map((command) => command.join(" ")).join("; ")}`);
  output.say(`Would be installed as ${printable(file.path)}:`);
  output.data(file.text.trimEnd());
}

function tell(session: CliSession, { plan, isChanged, copyOf, copy }: Planned, { unit, aside }: InstallResult): void {
  const { output, context } = session;
  const { file, leftOut } = unitFor(context);
  const name = printable(plan.name);
  if (isChanged) output.say(`From now on ${name} is backed up when it is plugged in: ${planWords(plan)}.`);
  else output.say(`${name} is set up already: ${planWords(plan)}.`);
  if (copyOf !== undefined)
    output.say(`${printable(plan.to)} is itself a copy of ${printable(copyOf)}: what comes now is in it alone.`);
  if (plan.phoneBackup && isChanged)
    output.say(
      "The whole phone: iPhones since iOS 16.1 ask for their passcode before each backup. Where yours does, nothing begins by itself, and you are told when one is due.",
    );
  if (copy?.sameDisk)
    output.say(`The copy ${printable(copy.name)} lies on the same disk: where that is lost, both are.`);
  const words: Readonly<Record<InstallResult["unit"], string>> = {
    installed: `Installed and started: ${printable(file.path)}`,
    updated: `Installed anew and started: ${printable(file.path)}`,
    unchanged: `The watcher runs: ${printable(file.path)}`,
    kept: `Kept as you changed it, and started: ${printable(file.path)}`,
  };
  output.say(words[unit]);
  if (aside !== undefined) output.say(`Yours is kept as ${printable(aside)}.`);
  if (leftOut.length > 0) output.complain(`Not known to it, because a task has no variables: ${leftOut.join(", ")}.`);
  if (plan.copy === undefined && copiesToChoose(session, plan.id).length === 0)
    output.say(
      `A second disk, brought up to date after each backup: offroll copies add NAME PLACE, then offroll autosave on --copy NAME`,
    );
  if (context.platform === "linux" && unit === "installed")
    output.say("It ends when you log out. To let it go on after that: loginctl enable-linger");
  output.say("What it does: offroll autosave status. To end it and take all of it away: offroll autosave off");
}

function toJson({ id, plan, isChanged, copyOf }: Planned): object {
  const { name, to, photos, videos, copy, network, daily, quietHours, phoneBackup }: PhonePlan = plan;
  return {
    phone: {
      id,
      name,
      to,
      photos,
      videos,
      copy: copy ?? null,
      network,
      daily: daily ?? null,
      quietHours: quietHours ?? null,
      phoneBackup: phoneBackup ? { to: phoneBackup.to, everyDays: phoneBackup.everyDays } : null,
    },
    changed: isChanged,
    isCopyOf: copyOf ?? null,
  };
}
