/** The photos of an Android phone or camera over MTP as a `MediaSource`: its tree translated, sessions reopened, reads continued. */
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { DeviceError, ItemError, toAppError } from "../../shared/errors.ts";
import {
  androidAreas,
  areaOf,
  foldersOfAreas,
  isJunkFolder,
  maxFolderDepth,
  pathName,
  readByItself,
} from "../android/android-folders.ts";
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
import { isConnectionLoss, readResuming } from "../resuming-read.ts";
import { FolderIndex, type FoundFolder, type KnownFolder } from "./folder-index.ts";
import { windowBytes } from "./mtp-client.ts";
import { isRefusal, isStaleHandle, MtpError } from "./mtp-errors.ts";
import { eventCode, operation, responseCode, rootParent } from "./mtp-format.ts";
import { entryOf, type MtpEntry, MtpListing, type MtpUnknownEntry } from "./mtp-listing.ts";
import { type MtpEnvironment, type MtpSession, readStorages, reopenSession } from "./mtp-phone.ts";
import { SmallFiles } from "./small-files.ts";

/**
 * One session runs one transaction at a time: the others keep it busy while files are flushed to the disk. With three the cable is
 * idle for 15 % of a copy of 300 KB photos, with eight for 5 %.
 */
const parallelReads = 8;
/** A reply whose last packet is exactly full makes old Samsung phones hang (libmtp, SAMSUNG_OFFSET_BUG). */
const headerBytes = 12;
const boundaryBytes = 512;

/** Where a walk through folders has come to. */
interface WalkOptions extends AbortOptions {
  readonly depth?: number;
  /** Handles of the folders that it went into. */
  readonly seen?: Set<number>;
}

/** What is wanted of an item that comes in one go: its bytes from `skip` on, before `end`. */
interface StretchOptions extends AbortOptions {
  readonly skip: number;
  readonly end: number;
}

/** What hangs on one session: another one has other handles. */
interface State {
  readonly session: MtpSession;
  readonly generation: number;
  readonly listing: MtpListing;
  storages: MtpSession["storages"];
  refusedStorages: MtpSession["refusedStorages"];
  readonly folders: FolderIndex;
  /** Storages whose root was listed: a folder that is not known there is not there. */
  readonly listedRoots: Set<string>;
  /** By folder: what it lists and says nothing about. A wanted folder that is not found may be one of them. */
  readonly unknown: Map<string, readonly UnreadableEntry[]>;
  /** Objects whose date an ObjectInfo told. */
  readonly datedByInfo: Set<number>;
}

export class MtpSource implements MediaSource {
  readonly device: DeviceInfo;
  readonly #env: MtpEnvironment;
  readonly #small = new SmallFiles();
  /** Read whole in one transaction and not asked about since. */
  readonly #proven = new Set<string>();
  #state: State;
  #reopening: Promise<void> | undefined;
  #disposed = false;

  private constructor(session: MtpSession, env: MtpEnvironment) {
    this.device = session.info;
    this.#env = env;
    this.#state = this.#begin(session, 1);
  }

  /** @throws {DeviceError} `device-no-storage` while the phone is locked or not in File transfer mode */
  static async open(id: string, shared: MtpEnvironment, options: AbortOptions = {}): Promise<MtpSource> {
    const env = { ...shared, meter: new LinkMeter() };
    const session = await reopenSession(id, env, options);
    if (session.storages.length > 0) return new MtpSource(session, env);
    await session[Symbol.asyncDispose]();
    throw noStorage(session.info);
  }

  get idleMs(): number | undefined {
    return this.#env.meter?.idleMs;
  }

  get capabilities(): SourceCapabilities {
    return {
      resume: this.#state.session.client.canReadPartsTo(1),
      parallelReads,
      listing: this.#state.listing.mode,
      clock: "wall",
      library: "none",
      thumbnails: "call",
      absence: "unfinished",
      // Cameras keep stills and movies apart.
      parts: this.device.noun === "camera" ? [] : ["motion"],
    };
  }

