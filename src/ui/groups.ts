/** The tree on the left: what the phone offers, with counts. */
import { dataLabels } from "../app/data-words.ts";
import { type DataKind, dataKinds } from "../phone-data/index.ts";
import { forEachYielding } from "../shared/async.ts";
import { printable } from "../shared/text.ts";
import type { UiItem } from "./items.ts";

/** What a group holds, as a value: it can be compared, and applied to items that come later. */
export type UiMatch =
  | { readonly type: "all" }
  | { readonly type: "recent"; readonly since: string }
  | {
      readonly type: "flag";
      readonly flag: "favourite" | "video" | "live" | "edited" | "elsewhere" | "missing" | "raw";
    }
  | { readonly type: "kind"; readonly kind: string }
  | { readonly type: "album"; readonly key: string }
  | { readonly type: "folder"; readonly folder: string }
  /** A folder of the phone besides its photos: no photo is in it. */
  | { readonly type: "data"; readonly kind: DataKind };

/** One line of the tree. */
export interface UiGroup {
  readonly label: string;
  /** Undefined until it is known. */
  readonly count: number | undefined;
  readonly depth: number;
  /** In the place of a count: there is nothing, and its own page says why. */
  readonly isAbsent?: boolean;
  /** Absent for headings, which nothing can be chosen by. */
  readonly match?: UiMatch;
}

const recentDays = 30;
/** Kinds that have an entry of their own; the rest is in All. */
const ownKinds = ["screenshot", "portrait", "panorama", "slo-mo", "time-lapse", "screen recording", "burst"] as const;

/** Without a match everything is in it: the heading above all. */
export function isInGroup(item: UiItem, match: UiMatch | undefined): boolean {
  switch (match?.type) {
    case "recent":
      return item.day >= match.since;
    case "flag":
      return item[match.flag];
    case "kind":
      return item.kind === match.kind;
    case "album":
      return item.albums.some((a) => a.key === match.key);
    case "folder":
      return item.folder === match.folder;
    case "data":
      return false;
    default:
      return true;
  }
}

/** All, then what is there, then albums, then folders. One pass over the items; others go first in between. */
export async function groupsOf(items: readonly UiItem[]): Promise<UiGroup[]> {
  const newest = items[0]?.day ?? "";
  const since =
    newest === "" ? "9999" : new Date(Date.parse(newest) - recentDays * 86_400_000).toISOString().slice(0, 10);
  const flags = { favourite: 0, video: 0, live: 0, edited: 0, elsewhere: 0, missing: 0, raw: 0 };
  const names = Object.keys(flags) as (keyof typeof flags)[];
  const kinds = new Map<string, number>();
  const folders = new Map<string, number>();
  const cloudFolders = new Set<string>();
  const albums = new Map<string, { label: string; folders: readonly string[]; count: number }>();
  let recent = 0;
  await forEachYielding(items, (item) => {
    if (item.day >= since) recent += 1;
    for (const name of names) if (item[name]) flags[name] += 1;
    addTo(kinds, item.kind);
    addTo(folders, item.folder);
    if (item.fromCloud) cloudFolders.add(item.folder);
    for (const album of item.albums) {
      const known = albums.get(album.key);
      if (known) known.count += 1;
      else albums.set(album.key, { label: printable(album.title), folders: album.folders, count: 1 });
    }
  });
  const flag = (label: string, name: keyof typeof flags): UiGroup[] =>
    flags[name] > 0 ? [{ label, count: flags[name], depth: 0, match: { type: "flag", flag: name } }] : [];
  return [
    { label: "All", count: items.length, depth: 0, match: { type: "all" } },
    ...(recent > 0 && recent < items.length
      ? [{ label: "Latest 30 days", count: recent, depth: 0, match: { type: "recent", since } as const }]
      : []),
    ...flag("Favourites", "favourite"),
    ...flag("Videos", "video"),
    ...flag("Live", "live"),
    ...flag("Edited", "edited"),
    ...flag("RAW", "raw"),
    ...ownKinds.flatMap((kind): UiGroup[] => {
      const n = kinds.get(kind) ?? 0;
      return n > 0 ? [{ label: title(kind), count: n, depth: 0, match: { type: "kind", kind } }] : [];
    }),
    ...flag("Only in iCloud", "elsewhere"),
    ...flag("Missing", "missing"),
    ...albumGroups(albums),
    ...folderGroups(folders, cloudFolders),
  ];
}

function albumGroups(
  albums: ReadonlyMap<string, { label: string; folders: readonly string[]; count: number }>,
): UiGroup[] {
  if (albums.size === 0) return [];
  const sorted = [...albums].sort(([, a], [, b]) =>
    [...a.folders, a.label].join("/") < [...b.folders, b.label].join("/") ? -1 : 1,
  );
  const groups: UiGroup[] = [{ label: "Albums", count: 0, depth: 0 }];
  let path: readonly string[] = [];
  for (const [key, album] of sorted) {
    // A folder is named once, above what lies in it.
    for (const [depth, folder] of album.folders.entries())
      if (path[depth] !== folder || path.slice(0, depth).join("/") !== album.folders.slice(0, depth).join("/"))
        groups.push({ label: printable(folder), count: 0, depth: depth + 1 });
    path = album.folders;
    groups.push({
      label: album.label,
      count: album.count,
      depth: album.folders.length + 1,
      match: { type: "album", key },
    });
  }
  return groups;
}

function folderGroups(folders: ReadonlyMap<string, number>, fromCloud: ReadonlySet<string>): UiGroup[] {
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    { label: "Folders", count: 0, depth: 0 },
    ...sorted.map(([folder, n]): UiGroup => {
      const label = fromCloud.has(folder) ? `${folder} (iCloud)` : folder;
      return { label, count: n, depth: 1, match: { type: "folder", folder } };
    }),
  ];
}

function addTo(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function title(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The phone's other folders, before albums and folders of photos: in sight however many of those there are. */
export function withDataGroups(groups: readonly UiGroup[]): UiGroup[] {
  const first = groups.findIndex((group) => group.match === undefined);
  const at = first < 0 ? groups.length : first;
  const own = dataKinds.map(
    (kind): UiGroup => ({ label: dataLabels[kind], count: undefined, depth: 0, match: { type: "data", kind } }),
  );
  return [...groups.slice(0, at), { label: "Besides photos", count: 0, depth: 0 }, ...own, ...groups.slice(at)];
}

/** The next entry that can be chosen, or the one there is. */
export function moveGroup(groups: readonly UiGroup[], from: number, by: number): number {
  const step = Math.sign(by);
  let at = from;
  for (let left = Math.abs(by); left > 0; left -= 1) {
    let next = at + step;
    while (groups[next] && !groups[next]?.match) next += step;
    if (!groups[next]) break;
    at = next;
  }
  return at;
}
