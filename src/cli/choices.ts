/** From flags to choices: what `export` and `backup` understand, and of which photos `ls` and `library` do alike. */

import type { ExportChoices } from "../app/export-request.ts";
import { UsageError } from "../shared/errors.ts";
import { targetFileSystems } from "../transfer/destination/index.ts";
import { albumModes, keywordSources, motionModes, sidecarFormats } from "../transfer/extras/index.ts";
import {
  editChoices,
  liveChoices,
  parseDateArgument,
  parsePlace,
  rawChoices,
  type SelectableKind,
  type SelectionOptions,
  selectableKinds,
} from "../transfer/plan/index.ts";
import type { choosingFlags, formFlags, partFlags, placeFlags, runFlags } from "./command-flags.ts";
import type { FlagsOf } from "./flags.ts";

export type ChoosingFlags = FlagsOf<typeof choosingFlags>;

/** Flags of a command that copies, as they become choices. */
export type ExportFlags = ChoosingFlags &
  FlagsOf<typeof partFlags> &
  FlagsOf<typeof placeFlags> &
  FlagsOf<typeof formFlags> &
  FlagsOf<typeof runFlags>;

/** @throws {UsageError} naming the flag that makes no sense */
export function selectionOptions(flags: ChoosingFlags, now: number): SelectionOptions {
  const since = flags.since === undefined ? undefined : parseDateArgument(flags.since, "first", now);
  const until = flags.until === undefined ? undefined : parseDateArgument(flags.until, "last", now);
  if (since !== undefined && until !== undefined && since > until)
    throw new UsageError("usage", `--since ${since} is later than --until ${until}: nothing can match.`);
  for (const flag of ["album", "person", "label", "camera", "text", "folder"] as const) assertNamed(flag, flags[flag]);
  return given({
    since,
    until,
    kinds: flags.kind === undefined ? undefined : parseKinds(flags.kind),
    folder: flags.folder,
    limit: flags.limit === undefined ? undefined : parseLimit(flags.limit),
    albums: flags.album,
    favourites: flags.favourites ?? flags.favorites,
    people: flags.person,
    labels: flags.label,
    camera: flags.camera,
    text: flags.text,
    place: flags.place === undefined ? undefined : parsePlace(flags.place),
    hidden: flags.hidden,
    recentlyDeleted: flags.recentlyDeleted,
    unpickedBursts: flags.bursts === undefined ? undefined : oneOf("bursts", flags.bursts, ["all", "picks"]) === "all",
  });
}

/** An empty word is in every text: a variable of a script that is not set must not choose what nobody asked for. */
function assertNamed(flag: string, value: string | readonly string[] | undefined): void {
  const all = typeof value === "string" ? [value] : (value ?? []);
  if (all.some((name) => name.trim() === "")) throw new UsageError("usage", `--${flag} is empty: it names nothing.`);
}

/** What was typed, as choices; what was not typed is none. @throws {UsageError} naming the flag that makes no sense */
export function choicesOfFlags(flags: ExportFlags, now: number): ExportChoices {
  const { template, derivatives, messengers, snapshot, verify, wait, waitForLock, adopt, dryRun } = flags;
  const { edits, live, raw, sidecar, keywordsFrom, albumsAs, motion, targetFs } = flags;
  return given({
    selection: selectionOptions(flags, now),
    edits: edits === undefined ? undefined : oneOf("edits", edits, editChoices),
    live: live === undefined ? undefined : oneOf("live", live, liveChoices),
    raw: raw === undefined ? undefined : oneOf("raw", raw, rawChoices),
    sidecar: sidecar === undefined ? undefined : oneOf("sidecar", sidecar, sidecarFormats),
    keywordsFrom: keywordsFrom?.split(",").map((what) => oneOf("keywords-from", what.trim(), keywordSources)),
    albumsAs: albumsAs === undefined ? undefined : oneOf("albums-as", albumsAs, albumModes),
    motion: motion === undefined ? undefined : oneOf("motion", motion, motionModes),
    ...formsOfFlags(flags),
    targetFileSystem: targetFs === undefined ? undefined : oneOf("target-fs", targetFs, targetFileSystems),
    ...{ template, derivatives, messengers, snapshot, verify, wait, waitForLock, adopt, dryRun },
  });
}

/** Whoever says how JPEGs shall be wants them. @throws {UsageError} naming the flag that makes no sense */
export function formsOfFlags(flags: FlagsOf<typeof formFlags>): Pick<ExportChoices, "jpeg" | "copiesTo" | "mp4"> {
  const { jpeg, jpegRaw, jpegTo, maxSize, quality, srgb, mp4 } = flags;
  // `--no-jpeg` arrives as the other way of the same flag.
  const isOff = jpeg === false;
  const isWanted = [isOff ? undefined : jpeg, jpegRaw, jpegTo, maxSize, quality, srgb].some(
    (flag) => flag !== undefined,
  );
  if (isOff && isWanted)
    throw new UsageError(
      "usage",
      "--no-jpeg asks for no JPEG copies, and other flags say how they shall be: leave out one.",
    );
  const chosen = given({
    quality: quality === undefined ? undefined : parseNumber("quality", quality, 1, 100),
    maxSize: maxSize === undefined ? undefined : parseNumber("max-size", maxSize, 16, 65_500),
    srgb,
    raw: jpegRaw,
  });
  return given({ jpeg: isOff ? (false as const) : isWanted ? chosen : undefined, copiesTo: jpegTo, mp4 });
}

function parseNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError("usage", `--${flag} is a number from ${least} to ${most}; got "${text}".`);
  return value;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Whether it was said which photos are meant. */
export function isChoosing(flags: ChoosingFlags): boolean {
  return choosingKeys.some((key) => flags[key] !== undefined);
}

// Named again: the table itself belongs to what `offroll --help` loads, and nothing else shall.
const choosingKeys = [
  "since",
  "until",
  "kind",
  "album",
  "favourites",
  "favorites",
  "person",
  "label",
  "camera",
  "text",
  "place",
  "folder",
  "limit",
  "hidden",
  "recentlyDeleted",
  "bursts",
] as const satisfies readonly (keyof ChoosingFlags)[];

/** @throws {UsageError} naming the flag and its values */
export function oneOf<T extends string>(flag: string, text: string, values: readonly T[]): T {
  const value = values.find((v) => v === text);
  if (value === undefined)
    throw new UsageError("usage", `--${flag} must be one of ${values.join(", ")}; got "${text}".`);
  return value;
}

function parseKinds(text: string): SelectableKind[] {
  return text.split(",").map((kind) => oneOf("kind", kind.trim(), selectableKinds));
}

function parseLimit(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new UsageError("usage", `--limit "${text}" is not a number of photos.`);
  return Number(text);
}
