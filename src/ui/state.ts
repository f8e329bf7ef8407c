/** The whole UI as one plain value: a union on `screen`, so that impossible combinations cannot be written down. */

import type { ExportSettings } from "../app/export-choices.ts";
import type { ConsentState, DeviceSummary } from "../device/index.ts";
import type { DeviceNoun, PhotoPart } from "../device/media-source.ts";
import type { DataKind } from "../phone-data/index.ts";
import type { Chosen } from "./chosen.ts";
import type { DataExportSettings, DataList, DataWaits, ItemView, PhoneDataSeen } from "./data-state.ts";
import type { UiGroup, UiMatch } from "./groups.ts";
import type { UiItem } from "./items.ts";
import type { Line } from "./line-edit.ts";
import type { Size } from "./size.ts";

/** The list of phones, before one is open. */
export interface ConnectState {
  readonly screen: "connect";
  readonly devices: readonly DeviceSummary[];
  readonly cursor: number;
  /** Why no phone can be seen, with the one thing to do. */
  readonly problem?: { readonly message: string; readonly remedy: string } | undefined;
  /** Why a phone that is there could not be opened; until something else is tried with it, or it is gone. */
  readonly failed?: { readonly id: string; readonly message: string; readonly remedy: string } | undefined;
  /** The phone being opened, with what its Trust question is waiting for. */
  readonly opening?: Opening | undefined;
  /** The phone that was asked for by name; the only one there is where none was. */
  readonly wanted?: string | undefined;
  /** Ids of phones that are not opened by themselves: somebody went back from them, or they could not be. */
  readonly left: readonly string[];
  /** The demo phone is being plugged in. */
  readonly startingDemo?: boolean;
  /** What was done on this computer without being asked for. */
  readonly notice?: string | undefined;
}

/** How far the phone being opened is. */
export interface Opening {
  readonly id: string;
  readonly name: string;
  readonly trust?: ConsentState;
  readonly read: number;
  readonly toRead: number;
  /** Nobody asked for it: it was the only phone. */
  readonly byItself: boolean;
  /** The export sheet was asked for already. */
  readonly sheet: boolean;
}

/**
 * `sheet-later`: the sheet was asked for and opens when the library is read; `leaving` and `leaving-phone`: the same key again means
 * it; a text is something that was found out without being asked for.
 */
export type Note =
  | "sheet-later"
  | "nothing-to-export"
  | "leaving"
  | "leaving-phone"
  | "unplugged"
  | { readonly text: string };

/** What was chosen as a whole while only the first files were known: what comes later and fits is chosen too. */
export interface ChosenView {
  readonly match: UiMatch | undefined;
  readonly filter: string;
}

/** One phone's photos, and what is chosen of them. */
export interface BrowseState {
  readonly screen: "browse";
  readonly phone: string;
  /** The phone's id, and whether its cable is out. */
  readonly device: string;
  readonly away: boolean;
  /** More phones than this one are plugged in. */
  readonly several: boolean;
  readonly noun: DeviceNoun;
  /** Of a folder in the place of a phone: its path. */
  readonly folder?: string | undefined;
  /** What its photos may have besides their pictures. */
  readonly parts: readonly PhotoPart[];
  /** Newest first. */
  readonly items: readonly UiItem[];
  readonly groups: readonly UiGroup[];
  readonly group: number;
  readonly cursor: number;
  readonly focus: "groups" | "items";
  readonly view: "grid" | "list";
  /** The photo under the cursor alone, large. */
  readonly large: boolean;
  /** Ids of what is chosen. */
  readonly chosen: Chosen;
  /** Only while `loading`. */
  readonly chosenViews: readonly ChosenView[];
  /** Where a range begins: the item that was last chosen or dropped. */
  readonly anchor: number | undefined;
  readonly filter: string;
  /** Where the next letter of the filter goes. */
  readonly filterCaret: number;
  readonly filtering: boolean;
  /** Only what the destination does not have yet. */
  readonly onlyNew: boolean;
  /** Ids of what the destination has. */
  readonly exported: ReadonlySet<string>;
  /** Only files have been seen so far; what they are is still being read. */
  readonly loading: { readonly read: number; readonly toRead: number } | undefined;
  /** Said once, until the next key: why something did not happen. */
  readonly note: Note | undefined;
  /** The export that goes on behind. */
  readonly run: RunningExport | undefined;
  readonly settings: ExportSettings;
  /** What the command line takes where it is told no template. */
  readonly usualTemplate: string;
  /** JPEG copies where it is told nothing of them: the setting in force. */
  readonly usualJpeg?: ExportSettings["jpeg"] | undefined;
  /** The template that was kept for this phone at a place: it names the files there, unless another is chosen. */
  readonly kept?: { readonly destination: string; readonly template: string } | undefined;
  /** Free where the settings point to; undefined when that is not known. */
  readonly freeBytes: number | undefined;
  /** What is known of it besides photos; undefined where no backup could hold any of that. */
  readonly data: PhoneDataSeen | undefined;
}

/** What a person said yes to. */
export interface ExportAnswers {
  readonly newDestination?: true;
  /** The run of auto-save there ends, and this one goes on. */
  readonly takeOver?: true;
  readonly breakLock?: true;
}

