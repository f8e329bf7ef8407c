/** From flags to which photos: what `export`, `backup`, `ls` and `library` understand alike. */
import { UsageError } from "../shared/errors.ts";
import {
  parseDateArgument,
  parsePlace,
  type SelectableKind,
  Selection,
  type SelectionOptions,
  selectableKinds,
} from "../transfer/index.ts";
import type { choosingFlags, FlagsOf } from "./flags.ts";

export type ChoosingFlags = FlagsOf<typeof choosingFlags>;

/** What a command takes where nothing is said. */
export interface ChoosingDefaults {
  readonly hidden: boolean;
  readonly bursts: "all" | "picks";
}

/** What Photos shows. */
export const shownByDefault: ChoosingDefaults = { hidden: false, bursts: "picks" };

/** @throws {UsageError} naming the flag that makes no sense */
export function selectionOf(flags: ChoosingFlags, defaults: ChoosingDefaults, now: number): Selection {
  return new Selection(selectionOptions(flags, defaults, now));
}

export function selectionOptions(flags: ChoosingFlags, defaults: ChoosingDefaults, now: number): SelectionOptions {
  const since = flags.since === undefined ? undefined : parseDateArgument(flags.since, "first", now);
  const until = flags.until === undefined ? undefined : parseDateArgument(flags.until, "last", now);
  if (since !== undefined && until !== undefined && since > until)
    throw new UsageError("usage", `--since ${since} is later than --until ${until}: nothing can match.`);
  return {
    since,
    until,
    kinds: flags.kind === undefined ? undefined : parseKinds(flags.kind),
    folder: flags.folder,
    limit: flags.limit === undefined ? undefined : parseLimit(flags.limit),
    albums: flags.album,
    favourites: flags.favourites ?? flags.favorites,
    people: flags.person,
    camera: flags.camera,
    text: flags.text,
    place: flags.place === undefined ? undefined : parsePlace(flags.place),
    hidden: flags.hidden ?? defaults.hidden,
    recentlyDeleted: flags.recentlyDeleted,
    unpickedBursts: oneOf("bursts", flags.bursts, ["all", "picks"], defaults.bursts) === "all",
  };
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
export function oneOf<T extends string>(flag: string, text: string | undefined, values: readonly T[], otherwise: T): T {
  const value = values.find((v) => v === (text ?? otherwise));
  if (value === undefined)
    throw new UsageError("usage", `--${flag} must be one of ${values.join(", ")}; got "${text}".`);
  return value;
}

function parseKinds(text: string): SelectableKind[] {
  return text.split(",").map((kind) => oneOf("kind", kind.trim(), selectableKinds, "photo"));
}

function parseLimit(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new UsageError("usage", `--limit "${text}" is not a number of photos.`);
  return Number(text);
}
