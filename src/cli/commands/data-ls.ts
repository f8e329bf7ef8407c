/** `offroll data ls KIND`: conversations, contacts, notes, calls, voice memos. */
import { exitCodes, type Host } from "../../app/host.ts";
import { dataKind } from "../../app/phone-data.ts";
import type { DataEntry } from "../../phone-data/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { formatCount, plural, printable, truncate } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataLsFlags } from "../command-flags.ts";
import { openBrowser } from "../data-session.ts";
import { table } from "../output.ts";

const titleWidth = 48;

export async function dataLs(host: Host, word: string, flags: CommandFlags<typeof dataLsFlags>): Promise<number> {
  const kind = dataKind(word);
  const limit = limitOf(flags.limit);
  await using session = new CliSession(host, flags);
  const { output } = session;
  await using opened = await openBrowser(session, flags, host);
  const all = await opened.browser.list(kind, flags.text);
  const entries = all.slice(0, limit);
  if (output.json) {
    output.document({ kind, total: all.length, entries });
    return exitCodes.complete;
  }
  for (const line of table(entries.map(rowOf), output.width())) output.data(line);
  if (all.length === 0)
    output.say(flags.text === undefined ? "There are none." : "Nothing has these words in its name.");
  else if (entries.length < all.length) output.say(`${formatCount(entries.length)} of ${formatCount(all.length)}`);
  return exitCodes.complete;
}

function rowOf({ id, title, at, count, detail }: DataEntry): string[] {
  return [
    at?.slice(0, 16).replace("T", " ") ?? "",
    truncate(printable(title.replaceAll(/\s+/g, " ")), titleWidth),
    ...(count === undefined ? [] : [plural(count, "message")]),
    printable(detail ?? ""),
    printable(id),
  ];
}

/** @throws {UsageError} */
export function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError("usage", `--limit takes a number from 1 on, not "${printable(text)}".`);
}
