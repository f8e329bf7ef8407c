/** An export of a phone's data into a folder, and what there is to say of it: for the command line and the screen alike. */
import { type DataChoice, type DataKind, type ExportReport, exportData, type KindReport } from "../phone-data/index.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { formatBytes, formatCount, plural, printable } from "../shared/text.ts";
import { inspectDestination, openPlace } from "../transfer/destination/index.ts";
import { MadeCopies } from "./attachment-copies.ts";
import { DestinationDataPlace } from "./data-place.ts";
import type { Host } from "./host.ts";
import type { OpenedData } from "./phone-data.ts";

/** What goes where. */
export interface DataExportWishes extends AbortOptions {
  readonly to: string;
  readonly kinds: readonly DataKind[];
  readonly choice: DataChoice;
  /** Told when one begins: until something of a large one can be counted, half a minute may pass. */
  readonly onKind?: (kind: DataKind) => void;
  readonly onProgress: (kind: DataKind, done: number, of: number | undefined) => void;
  /** The folder was taken, and the export begins. */
  readonly onPlace?: (root: string) => void;
}

/** What came of it, and the folder in full. */
export interface DataExported {
  readonly report: ExportReport;
  readonly root: string;
}

/** @throws {UsageError}; {DestinationError} `destination-in-use` …; {CancelledError} */
export async function exportOpened(
  { cwd, clock, pid }: Pick<Host, "cwd" | "clock" | "pid">,
  opened: OpenedData,
  { to, signal, onPlace, ...wishes }: DataExportWishes,
): Promise<DataExported> {
  const folder = await inspectDestination(to, cwd);
  await openPlace(folder).assertApart(opened.from);
  const aborts = signal ? { signal } : {};
  await using place = await DestinationDataPlace.open(folder, { clock, pid, ...aborts });
  onPlace?.(folder.root);
  const { files, privately } = opened;
  await using copies = new MadeCopies({ folder: privately.path, pid });
  const report = await exportData({ files, privately, place, copies, ...wishes, ...aborts });
  return { report, root: folder.root };
}

/** Of each kind what was found, written and left out; then the files. Ready to be shown. */
export function exportedLines({ report, root }: DataExported): { readonly kinds: string[]; readonly files: string } {
  const { files } = report;
  const parts = [
    `${plural(files.written, "file")} written (${formatBytes(files.bytesWritten)})`,
    files.unchanged > 0 ? `${formatCount(files.unchanged)} unchanged` : "",
    files.beside > 0 ? `${formatCount(files.beside)} beside files that were edited` : "",
  ];
  return { kinds: report.kinds.flatMap(kindLines), files: `${parts.filter(Boolean).join(", ")}: ${printable(root)}` };
}

const singular: Readonly<Record<string, string>> = {
  ...{ conversations: "conversation", reactions: "reaction", attachments: "attachment", copies: "copy" },
  ...{ photos: "photo", people: "person", "parts of edits": "part of an edit" },
};

function kindLines({ kind, found, written, besides, leftOut, absent }: KindReport): string[] {
  if (absent !== undefined) return [`${kind}: ${printable(absent)}`];
  const more = Object.entries(besides).flatMap(([what, count]) =>
    count > 0 ? [`${formatCount(count)} ${(count === 1 && singular[what]) || what}`] : [],
  );
  return [
    `${kind}: ${formatCount(written)} of ${formatCount(found)} written${more.length > 0 ? `, with ${more.join(", ")}` : ""}`,
    ...leftOut.flatMap(({ why, count, examples }) => [
      `  ${count > 0 ? `${formatCount(count)} × ` : ""}${printable(why)}`,
      ...examples.slice(0, 5).map((example) => `      ${printable(example)}`),
      ...(examples.length > 5 ? [`      … more in manifest.json`] : []),
    ]),
  ];
}
