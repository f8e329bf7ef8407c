/** An iPhone's camera roll as a `MediaSource`: AFC's tree translated, connections reopened and reads continued when they die. */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { Clock } from "../../shared/clock.ts";
import { DeviceError, ItemError, toAppError } from "../../shared/errors.ts";
import { appleAreaOf, appleAreas } from "../apple/apple-folders.ts";
import { LinkMeter } from "../link-meter.ts";
import {
  type DeviceCondition,
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
import { isConnectionLoss, readResuming } from "../resuming-read.ts";
import { type AfcClient, AfcError, AfcOrderError, AfcPool, afcStatus, StalledError } from "./afc/index.ts";
import { freeSpace, type IPhone } from "./iphone.ts";
import type { PairRecord } from "./lockdown/index.ts";

/** Requests on the way while listing: enough that 1 ms of waiting hides behind 0.05 ms of work. */
const listingDepth = 64;
const foldersAtOnce = 16;
const maxConnections = 3;
/** Folders below an area; the real tree has at most six levels. */
const maxFolderDepth = 8;
/** An edited photo has two folders of its own. More than these are without end, by a damaged file system or on purpose. */
const foldersAnyway = 20_000;
const foldersPerFile = 4;
/** No phone has room for as many. */
const mostFiles = 1_000_000;
const reopenAttempts = 3;
/** A phone that stalls so often, with so little in between, is not going to answer. */
const mostStalls = 3;
const recoveredBytes = 256 * 1024;

/** What a listing met so far. */
interface Seen {
  files: number;
  folders: number;
}

/** Survives what AFC does not: an idle phone, a lock in the middle of a read, a daemon that was restarted. */
export class IPhoneSource implements MediaSource {
  readonly device: DeviceInfo;
  readonly capabilities: SourceCapabilities = {
    resume: true,
    parallelReads: 64,
    listing: "folders",
    clock: "utc",
    library: "photos-sqlite",
    thumbnails: "folder",
    absence: "cloud",
    parts: ["edits", "live"],
  };
  readonly #phone: IPhone;
  readonly #clock: Clock;
  #record: PairRecord;
  #pool: AfcPool;
  #windowBytes: number | undefined;
  readonly #meter = new LinkMeter();
  #stalls = 0;
  #bytesAtStall = 0;
  /** Why nothing more is asked of this phone. */
  #gaveUp: DeviceError | undefined;

  private constructor(phone: IPhone, record: PairRecord, device: DeviceInfo, clock: Clock) {
    this.#phone = phone;
    this.#record = record;
    this.device = device;
    this.#clock = clock;
    this.#pool = this.#newPool();
  }

  /** @param record the pairing the phone accepts; see `IPhone.trust` */
  static async open(
    phone: IPhone,
    record: PairRecord,
    clock: Clock,
    options: AbortOptions = {},
  ): Promise<IPhoneSource> {
    const info = await phone.info(options);
    await phone.keepAlive(record, options);
    const source = new IPhoneSource(phone, record, info, clock);
    // AFC's own figures are more dependable than the lockdown domain, which some iOS versions leave empty.
    const { totalBytes, freeBytes } = await source.#retrying((afc) => afc.getDeviceInfo(), options);
    (source as { device: DeviceInfo }).device = {
      ...info,
      totalBytes: totalBytes ?? info.totalBytes,
      ...freeSpace(freeBytes, info.freeBytes),
    };
    return source;
  }

  get idleMs(): number {
    return this.#meter.idleMs;
  }

  async condition(options: AbortOptions = {}): Promise<DeviceCondition> {
    return await this.#phone.condition({ ...options, record: this.#record });
  }

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    const areas = options.areas ?? photoAreas;
    const seen: Seen = { files: 0, folders: 0 };
    if (options.folder !== undefined) yield* this.#listBelow(options.folder, areas[0] ?? "library", options, seen);
    else
      for (const area of areas) {
        const root = appleAreas[area];
        if (root !== undefined) yield* this.#listBelow(root, area, options, seen);
      }
  }

  /** Level by level: the folders of one are read together, and their entries looked at as one stream. */
  async *#listBelow(
    root: string,
    area: MediaArea,
    options: ListOptions,
    seen: Seen,
  ): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    let folders = [root];
    for (let depth = 0; folders.length > 0; depth += 1) {
      if (depth > maxFolderDepth) return yield tooDeep(folders[0] as string);
      const next: string[] = [];
      const entries = this.#readFolders(folders, root, options);
      for await (const entry of mapOrdered(entries, listingDepth, async (e) => {
        throwIfAborted(options.signal);
        if ("unreadable" in e) return e;
        const path = posix.join(e.folder, e.name);
        const known = options.known?.(path);
        return known ? { id: path, path, name: e.name, area, ...known } : await this.#look(area, path, e.name, options);
      })) {
        if ("folder" in entry) {
          seen.folders += 1;
          if (seen.folders > foldersAnyway + foldersPerFile * seen.files) return yield endless(entry.folder);
          next.push(entry.folder);
        } else {
          seen.files += 1;
          if (seen.files > mostFiles) return yield endless(entry.path);
          yield entry;
        }
      }
      folders = next;
    }
  }

  async #look(
    area: MediaArea,
    path: string,
    name: string,
    options: AbortOptions,
  ): Promise<MediaItem | UnreadableEntry | { folder: string }> {
    try {
      return await this.#statPath(area, path, name, options);
    } catch (error) {
      return unreadable(path, error);
    }
  }

  async *#readFolders(
    folders: readonly string[],
    root: string,
    options: AbortOptions,
  ): AsyncGenerator<{ folder: string; name: string } | UnreadableEntry, void, undefined> {
    for await (const { folder, names } of mapOrdered(folders, foldersAtOnce, async (path) => {
      throwIfAborted(options.signal);
      return { folder: path, names: await this.#names(path, root, options) };
    })) {
      if (isNames(names)) for (const name of names) yield { folder, name };
      else yield names;
    }
  }

  async #names(folder: string, root: string, options: AbortOptions): Promise<readonly string[] | UnreadableEntry> {
    try {
      const names = await this.#retrying((afc) => afc.readDir(folder), options);
      return names.filter((name) => !name.includes("/"));
    } catch (error) {
      // A phone without iCloud Photos or edits simply has no such folder.
      if (folder === root && error instanceof AfcError && isAbsent(error)) return [];
      return unreadable(folder, error);
    }
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    throwIfAborted(options.signal);
    const area = appleAreaOf(path);
    try {
      const found = await this.#statPath(area, path, posix.basename(path), options);
      return "folder" in found ? undefined : found;
    } catch (error) {
      if (error instanceof AfcError && isAbsent(error)) return undefined;
      throw error;
    }
  }

  async #statPath(
    area: MediaArea,
    path: string,
    name: string,
    options: AbortOptions,
  ): Promise<MediaItem | { folder: string }> {
    const info = await this.#retrying((afc) => afc.getFileInfo(path), options);
    if (info.type === "folder") return { folder: path };
    const modifiedAt = dateFromNs(info.modifiedNs);
    // Usually the same moment: one object for both, times a hundred thousand.
    const createdAt = info.bornNs === info.modifiedNs ? modifiedAt : dateFromNs(info.bornNs);
    return { id: path, path, name, area, sizeBytes: info.sizeBytes, modifiedAt, createdAt };
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    throwIfAborted(options.signal);
    const now = await this.#statPath(item.area, item.path, item.name, options);
    if ("folder" in now) throw new ItemError("item-changed", `${item.path} is a folder now.`);
    return now;
  }

  read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return readResuming(this, item, options, {
      readOnce: (offset, end, o) => this.#readOnce(item, offset, end, o),
      isWorthAnother: async (error, o) => {
        if (error instanceof AfcOrderError) this.#windowBytes = 1;
        else if (!isConnectionLoss(error)) throw await this.#explain(error, o);
        return true;
      },
    });
  }

  async *#readOnce(
    item: MediaItem,
    offset: number,
    end: number,
    { signal, blocks }: Pick<ReadOptions, "signal" | "blocks">,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#gaveUp) throw this.#gaveUp;
    const pool = this.#pool;
    try {
      using lease = await unlessAborted(pool.forFile(end - offset), signal);
      const windowBytes = this.#windowBytes;
      yield* lease.client.read(item.path, {
        offset,
        length: end - offset,
        ...(signal ? { signal } : {}),
        ...(blocks ? { blocks } : {}),
        ...(windowBytes ? { windowBytes } : {}),
      });
    } catch (error) {
      throw this.#noteStall(error, pool);
    }
  }

  /** A refusal may mean a locked phone: then it is the phone's matter and not the item's. */
  async #explain(error: unknown, options: AbortOptions): Promise<unknown> {
    if (!(error instanceof AfcError) || error.status !== afcStatus.permissionDenied) return error;
    const locked = await this.#phone.isLocked(options).catch(() => false);
    throwIfAborted(options.signal);
    if (!locked) return error;
    return new DeviceError("device-locked", "The phone is locked and no longer permits reading.", {
      cause: error,
      retryable: true,
    });
  }

  async reconnect(options: AbortOptions): Promise<void> {
    if (this.#gaveUp) throw this.#gaveUp;
    await this.#pool[Symbol.asyncDispose]();
    for (;;) {
      throwIfAborted(options.signal);
      try {
        await this.#phone.relocate(options);
        this.#record = await this.#phone.trustedRecord(options);
        await this.#phone.keepAlive(this.#record, options);
        if (!(await this.#phone.isLocked(options))) {
          const pool = this.#newPool();
          await unlessAborted(
            pool.client().then((afc) => afc.getDeviceInfo()),
            options.signal,
          );
          this.#pool = pool;
          return;
        }
      } catch (error) {
        const reason = toAppError(error);
        if (!(reason instanceof DeviceError)) throw reason;
      }
      // usbmuxd announces a plug, not an unlock: lockdown has to be asked.
      await this.#clock.sleep(500, options);
    }
  }

  #newPool(): AfcPool {
    return new AfcPool(() => this.#phone.openAfc(this.#record, this.#meter), maxConnections);
  }

  /** A small request again on another connection when the one it was on died. */
  async #retrying<T>(call: (afc: AfcClient) => Promise<T>, { signal }: AbortOptions): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      if (this.#gaveUp) throw this.#gaveUp;
      const pool = this.#pool;
      try {
        return await unlessAborted(pool.client().then(call), signal);
      } catch (thrown) {
        throwIfAborted(signal);
        const error = this.#noteStall(thrown, pool);
        if (!isConnectionLoss(error) || attempt >= reopenAttempts)
          throw await this.#explain(error, signal ? { signal } : {});
      }
    }
  }

  /** Where one connection stalls its neighbours do: all are left, and after a few times the phone is given up. */
  #noteStall(error: unknown, pool: AfcPool): unknown {
    if (!(error instanceof StalledError) || pool !== this.#pool) return error;
    if (this.#meter.receivedBytes - this.#bytesAtStall > recoveredBytes) this.#stalls = 0;
    this.#bytesAtStall = this.#meter.receivedBytes;
    this.#stalls += 1;
    this.#pool = this.#newPool();
    void pool[Symbol.asyncDispose]();
    if (this.#stalls < mostStalls) return error;
    this.#gaveUp = new DeviceError("device-stalled", "The phone stopped answering, and new connections did not help.", {
      cause: error,
    });
    return this.#gaveUp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
    await this.#phone.letGo();
  }
}

function endless(path: string): UnreadableEntry {
  const why = `${path}: the phone shows more folders and files than it can have. Those behind this one were not looked at.`;
  return unreadable(path, new ItemError("item-unreadable", why));
}

function isAbsent(error: AfcError): boolean {
  return error.status === afcStatus.objectNotFound || error.status === afcStatus.readError;
}

function isNames(value: readonly string[] | UnreadableEntry): value is readonly string[] {
  return Array.isArray(value);
}

/** Nanoseconds to a Date; values outside its range are as good as none. */
function dateFromNs(ns: bigint | undefined): Date | undefined {
  if (ns === undefined) return undefined;
  const ms = Number(ns / 1_000_000n);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms) : undefined;
}
