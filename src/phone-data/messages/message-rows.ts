/** Rows of messages as the contract has them. */
import type { People } from "../contacts/people.ts";
import type { Attachment, Message, Reaction } from "../contract.ts";
import type { Computed, PhoneRow } from "../phone-database.ts";
import { bytesIn, flagIn, iso, messageDate, messageMs, numberIn, present, textIn } from "../values.ts";
import type { Body } from "./body-pattern.ts";
import type { Handle } from "./chats.ts";
import { appOf, bodyOf, editsOf, effectOf, plainBody } from "./message-body.ts";

const plainColumns = [
  ...["guid", "text", "attributedBody", "subject", "service", "handle_id", "other_handle", "is_from_me", "item_type"],
  ...["group_action_type", "group_title", "share_status", "associated_message_guid", "associated_message_type"],
  ...["associated_message_emoji", "thread_originator_guid", "thread_originator_part", "message_summary_info"],
  ...["balloon_bundle_id", "payload_data", "expressive_send_style_id", "error"],
  ...["schedule_type", "schedule_state", "is_sent"],
] as const;
const dateColumns = ["date", "date_read", "date_delivered", "date_edited", "date_retracted"] as const;
type MessageColumn = (typeof plainColumns)[number] | (typeof dateColumns)[number];
/** Everything of a message that is read, where there is such a column. */
export const messageColumns: readonly (MessageColumn | (Computed & { readonly as: MessageColumn }))[] = [
  ...plainColumns,
  ...dateColumns.map((name) => messageMs(name) as Computed & { readonly as: MessageColumn }),
];
export type MessageRow = PhoneRow<MessageColumn | "rowid">;

export const attachmentColumns = [
  ...[
    "guid",
    "filename",
    "transfer_name",
    "mime_type",
    "uti",
    "total_bytes",
    "is_sticker",
    "emoji_image_short_description",
  ],
] as const;
export type AttachmentRow = PhoneRow<(typeof attachmentColumns)[number] | "rowid">;

/** An attachment, and where its bytes lie on the phone. */
export interface FoundAttachment {
  readonly attachment: Attachment;
  /** Tells it from all others. */
  readonly id: string;
  /** Below `MediaDomain`, as the database has it: to be looked up, and nothing else. */
  readonly path: string | undefined;
}

/** A message, its attachments in order, and where it stands. */
export interface FoundMessage {
  readonly message: Message;
  readonly attachments: readonly FoundAttachment[];
  readonly row: number;
  /** What it replies to, where that is still there. */
  readonly replied?: RepliedMessage;
}

/** A message that another replies to, as far as it is quoted. */
export interface RepliedMessage {
  readonly id: string;
  readonly row: number;
  readonly at: Date | undefined;
  /** How it begins. */
  readonly text: string;
}

const quotedLength = 90;

/** What a row is read with. */
export interface MessageContext {
  readonly handles: ReadonlyMap<number, Handle>;
  readonly people: People;
  readonly onDamage: (what: string) => void;
}

/** Reactions are rows too: 1000 and 2000 to 2999 put one on a message, 3000 to 3999 take it away. */
export function isReaction({ associated_message_type: type }: Pick<MessageRow, "associated_message_type">): boolean {
  const number = numberIn(type) ?? 0;
  return number === 1000 || (number >= 2000 && number < 4000);
}

