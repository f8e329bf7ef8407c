/** What a check found, on the terminal and as JSON. */
import type { DeviceNoun } from "../../device/media-source.ts";
import { onThe } from "../../device/media-source.ts";
import { shortDay } from "../../present/dates.ts";
import { caveats } from "../../present/freeup-words.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import type { CheckedPhoto, Fate, FreeupCheck } from "../../transfer/freeup/index.ts";
import { type Output, table } from "../output.ts";
import type { FreeupLook } from "./freeup-session.ts";

const namedAtMost = 20;

const fateWords: Readonly<Record<Fate, string>> = {
  gone: "gone",
  "recently-deleted": "in Recently Deleted",
  "still-there": "still there",
  "only-in-icloud": "only in iCloud now",
  changed: "changed since",
  unknown: "not known: its place could not be looked at",
};
const order: readonly Fate[] = ["gone", "recently-deleted", "still-there", "only-in-icloud", "changed", "unknown"];

export function checkLines(output: Output, { source, proof }: FreeupLook, check: FreeupCheck): string[] {
  const { bold } = output.style();
  const { noun, name } = source.device;
  const made = new Date(check.list.at).toISOString().slice(0, 10);
  const rows = order.flatMap((fate) => {
    const of = check.listed.filter((c) => c.fate === fate);
    return of.length === 0
      ? []
      : [[`  ${fateWords[fate]}`, formatCount(of.length), formatBytes(sum(of)), untilWords(of)]];
  });
  return [
    bold(
      `${printable(name)}: list ${check.list.id} of ${made}, ${plural(check.listed.length, "photo or video", "photos and videos")}`,
    ),
    ...table(rows, output.width(), [1, 2]),
    ...besidesLines(check, noun, bold),
    "",
    `Freed: ${formatBytes(check.freedBytes)}.${check.laterBytes > 0 ? ` ${formatBytes(check.laterBytes)} more when Recently Deleted is emptied.` : ""}`,
    ...copyLines(check, noun, proof.all.length),
    ...(check.filesRead > 0 ? caveats(proof.all.map(({ place }) => place)) : []),
  ];
}

function sum(photos: readonly CheckedPhoto[]): number {
  return photos.reduce((total, { bytes }) => total + bytes, 0);
}

/** The first that ends, and the last. */
function untilWords(photos: readonly CheckedPhoto[]): string {
  const ends = photos.flatMap(({ until }) => (until === undefined ? [] : [until])).sort((a, b) => a - b);
  const [first, last] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined) return "";
  const day = (ms: number): string => shortDay(new Date(ms).toISOString().slice(0, 10));
  return day(first) === day(last)
    ? `can be put back until ${day(first)}`
    : `can be put back until ${day(first)} to ${day(last)}`;
}

function besidesLines({ besides }: FreeupCheck, noun: DeviceNoun, bold: (text: string) => string): string[] {
  if (besides.length === 0) return ["", `Nothing else is gone ${onThe(noun).replace(/^(on|in) /, "from ")}.`];
  const title = `Gone BESIDES the list: ${plural(besides.length, "photo or video", "photos and videos")}, ${formatBytes(sum(besides))}`;
  return ["", bold(title), ...named(besides, besideWords)];
}

function besideWords({ fate, wholeOn = 0, until }: CheckedPhoto): string {
  const where = wholeOn === 0 ? "NOT WHOLE IN ANY COPY" : `whole on ${plural(wholeOn, "disk")}`;
  const end = until === undefined ? "" : ` until ${shortDay(new Date(until).toISOString().slice(0, 10))}`;
  return fate === "gone" ? `gone; ${where}` : `in Recently Deleted${end}; ${where}`;
}

function named(photos: readonly CheckedPhoto[], wordsOf: (photo: CheckedPhoto) => string): string[] {
  const lines = photos
    .slice(0, namedAtMost)
    .map(
      (c) => `  ${printable(c.photo.name)} (${printable(c.photo.captured?.slice(0, 10) ?? "no date")}): ${wordsOf(c)}`,
    );
  const more = photos.length - lines.length;
  return more > 0 ? [...lines, `  and ${formatCount(more)} more`] : lines;
}

function copyLines(
  { list, listed, besides, unproven, filesRead }: FreeupCheck,
  noun: DeviceNoun,
  places: number,
): string[] {
  const going = [...listed, ...besides].filter(({ fate }) => fate === "gone" || fate === "recently-deleted").length;
  if (going === 0) return ["Nothing is gone: no copy had to be read."];
  const read = `${plural(filesRead, "copy was", "copies were")} read back from ${plural(places, "place")}.`;
  if (unproven.length === 0)
    return [
      `${read} Each of the ${formatCount(going)} that are gone is whole on ${plural(list.copies, "different disk")}.`,
    ];
  return [
    `${read} ${formatCount(unproven.length)} of the ${formatCount(going)} that are gone ${unproven.length === 1 ? "is" : "are"} not whole on ${plural(list.copies, "different disk")}:`,
    ...named(unproven, ({ wholeOn = 0, fate }) => {
      const back = fate === "recently-deleted" ? `; put it back ${onThe(noun)} now` : "";
      return `${wholeOn === 0 ? "no disk has it whole" : `whole on ${plural(wholeOn, "disk")}`}${back}`;
    }),
  ];
}

export function checkJson({ source, proof, places }: FreeupLook, check: FreeupCheck): object {
  const { id, name } = source.device;
  const of = (fate: Fate): CheckedPhoto[] => check.listed.filter((c) => c.fate === fate);
  const tally = (photos: readonly CheckedPhoto[]): object => ({ items: photos.length, bytes: sum(photos) });
  const photoJson = (c: CheckedPhoto): object => ({
    ...{ id: c.photo.id, path: c.photo.parts[0]?.path ?? null, name: printable(c.photo.name), bytes: c.bytes },
    ...{ captured: c.photo.captured ?? null, fate: c.fate, wholeOn: c.wholeOn ?? null },
    until: c.until === undefined ? null : new Date(c.until).toISOString(),
    copies: c.copies.map(({ place, target, found }) => ({ place: proof.all[place]?.place.path ?? "", target, found })),
  });
  return {
    ...{
      device: { id, name },
      list: check.list.id,
      madeAt: new Date(check.list.at).toISOString(),
      copies: check.list.copies,
    },
    listed: {
      ...tally(check.listed),
      ...{
        gone: tally(of("gone")),
        recentlyDeleted: tally(of("recently-deleted")),
        stillThere: tally(of("still-there")),
      },
      ...{ onlyInICloud: tally(of("only-in-icloud")), changed: tally(of("changed")), unknown: tally(of("unknown")) },
      photos: check.listed.map(photoJson),
    },
    besides: { ...tally(check.besides), photos: check.besides.map(photoJson) },
    ...{ freedBytes: check.freedBytes, laterBytes: check.laterBytes, filesRead: check.filesRead },
    unproven: check.unproven.map(({ photo }) => photo.id),
    caveats: caveats(proof.all.map(({ place }) => place)),
    away: places.away.map(({ name: called, path }) => ({ name: called ?? null, path })),
  };
}
