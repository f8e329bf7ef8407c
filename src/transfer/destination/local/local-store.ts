/** `.offroll` of a folder on this computer. Small files are written where nothing can be awaited; none of it goes through a link. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { diskError, errno } from "../../../shared/disk-errors.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { isShare } from "../../../shared/mounts.ts";
import { readPlainFile } from "../../../shared/plain-file.ts";
import { ensurePlainFolder, inPlainFolder, notPlain } from "../../../shared/plain-folder.ts";
import { albumsName, catalogName } from "../metadata-folder.ts";
import {
  type AlbumsFile,
  type CatalogStore,
  type DestinationLock,
  type GrowingFile,
  type LockOptions,
  type MetadataStore,
  type RunFiles,
  unfinishedEnding,
} from "../store.ts";
import { ensureDestinationId, readDestinationId } from "./destination-id.ts";
import { lockDestination } from "./lock.ts";

export class LocalStore implements MetadataStore {
  readonly label: string;
  readonly catalog: CatalogStore;
  readonly runs: RunFiles;
  readonly freeup: RunFiles;
  readonly albums: AlbumsFile;

  /** @param folder the place's `.offroll`; it need not be there yet */
  constructor(folder: string) {
    this.label = folder;
    this.catalog = new LocalCatalog(folder);
    this.runs = new LocalFiles(folder, "runs");
    this.freeup = new LocalFiles(folder, "freeup");
    this.albums = new LocalAlbums(folder);
  }

  async readId(): Promise<string | undefined> {
    return readDestinationId(this.label);
  }

  async ensureId(): Promise<string> {
    return ensureDestinationId(this.label);
  }

  async lock(options: LockOptions): Promise<DestinationLock> {
    return await lockDestination(this.label, options);
  }
}

/** Copied in blocks of this size. */
const blockBytes = 1024 * 1024;

class LocalCatalog implements CatalogStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get isWrittenThere(): boolean {
    return !isShare(this.folder);
  }

  async fetch(): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      return openStream(this.folder, catalogName);
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw diskError(error, this.folder);
    }
  }

  async replace(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const unfinished = `${catalogName}.new`;
    remove(this.folder, unfinished);
    await pipeline(bytes, fs.createWriteStream("", { fd: openNew(this.folder, unfinished) }));
    rename(this.folder, unfinished, catalogName);
  }

  async discard(): Promise<void> {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) remove(this.folder, `${catalogName}${suffix}`);
  }
}

class LocalAlbums implements AlbumsFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(maxBytes: number): Promise<Buffer | undefined> {
    try {
      return inPlainFolder(this.#folder, (real) =>
        readPlainFile(join(real, albumsName), { followLinks: false, maxBytes }),
      );
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw diskError(error, this.#folder);
    }
  }

  async replace(bytes: Uint8Array): Promise<void> {
    try {
      // One that a stopped process left.
      remove(this.#folder, albumsName + unfinishedEnding);
      const fd = openNew(this.#folder, albumsName + unfinishedEnding);
      try {
        fs.writeFileSync(fd, bytes);
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
      rename(this.#folder, albumsName + unfinishedEnding, albumsName);
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  async refusal(): Promise<DestinationError | undefined> {
    try {
      fs.accessSync(this.#folder, fs.constants.W_OK);
      return undefined;
    } catch (error) {
      return asRefusal(diskError(error, this.#folder));
    }
  }
}

function asRefusal(error: unknown): DestinationError {
  if (error instanceof DestinationError) return error;
  return new DestinationError("destination-no-permission", "You may not write there.", { cause: error });
}

/** Files of one folder of `.offroll`. */
class LocalFiles implements RunFiles {
  readonly #metadata: string;
  readonly #folder: string;

  constructor(metadata: string, name: string) {
    this.#metadata = metadata;
    this.#folder = join(metadata, name);
  }

  async names(): Promise<string[] | undefined> {
    try {
      return inPlainFolder(this.#folder, (real) => fs.readdirSync(real));
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw diskError(error, this.#folder);
    }
  }

  async read(name: string, maxBytes: number): Promise<Buffer | undefined> {
    try {
      return inPlainFolder(this.#folder, (real) => readPlainFile(join(real, name), { followLinks: false, maxBytes }));
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw diskError(error, this.#folder);
    }
  }

  async begin(name: string): Promise<GrowingFile> {
    try {
      ensurePlainFolder(this.#folder, 0o700);
      this.#keepPrivate();
      return new GrowingLocalFile(openNew(this.#folder, name));
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>, { isProven = false } = {}): Promise<void> {
    try {
      ensurePlainFolder(this.#folder, 0o700);
      await this.#write(name + unfinishedEnding, bytes, isProven);
      rename(this.#folder, name + unfinishedEnding, name);
      // So that what it stands for is not taken away before it is there.
      if (isProven) inPlainFolder(this.#folder, flushFolder);
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  async #write(name: string, bytes: AsyncIterable<Uint8Array>, isProven: boolean): Promise<void> {
    const fd = openNew(this.#folder, name);
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of bytes) {
        if (isProven) hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    };
    await pipeline(counted(), fs.createWriteStream("", { fd, flush: isProven }));
    if (!isProven) return;
    const there = await this.read(name, sizeBytes);
    if (
      createHash("sha256")
        .update(there ?? "")
        .digest("hex") !== hash.digest("hex")
    )
      throw new DestinationError("destination-mismatch", `${name}: what the disk gives back is not what was written.`);
  }

  /** Folders of earlier versions may be open to others. */
  #keepPrivate(): void {
    inPlainFolder(this.#folder, (real) => {
      try {
        fs.chmodSync(real, 0o700);
      } catch {
        // FAT has no permissions.
      }
    });
  }

  async remove(name: string): Promise<void> {
    try {
      remove(this.#folder, name);
    } catch (error) {
      throw diskError(error, this.#metadata);
    }
  }
}

class GrowingLocalFile implements GrowingFile {
  readonly #stream: fs.WriteStream;

  constructor(fd: number) {
    this.#stream = fs.createWriteStream("", { fd });
    this.#stream.on("error", () => {}); // a full disk ends the run anyway
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stream.once("close", resolve);
      this.#stream.end();
      if (this.#stream.closed) resolve();
    });
  }
}

/** For its owner's eyes only; fails where anything has the name. */
function openNew(folder: string, name: string): number {
  return inPlainFolder(folder, (real) => fs.openSync(join(real, name), "wx", 0o600));
}

function openStream(folder: string, name: string): fs.ReadStream {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  const fd = inPlainFolder(folder, (real) => fs.openSync(join(real, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (fs.fstatSync(fd).isFile()) return fs.createReadStream("", { fd, highWaterMark: blockBytes });
  fs.closeSync(fd);
  throw notPlain(join(folder, name));
}

function remove(folder: string, name: string): void {
  inPlainFolder(folder, (real) => fs.rmSync(join(real, name), { force: true }));
}

function rename(folder: string, from: string, to: string): void {
  inPlainFolder(folder, (real) => fs.renameSync(join(real, from), join(real, to)));
}

/** Some systems do not flush folders. */
function flushFolder(folder: string): void {
  try {
    const fd = fs.openSync(folder, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // as said
  }
}
