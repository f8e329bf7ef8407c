/** Where a phone's data are exported to: a folder of this computer, through the destination that photos go through too. */
import { createHash, randomBytes } from "node:crypto";
import type { DataPlace, FileToPlace, PlacedFile } from "../phone-data/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { bytesPassed } from "../shared/collect-garbage.ts";
import { DestinationError } from "../shared/errors.ts";
import { type Destination, type DestinationFolder, openPlace } from "../transfer/destination/index.ts";

type GrowingFile = Awaited<ReturnType<ReturnType<typeof openPlace>["metadata"]["runs"]["begin"]>>;

/** Beside the logs of runs, in the folder that only its owner may read. */
const stateName = "phone-data.state";
const journalName = /^phone-data-[0-9a-f]{16}\.journal$/;
/** Of a phone with a million attachments it has less. */
const maxStateBytes = 1024 ** 3;

/** How it is opened. */
export interface OpenDataPlaceOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
}

/** An open one. Disposing it gives the folder free. */
export class DestinationDataPlace implements DataPlace, AsyncDisposable {
  readonly #destination: Destination;
  readonly #place: ReturnType<typeof openPlace>;
  readonly #lock: Disposable;
  readonly #options: AbortOptions;
  readonly #journal: string;
  #noted: Promise<GrowingFile> | undefined;

  private constructor(
    place: ReturnType<typeof openPlace>,
    claimed: { readonly id: string; readonly lock: Disposable },
    options: AbortOptions,
  ) {
    this.#place = place;
    this.#lock = claimed.lock;
    this.#options = options;
    this.#destination = place.destination(claimed.id);
    this.#journal = `phone-data-${randomBytes(8).toString("hex")}.journal`;
  }

  /** @throws {DestinationError} `destination-in-use`, and what the disk refuses */
  static async open(folder: DestinationFolder, options: OpenDataPlaceOptions): Promise<DestinationDataPlace> {
    const { clock, pid, signal } = options;
    const place = openPlace(folder);
    const claimed = await place.claim({ clock, pid, wait: false, ...(signal && { signal }) }).catch(tellToWait);
    const opened = new DestinationDataPlace(place, claimed, signal ? { signal } : {});
    // No other run writes here: partials are of runs that are over.
    await opened.#destination.sweep((key) => !isOurKey(key)).catch(() => {});
    return opened;
  }

  get label(): string {
    return this.#destination.label;
  }

  async look(path: string): Promise<PlacedFile | undefined> {
    return await this.#destination.stat(path);
  }

  async hash(path: string): Promise<string> {
    const there = await this.#destination.stat(path);
    // A folder of that name is something else's.
    if (there && there.sizeBytes < 0) return "";
    return (await this.#destination.hash(path, this.#options)).sha256;
  }

  async store(file: FileToPlace, replaces?: string): Promise<PlacedFile | "taken"> {
    const { path, sizeBytes, sha256, modified } = file;
    if (sizeBytes > this.#destination.properties.maxFileBytes)
      throw new DestinationError("destination-io", `${path} does not fit on this disk's file system.`);
    await using pending = await this.#destination.create({ key: keyOf(path), sizeBytes, ...this.#options });
    await pending.restart();
    const hash = createHash("sha256");
    for await (const chunk of file.content()) {
      throwIfAborted(this.#options.signal);
      hash.update(chunk);
      await pending.write(chunk);
      bytesPassed(chunk.length);
    }
    if (hash.digest("hex") !== sha256)
      throw new DestinationError("destination-mismatch", `${path} changed while it was written.`);
    const stored =
      replaces === undefined ? await pending.commit(path, modified) : await pending.replace(path, replaces, modified);
    if (stored !== "stored") return "taken";
    return { sizeBytes, modifiedMs: pending.storedMs ?? 0 };
  }

  async remove(path: string, sha256: string): Promise<boolean> {
    return await this.#destination.remove(path, sha256);
  }

  async state(): Promise<string | undefined> {
    return (await this.#place.metadata.runs.read(stateName, maxStateBytes))?.toString("utf8");
  }

  async journals(): Promise<readonly string[]> {
    const { runs } = this.#place.metadata;
    const names = ((await runs.names()) ?? []).filter((name) => journalName.test(name) && name !== this.#journal);
    const texts = await Promise.all(names.map((name) => runs.read(name, maxStateBytes)));
    return texts.flatMap((text) => text?.toString("utf8").split("\n") ?? []).filter((line) => line !== "");
  }

  note(line: string): void {
    this.#noted ??= this.#place.metadata.runs.begin(this.#journal);
    void this.#noted.then((file) => file.write(`${line}\n`)).catch(() => {});
  }

  async finish(state: string): Promise<void> {
    const { runs } = this.#place.metadata;
    await this.#closeJournal();
    await runs.put(stateName, bytesOf(state));
    for (const name of (await runs.names()) ?? []) if (journalName.test(name)) await runs.remove(name);
  }

  async #closeJournal(): Promise<void> {
    const file = await this.#noted?.catch(() => undefined);
    this.#noted = undefined;
    await file?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeJournal();
    await this.#destination[Symbol.asyncDispose]();
    this.#lock[Symbol.dispose]();
  }
}

/** What is said of other runs names a flag that this one does not have. */
function tellToWait(error: unknown): never {
  if (!(error instanceof DestinationError) || error.code !== "destination-in-use") throw error;
  throw new DestinationError(error.code, error.message, {
    cause: error,
    remedy: "Wait until it is done, and try again.",
  });
}

const mark = "da7a";

/** Names a partial, so that those of photos are told from it. */
function keyOf(path: string): string {
  return mark + createHash("sha256").update(`phone-data\0${path}`).digest("hex").slice(mark.length);
}

function isOurKey(key: string): boolean {
  return key.startsWith(mark);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}
