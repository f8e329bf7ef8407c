/** `offroll ls [FOLDER]`: folders with counts and sizes, or the photos of one; with --json the whole camera roll. */
import { posix } from "node:path";
import { exitCodes, type Host } from "../../app/host.ts";
import {
  isUnreadable,
  type MediaItem,
  type MediaSource,
  onThe,
  onThis,
  type UnreadableEntry,
} from "../../device/media-source.ts";
import { isNamed, readKinds } from "../../library/index.ts";
import { type AlbumTally, albumsOf } from "../../library/library-report.ts";
import { photoJson } from "../../library/photo-json.ts";
import {
  type Availability,
  type CameraRoll,
  countAvailability,
  isEmpty,
  type RollItem,
  whyNotShown,
} from "../../library/roll.ts";
import { photoRow } from "../../present/item-view.ts";
import { availabilityWords, elsewhereAdvice } from "../../present/summary-lines.ts";
import { ItemError, verdictJson } from "../../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import { namedFiles } from "../../transfer/index.ts";
import { Selection } from "../../transfer/plan/index.ts";
import { type ChoosingFlags, isChoosing, selectionOptions } from "../choices.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, lsFlags } from "../command-flags.ts";
import { table } from "../output.ts";
import { choosePhotos } from "../photo-listing.ts";
import { tellUnreadable, unreadableJson } from "../printers/unreadable.ts";

type LsFlags = CommandFlags<typeof lsFlags> & ChoosingFlags;

export async function ls(context: Host, folder: string | undefined, flags: LsFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { source } = await session.openPhone();
  await using _source = source;
  const isAboutPhotos = folder !== undefined || flags.albums || flags.missing || flags.all || isChoosing(flags);
  if (session.output.json || isAboutPhotos) return await listPhotos(session, source, folder, flags);
  return await listFolders(session, source);
}

async function listFolders(session: CliSession, source: MediaSource): Promise<number> {
  const { output, context } = session;
  const folders = new Map<string, { count: number; bytes: number }>();
  const undecided: MediaItem[] = [];
  const unreadable: UnreadableEntry[] = [];
  for await (const entry of source.list({ areas: ["camera-roll", "cloud-originals"], signal: context.signal })) {
    if (isUnreadable(entry)) unreadable.push(entry);
    else if (isNamed(entry)) add(folders, entry);
    else undecided.push(entry);
  }
  for await (const found of readKinds(source, undecided, context)) {
    if ("entry" in found) unreadable.push(found.entry);
    else if (found.kind !== "other") add(folders, found.item);
  }
  const rows = [...folders]
    .sort()
    .map(([path, { count, bytes }]) => [printable(path), plural(count, "file"), formatBytes(bytes)]);
  for (const line of table(rows, output.width(), [1, 2])) output.data(line);
  const total = [...folders.values()].reduce((sum, f) => ({ count: sum.count + f.count, bytes: sum.bytes + f.bytes }), {
    count: 0,
    bytes: 0,
  });
  output.say(`${plural(total.count, "file")}, ${formatBytes(total.bytes)} in ${plural(folders.size, "folder")}.`);
  return tellUnreadable(output, unreadable);
}

function add(folders: Map<string, { count: number; bytes: number }>, item: MediaItem): void {
  const path = posix.dirname(item.path);
  const known = folders.get(path) ?? { count: 0, bytes: 0 };
  folders.set(path, { count: known.count + 1, bytes: known.bytes + item.sizeBytes });
}

type Excluded = Readonly<Record<"hidden" | "trashed" | "shared" | "burstUnpicked", number>>;

async function listPhotos(
  session: CliSession,
  source: MediaSource,
  folder: string | undefined,
  flags: LsFlags,
): Promise<number> {
  const { output, context } = session;
  const selection = new Selection(selectionOptions(flags, context.clock.now()));
  const { roll, chosen } = await choosePhotos(session, source, {
    selection,
    messengers: flags.messengers,
    folder: folder === undefined ? undefined : await resolveFolder(source, folder, context),
    extraFolder: flags.folder,
    all: flags.all,
    keep: flags.missing ? isNotHere : undefined,
  });
  const listed = new Set(chosen);
  const excluded = countExcluded(flags.all ? [] : roll.items.filter((item) => !listed.has(item)));
  const albums = albumsOf(chosen);
  if (output.json)
    output.document({ ...document(source, { roll, shown: chosen, excluded }, albums), ...verdict(roll, flags) });
  else if (flags.albums) showAlbums(session, albums);
  else {
    for (const line of table(
      chosen.map((photo) => photoRow(photo, source.device.noun)),
      output.width(),
      [4],
    ))
      output.data(line);
    say(session, { roll, shown: chosen, excluded }, flags);
  }
  const code = tellUnreadable(output, roll.unreadable);
  return isUnanswered(roll, flags) ? exitCodes.stopped : code;
}

/** What was asked could not be answered: no all-clear. */
function isUnanswered({ knowledge }: CameraRoll, { missing }: LsFlags): boolean {
  return missing === true && knowledge.source === "tree";
}

function verdict(roll: CameraRoll, flags: LsFlags): ReturnType<typeof verdictJson> {
  if (!isUnanswered(roll, flags)) return unreadableJson(roll.unreadable);
  return verdictJson("library-unknown", "What is only in iCloud, or missing, is not known.");
}

