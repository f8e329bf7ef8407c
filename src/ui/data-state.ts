/** What the UI knows of a phone's messages, contacts, notes, calls and memos: values, as everything in the state. */
import type { ProposedFolder } from "../app/data-folder.ts";
import type { FormChoice } from "../app/data-forms.ts";
import {
  type Call,
  type Contact,
  type DataEntry,
  type DataKind,
  dataKinds,
  type KindSummary,
  type Message,
  type MessageHit,
  type Note,
  type VoiceMemo,
} from "../phone-data/index.ts";
import type { Line } from "./line-edit.ts";

/** The backup that all of it is read from. */
export interface BackupSeen {
  readonly folder: string;
  /** "3 days ago"; undefined where nothing says it. */
  readonly age: string | undefined;
  readonly isEncrypted: boolean;
  /** Why it is not finished. */
  readonly unfinished: string | undefined;
  /** Of how many it is the newest: of those that are known of this phone; 1 where it was named itself. */
  readonly known: number;
}

/** Those that were chosen one by one, by kind: ids, with what each is called. */
export type ChosenData = Readonly<Partial<Record<DataKind, ReadonlyMap<string, string>>>>;

/** What was found out, and chosen, so far. */
export interface PhoneDataSeen {
  readonly backup: BackupSeen | undefined;
  readonly folders: Readonly<Partial<Record<DataKind, KindSummary>>>;
  readonly chosen: ChosenData;
  /** As the sheet was left. */
  readonly settings: DataExportSettings;
  /** Passwords of locked notes that are known, and used by exports. They themselves are not here. */
  readonly notePasswords?: number;
  /** The folder of the last export, where it is not there now. */
  readonly goneFolder?: string | undefined;
}

/** What is written: those chosen one by one, the folder that is shown, or all folders. */
export type ExportedData = "chosen" | "folder" | "all";
/** What the sheet asks. Dates as they are written. */
export interface DataExportSettings {
  readonly what: ExportedData;
  readonly to: string;
  readonly forms: FormChoice;
  readonly since: string;
  readonly until: string;
}

/** @param kind of the folder that is shown */
export function exportedKinds(
  { what }: Pick<DataExportSettings, "what">,
  kind: DataKind,
  chosen: ChosenData,
): DataKind[] {
  return { chosen: dataKinds.filter((each) => chosen[each]), folder: [kind], all: [...dataKinds] }[what];
}

export const nothingSeen: PhoneDataSeen = {
  backup: undefined,
  folders: {},
  chosen: {},
  settings: { what: "folder", to: "", forms: "usual", since: "", until: "" },
};

/** A line of a list; of a search in all conversations also where it was found. */
export interface DataListEntry extends DataEntry {
  readonly hit?: MessageHit;
}

/** As much of a list as has been read. */
export interface DataList {
  readonly entries: readonly DataListEntry[];
  readonly hasMore: boolean;
  /** How many there are, where that is known. */
  readonly total?: number | undefined;
  /** The words that all of them have. */
  readonly words: string;
}

/** A stretch of a conversation: without so many newer messages. */
export interface DataWindow {
  readonly skip: number;
  /** Rows of the phone, of which reactions are shown on what they are on. */
  readonly rows: number;
  readonly messages: readonly Message[];
}

/** One of them, to be read. */
export type ItemView = { readonly id: string; readonly title: string } & (
  | {
      readonly kind: "messages";
      readonly group: boolean;
      /** The older first. */
      readonly windows: readonly DataWindow[];
      readonly hasOlder: boolean;
      /** The message that was looked for. */
      readonly mark?: string | undefined;
    }
  | { readonly kind: "notes"; readonly note: Note; readonly lines: readonly string[] }
  | { readonly kind: "contacts"; readonly contact: Contact }
  | { readonly kind: "calls"; readonly call: Call }
  | { readonly kind: "voice-memos"; readonly memo: VoiceMemo }
);

/** Why nothing can be read: a password is needed, or there is no backup, or none that can be read. */
export type DataWaits =
  | { readonly why: "locked"; readonly isWrong: boolean; readonly line: Line }
  | { readonly why: "problem"; readonly message: string; readonly steps: readonly string[] };

/** Rows of a list, and of a conversation, that are read at once. */
export const pageRows = 200;
/** Of a conversation that is read through: older stretches take the place of newer ones. */
export const mostWindows = 5;

/** What is to be read. */
export type DataAsk = {
  /** Whose newest backup; a folder where that was named itself. */
  readonly device: string;
  readonly folder: string | undefined;
  /** Its name, ready to be shown. */
  readonly phone: string;
} & (
  | { readonly of: "list"; readonly kind: DataKind; readonly skip: number; readonly words: string }
  | { readonly of: "item"; readonly kind: DataKind; readonly entry: DataListEntry; readonly to: "preview" | "open" }
  | {
      readonly of: "window";
      readonly id: string;
      readonly skip: number;
      readonly limit: number;
      readonly where: "older" | "newer";
    }
);

/** What came of it. */
export type DataTold =
  | { readonly what: "backup"; readonly backup: BackupSeen; readonly folder: ProposedFolder }
  | { readonly what: "folder"; readonly summary: KindSummary }
  | { readonly what: "list"; readonly kind: DataKind; readonly skip: number; readonly list: DataList }
  | { readonly what: "view"; readonly to: "preview" | "open"; readonly view: ItemView }
  | {
      readonly what: "window";
      readonly id: string;
      readonly where: "older" | "newer";
      readonly window: DataWindow;
      readonly hasOlder: boolean;
    }
  /** Words of what goes on; "" where nothing does. */
  | { readonly what: "working"; readonly words: string }
  /** Whether the password opens the locked note; how many are known that have opened one. */
  | { readonly what: "noteTried"; readonly id: string; readonly isOpen: boolean; readonly passwords: number }
  | { readonly what: "waits"; readonly waits: DataWaits }
  | { readonly what: "exporting"; readonly words: string }
  | { readonly what: "exported"; readonly lines: readonly string[]; readonly root: string | undefined }
  | { readonly what: "exportFailed"; readonly message: string };

/** Whether what is open is a note that its password opens. */
export function isLockedNote({ open }: { readonly open: { readonly view: ItemView } | undefined }): boolean {
  return open?.view.kind === "notes" && open.view.note.locked === "classic";
}
