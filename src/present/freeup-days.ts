/** What may be deleted, by day and in the order of Photos: the oldest first. */
import { kindWords } from "../library/photo-kind.ts";
import { type RollItem, whyNotShown } from "../library/roll.ts";
import { localDate } from "../media/capture-time.ts";
import { formatBytes, formatDuration } from "../shared/text.ts";
import type { FreeupPlan, ProvenItem, StayingItem } from "../transfer/freeup/index.ts";
import { shownName } from "./item-view.ts";

/** One photo as a person meets it in Photos. */
export interface DayItem {
  readonly photo: RollItem;
  readonly bytes: number;
  /** Local, "14:03"; empty where only the day is known. */
  readonly time: string;
  readonly name: string;
  /** Kind, length and size: "video, 0:12, 45 MB". */
  readonly what: string;
}

export interface Day {
  /** "2024-05-01"; empty for undated ones. */
  readonly day: string;
  readonly items: readonly DayItem[];
  readonly bytes: number;
}

export function daysOf({ proven, stays }: Pick<FreeupPlan, "proven" | "stays">): Day[] {
  const frames = framesOf(proven);
  const twins = twinsOf(stays);
  // Photos shows one picture for a burst, and deletes all of its frames with it.
  const shown = proven.filter(({ photo }) => whyNotShown(photo) !== "burst-unpicked");
  const sorted = shown.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const days = Map.groupBy(sorted, ({ photo }) => (photo.captured ? localDate(photo.captured) : ""));
  return [...days].map(([day, all]) => {
    const items = all.map((item) => dayItem(item, frames, twins));
    return { day, items, bytes: items.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
}

function orderOf({ photo }: ProvenItem): string {
  return `${photo.captured?.local ?? ""}\0${photo.parts[0].item.path}`;
}

/** Photos that stay, by the day and name that a person knows them by: Photos > Duplicate makes two of one. What Photos hides is not met there. */
function twinsOf(stays: readonly StayingItem[]): ReadonlyMap<string, readonly StayingItem[]> {
  const met = stays.filter(({ photo }) => !photo.library?.trashed && !photo.library?.hidden);
  return Map.groupBy(met, ({ photo }) => knownBy(photo));
}

function knownBy(photo: RollItem): string {
  return `${photo.captured ? localDate(photo.captured) : ""}\0${shownName(photo)}`;
}

function twinWords(twins: readonly StayingItem[] = []): string {
  const each = twins.map(({ photo, bytes }) => `${kindWords(photo)} of ${formatBytes(bytes)}`);
  return each.length === 0 ? "" : `NOT its namesake that stays: ${each.join(", ")}`;
}

/** How many frames a burst has, and what those take that are not shown. */
interface Frames {
  readonly count: number;
  readonly hiddenBytes: number;
  /** The shown one that stands for those that are not. */
  readonly first: RollItem | undefined;
}

/** By burst. */
function framesOf(proven: readonly ProvenItem[]): ReadonlyMap<string, Frames> {
  const bursts = Map.groupBy(proven, ({ photo }) => photo.burst?.uuid ?? "");
  bursts.delete("");
  return new Map([...bursts].map(([uuid, frames]) => [uuid, burstFrames(frames)]));
}

function burstFrames(frames: readonly ProvenItem[]): Frames {
  const isHidden = ({ photo }: ProvenItem): boolean => whyNotShown(photo) === "burst-unpicked";
  const hiddenBytes = frames.filter(isHidden).reduce((sum, { bytes }) => sum + bytes, 0);
  return { count: frames.length, hiddenBytes, first: frames.find((frame) => !isHidden(frame))?.photo };
}

function dayItem(
  { photo, bytes: own }: ProvenItem,
  bursts: ReadonlyMap<string, Frames>,
  twins: ReturnType<typeof twinsOf>,
): DayItem {
  const { captured } = photo;
  const seconds = photo.kind === "video" ? photo.parts[0].facts?.durationSeconds : undefined;
  const frames = photo.burst && bursts.get(photo.burst.uuid);
  const bytes = frames?.first === photo ? own + frames.hiddenBytes : own;
  const kind = frames && frames.count > 1 ? `burst of ${frames.count}` : kindWords(photo);
  const what = [
    kind,
    seconds === undefined ? "" : formatDuration(seconds),
    formatBytes(bytes),
    twinWords(twins.get(knownBy(photo))),
  ];
  return {
    photo,
    bytes,
    time: !captured || captured.isDayOnly ? "" : captured.local.slice(11, 16),
    name: shownName(photo),
    what: what.filter((word) => word !== "").join(", "),
  };
}
