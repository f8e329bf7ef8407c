/**
 * The camera roll of a phone: its library's database where that can be read, its files in any case. The files decide what is
 * there, the library says what it is. Read first: `buildCameraRoll`, then roll.ts.
 */
import { rmSync } from "node:fs";
import { dirname, posix } from "node:path";
import {
  isUnreadable,
  type KnownFile,
  type ListOptions,
  type MediaArea,
  type MediaItem,
  type MediaSource,
  photoAreas,
} from "../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { sortedYielding, yielding } from "../shared/async.ts";
import type { Clock } from "../shared/clock.ts";
import { Collector, collectGarbage } from "../shared/collect-garbage.ts";
import { ForeignDatabase, type ForeignOptions } from "../shared/foreign-database.ts";
import { androidItems, androidUnknown } from "./android/android-items.ts";
import { type FactsCache, readHeads } from "./head-facts.ts";
import { withCamera } from "./merged-facts.ts";
import { readAssetStamps } from "./photos/asset-stamps.ts";
import { libraryItems } from "./photos/photos-items.ts";
import { type PulledLibrary, pullPhotosLibrary } from "./photos/photos-pull.ts";
import { type LibraryFeature, type LibraryRows, readLibraryRows } from "./photos/photos-rows.ts";
import { type CameraRoll, type ICloudUse, kindOf, type RollItem, type RollKnowledge } from "./roll.ts";
import { seenLabels } from "./seen-labels.ts";
import { stemOf, Tree } from "./tree.ts";
import { treeItems } from "./tree-items.ts";
import { readKinds } from "./undecided.ts";
import { Unread } from "./unread.ts";

/** What a roll is built with, and who is told while that goes on. */
export interface BuildOptions extends AbortOptions {
  readonly cache?: FactsCache | undefined;
  /** Milliseconds since 1970; dates beyond it are a clock's error. */
  readonly now: number;
  /** Called as the work goes on. */
  readonly onProgress?: (progress: RollProgress) => void;
  /** The first files that were seen, in no order, long before the roll is whole. */
  readonly onFirstFiles?: (files: readonly MediaItem[]) => void;
  /** Folder on the phone to which the roll is limited. */
  readonly folder?: string | undefined;
  /** What chat programs keep in folders of their own too. */
  readonly messengers?: boolean;
  /** Looked at besides the areas where photos are: "/Download", or "Download". */
  readonly extraFolder?: string | undefined;
  /** Only photos whose path without extension this holds for. */
  readonly only?: ((stem: string) => boolean) | undefined;
  /** Where copies of phones' libraries are kept on this computer; without it the files alone are looked at. */
  readonly library?: LibraryOptions | undefined;
  /**
   * Whose heads are read: `needed`: of files that the library knows nothing of; `cameras`: also where it does not know the
   * camera; `all`; `none`, where only what there is matters and not what belongs together.
   */
  readonly heads?: "none" | "needed" | "cameras" | "all";
  /** What the phone told earlier: it is not asked again for files that its library says nothing was done to. */
  readonly statCache?: StatCache | undefined;
  /** Whether it is asked what is in the pictures, of an index that the phone may have: a second database, of tens of megabytes. */
  readonly labels?: boolean | undefined;
}

/** What this phone told of its files in earlier runs, each with the stamp that its library had for the file then. */
export interface StatCache {
  /** `none`: empty; `old`: it is time to ask for every file again; `recent`: may be built on. */
  readonly state: "none" | "old" | "recent";
  /** The file under a path, if the library has the same stamp for it as then. */
  known(path: string, stamp: string): KnownFile | undefined;
  /** Takes what the phone told now; read when the run has a place to keep it. */
  note(files: Iterable<{ readonly item: MediaItem; readonly stamp: string }>): void;
}

/** Where the copy of a phone's library is kept, and what reading it may cost. */
export interface LibraryOptions {
  /** Of this phone alone; made private. */
  readonly folder: string;
  readonly clock: Clock;
  readonly pid: number;
  /** What one reading of the library may take; from its size where it is not given. */
  readonly budgetMs?: number;
}

/** Files listed so far, and heads read of so many. `toRead` may still grow while the phone is listed. */
export interface RollProgress {
  readonly listed: number;
  readonly read: number;
  readonly toRead: number;
}

const firstFiles = 200;
const iCloudMarker = "/PhotoData/cpl_enabled_marker";

/**
 * Lists the phone, fetches its library, and reads the heads of what neither library nor cache knows.
 * @throws {DeviceError} when the phone goes away; a single unreadable item never throws, a useless library neither
 */
