/** `offroll phone verify BACKUP`: is every file of a whole phone's backup there and whole, and nothing else? */
import { exitCodes, type Host } from "../../app/host.ts";
import { noteVerified } from "../../app/known-backups.ts";
import { chosenBackup, openedBackup } from "../../app/phone-files.ts";
import { type BackupFinding, verifyBackup } from "../../phone-backup/index.ts";
import { verdictJson } from "../../shared/errors.ts";
import { keepAwake } from "../../shared/keep-awake.ts";
import { formatBytes, formatCount, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phoneReadFlags } from "../command-flags.ts";
import {
  backupJson,
  findingJson,
  findingLine,
  nameWords,
  phoneWords,
  verifiedLines,
  whenWords,
} from "../printers/phone-backup.ts";

/** In a document; every one is a line of its own without `--json`. */
const mostInDocument = 10_000;

export async function phoneVerify(
  host: Host,
  from: string,
  flags: CommandFlags<typeof phoneReadFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const backup = await chosenBackup(session, { from });
  if (!output.json)
    output.say(
      `${nameWords(backup)}, ${phoneWords(backup)}, ${whenWords(backup.takenAt)}: ${printable(backup.folder)}`,
    );
  await using files = await openedBackup(session, backup, flags);
  const findings: BackupFinding[] = [];
  const isMoving = host.stderr.isTTY === true && !output.quiet && !output.json;
  const clear = (): void => void (isMoving && host.stderr.write("\r\x1b[2K"));
  using _awake = keepAwake(host.pid, "Checking a phone's backup");
  const seen = await verifyBackup(files, {
    signal: host.signal,
    onFinding: (finding) => {
      if (findings.length < mostInDocument) findings.push(finding);
      clear();
      if (!output.json) output.data(findingLine(finding));
    },
    onProgress: (done, total, bytes) => {
      if (!isMoving) return;
      clear();
      host.stderr.write(`Checking ${formatCount(done)} of ${formatCount(total)} files, ${formatBytes(bytes)}`);
    },
  });
  clear();
  const ok = seen.problems === 0;
  noteVerified(session.paths.dataFolder, backup, { at: new Date(host.clock.now()), ok });
  if (output.json)
    output.document({
      ...verdictJson(ok ? undefined : "phone-backup-not-whole", "This backup is not whole."),
      ...{ ok, backup: backupJson(backup), ...seen, findings: findings.map(findingJson) },
    });
  else for (const line of verifiedLines(seen, backup.state === "unfinished")) output.say(line);
  return ok ? exitCodes.complete : exitCodes.someFailed;
}
