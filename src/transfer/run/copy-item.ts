/** One item: read, hash, write, check against the phone, name, remember. */
import { hash as hashOf } from "node:crypto";
import { crc32 } from "node:zlib";
import { type MediaItem, type MediaSource, onThe, readRange } from "../../device/media-source.ts";
import { itemId, type RollItem, type RollRole } from "../../library/index.ts";
import { captureInstant, formatCaptured, splitName } from "../../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { BlockPool } from "../../shared/block-pool.ts";
import { unlessOdd } from "../../shared/disk-errors.ts";
import { DestinationError, ItemError } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { PlanRow, ReadBack } from "../catalog/item-row.ts";
import type { Destination, PendingFile, StoredHash } from "../destination/destination.ts";
import type { ItemOutcome, VerifyMode } from "../events.ts";
import type { UnknownFiles } from "../plan/known-files.ts";
import type { OtherPhones } from "../plan/other-phones.ts";
import { ByteBudget } from "./byte-budget.ts";
import type { ContentHash, Hasher } from "./content-hash.ts";
import type { Pause } from "./pause.ts";

/** What copying one file needs around it; the same for all files of a run. */
export interface CopyContext {
  readonly source: MediaSource;
  readonly destination: Destination;
  readonly catalog: Catalog;
  readonly verify: VerifyMode;
  readonly runId: string;
  /** Files that may be this item already, to be compared with the phone's bytes instead of copying: `--adopt`. */
  readonly unknownFiles?: UnknownFiles | undefined;
  /** Copies from other phones, one of which may be this item already. */
  readonly others?: OtherPhones | undefined;
  readonly pause?: Pause | undefined;
  readonly hasher: Hasher;
  readonly blocks: BlockPool;
  now(): number;
  onBytes(count: number): void;
  /** The file is there, whole and named; what failed afterwards ends the run, and not what was done. */
  onTrouble(error: unknown): void;
  /** The phone is done with, and so is the memory; the disk may still have to be waited for. */
  onWritten(): void;
}

/** Compared with the phone before a partial is continued. */
const overlapBytes = 64 * 1024;
/** Of one file: received, and not yet both hashed and written. */
const maxUnfinishedBytes = 8 * 1024 * 1024;

/**
 * Copies one item to `target`. On any throw nothing is under that name; a large partial is kept where the throw came from
 * the phone's side, so that the next try goes on behind it.
 */
