/** What the photos' screen says of itself: what is looked for, what is chosen, and why nothing is there. */
import type { DeviceNoun } from "../device/media-source.ts";
import { awayWords, backWords } from "../present/device-words.ts";
import { formatBytes, formatCount, plural, truncate } from "../shared/text.ts";
import { totalsOf } from "./chosen.ts";
import { lineOf, shownLine } from "./line-edit.ts";
import { runLine } from "./run-words.ts";
import { countInAll, visibleItems } from "./selectors.ts";
import type { BrowseState, Note } from "./state.ts";

/** What is looked for, where, and how many it finds elsewhere. */
export function filterWords(state: BrowseState, room: number): string {
  const { filter, filterCaret, filtering } = state;
  if (!filtering && filter === "") return "";
  const group = state.groups[state.group];
  const where = group?.match === undefined || group.match.type === "all" ? "" : ` in ${group.label}`;
  const more = countInAll(state);
  const elsewhere = more > visibleItems(state).length ? ` (${formatCount(more)} in All)` : "";
  if (!filtering) return `found: ${truncate(filter, Math.floor(room / 3))}${where}${elsewhere}`;
  const line = { ...lineOf(filter), caret: filterCaret };
  return `/${shownLine(line, Math.max(8, Math.floor(room / 3)))}${where}${elsewhere}`;
}

/** Why there is nothing to see, and what shows something. */
export function emptyWords(state: BrowseState): string[] {
  const { filter, groups, group, onlyNew } = state;
  if (filter === "") return [onlyNew ? "Everything here is exported already." : "Nothing here matches."];
  const match = groups[group]?.match;
  const isAll = match === undefined || match.type === "all";
  const more = countInAll(state);
  const key = state.filtering ? "Tab" : "Enter";
  return [
    `Nothing ${onlyNew ? "new " : ""}${isAll ? "" : `in ${groups[group]?.label} `}matches "${filter}".`,
    more > 0
      ? `${key} shows the ${formatCount(more)} in All.`
      : onlyNew
        ? "u shows what is exported already too."
        : "Names, dates, kinds, cameras, captions and people are searched.",
  ];
}

const notes = (noun: DeviceNoun): Record<Extract<Note, string>, string> => ({
  "sheet-later": `The ${noun}'s library is still being read; the export sheet opens when it is.`,
  "nothing-to-export": "There is nothing here to export.",
  leaving: "An export goes on: q again stops it and ends offroll. What is copied stays.",
  "leaving-phone": `Esc again leaves this ${noun}, and what is chosen with it.`,
  unplugged: `${awayWords(noun)} ${backWords(noun)} to export.`,
});

/** The line below the photos: what happened, else what goes on, else what is chosen. */
export function totalWords(state: BrowseState): string {
  if (state.note !== undefined) return typeof state.note === "string" ? notes(state.noun)[state.note] : state.note.text;
  if (state.run) return `${runLine(state.run)}. Enter shows it.`;
  if (state.away) return `${awayWords(state.noun)} ${backWords(state.noun)}; what you chose stays chosen.`;
  if (state.filtering && state.filter === "")
    return "Write what to find: a name, a date (2024-05), a kind, a camera, a caption, a person.";
  if (state.loading)
    return state.loading.toRead > 0
      ? `Reading dates: ${formatCount(state.loading.read)} of ${formatCount(state.loading.toRead)}`
      : `Reading the ${state.noun}'s photo library; these are the first files seen.`;
  const totals = totalsOf(state.chosen);
  if (totals.items === 0)
    return state.focus === "groups"
      ? "Nothing chosen: e exports all that is shown"
      : "Nothing chosen: Enter exports all that is shown";
  const words = `${plural(totals.items, "photo or video", "photos and videos")} chosen, ${plural(totals.files, "file")}, ${formatBytes(totals.bytes)}`;
  if (state.freeBytes === undefined) return words;
  return totals.bytes <= state.freeBytes
    ? `${words}; fits (${formatBytes(state.freeBytes)} free)`
    : `${words}; ${formatBytes(totals.bytes - state.freeBytes)} too much for where it goes`;
}
