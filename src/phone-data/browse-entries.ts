/** Lines in lists: one of each kind, and the words that it is found by. */
import { clockDuration } from "./calls/calls-csv.ts";
import { contactName } from "./contacts/contact-name.ts";
import type { Call, Contact, Note, VoiceMemo } from "./contract.ts";
import { folded } from "./export/context.ts";
import type { ConversationCount } from "./messages/message-pages.ts";
import { noteTitle } from "./notes/write-notes.ts";
import { iso } from "./values.ts";

/** A line in a list of a kind. */
export interface DataEntry {
  readonly id: string;
  readonly title: string;
  readonly at?: string;
  /** How many messages a conversation has. */
  readonly count?: number;
  /** A few words more. */
  readonly detail?: string;
}

/** One, and what it is found by. */
export interface ListedEntry {
  readonly entry: DataEntry;
  /** Folded. */
  readonly words: string;
}

/** What is looked for, folded: all of them must be there. */
export function wordsOf(text: string | undefined): string[] {
  return folded(text ?? "")
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** @param more words besides those that its line shows */
export function listed(entry: DataEntry, more: string): ListedEntry {
  return { entry, words: folded(`${entry.title}\n${entry.detail ?? ""}\n${entry.at ?? ""}\n${more}`) };
}

export function conversationEntry({ conversation, count, last }: ConversationCount): DataEntry {
  const { head, title } = conversation;
  return { ...{ id: head.id, title, count, detail: head.service ?? "" }, ...(last && { at: iso(last) as string }) };
}

export function contactEntry(contact: Contact): DataEntry {
  const reached = [...contact.phones, ...contact.emails].map(({ value }) => value);
  return { id: contact.id, title: contactName(contact), detail: reached.slice(0, 2).join(", ") };
}

/** Everything that a person may remember of somebody. */
export function contactWords({
  name,
  organization,
  jobTitle,
  note,
  phones,
  emails,
  addresses,
  groups,
}: Contact): string {
  const numbers = phones.map(({ value }) => `${value} ${value.replaceAll(/\D/g, "")}`);
  const places = addresses.flatMap(({ street, city, country }) => [street, city, country]);
  const all = [...Object.values(name), organization, jobTitle, note, ...numbers, ...places, ...groups];
  return [...all, ...emails.map(({ value }) => value)].filter((word) => word !== undefined).join(" ");
}

export function noteEntry(note: Note): DataEntry {
  const facts = [note.folder, note.locked && "locked", note.trashed && "deleted", note.pinned && "pinned"];
  return {
    ...{ id: note.id, title: noteTitle(note), detail: facts.filter(Boolean).join(", ") },
    ...(note.modifiedAt !== undefined && { at: note.modifiedAt }),
  };
}

const callWords: Readonly<Record<string, string>> = {
  "facetime-video": "FaceTime video",
  "facetime-audio": "FaceTime audio",
  app: "another app",
};

export function callEntry({ id, name, addresses, at, missed, direction, kind, duration }: Call): DataEntry {
  const went = missed ? "missed" : direction === "out" ? "outgoing" : "incoming";
  const facts = [went, callWords[kind] ?? kind, duration > 0 ? clockDuration(duration) : ""];
  return {
    ...{ id, title: name ?? (addresses.join(", ") || "Unknown"), detail: facts.filter(Boolean).join(", ") },
    ...(at !== undefined && { at }),
  };
}

export function memoEntry({ id, title, at, folder, duration, trashed, missing }: VoiceMemo): DataEntry {
  const length = duration === undefined ? "" : clockDuration(duration);
  return {
    ...{ id, title: title ?? id, detail: [folder, length, trashed && "deleted", missing].filter(Boolean).join(", ") },
    ...(at !== undefined && { at }),
  };
}
