/** The whole UI as one plain value: a union on `screen`, so that impossible combinations cannot be written down. */
import type { DeviceSummary, TrustState } from "../device/index.ts";

/** One photo or video as a row shows it. Text is printable already. */
export interface UiItem {
  readonly id: string;
  readonly name: string;
  readonly date: string;
  readonly kind: string;
  readonly bytes: number;
  readonly files: number;
  readonly folder: string;
  /** Label and value, for the pane beside the list. */
  readonly details: readonly (readonly [string, string])[];
}

/** An entry of the tree on the left: which items it shows. */
export interface UiGroup {
  readonly label: string;
  readonly count: number;
  readonly match: { readonly kind?: string; readonly folder?: string };
}

export interface ConnectState {
  readonly screen: "connect";
  readonly devices: readonly DeviceSummary[];
  readonly cursor: number;
  /** Why no phone can be seen, with the one thing to do. */
  readonly problem?: { readonly message: string; readonly remedy: string } | undefined;
  /** The phone being opened, with what its Trust question is waiting for. */
  readonly opening?:
    | { readonly name: string; readonly trust?: TrustState; readonly read: number; readonly toRead: number }
    | undefined;
}

export interface BrowseState {
  readonly screen: "browse";
  readonly phone: string;
  /** Newest first. */
  readonly items: readonly UiItem[];
  readonly groups: readonly UiGroup[];
  readonly group: number;
  readonly cursor: number;
  readonly focus: "groups" | "items";
  /** Ids of what is chosen. */
  readonly chosen: readonly string[];
  readonly filter: string;
  readonly filtering: boolean;
  /** Where the last export went, offered again. */
  readonly lastDestination: string;
}

export interface ExportState {
  readonly screen: "export";
  readonly browse: BrowseState;
  readonly destination: string;
  readonly error?: string | undefined;
}

export interface ProgressState {
  readonly screen: "progress";
  readonly browse: BrowseState;
  readonly destination: string;
  readonly done: { readonly items: number; readonly bytes: number };
  readonly toCopy: { readonly items: number; readonly bytes: number };
  readonly bytesPerSecond: number;
  readonly active: readonly string[];
  readonly failures: readonly string[];
  readonly waiting?:
    | { readonly message: string; readonly remedy: string; readonly remainingSeconds: number }
    | undefined;
  readonly cancelling: boolean;
}

export interface SummaryState {
  readonly screen: "summary";
  readonly browse: BrowseState;
  readonly lines: readonly string[];
}

export type Screen = ConnectState | BrowseState | ExportState | ProgressState | SummaryState;
export type State = Screen & { readonly help: boolean };

export const initialState: State = { screen: "connect", devices: [], cursor: 0, help: false };
