/** The two places of a copy, found by the ids that they carry: nothing is written to find out whether they are there. */
import type { AbortOptions } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { DestinationError, UsageError } from "../../shared/errors.ts";
import { onEveryMount } from "../../shared/mounts.ts";
import { readCatalog } from "../catalog/catalog-home.ts";
import type { CopyRow } from "../catalog/copies.ts";
import { knownDestinations } from "../destination/known-destinations.ts";
import { inspectDestination, openPlace } from "../destination/open-place.ts";
import type { DestinationFolder, Place } from "../destination/place.ts";
import { type KnownCopy, knownCopies, pathsOfCopy } from "./known-copies.ts";

/** Which copy of which destination. */
export type CopyName = Pick<KnownCopy, "firstId" | "firstPath" | "name">;

/** What whoever works on copies needs around it. */
export interface CopySurroundings extends AbortOptions {
  readonly clock: Clock;
  /** Of this process, for the locks' files. */
  readonly pid: number;
  /** The person's data folder. */
  readonly dataFolder: string;
  /** Waits for another run in either place instead of failing with `destination-in-use`. */
  readonly waitForLock?: boolean;
  /** See `LockOptions.breakStale`. */
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
  /** What opens a place that was found; by default the program's own. A test brings a disk that fails. */
  readonly open?: (found: DestinationFolder) => Place;
  /** Called with who has a lock that is waited for. */
  readonly onLockWait?: (holder: string) => void;
}

/** A folder that was found by the id which it carries. */
export type IdentifiedFolder = DestinationFolder & { readonly id: string };

/** Wherever its disk is mounted. @throws {DestinationError} `destination-not-there` */
export async function findFirst(
  { firstId, firstPath }: Pick<CopyName, "firstId" | "firstPath">,
  dataFolder: string,
): Promise<IdentifiedFolder> {
  const known = knownDestinations(dataFolder).filter(({ id }) => id === firstId);
  const moved = known.flatMap(({ path, disk }) => [path, ...onEveryMount(path, disk)]);
  const found = await placeAt([firstPath, ...moved], firstId);
  if (found) return found;
  throw new DestinationError(
    "destination-not-there",
    `${firstPath}, which is to be copied, is not there: its disk seems to be away.`,
    { remedy: "Plug its disk in. If it is lost, go on from a copy: offroll backup COPY." },
  );
}

/** What the first's catalog has of the copy. @throws {UsageError} where it has none of this name */
export async function rowOf(first: IdentifiedFolder, name: string): Promise<CopyRow> {
  using catalog = await readCatalog(openPlace(first).metadata);
  const row = catalog?.copies.find(name);
  if (row) return row;
  const names = catalog?.copies.all().map((copy) => copy.name) ?? [];
  throw new UsageError("copy-unknown", `${first.root} has no copy called ${name}.`, {
    remedy: names.length > 0 ? `It has: ${names.join(", ")}.` : "Name one: offroll copies add NAME PLACE.",
  });
}

/** Wherever its disk was before, or is mounted now. @throws {DestinationError} `destination-not-there` */
export async function findCopy(
  row: Pick<CopyRow, "id" | "name" | "path">,
  dataFolder: string,
): Promise<IdentifiedFolder> {
  const known = knownCopies(dataFolder).filter((copy) => copy.id === row.id);
  const found = await placeAt([row.path, ...known.flatMap(pathsOfCopy)], row.id);
  if (found) return found;
  throw new DestinationError(
    "destination-not-there",
    `The copy ${row.name} is not there: no place at ${row.path} is it. Its disk is away, or another is where it was.`,
    { remedy: `Plug its disk in. Where it is elsewhere now: offroll copies add ${row.name} PLACE.` },
  );
}

/** The place of this id, at one of these paths. */
async function placeAt(paths: readonly string[], id: string): Promise<IdentifiedFolder | undefined> {
  for (const path of new Set(paths)) {
    const found = await inspectDestination(path, "/").catch(() => undefined);
    if (found?.id === id) return { ...found, id };
  }
  return undefined;
}
