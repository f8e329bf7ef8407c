/** A plan in sums: by year, by kind, by reason. Values for the command's lines, its JSON, its page and the screen. */
import { kindWords } from "../library/photo-kind.ts";
import type { RollItem } from "../library/roll.ts";
import { localDate } from "../media/capture-time.ts";
import { type FreeupPlan, type StayingItem, type StayReason, stayReasons } from "../transfer/freeup/index.ts";

/** Photos with something in common. */
export interface Sum {
  readonly name: string;
  readonly items: number;
  readonly bytes: number;
}

/** Why some stay. */
export interface StaySum {
  readonly reason: StayReason;
  readonly items: number;
  readonly bytes: number;
  /** The largest. */
  readonly largest: readonly StayingItem[];
}

const namedOfEach = 3;

type Sized = { readonly photo: RollItem; readonly bytes: number };

export function sumOf(items: readonly { readonly bytes: number }[]): Omit<Sum, "name"> {
  return { items: items.length, bytes: items.reduce((sum, item) => sum + item.bytes, 0) };
}

/** The newest year first. */
export function byYear(items: readonly Sized[]): Sum[] {
  const years = grouped(items, ({ photo }) => (photo.captured ? localDate(photo.captured).slice(0, 4) : "no date"));
  return years.sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** The largest first. */
export function byKind(items: readonly Sized[]): Sum[] {
  return grouped(items, ({ photo }) => kindWords(photo)).sort((a, b) => b.bytes - a.bytes);
}

function grouped(items: readonly Sized[], nameOf: (item: Sized) => string): Sum[] {
  return [...Map.groupBy(items, nameOf)].map(([name, group]) => ({ name, ...sumOf(group) }));
}

/** In the order of `stayReasons`, those that nothing is to be done about last. */
export function byReason({ stays }: Pick<FreeupPlan, "stays">): StaySum[] {
  const groups = Map.groupBy(stays, ({ reason }) => reason);
  return stayReasons.flatMap((reason) => {
    const group = groups.get(reason);
    return group ? [{ reason, ...sumOf(group), largest: group.slice(0, namedOfEach) }] : [];
  });
}
