/** Reading on after a connection was lost: the rest is appended only to bytes of the same file. One rule for every protocol. */
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { DeviceError, ItemError, ProtocolError } from "../shared/errors.ts";
import type { MediaItem, MediaSource, ReadOptions } from "./media-source.ts";

const reopenAttempts = 3;
/** So much of a file between two losses is progress. */
const worthwhileBytes = 16 * 1024;
/** Bytes before a loss that are read again and compared before anything is appended to them. */
const overlapBytes = 16 * 1024;

export interface ResumingRead {
  /** Yields the bytes from `offset` to `end`, or throws. */
  readOnce(offset: number, end: number, options: Pick<ReadOptions, "signal" | "blocks">): AsyncIterable<Uint8Array>;
  /** Whether another connection may do better; throws in place of an error that says something else than it seems. */
  isWorthAnother(error: unknown, options: AbortOptions): Promise<boolean>;
}

/** @throws {ItemError} `item-changed` when what is read again differs from what was read before */
export async function* readResuming(
  source: Pick<MediaSource, "stat">,
  item: MediaItem,
  options: ReadOptions,
  { readOnce, isWorthAnother }: ResumingRead,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = options.offset ?? 0;
  const end = start + (options.length ?? item.sizeBytes - start);
  let at = start;
  let attempts = 0;
  let gained = 0;
  // A copy of what came last: the slice itself is the caller's.
  let tail = Buffer.alloc(0);
  let tailBytes = 0;
  for (;;) {
    try {
      let overlap: Uint8Array = Buffer.from(tail.subarray(0, tailBytes));
      for await (const chunk of readOnce(at - overlap.length, end, options)) {
        const fresh = overlap.length > 0 ? beyondOverlap(chunk, overlap, item) : chunk;
        overlap = overlap.subarray(Math.min(chunk.length, overlap.length));
        if (fresh.length === 0) continue;
        at += fresh.length;
        gained += fresh.length;
        // A phone that hangs up after every byte would be asked for ever.
        if (gained >= worthwhileBytes) attempts = 0;
        if (at < end) {
          if (tail.length === 0) tail = Buffer.allocUnsafe(overlapBytes);
          tailBytes = Math.min(tail.length, fresh.length);
          tail.set(fresh.subarray(fresh.length - tailBytes));
        }
        yield fresh;
      }
      return;
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(await isWorthAnother(error, options))) throw error;
      attempts += 1;
      gained = 0;
      if (attempts > reopenAttempts) throw error;
      await assertUnchanged(source, item, options);
    }
  }
}

async function assertUnchanged(
  source: Pick<MediaSource, "stat">,
  item: MediaItem,
  { signal }: AbortOptions,
): Promise<void> {
  const now = await source.stat(item, signal ? { signal } : {});
  if (now.sizeBytes !== item.sizeBytes || now.modifiedAt?.getTime() !== item.modifiedAt?.getTime())
    throw new ItemError("item-changed", `${item.path} changed while it was read.`, { retryable: true });
}

/** The part of `chunk` behind what is known already; that part must be the same as before. */
function beyondOverlap(chunk: Uint8Array, known: Uint8Array, item: MediaItem): Uint8Array {
  const shared = Math.min(chunk.length, known.length);
  if (Buffer.compare(chunk.subarray(0, shared), known.subarray(0, shared)) !== 0)
    throw new ItemError("item-changed", `${item.path}: read again after a lost connection, its bytes differ.`, {
      retryable: true,
    });
  return chunk.subarray(shared);
}

/** The connection is dead, by its end, by silence or by bytes against the protocol: another one may do better. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof ProtocolError) return true;
  if (!(error instanceof DeviceError)) return false;
  return error.code === "device-disconnected" || (error.code === "device-stalled" && error.retryable);
}
