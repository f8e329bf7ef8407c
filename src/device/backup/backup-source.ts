/**
 * The camera roll in a backup as a `MediaSource`. Its paths are those that AFC shows of the same phone, so that photos keep their names
 * whichever way they came. Only with iCloud Photos off are all originals in a backup; what is not in it is told by the library.
 */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { toAppError } from "../../shared/errors.ts";
import { appleAreaOf, appleAreas } from "../apple/apple-folders.ts";
import { LinkMeter } from "../link-meter.ts";
import {
  type DeviceInfo,
  type ListOptions,
  type MediaArea,
  type MediaItem,
  type MediaSource,
  photoAreas,
  type ReadOptions,
  type SourceCapabilities,
  type UnreadableEntry,
} from "../media-source.ts";
import type { PhoneFile, PhoneFiles } from "../phone-files.ts";
import { backupGone, changed, gone } from "./backup-errors.ts";

/** What AFC calls "/" lies here. */
const domain = "CameraRollDomain";
const root = "Media";
const lookAgainMs = 1_000;

/** An opened backup. */
export interface BackupSourceOptions {
  readonly info: DeviceInfo;
  /** The source disposes them. */
  readonly files: PhoneFiles;
  readonly clock: Clock;
  /** Whether the backup that was opened is there, and was not made anew. */
  readonly isThere: () => Promise<boolean>;
}

/** What is damaged or missing in the backup costs the file that it concerns; a disk that is taken away pauses the run. */
export class BackupSource implements MediaSource {
  readonly device: DeviceInfo;
  readonly capabilities: SourceCapabilities = {
    resume: true,
    parallelReads: 8,
    listing: "folders",
    clock: "utc",
    library: "photos-sqlite",
    thumbnails: "folder",
    absence: "cloud",
    parts: ["edits", "live"],
  };
  readonly #files: PhoneFiles;
  readonly #clock: Clock;
  readonly #isThere: () => Promise<boolean>;
  readonly #meter = new LinkMeter();

  constructor({ info, files, clock, isThere }: BackupSourceOptions) {
    this.device = info;
    this.#files = files;
    this.#clock = clock;
    this.#isThere = isThere;
  }

  get idleMs(): number {
    return this.#meter.idleMs;
  }

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    const areas = options.areas ?? photoAreas;
    throwIfAborted(options.signal);
    if (options.folder !== undefined)
      return yield* this.#listBelow(
        posix.join("/", options.folder).replace(/(.)\/$/, "$1"),
        areas[0] ?? "library",
        options,
      );
    for (const area of areas) {
      const folder = appleAreas[area];
      if (folder !== undefined) yield* this.#listBelow(folder, area, options);
    }
  }

  async *#listBelow(
    folder: string,
    area: MediaArea,
    { signal }: ListOptions,
  ): AsyncGenerator<MediaItem, void, undefined> {
    const query = { domain, under: inBackup(folder), ...(signal && { signal }) };
    this.#meter.asked();
    try {
      for await (const file of this.#files.list(query)) if (file.kind === "file") yield itemOf(file, area);
    } catch (error) {
      throw await this.#told(error, { ...(signal && { signal }) });
    } finally {
      this.#meter.answered();
    }
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    throwIfAborted(options.signal);
    const inside = posix.join("/", path);
    const file = await this.#ask(options, () => this.#files.find(domain, inBackup(inside), options));
    return file?.kind === "file" ? itemOf(file, appleAreaOf(inside)) : undefined;
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    const found = await this.locate(item.path, options);
    if (found) return { ...found, area: item.area };
    throw gone(item.path);
  }

  async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { offset = 0, signal } = options;
    const { length = Math.max(0, item.sizeBytes - offset) } = options;
    const file = await this.#ask(options, () => this.#files.find(domain, inBackup(item.path), options));
    if (!file) throw gone(item.path);
    if (file.sizeBytes !== item.sizeBytes) throw changed(item.path);
    const slices = this.#files.read(file, { offset, length, ...(signal && { signal }) })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#ask(options, () => slices.next());
        if (next.done) return;
        this.#meter.received(next.value.length);
        yield next.value;
      }
    } finally {
      // Not waited for: a disk that hangs would hold whoever left.
      void slices.return?.()?.catch(() => {});
    }
  }

  async #ask<T>(options: AbortOptions, work: () => Promise<T>): Promise<T> {
    throwIfAborted(options.signal);
    this.#meter.asked();
    try {
      return await unlessAborted(work(), options.signal);
    } catch (error) {
      throw await this.#told(error, options);
    } finally {
      this.#meter.answered();
    }
  }

  /** A file that is missing is the file's own trouble; where all of them are, the disk is away. */
  async #told(error: unknown, { signal }: AbortOptions): Promise<unknown> {
    const reason = toAppError(error);
    if (reason.code === "cancelled") return error;
    if (await unlessAborted(this.#isThere(), signal)) return error;
    return backupGone(this.device.folder ?? "", error);
  }

  async reconnect(options: AbortOptions): Promise<void> {
    for (;;) {
      throwIfAborted(options.signal);
      if (await unlessAborted(this.#isThere(), options.signal)) return;
      await this.#clock.sleep(lookAgainMs, options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }
}

/** "/DCIM/100APPLE" -> "Media/DCIM/100APPLE" */
function inBackup(path: string): string {
  return path === "/" ? root : `${root}${path}`;
}

function itemOf({ path, sizeBytes, modifiedAt, createdAt }: PhoneFile, area: MediaArea): MediaItem {
  const own = path.slice(root.length);
  return { id: own, path: own, name: posix.basename(own), area, sizeBytes, modifiedAt, createdAt };
}
