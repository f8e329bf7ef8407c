/** An Android phone's photos: from its files, whose names and folders say much, and from its MediaStore where adb leads to one. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { MediaItem, PhoneFacts } from "../../device/media-source.ts";
import { splitName } from "../../media/kinds.ts";
import { yielding } from "../../shared/async.ts";
import { addTo } from "../../shared/map.ts";
import { captureOfPart } from "../capture.ts";
import { isLivePair } from "../live-pair.ts";
import type { LibraryFeature } from "../photos/photos-rows.ts";
import { type Album, kindOf, type LibraryFacts, type RollItem, type RollPart, type Subtype } from "../roll.ts";
import type { Tree } from "../tree.ts";
import { pairedBy, partOf, type TreeContext } from "../tree-items.ts";
import { burstOf, isMotionName, rawShotOf, type SpecialName, specialName, trashedAt } from "./android-names.ts";

/** As `TreeContext`, with what the phone's MediaStore says; empty by MTP, which leads to none. */
export interface AndroidContext extends TreeContext {
  readonly phoneFacts: ReadonlyMap<string, PhoneFacts>;
}

/** What no route to an Android phone tells. */
export const androidUnknown: readonly LibraryFeature[] = ["uuid", "edited", "people", "keywords", "caption", "title"];

/** MediaProvider looks into these even when they hold a .nomedia. */
const neverHidden =
  /^(?:\/(?:SD card|Internal storage)(?: \d+)?)?\/(?:DCIM|Pictures|Movies)(?:\/(?:Camera|Screenshots))?$/i;

/** What a phone's folders say of the files in them. */
interface Folders {
  readonly hidden: HiddenFolders;
  /** By path; filled as files are met. */
  readonly albums: Map<string, Album>;
}

/** Photos and videos of an Android phone, one shot after another, in no promised order. Yields to the event loop as it goes. */
export async function* androidItems(tree: Tree, context: AndroidContext): AsyncGenerator<RollItem, void, undefined> {
  const folders: Folders = { hidden: new HiddenFolders(tree.files()), albums: new Map() };
  for await (const files of yielding(shots(tree))) {
    const parts = files.map((item) => partOf(item, "original", context));
    for (const shot of split(parts)) yield androidItem(shot, folders, context);
  }
}

/** Files of one folder that one press of the button made. */
function* shots(tree: Tree): Generator<MediaItem[], void, undefined> {
  const byShot = new Map<string, MediaItem[]>();
  for (const files of tree.leftOver())
    for (const item of files) {
      const { stem } = splitName(specialName(item.name)?.name ?? item.name);
      addTo(byShot, `${posix.dirname(item.path)}/${rawShotOf(stem) ?? stem}`, item);
    }
  yield* byShot.values();
}

/** A still takes its RAW and its sidecars; everything else is a photo of its own, movies of the same name too. */
function split(parts: RollPart[]): [RollPart, ...RollPart[]][] {
  const of = (kind: string): RollPart[] => parts.filter((p) => kindOf(p) === kind);
  const [still, ...otherStills] = of("photo");
  const raws = of("raw");
  const groups: [RollPart, ...RollPart[]][] = [];
  if (still) groups.push([still, ...raws.slice(0, 1).map((raw): RollPart => ({ ...raw, role: "raw" }))]);
  groups.push(...[...otherStills, ...raws.slice(still ? 1 : 0)].map((p): [RollPart] => [p]));
  for (const video of of("video")) {
    const isTaken = groups[0]?.some((p) => p.role === "live-video");
    // Live Photos of an iPhone that were copied here.
    if (still && !isTaken && isLivePair(still, video)) groups[0]!.push({ ...video, role: "live-video" });
    else groups.push([video]);
  }
  const sidecars = of("sidecar");
  if (groups.length > 0) groups[0]!.push(...sidecars.map((p): RollPart => ({ ...p, role: "sidecar" })));
  else groups.push(...sidecars.map((p): [RollPart] => [p]));
  return groups;
}

