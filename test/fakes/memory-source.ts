import {
  type DeviceInfo,
  type ListOptions,
  type MediaArea,
  type MediaItem,
  type MediaSource,
  photoAreas,
  type ReadOptions,
  type SourceCapabilities,
} from "../../src/device/media-source.ts";
import type { AbortOptions } from "../../src/shared/abort.ts";
import { throwIfAborted, unlessAborted } from "../../src/shared/abort.ts";
import { ItemError } from "../../src/shared/errors.ts";

/** Photos in memory behind the seam: for tests above it that need no cable. Passes the conformance suite like any other. */
export class MemorySource implements MediaSource {
  readonly device: DeviceInfo = {
    id: "memory",
    platform: "ios",
    noun: "phone",
    system: "iOS",
    keepsPairing: true,
    name: "Memory",
    model: "Memory",
    productType: undefined,
    osVersion: undefined,
    timeZone: "Europe/Berlin",
    totalBytes: undefined,
    freeBytes: undefined,
  };
  readonly capabilities: SourceCapabilities = {
    resume: true,
    parallelReads: 4,
    listing: "folders",
    clock: "utc",
    library: "photos-sqlite",
    thumbnails: "folder",
    absence: "cloud",
    parts: [],
  };
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #unreadable: ReadonlySet<string>;

  constructor(files: ReadonlyMap<string, Buffer>, unreadable: ReadonlySet<string> = new Set()) {
    this.#files = files;
    this.#unreadable = unreadable;
  }

  #item(path: string): MediaItem {
    const bytes = this.#files.get(path);
    if (!bytes) throw new ItemError("item-gone", `${path} is gone.`);
    const modifiedAt = new Date(Date.UTC(2024, 4, 1));
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { id: path, path, name, area: areaOf(path), sizeBytes: bytes.length, modifiedAt, createdAt: undefined };
  }

  /** From now on nothing is answered. */
  isSilent = false;

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem, void, undefined> {
    const { areas = photoAreas, folder, known } = options;
    await this.#answer(options);
    for (const path of this.#files.keys()) {
      throwIfAborted(options.signal);
      const area = areaOf(path);
      if (folder === undefined ? !areas.includes(area) : !path.startsWith(`${folder}/`)) continue;
      yield { ...this.#item(path), ...known?.(path) };
    }
    throwIfAborted(options.signal);
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    await this.#answer(options);
    return this.#files.has(path) ? this.#item(path) : undefined;
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    await this.#answer(options);
    return this.#item(item.path);
  }

  async #answer({ signal }: AbortOptions): Promise<void> {
    throwIfAborted(signal);
    if (this.isSilent) await unlessAborted(new Promise<never>(() => {}), signal);
  }

  async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    await this.#answer(options);
    this.#item(item.path);
    if (this.#unreadable.has(item.path)) throw new ItemError("item-unreadable", `${item.path} cannot be read.`);
    const offset = options.offset ?? 0;
    const bytes = this.#files
      .get(item.path)!
      .subarray(offset, options.length === undefined ? undefined : offset + options.length);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }

  async reconnect(options: AbortOptions): Promise<void> {
    await this.#answer(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function areaOf(path: string): MediaArea {
  return path.startsWith("/PhotoData/") ? "library" : "camera-roll";
}
