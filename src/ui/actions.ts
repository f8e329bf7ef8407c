/** What can happen to the UI, and what it can ask for. Both are values. */

import type { ExportSettings } from "../app/export-choices.ts";
import type { ConsentState, DeviceNoun, DeviceSummary, PhotoPart } from "../device/index.ts";
import type { UiGroup } from "./groups.ts";
import type { UiItem } from "./items.ts";
import type { LineEdit } from "./line-edit.ts";
import type { Size } from "./size.ts";
import type { BrowseState, ChoosingCommands, ExportAnswers, Place } from "./state.ts";

export type Action =
  // keys
  | { readonly type: "move"; readonly by: number; readonly axis?: "across" }
  | { readonly type: "page"; readonly by: number }
  | { readonly type: "edge"; readonly to: "first" | "last" }
  | { readonly type: "swapFocus" }
  | { readonly type: "enter" }
  | { readonly type: "back" }
  | { readonly type: "toggle" }
  | { readonly type: "range" }
  | { readonly type: "chooseDay" }
  | { readonly type: "chooseAll" }
  | { readonly type: "chooseNone" }
  | { readonly type: "invert" }
  | { readonly type: "filter" }
  | { readonly type: "view" }
  | { readonly type: "large" }
  | { readonly type: "onlyNew" }
  | { readonly type: "export" }
  | { readonly type: "complete" }
  | { readonly type: "pause" }
  | { readonly type: "openFolder" }
  | { readonly type: "demo" }
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
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "edit"; readonly edit: LineEdit }
  /** The wheel, over what it turned. */
  | { readonly type: "wheel"; readonly on: "groups" | "items"; readonly by: number }
  /** A click on an item, a group or a line of the sheet; twice opens. */
  | { readonly type: "click"; readonly on: "item" | "group" | "device"; readonly index: number }
  | World;

/** What happens without a key. */
export type World =
  | { readonly type: "resize"; readonly size: Size }
  | { readonly type: "devices"; readonly devices: readonly DeviceSummary[] }
  | { readonly type: "problem"; readonly message: string; readonly remedy: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "trust"; readonly state: ConsentState }
  | { readonly type: "reading"; readonly read: number; readonly toRead: number }
  | { readonly type: "opened"; readonly opened: OpenedPhone }
  | { readonly type: "openFailed"; readonly message: string; readonly remedy: string }
  /** The phone that was unplugged can be read again. */
  | { readonly type: "reconnected" }
  | { readonly type: "destination"; readonly exported: ReadonlySet<string>; readonly freeBytes: number | undefined }
  | { readonly type: "places"; readonly places: readonly Place[]; readonly freeBytes: number | undefined }
  | { readonly type: "choosing"; readonly of: BrowseState; readonly choosing: ChoosingCommands }
  | {
      readonly type: "progress";
      readonly done: { items: number; bytes: number };
      readonly toCopy: { items: number; bytes: number };
      readonly bytesPerSecond: number;
      readonly active: readonly string[];
    }
  | { readonly type: "failure"; readonly line: string }
  | { readonly type: "waiting"; readonly message: string; readonly remedy: string; readonly remainingSeconds: number }
  | { readonly type: "resumed" }
  | { readonly type: "exportFailed"; readonly message: string; readonly question?: ExportQuestion }
  | { readonly type: "finished"; readonly lines: readonly string[] };

/**
 * Why an export did not begin, where a yes lets it: `newDestination`, it would begin anew where another destination is remembered;
 * `breakLock`, a run that seems to be over left its lock.
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
  "resumed",
  "exportFailed",
  "finished",
]);

export function isWorld(action: Action): action is World {
  return worldTypes.has(action.type);
}

export interface OpenedPhone {
  readonly device: string;
  readonly phone: string;
  readonly noun: DeviceNoun;
  readonly parts: readonly PhotoPart[];
  /** Newest first. */
  readonly items: readonly UiItem[];
  readonly groups: readonly UiGroup[];
  readonly settings: ExportSettings;
  /** What the command line takes where it is told no template. */
  readonly usualTemplate: string;
  /** Only files have been seen so far. */
  readonly partial: boolean;
  /** Pictures side by side, or a list where the terminal shows none. */
  readonly view: "grid" | "list";
}

export type Effect =
  | { readonly type: "open"; readonly device: DeviceSummary }
  | { readonly type: "demo" }
  | { readonly type: "lookAtDestination"; readonly destination: string }
  | { readonly type: "findPlaces"; readonly destination: string }
  /** Which command chooses the same as the sheet. */
  | { readonly type: "findCommand"; readonly browse: BrowseState }
  | {
      readonly type: "startExport";
      readonly settings: ExportSettings;
      readonly ids: readonly string[];
      /** To what was asked after earlier tries: see `exportFailed`. */
      readonly answers?: ExportAnswers;
    }
  | { readonly type: "pauseExport"; readonly paused: boolean }
  | { readonly type: "cancelExport" }
  | { readonly type: "openFolder"; readonly path: string }
  /** Waits until the phone that was unplugged can be read again. */
  | { readonly type: "reconnect" }
  | { readonly type: "close" }
  | { readonly type: "quit" };
