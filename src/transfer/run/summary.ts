/** Adds outcomes up to the sum that every report shows. */
import { type AppError, type ErrorCode, remedies } from "../../shared/errors.ts";
import {
  type Failure,
  type ItemOutcome,
  type Outcome,
  outcomes,
  type RunSummary,
  type SkipReason,
  type Tally,
} from "../events.ts";
import type { Plan } from "../plan/plan.ts";
import type { RunOptions } from "./run-options.ts";

/** So many failures, and files that are no photo, are named in the summary; all of them are in the run log. */
export const namedFiles = 20;

/** How the phone's contents came to be known, in the form that summaries have. */
export function libraryOf({ source, why, unknown, lookedInto }: Plan["knowledge"]): RunSummary["library"] {
  return {
    source,
    ...(why === undefined ? {} : { why }),
    unknown: [...unknown].sort(),
    ...(lookedInto ? { lookedInto } : {}),
  };
}

/** Photos and videos that were chosen and cannot be had by this cable; their files are counted by the reason for each. */
export function elsewhereOf({ entries }: Plan): Pick<RunSummary, "iCloudOnly" | "missing"> {
  const photosOf = (reason: SkipReason): number =>
    new Set(entries.flatMap(({ action, photo }) => (action.type === "skip" && action.reason === reason ? [photo] : [])))
      .size;
  return { iCloudOnly: photosOf("icloud-only"), missing: photosOf("missing") };
}

/** Told of every outcome; `finish` gives the summary. */
export class Summary {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #destination: string;
  readonly #startedAt: number;
  readonly #tallies = Object.fromEntries(outcomes.map((o) => [o, { items: 0, bytes: 0 }])) as Record<
    Outcome,
    { items: number; bytes: number }
  >;
  readonly #skipped: Partial<Record<SkipReason, number>> = {};
  readonly #failures: RunSummary["failures"][number][] = [];
  readonly #notMedia: string[] = [];
  readonly #rereads = new Set<"disk" | "cache">();
  readonly #passedOver: string[];
  #failureCount = 0;
  #fromOtherPhones = 0;

  constructor(plan: Plan, options: RunOptions, destination: string) {
    this.#plan = plan;
    this.#options = options;
    this.#destination = destination;
    this.#passedOver = [...(options.passedOver ?? [])].slice(0, namedFiles);
    this.#startedAt = options.clock.now();
  }

  add(result: ItemOutcome): void {
    const tally = this.#tallies[result.outcome];
    tally.items += 1;
    tally.bytes += result.sizeBytes;
    if (result.reason === "other-phone") this.#fromOtherPhones += 1;
    if (result.reread) this.#rereads.add(result.reread);
    for (const name of result.passedOver ?? []) if (this.#passedOver.length < namedFiles) this.#passedOver.push(name);
    if (result.outcome === "skipped") {
      const reason = result.reason as SkipReason;
      this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1;
      if (reason === "not-media" && this.#notMedia.length < namedFiles) this.#notMedia.push(result.path);
    }
    if (result.outcome !== "failed") return;
    this.#failureCount += 1;
    if (this.#failures.length < namedFiles) this.#failures.push(failureOf(result));
  }

  finish(now: number, stoppedBy: AppError | undefined): RunSummary {
    const seconds = Math.max(0, (now - this.#startedAt) / 1000);
    const { verify, runId } = this.#options;
    const [only] = this.#rereads;
    const tallies = this.#tallies as Record<Outcome, Tally>;
    return {
      type: "summary",
      runId,
      ok: this.#failureCount === 0 && stoppedBy === undefined && tallies.cancelled.items === 0,
      listed: this.#plan.listed,
      outcomes: tallies,
      skippedByReason: this.#skipped,
      failures: this.#failures,
      knownFailures: 0,
      removedHere: 0,
      fromOtherPhones: this.#fromOtherPhones,
      moreFailures: this.#failureCount - this.#failures.length,
      notMedia: this.#notMedia,
      ...elsewhereOf(this.#plan),
      availability: this.#plan.availability,
      library: libraryOf(this.#plan.knowledge),
      ...(this.#passedOver.length > 0 ? { passedOver: this.#passedOver } : {}),
      extras: {},
      undated: this.#plan.undated,
      halfPairs: this.#plan.halfPairs,
      seconds,
      bytesPerSecond: seconds > 0 ? tallies.copied.bytes / seconds : 0,
      verify,
      ...(only ? { reread: this.#rereads.size > 1 ? "mixed" : only } : {}),
      destination: this.#destination,
      ...(stoppedBy
        ? { stoppedBy: { code: stoppedBy.code, message: stoppedBy.message, remedy: stoppedBy.remedy } }
        : {}),
    };
  }
}

function failureOf({ path, reason, message = "", remedy }: ItemOutcome): Failure {
  const code = String(reason);
  const isOfCode = remedy === undefined || (Object.hasOwn(remedies, code) && remedies[code as ErrorCode] === remedy);
  return { path, code, message, ...(isOfCode ? {} : { remedy }) };
}
