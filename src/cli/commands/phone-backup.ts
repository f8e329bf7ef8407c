/** `offroll phone backup [DIR]`: the whole phone, in Apple's layout, beside the last good backup until it takes its place. */
import { exitCodes, type Host } from "../../app/host.ts";
import { rememberBackups } from "../../app/known-backups.ts";
import { backupsFolder, meetWholePhone } from "../../app/whole-phone.ts";
import { backUpPhone, backupsAt, idOfFolder } from "../../phone-backup/index.ts";
import { DestinationError, DeviceError, UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phoneBackupFlags } from "../command-flags.ts";
import { PhoneRunReport } from "../printers/phone-run.ts";
import { backedUpLines } from "../printers/phone-run-words.ts";

type Flags = CommandFlags<typeof phoneBackupFlags>;

export async function phoneBackup(host: Host, typed: string | undefined, flags: Flags): Promise<number> {
  await using session = new CliSession(host, flags);
  const report = new PhoneRunReport(host, session.output);
  try {
    return await backUp(session, report, typed, flags);
  } catch (error) {
    return report.failed(error);
  }
}

async function backUp(
  session: CliSession,
  report: PhoneRunReport,
  typed: string | undefined,
  flags: Flags,
): Promise<number> {
  const { context: host, output } = session;
  const keep = keepAsked(flags.keep);
  const { info, phone } = await meetWholePhone(session);
  const dir = await backupsFolder(session, typed, info);
  assertFolder(dir, flags.folderId);
  const isFirst = !(await backupsAt(dir).catch(() => [])).some(
    ({ udid, isEncrypted }) => udid === phone.udid && !isEncrypted,
  );
  report.json("started", { device: { id: phone.udid, name: info.name }, dir });
  if (!output.json) output.say(`${printable(info.name)} → ${printable(dir)}`);
  const startedAt = host.clock.now();
  const unattended = new AbortController();
  const summary = await backUpPhone(phone, {
    dir,
    isFull: flags.full === true,
    mustEncrypt: flags.encrypted === "required",
    keep,
    pid: host.pid,
    host: host.hostName,
    clock: host.clock,
    signal: AbortSignal.any([host.signal, unattended.signal]),
    trace: session.trace,
    onEvent: (event) => {
      if (flags.passcode === false && event.type === "phase" && event.phase === "passcode")
        unattended.abort(nobodyThere());
      else report.event(event);
    },
  });
  report.clear();
  rememberBackups(session.paths.dataFolder, dir);
  const seconds = (host.clock.now() - startedAt) / 1000;
  const { isFull: full, isEncrypted: encrypted, udid, ...rest } = summary;
  if (output.json) report.json("summary", { ok: true, udid, full, encrypted, ...rest, seconds });
  else for (const line of backedUpLines({ ...summary, name: info.name, isFirst, seconds })) output.say(line);
  return summary.suspects > 0 ? exitCodes.someFailed : exitCodes.complete;
}

/** @throws {DestinationError} `destination-not-there`: a disk that is away is not to be made anew as a folder of another */
function assertFolder(dir: string, id: string | undefined): void {
  if (id !== undefined && idOfFolder(dir) !== id)
    throw new DestinationError("destination-not-there", `${printable(dir)} is not the folder of backups that it was.`);
}

/** The question on the phone goes when its connection does. */
function nobodyThere(): DeviceError {
  return new DeviceError("phone-passcode", "The phone asks for its passcode, and nobody is there to enter it.");
}

function keepAsked(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const keep = Number(text);
  if (!/^\d{1,4}$/.test(text) || keep > 1000)
    throw new UsageError("usage", `--keep is a number of older states, from 0 to 1000, not "${printable(text)}".`);
  return keep;
}
