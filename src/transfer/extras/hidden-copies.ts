/**
 * Copies of photos that their owner hid on the phone after they were copied: they lie where everybody looks. They are moved into
 * the folder of hidden ones, pairs, sidecars and movies together, and their album entries are taken away. Never the other way round:
 * what is shown again may have been shown by mistake.
 */
import { posix } from "node:path";
import { type CameraRoll, type RollItem, whyNotShown } from "../../library/index.ts";
import { splitName } from "../../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import { rowsOfRoll } from "../catalog/photo-rows.ts";
import type { Destination } from "../destination/destination.ts";
import { stemOfTarget } from "../plan/part-choice.ts";
import { hiddenFolder } from "../plan/plan.ts";

/** The mark that `extra` has for an entry of an album. */
export function originMark(target: string): string {
  return `of:${target}`;
}

/** Files of one photo that is hidden now, which lie in the open. */
interface OpenCopies {
  readonly photo: RollItem;
  readonly rows: readonly CatalogRow[];
}

/** Photos that are hidden on the phone and whose copies are not in `Hidden/`. */
export function openCopies(roll: CameraRoll, catalog: Catalog, device: string): OpenCopies[] {
  if (!roll.items.some((photo) => whyNotShown(photo) === "hidden")) return [];
  const open = new Map<RollItem, CatalogRow[]>();
  for (const { photo, row } of rowsOfRoll(roll, catalog, device)) {
    if (whyNotShown(photo) !== "hidden" || row.target.startsWith(`${hiddenFolder}/`)) continue;
    const rows = open.get(photo) ?? [];
    if (!rows.some((r) => r.target === row.target)) open.set(photo, [...rows, row]);
  }
  return [...open].map(([photo, rows]) => ({ photo, rows }));
}

/** What became of them. */
export interface HiddenResult {
  /** Photos that lie in the folder of hidden ones now. */
  readonly moved: number;
  /** Files that stay where they are: they are another phone's too. */
  readonly shared: number;
  /** New names by the old ones. */
  readonly names: ReadonlyMap<string, string>;
}

/** @throws {DestinationError} when the disk refuses; {CancelledError} */
export async function hideCopies(
  copies: readonly OpenCopies[],
  catalog: Catalog,
  destination: Destination,
  options: AbortOptions = {},
): Promise<HiddenResult> {
  const names = new Map<string, string>();
  const links = new Map<string, string[]>();
  for (const { entry, target } of catalog.made.albumEntries()) links.set(target, [...(links.get(target) ?? []), entry]);
  let moved = 0;
  let shared = 0;
  for (const { photo, rows } of copies) {
    throwIfAborted(options.signal);
    if (rows.some((row) => catalog.items.isAnothersToo(row))) {
      shared += rows.length;
      continue;
    }
    for (const { target, sha256 } of rows)
      for (const entry of links.get(target) ?? []) await removeEntry(entry, target, sha256, catalog, destination);
    const mine = await hide(photo, rows, catalog, destination);
    for (const [from, to] of mine) names.set(from, to);
    if (mine.size > 0) moved += 1;
  }
  return { moved, shared, names };
}

/**
 * Takes away an entry of an album, if it is still what we made: the bytes that were copied, or those that its file has now.
 * @returns `kept` where it is another's by now
 */
export async function removeEntry(
  entry: string,
  target: string,
  sha256: string | undefined,
  catalog: Catalog,
  destination: Destination,
): Promise<"removed" | "gone" | "kept"> {
  const isGone = (await destination.stat(entry)) === undefined;
  const isCopied = !isGone && sha256 !== undefined && (await destination.remove(entry, sha256));
  if (!isGone && !isCopied) {
    if ((await destination.stat(target)) === undefined) return "kept";
    // Copied without a hash, or changed since through one of its names.
    if (!(await destination.remove(entry, (await destination.hash(target)).sha256))) return "kept";
  }
  catalog.made.forget(entry);
  return isGone ? "gone" : "removed";
}

/** Under one stem, so that a pair stays one: the plain name, else with the photo's id behind it. */
async function hide(
  photo: RollItem,
  rows: readonly CatalogRow[],
  catalog: Catalog,
  destination: Destination,
): Promise<Map<string, string>> {
  const made = new Map(rows.flatMap((row) => madeBeside(row.target, catalog)));
  const from = [...rows.map((row) => row.target), ...made.keys()];
  const stems = rows.map((row) => stemOfTarget(row.target, row.role));
  const there: string[] = [];
  for (const target of from) if ((await destination.stat(target)) !== undefined) there.push(target);
  for (const mark of ["", `_${photo.id}`]) {
    const to = (target: string): string => {
      const stem = stems.find((s) => target.startsWith(s)) ?? posix.join(posix.dirname(target), splitName(target).stem);
      return posix.join(hiddenFolder, `${stem}${mark}${target.slice(stem.length)}`);
    };
    const taken = await Promise.all(there.map((target) => destination.stat(to(target))));
    if (taken.some((stat) => stat !== undefined)) continue;
    const names = new Map<string, string>();
    for (const target of there) {
      if ((await destination.move(target, to(target))) !== "moved") continue;
      if (made.has(target)) {
        catalog.made.forget(target);
        catalog.made.note(to(target), movedMark(made.get(target) as string, names));
      } else catalog.items.retarget(target, to(target));
      names.set(target, to(target));
    }
    return names;
  }
  return new Map();
}

const motionMark = /^motion of:(.*):(\d+)$/s;

/** Sidecars and movies that we made beside a file, with what the catalog notes of them. */
function madeBeside(target: string, catalog: Catalog): [string, string][] {
  const slash = target.lastIndexOf("/") + 1;
  const movie = `${target.slice(0, slash)}${splitName(target.slice(slash)).stem}.mp4`;
  return [`${target}.xmp`, `${target}.json`, movie].flatMap((name): [string, string][] => {
    const mark = catalog.made.mark(name);
    if (mark === undefined || (name === movie && motionMark.exec(mark)?.[1] !== target)) return [];
    return [[name, mark]];
  });
}

/** A movie's mark names the photo that it came from. */
function movedMark(mark: string, names: ReadonlyMap<string, string>): string {
  const match = motionMark.exec(mark);
  const to = match && names.get(match[1] as string);
  return to ? `motion of:${to}:${match?.[2]}` : mark;
}
