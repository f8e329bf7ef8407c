/** `offroll data ls KIND`: conversations, contacts, notes, calls, voice memos. */
import { exitCodes, type Host } from "../../app/host.ts";
import { dataKind } from "../../app/phone-data.ts";
import type { DataBrowser, DataEntry, MessageHit } from "../../phone-data/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { localMinute } from "../../shared/local-time.ts";
import { displayWidth, formatCount, plural, printable, truncate } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataLsFlags } from "../command-flags.ts";
import { openBrowser } from "../data-session.ts";
import { type Output, table } from "../output.ts";
import { ProgressLine } from "../progress-line.ts";

const [leastTitle, widestTitle] = [16, 48];

export async function dataLs(host: Host, word: string, flags: CommandFlags<typeof dataLsFlags>): Promise<number> {
  const kind = dataKind(word);
  const limit = limitOf(flags.limit);
  if (flags.text?.trim() === "") throw new UsageError("usage", "--text is empty.");
  await using session = new CliSession(host, flags);
  const { output } = session;
  await using opened = await openBrowser(session, flags, host);
  const all = await opened.browser.list(kind, flags.text);
  const entries = all.slice(0, limit);
  if (kind === "messages" && flags.text !== undefined)
    return await searchAll(host, output, {
      browser: opened.browser,
      text: flags.text,
      limit,
      entries,
      total: all.length,
    });
  if (output.json) {
    output.document({ kind, total: all.length, entries });
    return exitCodes.complete;
  }
  for (const line of rowsOf(entries, output.width())) output.data(line);
  if (all.length === 0) output.say(flags.text === undefined ? "There are none." : "Nothing has these words.");
  else if (entries.length < all.length) output.say(`${formatCount(entries.length)} of ${formatCount(all.length)}`);
  return exitCodes.complete;
}

/** Of a JSON document: a search may find a million. */
const mostInDocument = 10_000;

interface Search {
  readonly browser: DataBrowser;
  readonly text: string;
  readonly limit: number;
  /** Conversations whose names have the words. */
  readonly entries: readonly DataEntry[];
  readonly total: number;
}

/** Conversations by their names, and messages of all of them by what they say; the newest first, as they are found. */
async function searchAll(host: Host, output: Output, search: Search): Promise<number> {
  const { browser, text, limit, entries, total } = search;
  const progress = new ProgressLine(host, output);
  const kept: MessageHit[] = [];
  let found = 0;
  if (!output.json && entries.length > 0) {
    output.say(`${plural(total, "conversation")} of that name:`);
    for (const line of rowsOf(entries, output.width())) output.data(line);
    output.say("");
  }
  const most = output.json ? Math.min(limit, mostInDocument) : limit;
  for await (const { hits, looked, of } of browser.searchMessages(text)) {
    if (hits.length > 0) progress.clear();
    for (const hit of hits) {
      found += 1;
      if (found > most) continue;
      if (output.json) kept.push(hit);
      else output.data(hitLine(hit, output.width()));
    }
    progress.tell("looked through", looked, of);
  }
  progress.clear();
  if (output.json)
    output.document({
      ...{ kind: "messages", total, entries, messagesFound: found },
      messages: kept.map(({ row, ...hit }) => hit),
    });
  else if (found === 0) output.say(total === 0 ? "Nothing has these words." : "No message has these words.");
  else output.say(found > most ? `${formatCount(most)} of ${plural(found, "message")}` : plural(found, "message"));
  return exitCodes.complete;
}

/** What was said gives way, so that the conversation's id is in sight. */
function hitLine({ at, title, fromMe, sender, excerpt, conversation }: MessageHit, width: number): string {
  const when = at === undefined ? "no date         " : localMinute(new Date(at));
  const who = fromMe ? "Me" : (sender ?? "Unknown");
  const where = who === title ? "" : `  (${truncate(title.replaceAll(/\s+/g, " "), 30)})`;
  const [head, end] = [printable(`${when}  ${truncate(who, 30)}${where}: `), `  ${printable(conversation)}`];
  const room = Math.max(leastTitle, width - displayWidth(head) - displayWidth(end));
  return truncate(`${head}${truncate(printable(excerpt), room)}${end}`, width);
}

/** Titles give way, so that ids are in sight: `show` takes them. */
function rowsOf(entries: readonly DataEntry[], width: number): string[] {
  const rows = entries.map(({ id, title, at, count, detail }) => [
    at === undefined ? "" : localMinute(new Date(at)),
    printable(title.replaceAll(/\s+/g, " ")),
    ...(count === undefined ? [] : [plural(count, "message")]),
    printable(detail ?? ""),
    printable(id),
  ]);
  const others = [0, 2, 3, 4].map((i) => Math.max(0, ...rows.map((row) => displayWidth(row[i] ?? ""))));
  const room = width - others.reduce((sum, cell) => sum + (cell > 0 ? cell + 2 : 0), 0);
  const most = Math.max(leastTitle, Math.min(widestTitle, room));
  return table(
    rows.map((row) => row.map((cell, i) => (i === 1 ? truncate(cell, most) : cell))),
    width,
  );
}

/** @throws {UsageError} */
export function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError("usage", `--limit takes a number from 1 on, not "${printable(text)}".`);
}
