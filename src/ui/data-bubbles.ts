/** A conversation in rows of so many cells: theirs on the left, mine on the right, days between. Text of a phone is made printable here. */

import { announcementWords, effectWords, type Message, reactionSigns } from "../phone-data/index.ts";
import { dayWords } from "../present/dates.ts";
import { localClock, localDay } from "../shared/local-time.ts";
import { displayWidth, formatBytes, padEnd, printable, truncate } from "../shared/text.ts";
import type { ItemView } from "./data-state.ts";
import { wrapWords } from "./wrap.ts";

/** A row on the screen; it fits. */
export interface ViewRow {
  readonly text: string;
  readonly look?: "dim" | "bold" | "mine";
  /** Of the message that was looked for. */
  readonly isMarked?: boolean;
}

type Conversation = Extract<ItemView, { kind: "messages" }>;

const widest = 72;
/** Of a text that is longer, more is read in an export. */
const mostLetters = 20_000;
const lineEnds = /\r\n|\r|\n|\u2028|\u2029/;

export function bubbleRows({ windows, hasOlder, group, mark }: Conversation, width: number): ViewRow[] {
  const messages = windows.flatMap((window) => window.messages);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const rows: ViewRow[] = hasOlder ? [{ text: centered("↑ older messages", width), look: "dim" }] : [];
  let day = "";
  for (const message of messages) {
    const at = message.at === undefined ? undefined : new Date(message.at);
    const today = at ? localDay(at) : "No date";
    if (today !== day) rows.push(...dayRows(today, width));
    day = today;
    const own = messageRows(message, { width, group, clock: at ? localClock(at) : "", byId });
    rows.push(...(message.id === mark ? own.map((row) => ({ ...row, isMarked: true })) : own));
  }
  return rows.length === 0 ? [{ text: "There are no messages in it.", look: "dim" }] : rows;
}

interface Around {
  readonly width: number;
  readonly group: boolean;
  readonly clock: string;
  readonly byId: ReadonlyMap<string, Message>;
}

function messageRows(message: Message, around: Around): ViewRow[] {
  const { width, clock } = around;
  if (message.announcement) {
    const words = `${printable(announcementWords(message))}${clock === "" ? "" : ` · ${clock}`}`;
    return wrapWords(words, width - 4).map((line) => ({ text: centered(line, width), look: "dim" }));
  }
  const room = Math.max(8, Math.min(widest, width < 60 ? width - 4 : Math.floor(width * 0.7)));
  const { fromMe } = message;
  const lines = bodyLines(message).flatMap((line) => wrapWords(line, room));
  const block = Math.max(...lines.map(displayWidth), 1);
  const right = (text: string): string => " ".repeat(Math.max(0, width - displayWidth(text))) + text;
  const small = (text: string): ViewRow[] =>
    wrapWords(text, room).map((line) => ({ text: fromMe ? right(`${line}  `) : `  ${line}`, look: "dim" }));
  const bubble = lines.map(
    (line): ViewRow => (fromMe ? { text: right(`${padEnd(line, block)} ▕`), look: "mine" } : { text: `▏ ${line}` }),
  );
  return [
    ...small(headWords(message, around)),
    ...quoteWords(message, around.byId).flatMap(small),
    ...bubble,
    ...reactionWords(message).flatMap(small),
    ...stateWords(message).flatMap(small),
    { text: "" },
  ];
}

function headWords({ fromMe, sender, senderName }: Message, { group, clock }: Around): string {
  const who = fromMe ? "Me" : group || senderName === undefined ? (senderName ?? sender ?? "Unknown") : senderName;
  return printable([who, clock].filter((word) => word !== "").join(" · "));
}

/** The words of a message, and what stands for what is no words. */
function bodyLines(message: Message): string[] {
  const { subject, attachments, text, app, unsent, reactions } = message;
  const lines: string[] = [];
  if (subject) lines.push(...textLines(subject));
  const parts = message.parts ?? [
    // Stickers that others laid on it come with their reactions.
    ...attachments
      .map((_, attachment) => ({ part: 0, attachment }))
      .filter(({ attachment }) => reactions.every((reaction) => reaction.attachment !== attachment)),
    ...(text === "" ? [] : [{ part: 0, text }]),
  ];
  for (const part of parts) {
    if ("text" in part) lines.push(...textLines(part.text));
    else lines.push(attachmentWords(attachments[part.attachment]));
  }
  if (app)
    lines.push(
      `[${[app.title, app.caption, app.url ?? app.bundle]
        .filter(Boolean)
        .map((word) => printable(String(word)))
        .join(" · ")}]`,
    );
  if (unsent.length > 0) lines.push(text === "" ? "This message was unsent." : "A part of this message was unsent.");
  return lines.length === 0 ? ["(empty)"] : lines;
}

/** Ready to be shown; a text of a million letters is cut, and says so. */
export function textLines(text: string): string[] {
  const shown = text.slice(0, mostLetters).toWellFormed();
  const lines = shown.split(lineEnds).map((line) => printable(line.replaceAll("\t", "  ")));
  return shown.length < text.length ? [...lines, "… and more, which an export has whole."] : lines;
}

function attachmentWords(attachment: Message["attachments"][number] | undefined): string {
  if (!attachment) return "[attachment]";
  const { name, mime, bytes, sticker, transcription } = attachment;
  const kind = sticker ? "sticker" : (/^(image|video|audio)\//.exec(mime ?? "")?.[1] ?? "file");
  const words = [name ?? kind, bytes === undefined ? "" : formatBytes(bytes), transcription ?? ""];
  return printable(`[${kind}: ${words.filter((word) => word !== "").join(" · ")}]`);
}

function quoteWords({ replyTo }: Message, byId: ReadonlyMap<string, Message>): string[] {
  if (!replyTo) return [];
  const original = byId.get(replyTo.id);
  const words = original && bodyLines(original).join(" ");
  return [words === undefined ? "↪ a reply" : `↪ “${truncate(words, 60)}”`];
}

function reactionWords({ reactions }: Message): string[] {
  if (reactions.length === 0) return [];
  const each = reactions.map(({ emoji, kind, fromMe, senderName, sender }) => {
    return `${emoji ?? reactionSigns[kind] ?? kind} ${fromMe ? "me" : (senderName ?? sender ?? "")}`.trim();
  });
  return [printable(each.join(", "))];
}

function stateWords(message: Message): string[] {
  const { failed, scheduled, deleted, effect, edits, textSource } = message;
  const was = edits.slice(0, -1).map(({ text }) => `edited; before: “${truncate(textLines(text).join(" "), 120)}”`);
  const words = [
    failed && "not delivered",
    scheduled && "to be sent then: it was not sent yet",
    deleted && "recently deleted",
    effect !== undefined && `sent with ${printable(effectWords(effect))}`,
    textSource === "column" && "its body cannot be read: these are the words beside it",
  ].filter((word) => typeof word === "string");
  return [...was, ...(words.length > 0 ? [words.join(" · ")] : [])];
}

function dayRows(day: string, width: number): ViewRow[] {
  const words = day === "No date" ? day : `${dayWords(day)}, ${day.slice(0, -6)}`;
  return [{ text: centered(`── ${words} ──`, width), look: "dim" }, { text: "" }];
}

function centered(text: string, width: number): string {
  const short = truncate(text, width);
  return " ".repeat(Math.max(0, Math.floor((width - displayWidth(short)) / 2))) + short;
}
