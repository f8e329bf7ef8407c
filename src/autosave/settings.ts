/** What a person decided about each phone. Consent is per phone: one that does not stand here is never copied. */
import { isAbsolute } from "node:path";
import * as v from "valibot";
import { readSettings, updateSettings } from "../app/settings/index.ts";

const TimeOfDaySchema = v.pipe(v.string(), v.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of day like 07:30"));

/** A service has no folder that a relative path could begin at. */
const PlaceSchema = v.pipe(
  v.string(),
  v.check((path) => isAbsolute(path) && !path.includes("\0"), "must be an absolute path"),
);

const PhoneBackupSchema = v.strictObject({
  /** Holds the backups of whole phones. */
  to: PlaceSchema,
  /** Id of that folder: a path alone may be another disk. */
  id: v.pipe(v.string(), v.nonEmpty()),
  /** How many days may lie between two. */
  everyDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(365)),
  /** When it was asked for, in ms UTC. */
  since: v.pipe(v.number(), v.finite()),
});

const PhonePlanSchema = v.pipe(
  v.strictObject({
    /** As a person would name the phone; for people only. */
    name: v.pipe(v.string(), v.nonEmpty()),
    /** Where its photos go. */
    to: PlaceSchema,
    /** Id of that destination: a path alone may be another disk. */
    id: v.optional(v.pipe(v.string(), v.nonEmpty())),
    photos: v.boolean(),
    videos: v.boolean(),
    /** Name of the destination's second copy that is kept up to date. */
    copy: v.optional(v.pipe(v.string(), v.nonEmpty())),
    /** Whether the phone may also be read over Wi-Fi, after a first run by cable. */
    network: v.boolean(),
    /** Local time of the daily run of a phone that stays plugged in: a net below the runs at each attach. */
    daily: v.optional(TimeOfDaySchema),
    /** Local times between which no run starts; over midnight where `from` is the later one. */
    quietHours: v.optional(
      v.pipe(
        v.strictObject({ from: TimeOfDaySchema, to: TimeOfDaySchema }),
        v.check(({ from, to }) => from !== to, "must not begin and end at the same time"),
      ),
    ),
    /** The phone as a whole, where it asks for no passcode. */
    phoneBackup: v.optional(PhoneBackupSchema),
    /** When it was set up, in ms UTC: overdue counts from here until a first run. */
    setUpAt: v.pipe(v.number(), v.finite()),
  }),
  v.check(({ photos, videos }) => photos || videos, "must have photos or videos switched on"),
);

const AutosaveSchema = v.strictObject({
  v: v.pipe(
    v.number(),
    v.check((version) => version === 1, "must be 1: a higher one was written by a newer offroll"),
  ),
  /** By the id of the phone. */
  phones: v.record(v.pipe(v.string(), v.nonEmpty()), PhonePlanSchema),
});

/** How one phone is backed up by itself. */
export type PhonePlan = v.InferOutput<typeof PhonePlanSchema>;
/** How the phone as a whole is backed up by itself. */
export type PhoneBackupPlan = v.InferOutput<typeof PhoneBackupSchema>;
/** The file as it was read. */
export type AutosaveSettings = v.InferOutput<typeof AutosaveSchema>;

/**
 * The file as it is now; without a phone where there is none.
 * @throws {UsageError} `config-invalid`, naming the file and the key; also for a newer version's file
 */
export function readAutosave(file: string): AutosaveSettings {
  return readSettings(file, AutosaveSchema) ?? { v: 1, phones: {} };
}

/**
 * Changes the file as it is at that moment; it is this person's alone (0600).
 * @throws {UsageError} `config-invalid` for a file that cannot be read: it is left as it is
 */
export function updateAutosave(file: string, change: (settings: AutosaveSettings) => AutosaveSettings): void {
  updateSettings(file, readAutosave, change);
}
