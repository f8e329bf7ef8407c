/** `offroll phone password on|off|change`: the password of a phone's backups, which lies on the phone. */
import { saidPassword } from "../../app/backup-password.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { confirm } from "../../app/voice.ts";
import { meetWholePhone, type WholePhone } from "../../app/whole-phone.ts";
import { changeBackupPassword, isEncrypting } from "../../phone-backup/index.ts";
import { DeviceError, UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phonePasswordFlags } from "../command-flags.ts";
import { PhoneRunReport } from "../printers/phone-run.ts";

type Flags = CommandFlags<typeof phonePasswordFlags>;
type Action = "on" | "off" | "change";

const lostWords = [
  "The phone keeps this password, and encrypts every backup with it from now on, whichever computer makes it.",
  "Nobody can open those backups without it: not Apple, not offroll. Write it down, or keep it in a password manager.",
  "Forgotten, only Reset All Settings on the phone removes it, and backups made before stay closed.",
];
const offWords =
  "Backups of this phone will not be encrypted any more, on no computer: passwords, health data and calls are no longer in them.";

const newWays = "Give it with --new-password-file FILE or --new-password-command CMD, or run this on a terminal.";

export async function phonePassword(host: Host, action: string, flags: Flags): Promise<number> {
  if (action !== "on" && action !== "off" && action !== "change")
    throw new UsageError("usage", `It is offroll phone password on, off or change, not "${printable(action)}".`);
  assertHeard(action, flags);
  await using session = new CliSession(host, flags);
  const { output } = session;
  const met = await meetWholePhone(session);
  const name = printable(met.info.name);
  await assertFitting(met, action, host);
  for (const line of action === "off" ? [offWords] : lostWords) output.say(line);
  if (!(await mayGoAhead(session, action, flags))) {
    output.say("Nothing was changed.");
    return exitCodes.cancelled;
  }
  const old = action === "on" ? undefined : await oldPassword(session, flags, name);
  const next = action === "off" ? undefined : await newPassword(session, flags, name);
  const report = new PhoneRunReport(host, output);
  const onEvent: PhoneRunReport["event"] = (event) => {
    if (event.type === "phase" && event.phase === "passcode") output.complain("Enter the passcode on the phone now.");
  };
  await changeBackupPassword(met.phone, { old, next }, { clock: host.clock, signal: host.signal, onEvent });
  report.clear();
  if (output.json) output.document({ id: met.phone.udid, action, encrypted: action !== "off" });
  else output.say(doneWords(action, name));
  return exitCodes.complete;
}

/** A password that is given and not used would be taken for the one that is. @throws {UsageError} */
function assertHeard(action: Action, flags: Flags): void {
  const [old, next] = [given("password", flags), given("newPassword", flags)];
  if (action === "on" && old !== undefined)
    throw new UsageError(
      "usage",
      `Turning encryption on needs a new password alone: ${old} is for one that is there already.`,
      {
        remedy: `Give the new one with ${old.replace("--", "--new-")}.`,
      },
    );
  if (action === "off" && next !== undefined)
    throw new UsageError("usage", `Turning encryption off needs no new password: ${next} would not be used.`, {
      remedy: `Give the password as it is now with ${next.replace("--new-", "--")}.`,
    });
}

/** The flag that says it. */
function given(which: "password" | "newPassword", flags: Flags): string | undefined {
  const name = which === "password" ? "--password" : "--new-password";
  if (flags[`${which}File`] !== undefined) return `${name}-file`;
  return flags[`${which}Command`] === undefined ? undefined : `${name}-command`;
}

function doneWords(action: Action, name: string): string {
  if (action === "off") return `Backups of ${name} are not encrypted any more. The next one is a full one.`;
  if (action === "change") return `The password of ${name}'s backups is changed. Older backups keep the one they had.`;
  return `Backups of ${name} are encrypted from now on. The next one is a full one.`;
}

async function assertFitting({ phone, info }: WholePhone, action: Action, host: Host): Promise<void> {
  const isOn = await isEncrypting(phone, host);
  const name = printable(info.name);
  if (action === "on" && isOn) throw new UsageError("phone-password-on", `Backups of ${name} have a password already.`);
  if (action !== "on" && !isOn) throw new UsageError("phone-password-off", `Backups of ${name} have no password.`);
}

/** On a terminal it is asked; where passwords are given otherwise, that was the question. */
async function mayGoAhead(session: CliSession, action: Action, flags: Flags): Promise<boolean> {
  if (flags.yes || !session.interactive) return true;
  const question = { on: "Turn encryption on?", off: "Turn encryption off?", change: "Change the password?" }[action];
  return await confirm(session.voice, question, action !== "off");
}

async function oldPassword(session: CliSession, flags: Flags, name: string): Promise<string> {
  const said = await saidPassword(session, flags, `Password of the backups of ${name} now: `);
  if (said === undefined) throw new DeviceError("phone-backup-password", "The password as it is now is needed.");
  return asText(said);
}

async function newPassword(session: CliSession, flags: Flags, name: string): Promise<string> {
  const wishes = { passwordFile: flags.newPasswordFile, passwordCommand: flags.newPasswordCommand };
  const isTyped = wishes.passwordFile === undefined && wishes.passwordCommand === undefined;
  const question = `New password for the backups of ${name}: `;
  const said = await saidPassword(session, wishes, question).catch((error: unknown) => {
    // What is said of the old one names flags that the new one does not have.
    if (!(error instanceof DeviceError) || error.code !== "phone-backup-password") throw error;
    throw new DeviceError(error.code, error.message, { cause: error, remedy: newWays });
  });
  if (said === undefined)
    throw new DeviceError("phone-backup-password", "A new password is needed.", { remedy: newWays });
  if (said.length === 0) throw new UsageError("usage", "An empty password is none.");
  if (isTyped) {
    const again = await saidPassword(session, {}, "The same once more: ");
    if (again === undefined || !Buffer.from(again).equals(said))
      throw new UsageError("usage", "The two are not the same. Nothing was changed.");
  }
  return asText(said);
}

/** Phones take text. @throws {UsageError} for bytes that are none */
function asText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new UsageError("usage", "A password has to be text, in UTF-8.", { cause: error });
  }
}
