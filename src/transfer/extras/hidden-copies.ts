/**
 * Copies of photos that their owner hid on the phone after they were copied: they lie where everybody looks. They are moved into
 * the folder of hidden ones, pairs and what was made beside them together, and what was made of them elsewhere is taken away. Never
 * the other way round: what is shown again may have been shown by mistake.
 */
import { posix } from "node:path";
import { type RollItem, whyNotShown } from "../../library/roll.ts";
import { splitName } from "../../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import type { MadeFile } from "../catalog/made-mark.ts";
import { rowsOfRoll } from "../catalog/photo-rows.ts";
import { stemOfTarget } from "../plan/part-choice.ts";
import { hiddenFolder } from "../plan/plan.ts";
import { removeMade, type Workplace } from "./maker.ts";
import { makerOf } from "./makers.ts";

/** Files of one photo that is hidden now, which lie in the open. */
interface OpenCopies {
  readonly photo: RollItem;
  readonly rows: readonly CatalogRow[];
}

/** Photos that are hidden on the phone and whose copies are not in `Hidden/`. */
export function openCopies({ roll, catalog, device }: Workplace): OpenCopies[] {
  if (!roll.items.some((photo) => whyNotShown(photo) === "hidden")) return [];
  const open = new Map<RollItem, CatalogRow[]>();
  for (const { photo, row } of rowsOfRoll(roll, catalog.items, device)) {
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
  at: Workplace,
  options: AbortOptions = {},
): Promise<HiddenResult> {
  const names = new Map<string, string>();
  let moved = 0;
  let shared = 0;
  for (const { photo, rows } of copies) {
    throwIfAborted(options.signal);
    if (rows.some((row) => at.catalog.items.isAnothersToo(row))) {
      shared += rows.length;
      continue;
    }
    for (const { target, sha256 } of rows)
      for (const file of madeOf(target, "elsewhere", at)) await removeMade(file, sha256, at);
    const mine = await hide(photo, rows, at);
    for (const [from, to] of mine) names.set(from, to);
    if (mine.size > 0) moved += 1;
  }
  return { moved, shared, names };
}

function madeOf(source: string, lies: "beside" | "elsewhere", { catalog }: Workplace): MadeFile[] {
  return catalog.made.of(source).filter((file) => makerOf(file.maker)?.lies === lies);
}

/** Under one stem, so that a pair stays one: the plain name, else with the photo's id behind it. */
async function hide(photo: RollItem, rows: readonly CatalogRow[], at: Workplace): Promise<Map<string, string>> {
  const { destination } = at;
  const made = new Map(rows.flatMap((row) => madeOf(row.target, "beside", at)).map((file) => [file.target, file]));
  const stems = rows.map((row) => stemOfTarget(row.target, row.role));
  const there: string[] = [];
  for (const target of [...rows.map((row) => row.target), ...made.keys()])
    if ((await destination.stat(target)) !== undefined) there.push(target);
  for (const mark of ["", `_${photo.id}`]) {
    const to = (target: string): string => hiddenName(target, stems, mark);
    const taken = await Promise.all(there.map((target) => destination.stat(to(target))));
    if (taken.every((stat) => stat === undefined)) return await moveAll(there, to, made, at);
  }
  return new Map();
}

function hiddenName(target: string, stems: readonly string[], mark: string): string {
  const stem = stems.find((s) => target.startsWith(s)) ?? posix.join(posix.dirname(target), splitName(target).stem);
  return posix.join(hiddenFolder, `${stem}${mark}${target.slice(stem.length)}`);
}

/** @returns new names by the old ones, of those that were moved */
async function moveAll(
  targets: readonly string[],
  to: (target: string) => string,
  made: ReadonlyMap<string, MadeFile>,
  { destination, catalog }: Workplace,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const target of targets) {
    if ((await destination.move(target, to(target))) !== "moved") continue;
    const file = made.get(target);
    if (file) {
      catalog.made.forget(target);
      catalog.made.note({ ...file, target: to(target), source: names.get(file.source) ?? file.source });
    } else catalog.items.retarget(target, to(target));
    names.set(target, to(target));
  }
  return names;
}
