/** What the watcher knew when it was last asked: read by whoever shows it, and by the watcher itself after a start. */
import * as v from "valibot";
import { type ErrorCode, remedies, UsageError } from "../shared/errors.ts";
import { writeOwnFile } from "../shared/own-files.ts";
import { readPlainText } from "../shared/plain-file.ts";
import { type JobRecord, waits } from "./job.ts";
import type { NoticeMemory } from "./notices.ts";
import type { WholeRecord } from "./whole/duty.ts";

/** The jobs' memory, and the notices'. */
export interface AutosaveState extends NoticeMemory {
  readonly jobs: readonly JobRecord[];
  /** Of phones as a whole. */
  readonly whole?: readonly WholeRecord[] | undefined;
}

export interface StateRead {
  readonly state: AutosaveState;
  /** Why what was remembered is lost, in words; nothing but status and silence depends on it. */
  readonly problem?: string;
}

const NumberSchema = v.pipe(v.number(), v.finite());
const DaySchema = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));

const JobStateSchema = v.variant("is", [
  v.object({ is: v.picklist(["idle", "copying", "done"]) }),
  v.object({ is: v.literal("waiting"), for: v.picklist(waits) }),
  v.object({ is: v.literal("problem"), code: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/i)) }),
]);

const causes = ["brought", "phone-backup-made", ...(Object.keys(remedies) as ErrorCode[])] as const;

const StateSchema = v.object({
  jobs: v.array(
    v.object({
      phone: v.string(),
      copy: v.optional(v.string()),
      state: JobStateSchema,
      lastRun: v.optional(NumberSchema),
      lastComplete: v.optional(NumberSchema),
      isUnfinished: v.optional(v.boolean()),
      isBehind: v.optional(v.boolean()),
      dailyOn: v.optional(DaySchema),
    }),
  ),
  whole: v.optional(
    v.array(
      v.object({
        phone: v.string(),
        state: JobStateSchema,
        takenAt: v.optional(NumberSchema),
        passcode: v.optional(v.object({ isAsked: v.boolean(), at: NumberSchema })),
        failedOn: v.optional(DaySchema),
      }),
    ),
  ),
  told: v.record(v.string(), DaySchema),
  held: v.array(
    v.object({
      cause: v.picklist(causes),
      phone: v.string(),
      copy: v.optional(v.string()),
      count: v.optional(NumberSchema),
      isPart: v.optional(v.boolean()),
      whole: v.optional(v.literal(true)),
    }),
  ),
});

const version = 1;
const nothing: AutosaveState = { jobs: [], told: {}, held: [] };

/**
 * A damaged file is told and counts as none: a watcher that would not start for it saves nobody's photos.
 * @throws {UsageError} `config-invalid` for a newer version's file, which must not be written over
 */
export function readState(file: string): StateRead {
  let value: unknown;
  try {
    value = JSON.parse(readPlainText(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { state: nothing } : { state: nothing, problem: `${file} cannot be read: ${message}` };
  }
  const written = v.safeParse(v.object({ v: v.number() }), value);
  if (written.success && written.output.v > version)
    throw new UsageError("config-invalid", `${file} was written by a newer offroll.`, { remedy: "Update offroll." });
  const result = v.safeParse(StateSchema, value);
  if (result.success && written.success) return { state: result.output };
  return { state: nothing, problem: `${file} is not what offroll wrote.` };
}

/** Whole under its name, or as it was before; for this person alone (0600). */
export function writeState(file: string, state: AutosaveState): void {
  writeOwnFile(file, `${JSON.stringify({ v: version, ...state }, null, 1)}\n`);
}