export async function copyItem(
  context: CopyContext,
  item: MediaItem,
  photo: RollItem,
  role: RollRole,
  { target, alike }: { readonly target: string; readonly alike?: PlanRow | undefined },
  options: AbortOptions = {},
): Promise<ItemOutcome> {
  const { source, destination, catalog } = context;
  throwIfAborted(options.signal);
  assertNotEmpty(item, source);
  const there = await findThere(context, item, photo, role, alike, options);
  if (there) return there;
  // Two phones may have files of one path, size and time; their partials are not each other's.
  const key = hashOf("sha256", `${source.device.id}\0${itemId(item)}`);
  await using file = await destination.create({ key, sizeBytes: item.sizeBytes, ...options });
  let sha256: string | undefined;
  try {
    sha256 = await receive(context, item, file, options);
    const written = file.written();
    written.catch(() => {}); // met below, unless the file changed
    await assertUnchanged(source, item, options);
    await written;
  } catch (error) {
    if (!(error instanceof DestinationError) && !(error instanceof ItemError && error.code === "item-changed"))
      file.keep();
    throw error;
  }
  // To read files back beside the writing of others would have a disk seek between all of them.
  if (context.verify !== "reread") context.onWritten();
  const row = {
    photoId: photo.id,
    uuid: photo.library?.uuid,
    role,
    captured: photo.captured && formatCaptured(photo.captured),
    sha256,
    copiedAt: context.now(),
    runId: context.runId,
  };
  const shared = sha256 === undefined ? undefined : await copyOfOther(context, item, sha256, options);
  if (shared !== undefined)
    return await present(context, item, photo, role, {
      target: shared,
      sha256: sha256 as string,
      reason: "other-phone",
    });
  const device = source.device.id;
  const modified = photo.captured ? captureInstant(photo.captured) : (item.createdAt ?? item.modifiedAt);
  const proof = context.verify === "reread" ? await reread(file, item, sha256, modified, options) : undefined;
  const passedOver: string[] = [];
  for (const nameOf of [() => target, () => withSuffix(target, photo.id), () => withSuffix(target, itemId(item))]) {
    const name = nameOf();
    await catalog.items.markPending(device, item, { ...row, target: name, readBack: proof && wholeAt(context) });
    const result = await file.commit(name, modified);
    if (result === "stored") {
      // Without it the row stays pending, and the next run finds the file by it.
      await catalog.items
        .noteDone(device, item, { ...row, target: name, readBack: proof && wholeAt(context), storedMs: file.storedMs })
        .catch((error) => context.onTrouble(error));
      return outcome(item, photo, role, "copied", {
        target: name,
        sha256,
        ...(passedOver.length > 0 ? { passedOver } : {}),
        ...(proof ? { reread: proof.from } : {}),
        ...(file.dateKept ? {} : { message: "The disk could not keep the file's date; it is in the report." }),
      });
    }
    const stat = await unlessOdd(destination.stat(name));
    if (!stat || stat.sizeBytes < 0) passedOver.push(name);
    else if (sha256 !== undefined && (await hasSameContent(destination, name, sha256, item.sizeBytes, options))) {
      await catalog.items.noteDone(device, item, { ...row, target: name, readBack: wholeAt(context) });
      return outcome(item, photo, role, "present", { target: name, sha256, reason: "same-content" });
    }
  }
  catalog.items.forget(device, item);
  throw new ItemError("destination-name-taken", `${target} is taken by a different file.`);
}

/**
 * Compares the phone's bytes with files that may be this one already: one that looks the same, with `--adopt` all of equal size.
 * Nothing is written where one is the same.
 */
async function findThere(
  context: CopyContext,
  item: MediaItem,
  photo: RollItem,
  role: RollRole,
  alike: PlanRow | undefined,
  options: AbortOptions,
): Promise<ItemOutcome | undefined> {
  const { destination, unknownFiles, others } = context;
  const unknown = unknownFiles?.ofSize(item.sizeBytes) ?? [];
  const ofOthers = unknownFiles && others ? others.ofSize(item) : others && alike ? [alike] : [];
  if (unknown.length + ofOthers.length === 0) return undefined;
  const sha256 = await hashOnce(context, item, options);
  for (const target of unknown) {
    if ((await unlessOdd(destination.hash(target, options)))?.sha256 !== sha256) continue;
    unknownFiles?.take(target, item.sizeBytes);
    context.onBytes(item.sizeBytes);
    return await present(context, item, photo, role, { target, sha256, reason: "adopted" });
  }
  const target = await copyOfOther(context, item, sha256, options, ofOthers);
  if (target === undefined) return undefined;
  context.onBytes(item.sizeBytes);
  return await present(context, item, photo, role, { target, sha256, reason: "other-phone" });
}

/** Another phone's copy that is this very file, and whole on the disk; it stands for this phone's from now on. */
async function copyOfOther(
  { destination, others }: CopyContext,
  item: MediaItem,
  sha256: string,
  options: AbortOptions,
  among: readonly PlanRow[] = others?.ofSize(item) ?? [],
): Promise<string | undefined> {
  for (const row of among) {
    if (row.sha256 !== undefined && row.sha256 !== sha256) continue;
    // Two equal files of this phone may come here at once: each has a copy of its own.
    if (!others?.take(row.target)) continue;
    try {
      if ((await unlessOdd(destination.hash(row.target, options)))?.sha256 === sha256) return row.target;
    } catch (error) {
      others.release(row.target);
      throw error;
    }
    others.release(row.target);
  }
  return undefined;
}

