/** `offroll data export [KIND…] --to DIR`: a phone's data as files that open anywhere. */
import { exportedLines, exportOpened } from "../../app/data-export.ts";
import { rememberDataFolder } from "../../app/data-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { dataChoice, dataKind, openData } from "../../app/phone-data.ts";
import { dataKinds } from "../../phone-data/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { inspectDestination } from "../../transfer/destination/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataChoosingFlags, dataExportFlags, dataFormFlags } from "../command-flags.ts";
import { ProgressLine } from "../progress-line.ts";

type Flags = CommandFlags<typeof dataExportFlags & typeof dataChoosingFlags & typeof dataFormFlags>;

export async function dataExport(host: Host, words: readonly string[], flags: Flags): Promise<number> {
  const kinds = words.length === 0 ? dataKinds : [...new Set(words.map(dataKind))];
  const { to } = flags;
  if (to === undefined) throw new UsageError("usage", "Say where the files go: --to DIR.");
  await using session = new CliSession(host, flags);
  const { output } = session;
  const choice = dataChoice(session, flags);
  // A place that cannot be is told before a password is asked for.
  await inspectDestination(to, host.cwd);
  await using opened = await openData(session, flags);
  const progress = new ProgressLine(host, output);
  const exported = await exportOpened(host, opened, {
    ...{ to, kinds, choice, signal: host.signal },
    onPlace: (root) => rememberDataFolder(session, opened.files.device.id, root),
    onKind: (kind) => progress.begin(`${kind}: looking at what there is`),
    onProgress: (kind, done, of) => progress.tell(kind, done, of),
  });
  progress.clear();
  const { report, root } = exported;
  if (output.json)
    output.document({
      ...{ to: root, from: opened.from, whole: report.isWhole, files: report.files, kinds: report.kinds },
    });
  else {
    const lines = exportedLines(exported);
    for (const line of lines.kinds) output.data(line);
    output.say(lines.files);
    const isPart = [flags.chat, flags.contact, flags.text, flags.since, flags.until].some((wish) => wish !== undefined);
    if (isPart && report.kinds.every(({ written }) => written === 0))
      output.complain("Nothing in this backup is what was asked for. `offroll data ls` lists what there is.");
  }
  return report.isWhole ? exitCodes.complete : exitCodes.someFailed;
}
