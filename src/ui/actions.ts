/** What can happen to the UI, and what it can ask for. Both are values. */

import type { ExportSettings } from "../app/export-choices.ts";
import type { ConsentState, DeviceSummary } from "../device/index.ts";
import type { DeviceNoun, PhotoPart } from "../device/media-source.ts";
import type { DataKind } from "../phone-data/index.ts";
import type { ChosenData, DataAsk, DataExportSettings, DataTold } from "./data-state.ts";
import type { UiGroup } from "./groups.ts";
import type { UiItem } from "./items.ts";
import type { LineEdit } from "./line-edit.ts";
import type { Size } from "./size.ts";
import type { BrowseState, ChoosingCommands, ExportAnswers, Place } from "./state.ts";

/** Whatever the reducer is told: a key that the keymap translated, the mouse, or `World`. Plain values. */
export type Action =
  // keys
  /** The cursor by so many rows, or columns with `axis`; negative goes up or left. */
  | { readonly type: "move"; readonly by: number; readonly axis?: "across" }
  /** By so many screens. */
  | { readonly type: "page"; readonly by: number }
  /** To the first or last row. */
  | { readonly type: "edge"; readonly to: "first" | "last" }
  /** Between the groups and the photos. */
  | { readonly type: "swapFocus" }
  /** Opens, or says yes to what is asked. */
  | { readonly type: "enter" }
  /** One step towards the list of phones; drops a filter or a question first. */
  | { readonly type: "back" }
  /** Selects the item under the cursor, or drops it. */
  | { readonly type: "toggle" }
  /** Ask for the password of the locked note that is open. */
  | { readonly type: "unlockNote" }
  /** Selects from the last selection to the cursor. */
  | { readonly type: "range" }
  /** Selects the day under the cursor, or drops it where all of it was selected. */
  | { readonly type: "chooseDay" }
  /** Selects all that the group and the filter show. */
  | { readonly type: "chooseAll" }
  /** Drops every selection, shown or not. */
  | { readonly type: "chooseNone" }
  /** Swaps selected and not selected in what is shown. */
  | { readonly type: "invert" }
  /** Begins to write in the search line. */
  | { readonly type: "filter" }
  /** Swaps pictures and list. */
  | { readonly type: "view" }
  /** Shows one photo alone, or all again. */
  | { readonly type: "large" }
  /** Hides what the destination has, or shows it again. */
  | { readonly type: "onlyNew" }
  /** Opens the export sheet for the selection, or for all that is shown. */
  | { readonly type: "export" }
  /** Completes the folder that is being written in the sheet. */
  | { readonly type: "complete" }
  /** Pauses the running export, or goes on with it. */
  | { readonly type: "pause" }
  /** Shows the destination in the desktop's file manager. */
  | { readonly type: "openFolder" }
  /** Shows the phone on one page: storage, cloud, backup. */
  | { readonly type: "phonePage" }
  /** To the next of the phone's folders besides its photos. */
  | { readonly type: "dataFolders" }
  /** This phone shall be backed up by itself from now on. */
  | { readonly type: "autosave" }
  /** Plugs the simulated phone in. */
  | { readonly type: "demo" }
  /** Shows all keys, or hides them. */
  | { readonly type: "help" }
  /** At once, whatever is going on. */
  | { readonly type: "quit" }
  /** Asks again where that stops something. */
  | { readonly type: "leave" }
  /** Back to the photos while the export goes on. */
  | { readonly type: "meanwhile" }
  /** Asks whether the export shall stop; the second time it does. */
  | { readonly type: "stop" }
  /** What is looked for is looked for in everything, not only in the group. */
  | { readonly type: "everywhere" }
  /** What was typed or pasted where a line is being written. */
  | { readonly type: "text"; readonly text: string }
  /** A key that edits that line: Ctrl-U, Home … */
  | { readonly type: "edit"; readonly edit: LineEdit }
  /** The wheel, over what it turned. */
  | { readonly type: "wheel"; readonly on: "groups" | "items"; readonly by: number }
  /** A click on an item, a group or a line of the sheet; twice opens. */
  | { readonly type: "click"; readonly on: "item" | "group" | "device"; readonly index: number }
  | World;

/** What happens without a key. */
export type World =
  /** The terminal has another size. */
  | { readonly type: "resize"; readonly size: Size }
  /** The phones that are attached now: the whole list. */
  | { readonly type: "devices"; readonly devices: readonly DeviceSummary[] }
  /** Why no phone can be seen. */
  | { readonly type: "problem"; readonly message: string; readonly remedy: string }
  /** Something was done without being asked for. */
  | { readonly type: "notice"; readonly text: string }
  /** What the phone being opened is waiting for. */
  | { readonly type: "trust"; readonly state: ConsentState }
  /** How far its photos have been read: files, of so many. */
  | { readonly type: "reading"; readonly read: number; readonly toRead: number }
  /** Its photos, first `partial`, then all. */
  | { readonly type: "opened"; readonly opened: OpenedPhone }
  /** It could not be opened. */
  | { readonly type: "openFailed"; readonly message: string; readonly remedy: string }
  /** The phone that was unplugged can be read again. */
  | { readonly type: "reconnected" }
  /** Ids of what the destination has already, and the room there. */
  | {
      readonly type: "destination";
      readonly exported: ReadonlySet<string>;
      readonly freeBytes: number | undefined;
      /** See `BrowseState.kept`. */
      readonly kept?: BrowseState["kept"];
    }
  /** What the sheet proposes for the folder that is being written. */
  | { readonly type: "places"; readonly places: readonly Place[]; readonly freeBytes: number | undefined }
  /** The flags that choose the same; `of` is the state that they were found for. */
  | { readonly type: "choosing"; readonly of: BrowseState; readonly choosing: ChoosingCommands }
  /** How far the export is; merged to a few a second. */
  | {
      readonly type: "progress";
      readonly done: { items: number; bytes: number };
      readonly toCopy: { items: number; bytes: number };
      readonly bytesPerSecond: number;
      readonly active: readonly string[];
    }
  /** One file could not be copied: a line for the list. */
  | { readonly type: "failure"; readonly line: string }
  /** The export waits for the phone. */
  | { readonly type: "waiting"; readonly message: string; readonly remedy: string; readonly remainingSeconds: number }
  /** Copies in another form are made, by the ending of their names: the phone is needed no more. */
  | { readonly type: "making"; readonly what: string; readonly done: number; readonly total: number }
  /** The phone is back, and the export goes on. */
  | { readonly type: "resumed" }
  /** What there is to say of the phone that is open. */
  | { readonly type: "data"; readonly told: DataTold }
  | { readonly type: "described"; readonly lines: readonly string[] }
  /** It did not begin; a yes to `question` lets it. */
  | { readonly type: "exportFailed"; readonly message: string; readonly question?: ExportQuestion }
  /** It ended, with what there is to say of it. */
  | { readonly type: "finished"; readonly lines: readonly string[]; readonly offer?: true }
  /** What came of setting the phone up to be backed up by itself. */
  | { readonly type: "autosaved"; readonly lines: readonly string[] };

