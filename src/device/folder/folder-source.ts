/** A folder of this computer as a `MediaSource`: a card, a mounted phone, an old copy. It is only read, and no link is followed. */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import { type BlockPool, blockBytes } from "../../shared/block-pool.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DeviceError, ItemError } from "../../shared/errors.ts";
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
  tooDeep,
  type UnreadableEntry,
  unreadable,
} from "../media-source.ts";
import { nextConnectionNumber, type Trace } from "../trace.ts";
import { entryError, folderGone, linkError, otherDiskError } from "./folder-errors.ts";
import type { FolderEntry } from "./folder-files.ts";
import { areaIn, type FolderLayout, isSystemFolder, rootsOf } from "./folder-layout.ts";
import { type FoundFolder, openFolder } from "./found-folder.ts";

/** Looks on the way while listing: a share answers each in a millisecond or more. */
const looksAtOnce = 32;
/** Hides the flushing of small photos; more would make a spinning disk seek. */
const parallelReads = 8;
const maxDepth = 32;
/** No disk of photos has as many; what is behind is told. */
const mostEntries = 2_000_000;
const lookAgainMs = 1_000;

type OpenFile = Awaited<ReturnType<FoundFolder["files"]["open"]>>;

/** What a look at one entry led to. */
type Looked = MediaItem | UnreadableEntry | { readonly folder: string } | undefined;

/** A copy of an iPhone has what the iPhone has. */
function capabilitiesOf({ kind }: FolderLayout): SourceCapabilities {
  return {
    resume: true,
    parallelReads,
    listing: "folders",
    // A card's file system keeps wall clock.
    clock: "wall",
    ...(kind === "iphone"
      ? { library: "photos-sqlite", thumbnails: "folder", absence: "cloud", parts: ["edits", "live"] }
      : { library: "none", thumbnails: "none", absence: "unfinished", parts: ["live", "motion"] }),
  };
}

/** The time, and who is told of each request. */
export interface FolderSourceOptions {
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
}

/** After an error it asks whether the folder is still the one that was opened: a card may be pulled, and another put in its place. */
export class FolderSource implements MediaSource {
  readonly device: DeviceInfo;
  readonly capabilities: SourceCapabilities;
  readonly #clock: Clock;
  readonly #trace: Trace | undefined;
  readonly #number = nextConnectionNumber();
  readonly #meter = new LinkMeter();
  #found: FoundFolder;

  constructor(found: FoundFolder, { clock, trace }: FolderSourceOptions) {
    this.device = found.info;
    this.capabilities = capabilitiesOf(found.layout);
    this.#found = found;
    this.#clock = clock;
    this.#trace = trace;
  }

  get idleMs(): number {
    return this.#meter.idleMs;
  }

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    const areas = options.areas ?? photoAreas;
    const { folder } = options;
    const roots: [MediaArea, string][] =
      folder === undefined
        ? rootsOf(this.#found.layout, areas)
        : [[areas[0] ?? "library", posix.join("/", folder).replace(/(.)\/$/, "$1")]];
    const left = { entries: mostEntries };
    for (const [area, root] of roots) yield* this.#listBelow(root, area, options, left);
  }

