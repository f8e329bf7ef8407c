/** Files of the destination that the catalog does not know: renamed ones found again by their hash, others offered for adoption. */

import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { unlessOdd } from "../../shared/disk-errors.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { checkFile } from "../catalog/check-file.ts";
import { isStoredTime } from "../catalog/clock-shift.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import { DestinationFiles } from "./destination-files.ts";
import { KnownRows } from "./known-rows.ts";

/** Unknown files by size: only those of equal size need to be looked into. */
export class UnknownFiles {
  readonly #bySize = new Map<number, string[]>();

  /** @param known targets that are nobody else's */
  static async read(
    files: DestinationFiles,
    known: Iterable<string>,
    options: AbortOptions = {},
  ): Promise<UnknownFiles> {
    const unknown = new UnknownFiles();
    const ours = new Set(Iterator.from(known).map(foldName));
    for await (const { path, sizeBytes } of files.below(options)) {
      if (ours.has(foldName(path))) continue;
      const same = unknown.#bySize.get(sizeBytes);
      if (same) same.push(path);
      else unknown.#bySize.set(sizeBytes, [path]);
    }
    return unknown;
  }

  ofSize(sizeBytes: number): readonly string[] {
    return this.#bySize.get(sizeBytes) ?? [];
  }

  /** No longer unknown. */
  take(path: string, sizeBytes: number): void {
    this.#bySize.set(
      sizeBytes,
      this.ofSize(sizeBytes).filter((p) => p !== path),
    );
  }
}

/** Everything of ours in a destination, whichever phone it came from. */
function* ourTargets(catalog: Catalog, rows: KnownRows): Generator<string, void, undefined> {
  yield* rows.targets();
  yield* catalog.made.targets();
}

/** Where to look for copies that the catalog has under another name. */
export interface CopiesAt {
  readonly destination: Destination;
  /** None for a new destination. */
  readonly catalog: Catalog | undefined;
  /** Whose copies are to be found in the rows. */
  readonly device: string;
  /** Whether rows of files that were moved or written to may be changed. */
  readonly mayChange: boolean;
  readonly now: number;
}

/** Rows of a catalog, with what was found at the places of all of them. */
interface LookedAt {
  readonly rows: KnownRows;
  readonly files: DestinationFiles;
  readonly catalog: Catalog;
  readonly destination: Destination;
}

/** The catalog's rows and what is at their places, after files that were moved by hand were found again. */
export async function lookAtCopies(
  { destination, catalog, device, mayChange, now }: CopiesAt,
  options: AbortOptions,
): Promise<{ rows: KnownRows; files: DestinationFiles }> {
  const files = new DestinationFiles(destination);
  const rows = await KnownRows.read(catalog, device);
  await files.look(rows.targets(), options);
  if (!mayChange || !catalog) return { rows, files };
  const lookedAt = { rows, files, catalog, destination };
  const changed = await readChanged(lookedAt, now, options);
  const found = await findMoved(lookedAt, options);
  if (changed + found === 0) return { rows, files };
  const moved = await KnownRows.read(catalog, device);
  await files.look(moved.targets(), options);
  return { rows: moved, files };
}

/** So much is read again in one run; what is more, in the next ones. */
const maxReadAgainBytes = 16 * 1024 ** 3;

/**
 * Files of the right size that were written to since they were copied, by their time: a torn one may have its size. Each is read
 * once; what is whole has another time from then on, what is not is no copy any more.
 * @returns how many were read
 */
async function readChanged(
  { rows, files, catalog, destination }: LookedAt,
  now: number,
  options: AbortOptions,
): Promise<number> {
  let bytes = 0;
  let count = 0;
  for (const row of rows.done()) {
    if (!wasWrittenTo(row, files) || bytes > maxReadAgainBytes) continue;
    bytes += row.sizeBytes;
    count += 1;
    const { found } = await checkFile(row, destination, options);
    catalog.items.noteRead(row.target, row.sha256, { at: now, found });
    if (found !== "whole") continue;
    const time = (await destination.stat(row.target))?.modifiedMs;
    // A file system that tells another time each time is not asked again.
    const isSteady = time !== undefined && time === files.modifiedMsAt(row.target);
    catalog.items.noteStoredTime(row.target, row.sha256 as string, isSteady ? time : undefined);
  }
  return count;
}

function wasWrittenTo(row: PlanRow, files: DestinationFiles): boolean {
  const { storedMs, target, sha256, found, sizeBytes } = row;
  const now = files.modifiedMsAt(target);
  if (storedMs === undefined || now === undefined || sha256 === undefined || files.sizeAt(target) !== sizeBytes)
    return false;
  if (found === "damaged" || found === "unreadable") return false;
  return !isStoredTime(storedMs, now);
}

/**
 * Files that were moved or renamed by hand since they were copied get their row back. Costs nothing while none is missing.
 * @returns how many were found: `rows` are then to be read again
 */
async function findMoved({ rows, files, catalog, destination }: LookedAt, options: AbortOptions = {}): Promise<number> {
  const missing = [...rows.done()].filter((r) => r.sha256 !== undefined && files.sizeAt(r.target) === undefined);
  if (missing.length === 0) return 0;
  const unknown = await UnknownFiles.read(files, ourTargets(catalog, rows), options);
  let found = 0;
  for (const row of missing) {
    for (const path of unknown.ofSize(row.sizeBytes)) {
      throwIfAborted(options.signal);
      if ((await unlessOdd(destination.hash(path, options)))?.sha256 !== row.sha256) continue;
      catalog.items.moved(row, path);
      unknown.take(path, row.sizeBytes);
      found += 1;
      break;
    }
  }
  return found;
}
