/**
 * Puts good files in the place of damaged and missing ones, under the same names, so that pairs, sidecars and albums stay together.
 * A good file is had, written and read back before the damaged one is touched; that one is moved aside and never thrown away.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DestinationError, type ErrorCode } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { checkFile } from "../catalog/check-file.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import type { Destination, PendingFile } from "../destination/destination.ts";
import { albumEntries } from "../extras/album-entries.ts";
import type { GoodFile, GoodFiles } from "./good-files.ts";
import { onePerTarget } from "./verify.ts";

/** What became of one damaged or missing file. */
export interface Repaired {
  readonly target: string;
  /** Where the good file came from, as a person would name it; undefined where none could be had. */
  readonly from: string | undefined;
  /** Where the damaged one lies now, in the destination; undefined where there was none. */
  readonly aside?: string;
  /** What the disk or the phone said, where nothing could be done because of it. */
  readonly problem?: AppError;
}

const ofOneFile: readonly ErrorCode[] = ["destination-unsafe", "destination-name-taken", "destination-mismatch"];

/** What time it is, and who is told how many bytes were read. */
export interface RepairOptions extends AbortOptions {
  readonly clock: Clock;
  readonly onBytes?: (count: number) => void;
}

/** What is mended, and where good files may come from, in the order in which they are asked. */
interface RepairSides {
  readonly catalog: Catalog;
  readonly destination: Destination;
  readonly places: readonly GoodFiles[];
}

/**
 * Goes through files that were not whole when they were last looked at, and looks again first.
 * @param places asked in this order
 * @throws {DestinationError} when the destination cannot be written; {CancelledError}
 */
export async function* repairFiles(
  catalog: Catalog,
  destination: Destination,
  places: readonly GoodFiles[],
  options: RepairOptions,
): AsyncGenerator<Repaired, void, undefined> {
  const rows = catalog.items.notWhole();
  for (const row of onePerTarget(rows)) {
    throwIfAborted(options.signal);
    const { target, sha256 } = row;
    const whole = (): void =>
      catalog.items.noteRead(target, sha256, sha256 === undefined ? undefined : readNow(options));
    if ((await checkFile(row, destination, options)).found === "whole") {
      whole();
      continue;
    }
    const sharing = rows.filter((r) => r.target === target);
    const result = await repairFile(sharing, { catalog, destination, places }, options).catch((error: unknown) => {
      throwIfAborted(options.signal);
      // What stands in one photo's place costs that photo.
      if (!(error instanceof DestinationError) || !ofOneFile.includes(error.code)) throw error;
      return { target, from: undefined, problem: error };
    });
    if (result.from !== undefined) whole();
    yield result;
  }
}

function readNow({ clock }: RepairOptions): { at: number; found: "whole" } {
  return { at: clock.now(), found: "whole" };
}

/** @param rows all that share the file */
async function repairFile(
  rows: readonly CatalogRow[],
  { catalog, destination, places }: RepairSides,
  options: RepairOptions,
): Promise<Repaired> {
  const { target, sizeBytes, sha256 } = rows[0] as CatalogRow;
  let problem: AppError | undefined;
  await using file = await destination.create({
    key: createHash("sha256").update(`repair\0${target}\0${sha256}`).digest("hex"),
    sizeBytes,
  });
  for (const place of places)
    for (const row of rows)
      try {
        for await (const good of place.candidates(row)) {
          if (!(await fetch(good, row, file, options))) continue;
          const aside = await takeName(destination, file, target, good.modified);
          await renewAlbumEntries(catalog, destination, target, aside);
          return { target, from: place.label, ...(aside === undefined ? {} : { aside }) };
        }
      } catch (error) {
        throwIfAborted(options.signal);
        // What one place cannot give another may.
        if (!(error instanceof AppError) || error instanceof DestinationError) throw error;
        problem ??= error;
      }
  return { target, from: undefined, ...(problem ? { problem } : {}) };
}

/** Whether `file` holds the good bytes now, proven on the disk. */
async function fetch(good: GoodFile, row: CatalogRow, file: PendingFile, options: RepairOptions): Promise<boolean> {
  await file.restart();
  const hash = createHash("sha256");
  let received = 0;
  for await (const chunk of good.read(options)) {
    hash.update(chunk);
    received += chunk.length;
    await file.write(chunk);
    await file.written(); // a chunk's memory is the reader's again
    options.onBytes?.(chunk.length);
  }
  const sha256 = hash.digest("hex");
  if (received !== row.sizeBytes || (row.sha256 !== undefined && sha256 !== row.sha256)) return false;
  return (await file.reread(good.modified, options)).sha256 === sha256;
}

/** @returns where the file lies that had the name */
async function takeName(
  destination: Destination,
  file: PendingFile,
  target: string,
  modified: Date | undefined,
): Promise<string | undefined> {
  const aside = (await destination.stat(target)) ? await destination.setAside(target) : undefined;
  if ((await file.commit(target, modified)) === "name-taken")
    throw new DestinationError("destination-name-taken", `${target} was given to another file just now.`);
  return aside;
}

/** Links in album folders still lead to the damaged file: each gets the good one. A copy that is whole stays. */
async function renewAlbumEntries(
  catalog: Catalog,
  destination: Destination,
  target: string,
  aside: string | undefined,
): Promise<void> {
  if (aside === undefined) return;
  const entries = catalog.made.of(target).filter((file) => file.maker === albumEntries.name);
  if (entries.length === 0) return;
  const damaged = (await destination.hash(aside).catch(() => undefined))?.sha256;
  if (damaged === undefined) return; // it cannot be read, so nothing tells its links from other files
  for (const { target: entry } of entries) {
    if (posix.normalize(entry) === target || !(await destination.remove(entry, damaged))) continue;
    if ((await destination.duplicate(target, entry, "link")) === "unsupported")
      await destination.duplicate(target, entry, "copy");
  }
}