export function messageOf(
  row: MessageRow,
  around: { attachments: readonly AttachmentRow[]; reactions: readonly StandingReaction[]; isDeleted: boolean },
  context: MessageContext,
): FoundMessage {
  const { body, isColumn } = readBody(row, context);
  const fromMe = flagIn(row.is_from_me);
  const sender = fromMe ? undefined : context.handles.get(numberIn(row.handle_id) ?? -1)?.address;
  const { edits, unsent } = historyOf(row, context);
  const own = sortedAttachments(around.attachments, body);
  const { attachments, reactions } = withStickers(own, around.reactions);
  const balloon = textIn(row.balloon_bundle_id);
  const style = textIn(row.expressive_send_style_id);
  const message = present<Message>({
    id: textIn(row.guid) ?? `message-${row.rowid}`,
    at: iso(messageDate(row.date)),
    fromMe,
    sender,
    senderName: context.people.find(sender)?.name,
    service: textIn(row.service),
    subject: textIn(row.subject),
    text: body.text !== "" ? body.text : lastTexts(edits, unsent),
    attachments: attachments.map(({ attachment }) => attachment),
    parts: partsOf(body, own),
    runs: body.runs,
    reactions,
    replyTo: replyOf(row),
    edits,
    unsent,
    editedAt:
      edits.length > 0 || unsent.length > 0
        ? iso(messageDate(row.date_edited) ?? messageDate(row.date_retracted))
        : undefined,
    readAt: iso(messageDate(row.date_read)),
    deliveredAt: iso(messageDate(row.date_delivered)),
    effect: style === undefined ? undefined : effectOf(style),
    announcement: announcementOf(row, context),
    app: balloon === undefined ? undefined : appOf(balloon, bytesIn(row.payload_data)),
    mentions: body.mentions.length > 0 ? body.mentions : undefined,
    failed: flagIn(row.error) ? true : undefined,
    scheduled: fromMe && isScheduled(row) ? true : undefined,
    deleted: around.isDeleted ? true : undefined,
    textSource: isColumn ? "column" : undefined,
  });
  return { message, attachments, row: numberIn(row.rowid) ?? 0 };
}

/** Its date is when it will be sent. */
function isScheduled({ schedule_type: type, schedule_state: state, is_sent: sent }: MessageRow): boolean {
  return (flagIn(type) || flagIn(state)) && sent !== null && !flagIn(sent);
}

/** Stickers that lie on a message are its last attachments. */
function withStickers(
  own: readonly FoundAttachment[],
  standing: readonly StandingReaction[],
): { attachments: readonly FoundAttachment[]; reactions: readonly Reaction[] } {
  const attachments = [...own];
  const reactions = standing.map(({ reaction, stickers }) => {
    const first = attachments.length;
    for (const row of stickers) {
      const found = foundAttachment(row, { part: reaction.part });
      attachments.push({ ...found, attachment: { ...found.attachment, sticker: true } });
    }
    return stickers.length > 0 ? { ...reaction, attachment: first } : reaction;
  });
  return { attachments, reactions };
}

/** A body that cannot be read costs its parts, not its words. */
function readBody(row: MessageRow, { onDamage }: MessageContext): { body: Body; isColumn: boolean } {
  const [bytes, column] = [bytesIn(row.attributedBody), textIn(row.text)];
  if (!bytes) return { body: plainBody(column ?? ""), isColumn: false };
  try {
    return { body: bodyOf(bytes), isColumn: false };
  } catch (error) {
    onDamage(`the body of message ${textIn(row.guid) ?? row.rowid} cannot be read (${(error as Error).message})`);
    return { body: plainBody(column ?? ""), isColumn: true };
  }
}

function historyOf(row: MessageRow, { onDamage }: MessageContext): Pick<Message, "edits" | "unsent"> {
  const summary = bytesIn(row.message_summary_info);
  if (!summary) return { edits: [], unsent: [] };
  try {
    return editsOf(summary);
  } catch (error) {
    onDamage(`the edits of message ${textIn(row.guid) ?? row.rowid} cannot be read (${(error as Error).message})`);
    return { edits: [], unsent: [] };
  }
}

/** What every part said last, where nothing else tells. */
function lastTexts(edits: Message["edits"], unsent: readonly number[]): string {
  const last = new Map(edits.filter(({ part }) => !unsent.includes(part)).map(({ part, text }) => [part, text]));
  return [...last.values()].filter((text) => text !== "").join("\n");
}

function replyOf(row: MessageRow): Message["replyTo"] {
  const id = textIn(row.thread_originator_guid);
  if (id === undefined) return undefined;
  const part = Number.parseInt(textIn(row.thread_originator_part) ?? "", 10);
  return Number.isNaN(part) ? { id } : { id, part };
}

