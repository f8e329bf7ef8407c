/** Files in memory, as a far side would keep them: stored in one step under names that are free, and without second names. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { assertBelow, unsafe } from "../below.ts";
import type {
  CreateOptions,
  Destination,
  DestinationProperties,
  ListedName,
  PendingFile,
  StoredEntry,
  StoredFile,
  StoredHash,
  StoredReader,
} from "../destination.ts";
import { metadataFolder } from "../metadata-folder.ts";
import type { MemoryDisk, MemoryFile, Session } from "./memory-disk.ts";
import { MemoryPendingFile } from "./memory-pending-file.ts";

const damagedFolder = `${metadataFolder}/damaged`;

export class MemoryDestination implements Destination {
  readonly properties: DestinationProperties = {
    concurrency: 32,
    maxFileBytes: Number.MAX_SAFE_INTEGER,
    links: false,
    noOverwrite: "atomic",
  };
  readonly #disk: MemoryDisk;
  readonly #session: Session;
  readonly #id: string | undefined;

  /** @param id of the place that is meant; any where undefined */
  constructor(disk: MemoryDisk, session: Session, id: string | undefined) {
    this.#disk = disk;
    this.#session = session;
    this.#id = id;
  }

  get label(): string {
    return this.#disk.name;
  }

  async list(folder: string): Promise<ListedName[]> {
    await this.#reach(folder === "" ? "." : folder);
    if (this.#disk.files.has(folder)) throw unsafe(folder);
    return [...this.#disk.in(folder)];
  }

  async statAll(paths: readonly string[], options: AbortOptions = {}): Promise<(StoredEntry | undefined)[]> {
    await this.#reach(".");
    throwIfAborted(options.signal);
    return paths.map((path) => {
      const file = this.#disk.files.get(path);
      if (file) return { type: "file", ...storedFile(file) };
      return this.#disk.folders.has(path) ? { type: "folder", sizeBytes: -1, modifiedMs: 0 } : undefined;
    });
  }

  async stat(path: string): Promise<StoredFile | undefined> {
    await this.#reach(path);
    const [entry] = await this.statAll([path]);
    return entry && { sizeBytes: entry.sizeBytes, modifiedMs: entry.modifiedMs };
  }

  async create(options: CreateOptions): Promise<PendingFile> {
    await this.#reach(".");
    throwIfAborted(options.signal);
    if (!(await this.isThere())) throw this.#notThere();
    return new MemoryPendingFile(this.#disk, this.#session, options);
  }

  async duplicate(from: string, to: string, how: "link" | "copy"): Promise<"stored" | "name-taken" | "unsupported"> {
    const file = await this.#file(from);
    assertBelow(to);
    if (this.#disk.has(to)) return "name-taken";
    if (how === "link") return "unsupported";
    this.#disk.assertRoom(file.bytes.length);
    this.#disk.store(to, file);
    return "stored";
  }

  async remove(path: string, sha256: string): Promise<boolean> {
    await this.#reach(path);
    const file = this.#disk.files.get(path);
    if (!file || sha256Of(file.bytes) !== sha256) return false;
    return this.#disk.files.delete(path);
  }

  async move(from: string, to: string): Promise<"moved" | "name-taken" | "gone"> {
    assertBelow(to);
    await this.#reach(from);
    const file = this.#disk.files.get(from);
    if (!file) return "gone";
    if (this.#disk.has(to)) return "name-taken";
    this.#disk.store(to, file);
    this.#disk.files.delete(from);
    return "moved";
  }

  async removeFolder(path: string): Promise<boolean> {
    await this.#reach(path);
    return this.#disk.in(path).next().done === true && this.#disk.folders.delete(path);
  }

  async setAside(path: string): Promise<string> {
    const file = await this.#file(path);
    let to = posix.join(damagedFolder, path);
    for (let n = 2; this.#disk.has(to); n += 1) to = `${posix.join(damagedFolder, path)}.${n}`;
    this.#disk.store(to, file);
    this.#disk.files.delete(path);
    return to;
  }

  async open(path: string): Promise<StoredReader> {
    const { bytes } = await this.#file(path);
    return {
      read: async (offset, length) => {
        this.#disk.assertFor(this.#session);
        return Buffer.from(bytes.subarray(offset, offset + length));
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  async hash(path: string, options: AbortOptions = {}): Promise<StoredHash> {
    throwIfAborted(options.signal);
    const { bytes } = await this.#file(path);
    return { sha256: sha256Of(bytes), sizeBytes: bytes.length, from: "disk" };
  }

  async freeBytes(): Promise<number> {
    await this.#reach(".");
    return this.#disk.capacityBytes - this.#disk.usedBytes;
  }

  async isThere(): Promise<boolean> {
    const id = this.#disk.metadata?.id;
    const isIt = id !== undefined && (this.#id === undefined || id === this.#id);
    return this.#disk.isAttached && this.#session.isAlive && isIt;
  }

  async sweep(keep: (key: string) => boolean): Promise<number> {
    await this.#reach(".");
    const unkept = [...this.#disk.parts.keys()].filter((key) => !keep(key));
    for (const key of unkept) this.#disk.parts.delete(key);
    return unkept.length;
  }

  async #file(path: string): Promise<MemoryFile> {
    await this.#reach(path);
    const file = this.#disk.files.get(path);
    if (!file) throw new DestinationError("destination-mismatch", `${path} is not in ${this.label}.`);
    return file;
  }

  /** Every question takes a turn of the event loop, as one to a disk would. */
  async #reach(path: string): Promise<void> {
    assertBelow(path);
    await new Promise((resolve) => setImmediate(resolve));
    this.#disk.assertFor(this.#session);
  }

  #notThere(): DestinationError {
    return new DestinationError("destination-not-there", `${this.label} is no longer at its place.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function storedFile({ bytes, modifiedMs }: MemoryFile): StoredFile {
  return { sizeBytes: bytes.length, modifiedMs };
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