/** Registers a file that is there already and was read just now. */
async function present(
  context: CopyContext,
  item: MediaItem,
  photo: RollItem,
  role: RollRole,
  found: { readonly target: string; readonly sha256: string; readonly reason: "adopted" | "other-phone" },
): Promise<ItemOutcome> {
  await context.catalog.items.noteDone(context.source.device.id, item, {
    photoId: photo.id,
    uuid: photo.library?.uuid,
    role,
    captured: photo.captured && formatCaptured(photo.captured),
    sha256: found.sha256,
    target: found.target,
    copiedAt: context.now(),
    runId: context.runId,
    readBack: wholeAt(context),
  });
  return outcome(item, photo, role, "present", found);
}

/** SHA-256 of the item, computed by the phone where it can, else of what it sends. */
async function hashOnce(context: CopyContext, item: MediaItem, options: AbortOptions): Promise<string> {
  const { source, hasher, blocks, pause } = context;
  if (source.hashOnPhone) return await source.hashOnPhone(item, options);
  const hash = hasher.start(item.sizeBytes);
  const unfinished = new ByteBudget(maxUnfinishedBytes);
  let received = 0;
  try {
    for await (const chunk of source.read(item, { ...options, blocks })) {
      const release = await unfinished.acquire(chunk.length);
      received += chunk.length;
      hash.update(chunk, () => {
        blocks.give(chunk);
        release();
      });
      await pause?.wait(options);
    }
    await assertUnchanged(source, item, options);
  } catch (error) {
    hash.discard();
    throw error;
  }
  const sha256 = await hash.digest();
  if (received === item.sizeBytes) return sha256;
  throw new ItemError("item-short", `${item.path}: received ${received} of ${item.sizeBytes} bytes.`, {
    retryable: true,
  });
}

/** Every byte from the phone into the partial. Returns the hash of what was received. */
async function receive(
  context: CopyContext,
  item: MediaItem,
  file: PendingFile,
  options: AbortOptions,
): Promise<string | undefined> {
  const { blocks, hasher } = context;
  const start = (): ContentHash | undefined => (context.verify === "size" ? undefined : hasher.start(item.sizeBytes));
  let hash: ContentHash | undefined;
  const unfinished = new ByteBudget(maxUnfinishedBytes);
  let received = 0;
  try {
    hash = start();
    received = await continueFrom(context.source, item, file, hash, options);
    if (file.offset > 0 && received === 0) {
      hash?.discard();
      hash = start();
      await file.restart();
    }
    context.onBytes(received);
    for await (const chunk of context.source.read(item, { ...options, offset: received, blocks })) {
      const release = await unfinished.acquire(chunk.length);
      let users = hash ? 2 : 1;
      const done = (): void => {
        users -= 1;
        if (users > 0) return;
        blocks.give(chunk);
        release();
      };
      hash?.update(chunk, done);
      await file.write(chunk, done);
      received += chunk.length;
      context.onBytes(chunk.length);
      await context.pause?.wait(options);
    }
  } catch (error) {
    hash?.discard();
    context.onBytes(-received); // they will be counted again when the item is
    throw error;
  }
  if (received !== item.sizeBytes) {
    hash?.discard();
    throw new ItemError("item-short", `${item.path}: received ${received} of ${item.sizeBytes} bytes.`, {
      retryable: true,
    });
  }
  return await hash?.digest();
}

/**
 * How far a partial of an earlier try reaches: what is there is what was written then, and its end is what the phone has. 0 where
 * it must begin anew; the hash may have taken some of it by then.
 */
async function continueFrom(
  source: MediaSource,
  item: MediaItem,
  file: PendingFile,
  hash: ContentHash | undefined,
  options: AbortOptions,
): Promise<number> {
  if (file.offset === 0 || !canContinue(source, item, file.offset)) return 0;
  if (!(await overlapMatches(source, item, file, options))) return 0;
  let at = 0;
  let sum = 0;
  while (at < file.offset) {
    throwIfAborted(options.signal);
    const block = await file.readBack(at, Math.min(1024 * 1024, file.offset - at));
    if (block.length === 0) return 0;
    hash?.update(block);
    sum = crc32(block, sum);
    at += block.length;
  }
  return sum === file.offsetCrc32 ? at : 0;
}

