/** What the backup service of a mock iPhone has and does, as data: part of a phone's description. Read first: `BackupDescription`. */

/** Everything has a default: a small phone without a passcode and without a backup password. */
export interface BackupDescription {
  /** Entries besides the camera roll, which is made of the phone's own files. A small tree where it is not given. */
  readonly entries?: readonly BackupEntryDescription[];
  /** False: nothing of the phone's own files is in the backup. */
  readonly cameraRoll?: boolean;
  /** Backups are encrypted from the start. */
  readonly password?: string;
  /** Rounds of key derivation; 10,000,000 and 10,000 on phones. */
  readonly rounds?: { readonly outer: number; readonly inner: number };
  /** Absent: the phone has no passcode. */
  readonly passcode?: PasscodeScript;
  readonly findMy?: boolean;
  /** 400 on every system since iOS 5. */
  readonly linkVersion?: number;
  /** Lengths of the data frames of a file, in turn. */
  readonly frameBytes?: readonly number[];
  /** The last frame of a file has code 0x0B, without text. */
  readonly endsWithErrorCode?: boolean;
  /** Most data bytes of one upload; a larger file goes alone. */
  readonly batchBytes?: number;
  /** The phone begins whatever the disk has room for, as where others fill it meanwhile. */
  readonly ignoresSpace?: boolean;
  /** Files that it could not read to their end are nothing to the phone: it says that the backup is complete. */
  readonly forgivesUnreadable?: boolean;
  /** Between the request and the first message after the passcode. */
  readonly scanMs?: number;
  /** Between the detach and the attach of a reboot. */
  readonly rebootMs?: number;
  readonly faults?: readonly BackupFault[];
  /** Sent in the place of a backup: a phone that means harm, or is broken. */
  readonly script?: readonly ScriptStep[];
}

/** How the owner answers the question for the passcode. Unanswered ones end after `unansweredMs`, 3 minutes on phones. */
export type PasscodeScript =
  | { readonly answer: "entered"; readonly afterMs: number }
  | { readonly answer: "denied"; readonly afterMs: number }
  | { readonly answer: "none"; readonly unansweredMs?: number };

/** One entry of the phone's file system. Its bytes are said as a file's are; a file with none of them is empty. */
export interface BackupEntryDescription {
  readonly domain: string;
  /** Empty for the domain's own folder. */
  readonly path: string;
  readonly kind?: "file" | "folder" | "link";
  readonly file?: string;
  readonly base64?: string;
  readonly generated?: { readonly bytes: number; readonly seed: number };
  /** ISO 8601, or nanoseconds since 1970 as decimal text. */
  readonly modified?: string;
  readonly born?: string;
  readonly target?: string;
  readonly mode?: number;
  /** 1 to 4; 3 when not given. */
  readonly protectionClass?: number;
  /** Only in an encrypted backup: passwords, health, calls. */
  readonly onlyEncrypted?: boolean;
  /** Attributes by name, their bytes in base64. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * What strikes, and when: at the `nth` message of a name, counted from 1, or when so many bytes of an operation have been sent,
 * between the frames of a file.
 */
export interface BackupFault {
  readonly when: {
    readonly message?: string;
    readonly nth?: number;
    readonly afterBytes?: number;
    /** How the phone's own name of the file ends that is being sent. */
    readonly file?: string;
  };
  readonly do:
    | { readonly type: "disconnect" }
    | { readonly type: "unplug"; readonly replugMs?: number }
    | { readonly type: "stall"; readonly ms?: number }
    /** The operation ends with this response. */
    | { readonly type: "response"; readonly code: number; readonly text: string }
    /** The file that is being sent cannot be read on. */
    | { readonly type: "unreadable"; readonly text: string }
    /** The owner taps Cancel. */
    | { readonly type: "cancel" }
    | { readonly type: "garbage" };
  readonly times?: number;
}

/** One step of a script. `raw` is base64 and goes out as it is; answers are read after `message` unless it says otherwise. */
export type ScriptStep =
  | { readonly message: readonly unknown[]; readonly answers?: boolean }
  /** An upload of files that are called so. */
  | { readonly upload: readonly { readonly path: string; readonly base64?: string }[] }
  /** A request for files; what comes is remembered. */
  | { readonly download: readonly string[] }
  | { readonly raw: string }
  | { readonly endless: { readonly path: string; readonly frameBytes: number } }
  | { readonly waitMs: number };
