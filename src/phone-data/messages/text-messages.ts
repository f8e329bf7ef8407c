/** Conversations as plain text and as tables. */

import { localTime, localZone } from "../../shared/local-time.ts";
import type { Attachment, Message } from "../contract.ts";
import { csvLine, csvStart } from "../formats/csv.ts";
import { type MessagePageForm, type MessagePageInfo, partsInOrder } from "./message-page.ts";
import {
  announcementWords,
  appWords,
  changesOf,
  effectWords,
  reactedBy,
  reactionSigns,
  serviceName,
  serviceWords,
} from "./message-words.ts";

/** What would move a terminal's cursor, or turn a line around, stands as a mark; line ends stay. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(unseen, "\ufffd");
}

/** A few lines for each message; what belongs to one is indented. */
export class MessagesText implements MessagePageForm {
  readonly ext = ".txt";
  #service: string | undefined;

  start({ title, head }: MessagePageInfo): string {
    const members = head.participants
      .map((p) => (p.name === undefined ? p.address : `${p.name} <${p.address}>`))
      .join(", ");
    return `${plainText(title)}\n${plainText(members)}\nTimes in ${localZone()}\n\n`;
  }

  message(message: Message): string {
    const { service = this.#service } = message;
    const head = service === this.#service || service === undefined ? "" : `-- ${plainText(serviceName(service))} --\n`;
    this.#service = service;
    return `${head}${messageLines(message).join("\n")}\n`;
  }

  end(): string {
    return "";
  }
}

/** As lines, already safe to print. */
export function messageLines(message: Message): string[] {
  const at = message.at === undefined ? "no date" : localTime(new Date(message.at));
  if (message.announcement) {
    const laid = message.attachments.flatMap(attachmentLines).map(plainText);
    return [[`[${at}] * ${plainText(announcementWords(message))}`, ...laid].join(" ")];
  }
  const who = message.fromMe ? "Me" : (message.senderName ?? message.sender ?? "Unknown");
  const notes = [
    ...(message.replyTo ? ["reply"] : []),
    ...(changesOf(message) > 0 ? ["edited"] : []),
    ...(message.unsent.length > 0 ? ["unsent"] : []),
    ...(message.failed ? ["not delivered"] : []),
    ...(message.scheduled ? ["to be sent then"] : []),
    ...(serviceWords(message) === undefined ? [] : [serviceWords(message)]),
    ...(message.deleted ? ["recently deleted"] : []),
    ...(message.effect === undefined ? [] : [effectWords(message.effect)]),
  ];
  const body = [
    ...(message.subject ? [message.subject] : []),
    ...partsInOrder(message).flatMap((part) =>
      "text" in part ? part.text.split(lineEnds) : attachmentLines(message.attachments[part.attachment]),
    ),
    ...(message.app ? [`<${appWords(message.app)}>`] : []),
  ].map(plainText);
  const head = `[${at}] ${plainText(who)}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}: ${body[0] ?? ""}`;
  const reactions = message.reactions.map((reaction) => {
    const { kind, emoji, attachment } = reaction;
    const sticker = attachment === undefined ? [] : attachmentLines(message.attachments[attachment]);
    return plainText([emoji ?? reactionSigns[kind] ?? kind, reactedBy(reaction), ...sticker].join(" "));
  });
  const before = changesOf(message) > 0 ? message.edits.map(editLine) : [];
  return [head, ...[...body.slice(1), ...before, ...reactions].map((line) => `    ${line}`)];
}

const lineEnds = /\r\n|\r|\n|\u2028|\u2029/;

function attachmentLines(attachment: Attachment | undefined): string[] {
  if (!attachment) return [];
  const { name, file, missing, transcription } = attachment;
  const words = transcription === undefined ? [] : transcription.split(lineEnds);
  return [`<${file ?? `${name ?? "attachment"}: ${missing ?? "not exported"}`}>`, ...words];
}

function editLine({ at, text }: Message["edits"][number]): string {
  const when = at === undefined ? "" : ` ${localTime(new Date(at))}`;
  return plainText(`it said${when}: ${text.replaceAll(new RegExp(lineEnds, "g"), " ")}`);
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
    const names = ["Conversation", "From", "Sender", "Service", "Text", "Attachments", "Reactions", "Reply to"];
    const more = ["State", "Id", "Delivered (UTC)", "Read (UTC)", "Edited (UTC)", "Said before"];
    return `${csvStart}${csvLine(["Date (UTC)", `Local time (${localZone()})`, ...names, ...more])}`;
  }

  message(message: Message): string {
    const { at, fromMe, senderName, sender, service, attachments, reactions, replyTo, id } = message;
    return csvLine([
      ...[at, at && localTime(new Date(at)), this.#title, fromMe ? "Me" : (senderName ?? sender), sender, service],
      message.announcement
        ? announcementWords(message)
        : [message.subject, message.text, message.app && appWords(message.app)].filter(Boolean).join("\n"),
      attachments.map(({ file, name }) => file ?? name ?? "").join("; "),
      reactions.map((reaction) => `${reaction.emoji ?? reaction.kind} ${reactedBy(reaction)}`).join("; "),
      ...[replyTo?.id, stateOf(message), id],
      ...[message.deliveredAt, message.readAt, message.editedAt],
      changesOf(message) > 0 ? message.edits.map(({ text }) => text).join("\n") : "",
    ]);
  }

  end(): string {
    return "";
  }
}

function stateOf(message: Message): string {
  const { unsent, failed, scheduled, deleted } = message;
  const changes = [changesOf(message) > 0 && "edited", unsent.length > 0 && "unsent"];
  const state = [...changes, failed && "failed", scheduled && "scheduled", deleted && "deleted"];
  return state.filter(Boolean).join(" ");
}
