/** `offroll phone browse BACKUP [DOMAIN[/PATH]]`: what a whole phone's backup holds. */
import { exitCodes, type Host } from "../../app/host.ts";
import { chosenBackup, openedBackup } from "../../app/phone-files.ts";
import { browse } from "../../phone-backup/index.ts";
import { ItemError } from "../../shared/errors.ts";
import { formatBytes, plural, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, phoneReadFlags } from "../command-flags.ts";
import { backupJson, browsedJson, browsedLines } from "../printers/phone-backup.ts";

export async function phoneBrowse(
  host: Host,
  from: string,
  name: string,
  flags: CommandFlags<typeof phoneReadFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const backup = await chosenBackup(session, { from });
  await using files = await openedBackup(session, backup, flags);
  const found = await browse(files, name, host);
  if (found.domain !== "" && !found.file && found.entries.length === 0 && !(await files.find(found.domain, found.path)))
    throw new ItemError("item-not-found", `Nothing in this backup is called ${printable(name)}.`, {
      remedy: "`offroll phone browse BACKUP` lists its domains; capital and small letters differ.",
    });
  if (output.json) {
    output.document({ backup: backupJson(backup), ...browsedJson(found) });
    return exitCodes.complete;
  }
  for (const line of browsedLines(found, output.width())) output.data(line);
  const total = (key: "files" | "bytes"): number => found.entries.reduce((sum, entry) => sum + entry[key], 0);
  if (!found.file) output.say(`${plural(total("files"), "file")}, ${formatBytes(total("bytes"))}`);
  return exitCodes.complete;
}