  #begin(session: MtpSession, generation: number): State {
    const { storages, refusedStorages } = session;
    const state: State = {
      session,
      generation,
      storages,
      refusedStorages,
      listing: new MtpListing(session.client),
      folders: new FolderIndex(),
      listedRoots: new Set(),
      unknown: new Map(),
      datedByInfo: new Set(),
    };
    this.#env.opened.set(session.usb.key, session.info);
    // Handles are another session's: nothing that goes by them is true any more.
    this.#small.clear();
    this.#proven.clear();
    void this.#followEvents(state);
    return state;
  }

  /** Cards come and go in mid-session; what else is told concerns nobody. Also keeps the pipe drained: some devices stop when it is not. */
  async #followEvents(state: State): Promise<void> {
    try {
      for (;;) {
        const { code } = await state.session.client.nextEvent();
        if (code !== eventCode.storeAdded && code !== eventCode.storeRemoved) continue;
        this.#forgetFolders(state);
        await readStorages(state.session.client).then(
          (storages) => Object.assign(state, storages),
          () => {}, // a busy phone tells of itself again; of a lost session the next event's wait tells
        );
      }
    } catch {
      // the session ended; whoever uses it next is told so
    }
  }

  #forgetFolders(state: State): void {
    state.folders.clear();
    state.listedRoots.clear();
    state.unknown.clear();
  }

  readonly foldersOf = foldersOfAreas;

  async *list(options: ListOptions = {}): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    const areas = options.areas ?? photoAreas;
    if (options.folder !== undefined) {
      const found = await this.#findFolder(this.#onSomeStorage(options.folder), options);
      if (Array.isArray(found)) yield* found;
      else yield* this.#walk(found, areas[0] ?? "library", options);
      return;
    }
    const told = new Set<string>();
    const tellOnce = function* (entries: readonly UnreadableEntry[]): Generator<UnreadableEntry> {
      for (const entry of entries) if (!told.has(entry.path)) yield entry;
      for (const { path } of entries) told.add(path);
    };
    for (const area of areas)
      for (const root of androidAreas[area] ?? [])
        for (const { prefix } of this.#state.storages) {
          const found = await this.#findFolder(`${prefix}/${root}`, options);
          if (Array.isArray(found)) yield* tellOnce(found);
          else
            for (const folder of this.#state.folders.sameButForCase(found.path))
              yield* this.#walk(folder, area, options);
        }
    // What a storage's root lists and says nothing about may be anybody's photos, whatever else is there.
    for (const { prefix } of this.#state.storages) yield* tellOnce(this.#state.unknown.get(prefix) ?? []);
    yield* tellOnce(this.#state.refusedStorages);
  }

  /** Where there are cards only, a folder is looked for on the first though its card is not named. */
  #onSomeStorage(folder: string): string {
    const [first] = this.#state.storages;
    const isNamed = this.#state.storages.some(({ prefix }) => `${folder}/`.startsWith(`${prefix}/`));
    return isNamed || !first ? folder : `${first.prefix}${folder}`;
  }

  async *#walk(
    { folder, path }: FoundFolder,
    area: MediaArea,
    { depth = 0, seen = new Set(), ...options }: WalkOptions,
  ): AsyncGenerator<MediaItem | UnreadableEntry, void, undefined> {
    // A device may name a folder as its own descendant.
    if (seen.has(folder.handle)) return;
    if (depth > maxFolderDepth) return yield tooDeep(path, readByItself(path));
    seen.add(folder.handle);
    const below: FoundFolder[] = [];
    try {
      for await (const entry of this.#entries(folder, path, options)) {
        throwIfAborted(options.signal);
        if ("error" in entry) yield unreadable(unknownPath(path, entry), entry.error);
        else if (!entry.isFolder) yield this.#item(entry, area);
        else if (!isJunkFolder(entry.name))
          below.push({ path: entry.path, folder: { storage: folder.storage, handle: entry.handle } });
      }
    } catch (error) {
      yield unreadable(path, error);
    }
    for (const next of below) yield* this.#walk(next, area, { ...options, depth: depth + 1, seen });
  }

  /** Entries with paths of their own, whatever their names; folders among them are remembered. */
  async *#entries(
    folder: KnownFolder,
    path: string,
    options: AbortOptions,
  ): AsyncGenerator<(MtpEntry & { path: string }) | MtpUnknownEntry, void, undefined> {
    const { session, listing, folders, unknown, datedByInfo } = this.#state;
    const taken = new Set<string>();
    const refused: UnreadableEntry[] = [];
    unknown.delete(path);
    for await (const entry of listing.children(session.client, folder, options)) {
      if ("error" in entry) {
        refused.push(unreadable(unknownPath(path, entry), entry.error));
        unknown.set(path, refused);
        yield entry;
        continue;
      }
      if (entry.datedBy === "object-info") datedByInfo.add(entry.handle);
      let name = pathName(entry.name);
      // Before its extension, by which it counts as a photo.
      while (taken.has(name)) name = `${posix.parse(name).name}_${posix.extname(name)}`;
      taken.add(name);
      const entryPath = `${path}/${name}`;
      if (entry.isFolder)
        folders.add({ folder: { storage: folder.storage, handle: entry.handle }, path: entryPath }, entry.name);
      yield { ...entry, path: entryPath };
    }
  }

  #item(entry: MtpEntry & { path: string }, area: MediaArea): MediaItem {
    return {
      id: `${this.#state.generation}.${entry.handle}`,
      path: entry.path,
      name: posix.basename(entry.path),
      area,
      sizeBytes: entry.sizeBytes,
      modifiedAt: entry.modifiedAt,
      createdAt: undefined,
    };
  }

  /**
   * A folder by its path; upper and lower case mean the same, as on the phone. The path that comes back is the phone's own. Where
   * there is none: what the phone did not let us look at on the way there, and may be it.
   */
  async #findFolder(wanted: string, options: AbortOptions): Promise<FoundFolder | UnreadableEntry[]> {
    const storage = this.#state.storages.findLast(({ prefix }) => `${wanted}/`.startsWith(`${prefix}/`));
    const { refusedStorages } = this.#state;
    if (!storage) return [...refusedStorages];
    let path = storage.prefix;
    let folder: KnownFolder = { storage: storage.id, handle: rootParent };
    for (const part of wanted.slice(path.length).split("/").filter(Boolean)) {
      try {
        const next = await this.#childFolder(folder, path, part, options);
        if (!next) return [...(this.#state.unknown.get(path) ?? []), ...refusedStorages];
        ({ folder, path } = next);
      } catch (error) {
        return [unreadable(`${path}/${part}`, error)];
      }
    }
    return { folder, path };
  }

  async #folder(path: string, options: AbortOptions): Promise<FoundFolder | undefined> {
    const found = await this.#findFolder(path, options);
    if (!Array.isArray(found)) return found;
    const [refused] = found;
    if (refused) throw refused.error;
    return undefined;
  }

  async #childFolder(
    folder: KnownFolder,
    path: string,
    name: string,
    options: AbortOptions,
  ): Promise<FoundFolder | undefined> {
    const { folders, listedRoots } = this.#state;
    const wanted = `${path}/${name}`;
    if (!folders.find(wanted) && !listedRoots.has(path)) {
      for await (const _ of this.#entries(folder, path, options)); // which remembers the folders
      if (folder.handle === rootParent) listedRoots.add(path);
    }
    return folders.find(wanted);
  }

  async locate(path: string, options: AbortOptions = {}): Promise<MediaItem | undefined> {
    return await this.#retrying(options, async () => {
      const entry = await this.#resolve(path, options);
      return entry && !entry.isFolder ? this.#item(entry, areaOf(path)) : undefined;
    });
  }

  async #resolve(path: string, options: AbortOptions): Promise<(MtpEntry & { path: string }) | undefined> {
    const home = posix.dirname(path);
    const folder = (await this.#folder(home, options))?.folder;
    if (!folder) return undefined;
    let found: (MtpEntry & { path: string }) | undefined;
    for await (const entry of this.#entries(folder, home, options))
      if (!("error" in entry) && entry.path === path) found = entry;
    const [refused] = this.#state.unknown.get(home) ?? [];
    if (!found && refused) throw perhapsRefused(path, refused);
    return found;
  }

  async stat(item: MediaItem, options: AbortOptions = {}): Promise<MediaItem> {
    // Its size was told together with its bytes, a moment ago: once.
    if (this.#proven.delete(item.id)) return item;
    return await this.#retrying(options, async () => {
      const { client } = this.#state.session;
      const handle = this.#handleOf(item);
      if (handle !== undefined) {
        try {
          if (await this.#isUnchanged(item, handle, options)) return item;
          const entry = await entryOf(handle, await client.objectInfo(handle, options), client, options);
          // A date that a property told is not held against another's: then the size alone tells.
          const { modifiedAt } = this.#state.datedByInfo.has(handle) ? entry : item;
          if (pathName(entry.name) === item.name)
            return this.#item({ ...entry, modifiedAt, path: item.path }, item.area);
        } catch (error) {
          if (!isStaleHandle(error)) throw error;
          this.#forgetFolders(this.#state);
        }
      }
      // The handle is another session's, or the phone gave it to another object: the name decides.
      const entry = await this.#resolve(item.path, options);
      if (!entry || entry.isFolder) throw gone(item);
      return this.#item(entry, item.area);
    });
  }

  /**
   * By properties, which cost the phone nothing: for an ObjectInfo Android opens and parses the photo, 27 ms each. False also where
   * only an ObjectInfo tells. Source of the figure: vdavid/mtp-rs, README.
   */
  async #isUnchanged(item: MediaItem, handle: number, options: AbortOptions): Promise<boolean> {
    const { session, datedByInfo } = this.#state;
    if (datedByInfo.has(handle) || !session.client.supports(operation.getObjectPropValue)) return false;
    try {
      if ((await session.client.objectSize(handle, options)) !== item.sizeBytes) return false;
      return (await session.client.objectModified(handle, options))?.getTime() === item.modifiedAt?.getTime();
    } catch (error) {
      if (isStaleHandle(error) || !isRefusal(error)) throw error;
      return false;
    }
  }

  /** Undefined when the handle was another session's. */
  #handleOf(item: MediaItem): number | undefined {
    const match = /^(\d+)\.(\d+)$/.exec(item.id);
    return match && Number(match[1]) === this.#state.generation ? Number(match[2]) : undefined;
  }

  canReadFrom(item: MediaItem, offset: number): boolean {
    return offset === 0 || this.#state.session.client.canReadPartsTo(item.sizeBytes);
  }

  read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    return readResuming(this, item, options, {
      readOnce: (offset, end, o) => this.#readOnce(item, offset, end, o),
      isWorthAnother: async (error, o) => {
        if (!this.#isSessionLoss(error)) return false;
        await this.#reopen(error, o);
        return true;
      },
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
    const kept = offset === 0 && end === item.sizeBytes ? this.#small.take(item.id) : undefined;
    if (kept) {
      this.#proven.add(item.id);
      yield kept;
      return;
    }
    const { client } = this.#state.session;
    const target = { handle: this.#handleOf(item) ?? (await this.#handleByPath(item, options)) };
    if (offset === 0 && end === item.sizeBytes && end <= windowBytes) {
      yield await this.#wholeSmall(item, target, options);
      return;
    }
    if (!client.canReadPartsTo(end)) {
      if (offset > 0) throw onlyFromStart(item);
      yield* this.#fromStart(item, target, { ...options, skip: 0, end });
      return;
    }
    const window = (at: number): Promise<Buffer[]> =>
      this.#again(item, target, options, (h) =>
        client.partialObject(h, at, windowAt(at, end, item.sizeBytes), options),
      );
    let at = offset;
    let next = window(at);
    while (at < end) {
      const chunks = await next;
      const got = chunks.reduce((sum, c) => sum + c.length, 0);
      if (got === 0) throw new ItemError("item-short", `${item.path}: the device sends nothing from byte ${at} on.`);
      at += got;
      // Announced and refused: what could be read beyond 4 GiB cannot any more.
      if (at < end && !client.canReadPartsTo(end)) {
        if (offset > 0) throw onlyFromStart(item);
        yield* chunks;
        yield* this.#fromStart(item, target, { ...options, skip: at, end });
        return;
      }
      if (at < end) {
        // The phone fetches the next window while this one is written.
        next = window(at);
        next.catch(() => {}); // awaited above, unless the reader leaves
      }
      yield* chunks;
    }
  }

  /** As the device sends it in one go: from `skip` on, whatever came before. What came to its end in this way is proven. */
  async *#fromStart(
    item: MediaItem,
    target: { handle: number },
    { skip, end, ...options }: StretchOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    try {
      for await (const chunk of this.#state.session.client.wholeObject(target.handle, item.sizeBytes, options)) {
        throwIfAborted(options.signal);
        const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, skip - at)), end - at);
        at += chunk.length;
        if (fresh.length > 0) yield fresh;
        if (at >= end && end < item.sizeBytes) return;
      }
    } catch (error) {
      if (at > 0 || !isStaleHandle(error)) throw error;
      const handle = await this.#handleByPath(item, options);
      if (handle === target.handle) throw error;
      target.handle = handle;
      yield* this.#fromStart(item, target, { ...options, skip, end });
      return;
    }
    if (at < end)
      throw new ItemError("item-short", `${item.path}: the device sent ${end - at} bytes less than it announced.`);
    this.#proven.add(item.id);
  }

  /**
   * With its length the phone tells the size it has now: a file that came whole in one transaction needs no look afterwards. What
   * is small enough to be a head is kept: whoever read it for its date reads it again to copy it.
   */
  async #wholeSmall(item: MediaItem, target: { handle: number }, options: AbortOptions): Promise<Buffer> {
    const bytes = await this.#again(item, target, options, (h) => this.#state.session.client.smallObject(h, options));
    if (bytes.length !== item.sizeBytes)
      throw new ItemError("item-changed", `${item.path} has ${bytes.length} bytes now, and not ${item.sizeBytes}.`, {
        retryable: true,
      });
    this.#small.put(item.id, bytes);
    this.#proven.add(item.id);
    return bytes;
  }

  /** Once more by its name, where the phone gave its objects new handles (a media rescan). */
  async #again<T>(
    item: MediaItem,
    target: { handle: number },
    options: AbortOptions,
    call: (handle: number) => Promise<T>,
  ): Promise<T> {
    try {
      return await call(target.handle);
    } catch (error) {
      if (!isStaleHandle(error)) throw error;
      this.#forgetFolders(this.#state);
      target.handle = await this.#handleByPath(item, options);
      return await call(target.handle);
    }
  }

  async thumbnail(item: MediaItem, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    return await this.#retrying(options, async () => {
      const handle = this.#handleOf(item) ?? (await this.#handleByPath(item, options));
      return await this.#state.session.client.thumbnail(handle, options);
    });
  }

  async #handleByPath(item: MediaItem, options: AbortOptions): Promise<number> {
    const entry = await this.#resolve(item.path, options);
    if (!entry || entry.isFolder) throw gone(item);
    return entry.handle;
  }

  #isSessionLoss(error: unknown): boolean {
    return (
      this.#state.session.client.isDead ||
      isConnectionLoss(error) ||
      (error instanceof MtpError && error.response === responseCode.sessionNotOpen)
    );
  }

  /** One new session for all that lost the old one. @throws {AppError} when the phone is not there any more */
  async #reopen(cause: unknown, { signal }: AbortOptions): Promise<void> {
    if (this.#disposed) throw cause;
    if (!this.#state.session.client.isDead && !(cause instanceof MtpError)) return; // somebody has reopened it
    this.#reopening ??= this.#replaceSession().finally(() => {
      this.#reopening = undefined;
    });
    await unlessAborted(this.#reopening, signal);
  }

  async #replaceSession(options: AbortOptions = {}): Promise<void> {
    await this.#end();
    const session = await reopenSession(this.device.id, this.#env, options);
    if (this.#disposed || session.storages.length === 0) {
      await session[Symbol.asyncDispose]();
      throw noStorage(session.info);
    }
    this.#state = this.#begin(session, this.#state.generation + 1);
  }

  /** A small request again in another session when the one it was in died. */
  async #retrying<T>(options: AbortOptions, call: () => Promise<T>): Promise<T> {
    throwIfAborted(options.signal);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        throwIfAborted(options.signal);
        if (!this.#isSessionLoss(error) || attempt >= 2) throw error;
        await this.#reopen(error, options);
      }
    }
  }

  async reconnect(options: AbortOptions): Promise<void> {
    for (;;) {
      throwIfAborted(options.signal);
      try {
        await this.#replaceSession(options);
        return;
      } catch (error) {
        const reason = toAppError(error);
        if (!(reason instanceof DeviceError) && reason.scope !== "device") throw reason;
      }
      // libusb announces a plug and the phone its storages, but a phone that is locked on some models announces nothing.
      await this.#env.clock.sleep(1_000, options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    const { session } = this.#state;
    try {
      await session[Symbol.asyncDispose]();
    } catch {
      // it is being given up
    }
    this.#env.opened.delete(session.usb.key);
  }
}

