/** What a run needs besides its plan. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { VerifyMode } from "../events.ts";
import type { UnknownFiles } from "../plan/known-files.ts";
import type { OtherPhones } from "../plan/other-phones.ts";
import type { Pause } from "./pause.ts";

/** The run's surroundings. `clock`, `catalog` and callbacks belong to the caller. */
export interface RunOptions extends AbortOptions {
  readonly runId: string;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly verify: VerifyMode;
  /** Files in the destination that may be adopted instead of copied. */
  readonly unknownFiles?: UnknownFiles | undefined;
  /** Copies from other phones that may stand for this phone's files too; undefined where each phone keeps its own. */
  readonly others?: OtherPhones | undefined;
  /** Room to leave on the disk; 16 MB when not given. */
  readonly reservedBytes?: number | undefined;
  /** Held while its switch is set. */
  readonly pause?: Pause | undefined;
  /** How long a lost or locked phone is waited for. */
  readonly waitMs: number;
  /** Names in the destination that the plan passed over, for the summary. */
  readonly passedOver?: ReadonlySet<string> | undefined;
}
