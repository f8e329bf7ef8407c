/** `offroll data export [KIND…] --to DIR`: a phone's data as files that open anywhere. */
import { DestinationDataPlace } from "../../app/data-place.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { dataChoice, dataKind, openData } from "../../app/phone-data.ts";
import { dataKinds, type ExportReport, exportData, type KindReport } from "../../phone-data/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { inspectDestination, openPlace } from "../../transfer/destination/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataChoosingFlags, dataExportFlags, dataFormFlags } from "../command-flags.ts";
import type { Output } from "../output.ts";
import { ProgressLine } from "../progress-line.ts";

type Flags = CommandFlags<typeof dataExportFlags & typeof dataChoosingFlags & typeof dataFormFlags>;

export async function dataExport(host: Host, words: readonly string[], flags: Flags): Promise<number> {
  const kinds = words.length === 0 ? dataKinds : [...new Set(words.map(dataKind))];
  if (flags.to === undefined) throw new UsageError("usage", "Say where the files go: --to DIR.");
  await using session = new CliSession(host, flags);
  const { output } = session;
  const choice = dataChoice(session, flags);
  const folder = await inspectDestination(flags.to, host.cwd);
  await using opened = await openData(session, flags);
  await openPlace(folder).assertApart(opened.from);
  const { clock, pid, signal } = host;
  await using place = await DestinationDataPlace.open(folder, { clock, pid, signal });
  const progress = new ProgressLine(host, output);
  const report = await exportData({
    ...{ files: opened.files, place, privately: opened.privately, kinds, choice, signal },
    onProgress: (kind, done, of) => progress.tell(kind, done, of),
  });
  progress.clear();
  if (output.json)
    output.document({
      to: folder.root,
      from: opened.from,
      whole: report.isWhole,
      files: report.files,
      kinds: report.kinds,
    });
  else tell(output, report, folder.root);
  return report.isWhole ? exitCodes.complete : exitCodes.someFailed;
}

function tell(output: Output, { kinds, files }: ExportReport, root: string): void {
  for (const kind of kinds) for (const line of kindLines(kind)) output.data(line);
  const parts = [
    `${plural(files.written, "file")} written (${formatBytes(files.bytesWritten)})`,
    files.unchanged > 0 ? `${formatCount(files.unchanged)} unchanged` : "",
    files.beside > 0 ? `${formatCount(files.beside)} beside files that were edited` : "",
  ];
  output.say(`${parts.filter(Boolean).join(", ")}: ${printable(root)}`);
}

function kindLines({ kind, found, written, besides, leftOut, absent }: KindReport): string[] {
  if (absent !== undefined) return [`${kind}: ${printable(absent)}`];
  const more = Object.entries(besides).flatMap(([what, count]) => (count > 0 ? [`${formatCount(count)} ${what}`] : []));
  return [
    `${kind}: ${formatCount(written)} of ${formatCount(found)} written${more.length > 0 ? `, with ${more.join(", ")}` : ""}`,
    ...leftOut.flatMap(({ why, count, examples }) => [
      `  ${count > 0 ? `${formatCount(count)} × ` : ""}${printable(why)}`,
      ...examples.slice(0, 5).map((example) => `      ${printable(example)}`),
      ...(examples.length > 5 ? [`      … more in manifest.json`] : []),
    ]),
  ];
}
