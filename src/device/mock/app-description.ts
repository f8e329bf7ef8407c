/** The apps of a mock iPhone as data: part of a phone's description. Read first: `AppDescription`. */

/** One app. */
export interface AppDescription {
  readonly id: string;
  readonly name?: string;
  /** `User` by default; others are not listed to whoever asks for those. */
  readonly type?: "User" | "System";
  /** From the App Store: with a right to run it and metadata; true by default. */
  readonly fromStore?: boolean;
  /** Bytes of its metadata; 300 by default. */
  readonly metadataBytes?: number;
  /** A picture of its own; true by default. */
  readonly icon?: boolean;
}

/** How its services answer. */
export interface AppsBehaviour {
  /** In one message; 20 by default. */
  readonly atOnce?: number;
  /** Instead of the second message, or of the first where there is one alone. */
  readonly fault?: "error" | "garbage" | "oversize" | "cut" | "silent" | "endless" | "unknown-status";
  /** There is no such service. */
  readonly isMissing?: boolean;
  /** Of pictures: the service is not there, or ends after the first. */
  readonly icons?: "missing" | "cut";
}

/** What a phone has that nobody described. */
export const usualApps: readonly AppDescription[] = [
  { id: "org.example.notes", name: "Notes of Example" },
  { id: "org.example.Grüße-😀", name: "Grüße & <Küsse>" },
  { id: "org.example.unsigned", name: "Built at home", fromStore: false },
  { id: "com.apple.mobilesafari", name: "Safari", type: "System" },
];
