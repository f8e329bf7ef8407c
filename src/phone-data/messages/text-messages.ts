/** Conversations as plain text and as tables. */
import type { Message } from "../contract.ts";
import { csvLine, csvStart } from "../formats/csv.ts";
import { localTime } from "../formats/local-time.ts";
import type { MessagePageForm, MessagePageInfo } from "./message-page.ts";
import { announcementWords, effectWords, reactionSigns } from "./message-words.ts";

/** What would move a terminal's cursor, or turn a line around, stands as a mark; line ends stay. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(unseen, "\ufffd");
}

/** A few lines for each message; what belongs to one is indented. */
export class MessagesText implements MessagePageForm {
  readonly ext = ".txt";

  start({ title, head }: MessagePageInfo): string {
    const members = head.participants
      .map((p) => (p.name === undefined ? p.address : `${p.name} <${p.address}>`))
      .join(", ");
    return `${plainText(title)}\n${plainText(members)}\n\n`;
  }

  message(message: Message): string {
    return `${messageLines(message).join("\n")}\n`;
  }

  end(): string {
    return "";
  }
}

/** As lines, already safe to print. */
export function messageLines(message: Message): string[] {
  const at = message.at === undefined ? "no date" : localTime(new Date(message.at));
  if (message.announcement) return [`[${at}] * ${plainText(announcementWords(message))}`];
  const who = message.fromMe ? "Me" : (message.senderName ?? message.sender ?? "Unknown");
  const notes = [
    ...(message.replyTo ? ["reply"] : []),
    ...(message.edits.length > 1 ? ["edited"] : []),
    ...(message.unsent.length > 0 ? ["unsent"] : []),
    ...(message.failed ? ["not delivered"] : []),
    ...(message.deleted ? ["recently deleted"] : []),
    ...(message.effect === undefined ? [] : [effectWords(message.effect)]),
  ];
  const body = [
    ...(message.subject ? [message.subject] : []),
    ...message.attachments.map(
      ({ name, file, missing }) => `<${file ?? `${name ?? "attachment"}: ${missing ?? "not exported"}`}>`,
    ),
    ...(message.text === "" ? [] : message.text.split(/\r\n|\r|\n|\u2028|\u2029/)),
    ...(message.app
      ? [`<${[message.app.title, message.app.url, message.app.bundle].filter(Boolean).join(" · ")}>`]
      : []),
  ].map(plainText);
  const head = `[${at}] ${plainText(who)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}: ${body[0] ?? ""}`;
  const reactions = message.reactions.map(
    ({ kind, emoji, fromMe, sender }) =>
      `    ${plainText(emoji ?? reactionSigns[kind] ?? kind)} ${fromMe ? "Me" : plainText(sender ?? "")}`,
  );
  return [head, ...body.slice(1).map((line) => `    ${line}`), ...reactions];
}

/** One line for each message. */
export class MessagesCsv implements MessagePageForm {
  readonly ext = ".csv";
  readonly #title: string;

  /** @param title of the conversation */
  constructor(title: string) {
    this.#title = title;
  }

  start(): string {
    const names = ["Date (UTC)", "Local time", "Conversation", "From", "Sender", "Service", "Text", "Attachments"];
    return `${csvStart}${csvLine([...names, "Reactions", "Reply to", "State", "Id"])}`;
  }

  message(message: Message): string {
    const { at, fromMe, senderName, sender, service, attachments, reactions, replyTo, id } = message;
    return csvLine([
      ...[at, at && localTime(new Date(at)), this.#title, fromMe ? "Me" : (senderName ?? sender), sender, service],
      message.announcement
        ? announcementWords(message)
        : [message.subject, message.text, message.app?.url].filter(Boolean).join("\n"),
      attachments.map(({ file, name }) => file ?? name ?? "").join("; "),
      reactions.map(({ emoji, kind }) => emoji ?? kind).join(" "),
      ...[replyTo?.id, stateOf(message), id],
    ]);
  }

  end(): string {
    return "";
  }
}

function stateOf({ edits, unsent, failed, deleted }: Message): string {
  const state = [edits.length > 1 && "edited", unsent.length > 0 && "unsent", failed && "failed", deleted && "deleted"];
  return state.filter(Boolean).join(" ");
}
