/** `offroll library`: the phone as its owner would describe it. */

import { posix } from "node:path";
import type { Host } from "../../app/host.ts";
import type { ICloudReport } from "../../library/icloud-report.ts";
import { type Group, type LibraryReport, reportLibrary } from "../../library/library-report.ts";
import { photoSize } from "../../library/photo-kind.ts";
import type { RollItem } from "../../library/roll.ts";
import {
  cloudYearRow,
  iCloudCounts,
  iCloudDetailsJson,
  iCloudJson,
  iCloudUseWords,
} from "../../present/icloud-words.ts";
import { shownName } from "../../present/item-view.ts";
import { availabilityWords } from "../../present/summary-lines.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { Selection } from "../../transfer/plan/index.ts";
import { type ChoosingFlags, isChoosing, selectionOptions } from "../choices.ts";
import { CliSession } from "../cli-session.ts";
import type { CommonFlags } from "../command-flags.ts";
import { table } from "../output.ts";
import { choosePhotos } from "../photo-listing.ts";
import { tellUnreadable, unreadableJson } from "../printers/unreadable.ts";

/** Rows of a long list that are shown; --json has all. */
const rowsShown = 12;
const barWidth = 40;

export async function library(context: Host, flags: CommonFlags & ChoosingFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const selection = new Selection(selectionOptions(flags, context.clock.now()));
  const { source } = await session.openPhone();
  await using _source = source;
  const { roll, chosen } = await choosePhotos(session, source, {
    selection,
    messengers: flags.messengers,
    extraFolder: flags.folder,
  });
  const report = reportLibrary(roll, context.clock.now(), chosen);
  const { totalBytes, freeBytes, name, id } = source.device;
  const storage = storageOf(report, totalBytes, freeBytes);
  if (output.json) {
    const { source: told } = roll.knowledge;
    const error = unreadableJson(roll.unreadable);
    output.document({ device: { id, name }, ...reportJson(report), storage, source: told, ...error });
    return tellUnreadable(output, roll.unreadable);
  }
  const style = output.style();
  const of = isChoosing(flags) ? " chosen" : "";
  const title = `${printable(name)}: ${plural(report.shown.length, "photo or video", "photos and videos")}${of}`;
  output.data(style.bold(title));
  if (roll.knowledge.source === "tree")
    output.say(`From the files alone${roll.knowledge.why === undefined ? "" : `: ${printable(roll.knowledge.why)}`}.`);
  else output.data(`${availabilityWords(report.availability, source.device.noun)}.`);
  if (report.iCloud && !isChoosing(flags))
    for (const line of [iCloudUseWords(report.iCloud), ...iCloudCounts(report.iCloud)]) output.data(line);
  for (const line of storageLines(storage)) output.data(line);
  section(session, "By kind", report.kinds);
  section(session, "By year", report.years, Number.POSITIVE_INFINITY);
  if (!isChoosing(flags)) iCloudSection(session, report.iCloud);
  section(session, "Albums", report.albums, Number.POSITIVE_INFINITY);
  section(session, "People", report.people);
  section(session, "By camera", report.cameras);
  section(session, "Places", report.places);
  itemSection(session, "Largest videos", report.largestVideos);
  for (const line of noteLines(report)) output.data(line);
  return tellUnreadable(output, roll.unreadable);
}

interface Storage {
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  readonly photoBytes: number;
  readonly videoBytes: number;
  /** Everything that is no photo, no video and not free. */
  readonly otherBytes: number | null;
}

function storageOf(report: LibraryReport, total: number | undefined, free: number | undefined): Storage {
  const known = total !== undefined && total > 0 && free !== undefined;
  return {
    totalBytes: total ?? null,
    freeBytes: free ?? null,
    photoBytes: report.photoBytes,
    videoBytes: report.videoBytes,
    otherBytes: known ? Math.max(0, total - free - report.bytes) : null,
  };
}

function storageLines(s: Storage): string[] {
  const words = [`photos ${formatBytes(s.photoBytes)}`, `videos ${formatBytes(s.videoBytes)}`];
  if (s.totalBytes === null || s.freeBytes === null || s.otherBytes === null) return ["", `Space: ${words.join(", ")}`];
  const total = s.totalBytes;
  const cells = (bytes: number, mark: string): string => mark.repeat(Math.round((bytes / total) * barWidth));
  const used = `${cells(s.photoBytes, "█")}${cells(s.videoBytes, "▓")}${cells(s.otherBytes, "▒")}`;
  return [
    "",
    `${used.slice(0, barWidth).padEnd(barWidth, "░")} ${formatBytes(total)}`,
    `█ ${words[0]}   ▓ ${words[1]}   ▒ other ${formatBytes(s.otherBytes)}   ░ free ${formatBytes(s.freeBytes)}`,
  ];
}

