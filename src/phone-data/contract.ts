/**
 * The JSON that every export writes, and that everything else is made from: times in ISO 8601 UTC, sizes in bytes, durations in
 * seconds; what is absent has no key. docs/using/data.md describes it for other programs.
 */

/** What can be exported. */
export const dataKinds = ["messages", "contacts", "notes", "calls", "voice-memos"] as const;
export type DataKind = (typeof dataKinds)[number];

export interface Labelled {
  readonly label?: string;
  readonly value: string;
}

export interface Address {
  readonly label?: string;
  readonly street?: string;
  readonly city?: string;
  readonly state?: string;
  readonly postalCode?: string;
  readonly country?: string;
  readonly countryCode?: string;
}

export interface Account {
  readonly label?: string;
  readonly service?: string;
  readonly user?: string;
  readonly url?: string;
}

export interface ContactName {
  readonly prefix?: string;
  readonly given?: string;
  readonly middle?: string;
  readonly family?: string;
  readonly suffix?: string;
  readonly nickname?: string;
  /** Before a marriage, say. */
  readonly previousFamily?: string;
  readonly phoneticGiven?: string;
  readonly phoneticMiddle?: string;
  readonly phoneticFamily?: string;
}

/** What one of several joined cards has otherwise than the card that stands for them all. */
export type OtherCard = Pick<Contact, "id" | "account"> &
  Partial<Pick<Contact, "name" | "organization" | "department" | "jobTitle" | "birthday">>;

/** A picture, and where it lies beside the JSON. */
export interface Photo {
  readonly bytes: number;
  readonly sha256: string;
  readonly file?: string;
}

export interface Contact {
  readonly id: string;
  readonly kind: "person" | "org";
  readonly name: ContactName;
  readonly organization?: string;
  readonly phoneticOrganization?: string;
  readonly department?: string;
  readonly jobTitle?: string;
  readonly note?: string;
  /** `1815-12-10`, or `--11-27` without a year. */
  readonly birthday?: string;
  /** In another calendar, as the phone has it. */
  readonly alternateBirthday?: string;
  readonly phones: readonly Labelled[];
  readonly emails: readonly Labelled[];
  readonly urls: readonly Labelled[];
  readonly relations: readonly Labelled[];
  readonly dates: readonly Labelled[];
  readonly addresses: readonly Address[];
  readonly ims: readonly Account[];
  readonly profiles: readonly Account[];
  readonly groups: readonly string[];
  readonly account?: string;
  readonly photo?: Photo;
  /** Other pictures of joined cards. */
  readonly otherPhotos?: readonly Photo[];
  readonly createdAt?: string;
  readonly modifiedAt?: string;
  /** Of the cards that were joined to this one. */
  readonly sources: readonly string[];
  /** Where those differ in what a card has once. Their notes are joined; lists have the values of all. */
  readonly others?: readonly OtherCard[];
}

export interface Call {
  readonly id: string;
  readonly at?: string;
  readonly direction: "in" | "out";
  readonly duration: number;
  readonly kind: "phone" | "facetime-video" | "facetime-audio" | "app";
  readonly service?: string;
  readonly addresses: readonly string[];
  readonly name?: string;
  readonly country?: string;
  readonly location?: string;
  readonly missed: boolean;
  readonly connected: boolean;
}

export interface VoiceMemo {
  readonly id: string;
  readonly title?: string;
  readonly at?: string;
  readonly duration?: number;
  readonly folder?: string;
  readonly trashed?: true;
  /** Beside the JSON. */
  readonly file?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  /** Why there is no file. */
  readonly missing?: string;
  /** A file that no row tells of. */
  readonly orphan?: true;
  /** Edited on the phone: the recording is kept in parts there, which are beside it. */
  readonly edited?: true;
}

