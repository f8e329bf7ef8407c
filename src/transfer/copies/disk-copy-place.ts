/** A disk as a place for a copy: over `Destination`, whose promises it passes on. */
import { createHash, randomUUID } from "node:crypto";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { DestinationError } from "../../shared/errors.ts";
import { checkFile } from "../catalog/check-file.ts";
import type { Destination, PendingFile } from "../destination/destination.ts";
import type { Bytes, CopyPlace, CopyPlaceProperties, HeldFile, Proof, PutResult, WantedFile } from "./copy-place.ts";

/** More under way at once makes a disk seek, and no copy faster. */
const filesAtOnce = 4;
const blockBytes = 1024 * 1024;

export class DiskCopyPlace implements CopyPlace {
  readonly label: string;
  readonly #destination: Destination;

  /** @param destination becomes the place's own: disposed with it */
  constructor(destination: Destination) {
    this.label = destination.label;
    this.#destination = destination;
  }

  get properties(): CopyPlaceProperties {
    const { noOverwrite, links, maxFileBytes } = this.#destination.properties;
    return {
      ...{ hash: "sha256", wholeUnderItsName: true, resumes: true, noOverwrite, links },
      ...{ maxFileBytes, concurrency: filesAtOnce },
    };
  }

  async list(paths: readonly string[], options: AbortOptions = {}): Promise<(HeldFile | undefined)[]> {
    const entries = await this.#destination.statAll(paths, options);
    return entries.map(
      (entry) => entry && { isFile: entry.type === "file", sizeBytes: entry.sizeBytes, modifiedMs: entry.modifiedMs },
    );
  }

  async prepare(): Promise<void> {
    await using _nothing = await this.#destination.create({
      key: keyOf({ path: "", sizeBytes: 0, sha256: undefined, modified: undefined }),
      sizeBytes: 0,
    });
  }

  async put(file: WantedFile, bytes: Bytes, options: AbortOptions = {}): Promise<PutResult> {
    await using pending = await this.#destination.create({ key: keyOf(file), sizeBytes: file.sizeBytes });
    let got = await receive(pending, file, bytes, options);
    // A partial is continued on trust; the hash tells.
    if (!isIt(got, file) && pending.offset > 0) {
      await pending.restart();
      got = await receive(pending, file, bytes, options);
    }
    const { sha256 } = got;
    if (!isIt(got, file)) return { type: "not-it", sha256 };
    if ((await pending.reread(file.modified, options)).sha256 !== sha256)
      throw new DestinationError(
        "destination-mismatch",
        `${file.path}: what the disk gives back is not what was written.`,
      );
    if ((await pending.commit(file.path, file.modified)) === "name-taken") return { type: "name-taken" };
    return { type: "stored", sha256, modifiedMs: pending.storedMs };
  }

  async link(from: string, to: string): Promise<"stored" | "name-taken" | "unsupported"> {
    return await this.#destination.duplicate(from, to, "link");
  }

  async move(from: string, to: string): Promise<"moved" | "name-taken" | "gone"> {
    return await this.#destination.move(from, to);
  }

  async prove(file: Pick<WantedFile, "path" | "sizeBytes" | "sha256">, options: AbortOptions = {}): Promise<Proof> {
    const { found, detail, storedMs } = await checkFile({ ...file, target: file.path }, this.#destination, options);
    return { found, detail, modifiedMs: storedMs };
  }

  async forget(path: string, sha256: string): Promise<boolean> {
    return await this.#destination.remove(path, sha256);
  }

  async freeBytes(): Promise<number> {
    return await this.#destination.freeBytes();
  }

  async isThere(): Promise<boolean> {
    return await this.#destination.isThere();
  }

  async tidy(): Promise<void> {
    await this.#destination.sweep(() => false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#destination[Symbol.asyncDispose]();
  }
}

/** Equal keys mean equal bytes. What has no recorded hash is never continued: nobody could tell whether it is still the same. */
function keyOf({ path, sizeBytes, sha256 = randomUUID() }: WantedFile): string {
  return createHash("sha256").update(`copy\0${path}\0${sizeBytes}\0${sha256}`).digest("hex");
}

interface Received {
  readonly sha256: string;
  readonly sizeBytes: number;
}

function isIt(got: Received, { sizeBytes, sha256 }: WantedFile): boolean {
  return got.sizeBytes === sizeBytes && (sha256 === undefined || got.sha256 === sha256);
}

/** Writes behind what is there; the hash is of all of it. Of a file that has grown no more is taken than shows that it has. */
async function receive(
  pending: PendingFile,
  file: WantedFile,
  bytes: Bytes,
  { signal }: AbortOptions,
): Promise<Received> {
  const hash = createHash("sha256");
  let at = 0;
  try {
    while (at < pending.offset) {
      const block = await pending.readBack(at, Math.min(blockBytes, pending.offset - at));
      if (block.length === 0) throw new DestinationError("destination-io", `${file.path} could not be continued.`);
      hash.update(block);
      at += block.length;
    }
    for await (const chunk of bytes(at, signal ? { signal } : {})) {
      throwIfAborted(signal);
      hash.update(chunk);
      at += chunk.length;
      if (at > file.sizeBytes) break;
      await pending.write(chunk);
    }
    await pending.written();
  } catch (error) {
    pending.keep();
    throw error;
  }
  return { sha256: hash.digest("hex"), sizeBytes: at };
}
