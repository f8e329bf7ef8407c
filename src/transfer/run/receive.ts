/** The bytes of one item from the phone: into a partial, or only into a hash. What it ends with is what the phone has. */
import { crc32 } from "node:zlib";
import { type MediaItem, type MediaSource, readRange, readsFrom } from "../../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { BlockPool } from "../../shared/block-pool.ts";
import { ItemError } from "../../shared/errors.ts";
import type { PendingFile } from "../destination/destination.ts";
import type { VerifyMode } from "../events.ts";
import { ByteBudget } from "./byte-budget.ts";
import type { ContentHash, Hasher } from "./content-hash.ts";
import type { Pause } from "./pause.ts";

/** What reading one file needs around it. */
export interface ReadContext {
  readonly source: MediaSource;
  readonly verify: VerifyMode;
  readonly pause?: Pause | undefined;
  readonly hasher: Hasher;
  readonly blocks: BlockPool;
  /** Less than 0 for bytes that will be counted again. */
  onBytes(count: number): void;
}

/** Compared with the phone before a partial is continued. */
const overlapBytes = 64 * 1024;
/** Of one file: received, and not yet both hashed and written. */
const maxUnfinishedBytes = 8 * 1024 * 1024;

/** SHA-256 of the item, computed by the phone where it can, else of what it sends. @throws {ItemError} as `receive` */
export async function hashOnce(context: ReadContext, item: MediaItem, options: AbortOptions): Promise<string> {
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
    assertWhole(item, received);
  } catch (error) {
    hash.discard();
    throw error;
  }
  return await hash.digest();
}

/**
 * Every byte from the phone into the partial, behind those that are there already.
 * @returns the hash of what was received; undefined where none is wanted
 * @throws {ItemError} `item-short`, or `item-changed` where the phone wrote to it meanwhile; {DestinationError}, {DeviceError}
 */
export async function receive(
  context: ReadContext,
  item: MediaItem,
  file: PendingFile,
  options: AbortOptions,
): Promise<string | undefined> {
  const { hasher, verify, source } = context;
  const start = (): ContentHash | undefined => (verify === "size" ? undefined : hasher.start(item.sizeBytes));
  let hash = start();
  let received = 0;
  try {
    received = await continueFrom(source, item, file, { ...options, hash });
    if (file.offset > 0 && received === 0) {
      hash?.discard();
      hash = start();
      await file.restart();
    }
    context.onBytes(received);
    for await (const count of writing(context, item, file, { ...options, offset: received, hash })) {
      received += count;
      context.onBytes(count);
    }
    assertWhole(item, received);
  } catch (error) {
    hash?.discard();
    context.onBytes(-received); // they will be counted again when the item is
    throw error;
  }
  const sha256 = await hash?.digest();
  const written = file.written();
  written.catch(() => {}); // met below, unless the file changed
  await assertUnchanged(source, item, options);
  await written;
  return sha256;
}

/** From `offset` on. Yields how many bytes each chunk had, when it was handed over. */
async function* writing(
  { source, blocks, pause }: ReadContext,
  item: MediaItem,
  file: PendingFile,
  { hash, offset, ...options }: AbortOptions & { readonly offset: number; readonly hash: ContentHash | undefined },
): AsyncGenerator<number, void, undefined> {
  const unfinished = new ByteBudget(maxUnfinishedBytes);
  for await (const chunk of source.read(item, { ...options, offset, blocks })) {
    const release = await unfinished.acquire(chunk.length);
    // Its memory is free when it is both hashed and written.
    let users = hash ? 2 : 1;
    const done = (): void => {
      users -= 1;
      if (users > 0) return;
      blocks.give(chunk);
      release();
    };
    const { length } = chunk;
    hash?.update(chunk, done);
    await file.write(chunk, done);
    yield length;
    await pause?.wait(options);
  }
}

/**
 * How far a partial of an earlier try reaches: what is there is what was written then, and its end is what the phone has. 0 where
 * it must begin anew; the hash may have taken some of it by then.
 */
async function continueFrom(
  source: MediaSource,
  item: MediaItem,
  file: PendingFile,
  { hash, ...options }: AbortOptions & { readonly hash: ContentHash | undefined },
): Promise<number> {
  if (file.offset === 0 || !readsFrom(source, item, file.offset)) return 0;
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

function assertWhole({ path, sizeBytes }: MediaItem, received: number): void {
  if (received === sizeBytes) return;
  throw new ItemError("item-short", `${path}: received ${received} of ${sizeBytes} bytes.`, { retryable: true });
}
