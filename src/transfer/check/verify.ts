/** Checks a whole destination against its catalog, at any later time and on read-only media. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import { toAppError } from "../../shared/errors.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { checkFile } from "../catalog/check-file.ts";
import type { CatalogRow, Found } from "../catalog/item-row.ts";
import type { Destination } from "../destination/destination.ts";
import { filesIn } from "../destination/walk.ts";
import { formMakers } from "../extras/forms.ts";

/** One file that is not what was copied. */
export interface VerifyProblem {
  readonly target: string;
  readonly problem: Exclude<Found, "whole">;
  readonly detail: string;
}

/** What came of one copied file. */
export interface Finding {
  readonly target: string;
  /** Of the copy that was looked at; undefined where none was recorded, and only the size could be compared. */
  readonly sha256: string | undefined;
  readonly found: Found;
}

/** The sums of a check. */
export interface VerifyResult {
  readonly checked: number;
  readonly bytes: number;
  /** Files whose record has no hash: copied with `--verify size`, so only their size could be compared. */
  readonly sizeOnly: number;
  readonly problems: readonly VerifyProblem[];
  /** Copies in other forms, which are no copies of a photo. */
  readonly forms: FormsCheck;
  /** Files that the catalog does not know. Not a failure. */
  readonly foreign: readonly string[];
  /** Folders that could not be looked into for such files. Not a failure either: every file of ours was read by its name. */
  readonly unreadableFolders: readonly string[];
  readonly reread: "disk" | "cache" | "mixed" | undefined;
}

/** Copies in other forms, read back: whatever became of them, no photo is less whole for it. */
export interface FormsCheck {
  readonly whole: number;
  readonly bytes: number;
  /** Somebody changed them, or the disk did. */
  readonly changed: readonly string[];
  /** Not there: the next run that makes them makes them anew. */
  readonly gone: readonly string[];
}

/** Who is told while it goes on. */
export interface VerifyOptions extends AbortOptions {
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of every file. */
  readonly onFinding?: (finding: Finding) => void;
}

const parallelFiles = 2;

/**
 * Reads every file that the catalog has and compares it with its hash, or its size where there is none. Writes nothing.
 * @throws {DestinationError} when the place goes away; {CancelledError}
 */
export async function verifyDestination(
  catalog: Catalog,
  destination: Destination,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const rows = onePerTarget(catalog.items.rows({ state: "done" }));
  const problems: VerifyProblem[] = [];
  const rereads = new Set<"disk" | "cache">();
  let bytes = 0;
  let sizeOnly = 0;
  let done = 0;
  for await (const result of mapOrdered(rows, parallelFiles, async (row) => ({
    row,
    ...(await checkFile(row, destination, options)),
  }))) {
    const { row, found, detail } = result;
    if (found !== "whole") problems.push({ target: row.target, problem: found, detail });
    else {
      bytes += row.sizeBytes;
      if (row.sha256 === undefined) sizeOnly += 1;
    }
    if (result.from) rereads.add(result.from);
    options.onFinding?.({ target: row.target, sha256: row.sha256, found });
    done += 1;
    options.onProgress?.(done, rows.length);
  }
  const known = new Set([...rows.map((r) => r.target), ...catalog.made.targets()].map(foldName));
  const [only] = rereads;
  const unreadableFolders: string[] = [];
  const there = filesIn(destination, (folder) => unreadableFolders.push(folder), options);
  return {
    checked: rows.length,
    bytes,
    sizeOnly,
    problems,
    foreign: await foreignAmong(there, known),
    forms: await checkForms(catalog, destination, options),
    unreadableFolders,
    reread: rereads.size > 1 ? "mixed" : only,
  };
}

async function checkForms(catalog: Catalog, destination: Destination, options: AbortOptions): Promise<FormsCheck> {
  const files = catalog.made.files().filter(({ maker }) => formMakers.has(maker));
  const stats = await destination.statAll(
    files.map(({ target }) => target),
    options,
  );
  let [whole, bytes] = [0, 0];
  const changed: string[] = [];
  const gone: string[] = [];
  for (const [i, { target, sha256 }] of files.entries()) {
    const stat = stats[i];
    if (!stat) gone.push(target);
    else if (stat.type === "file" && (await hashIn(destination, target, options)) === sha256) {
      whole += 1;
      bytes += stat.sizeBytes;
    } else changed.push(target);
  }
  return { whole, bytes, changed, gone };
}

/** @returns undefined for what cannot be read */
async function hashIn(destination: Destination, target: string, options: AbortOptions): Promise<string | undefined> {
  throwIfAborted(options.signal);
  return await destination.hash(target, options).then(
    ({ sha256 }) => sha256,
    (error: unknown) => {
      throwIfAborted(options.signal);
      if (toAppError(error).code === "destination-not-there") throw error;
      return undefined;
    },
  );
}

async function foreignAmong(there: AsyncIterable<string>, known: ReadonlySet<string>): Promise<string[]> {
  const foreign: string[] = [];
  for await (const path of there) if (!known.has(foldName(path))) foreign.push(path);
  return foreign;
}

/** Two phones may share one file: it is checked once. */
export function onePerTarget(rows: readonly CatalogRow[]): CatalogRow[] {
  return [...new Map(rows.map((r) => [r.target, r])).values()];
}