/** In the order of the body; what it does not name comes last. */
function sortedAttachments(rows: readonly AttachmentRow[], body: Body): FoundAttachment[] {
  const places = new Map(body.attachments.map((found, i) => [found.guid, { ...found, i }]));
  const place = (row: AttachmentRow): number => places.get(textIn(row.guid) ?? "")?.i ?? Number.MAX_SAFE_INTEGER;
  return rows
    .toSorted((a, b) => place(a) - place(b))
    .map((row) => foundAttachment(row, places.get(textIn(row.guid) ?? "")));
}

/** @param place what the body of its message says of it */
export function foundAttachment(
  row: AttachmentRow,
  { part, transcription }: { readonly part?: number; readonly transcription?: string } = {},
): FoundAttachment {
  const filename = textIn(row.filename);
  const name = textIn(row.transfer_name) ?? filename?.slice(filename.lastIndexOf("/") + 1);
  return {
    id: textIn(row.guid) ?? `attachment-${row.rowid}`,
    path: filename === undefined ? undefined : pathOf(filename),
    attachment: present<Attachment>({
      name,
      mime: textIn(row.mime_type) ?? mimeOfUti(textIn(row.uti)),
      bytes: numberIn(row.total_bytes),
      sha256: undefined,
      file: undefined,
      missing: undefined,
      sticker: flagIn(row.is_sticker) ? true : undefined,
      transcription: transcription ?? textIn(row.emoji_image_short_description),
      part,
    }),
  };
}

/** How a message begins that another replies to. What is wrong with it is told where it stands itself. */
export function repliedMessage(
  row: MessageRow,
  attachments: readonly AttachmentRow[],
  context: MessageContext,
): RepliedMessage {
  const around = { attachments, reactions: [], isDeleted: false };
  const { message } = messageOf(row, around, { ...context, onDamage: () => {} });
  const words = (message.text || message.subject || message.attachments[0]?.name || "").replaceAll(/\s+/g, " ");
  return {
    id: message.id,
    row: numberIn(row.rowid) ?? 0,
    at: messageDate(row.date),
    text: words.length > quotedLength ? `${words.slice(0, quotedLength)}…`.toWellFormed() : words,
  };
}

/** Undefined where a list of attachments, or one text, say the same. */
function partsOf({ texts }: Body, attachments: readonly FoundAttachment[]): Message["parts"] {
  if (texts.length === 0 || (texts.length === 1 && attachments.length === 0)) return undefined;
  const last = Number.MAX_SAFE_INTEGER;
  const placed = attachments.map(({ attachment }, i) => ({ part: attachment.part ?? last, attachment: i }));
  const sorted = [...texts, ...placed].sort((a, b) => a.part - b.part);
  return sorted.map((each) => (each.part === last ? { ...each, part: texts.length + placed.length } : each));
}

