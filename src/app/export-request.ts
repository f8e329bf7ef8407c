/**
 * From what was chosen to `TransferOptions`: the only way there, whoever chose. Flags, the sheet, answers and what is remembered
 * become `ExportChoices`; those become a request, where every default and every setting is filled in; that and a place make the
 * options. The same choices give the same options.
 */
import type { MediaSource } from "../device/media-source.ts";
import type { RollProgress } from "../library/index.ts";
import type { CameraRoll } from "../library/roll.ts";
import type { AppError } from "../shared/errors.ts";
import type { DestinationFolder, TargetFileSystem } from "../transfer/destination/index.ts";
import type { TransferKind } from "../transfer/events.ts";
import type { ExtrasOptions, JpegChoice } from "../transfer/extras/index.ts";
import type { Pause, TransferOptions } from "../transfer/index.ts";
import { everyPart, type PartChoice, PathTemplate, Selection, type SelectionOptions } from "../transfer/plan/index.ts";
import { formsOf, jpegOfSheet } from "./copy-forms.ts";
import type { ExportSettings } from "./export-choices.ts";
import type { Session } from "./session.ts";
import { type ConfigKey, parseDuration, parseVerify } from "./settings/index.ts";

/** What can be chosen for one run. What is left out is as usual for the kind of run, or as the settings say. */
export interface ExportChoices extends Partial<PartChoice> {
  /** Which photos; all that the kind of run takes where nothing is said. */
  readonly selection?: SelectionOptions;
  /** Left out: the one that was kept for this phone at that place, else the usual one. */
  readonly template?: string;
  readonly sidecar?: ExportSettings["sidecar"];
  readonly keywordsFrom?: ExtrasOptions["keywordsFrom"];
  readonly albumsAs?: ExtrasOptions["albumsAs"];
  readonly motion?: ExtrasOptions["motion"];
  /** What is left out is as usual; an empty object asks for JPEGs as they are usually made, false for none whatever the setting. */
  readonly jpeg?: Partial<JpegChoice> | false;
  /** A folder in the destination by its name, or any by its whole path. */
  readonly copiesTo?: string;
  readonly mp4?: boolean;
  readonly derivatives?: boolean;
  readonly messengers?: boolean;
  readonly snapshot?: boolean;
  /** As it is typed: `size`, `hash` or `reread`. */
  readonly verify?: string;
  /** As it is typed: `90s`, `2m`. */
  readonly wait?: string;
  readonly targetFileSystem?: TargetFileSystem;
  readonly waitForLock?: boolean;
  readonly adopt?: boolean;
  readonly dryRun?: boolean;
}

type Asked =
  | "selection"
  | "parts"
  | "extras"
  | "template"
  | "templateIsDefault"
  | "derivatives"
  | "messengers"
  | "snapshot"
  | "verify"
  | "waitMs"
  | "targetFileSystem"
  | "waitForLock"
  | "adopt"
  | "dryRun";

/** A run as it was asked for, with nothing left open but where it goes. */
export interface ExportRequest extends Required<Pick<TransferOptions, Asked>> {
  readonly kind: TransferKind;
  readonly extraFolder: string | undefined;
}

/** Reads a setting; the second argument goes before it. */
export type Settings = (key: ConfigKey, flag?: string) => string | undefined;

/** @throws {UsageError} for a template, a way to verify or a length of time that is none, wherever it was written */
export function requestOf(settings: Settings, kind: TransferKind, choices: ExportChoices): ExportRequest {
  const { selection = {}, sidecar = "none", keywordsFrom, albumsAs = "none", motion = "keep" } = choices;
  const isBackup = kind === "backup";
  return {
    kind,
    // A backup keeps everything but what its owner threw away; an export takes what Photos shows.
    selection: new Selection({
      ...selection,
      hidden: selection.hidden ?? isBackup,
      unpickedBursts: selection.unpickedBursts ?? isBackup,
    }),
    parts: {
      // A backup is there to be gone back to: without its instructions an edit cannot be undone.
      edits: choices.edits ?? (isBackup ? "all" : everyPart.edits),
      live: choices.live ?? everyPart.live,
      raw: choices.raw ?? everyPart.raw,
    },
    extras: {
      sidecar: sidecar === "none" ? undefined : sidecar,
      ...{ keywordsFrom, albumsAs, motion },
      ...formsOf(choices, { jpeg: settings("jpeg"), mp4: settings("mp4") }),
    },
    template: new PathTemplate(settings("template", choices.template) as string),
    templateIsDefault: choices.template === undefined,
    derivatives: choices.derivatives === true,
    messengers: choices.messengers === true,
    extraFolder: selection.folder,
    snapshot: choices.snapshot !== false,
    verify: parseVerify(settings("verify", choices.verify) ?? (isBackup ? "reread" : "hash")),
    waitMs: parseDuration(settings("wait", choices.wait) as string),
    targetFileSystem: choices.targetFileSystem ?? "auto",
    waitForLock: choices.waitForLock === true,
    adopt: choices.adopt === true,
    dryRun: choices.dryRun === true,
  };
}

/** Where a request is carried out, and who is told meanwhile. */
export interface ExportPlace {
  readonly source: MediaSource;
  readonly folder: DestinationFolder;
  /** A person says that a new destination may begin where another is remembered. */
  readonly newDestination: boolean;
  /** As it stands in the history. */
  readonly command: string;
  /** The phone as it was looked at already. */
  readonly roll?: CameraRoll | undefined;
  /** False where this computer shall not remember the place. */
  readonly remember?: boolean;
  readonly pause?: Pause | undefined;
  readonly breakLock?: TransferOptions["breakLock"];
  readonly copiesApart?: DestinationFolder | undefined;
  readonly onUnremembered?: (error: Error) => void;
  readonly onListing?: ((progress: RollProgress) => void) | undefined;
  readonly onLockWait?: ((holder: string) => void) | undefined;
  readonly onPhoneWait?: ((error: AppError) => void) | undefined;
}

export function transferOptions(session: Session, request: ExportRequest, place: ExportPlace): TransferOptions {
  const { clock, pid, signal } = session.context;
  const { source, remember = true, pause, onUnremembered, onListing, onLockWait, onPhoneWait, ...rest } = place;
  return {
    ...request,
    ...rest,
    remember,
    library: session.libraryOf(source),
    dataFolder: session.paths.dataFolder,
    clock,
    pid,
    signal,
    ...(pause ? { pause } : {}),
    ...(onUnremembered ? { onUnremembered } : {}),
    ...(onListing ? { onListing } : {}),
    ...(onLockWait ? { onLockWait } : {}),
    ...(onPhoneWait ? { onPhoneWait } : {}),
  };
}

/**
 * The choices of a sheet, remembered or just filled in. What is as usual is no choice: where the usual template stands, the one that
 * was kept at the place goes before it, as on a command line that names none.
 */
export function choicesOf(sheet: Omit<ExportSettings, "destination">, usualTemplate: string): ExportChoices {
  const { template, edits, live, sidecar, albumsAs, motion, jpeg } = sheet;
  const forms = jpegOfSheet(jpeg);
  return { ...(template === usualTemplate ? {} : { template }), edits, live, sidecar, albumsAs, motion, ...forms };
}