  async *#listBelow(
    root: string,
    area: MediaArea,
    options: ListOptions,
    left: { entries: number },
  ): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    let folders = [root];
    for (let depth = 0; folders.length > 0; depth += 1) {
      const next: string[] = [];
      for (const folder of folders) {
        if (depth > maxDepth) {
          yield tooDeep(folder, `Read it by itself: --via folder:PATH, with the path of ${folder} on this computer.`);
          continue;
        }
        const names = await this.#names(folder, folder === root, options);
        if ("unreadable" in names) {
          yield names;
          continue;
        }
        left.entries -= names.length;
        if (left.entries < 0) return yield unreadable(folder, endless(folder));
        for await (const found of mapOrdered(names, looksAtOnce, (name) => this.#look(area, folder, name, options)))
          if (found === undefined) continue;
          else if ("folder" in found) next.push(found.folder);
          else yield found;
      }
      folders = next;
    }
  }

  async #names(folder: string, isRoot: boolean, options: AbortOptions): Promise<string[] | UnreadableEntry> {
    try {
      const names = await this.#ask("list", folder, options, (path) => this.#found.files.names(path, options));
      return names.filter((name) => !isSystemFolder(posix.join(folder, name)));
    } catch (error) {
      throwIfAborted(options.signal);
      const entry = unreadable(folder, error);
      // An area that the phone never had is no folder of the copy either.
      return isRoot && entry.error.code === "item-gone" ? [] : entry;
    }
  }

  async #look(area: MediaArea, folder: string, name: string, options: ListOptions): Promise<Looked> {
    const path = posix.join(folder, name);
    const known = options.known?.(path);
    if (known) {
      throwIfAborted(options.signal);
      return { id: path, path, name, area, ...known };
    }
    try {
      const entry = await this.#ask("look", path, options, (at) => this.#found.files.look(at, options));
      if (entry.kind === "file") return this.#item(area, path, entry);
      if (entry.kind === "link") return unreadable(path, linkError(path));
      if (entry.kind !== "folder") return undefined;
      return entry.fileSystem === this.#found.fileSystem ? { folder: path } : unreadable(path, otherDiskError(path));
    } catch (error) {
      throwIfAborted(options.signal);
      return unreadable(path, error);
    }
  }

  #item(area: MediaArea, path: string, { sizeBytes, modifiedAt }: FolderEntry): MediaItem {
    return { id: path, path, name: posix.basename(path), area, sizeBytes, modifiedAt, createdAt: undefined };
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    throwIfAborted(options.signal);
    // A path from elsewhere must not lead out of the folder.
    const inside = posix.join("/", path);
    if (!`${inside}/`.startsWith(`${this.#found.layout.prefix}/`)) return undefined;
    try {
      const entry = await this.#ask("find", inside, options, (at) => this.#found.files.find(at, options));
      return entry.kind === "file" ? this.#item(areaIn(this.#found.layout, inside), inside, entry) : undefined;
    } catch (error) {
      throwIfAborted(options.signal);
      if (error instanceof ItemError && error.code === "item-gone") return undefined;
      throw error;
    }
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    const entry = await this.#ask("find", item.path, options, (at) => this.#found.files.find(at, options));
    if (entry.kind !== "file") throw new ItemError("item-changed", `${item.path} is no plain file any more.`);
    return this.#item(item.area, item.path, entry);
  }

  async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { offset = 0, length = item.sizeBytes - offset, signal, blocks } = options;
    throwIfAborted(signal);
    const end = offset + length;
    const file = await this.#ask("open", item.path, options, (path) => this.#found.files.open(path, options));
    let next: Promise<Buffer> | undefined;
    try {
      for (let at = offset; at < end; ) {
        // The disk fetches the next block while this one is written.
        next ??= this.#block(file, item, at, { end, blocks });
        const chunk = await unlessAborted(next, signal);
        next = undefined;
        if (chunk.length === 0) throw short(item, at);
        at += chunk.length;
        if (at < end) next = this.#block(file, item, at, { end, blocks });
        next?.catch(() => {}); // awaited above, unless the reader leaves
        yield chunk;
      }
    } finally {
      if (next) void next.then((unused) => blocks?.give(unused)).catch(() => {});
      // Not waited for: it ends after what is under way, and a disk that hangs would hold whoever left.
      void file.close().catch(() => {});
    }
  }

  async #block(
    file: OpenFile,
    item: MediaItem,
    at: number,
    { end, blocks }: { readonly end: number; readonly blocks: BlockPool | undefined },
  ): Promise<Buffer> {
    const bytes = Math.min(blockBytes, end - at);
    const into = blocks?.take(bytes) ?? Buffer.allocUnsafe(bytes);
    try {
      const reading = async (): Promise<number> => (await file.read(into, 0, bytes, at)).bytesRead;
      const bytesRead = await this.#ask("read", item.path, {}, reading);
      this.#meter.received(bytesRead);
      return into.subarray(0, bytesRead);
    } catch (error) {
      blocks?.give(into);
      throw error;
    }
  }

  /** One request to the file system. @throws {ItemError}; {DeviceError} where the folder as a whole is gone */
  async #ask<T>(
    request: string,
    path: string,
    { signal }: AbortOptions,
    work: (path: string) => Promise<T>,
  ): Promise<T> {
    this.#note("sent", { request, path });
    this.#meter.asked();
    try {
      const answer = await work(this.#inFolder(path));
      this.#note("received", { request, path });
      return answer;
    } catch (error) {
      this.#note("received", { request, path, error: String(error) });
      if (error instanceof AppError) throw error;
      if (!(await unlessAborted(this.#isThere(), signal))) throw folderGone(this.#found.files.root, error);
      throw entryError(path, error);
    } finally {
      this.#meter.answered();
    }
  }

  #inFolder(path: string): string {
    const { prefix } = this.#found.layout;
    return path === prefix ? "/" : path.slice(prefix.length);
  }

  /** The very folder that was opened: where a disk was, an empty folder stays. */
  async #isThere(): Promise<boolean> {
    try {
      const { fileSystem, number } = await this.#found.files.look("/");
      await this.#found.files.names("/");
      return fileSystem === this.#found.fileSystem && number === this.#found.number;
    } catch {
      return false;
    }
  }

  #note(direction: "sent" | "received", message: unknown): void {
    this.#trace?.({ layer: "folder", connection: this.#number, direction, message });
  }

  async reconnect(options: AbortOptions): Promise<void> {
    for (;;) {
      throwIfAborted(options.signal);
      try {
        const found = await unlessAborted(openFolder(this.#found.named), options.signal);
        if (found.info.id === this.device.id) {
          this.#found = found;
          return;
        }
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
      }
      await this.#clock.sleep(lookAgainMs, options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Files are closed by whoever reads them.
  }
}

function short(item: MediaItem, at: number): ItemError {
  const why = `${item.path} ended at byte ${at}: it was cut since it was listed.`;
  return new ItemError("item-changed", why, { retryable: true });
}

function endless(path: string): ItemError {
  return new ItemError(
    "item-unreadable",
    `${path}: there are more files than offroll lists. Those behind this were not looked at.`,
  );
}