/** "~/Library/SMS/…", or from the root of an old phone. */
function pathOf(filename: string): string {
  return filename.replace(/^~\//, "").replace(/^\/(?:private\/)?var\/mobile\//, "");
}

const mimes: Readonly<Record<string, string>> = {
  "com.apple.coreaudio-format": "audio/x-caf",
  "public.jpeg": "image/jpeg",
  "public.png": "image/png",
  "public.heic": "image/heic",
  "com.compuserve.gif": "image/gif",
  "com.apple.quicktime-movie": "video/quicktime",
  "public.mpeg-4": "video/mp4",
  "public.vcard": "text/vcard",
  "com.adobe.pdf": "application/pdf",
};

function mimeOfUti(uti: string | undefined): string | undefined {
  return uti === undefined ? undefined : mimes[uti];
}

const actions: Readonly<Record<string, string>> = {
  "1:0": "added",
  "1:1": "removed",
  "3:4": "background-changed",
  "3:6": "background-removed",
  "3:0": "left",
  "3:1": "photo-changed",
  "3:2": "photo-removed",
};

function announcementOf(row: MessageRow, { handles, people }: MessageContext): Message["announcement"] {
  const item = numberIn(row.item_type) ?? 0;
  if (item === 0) return undefined;
  const action = numberIn(row.group_action_type) ?? 0;
  const other = handles.get(numberIn(row.other_handle) ?? -1)?.address;
  const who = people.find(other)?.name ?? other;
  // Whoever adds themselves has another number now.
  const isMoved =
    item === 1 && action === 0 && other !== undefined && other === handles.get(numberIn(row.handle_id) ?? -1)?.address;
  const kind =
    (isMoved ? "number-changed" : undefined) ??
    actions[`${item}:${action}`] ??
    {
      2: "renamed",
      4: flagIn(row.share_status) ? "location-stopped" : "location-started",
      5: "audio-kept",
      6: "shareplay",
    }[item] ??
    `item-${item}`;
  return present<NonNullable<Message["announcement"]>>({
    kind,
    who,
    name: item === 2 ? textIn(row.group_title) : undefined,
  });
}

const reactionKinds = [
  "loved",
  "liked",
  "disliked",
  "laughed",
  "emphasized",
  "questioned",
  "emoji",
  "sticker",
] as const;

/** A reaction that was not taken back, and the pictures that it is. */
export interface StandingReaction {
  readonly reaction: Reaction;
  readonly stickers: readonly AttachmentRow[];
}

/**
 * The reactions that stand, in the order of their dates: of each person the last on a part, unless they took it away.
 * @param attachmentsOf of a row
 */
export function standingReactions(
  rows: readonly MessageRow[],
  { handles, people }: MessageContext,
  attachmentsOf: (row: number) => readonly AttachmentRow[],
): { reactions: StandingReaction[]; replaced: number } {
  const sorted = rows.toSorted(
    (a, b) => (numberIn(a.date) ?? 0) - (numberIn(b.date) ?? 0) || Number(a.rowid) - Number(b.rowid),
  );
  const standing = new Map<string, StandingReaction>();
  for (const row of sorted) {
    const type = numberIn(row.associated_message_type) ?? 0;
    const fromMe = flagIn(row.is_from_me);
    const address = fromMe ? undefined : handles.get(numberIn(row.handle_id) ?? -1)?.address;
    const part = Number(/^p:(\d{1,6})\//.exec(textIn(row.associated_message_guid) ?? "")?.[1] ?? 0);
    const person = people.find(address);
    // Stickers that were laid on a message lie there in any number.
    const isLaid = type === 1000;
    const key = `${part} ${fromMe ? "me" : (person?.id ?? address)} ${isLaid ? row.rowid : ""}`;
    standing.delete(key);
    if (type >= 3000) continue;
    const reaction = present<Reaction>({
      kind: isLaid ? "sticker" : (reactionKinds[type - 2000] ?? `reaction-${type}`),
      emoji: textIn(row.associated_message_emoji),
      part,
      fromMe,
      sender: address,
      senderName: person?.name,
      at: iso(messageDate(row.date)),
      attachment: undefined,
    });
    standing.set(key, { reaction, stickers: attachmentsOf(numberIn(row.rowid) ?? -1) });
  }
  const reactions = [...standing.values()];
  return { reactions, replaced: rows.length - reactions.length };
}

/** Of a reaction whose message is gone: a line of its own, without the words that stand in its row. */
export function strayReaction(
  row: MessageRow,
  attachments: readonly AttachmentRow[],
  context: MessageContext,
): FoundMessage {
  const reaction = standingReactions([row], context, () => []).reactions[0]?.reaction;
  const found = messageOf(
    { ...row, text: null, attributedBody: null },
    { attachments, reactions: [], isDeleted: false },
    context,
  );
  const announcement = reaction
    ? present<NonNullable<Message["announcement"]>>({
        kind: "reaction",
        who: undefined,
        name: reaction.emoji ?? reaction.kind,
      })
    : { kind: "reaction-removed" };
  return { ...found, message: { ...found.message, announcement } };
}
