/** Carries a difference out: files move or come by their hashes, a group at a time, and the copy's catalog is told before and after. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DestinationError, type ErrorCode, ItemError, toAppError } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { FirstCatalog, FirstFile, Held } from "../catalog/first-catalog.ts";
import type { Destination } from "../destination/destination.ts";
import type { Bytes, CopyPlace } from "./copy-place.ts";
import type { Difference, FileToCopy } from "./difference.ts";
import type { CopyEvent, CopyFailure } from "./events.ts";

export interface Sides {
  /** The copy's own. */
  readonly catalog: Catalog;
  readonly first: FirstCatalog;
  readonly source: Destination;
  readonly place: CopyPlace;
}

export interface CopyOptions extends AbortOptions {
  readonly clock: Clock;
  readonly emit: (event: CopyEvent) => void;
}

/** What a run knows more and more of. */
export interface Tally {
  readonly held: Held[];
  readonly failures: CopyFailure[];
  copied: { files: number; bytes: number };
  moved: number;
}

/** What is pending at once: after a crash, so much is looked at again. */
const groupFiles = 64;
const groupBytes = 64 * 1024 * 1024;
const blockBytes = 1024 * 1024;
const tellEveryMs = 250;

/** Errors of one file, not of the place. */
const ofOneFile: readonly ErrorCode[] = ["destination-unsafe", "destination-name-taken", "destination-mismatch"];

/** @throws {DestinationError} what ends the run; {CancelledError} */
export async function copyFiles(
  sides: Sides,
  difference: Difference,
  tally: Tally,
  options: CopyOptions,
): Promise<void> {
  for (const move of difference.toMove) await moveFile(sides, move, tally, options);
  // A link in the place of the folder for what is not whole yet is told once, and not of each file.
  if (difference.toCopy.length > 0) await sides.place.prepare();
  const progress = new Progress(difference.toCopy, options);
  for (const group of groups(difference.toCopy)) await copyGroup(sides, group, { tally, progress }, options);
}

/** It is proven under its old name first: what is damaged there comes anew, under the new one, with the next run. */
async function moveFile(
  { catalog, source, place }: Sides,
  { file, from }: Difference["toMove"][number],
  tally: Tally,
  options: CopyOptions,
): Promise<void> {
  throwIfAborted(options.signal);
  const { target, sizeBytes, sha256 } = file;
  const proof = await place.prove({ path: from, sizeBytes, sha256 }, options);
  if (proof.found !== "whole") return fail(tally, options, file, { code: "copy-damaged", message: proof.detail });
  // Told before: a crash in between leaves a row that leads nowhere, and the file is found by its hash.
  const moved = await place.move(from, target).catch(async (error: unknown) => {
    // What stands in one photo's way costs that photo.
    if (await isOfOneFile(error, { source, place })) return toAppError(error);
    throw error;
  });
  if (moved !== "moved") return fail(tally, options, file, moved instanceof AppError ? moved : nameTaken);
  catalog.items.retarget(from, target);
  tally.held.push({ target, here: target });
  tally.moved += 1;
  options.emit({ type: "file", path: target, outcome: "moved", sizeBytes });
}

const nameTaken = { code: "destination-name-taken", message: "Another file has its name in the copy." } as const;

