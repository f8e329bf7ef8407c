/** `offroll phone list [DIR…]`: backups of whole phones, wherever they are known to lie. */
import { resolve } from "node:path";
import { exitCodes, type Host } from "../../app/host.ts";
import { type BackupPlace, backupPlace, knownBackups, rememberBackups, verifiedWhen } from "../../app/known-backups.ts";
import { settleAround } from "../../app/settled-backups.ts";
import { storedBytes } from "../../phone-backup/index.ts";
import { errno } from "../../shared/disk-errors.ts";
import { toAppError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommonFlags } from "../command-flags.ts";
import { backupLines, type ListedBackup, listedJson } from "../printers/phone-backup.ts";

export async function phoneList(host: Host, dirs: readonly string[], flags: CommonFlags): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output, paths } = session;
  const named = dirs.filter((dir) => dir !== undefined).map((dir) => resolve(host.cwd, dir));
  const places: BackupPlace[] = [];
  for (const folder of named) {
    await settleAround(session, folder);
    places.push(await backupPlace(folder, host.signal));
  }
  for (const { folder, backups } of places) if (backups.length > 0) rememberBackups(paths.dataFolder, folder);
  if (named.length === 0) places.push(...(await knownBackups(session)));
  const listed: ListedBackup[] = [];
  for (const backup of places.flatMap((place) => place.backups))
    listed.push({
      backup,
      storedBytes: await storedBytes(backup.folder, host),
      verified: await verifiedWhen(paths.dataFolder, backup),
    });
  if (output.json) output.document({ backups: listed.map(listedJson), unreadable: places.flatMap(unreadableJson) });
  else {
    for (const line of backupLines(listed, output.width())) output.data(line);
    const read = places.filter(({ problem }) => problem === undefined).map(({ folder }) => folder);
    if (listed.length === 0 && (named.length === 0 || read.length > 0))
      output.say(noneWords(named.length > 0 ? read : []));
  }
  const unreadable = places.filter((place) => place.problem !== undefined);
  for (const { folder, problem } of unreadable) output.complain(unreadableWords(folder, problem));
  return unreadable.length > 0 ? exitCodes.someFailed : exitCodes.complete;
}

function noneWords(named: readonly string[]): string {
  if (named.length > 0) return `No backup of a phone is in ${named.map(printable).join(", ")}.`;
  return "No backup of a phone is known on this computer. Name a folder: offroll phone list DIR";
}

function unreadableJson({ folder, problem }: BackupPlace): object[] {
  return problem === undefined ? [] : [{ folder, message: unreadableWords(folder, problem) }];
}

/** What the system said, as a person would. */
function unreadableWords(folder: string, problem: unknown): string {
  const name = printable(folder);
  switch (errno(problem)) {
    case "ENOENT":
      return `There is no folder ${name}.`;
    case "ENOTDIR":
      return `${name} is no folder.`;
    case "EACCES":
    case "EPERM":
      return `Your user may not read ${name}.`;
    default:
      return `${name} cannot be read: ${printable(toAppError(problem).message)}`;
  }
}
