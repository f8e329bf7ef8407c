/** Checks a whole destination against its catalog, at any later time and on read-only media. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { toAppError } from "../shared/errors.ts";
import type { Catalog, CatalogRow } from "./catalog.ts";
import type { Destination } from "./destination/destination.ts";
import { metadataFolder } from "./destination/local-destination.ts";
import { foldName } from "./safe-name.ts";

export interface VerifyProblem {
  readonly target: string;
  readonly problem: "missing" | "damaged" | "unreadable";
  readonly detail: string;
}

export interface VerifyResult {
  readonly checked: number;
  readonly bytes: number;
  /** Files whose record has no hash: copied with `--verify size`, so only their size could be compared. */
  readonly sizeOnly: number;
  readonly problems: readonly VerifyProblem[];
  /** Files that the catalog does not know. Not a failure. */
  readonly foreign: readonly string[];
  readonly reread: "disk" | "cache" | "mixed" | undefined;
}

export interface VerifyOptions extends AbortOptions {
  readonly onProgress?: (done: number, total: number) => void;
}

const parallelFiles = 2;

export async function verifyDestination(
  root: string,
  catalog: Catalog,
  destination: Destination,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const rows = onePerTarget(catalog.rows({ state: "done" }));
  const problems: VerifyProblem[] = [];
  const rereads = new Set<"disk" | "cache">();
  let bytes = 0;
  let sizeOnly = 0;
  let done = 0;
  for await (const result of mapOrdered(rows, parallelFiles, (row) => check(row, destination, options))) {
    if (result.problem) problems.push(result.problem);
    if (result.from) rereads.add(result.from);
    if (result.sizeOnly) sizeOnly += 1;
    bytes += result.bytes;
    done += 1;
    options.onProgress?.(done, rows.length);
  }
  const known = new Set([...rows.map((r) => r.target), ...catalog.extras()].map(foldName));
  const [only] = rereads;
  return {
    checked: rows.length,
    bytes,
    sizeOnly,
    problems,
    foreign: [...filesBelow(root)].filter((path) => !known.has(foldName(path))),
    reread: rereads.size > 1 ? "mixed" : only,
  };
}

/** Two phones may share one file: it is checked once. */
function onePerTarget(rows: readonly CatalogRow[]): CatalogRow[] {
  return [...new Map(rows.map((r) => [r.target, r])).values()];
}

async function check(
  row: CatalogRow,
  destination: Destination,
  options: VerifyOptions,
): Promise<{ problem?: VerifyProblem; from?: "disk" | "cache"; sizeOnly?: boolean; bytes: number }> {
  throwIfAborted(options.signal);
  const problem = (kind: VerifyProblem["problem"], detail: string) => ({
    problem: { target: row.target, problem: kind, detail },
    bytes: 0,
  });
  try {
    const stat = await destination.stat(row.target);
    if (!stat) return problem("missing", "the file is not there");
    if (stat.sizeBytes !== row.sizeBytes)
      return problem("damaged", `${stat.sizeBytes} bytes instead of ${row.sizeBytes}`);
    if (row.sha256 === undefined) return { sizeOnly: true, bytes: row.sizeBytes };
    const stored = await destination.hash(row.target, options);
    if (stored.sha256 !== row.sha256)
      return { ...problem("damaged", "its content is not what was copied"), from: stored.from };
    return { from: stored.from, bytes: row.sizeBytes };
  } catch (error) {
    throwIfAborted(options.signal);
    return problem("unreadable", toAppError(error).message);
  }
}

/** Files below the root, relative, without our own folder; links and special files are not followed. */
export function* filesBelow(root: string, folder = ""): Generator<string, void, undefined> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (path === metadataFolder) continue;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else yield path;
  }
}
