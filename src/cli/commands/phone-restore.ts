/** `offroll phone restore BACKUP`: a backup replaces what a phone has. Verified first, then asked for with the phone's name. */
import { saidPassword } from "../../app/backup-password.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { noteVerified } from "../../app/known-backups.ts";
import { chosenBackup, openedBackup } from "../../app/phone-files.ts";
import { meetWholePhone, type WholePhone } from "../../app/whole-phone.ts";
import {
  assertRestorable,
  type BackupFinding,
  type BackupFolder,
  type RestoreSummary,
  restorePhone,
  verifyBackup,
} from "../../phone-backup/index.ts";
import { DeviceError, type ErrorCode, toAppError, UsageError } from "../../shared/errors.ts";
import { keepAwake } from "../../shared/keep-awake.ts";
import { formatBytes, formatDuration, plural, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phoneRestoreFlags } from "../command-flags.ts";
import { findingLine, nameWords, phoneWords, whenWords } from "../printers/phone-backup.ts";
import { PhoneRunReport } from "../printers/phone-run.ts";

type Flags = CommandFlags<typeof phoneRestoreFlags>;

/** Named on the way to a refusal. */
const mostFindings = 20;

export async function phoneRestore(host: Host, from: string, flags: Flags): Promise<number> {
  await using session = new CliSession(host, flags);
  const report = new PhoneRunReport(host, session.output);
  try {
    return await restore(session, report, from, flags);
  } catch (error) {
    return report.failed(error);
  }
}

async function restore(session: CliSession, report: PhoneRunReport, from: string, flags: Flags): Promise<number> {
  const { context: host, output } = session;
  const backup = await chosenBackup(session, { from });
  const met = await meetWholePhone(session);
  await assertRestorable(met.phone, backup, { isOtherPhone: flags.otherPhone === true, signal: host.signal });
  assertConfirmable(session, met, flags);
  const password = backup.isEncrypted ? await passwordOf(session, backup, flags) : undefined;
  await assertWhole(session, report, backup, password);
  await assertConfirmed(session, met, backup, flags);
  report.json("started", { device: { id: met.phone.udid, name: met.info.name }, backup: backup.folder });
  const startedAt = host.clock.now();
  const summary = await restorePhone(met.phone, backup, {
    password: password && new TextDecoder().decode(password),
    withSystem: flags.system === true,
    withSettings: flags.settings === true,
    reboots: flags.reboot !== false,
    pid: host.pid,
    clock: host.clock,
    signal: host.signal,
    trace: session.trace,
    onEvent: report.event,
  }).catch((error: unknown) => {
    report.clear();
    const isUntouched = beforeAnything.has(toAppError(error).code);
    for (const line of isUntouched ? ["Nothing on the phone was changed."] : failedWords) output.complain(line);
    throw error;
  });
  report.clear();
  const seconds = (host.clock.now() - startedAt) / 1000;
  if (output.json) report.json("summary", { ok: true, ...summary, seconds });
  else for (const line of doneLines(met, summary, seconds, flags)) output.say(line);
  return exitCodes.complete;
}

/** What a phone says before it has taken anything. */
const beforeAnything: ReadonlySet<ErrorCode> = new Set([
  ...(["phone-password-wrong", "phone-passcode", "phone-find-my", "phone-full", "phone-sync-busy"] as const),
  "phone-not-set-up",
]);

const failedWords = [
  "The restore did not come to its end. Until the last file has arrived a phone keeps what it had: most likely nothing on it has changed.",
  "Unlock the phone and look at it. If it says that it is restoring, leave it plugged in until it is done; else restart it, and run the same command again.",
];

function doneLines(
  { info }: WholePhone,
  { files, bytes, apps }: RestoreSummary,
  seconds: number,
  flags: Flags,
): string[] {
  const went = `${plural(files, "file")}, ${formatBytes(bytes)}, in ${formatDuration(seconds)}`;
  const next =
    flags.reboot === false
      ? "Restart it: only then it takes what came."
      : "It restarts now, which takes minutes, and has to be unlocked then.";
  const again =
    apps > 0
      ? `It was asked to install ${plural(apps, "app")} again, over Wi-Fi.`
      : "The backup lists no apps that the phone could install: get them from the App Store. Their data is there.";
  return [`The backup is on ${printable(info.name)} (${went}).`, next, again];
}

/** Asked for once, for reading and for the phone. */
async function passwordOf(session: CliSession, backup: BackupFolder, flags: Flags): Promise<Uint8Array> {
  const said = await saidPassword(session, flags, `Password of the backups of ${printable(backup.name)}: `);
  if (said === undefined) throw new DeviceError("phone-backup-password", "This backup is encrypted.");
  return said;
}

/** A backup that is not whole would be found out by the phone in the middle. @throws {DeviceError} `phone-backup-damaged` */
async function assertWhole(
  session: CliSession,
  report: PhoneRunReport,
  backup: BackupFolder,
  password: Uint8Array | undefined,
): Promise<void> {
  const { context: host, output } = session;
  const about = `${nameWords(backup)}, ${phoneWords(backup)}, ${whenWords(backup.takenAt)}`;
  output.say(`Checking the backup first: ${about} …`);
  const findings: BackupFinding[] = [];
  // Reading takes an hour where a phone is full.
  using _awake = keepAwake(host.pid, "Checking a phone's backup");
  // Whoever opens it wipes what was given.
  await using files = await openedBackup(session, backup, {}, password && Uint8Array.from(password));
  const seen = await verifyBackup(files, {
    signal: host.signal,
    onFinding: (finding) => {
      if (finding.problem !== "extra" && findings.length < mostFindings) findings.push(finding);
    },
  });
  const ok = seen.problems === 0;
  noteVerified(session.paths.dataFolder, backup, { at: new Date(host.clock.now()), ok });
  report.clear();
  // What lies there and is not part of it takes nothing from it.
  if (findings.length === 0) return;
  for (const finding of findings) output.complain(findingLine(finding));
  throw new DeviceError("phone-backup-damaged", `The backup is not whole, and was not restored.`);
}

/** Said before the backup is read, which may take an hour. @throws {UsageError} `phone-restore-unconfirmed`, `not-interactive` */
function assertConfirmable({ voice }: CliSession, { info }: WholePhone, { confirm }: Flags): void {
  if (confirm !== undefined) return assertNamed(confirm, info.name);
  if (!voice.ask)
    throw new UsageError(
      "not-interactive",
      "A restore is confirmed with the phone's name, and nobody can be asked here.",
      {
        remedy: `Add --confirm with the name of the phone, exactly.`,
      },
    );
}

/** @throws {UsageError} `phone-restore-unconfirmed` */
function assertNamed(typed: string | undefined, name: string): void {
  if (typed !== name.trim() && typed !== name)
    throw new UsageError(
      "phone-restore-unconfirmed",
      `That is not the name of the phone, which is ${printable(name)}.`,
    );
}

/** @throws {UsageError} `phone-restore-unconfirmed` */
async function assertConfirmed(
  session: CliSession,
  { info }: WholePhone,
  backup: BackupFolder,
  flags: Flags,
): Promise<void> {
  const { voice, output } = session;
  const name = printable(info.name);
  output.say(`Everything on ${name} is replaced by this backup of ${whenWords(backup.takenAt)}:`);
  output.say("photos, messages, apps' data and settings that came later than that are lost, and cannot be had back.");
  assertNamed(flags.confirm ?? (await voice.ask?.(`Type the phone's name to go ahead (${name}): `)), info.name);
}
