/** What a transfer is asked for. */

import type { LibraryOptions, RollProgress } from "../library/index.ts";
import type { CameraRoll } from "../library/roll.ts";
import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import type { AppError } from "../shared/errors.ts";
import type { DestinationFolder, Place } from "./destination/place.ts";
import type { TargetFileSystem } from "./destination/target-file-system.ts";
import type { TransferKind, VerifyMode } from "./events.ts";
import type { ExtrasOptions } from "./extras/options.ts";
import type { PartChoice } from "./plan/part-choice.ts";
import type { PathTemplate } from "./plan/path-template.ts";
import type { Selection } from "./plan/selection.ts";
import type { Pause } from "./run/pause.ts";

/** All that a transfer goes by. Put together by `app`, from what a person chose. */
export interface TransferOptions extends AbortOptions {
  /** Where to, as it was inspected: at most its last folder does not exist yet. */
  readonly folder: DestinationFolder;
  /** How the place is reached; by its kind when not given. */
  readonly place?: Place | undefined;
  /** How paths in the destination are made; see `templateIsDefault`. */
  readonly template: PathTemplate;
  /** Nobody asked for this template: the one that was kept for this phone in this destination goes before it. */
  readonly templateIsDefault?: boolean;
  /** Keeps the template in the destination, for later runs of this phone. */
  readonly keepTemplate?: boolean;
  /** Which photos. Those that are not chosen end as `skipped`, with the reason. */
  readonly selection: Selection;
  /** Which files of each photo. */
  readonly parts: PartChoice;
  /** What is made beside the photos. */
  readonly extras: ExtrasOptions;
  /** A folder outside of `folder` that copies in other forms go to, as it was inspected. */
  readonly copiesApart?: DestinationFolder | undefined;
  /** The best version on the phone of what is only in iCloud. */
  readonly derivatives?: boolean;
  /** What chat programs keep too. */
  readonly messengers?: boolean;
  /** A folder on the phone that is looked at besides those where photos are. */
  readonly extraFolder?: string | undefined;
  /** Keep the phone's library beside the run's log. */
  readonly snapshot?: boolean;
  /** The phone as it was looked at before, by whoever chose from it: it is not listed again. */
  readonly roll?: CameraRoll | undefined;
  /** Where phones' libraries are copied to; without it files alone are looked at. */
  readonly library?: LibraryOptions | undefined;
  /** Held by whoever may pause the run; absent where nobody can. */
  readonly pause?: Pause;
  /** How copies are proven before they get their names. */
  readonly verify: VerifyMode;
  /** How long a phone that is lost or locked is waited for, each time, before the run stops. */
  readonly waitMs: number;
  /** Room that must be left on the destination; 0 by default. */
  readonly reservedBytes?: number;
  /** Waits for another run in the same destination instead of failing with `destination-in-use`. */
  readonly waitForLock: boolean;
  /** Asked whether a lock whose holder gave no sign of life for long is to be broken; without it, it is not. */
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
  /** What time it is, and how to wait; a test's is virtual. */
  readonly clock: Clock;
  /** Of this process, for the lock's file: others are told whom to wait for. */
  readonly pid: number;
  /** Whether everything is meant or a choice; `export` by default. */
  readonly kind?: TransferKind;
  /** A new destination may begin where another is remembered: a person says so. */
  readonly newDestination?: boolean;
  /** False where this computer shall not remember the destination, as for a demonstration. */
  readonly remember?: boolean;
  /** The destination could not be remembered: whether its disk is there the next time will not be noticed. */
  readonly onUnremembered?: (error: Error) => void;
  /** As a person typed it, for the history. */
  readonly command: string;
  /** Register files that are there already and the same, instead of copying them. */
  readonly adopt: boolean;
  /** Which names and sizes to keep to; `auto` asks the disk. */
  readonly targetFileSystem: TargetFileSystem;
  /** The person's data folder: catalogs of shares are kept there. */
  readonly dataFolder: string;
  /** Whether the destination is a share whose locking cannot be trusted; found out when not given. */
  readonly onShare?: boolean;
  /** Nothing is written, not even a folder. */
  readonly dryRun: boolean;
  /** Called often while the phone is listed and its heads are read. */
  readonly onListing?: (progress: RollProgress) => void;
  /** Called once, with who has the lock, when it is waited for. */
  readonly onLockWait?: (holder: string) => void;
  /** The phone was lost while it was listed, and is waited for. */
  readonly onPhoneWait?: (error: AppError) => void;
}