function androidItem(parts: [RollPart, ...RollPart[]], folders: Folders, context: AndroidContext): RollItem {
  const [primary] = parts;
  const { item } = primary;
  const special = specialName(item.name);
  const { stem } = splitName(special?.name ?? item.name);
  const burst = burstOf(stem);
  const movie = parts.find((p) => p.role === "live-video");
  const live = movie !== undefined;
  return {
    id: placeId(item).slice(0, 8),
    kind: kindOf(primary) === "video" ? "video" : "photo",
    subtype: subtypeOf(primary, live, burst !== undefined),
    parts,
    captured: captureOfPart(primary, context.timeZone, context.now, {
      name: special?.name ?? item.name,
      indexed: context.phoneFacts.get(item.path)?.takenAt,
    }),
    availability: "phone",
    edited: undefined,
    ...(movie ? { pairedBy: pairedBy(primary, movie) } : {}),
    // Which frames somebody picked nobody tells: all of them count.
    ...(burst === undefined ? {} : { burst: { uuid: hash(`${posix.dirname(item.path)}/${burst}`), picked: true } }),
    library: libraryFacts(item, special, folders, context),
  };
}

function libraryFacts(
  item: MediaItem,
  special: SpecialName | undefined,
  { hidden, albums }: Folders,
  { phoneFacts, now }: AndroidContext,
): LibraryFacts {
  const known = phoneFacts.get(item.path);
  return {
    uuid: undefined,
    favourite: known?.favourite,
    hidden: hidden.has(item.path),
    trashed: special?.kind === "trashed",
    trashedAt: special?.kind === "trashed" ? trashedAt(special) : undefined,
    shared: false,
    // What was never finished is left alone by the phone for a week; then it is what there is.
    unfinished: special?.kind === "pending" && special.expires.getTime() > now,
    depth: false,
    originalFilename: special?.name,
    caption: undefined,
    title: undefined,
    place: undefined,
    fingerprint: undefined,
    albums: [albumOf(item, known, albums)],
    people: [],
    keywords: [],
  };
}

/** Android's albums are folders. */
function albumOf(item: MediaItem, known: PhoneFacts | undefined, albums: Map<string, Album>): Album {
  const key = posix.dirname(item.path);
  const there = albums.get(key);
  if (there) return there;
  const title = known?.album ?? posix.basename(key);
  // A card has a Camera of its own.
  const card = /^\/((?:SD card|Internal storage)(?: \d+)?)\//.exec(key)?.[1];
  const folders = card === undefined ? [] : [card];
  const album = { key, title, folders, path: [...folders, title].join("/") };
  albums.set(key, album);
  return album;
}

/**
 * By path and size alone, so that a photo has one id over every route: MTP tells its time without a zone, and some devices none. No
 * two files have the same path at one time.
 */
function placeId({ path, sizeBytes }: MediaItem): string {
  return hash([path, sizeBytes].join("\0"));
}

function subtypeOf(primary: RollPart, live: boolean, burst: boolean): Subtype | undefined {
  const { item, facts } = primary;
  const isVideo = kindOf(primary) === "video";
  const folder = posix.basename(posix.dirname(item.path));
  if (live || facts?.motionVideoBytes !== undefined || (!isVideo && isMotionName(item.name))) return "live";
  if (/^screen ?record(?:ing|er)?s?$/i.test(folder) || (isVideo && /^screen[ _-]?record/i.test(item.name)))
    return "screenrecording";
  if (facts?.isScreenshot) return "screenshot";
  if (!isVideo && (/^screenshots?$/i.test(folder) || /^screenshot[_-]/i.test(item.name))) return "screenshot";
  if (/\.PORTRAIT\b/i.test(item.name)) return "portrait";
  if (/\.(?:PANO|PHOTOSPHERE)\b|^PANO_/i.test(item.name)) return "panorama";
  if (isVideo && /\.LS\.mp4$/i.test(item.name)) return "slomo";
  if (isVideo && /\.TS\.mp4$/i.test(item.name)) return "timelapse";
  return burst ? "burst" : undefined;
}

/** Folders that a gallery does not show: named with a dot, or holding a .nomedia; and all below them. */
class HiddenFolders {
  readonly #marked: ReadonlySet<string>;
  readonly #known = new Map<string, boolean>();

  constructor(files: Iterable<MediaItem>) {
    const marked = new Set<string>();
    for (const { name, path } of files) if (name.toLowerCase() === ".nomedia") marked.add(posix.dirname(path));
    this.#marked = new Set([...marked].filter((folder) => !neverHidden.test(folder)));
  }

  has(path: string): boolean {
    return this.#isHidden(posix.dirname(path));
  }

  #isHidden(folder: string): boolean {
    if (folder === "/" || folder === ".") return false;
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const own = this.#marked.has(folder) || posix.basename(folder).startsWith(".");
    const result = own || this.#isHidden(posix.dirname(folder));
    this.#known.set(folder, result);
    return result;
  }
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
