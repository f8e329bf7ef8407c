/** What a person settles: files of a phone that are left out from now on, because they cannot be had or are not wanted. */
import { posix } from "node:path";
import { isNamelessPath } from "../../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { UsageError } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { type FileKey, keyOfOutcome } from "../catalog/file-key.ts";
import { type IgnoredFile, isEntryAlone } from "../catalog/settled.ts";
import type { Destination } from "../destination/destination.ts";
import { openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";
import type { RunFiles } from "../destination/store.ts";
import { readRunLogs } from "../logs/run-log.ts";
import { lookAtCopies } from "../plan/known-files.ts";

/** A file that can be settled, and by which names a person may mean it. */
interface Candidate {
  readonly file: FileKey;
  /** An error code, or `asked`. */
  readonly cause: string;
  readonly photo: string;
  readonly names: readonly (string | undefined)[];
}

/**
 * The files that are meant: one by its path or name, all of a photo by its short id.
 * @throws {UsageError} `item-not-found`, `item-ambiguous`
 */
export async function findFiles(
  catalog: Catalog,
  folder: DestinationFolder,
  wanted: string,
): Promise<{ file: FileKey; cause: string }[]> {
  const plain = wanted.toLowerCase();
  const known = await candidates(catalog, openPlace(folder).metadata.runs);
  const found = [...known].filter((c) => c.names.some((n) => n?.toLowerCase() === plain));
  // Who names a file after a run has failed means the one that failed.
  const failed = found.filter((c) => c.cause !== "asked");
  const meant = failed.length > 0 ? failed : found;
  if (meant.length === 0)
    throw new UsageError("item-not-found", `No run has met "${wanted}" here.`, {
      remedy: "Give its path where it was copied from, its file name, its short id, or its path in the destination.",
    });
  const [first, other] = [...new Map(meant.map((c) => [c.photo, c.file.path])).values()];
  if (other !== undefined)
    throw new UsageError("item-ambiguous", `"${wanted}" may be ${first} or ${other}.`, {
      remedy: "Give the path where it was copied from.",
    });
  if (meant.every(({ file }) => isEntryAlone(file) && isNamelessPath(file.path)))
    throw new UsageError("item-ambiguous", `"${wanted}" has no name: something else may be called so next time.`, {
      remedy:
        "It cannot be ignored: photos would be left out with it. Unlock it and run again, or copy it in another way.",
    });
  return meant;
}

/** Each file of a phone once, as it was met last. */
async function candidates(catalog: Catalog, runs: RunFiles): Promise<Iterable<Candidate>> {
  const byPath = new Map<string, Candidate>();
  const add = (file: FileKey, cause: string, photoId: string | undefined, target?: string): void => {
    const at = `${file.device}\0${file.path}`;
    const before = byPath.get(at);
    const id = photoId || before?.names.at(-1);
    byPath.set(at, {
      file,
      cause,
      photo: `${file.device}\0${file.uuid ?? id ?? file.path}`,
      names: [file.path, posix.basename(file.path), target, target && posix.basename(target), id],
    });
  };
  for (const { photoId, target, ...file } of catalog.items.copied()) add(file, "asked", photoId, target);
  let device = "";
  for await (const { line } of readRunLogs(runs)) {
    if (line.type === "run") device = line.device.id;
    if (line.type === "item" && line.outcome !== "present")
      add(keyOfOutcome(device, line), "asked", line.photoId, line.target);
  }
  for (const { code, message: _, firstRun: __, lastRun: ___, ...file } of catalog.settled.failures())
    add(file, code, undefined);
  return byPath.values();
}

/** What `ignore --removed` settled. */
export interface RemovedFiles {
  /** They are not in the destination, and will not be copied again. */
  readonly gone: number;
  /** The last run copied them again: they lie there until somebody removes them once more. */
  readonly back: number;
}

/** Ignores every file that was copied once and is not in the destination now, or that the last run found so and copied again. */
export async function ignoreRemoved(
  catalog: Catalog,
  destination: Destination,
  options: AbortOptions & { readonly now: number },
): Promise<RemovedFiles> {
  // What was only renamed is there.
  await lookAtCopies({ destination, catalog, device: "", mayChange: true, now: options.now }, options);
  const told = catalog.settled.removed();
  const gone: { file: FileKey; target: string }[] = [];
  for (const { photoId: _, target, ...file } of catalog.items.copied()) {
    throwIfAborted(options.signal);
    if ((await destination.stat(target)) === undefined) gone.push({ file, target });
  }
  const isGone = new Set(gone.map(({ file }) => `${file.device}\0${file.path}`));
  const back = told.filter((file) => !isGone.has(`${file.device}\0${file.path}`));
  catalog.transaction(() => {
    for (const { file, target } of gone) {
      catalog.settled.ignore(file, "removed", options.now);
      catalog.items.forgetTarget(file.device, target);
    }
    for (const file of back) catalog.settled.ignore(file, "removed", options.now);
  });
  return { gone: gone.length, back: back.length };
}

/** Which of the ignored files are meant. @throws {UsageError} `item-not-found` */
export function findIgnored(catalog: Catalog, wanted: string): IgnoredFile[] {
  const plain = wanted.toLowerCase();
  const found = catalog.settled
    .ignored()
    .filter((f) => [f.path, posix.basename(f.path)].some((n) => n.toLowerCase() === plain));
  if (found.length > 0) return found;
  throw new UsageError("item-not-found", `"${wanted}" is not ignored here.`, {
    remedy: "`offroll ignore --list` shows what is.",
  });
}