export async function buildCameraRoll(source: MediaSource, options: BuildOptions): Promise<CameraRoll> {
  const tree = new Tree();
  // The library is hundreds of megabytes on some phones: it starts when the first files have been seen, beside the listing.
  let library: Promise<PulledLibrary> | undefined;
  const start = (): void => {
    if (library) return;
    library = pull(source, options);
    library.catch(() => {}); // awaited below; must not count as unhandled while the listing goes on
  };
  let hasFirst = false;
  const onFirst = (): void => {
    if (!hasFirst) options.onFirstFiles?.([...tree.media()]);
    hasFirst = true;
    start();
  };
  const { statCache } = options;
  // With a stat cache the library comes first: the files are asked for after it, so that no change falls between the two.
  if (statCache && statCache.state !== "none") start();
  const stamps = library && (await stampsOf(await library, options));
  const known = (path: string): KnownFile | undefined => {
    const stamp = stamps?.get(stemOf(path));
    return stamp === undefined ? undefined : statCache?.known(path, stamp);
  };
  await listAll(source, tree, { ...options, known: statCache?.state === "recent" ? known : undefined, onFirst });
  onFirst();
  const pulled = await (library as unknown as Promise<PulledLibrary>);
  if (statCache) statCache.note(stampedFiles(tree, stamps ?? (await stampsOf(pulled, options))));
  // What was heard of 50,000 files, and the rows of as many photos, is as much again as what stays of them.
  collectGarbage();
  const roll = await assemble(source, tree, pulled, options);
  collectGarbage();
  return roll;
}

/** Only a library as it is now says what was done to a file since. */
async function stampsOf(pulled: PulledLibrary, options: BuildOptions): Promise<ReadonlyMap<string, string>> {
  if (pulled.state !== "current") return new Map();
  // What is wrong with a library is found and told where its rows are read.
  return await readAssetStamps(pulled.file, readingOf(options)).catch(() => {
    throwIfAborted(options.signal);
    return new Map();
  });
}

function* stampedFiles(tree: Tree, stamps: ReadonlyMap<string, string>): Generator<{ item: MediaItem; stamp: string }> {
  for (const item of tree.files()) {
    const stamp = stamps.get(stemOf(item.path));
    if (stamp !== undefined) yield { item, stamp };
  }
}

function readingOf({ signal, library }: BuildOptions): ForeignOptions {
  const { budgetMs } = library ?? {};
  return { ...(signal ? { signal } : {}), ...(budgetMs === undefined ? {} : { budgetMs }) };
}

