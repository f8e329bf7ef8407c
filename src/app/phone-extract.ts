/**
 * Files of a phone's backup onto a disk, under names that every disk takes: each read whole, compared with what the phone told of it,
 * written through a `Destination` and read back before it gets its name. Nothing is overwritten, no link is made or followed.
 */
import { createHash } from "node:crypto";
import type { PhoneFile, PhoneFiles } from "../device/phone-files.ts";
import { matching } from "../phone-backup/index.ts";
import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { type AppError, DestinationError, ItemError, toAppError } from "../shared/errors.ts";
import { formatRoom, printable } from "../shared/text.ts";
import { type Destination, type DestinationFolder, openPlace, safeComponent } from "../transfer/destination/index.ts";

/** How one file ended. `stored` is where it lies now, below the folder. */
export type ExtractEvent =
  | {
      readonly type: "file";
      readonly outcome: "extracted" | "present";
      readonly file: PhoneFile;
      readonly stored: string;
    }
  | { readonly type: "file"; readonly outcome: "failed"; readonly file: PhoneFile; readonly error: AppError }
  | { readonly type: "file"; readonly outcome: "left-out"; readonly file: PhoneFile; readonly why: "link" };

/** How many there are of each, and their bytes. */
export interface ExtractCounts {
  readonly files: number;
  readonly bytes: number;
  readonly links: number;
}

/** Where to, and who is told. */
export interface ExtractOptions extends AbortOptions {
  readonly folder: DestinationFolder;
  readonly clock: Clock;
  readonly pid: number;
  readonly onEvent: (event: ExtractEvent) => void;
  /** Bytes of the file under way, as they come. */
  readonly onBytes?: (bytes: number) => void;
}

/** Another file has the name: so many are tried beside it. */
const mostNames = 1_000;
/** A name's ending stays whole when the name is cut, where it is one. */
const longestEnding = 16;

/** What a pattern means, before anything is written. */
export async function countMatching(files: PhoneFiles, pattern: string, options: AbortOptions): Promise<ExtractCounts> {
  const counts = { files: 0, bytes: 0, links: 0 };
  for await (const file of matching(files, pattern, options))
    if (file.kind === "file") {
      counts.files += 1;
      counts.bytes += file.sizeBytes;
    } else if (file.kind === "link") counts.links += 1;
  return counts;
}

/**
 * Every file and link that the pattern means ends in one event.
 * @param counts as `countMatching` gave them
 * @throws {DestinationError} `destination-full` before anything is written, and what ends all of it
 */
export async function extract(
  files: PhoneFiles,
  pattern: string,
  counts: ExtractCounts,
  options: ExtractOptions,
): Promise<void> {
  const place = openPlace(options.folder);
  const { signal, clock, pid } = options;
  const { id, lock } = await place.claim({ clock, pid, wait: false, ...(signal && { signal }) });
  try {
    await using destination = place.destination(id);
    const free = await destination.freeBytes();
    if (free < counts.bytes)
      throw new DestinationError(
        "destination-full",
        `${printable(destination.label)} has ${formatRoom(free)} free, and ${formatRoom(counts.bytes)} are to be written.`,
      );
    for await (const file of matching(files, pattern, options)) {
      if (file.kind === "link") options.onEvent({ type: "file", outcome: "left-out", file, why: "link" });
      if (file.kind === "file") options.onEvent(await extractOne(files, file, destination, options));
    }
  } finally {
    lock[Symbol.dispose]();
    // Of a folder that was nothing of ours nothing of ours stays.
    await place.takeBack(id);
  }
}

async function extractOne(
  files: PhoneFiles,
  file: PhoneFile,
  destination: Destination,
  options: ExtractOptions,
): Promise<ExtractEvent> {
  try {
    const { stored, isNew } = await store(files, file, destination, options);
    return { type: "file", outcome: isNew ? "extracted" : "present", file, stored };
  } catch (error) {
    const reason = toAppError(error);
    // What stands in one file's way costs that one.
    if (reason.scope !== "item" && reason.code !== "destination-unsafe") throw reason;
    return { type: "file", outcome: "failed", file, error: reason };
  }
}

async function store(
  files: PhoneFiles,
  file: PhoneFile,
  destination: Destination,
  { signal, onBytes }: ExtractOptions,
): Promise<{ stored: string; isNew: boolean }> {
  if (file.sizeBytes > destination.properties.maxFileBytes)
    throw new ItemError("item-too-large", `${printable(file.path)} does not fit on this disk's file system.`);
  const key = createHash("sha256").update(`phone\0${file.domain}\0${file.path}`).digest("hex");
  await using pending = await destination.create({ key, sizeBytes: file.sizeBytes, ...(signal && { signal }) });
  await pending.restart();
  const hash = createHash("sha256");
  for await (const slice of files.read(file, { ...(signal && { signal }) })) {
    hash.update(slice);
    onBytes?.(slice.length);
    await pending.write(slice);
  }
  const sha256 = hash.digest("hex");
  const there = await pending.reread(file.modifiedAt, { ...(signal && { signal }) });
  if (there.sha256 !== sha256)
    throw new DestinationError("destination-mismatch", "What the disk gives back is not what was written.");
  for (let n = 1; n <= mostNames; n += 1) {
    const stored = targetOf(file, n);
    if ((await pending.commit(stored, file.modifiedAt)) === "stored") return { stored, isNew: true };
    const known = await destination.stat(stored);
    if (known?.sizeBytes !== file.sizeBytes) continue;
    if ((await destination.hash(stored)).sha256 === sha256) return { stored, isNew: false };
  }
  throw new ItemError("item-refused", `${printable(file.path)}: every name for it is taken.`);
}

/** A path of legal names. Hostile parts (`..`, empty ones, control characters) become names like others. */
function targetOf({ domain, path }: PhoneFile, n: number): string {
  const parts = [domain, ...path.split("/")];
  const last = parts.pop() ?? "";
  const dot = last.lastIndexOf(".");
  const [stem, ending] =
    dot > 0 && last.length - dot <= longestEnding ? [last.slice(0, dot), last.slice(dot)] : [last, ""];
  const suffix = `${n === 1 ? "" : ` (${n})`}${ending === "" ? "" : safeComponent(`x${ending}`).slice(1)}`;
  const name = `${safeComponent(stem, Buffer.byteLength(suffix))}${suffix}`;
  return [...parts.map((part) => safeComponent(part)), name].join("/");
}