function section(session: CliSession, title: string, groups: readonly Group[], limit = rowsShown): void {
  if (groups.length === 0) return;
  const { output } = session;
  output.data("");
  output.data(output.style().bold(title));
  const rows = groups
    .slice(0, limit)
    .map((g) => [`  ${printable(g.name)}`, formatCount(g.count), formatBytes(g.bytes)]);
  for (const line of table(rows, output.width(), [1, 2])) output.data(line);
  if (groups.length > limit) output.data(`  and ${formatCount(groups.length - limit)} more`);
}

/** Only where there is something to tell apart. */
function iCloudSection({ output }: CliSession, report: ICloudReport | undefined): void {
  if (!report?.on || report.years.length === 0) return;
  output.data("");
  output.data(output.style().bold("iCloud by year"));
  const rows = [["", "there and here", "not yet there", "only there"], ...report.years.map(cloudYearRow)];
  const indented = rows.map(([name, ...rest]) => [`  ${name}`, ...rest]);
  for (const line of table(indented, output.width(), [1, 2, 3])) output.data(line);
}

function itemSection(session: CliSession, title: string, items: readonly RollItem[]): void {
  if (items.length === 0) return;
  const { output } = session;
  output.data("");
  output.data(output.style().bold(title));
  const rows = items.map((i) => [`  ${shownName(i)}`, formatBytes(photoSize(i)), printable(i.parts[0].item.path)]);
  for (const line of table(rows, output.width(), [1])) output.data(line);
}

function noteLines(report: LibraryReport): string[] {
  const { excluded, duplicates, oldScreenshots } = report;
  const notes: string[] = [];
  if (report.favourites > 0) notes.push(plural(report.favourites, "favourite"));
  if (report.edited > 0) notes.push(`${formatCount(report.edited)} edited`);
  if (excluded.hidden > 0) notes.push(`${formatCount(excluded.hidden)} hidden`);
  if (excluded.trashed > 0)
    notes.push(`${formatCount(excluded.trashed)} recently deleted (${formatBytes(report.trashedBytes)})`);
  if (excluded.shared > 0) notes.push(`${formatCount(excluded.shared)} in shared albums`);
  if (excluded.burstUnpicked > 0) notes.push(`${formatCount(excluded.burstUnpicked)} burst frames not picked`);
  const lines = notes.length > 0 ? ["", `Also: ${notes.join(", ")}.`] : [];
  if (report.screenshots.count > 0) {
    const old = oldScreenshots.count > 0 ? `, ${formatBytes(oldScreenshots.bytes)} of it older than a year` : "";
    lines.push(`${plural(report.screenshots.count, "screenshot")}: ${formatBytes(report.screenshots.bytes)}${old}.`);
  }
  if (report.bursts.bursts > 0) lines.push(burstWords(report.bursts));
  const proven = duplicates.filter((d) => d.by === "fingerprint");
  const candidates = duplicates.filter((d) => d.by === "candidate");
  if (proven.length > 0) lines.push("", `Kept more than once (the same original): ${groupsWords(proven)}`);
  if (candidates.length > 0)
    lines.push("", `Perhaps kept more than once (equal size and moment only): ${groupsWords(candidates)}`);
  return lines;
}

function burstWords({ bursts, frames, bytes, unpicked }: LibraryReport["bursts"]): string {
  const rest =
    unpicked.count > 0
      ? `, ${formatBytes(unpicked.bytes)} of it ${plural(unpicked.count, "frame")} that nobody picked`
      : "";
  return `${plural(bursts, "burst")} of ${plural(frames, "frame")}: ${formatBytes(bytes)}${rest}.`;
}

function groupsWords(groups: LibraryReport["duplicates"]): string {
  const shown = groups.slice(0, rowsShown).map((g) => namesApart(g.items).join(" = "));
  const more = groups.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${formatCount(more)} more` : ""}`;
}

/** With their folders: two of one name lie in two of them, and nobody knows where to look by the names alone. */
function namesApart(items: readonly RollItem[]): string[] {
  return items.map((item) => {
    const { path } = item.parts[0].item;
    const name = shownName(item);
    return path.endsWith(`/${name}`) ? printable(path) : `${name} in ${printable(posix.dirname(path))}`;
  });
}

function reportJson(report: LibraryReport): object {
  const item = (i: RollItem) => ({ id: i.id, path: i.parts[0].item.path, sizeBytes: photoSize(i) });
  return {
    photos: report.shown.length,
    bytes: report.bytes,
    availability: report.availability,
    excluded: report.excluded,
    favourites: report.favourites,
    edited: report.edited,
    kinds: report.kinds,
    years: report.years,
    albums: report.albums,
    people: report.people,
    cameras: report.cameras,
    places: report.places,
    largestVideos: report.largestVideos.map(item),
    duplicates: report.duplicates.map((d) => ({ by: d.by, items: d.items.map(item) })),
    oldScreenshots: { count: report.oldScreenshots.count, bytes: report.oldScreenshots.bytes },
    screenshots: { count: report.screenshots.count, bytes: report.screenshots.bytes },
    bursts: report.bursts,
    icloud: iCloudJson(report.iCloud),
    icloudDetails: iCloudDetailsJson(report.iCloud),
  };
}
