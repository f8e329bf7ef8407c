/** One item: read, hash, write, check against the phone, name, remember. */
import { hash as hashOf } from "node:crypto";
import { type MediaItem, type MediaSource, onThe } from "../../device/media-source.ts";
import { itemId } from "../../library/index.ts";
import { captureInstant } from "../../media/capture-time.ts";
import { splitName } from "../../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { unlessOdd } from "../../shared/disk-errors.ts";
import { DestinationError, ItemError } from "../../shared/errors.ts";
import type { PendingFile, StoredHash } from "../destination/destination.ts";
import type { ItemOutcome } from "../events.ts";
import { copyOfOther, findThere, holds, present } from "./already-there.ts";
import { type CopyContext, type CopyJob, rowOf, wholeNow } from "./copy-context.ts";
import { outcome } from "./outcome.ts";
import { receive } from "./receive.ts";

/**
 * Copies one item to its target, or finds that it is there. On any throw nothing is under that name; a large partial is kept where
 * the throw came from the phone's side, so that the next try goes on behind it.
 */
export async function copyItem(context: CopyContext, job: CopyJob, options: AbortOptions = {}): Promise<ItemOutcome> {
  const { source, destination, others } = context;
  const { item } = job;
  throwIfAborted(options.signal);
  assertNotEmpty(item, source);
  const there = await findThere(context, job, options);
  if (there) return there;
  // Two phones may have files of one path, size and time; their partials are not each other's.
  const key = hashOf("sha256", `${source.device.id}\0${itemId(item)}`);
  await using file = await destination.create({ key, sizeBytes: item.sizeBytes, ...options });
  const sha256 = await receiveOrKeep(context, item, file, options);
  // To read files back beside the writing of others would have a disk seek between all of them.
  if (context.verify !== "reread") context.onWritten();
  const equal = sha256 === undefined || !others ? [] : others.ofSize(item);
  const shared = sha256 === undefined ? undefined : await copyOfOther(context, equal, sha256, options);
  if (shared !== undefined && sha256 !== undefined)
    return await present(context, job, { target: shared, sha256, reason: "other-phone" });
  return await giveName(context, job, { file, sha256 }, options);
}

/** A partial is worth keeping unless the disk, or a change on the phone, made it worthless. */
async function receiveOrKeep(
  context: CopyContext,
  item: MediaItem,
  file: PendingFile,
  options: AbortOptions,
): Promise<string | undefined> {
  try {
    return await receive(context, item, file, options);
  } catch (error) {
    const isWorthless =
      error instanceof DestinationError || (error instanceof ItemError && error.code === "item-changed");
    if (!isWorthless) file.keep();
    throw error;
  }
}

interface Received {
  readonly file: PendingFile;
  /** Undefined where none was wanted. */
  readonly sha256: string | undefined;
}

/** Proven first, where that is asked for; then named, under the next of its names where another file has one. */
async function giveName(
  context: CopyContext,
  job: CopyJob,
  received: Received,
  options: AbortOptions,
): Promise<ItemOutcome> {
  const { source, items, destination } = context;
  const { item, photo } = job;
  const { file, sha256 } = received;
  const device = source.device.id;
  const modified = photo.captured ? captureInstant(photo.captured) : (item.createdAt ?? item.modifiedAt);
  const proof = context.verify === "reread" ? await reread(received, item, modified, options) : undefined;
  const passedOver: string[] = [];
  for (const target of namesOf(job)) {
    await items.markPending(
      device,
      item,
      rowOf(context, job, { target, sha256, readBack: proof && wholeNow(context) }),
    );
    if ((await file.commit(target, modified)) === "stored")
      return await stored(context, job, received, { target, proof, passedOver });
    const stat = await unlessOdd(destination.stat(target));
    if (!stat || stat.sizeBytes < 0) passedOver.push(target);
    else if (
      sha256 !== undefined &&
      stat.sizeBytes === item.sizeBytes &&
      (await holds(destination, target, sha256, options))
    )
      return await present(context, job, { target, sha256, reason: "same-content" });
  }
  items.forget(device, item);
  throw new ItemError("destination-name-taken", `${job.target} is taken by a different file.`);
}

interface Named {
  readonly target: string;
  readonly proof: StoredHash | undefined;
  /** Names that something has that is no file. */
  readonly passedOver: readonly string[];
}

async function stored(
  context: CopyContext,
  job: CopyJob,
  { file, sha256 }: Received,
  { target, proof, passedOver }: Named,
): Promise<ItemOutcome> {
  const row = rowOf(context, job, { target, sha256, readBack: proof && wholeNow(context) });
  // Without it the row stays pending, and the next run finds the file by it.
  await context.items
    .noteDone(context.source.device.id, job.item, { ...row, storedMs: file.storedMs })
    .catch((error) => context.onTrouble(error));
  return outcome(job, "copied", {
    target,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(passedOver.length > 0 ? { passedOver } : {}),
    ...(proof ? { reread: proof.from } : {}),
    ...(file.dateKept ? {} : { message: "The disk could not keep the file's date; it is in the report." }),
  });
}

/** The plain name, then those that no other photo would get. The last is seldom asked for. */
function* namesOf({ target, photo, item }: CopyJob): Generator<string, void, undefined> {
  yield target;
  yield withSuffix(target, photo.id);
  yield withSuffix(target, itemId(item));
}

/** Before the file has its name: what the disk gives back is what was received, or nothing stands under the name. */
async function reread(
  { file, sha256 }: Received,
  item: MediaItem,
  modified: Date | undefined,
  options: AbortOptions,
): Promise<StoredHash> {
  const there = await file.reread(modified, options);
  if (there.sha256 !== sha256 || there.sizeBytes !== item.sizeBytes)
    throw new DestinationError(
      "destination-mismatch",
      `${item.path}: what the disk gives back is not what was written.`,
    );
  return there;
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

function withSuffix(target: string, suffix: string): string {
  const { stem, extension } = splitName(target);
  return `${stem}_${suffix}${extension ? `.${extension}` : ""}`;
}