export interface Attachment {
  readonly name?: string;
  readonly mime?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  /** Beside the page. */
  readonly file?: string;
  /** Beside it, made of it: a JPEG or an M4A, where hardly anything opens the phone's own form. */
  readonly copy?: string;
  readonly missing?: string;
  readonly sticker?: true;
  readonly transcription?: string;
  /** The part of the message that it is. */
  readonly part?: number;
}

export interface Reaction {
  readonly kind: string;
  readonly emoji?: string;
  readonly part: number;
  readonly fromMe: boolean;
  readonly sender?: string;
  readonly senderName?: string;
  readonly at?: string;
  /** Of a sticker: its place in the message's `attachments`. */
  readonly attachment?: number;
}

/** A stretch of a message's text, where it is more than plain words. */
export interface TextRun {
  readonly part: number;
  readonly text: string;
  /** `bold`, `italic`, `underline`, `strikethrough`, or an effect such as `shake`. */
  readonly styles?: readonly string[];
  /** Where it leads to, where that is not what it says. */
  readonly link?: string;
  /** The address of who is named. */
  readonly mention?: string;
}

export interface Message {
  readonly id: string;
  readonly at?: string;
  readonly fromMe: boolean;
  readonly sender?: string;
  readonly senderName?: string;
  readonly service?: string;
  readonly subject?: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Texts and attachments in their order, where there are both, or several texts: an attachment by its place in `attachments`. */
  readonly parts?: readonly (
    | { readonly part: number; readonly text: string }
    | { readonly part: number; readonly attachment: number }
  )[];
  /** All of the text in stretches, where one of them is more than plain words. */
  readonly runs?: readonly TextRun[];
  readonly reactions: readonly Reaction[];
  readonly replyTo?: { readonly id: string; readonly part?: number };
  readonly edits: readonly { readonly part: number; readonly at?: string; readonly text: string }[];
  readonly unsent: readonly number[];
  readonly editedAt?: string;
  readonly readAt?: string;
  readonly deliveredAt?: string;
  readonly effect?: string;
  readonly announcement?: { readonly kind: string; readonly who?: string; readonly name?: string };
  readonly app?: {
    readonly bundle: string;
    /** As people call it, where that is known. */
    readonly name?: string;
    readonly title?: string;
    readonly url?: string;
    readonly caption?: string;
  };
  readonly mentions?: readonly string[];
  readonly failed?: true;
  /** To be sent later, at its time: it was not sent yet. */
  readonly scheduled?: true;
  readonly deleted?: true;
  /** The body could not be read, and this is the column beside it. */
  readonly textSource?: "column";
}

export interface Participant {
  readonly address: string;
  readonly name?: string;
}

export interface ConversationHead {
  readonly id: string;
  readonly service?: string;
  readonly name?: string;
  readonly group: boolean;
  readonly participants: readonly Participant[];
  /** All chats of the phone that are this conversation, where they are several. */
  readonly chats?: readonly string[];
}

export interface NoteAttachment {
  readonly uti?: string;
  readonly name?: string;
  readonly url?: string;
  readonly file?: string;
  /** Of a file that browsers do not open: one that they do, beside it. */
  readonly copy?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly missing?: string;
}

export interface Note {
  readonly id: string;
  readonly title?: string;
  readonly folder?: string;
  readonly account?: string;
  readonly createdAt?: string;
  readonly modifiedAt?: string;
  readonly pinned?: true;
  /** `locked` as no password was given; `newer` as only the phone opens it. Absent once it is open. */
  readonly locked?: "classic" | "newer";
  readonly hint?: string;
  readonly trashed?: true;
  readonly shared?: true;
  /** U+FFFC where an attachment stands. */
  readonly text: string;
  readonly checklist: readonly { readonly done: boolean; readonly text: string }[];
  readonly links: readonly { readonly url: string; readonly text: string }[];
  readonly tables: readonly (readonly (readonly string[])[])[];
  readonly attachments: readonly NoteAttachment[];
  readonly inline: readonly string[];
}