/** A device may send a file of 4 GiB from its start only, and all others from anywhere. */
function canContinue(source: MediaSource, item: MediaItem, offset: number): boolean {
  return source.canReadFrom ? source.canReadFrom(item, offset) : source.capabilities.resume;
}

async function overlapMatches(
  source: MediaSource,
  item: MediaItem,
  file: PendingFile,
  options: AbortOptions,
): Promise<boolean> {
  const length = Math.min(overlapBytes, file.offset);
  const offset = file.offset - length;
  const ours = await file.readBack(offset, length);
  const theirs = await readRange(source, item, { ...options, offset, length });
  return Buffer.from(ours.buffer, ours.byteOffset, ours.length).equals(theirs);
}

/** The phone's size and time after the read: a file that was written to meanwhile is not whole. */
async function assertUnchanged(source: MediaSource, item: MediaItem, options: AbortOptions): Promise<void> {
  const now = await source.stat(item, options);
  if (now.sizeBytes !== item.sizeBytes || now.modifiedAt?.getTime() !== item.modifiedAt?.getTime())
    throw new ItemError("item-changed", `${item.path} changed while it was copied.`, { retryable: true });
}

function wholeAt(context: CopyContext): ReadBack {
  return { at: context.now(), found: "whole" };
}

/** Before the file has its name: what the disk gives back is what was received, or nothing stands under the name. */
async function reread(
  file: PendingFile,
  item: MediaItem,
  sha256: string | undefined,
  modified: Date | undefined,
  options: AbortOptions,
): Promise<StoredHash> {
  const stored = await file.reread(modified, options);
  if (stored.sha256 !== sha256 || stored.sizeBytes !== item.sizeBytes)
    throw new DestinationError(
      "destination-mismatch",
      `${item.path}: what the disk gives back is not what was written.`,
    );
  return stored;
}

async function hasSameContent(
  destination: Destination,
  name: string,
  sha256: string,
  sizeBytes: number,
  options: AbortOptions,
): Promise<boolean> {
  const stat = await destination.stat(name);
  if (stat?.sizeBytes !== sizeBytes) return false;
  return (await unlessOdd(destination.hash(name, options)))?.sha256 === sha256;
}

const fromICloud = "Choose Settings > Photos > Download and Keep Originals there, wait, and run again.";
const emptyRemedy =
  "It was never written to its end: a download or a recording that broke off. There is nothing to copy.";

/** A listed file without bytes is the stub of one that is in iCloud; an empty "photo" would look like a copy. */
function assertNotEmpty(item: MediaItem, { device, capabilities }: Pick<MediaSource, "device" | "capabilities">): void {
  if (item.sizeBytes === 0)
    throw capabilities.absence === "cloud"
      ? new ItemError(
          "item-unreadable",
          `${item.path} is empty ${onThe(device.noun)}: it is probably in iCloud only.`,
          {
            remedy: fromICloud,
          },
        )
      : new ItemError("item-unreadable", `${item.path} is empty ${onThe(device.noun)}.`, { remedy: emptyRemedy });
}

/** The event that ends one file. */
export function outcome(
  item: MediaItem,
  photo: RollItem | undefined,
  role: RollRole | undefined,
  kind: ItemOutcome["outcome"],
  rest: Partial<ItemOutcome> = {},
): ItemOutcome {
  return {
    type: "item",
    path: item.path,
    outcome: kind,
    sizeBytes: item.sizeBytes,
    ...(photo ? { photoId: photo.id } : {}),
    ...(photo?.library?.uuid ? { uuid: photo.library.uuid } : {}),
    ...(role ? { role } : {}),
    ...(photo?.captured ? { captured: formatCaptured(photo.captured), capturedFrom: photo.captured.source } : {}),
    ...(item.createdAt ? { createdMs: item.createdAt.getTime() } : {}),
    ...(item.modifiedAt ? { modifiedMs: item.modifiedAt.getTime() } : {}),
    ...rest,
  };
}

function withSuffix(target: string, suffix: string): string {
  const { stem, extension } = splitName(target);
  return `${stem}_${suffix}${extension ? `.${extension}` : ""}`;
}
