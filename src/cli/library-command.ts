/** `offroll library`: the phone as its owner would describe it. From the file tree; albums and people need the phone's library. */
import { buildCameraRoll, type RollItem } from "../library/index.ts";
import { kindWords, photoSize } from "../library/item-view.ts";
import { localDate } from "../media/index.ts";
import { formatBytes, plural, printable } from "../shared/text.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { table } from "./output.ts";
import { TextReport } from "./report-text.ts";
import { type CommonFlags, Session } from "./session.ts";

interface Group {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}

const largestShown = 5;

export async function library(context: CliContext, flags: CommonFlags): Promise<number> {
  await using session = new Session(context, flags);
  const { output } = session;
  const { source } = await session.openPhone();
  await using _source = source;
  const report = new TextReport(context, output);
  const roll = await buildCameraRoll(source, {
    now: context.clock.now(),
    signal: context.signal,
    onProgress: (p) => report.listing(p),
  });
  report.clear();
  const { items } = roll;
  const groups = {
    kinds: groupBy(items, kindWords),
    years: groupBy(items, (i) => (i.captured ? localDate(i.captured).slice(0, 4) : "no date")),
    cameras: groupBy(items, (i) => i.parts[0].facts?.model ?? "unknown camera"),
  };
  const largest = items
    .filter((i) => i.kind === "video")
    .sort((a, b) => photoSize(b) - photoSize(a))
    .slice(0, largestShown);
  const total = items.reduce((sum, i) => sum + photoSize(i), 0);
  const { totalBytes, freeBytes, name } = source.device;
  if (output.json) {
    output.document({
      device: { id: source.device.id, name },
      photos: items.length,
      bytes: total,
      storage: { totalBytes: totalBytes ?? null, freeBytes: freeBytes ?? null },
      ...groups,
      largestVideos: largest.map((i) => ({ path: i.parts[0].item.path, sizeBytes: photoSize(i) })),
      edits: roll.editCount,
    });
    return exitCodes.complete;
  }
  const style = output.style();
  output.data(
    style.bold(
      `${printable(name)}: ${plural(items.length, "photo or video", "photos and videos")}, ${formatBytes(total)}`,
    ),
  );
  if (totalBytes && freeBytes !== undefined)
    output.data(`${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`);
  for (const [title, rows] of [
    ["By kind", groups.kinds],
    ["By year", groups.years],
    ["By camera", groups.cameras],
  ] as const) {
    output.data("");
    output.data(style.bold(title));
    const lines = rows.map((g) => [`  ${printable(g.name)}`, String(g.count), formatBytes(g.bytes)]);
    for (const line of table(lines, output.width(), [1, 2])) output.data(line);
  }
  if (largest.length > 0) {
    output.data("");
    output.data(style.bold("Largest videos"));
    for (const i of largest) output.data(`  ${printable(i.parts[0].item.path)}  ${formatBytes(photoSize(i))}`);
  }
  return exitCodes.complete;
}

function groupBy(items: readonly RollItem[], nameOf: (item: RollItem) => string): Group[] {
  const groups = new Map<string, { count: number; bytes: number }>();
  for (const item of items) {
    const group = groups.get(nameOf(item)) ?? { count: 0, bytes: 0 };
    groups.set(nameOf(item), { count: group.count + 1, bytes: group.bytes + photoSize(item) });
  }
  return [...groups].map(([name, g]) => ({ name, ...g })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