/**
 * Why an export did not begin, where a yes lets it: `newDestination`, it would begin anew where another destination is remembered;
 * `breakLock`, a run that seems to be over left its lock; `takeOver`, auto-save copies the phone there now.
 */
export interface ExportQuestion {
  readonly about: keyof ExportAnswers;
  readonly answered: ExportAnswers;
}

const worldTypes: ReadonlySet<Action["type"]> = new Set<World["type"]>([
  "resize",
  "devices",
  "problem",
  "notice",
  "trust",
  "reading",
  "opened",
  "openFailed",
  "reconnected",
  "destination",
  "places",
  "choosing",
  "progress",
  "failure",
  "waiting",
  "making",
  "resumed",
  "described",
  "data",
  "exportFailed",
  "finished",
  "autosaved",
]);

/** Whether it happened without a key: then it reaches the photos behind every screen. */
export function isWorld(action: Action): action is World {
  return worldTypes.has(action.type);
}

/** A phone whose photos are known, as the UI holds them. */
export interface OpenedPhone {
  readonly device: string;
  readonly phone: string;
  readonly noun: DeviceNoun;
  /** Of a folder in the place of a phone: its path. */
  readonly folder?: string | undefined;
  readonly parts: readonly PhotoPart[];
  /** Newest first. */
  readonly items: readonly UiItem[];
  readonly groups: readonly UiGroup[];
  readonly settings: ExportSettings;
  /** What the command line takes where it is told no template. */
  readonly usualTemplate: string;
  /** JPEG copies where it is told nothing of them: the setting in force. */
  readonly usualJpeg?: ExportSettings["jpeg"] | undefined;
  /** Only files have been seen so far. */
  readonly partial: boolean;
  /** Whether a backup of it could hold messages, contacts … */
  readonly hasData: boolean;
  /** Pictures side by side, or a list where the terminal shows none. */
  readonly view: "grid" | "list";
}

/** What the reducer asks for. Values: `effects.ts` does the work and answers with actions. */
export type Effect =
  /** Trust, list and read this phone. */
  | { readonly type: "open"; readonly device: DeviceSummary }
  /** Start the simulated phone. */
  | { readonly type: "demo" }
  /** Find out what that folder has of this phone; answered by `destination`. */
  | { readonly type: "inspectDestination"; readonly destination: string }
  /** Find folders to propose for what is written; answered by `places`. */
  | { readonly type: "findPlaces"; readonly destination: string }
  /** Which command chooses the same as the sheet. */
  | { readonly type: "findCommand"; readonly browse: BrowseState }
  /** Begin an export of these photos; answered by `progress` … `finished`. */
  | {
      readonly type: "startExport";
      readonly settings: ExportSettings;
      readonly ids: readonly string[];
      /** To what was asked after earlier tries: see `exportFailed`. */
      readonly answers?: ExportAnswers;
    }
  /** Hold the running export, or let it go on. */
  | { readonly type: "pauseExport"; readonly paused: boolean }
  /** End it cleanly; what was copied stays. */
  | { readonly type: "cancelExport" }
  /** Find out how the phone and its backup stand; answered by `described`. */
  | { readonly type: "describePhone" }
  /** Read this of the phone's newest backup; answered by `data`. What was asked before, and is not answered, is left. */
  | { readonly type: "readData"; readonly ask: DataAsk }
  /** Opens the backup that waits for its password. */
  | { readonly type: "unlockData"; readonly password: string }
  /** Tries a password on a locked note, and then reads it. */
  | { readonly type: "unlockNote"; readonly ask: DataAsk; readonly password: string }
  /** Writes of it what was chosen; answered by `data`. */
  | {
      readonly type: "exportData";
      readonly settings: DataExportSettings;
      readonly kinds: readonly DataKind[];
      readonly ids: ChosenData;
    }
  | { readonly type: "cancelDataExport" }
  /** Have this phone backed up by itself to that place; answered by `autosaved`. */
  | { readonly type: "turnOnAutosave"; readonly phone: string; readonly to: string }
  /** Show a folder in the desktop's file manager. */
  | { readonly type: "openFolder"; readonly path: string }
  /** Waits until the phone that was unplugged can be read again. */
  | { readonly type: "reconnect" }
  /** Let go of the phone. */
  | { readonly type: "close" }
  /** Give the terminal back and end. */
  | { readonly type: "quit" };