/** The sheet in which an export is put together. */
export interface ExportState {
  readonly screen: "export";
  readonly browse: BrowseState;
  readonly settings: ExportSettings;
  /** Which line of the sheet has the keys. */
  readonly field: number;
  /** That line as it is being written, where it is one that is written. */
  readonly line: Line;
  /** What chooses the same on the command line; undefined until that is found out. */
  readonly choosing: ChoosingCommands | undefined;
  /** Places to go: recent ones, drives, folders that complete what is written. */
  readonly places: readonly Place[];
  readonly freeBytes: number | undefined;
  readonly error?: string | undefined;
  /** Enter says yes to a question, and to those before it, as long as the place is still that one. */
  readonly asked?: { readonly place: string; readonly yes: ExportAnswers } | undefined;
}

/** The flags that choose the same; undefined where none do. */
export type Choosing = readonly string[] | undefined;

/** For the place that was looked at, and for any other. */
export interface ChoosingCommands {
  readonly here: Choosing;
  readonly elsewhere: Choosing;
}

/** A folder that the sheet proposes. */
export interface Place {
  readonly path: string;
  /** "last time", "drive, 120 GB free". */
  readonly note: string;
}

/** An export as it goes: on its own screen, or behind the photos that are looked at meanwhile. */
export interface RunningExport {
  readonly destination: string;
  readonly done: { readonly items: number; readonly bytes: number };
  readonly toCopy: { readonly items: number; readonly bytes: number };
  readonly bytesPerSecond: number;
  readonly active: readonly string[];
  readonly failures: readonly string[];
  readonly failureCount: number;
  readonly waiting?:
    | { readonly message: string; readonly remedy: string; readonly remainingSeconds: number }
    | undefined;
  /** Copies in another form that are made, once the photos are there. */
  readonly making?: { readonly what: string; readonly done: number; readonly total: number } | undefined;
  readonly paused: boolean;
  readonly cancelling: boolean;
  /** What there is to say of it, once it has ended. */
  readonly outcome?: readonly string[];
  /** It went well, and nobody was asked yet whether this phone shall be backed up by itself. */
  readonly offer?: true | undefined;
}

/** The screen of a running export. */
export interface ProgressState {
  readonly screen: "progress";
  readonly browse: BrowseState & { readonly run: RunningExport };
  /** Whether it shall stop is being asked. */
  readonly asking: boolean;
}

/** What there is to say after an export, in lines that scroll. */
export interface SummaryState {
  readonly screen: "summary";
  readonly browse: BrowseState;
  readonly destination: string;
  readonly lines: readonly string[];
  /** Whether the phone shall be backed up by itself is asked, or was answered; absent where it is not offered. */
  readonly offer?: "asked" | "answered" | undefined;
  /** Of the lines, the first one on the screen. */
  readonly top: number;
}

/** The phone on one page, in lines that scroll. */
export interface PhoneState {
  readonly screen: "phone";
  readonly browse: BrowseState;
  /** Undefined while it is looked at. */
  readonly lines: readonly string[] | undefined;
  readonly top: number;
}

/** One of the phone's folders besides its photos: a list, what is under the cursor, and what is open of it. */
export interface DataState {
  readonly screen: "data";
  readonly browse: BrowseState;
  /** The folder, in the groups of `browse`. */
  readonly group: number;
  readonly kind: DataKind;
  readonly focus: "groups" | "items";
  /** Undefined until it is read. */
  readonly list: DataList | undefined;
  readonly cursor: number;
  /** Of the one under the cursor, where there is room for it. */
  readonly preview: ItemView | undefined;
  /** One of them over the whole width, and the first of its rows on the screen. */
  readonly open: { readonly view: ItemView; readonly top: number } | undefined;
  /** What is being done, in words. */
  readonly working: string | undefined;
  readonly waits: DataWaits | undefined;
  /** What is looked for, while it is being written. */
  readonly finding: Line | undefined;
  /** The password of the locked note that is open, while it is being written. */
  readonly unlocking: { readonly line: Line; readonly isWrong: boolean } | undefined;
  /** Said once, until the next key. */
  readonly note: string | undefined;
}

/** The sheet in which an export of a phone's data is put together; then how it goes, and what came of it. */
export interface DataExportState {
  readonly screen: "dataExport";
  readonly data: DataState;
  readonly settings: DataExportSettings;
  readonly field: number;
  /** That line as it is being written, where it is one that is written. */
  readonly line: Line;
  readonly places: readonly Place[];
  readonly freeBytes: number | undefined;
  readonly error?: string | undefined;
  /** How far it is. */
  readonly run?: { readonly words: string; readonly cancelling: boolean } | undefined;
  /** What came of it, in lines that scroll. */
  readonly outcome?:
    | { readonly lines: readonly string[]; readonly root: string | undefined; readonly top: number }
    | undefined;
}

/** Which screen is shown, with all that it needs; the ones behind it lie inside. */
export type Screen =
  | ConnectState
  | BrowseState
  | ExportState
  | ProgressState
  | SummaryState
  | PhoneState
  | DataState
  | DataExportState;
/** All that the UI is. Serialisable: no functions, no clocks, no handles. */
export type State = Screen & {
  /** The list of keys is shown over the screen. */
  readonly help: boolean;
  /** Of the terminal, in cells. */
  readonly size: Size;
};

/** Before anything is known: no phones, a terminal of the usual size. */
export const initialConnect: ConnectState & Pick<State, "help" | "size"> = {
  screen: "connect",
  devices: [],
  cursor: 0,
  left: [],
  help: false,
  size: { columns: 80, rows: 23 },
};
/** Where the UI begins. */
export const initialState: State = initialConnect;
