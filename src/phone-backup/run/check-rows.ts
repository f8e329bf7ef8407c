/**
 * Before a new backup takes the last good one's place: has each file of its manifest come? By existence and size, which costs no
 * reading; `verify` reads. The rows of an encrypted backup cannot be read without its password, which a backup does not ask for: of
 * it, that its manifest is whole pages is all that can be said.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { AbortOptions } from "../../shared/abort.ts";
import { Yielder } from "../../shared/async.ts";
import { wrongSize } from "../backup-files.ts";
import { backupFiles } from "../layout.ts";
import { openPlainManifest } from "../open-manifest.ts";
import { storedPath } from "../stored-file.ts";

/** Where the files of a new backup lie until it has its place. */
export interface GrownTree {
  readonly fresh: string;
  /** Holds what did not change, on disks without links; else all of it is in `fresh`. */
  readonly base: string | undefined;
  /** What of `base` is none of it, as `xx/id`. */
  readonly removed: ReadonlySet<string>;
}

/** One file that is not as the manifest has it. Text is hostile. */
export interface RowProblem {
  readonly fileId: string;
  readonly domain: string;
  readonly path: string;
  readonly problem: "missing" | "size";
  readonly why: string;
}

const cipherBlockBytes = 16;

/** @throws {DeviceError} `phone-backup-damaged` where the manifest cannot be read to its end */
export async function* rowProblems(
  tree: GrownTree,
  isEncrypted: boolean,
  options: AbortOptions = {},
): AsyncGenerator<RowProblem, void, undefined> {
  if (isEncrypted) return;
  await using manifest = await openPlainManifest(tree.fresh, options);
  const yielder = new Yielder();
  for await (const row of manifest.byFileId(options)) {
    if ("odd" in row || row.kind !== "file") continue;
    if (yielder.isDue) await yielder.yieldNow();
    const { fileId, domain, path, details } = row;
    const bytes = storedBytesOf(tree, fileId);
    if (bytes === undefined)
      yield { fileId, domain, path, problem: "missing", why: "the phone lists it and did not send it" };
    else if (details?.sizeBytes !== undefined) {
      const why = wrongSize(details.sizeBytes, bytes, false);
      if (why !== undefined) yield { fileId, domain, path, problem: "size", why };
    }
  }
}

/** Whether what an encrypted manifest is made of is all there: it is blocks of the cipher, and never cut between two. */
export function isWholeManifest(fresh: string): boolean {
  const { size } = lstatSync(join(fresh, backupFiles.database));
  return size > 0 && size % cipherBlockBytes === 0;
}

/** Of a plain file; undefined where there is none. */
function storedBytesOf({ fresh, base, removed }: GrownTree, fileId: string): number | undefined {
  const rel = storedPath(fileId);
  const stat =
    lstatSync(join(fresh, rel), { throwIfNoEntry: false }) ??
    (base === undefined || removed.has(rel) ? undefined : lstatSync(join(base, rel), { throwIfNoEntry: false }));
  return stat?.isFile() ? stat.size : undefined;
}