async function pull(source: MediaSource, options: BuildOptions): Promise<PulledLibrary> {
  if (!options.library || source.capabilities.library !== "photos-sqlite")
    return { state: "absent", why: "the files alone were looked at", pulledBytes: 0 };
  return await pullPhotosLibrary(source, {
    ...options.library,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

/** As `BuildOptions`, with what need not be asked of the phone. */
interface ListingOptions extends BuildOptions, Pick<ListOptions, "known"> {
  /** Called when the first files have been seen. */
  readonly onFirst?: (() => void) | undefined;
}

function areasOf({ messengers }: BuildOptions): readonly MediaArea[] {
  return messengers ? [...photoAreas, "messengers"] : photoAreas;
}

async function listAll(source: MediaSource, tree: Tree, options: ListingOptions): Promise<void> {
  await list(source, { areas: areasOf(options) }, tree, options);
  const { extraFolder } = options;
  // iPhones keep photos in one place; on Android a person may mean any folder.
  if (extraFolder === undefined || !source.foldersOf) return;
  const folder = posix.resolve("/", extraFolder);
  // What was told of it on the way there is asked again, from nearer: it may have been too deep only.
  tree.forgetUnreadable((path) => path === folder || isBelow(path, folder));
  await list(source, { areas: ["camera-roll"], folder }, tree, { ...options, onFirst: undefined });
}

async function list(
  source: MediaSource,
  where: Pick<ListOptions, "areas" | "folder">,
  tree: Tree,
  options: ListingOptions,
): Promise<void> {
  const { signal, known, onFirst } = options;
  const collector = new Collector();
  for await (const entry of source.list({ ...where, known, ...(signal ? { signal } : {}) })) {
    if (isUnreadable(entry)) {
      tree.unreadable.push(entry);
      continue;
    }
    if (!isWanted(entry, options) || (where.folder !== undefined && tree.get(entry.path))) continue;
    tree.add(entry);
    collector.made();
    if (tree.size === firstFiles) onFirst?.();
    if (tree.size % 100 === 0) options.onProgress?.({ listed: tree.size, read: 0, toRead: 0 });
  }
  tree.sort();
}

function isWanted(item: MediaItem, { folder, only }: BuildOptions): boolean {
  if (item.area === "edits") return true;
  if (folder !== undefined && !isBelow(item.path, folder)) return false;
  return only === undefined || only(stemOf(item.path));
}

/** Whether a path lies in a folder, at any depth. By text alone: both are paths on the phone, without `..`. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

async function assemble(
  source: MediaSource,
  tree: Tree,
  pulled: PulledLibrary,
  options: BuildOptions,
): Promise<CameraRoll> {
  const opened = "file" in pulled ? await openLibrary(pulled.file, readingOf(options)) : undefined;
  try {
    const rows = opened?.rows;
    const seen = rows && options.labels ? await seenLabels(source, options, readingOf(options)) : undefined;
    const { library, absence } = source.capabilities;
    let knowledge: RollKnowledge = {
      ...knowledgeOf(pulled, rows, opened?.error),
      ...(seen ? { labels: seen.told } : {}),
    };
    const usesICloud = absence === "cloud" && (await source.locate(iCloudMarker, options)) !== undefined;
    if (rows?.hasShared) await list(source, { areas: ["shared-albums"] }, tree, options);
    await decideKinds(source, tree, options);
    const onRead = (read: number, toRead: number): void => options.onProgress?.({ listed: tree.size, read, toRead });
    const read = async (files: Iterable<MediaItem>) =>
      await readHeads(source, options.heads === "none" ? [] : files, {
        cache: options.cache,
        onRead,
        kindOf: (item) => tree.kindOf(item),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    // Without a library every head is needed: only they tell which files belong together, and when they were taken.
    const heads = await read(rows && options.heads !== "all" ? [] : tree.media());
    const context = {
      timeZone: source.device.timeZone,
      now: options.now,
      usesICloud,
      labels: seen?.byUuid,
      only: onlyOf(options),
      factsOf: (item: MediaItem) => heads.get(item),
      kindOf: (item: MediaItem) => tree.kindOf(item),
    };
    const items: RollItem[] = [];
    const unread = new Unread(tree.unreadable);
    const collector = new Collector();
    const add = (item: RollItem): void => {
      items.push(item);
      collector.made();
    };
    if (rows) {
      try {
        for await (const item of libraryItems(rows, tree, context)) {
          const known = unread.known(item);
          if (known) add(known);
        }
      } catch (error) {
        // A database may be whole by its pages and still refuse a row: the files are all there, so start anew with them alone.
        throwIfAborted(options.signal);
        const again = new Tree();
        await listAll(source, again, options);
        const why = `its photo library could not be read (${(error as Error).message})`;
        return await assemble(source, again, { state: "unusable", why, pulledBytes: pulled.pulledBytes }, options);
      }
      const left: MediaItem[] = [];
      for await (const files of yielding(tree.leftOver())) left.push(...files);
      const more = await read(left);
      for (const [item, facts] of more) heads.set(item, facts);
      if (options.heads === "cameras") {
        const missing = items.flatMap((i) => (needsHead(i) ? [i.parts[0].item] : []));
        for (const [item, facts] of await read(missing)) heads.set(item, facts);
        for (const [i, item] of items.entries()) items[i] = withHead(item, heads.get(item.parts[0].item)?.facts);
      }
    }
    if (library !== "photos-sqlite") {
      const phoneFacts = (await source.phoneFacts?.(options)) ?? new Map();
      for await (const item of androidItems(tree, { ...context, phoneFacts })) add(item);
      knowledge = { ...androidKnowledge(phoneFacts.size > 0), ...lookedInto(source, options) };
      if (phoneFacts.size > 0)
        knowledge = { ...knowledge, indexedWithoutFile: withoutFile(phoneFacts.keys(), tree, knowledge.lookedInto) };
    } else for await (const item of treeItems(tree, context)) if (isWantedItem(item, options)) add(item);
    const sorted = await sortedYielding(items, (a, b) => (a.parts[0].item.path < b.parts[0].item.path ? -1 : 1));
    const unreadable = unread.told(tree.allUnreadable());
    if (absence === "cloud") knowledge = { ...knowledge, iCloud: iCloudUse(usesICloud, rows, items) };
    return { device: source.device, items: sorted, otherFiles: tree.otherFiles(), unreadable, knowledge };
  } finally {
    await opened?.db?.[Symbol.asyncDispose]();
  }
}

/** Marked by iOS itself; or by what the library has of it. Without a library and its mark nobody knows. */
function iCloudUse(isMarked: boolean, rows: LibraryRows | undefined, items: readonly RollItem[]): ICloudUse {
  if (isMarked) return { on: true, by: "mark" };
  if (items.some(({ library }) => library?.cloud !== undefined && library.cloud.state !== "none" && !library.shared))
    return { on: true, by: "rows" };
  return { on: rows?.knowsCloud ? false : undefined, by: "neither" };
}

async function decideKinds(source: MediaSource, tree: Tree, options: BuildOptions): Promise<void> {
  for await (const found of readKinds(source, tree.undecided(), options))
    if ("kind" in found) tree.decide(found.item, found.kind);
    else tree.refuse(found.item, found.entry);
}

/** Which of a phone's folders count, where there are others. */
function lookedInto({ foldersOf }: MediaSource, options: BuildOptions): Pick<RollKnowledge, "lookedInto"> {
  const extra = options.extraFolder?.replace(/^\//, "");
  return foldersOf ? { lookedInto: [...new Set([...foldersOf(areasOf(options)), ...(extra ? [extra] : [])])] } : {};
}

/** The index may name what is in a cloud alone, or what is gone; elsewhere than here nobody looked for a file. */
function withoutFile(indexed: Iterable<string>, tree: Tree, folders: readonly string[] | undefined): number {
  const isLookedInto = (path: string): boolean => folders?.some((folder) => isBelow(path, `/${folder}`)) ?? true;
  let count = 0;
  // What lies in folders that begin with a dot is no photo of anybody's: thumbnails, bins.
  for (const path of indexed)
    if (isLookedInto(path) && !path.includes("/.") && tree.get(path) === undefined) count += 1;
  return count;
}

/** Names and folders say what is hidden, thrown away and in which album; favourites only the phone's index. */
function androidKnowledge(hasIndex: boolean): RollKnowledge {
  const unknown = new Set<LibraryFeature>(hasIndex ? [] : ["favourite"]);
  return { source: "library", unknown, neverTold: new Set(androidUnknown), pulledBytes: 0 };
}

function onlyOf({ folder, only }: BuildOptions): ((stem: string) => boolean) | undefined {
  if (folder === undefined) return only;
  return (stem) => isBelow(stem, folder) && (only === undefined || only(stem));
}

/** Orphaned edits lie elsewhere than the photos they belonged to; shared copies count only as the library's items. */
function isWantedItem(item: RollItem, options: BuildOptions): boolean {
  const [{ item: file }] = item.parts;
  if (file.area === "shared-albums") return false;
  return file.area !== "edits" || (options.folder === undefined && options.only === undefined);
}

function needsHead(item: RollItem): boolean {
  const [primary] = item.parts;
  return primary.availability === "phone" && primary.facts?.model === undefined && kindOf(primary) !== "video";
}

function withHead(item: RollItem, head: RollItem["parts"][0]["facts"]): RollItem {
  if (!head) return item;
  const [primary, ...rest] = item.parts;
  return { ...item, parts: [{ ...primary, facts: withCamera(primary.facts, head) }, ...rest] };
}

interface OpenedLibrary {
  readonly db?: ForeignDatabase;
  readonly rows: LibraryRows | undefined;
  readonly error?: string;
}

async function openLibrary(file: string, options: ForeignOptions): Promise<OpenedLibrary> {
  let db: ForeignDatabase | undefined;
  try {
    db = ForeignDatabase.open(file, options);
    const rows = await readLibraryRows(db);
    return { db, rows, ...(rows ? {} : { error: "its database is no photo library that offroll knows" }) };
  } catch (error) {
    throwIfAborted(options.signal);
    const why = `its photo library could not be read (${(error as Error).message})`;
    await db?.[Symbol.asyncDispose]();
    // It was whole when it was fetched: the next look fetches it anew.
    rmSync(dirname(file), { recursive: true, force: true });
    return { rows: undefined, error: why };
  }
}

function knowledgeOf(pulled: PulledLibrary, rows: LibraryRows | undefined, error: string | undefined): RollKnowledge {
  const { pulledBytes } = pulled;
  if (!rows) {
    const why = error ?? ("why" in pulled ? pulled.why : undefined);
    return { source: "tree", unknown: new Set(), pulledBytes, ...(why === undefined ? {} : { why }) };
  }
  return {
    source: pulled.state === "stale" ? "library-stale" : "library",
    unknown: rows.unknown,
    found: rows.found,
    sharedAlbums: rows.sharedAlbums,
    pulledBytes,
    ...("why" in pulled && pulled.why !== undefined ? { why: pulled.why } : {}),
  };
}
