/** What ours keeps beside files in memory. The catalog is fetched and brought back, as by every place that is no disk of this computer. */
import { randomBytes, randomUUID } from "node:crypto";
import { DestinationError } from "../../../shared/errors.ts";
import { metadataFolder } from "../metadata-folder.ts";
import type {
  AlbumsFile,
  CatalogStore,
  DestinationLock,
  GrowingFile,
  LockOptions,
  MetadataStore,
  RunFiles,
} from "../store.ts";
import type { MemoryDisk, MemoryMetadata, Session } from "./memory-disk.ts";

const pollMs = 1_000;

export class MemoryStore implements MetadataStore {
  readonly label: string;
  readonly catalog: CatalogStore;
  readonly runs: RunFiles;
  readonly freeup: RunFiles;
  readonly albums: AlbumsFile;
  readonly #disk: MemoryDisk;
  readonly #session: Session;

  constructor(disk: MemoryDisk, session: Session) {
    this.label = `${disk.name}/${metadataFolder}`;
    this.#disk = disk;
    this.#session = session;
    this.catalog = new MemoryCatalog(disk, session);
    this.runs = new MemoryFiles(disk, session, "runs");
    this.freeup = new MemoryFiles(disk, session, "freeup");
    this.albums = new MemoryAlbums(disk, session);
  }

  async readId(): Promise<string | undefined> {
    return this.#disk.isAttached ? this.#disk.metadata?.id : undefined;
  }

  async ensureId(): Promise<string> {
    const metadata = metadataOf(this.#disk, this.#session);
    metadata.id ??= randomUUID();
    return metadata.id;
  }

  async lock(options: LockOptions): Promise<DestinationLock> {
    for (let isWaiting = false; ; isWaiting = true) {
      this.#disk.assertFor(this.#session);
      const { lock } = this.#disk;
      if (!lock?.session.isAlive) return this.#take(options.pid);
      const holder = `process ${lock.pid} here`;
      if (!options.wait) throw new DestinationError("destination-in-use", `Another run is writing there: ${holder}.`);
      if (!isWaiting) options.onWait?.(holder);
      await options.clock.sleep(pollMs, options);
    }
  }

  #take(pid: number): DestinationLock {
    const mark = randomBytes(8).toString("hex");
    const disk = this.#disk;
    disk.lock = { mark, pid, session: this.#session };
    return {
      lost: new AbortController().signal,
      [Symbol.dispose]() {
        if (disk.lock?.mark === mark) disk.lock = undefined;
      },
    };
  }
}

function metadataOf(disk: MemoryDisk, session: Session): MemoryMetadata {
  disk.assertFor(session);
  disk.metadata ??= { id: undefined, catalog: undefined, albums: undefined, runs: new Map(), freeup: new Map() };
  return disk.metadata;
}

class MemoryCatalog implements CatalogStore {
  readonly folder = undefined;
  readonly isWrittenThere = false;
  readonly #disk: MemoryDisk;
  readonly #session: Session;

  constructor(disk: MemoryDisk, session: Session) {
    this.#disk = disk;
    this.#session = session;
  }

  async fetch(): Promise<AsyncIterable<Uint8Array> | undefined> {
    this.#disk.assertFor(this.#session);
    const bytes = this.#disk.metadata?.catalog;
    return bytes && once(bytes);
  }

  async replace(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const whole = Buffer.concat(await Array.fromAsync(bytes));
    metadataOf(this.#disk, this.#session).catalog = whole;
  }

  async discard(): Promise<void> {
    metadataOf(this.#disk, this.#session).catalog = undefined;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(bytes);
}

class MemoryAlbums implements AlbumsFile {
  readonly #disk: MemoryDisk;
  readonly #session: Session;

  constructor(disk: MemoryDisk, session: Session) {
    this.#disk = disk;
    this.#session = session;
  }

  async read(maxBytes: number): Promise<Buffer | undefined> {
    this.#disk.assertFor(this.#session);
    const bytes = this.#disk.metadata?.albums;
    if (bytes && bytes.length > maxBytes)
      throw new DestinationError("destination-unsafe", `The albums have more than ${maxBytes} bytes.`);
    return bytes && Buffer.from(bytes);
  }

  async replace(bytes: Uint8Array): Promise<void> {
    metadataOf(this.#disk, this.#session).albums = Buffer.from(bytes);
  }

  async refusal(): Promise<undefined> {}
}

class MemoryFiles implements RunFiles {
  readonly #disk: MemoryDisk;
  readonly #session: Session;
  readonly #kind: "runs" | "freeup";

  constructor(disk: MemoryDisk, session: Session, kind: "runs" | "freeup") {
    this.#disk = disk;
    this.#session = session;
    this.#kind = kind;
  }

  async names(): Promise<string[] | undefined> {
    this.#disk.assertFor(this.#session);
    const files = this.#disk.metadata?.[this.#kind];
    return files && files.size > 0 ? [...files.keys()] : undefined;
  }

  async read(name: string, maxBytes: number): Promise<Buffer | undefined> {
    this.#disk.assertFor(this.#session);
    const bytes = this.#disk.metadata?.[this.#kind].get(name);
    if (bytes && bytes.length > maxBytes)
      throw new DestinationError("destination-unsafe", `${name} is larger than ${maxBytes} bytes.`);
    return bytes && Buffer.from(bytes);
  }

  async begin(name: string): Promise<GrowingFile> {
    const files = metadataOf(this.#disk, this.#session)[this.#kind];
    if (files.has(name)) throw new DestinationError("destination-io", `${name} is there already.`);
    files.set(name, Buffer.alloc(0));
    const session = this.#session;
    return {
      write(text) {
        const before = files.get(name);
        if (session.isAlive && before) files.set(name, Buffer.concat([before, Buffer.from(text)]));
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const whole = Buffer.concat(await Array.fromAsync(bytes));
    metadataOf(this.#disk, this.#session)[this.#kind].set(name, whole);
  }

  async remove(name: string): Promise<void> {
    this.#disk.assertFor(this.#session);
    this.#disk.metadata?.[this.#kind].delete(name);
  }
}
