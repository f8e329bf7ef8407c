/** What the phone did not let us look at: told by every command that lists, which then does not end as if it had seen all. */

import { exitCodes } from "../../app/host.ts";
import type { UnreadableEntry } from "../../device/media-source.ts";
import { verdictJson } from "../../shared/errors.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import type { Output } from "../output.ts";

const most = 10;

/** For the document of a command that lists: why it ends as it does; nothing where it saw all. */
export function unreadableJson(entries: readonly UnreadableEntry[]): ReturnType<typeof verdictJson> {
  const words = `${plural(entries.length, "entry", "entries")} could not be read.`;
  return verdictJson(entries.length === 0 ? undefined : "listing-incomplete", words);
}

/** @returns the exit code of a command that only looks */
export function tellUnreadable(output: Output, entries: readonly UnreadableEntry[]): number {
  if (entries.length === 0) return exitCodes.complete;
  if (output.json) return exitCodes.someFailed;
  output.say(`${plural(entries.length, "entry", "entries")} could not be read:`);
  for (const { path, error } of entries.slice(0, most)) output.say(`  ${printable(path)}  ${printable(error.message)}`);
  if (entries.length > most) output.say(`  and ${formatCount(entries.length - most)} more`);
  return exitCodes.someFailed;
}