/** Some of its files are not on this phone. */
function isNotHere(item: RollItem): boolean {
  return item.parts.some((p) => p.availability !== "phone" || isEmpty(p));
}

function showAlbums({ output }: CliSession, albums: readonly AlbumTally[]): void {
  const rows = albums.map(({ name, count, bytes }) => [
    printable(name),
    plural(count, "photo or video", "photos and videos"),
    formatBytes(bytes),
  ]);
  for (const line of table(rows, output.width(), [1, 2])) output.data(line);
  output.say(`${plural(albums.length, "album")}.`);
}

function countExcluded(items: readonly RollItem[]): Excluded {
  const counts = { hidden: 0, trashed: 0, shared: 0, burstUnpicked: 0 };
  for (const item of items) {
    const why = whyNotShown(item);
    if (why !== undefined) counts[why === "burst-unpicked" ? "burstUnpicked" : why] += 1;
  }
  return counts;
}

/** What was asked for, and what was left out of it. */
interface Listing {
  readonly roll: CameraRoll;
  readonly shown: readonly RollItem[];
  readonly excluded: Excluded;
}

function document(source: MediaSource, { roll, shown, excluded }: Listing, albums: readonly AlbumTally[]): object {
  const { knowledge } = roll;
  return {
    device: { id: source.device.id, name: source.device.name },
    library: {
      source: knowledge.source,
      why: knowledge.why ?? null,
      unknown: [...knowledge.unknown, ...(typeof knowledge.labels === "object" ? ["labels"] : [])].sort(),
      tables: knowledge.found ?? null,
    },
    availability: countAvailability(roll.items),
    excluded,
    items: shown.map((item) => photoJson(item, knowledge)),
    albums,
    otherFiles: roll.otherFiles.length,
    otherPaths: roll.otherFiles.slice(0, namedFiles).map((f) => f.path),
    unreadable: roll.unreadable.map((u) => ({ path: u.path, code: u.error.code, message: u.error.message })),
  };
}

function say(session: CliSession, { roll, shown, excluded }: Listing, flags: LsFlags): void {
  const { output } = session;
  const { noun } = roll.device;
  const { knowledge } = roll;
  if (flags.missing && knowledge.source === "tree")
    output.say(`What is only in iCloud cannot be told: only the ${noun}'s photo library knows it.`);
  else if (flags.missing && shown.length === 0) output.say(`Everything in the library is ${onThis(noun)}.`);
  else output.say(`${plural(shown.length, "photo or video", "photos and videos")}.`);
  if (knowledge.source !== "tree") output.say(`${availabilityWords(countAvailability(roll.items), noun)}.`);
  else if (knowledge.why !== undefined) output.say(`From the files alone: ${printable(knowledge.why)}.`);
  const words = [
    [excluded.hidden, "hidden"],
    [excluded.trashed, "recently deleted"],
    [excluded.shared, "in shared albums"],
    [excluded.burstUnpicked, "burst frames that were not picked"],
  ] as const;
  const left = words.filter(([n]) => n > 0).map(([n, what]) => `${formatCount(n)} ${what}`);
  if (left.length > 0) output.say(`Not listed: ${left.join(", ")}; --all lists them.`);
  if (roll.otherFiles.length > 0) {
    output.say(`${plural(roll.otherFiles.length, "file is not a photo or video", "files are not photos or videos")}:`);
    for (const { path } of roll.otherFiles.slice(0, namedFiles)) output.say(`  ${printable(path)}`);
    const more = roll.otherFiles.length - namedFiles;
    if (more > 0) output.say(`  and ${formatCount(more)} more`);
  }
  if (flags.missing) for (const line of elsewhereAdvice(...elsewhere(shown), noun)) output.say(line);
}

/** How many photos have something in iCloud only, and how many something that is nowhere. */
function elsewhere(items: readonly RollItem[]): [iCloudOnly: number, missing: number] {
  const having = (where: Availability): number =>
    items.filter((item) => item.parts.some((p) => p.availability === where)).length;
  return [having("icloud"), having("missing")];
}

/** "100APPLE" finds "/DCIM/100APPLE"; a path is taken as it is. @throws {ItemError} when there is no such folder */
async function resolveFolder(source: MediaSource, folder: string, context: Host): Promise<string> {
  const wanted = folder.replace(/\/+$/, "");
  let unreadable = 0;
  for await (const entry of source.list({ areas: ["camera-roll", "cloud-originals"], signal: context.signal })) {
    if (isUnreadable(entry)) {
      unreadable += 1;
      continue;
    }
    for (let path = posix.dirname(entry.path); path !== "/"; path = posix.dirname(path))
      if (path === wanted || posix.basename(path) === wanted) return path;
  }
  const notSeen = `There is no folder "${printable(folder)}" with photos ${onThe(source.device.noun)}`;
  if (unreadable === 0) throw new ItemError("item-not-found", `${notSeen}.`);
  const unseen = `${plural(unreadable, "entry", "entries")} could not be read`;
  throw new ItemError("item-unreadable", `${notSeen}, as far as it can be seen: ${unseen}.`, {
    remedy: "Unlock it and try again; `offroll ls` names what could not be read.",
  });
}