function* groups(files: readonly FileToCopy[]): Generator<FileToCopy[], void, undefined> {
  let group: FileToCopy[] = [];
  let bytes = 0;
  for (const file of files) {
    group.push(file);
    bytes += file.sizeBytes;
    if (group.length < groupFiles && bytes < groupBytes) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** Of a file: whether it stands, cannot be had, or nobody knows. */
type Result = { readonly file: FileToCopy } & (
  | { readonly held: Held }
  | { readonly problem: Pick<AppError, "code" | "message"> }
  | { readonly fatal: unknown }
);

async function copyGroup(
  { first, source, place }: Sides,
  group: readonly FileToCopy[],
  { tally, progress }: { readonly tally: Tally; readonly progress: Progress },
  options: CopyOptions,
): Promise<void> {
  throwIfAborted(options.signal);
  first.markPending(group.map((file) => file.target));
  const results: Result[] = [];
  let fatal: { readonly error: unknown } | undefined;
  const one = async (file: FileToCopy): Promise<Result | undefined> =>
    fatal ? undefined : await copyFile({ source, place }, file, progress, options);
  for await (const result of mapOrdered(group, place.properties.concurrency, one)) {
    if (!result) continue;
    results.push(result);
    if ("fatal" in result) fatal ??= { error: result.fatal };
  }
  const stored = results.flatMap((r) => ("held" in r ? [r.held] : []));
  const failed = results.flatMap((r) => ("problem" in r ? [r.file.target] : []));
  try {
    first.markDone(stored, failed);
  } catch (error) {
    // A disk that is full or gone says so of the catalog too: the next run finds the files by their hashes.
    fatal ??= { error };
  }
  for (const result of results) tell(result, tally, options);
  if (fatal) throw fatal.error;
}

function tell(result: Result, tally: Tally, options: CopyOptions): void {
  const { file } = result;
  if ("problem" in result) fail(tally, options, file, result.problem);
  if (!("held" in result)) return;
  tally.held.push(result.held);
  tally.copied = { files: tally.copied.files + 1, bytes: tally.copied.bytes + file.sizeBytes };
  options.emit({ type: "file", path: file.target, outcome: "copied", sizeBytes: file.sizeBytes });
}

export function fail(
  tally: Pick<Tally, "failures">,
  { emit }: CopyOptions,
  { target, sizeBytes }: Pick<FirstFile, "target" | "sizeBytes">,
  { code, message }: Pick<AppError, "code" | "message">,
): void {
  tally.failures.push({ path: target, code, message });
  emit({ type: "file", path: target, outcome: "failed", sizeBytes, code, message });
}

async function copyFile(
  { source, place }: Pick<Sides, "source" | "place">,
  file: FileToCopy,
  progress: Progress,
  options: CopyOptions,
): Promise<Result> {
  try {
    const bytes = progress.counting(bytesOf(source, file.target));
    const put = await place.put({ ...file, path: file.target }, bytes, options);
    progress.fileDone();
    if (put.type === "name-taken") return { file, problem: nameTaken };
    if (put.type === "not-it") return { file, problem: damagedInFirst };
    const { target } = file;
    return { file, held: { target, here: target, storedMs: put.modifiedMs, readAt: options.clock.now() } };
  } catch (error) {
    return (await isOfOneFile(error, { source, place }))
      ? { file, problem: toAppError(error) }
      : { file, fatal: error };
  }
}

const damagedInFirst = {
  code: "copy-damaged",
  message: "In the first it is not what was copied from the phone: it was left out.",
} as const;

/** A disk that went away fails file after file; that is one trouble, and not theirs. */
async function isOfOneFile(error: unknown, { source, place }: Pick<Sides, "source" | "place">): Promise<boolean> {
  const { scope, code } = toAppError(error);
  if (scope !== "item" && !ofOneFile.includes(code)) return false;
  if (!(await source.isThere())) throw notThere(source.label);
  if (!(await place.isThere())) throw notThere(place.label);
  return true;
}

function notThere(label: string): DestinationError {
  return new DestinationError("destination-not-there", `${label} went away.`);
}

/** A file of the first. What its disk refuses is that file's trouble. */
export function bytesOf(source: Destination, path: string): Bytes {
  return async function* (offset, { signal }) {
    await using file = await ofFirst(() => source.open(path));
    for (let at = offset; ; ) {
      throwIfAborted(signal);
      const block = await ofFirst(() => file.read(at, blockBytes));
      if (block.length === 0) return;
      yield block;
      at += block.length;
    }
  };
}

async function ofFirst<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new ItemError("item-io", `It cannot be read from the first: ${toAppError(cause).message}`, { cause });
  }
}

/** Told a few times a second. */
class Progress {
  readonly #total: { readonly files: number; readonly bytes: number };
  readonly #options: CopyOptions;
  #files = 0;
  #bytes = 0;
  #toldAt: number;

  constructor(files: readonly FileToCopy[], options: CopyOptions) {
    this.#total = { files: files.length, bytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
    this.#options = options;
    this.#toldAt = options.clock.now();
  }

  counting(bytes: Bytes): Bytes {
    const count = (length: number): void => this.#count(length);
    return async function* (offset, options) {
      count(offset);
      for await (const chunk of bytes(offset, options)) {
        count(chunk.length);
        yield chunk;
      }
    };
  }

  fileDone(): void {
    this.#files += 1;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#options.clock.now();
    if (now - this.#toldAt < tellEveryMs) return;
    this.#toldAt = now;
    const { files, bytes: totalBytes } = this.#total;
    this.#options.emit({ type: "progress", files: this.#files, bytes: this.#bytes, totalFiles: files, totalBytes });
  }
}
