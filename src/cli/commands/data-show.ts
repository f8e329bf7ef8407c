/** `offroll data show KIND ID`: one of them, whole. */
import { exitCodes, type Host } from "../../app/host.ts";
import { dataChoice, dataKind } from "../../app/phone-data.ts";
import {
  contactName,
  type DataEntry,
  type DataItem,
  type DataKind,
  type Message,
  messageLines,
  noteTitle,
  plainText,
} from "../../phone-data/index.ts";
import { ItemError, UsageError } from "../../shared/errors.ts";
import { formatCount, printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, dataShowFlags } from "../command-flags.ts";
import { openBrowser } from "../data-session.ts";
import type { Output } from "../output.ts";
import { limitOf } from "./data-ls.ts";

export async function dataShow(
  host: Host,
  { kind: word, id }: { readonly kind: string; readonly id: string },
  flags: CommandFlags<typeof dataShowFlags>,
): Promise<number> {
  const kind = dataKind(word);
  const limit = limitOf(flags.limit);
  await using session = new CliSession(host, flags);
  const { output } = session;
  const { notePasswords } = dataChoice(session, { notesPasswordFile: flags.notesPasswordFile });
  await using opened = await openBrowser(session, flags, { signal: host.signal, notePasswords });
  const item = await opened.browser.show(kind, id);
  if (!("kind" in item)) throw notOne(kind, id, item);
  if (item.kind === "messages") await showConversation(item, limit, output);
  else if (output.json) output.document(item.kind === "notes" ? { kind: item.kind, note: item.note } : item);
  else for (const line of linesOf(item)) output.data(line);
  return exitCodes.complete;
}

const mostNamed = 10;

function notOne(kind: DataKind, wanted: string, found: readonly DataEntry[]): ItemError | UsageError {
  if (found.length === 0)
    return new ItemError("item-not-found", `No entry of ${kind} is called ${printable(wanted)}.`, {
      remedy: `\`offroll data ls ${kind}\` lists them with their ids; a name must be whole.`,
    });
  const ids = found.slice(0, mostNamed).map(({ id }) => printable(id));
  const more = found.length > mostNamed ? ` and ${formatCount(found.length - mostNamed)} more` : "";
  const message = `${formatCount(found.length)} entries of ${kind} are called ${printable(wanted)}: ${ids.join(", ")}${more}.`;
  return new UsageError("item-ambiguous", message, { remedy: "Name one by its id." });
}

async function showConversation(
  item: Extract<DataItem, { kind: "messages" }>,
  limit: number,
  output: Output,
): Promise<void> {
  const kept: Message[] = [];
  for await (const message of item.messages) {
    if (!output.json && limit === Number.POSITIVE_INFINITY) for (const line of messageLines(message)) output.data(line);
    else kept.push(message);
    if (kept.length > limit) kept.shift();
  }
  if (output.json) output.document({ kind: "messages", conversation: { ...item.head, messages: kept } });
  else for (const message of kept) for (const line of messageLines(message)) output.data(line);
}

function linesOf(item: Exclude<DataItem, { kind: "messages" }>): string[] {
  switch (item.kind) {
    case "notes": {
      const { note } = item;
      const facts = [note.folder, note.account, note.modifiedAt, note.locked && `locked (${note.locked})`].filter(
        (fact) => fact !== undefined,
      );
      return [plainText(noteTitle(note)), plainText(facts.join(" · ")), "", ...item.lines];
    }
    case "contacts":
      return [printable(contactName(item.contact)), ...fieldLines(item.contact)];
    case "calls":
      return fieldLines(item.call);
    case "voice-memos":
      return fieldLines(item.memo);
  }
}

function fieldLines(value: object): string[] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => {
    if (Array.isArray(field)) return field.map((each) => `  ${key}: ${printable(words(each))}`);
    return [`  ${key}: ${printable(words(field))}`];
  });
}

function words(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value).replaceAll(/\r\n|\r|\n/g, " / ");
  if ("value" in value) return `${"label" in value ? `${words(value.label)} ` : ""}${words(value.value)}`;
  return Object.entries(value)
    .map(([key, field]) => `${key} ${words(field)}`)
    .join(", ");
}