/** How much to ask for at once. Never beyond the end: phones compute nonsense there; never a reply that ends with a full packet. */
export function windowAt(at: number, end: number, sizeBytes: number): number {
  const length = Math.min(windowBytes, end - at, sizeBytes - at);
  return (headerBytes + length) % boundaryBytes === 0 ? length - boundaryBytes / 2 : length;
}

/** Whoever meets this in mid-file begins anew. */
function onlyFromStart(item: MediaItem): ItemError {
  return new ItemError("item-refused", `${item.path}: this device sends it from its start only.`, { retryable: true });
}

/** What an entry is called that the device lists and says nothing about. */
function unknownPath(folder: string, { handle, persistentId }: MtpUnknownEntry): string {
  return persistentId === undefined ? `${folder}/?${handle}` : `${folder}/?id-${persistentId}`;
}

/** Nobody may say that it is gone. */
function perhapsRefused(path: string, { error }: UnreadableEntry): ItemError {
  const why = `${path} may be what the device lists there and says nothing about.`;
  return new ItemError("item-refused", why, { cause: error });
}

function gone(item: MediaItem): ItemError {
  return new ItemError("item-gone", `${item.path} is not on the device any more.`);
}

function noStorage({ platform }: DeviceInfo): DeviceError {
  if (platform === "camera")
    return new DeviceError("device-no-storage", "The camera shows no card.", {
      retryable: true,
      remedy: "Put a card into the camera, and switch it on. offroll goes on by itself.",
    });
  return new DeviceError("device-no-storage", "The device shows no storage: it is locked, or it only charges.", {
    retryable: true,
  });
}
