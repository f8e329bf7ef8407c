import type {
  DeviceInfo,
  ListOptions,
  MediaArea,
  MediaItem,
  MediaSource,
  ReadOptions,
  SourceCapabilities,
} from "../../src/device/index.ts";
import type { AbortOptions } from "../../src/shared/abort.ts";
import { throwIfAborted } from "../../src/shared/abort.ts";
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

  async *list({ signal }: ListOptions = {}): AsyncGenerator<MediaItem, void, undefined> {
    for (const path of this.#files.keys()) {
      throwIfAborted(signal);
      if (areaOf(path) === "library") continue;
      yield this.#item(path);
    }
    throwIfAborted(signal);
  }

  async locate(path: string): Promise<MediaItem | undefined> {
    return this.#files.has(path) ? this.#item(path) : undefined;
  }

  async stat(item: MediaItem): Promise<MediaItem> {
    return this.#item(item.path);
  }

  async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    throwIfAborted(options.signal);
    this.#item(item.path);
    if (this.#unreadable.has(item.path)) throw new ItemError("item-unreadable", `${item.path} cannot be read.`);
    const offset = options.offset ?? 0;
    const bytes = this.#files
      .get(item.path)!
      .subarray(offset, options.length === undefined ? undefined : offset + options.length);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }

  async reconnect(_options: AbortOptions): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

function areaOf(path: string): MediaArea {
  return path.startsWith("/PhotoData/") ? "library" : "camera-roll";
}
