/** What the screen of a phone's folder says of itself. */

import { formWords } from "../app/data-forms.ts";
import { dataLabels, dataNouns } from "../app/data-words.ts";
import type { DataKind } from "../phone-data/index.ts";
import { dayWords } from "../present/dates.ts";
import { localDay } from "../shared/local-time.ts";
import { formatBytes, formatCount, plural, printable, truncate } from "../shared/text.ts";
import { type ChosenData, type DataExportSettings, exportedKinds } from "./data-state.ts";
import { shownLine } from "./line-edit.ts";
import type { DataState } from "./state.ts";

/** Right of the title: what is looked for, or how many there are and how new. */
export function folderWords(state: DataState, room: number): string {
  const { kind, finding, list, browse, open } = state;
  if (open) return truncate(printable(open.view.title.replaceAll(/\s+/g, " ")), room);
  if (finding) return `/${shownLine(finding, Math.max(8, Math.floor(room / 2)))} in ${dataLabels[kind]}`;
  if (list && list.words !== "") {
    const count = list.total ?? list.entries.length;
    return `found: ${truncate(printable(list.words), Math.floor(room / 3))} in ${dataLabels[kind]} · ${formatCount(count)}${list.hasMore && list.total === undefined ? " and more" : ""}`;
  }
  const summary = browse.data?.folders[kind];
  const newest = summary?.newestAt === undefined ? undefined : new Date(summary.newestAt);
  const words = [
    dataLabels[kind],
    summary?.count === undefined ? "" : formatCount(summary.count),
    newest && room > 50 ? `newest ${shortDate(newest)}` : "",
    summary?.files && summary.files.count > 0 && room > 70
      ? `${plural(summary.files.count, "file")}, ${formatBytes(summary.files.bytes)}`
      : "",
  ];
  return words.filter((word) => word !== "").join(" · ");
}

function shortDate(at: Date): string {
  const day = localDay(at);
  return `${dayWords(day).replace(/^\p{L}+,? /u, "")} ${day.slice(0, -6)}`;
}

/** The line below: what happened, what goes on, what is chosen, or what all of it is read from. */
export function belowWords(state: DataState): string {
  const { note, working, browse } = state;
  if (note !== undefined) return note;
  if (working !== undefined) return working;
  const seen = browse.data;
  const problems = seen?.folders[state.kind]?.problems ?? [];
  if (seen && Object.keys(seen.chosen).length > 0) return `${chosenWords(seen.chosen)} chosen. e exports them.`;
  if (problems.length > 0) return `! ${printable(problems.join("; "))}`;
  const backup = seen?.backup;
  if (!backup) return "";
  const which = backup.known > 1 ? `the newest of ${backup.known} backups` : "a backup";
  const words = [
    `From ${which}${backup.age === undefined ? "" : `, made ${backup.age}`}`,
    backup.unfinished === undefined ? "" : `not finished: ${printable(backup.unfinished)}`,
    backup.isEncrypted ? "encrypted" : "not encrypted",
    printable(backup.folder),
  ];
  return words.filter((word) => word !== "").join(" · ");
}

/** "3 conversations, 1 note" */
export function chosenWords(chosen: ChosenData): string {
  return (Object.entries(chosen) as [DataKind, ReadonlyMap<string, string>][])
    .map(([kind, { size }]) => plural(size, ...dataNouns[kind]))
    .join(", ");
}

/** Why a list is empty. */
export function emptyListWords({ kind, list, browse, working }: DataState): string[] {
  if (working !== undefined) return [];
  if (list && list.words !== "")
    return [
      `Nothing in ${dataLabels[kind]} has these words.`,
      kind === "messages" ? "All conversations were looked through." : "Esc shows all of them again.",
    ];
  const summary = browse.data?.folders[kind];
  if (!summary) return ["Nothing is listed; why is being found out."];
  const { absent } = summary;
  return [absent === undefined ? "There are none." : `${absent.charAt(0).toUpperCase()}${printable(absent.slice(1))}.`];
}

/** A line of the sheet as it is chosen. */
export function sheetWords(settings: DataExportSettings, field: "what" | "forms", { kind, browse }: DataState): string {
  const chosen = browse.data?.chosen ?? {};
  if (field === "forms") return formWords(settings.forms, exportedKinds(settings, kind, chosen));
  if (settings.what === "all") return "everything: all five folders";
  return settings.what === "folder" ? `all ${dataLabels[kind].toLowerCase()}` : chosenWords(chosen);
}
