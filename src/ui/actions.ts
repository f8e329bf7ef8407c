/** What can happen to the UI, and what it can ask for. Both are values. */
import type { DeviceSummary, TrustState } from "../device/index.ts";
import type { UiItem } from "./state.ts";

export type Action =
  // keys
  | { readonly type: "move"; readonly by: number }
  | { readonly type: "edge"; readonly to: "first" | "last" }
  | { readonly type: "focus"; readonly on: "groups" | "items" }
  | { readonly type: "enter" }
  | { readonly type: "back" }
  | { readonly type: "toggle" }
  | { readonly type: "chooseAll" }
  | { readonly type: "chooseNone" }
  | { readonly type: "invert" }
  | { readonly type: "filter" }
  | { readonly type: "export" }
  | { readonly type: "help" }
  | { readonly type: "quit" }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "erase" }
  // the world
  | { readonly type: "devices"; readonly devices: readonly DeviceSummary[] }
  | { readonly type: "problem"; readonly message: string; readonly remedy: string }
  | { readonly type: "trust"; readonly state: TrustState }
  | { readonly type: "reading"; readonly read: number; readonly toRead: number }
  | { readonly type: "opened"; readonly phone: string; readonly items: readonly UiItem[]; readonly destination: string }
  | { readonly type: "openFailed"; readonly message: string; readonly remedy: string }
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
  | { readonly type: "exportFailed"; readonly message: string }
  | { readonly type: "finished"; readonly lines: readonly string[] };

export type Effect =
  | { readonly type: "open"; readonly device: DeviceSummary }
  | { readonly type: "startExport"; readonly destination: string; readonly ids: readonly string[] }
  | { readonly type: "cancelExport" }
  | { readonly type: "close" }
  | { readonly type: "quit" };
