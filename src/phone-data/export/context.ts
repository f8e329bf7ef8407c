/** What every kind is exported with. */
import type { PhoneFiles } from "../../device/phone-files.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { PrivateFolder } from "../../shared/private-folder.ts";
import type { People } from "../contacts/people.ts";
import type { DataKind } from "../contract.ts";
import type { Loss } from "../phone-database.ts";
import type { AttachmentCopies } from "./attachment-copies.ts";
import type { ExportFiles } from "./export-files.ts";

/** Forms besides JSON, which is always written. */
export const dataFormats = ["html", "csv", "txt", "vcard", "md"] as const;
export type DataFormat = (typeof dataFormats)[number];

/** What is written where nobody says. */
export const usualFormats: Readonly<Record<DataKind, readonly DataFormat[]>> = {
  messages: ["html"],
  contacts: ["vcard"],
  notes: ["html"],
  calls: ["csv"],
  "voice-memos": [],
};

/** Ids of conversations, contacts, notes, calls, memos. */
export type ChosenIds = Readonly<Partial<Record<DataKind, ReadonlySet<string>>>>;

/** What each kind has. Voice memos have their recordings, which are written with every form. */
export const kindFormats: Readonly<Record<DataKind, readonly DataFormat[]>> = {
  messages: ["html", "txt", "csv"],
  contacts: ["vcard", "csv"],
  notes: ["html", "md"],
  calls: ["csv", "html"],
  "voice-memos": [],
};

/** What a person wants of it. */
export interface DataChoice {
  /** Undefined: what is usual for each kind. */
  readonly formats: readonly DataFormat[] | undefined;
  readonly since?: Date;
  /** Up to here, not including it. */
  readonly until?: Date;
  /** A part of a conversation's name. */
  readonly chat?: string;
  /** A part of a person's name or address. */
  readonly contact?: string;
  readonly text?: string;
  /** By kind, those that were chosen one by one; all of a kind that is not in it. */
  readonly ids?: ChosenIds;
  readonly vcard: "3.0" | "4.0";
  /** Cards of one person stay apart. */
  readonly isRaw?: boolean;
  /** A file for each contact, besides the one of all. */
  readonly isEach?: boolean;
  readonly notePasswords: readonly string[];
}

export interface ExportContext extends AbortOptions {
  readonly files: PhoneFiles;
  readonly out: ExportFiles;
  readonly privately: PrivateFolder;
  readonly choice: DataChoice;
  /** Undefined: attachments stay as they are, without copies. */
  readonly copies?: AttachmentCopies;
  readonly people: () => Promise<People>;
  /** How far a kind is. */
  readonly onProgress: (kind: DataKind, done: number, of: number | undefined) => void;
}

export function wants({ choice }: Pick<ExportContext, "choice">, kind: DataKind, format: DataFormat): boolean {
  return kindFormats[kind].includes(format) && (choice.formats ?? usualFormats[kind]).includes(format);
}

/** In words, what a damaged database did not give. */
export function lossWords({ table, rows, why }: Loss): string {
  return `${rows === undefined ? "rows" : `${rows} ${rows === 1 ? "row" : "rows"}`} of ${table} (${why})`;
}

/** Accents and case apart. */
export function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Whether one text has the words of another. */
export function holds(text: string, wanted: string | undefined): boolean {
  return wanted === undefined || folded(text).includes(folded(wanted));
}

/** Whether it is among those that were chosen one by one, where some were. */
export function isAmong({ ids }: Pick<DataChoice, "ids">, kind: DataKind, id: string): boolean {
  return ids?.[kind]?.has(id) ?? true;
}

/** Whether a time is in the choice; what has none is only in where nobody asked. */
export function isInTime(at: string | undefined, { since, until }: Pick<DataChoice, "since" | "until">): boolean {
  if (!since && !until) return true;
  if (at === undefined) return false;
  const ms = Date.parse(at);
  return (!since || ms >= since.getTime()) && (!until || ms < until.getTime());
}

/** JSON that people and programs compare line by line: an entry a line. */
export function jsonLines(entries: readonly unknown[]): string {
  return entries.length === 0 ? "[]\n" : `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`;
}
