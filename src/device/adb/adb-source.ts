/** An Android phone's photos over adb as a `MediaSource`: listed and copied by `sync:`, the rest by its shell. */
import { posix } from "node:path";
import { type AbortOptions, openedUnlessAborted, throwIfAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { ItemError, toAppError } from "../../shared/errors.ts";
import {
  androidAreas,
  areaOf,
  foldersOfAreas,
  isJunkFolder,
  maxFolderDepth,
  readByItself,
  storagePrefixes,
} from "../android/android-folders.ts";
import { LinkMeter } from "../link-meter.ts";
import {
  type DeviceInfo,
  type ListOptions,
  type MediaArea,
  type MediaItem,
  type MediaSource,
  type PhoneFacts,
  photoAreas,
  type ReadOptions,
  type SourceCapabilities,
  tooDeep,
  type UnreadableEntry,
  unreadable,
} from "../media-source.ts";
import { isConnectionLoss, readResuming } from "../resuming-read.ts";
import { errnoError, fileError } from "./adb-errors.ts";
import { describePhone, storageRoots } from "./adb-phone.ts";
import type { AdbServer } from "./adb-server.ts";
import { type AdbEntry, AdbSync } from "./adb-sync.ts";
import { queryMediaStore } from "./media-store.ts";
import { AdbShell, quote } from "./shell.ts";

/** Sync connections at once: a phone opens one file while it sends another. */
const parallelReads = 3;
/** Paths in one command of the shell, which takes 128 KiB. */
const pathsAtOnce = 100;
const sizeWrap = 2 ** 32;

/** A phone as its adb server told of it. */
interface PhoneAtServer {
  readonly server: AdbServer;
  readonly serial: string;
  readonly device: DeviceInfo;
  readonly features: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Each listing and each read has a `sync:` connection to itself; those that are idle are kept for the next. */
export class AdbSource implements MediaSource {
  readonly device: DeviceInfo;
  readonly capabilities: SourceCapabilities = {
    resume: true,
    parallelReads,
    listing: "folders",
    // Instants; but the same phone tells its wall clock by MTP.
    clock: "wall",
    library: "index",
    thumbnails: "none",
    absence: "unfinished",
    parts: ["motion"],
  };
  readonly #server: AdbServer;
  /** As adb calls it, which is not its id where it has none of its own. */
  readonly #serial: string;
  readonly #shell: AdbShell;
  readonly #clock: Clock;
  #features: ReadonlySet<string>;
  #roots: readonly { readonly folder: string; readonly prefix: string }[] = [];
  readonly #idle: AdbSync[] = [];
  readonly #meter = new LinkMeter();

  private constructor({ server, serial, device, features, clock }: PhoneAtServer) {
    this.#server = server;
    this.#serial = serial;
    this.#shell = new AdbShell(server, serial);
    this.device = device;
    this.#features = features;
    this.#clock = clock;
  }

  static async open(server: AdbServer, serial: string, clock: Clock, options: AbortOptions = {}): Promise<AdbSource> {
    const [features, device] = await Promise.all([
      server.features(serial, options),
      describePhone(server, serial, options),
    ]);
    const source = new AdbSource({ server, serial, device, features, clock });
    try {
      await source.#findRoots(options);
      return source;
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #findRoots(options: AbortOptions): Promise<void> {
    const names: string[] = [];
    await this.#withSync(options, async (sync) => {
      for await (const entry of sync.list("/storage")) names.push(entry.name);
    });
    const folders = storageRoots(names);
    const prefixes = storagePrefixes(folders.map((_, i) => ({ removable: i > 0 })));
    this.#roots = folders.map((folder, i) => ({ folder, prefix: prefixes[i] as string }));
  }

  get idleMs(): number {
    return this.#meter.idleMs;
  }

  readonly foldersOf = foldersOfAreas;

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    const areas = options.areas ?? photoAreas;
    if (options.folder !== undefined) {
      yield* this.#walk(options.folder.replace(/\/+$/, ""), areas[0] ?? "library", options);
      return;
    }
    for (const area of areas)
      for (const root of androidAreas[area] ?? [])
        for (const { prefix } of this.#roots) yield* this.#walk(`${prefix}/${root}`, area, options);
  }

  async *#walk(
    path: string,
    area: MediaArea,
    options: AbortOptions,
    depth = 0,
  ): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    throwIfAborted(options.signal);
    const folders: string[] = [];
    let entries: AdbEntry[];
    try {
      entries = await this.#entries(path, depth, options);
    } catch (error) {
      yield unreadable(path, error);
      return;
    }
    for (const entry of entries) {
      throwIfAborted(options.signal);
      const below = `${path}/${entry.name}`;
      if (!isPlainName(entry.name)) {
        yield unreadable(`${path}/?`, fileError(path, "it lists a name that no file can have"));
        continue;
      }
      if (entry.error !== 0) yield unreadable(below, errnoError(below, entry.error));
      else if (entry.kind === "file") yield this.#item(below, entry, area);
      else if (entry.kind === "folder" && !isJunkFolder(entry.name)) folders.push(below);
    }
    if (depth >= maxFolderDepth) {
      for (const folder of folders) yield tooDeep(folder, readByItself(folder));
      return;
    }
    for (const folder of folders) yield* this.#walk(folder, area, options, depth + 1);
  }

  async #entries(path: string, depth: number, options: AbortOptions): Promise<AdbEntry[]> {
    const entries: AdbEntry[] = [];
    const onPhone = this.#onPhone(path);
    const hasLargeSizes = await this.#withSync(options, async (sync) => {
      for await (const entry of sync.list(onPhone)) entries.push(entry);
      // A folder that cannot be opened looks like one without any entry; a real one has itself and its parent.
      if (entries.length === 0 && (await sync.stat(onPhone)) !== undefined) throw fileError(path, "permission denied");
      if (entries.length === 0 && depth > 0) throw fileError(path, "no such file or directory");
      return sync.hasLargeSizes;
    });
    const named = entries.filter((e) => e.name !== "." && e.name !== "..");
    return hasLargeSizes ? named : await this.#withTrueSizes(onPhone, named, options);
  }

  /** Old phones tell sizes in 32 bits: a video of 5 GB would look like one of 700 MB, and be cut there. */
  async #withTrueSizes(folder: string, entries: readonly AdbEntry[], options: AbortOptions): Promise<AdbEntry[]> {
    const sizes = new Map<string, number>();
    const files = entries.filter(
      (e) => e.kind === "file" && /\.(mp4|mov|m4v|3gp|mkv|webm|avi|mts|m2ts)$/i.test(e.name),
    );
    for (let at = 0; at < files.length; at += pathsAtOnce) {
      const some = files.slice(at, at + pathsAtOnce);
      const paths = some.map((f) => quote(`${folder}/${f.name}`)).join(" ");
      const text = await this.#shell.text(`stat -c %s ${paths} 2>/dev/null`, 64 * 1024, options);
      const lines = text.split("\n");
      for (const [i, { name, sizeBytes }] of some.entries()) {
        const size = Number(lines[i]);
        // A line that belongs to another file would have another remainder.
        if (lines.length - 1 === some.length && size % sizeWrap === sizeBytes) sizes.set(name, size);
      }
    }
    return entries.map((e) => (sizes.has(e.name) ? { ...e, sizeBytes: sizes.get(e.name) as number } : e));
  }

  #item(path: string, file: { sizeBytes: number; modifiedAt: Date }, area: MediaArea): MediaItem {
    return {
      id: path,
      path,
      name: posix.basename(path),
      area,
      sizeBytes: file.sizeBytes,
      modifiedAt: file.modifiedAt,
      createdAt: undefined,
    };
  }

  /** Our paths begin at the root of a storage. */
  #onPhone(path: string): string {
    const root = this.#roots.findLast(({ prefix }) => `${path}/`.startsWith(`${prefix}/`));
    return root ? `${root.folder}${path.slice(root.prefix.length)}` : path;
  }

  /** The other way round; undefined for what lies on no storage of ours. */
  #fromPhone(path: string): string | undefined {
    const plain = path.replace(/^\/(?:sdcard|storage\/emulated\/0|data\/media\/0)\//, `${this.#roots[0]?.folder}/`);
    const root = this.#roots.find(({ folder }) => plain.startsWith(`${folder}/`));
    return root && `${root.prefix}${plain.slice(root.folder.length)}`;
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    const file = await this.#withSync(options, (sync) => sync.stat(this.#onPhone(path)));
    return file?.kind === "file" ? this.#item(path, file, areaOf(path)) : undefined;
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    const file = await this.#withSync(options, (sync) => sync.stat(this.#onPhone(item.path)));
    if (file?.kind !== "file") throw new ItemError("item-gone", `${item.path} is not on the phone any more.`);
    const isWrapped = !this.#features.has("stat_v2") && item.sizeBytes % sizeWrap === file.sizeBytes;
    return this.#item(item.path, isWrapped ? { ...file, sizeBytes: item.sizeBytes } : file, item.area);
  }

  read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return readResuming(this, item, options, {
      readOnce: (offset, end, o) => this.#readOnce(item, offset, end, o),
      isWorthAnother: async (error) => isConnectionLoss(error),
    });
  }

  async *#readOnce(
    item: MediaItem,
    offset: number,
    end: number,
    options: AbortOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    throwIfAborted(options.signal);
    if (end <= offset) return;
    const path = this.#onPhone(item.path);
    const isWhole = offset === 0 && end === item.sizeBytes;
    const bytes = isWhole ? this.#pull(path, options) : this.#shell.readStretch(path, { ...options, offset, end });
    let at = offset;
    for await (const chunk of this.#metered(bytes)) {
      throwIfAborted(options.signal);
      at += chunk.length;
      this.#meter.received(chunk.length);
      if (at > end)
        throw new ItemError("item-changed", `${item.path} is longer than it was listed.`, { retryable: true });
      yield chunk;
    }
    if (at === end) return;
    // `dd` does not say why it ended: the file itself does.
    await this.stat(item, options);
    if (at === offset) throw fileError(item.path, "permission denied");
    throw new ItemError("item-short", `${item.path}: ${end - at} bytes are missing.`, { retryable: true });
  }

  async *#pull(path: string, options: AbortOptions): AsyncGenerator<Buffer, void, undefined> {
    const sync = await this.#sync(options);
    const end = endingOnAbort(sync, options);
    let isWhole = false;
    try {
      yield* sync.pull(path);
      isWhole = true;
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    } finally {
      end();
      if (isWhole) this.#idle.push(sync);
      else await sync[Symbol.asyncDispose]();
    }
  }

  /** Asked for from the first byte to the last. */
  async *#metered<T>(bytes: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    this.#meter.asked();
    try {
      yield* bytes;
    } finally {
      this.#meter.answered();
    }
  }

  async phoneFacts(options: AbortOptions = {}): Promise<ReadonlyMap<string, PhoneFacts>> {
    const facts = new Map<string, PhoneFacts>();
    for (const row of await queryMediaStore(this.#shell, options)) {
      const path = this.#fromPhone(row.path);
      if (path !== undefined) facts.set(path, row.facts);
    }
    return facts;
  }

  async hashOnPhone(item: MediaItem, options: AbortOptions = {}): Promise<string> {
    const path = this.#onPhone(item.path);
    const hash = await this.#shell.sha256(path, item.sizeBytes, options);
    if (hash !== undefined) return hash;
    await this.stat(item, options);
    throw new ItemError("item-refused", `The phone cannot compute a hash of ${item.path}.`);
  }

  /** A connection that is not used by anybody else; after an error it is not used again. */
  async #withSync<T>(options: AbortOptions, call: (sync: AdbSync) => Promise<T>): Promise<T> {
    const sync = await this.#sync(options);
    const end = endingOnAbort(sync, options);
    this.#meter.asked();
    try {
      const result = await call(sync);
      this.#idle.push(sync);
      return result;
    } catch (error) {
      await sync[Symbol.asyncDispose]();
      throwIfAborted(options.signal);
      throw error;
    } finally {
      this.#meter.answered();
      end();
    }
  }

  async #sync(options: AbortOptions): Promise<AdbSync> {
    throwIfAborted(options.signal);
    const idle = this.#idle.pop();
    if (idle && !idle.isClosed) return idle;
    const opening = this.#server.service(this.#serial, "sync:");
    // It is used again: one asker's signal must not end it.
    const connection = await openedUnlessAborted(opening, options.signal);
    return new AdbSync(connection, this.#features, (direction, message) =>
      this.#server.note(connection, direction, message),
    );
  }

  async reconnect(options: AbortOptions): Promise<void> {
    await this.#closeIdle();
    for (;;) {
      throwIfAborted(options.signal);
      try {
        const there = (await this.#server.devices(options)).find((d) => d.serial === this.#serial);
        if (there?.state === "device") {
          this.#features = await this.#server.features(this.#serial, options);
          await this.#findRoots(options);
          return;
        }
      } catch (error) {
        const reason = toAppError(error);
        if (reason.scope !== "device") throw reason;
      }
      await this.#clock.sleep(500, options);
    }
  }

  async #closeIdle(): Promise<void> {
    for (const sync of this.#idle.splice(0)) await sync[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeIdle();
  }
}

/** While a connection works for somebody, their signal ends it: the service cannot be told to stop. @returns when it does not any more */
function endingOnAbort(sync: AdbSync, { signal }: AbortOptions): () => void {
  const end = (): void => void sync[Symbol.asyncDispose]();
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  return () => signal?.removeEventListener("abort", end);
}

/** A phone's file system allows no other; a name with a slash would be another path. */
function isPlainName(name: string): boolean {
  return name !== "" && !name.includes("/") && !name.includes("\0");
}
