/** How a phone's own photos stand with iCloud Photos, by the rows of its library. Nothing was asked of iCloud. */
import { captureInstant, isRecorded, localDate } from "../media/capture-time.ts";
import { photoSize } from "./photo-kind.ts";
import { type CameraRoll, type ICloudUse, isEmpty, type RollItem } from "./roll.ts";

/** Photos and videos of one kind of standing. */
export interface CloudTally {
  readonly photos: number;
  readonly videos: number;
  /** Of what is on the phone. */
  readonly bytes: number;
}

/** A year of the phone's photos. */
export interface CloudYear {
  readonly name: string;
  /** In iCloud and on the phone; those `onlyThere` are not among them here. */
  readonly synced: number;
  readonly notYet: number;
  readonly onlyThere: number;
}

/** By the library; own items alone, the hidden ones among them: not what others shared, nor what was deleted. */
export interface ICloudReport extends ICloudUse {
  /** Originals that iCloud has by their rows, `onlyThere` among them; undefined where this library cannot tell. */
  readonly synced: number | undefined;
  /** On the phone and not in iCloud yet; undefined where it cannot be told, or iCloud Photos is off. */
  readonly notYet: CloudTally | undefined;
  /** Of these, with which iCloud has not begun, as far as the library tells. */
  readonly notBegun: number;
  /** States of masters that are not finished, with how many have each; `none` for a row that is missing. */
  readonly states: readonly { readonly state: number | "none"; readonly count: number }[];
  readonly onlyThere: number;
  /** Neither on the phone nor in iCloud, by its rows. */
  readonly neither: number;
  readonly deletedThere: number;
  /** The day on which the oldest of `notYet` was taken, there; undefined where none is, or none is dated. */
  readonly oldestNotYet: string | undefined;
  readonly years: readonly CloudYear[];
}

/** Where one item stands; undefined where its library cannot tell. */
export type CloudStanding = "synced" | "not-yet" | "only-there" | "neither" | "deleted-there" | "unknown";

/** @param on whether iCloud Photos is used */
export function cloudStanding(item: RollItem, on: boolean): CloudStanding {
  const cloud = item.library?.cloud;
  if (item.availability === "icloud") return "only-there";
  if (cloud?.deleted) return "deleted-there";
  if (!cloud) return "unknown";
  if (cloud.state === "synced") return "synced";
  if (item.availability === "missing" || isEmpty(item.parts[0])) return "neither";
  return on ? "not-yet" : "unknown";
}

/** Undefined for a phone that has no iCloud. */
export function reportICloud(roll: CameraRoll): ICloudReport | undefined {
  const use = roll.knowledge.iCloud;
  if (!use) return undefined;
  const own = roll.items.filter(({ library }) => library && !library.shared && library.trashed !== true);
  const standings = own.map((item) => ({ item, standing: cloudStanding(item, use.on === true) }));
  const of = (standing: CloudStanding): RollItem[] =>
    standings.filter((s) => s.standing === standing).map(({ item }) => item);
  const knows = own.length === 0 || own.some(({ library }) => library?.cloud !== undefined);
  const notYet = of("not-yet");
  const onlyThere = of("only-there");
  const isSynced = ({ library }: RollItem): boolean => library?.cloud?.state === "synced" && !library.cloud.deleted;
  return {
    ...use,
    synced: knows && use.on !== undefined ? own.filter(isSynced).length : undefined,
    notYet: knows && use.on === true ? tallyOf(notYet) : undefined,
    notBegun: notYet.filter(({ library }) => library?.cloud?.state === "none").length,
    states: statesOf(notYet),
    onlyThere: onlyThere.length,
    neither: of("neither").length,
    deletedThere: of("deleted-there").length,
    oldestNotYet: oldestOf(notYet),
    years: yearsOf(standings),
  };
}

function tallyOf(items: readonly RollItem[]): CloudTally {
  const videos = items.filter((item) => item.kind === "video").length;
  const bytes = items.reduce((sum, item) => sum + photoSize(item), 0);
  return { photos: items.length - videos, videos, bytes };
}

function statesOf(items: readonly RollItem[]): ICloudReport["states"] {
  const counts = new Map<number | "none", number>();
  for (const { library } of items) {
    if (library?.cloud?.state !== "unfinished") continue;
    const state = library.cloud.code ?? "none";
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, count]) => ({ state, count })).sort((a, b) => b.count - a.count);
}

function oldestOf(items: readonly RollItem[]): string | undefined {
  let oldest: RollItem["captured"];
  for (const { captured } of items)
    if (captured && isRecorded(captured) && (!oldest || captureInstant(captured) < captureInstant(oldest)))
      oldest = captured;
  return oldest && localDate(oldest);
}

function yearsOf(standings: readonly { readonly item: RollItem; readonly standing: CloudStanding }[]): CloudYear[] {
  const years = new Map<string, { synced: number; notYet: number; onlyThere: number }>();
  for (const { item, standing } of standings) {
    const field = fields[standing];
    if (!field) continue;
    const name = item.captured ? localDate(item.captured).slice(0, 4) : "no date";
    const year = years.get(name) ?? { synced: 0, notYet: 0, onlyThere: 0 };
    year[field] += 1;
    years.set(name, year);
  }
  return [...years].map(([name, counts]) => ({ name, ...counts })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const fields: Partial<Record<CloudStanding, "synced" | "notYet" | "onlyThere">> = {
  synced: "synced",
  "not-yet": "notYet",
  "only-there": "onlyThere",
};
