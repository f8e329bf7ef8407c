/**
 * What every source promises, tried on somebody's own phone: only reading, on a few small files. The conformance suite of the tests
 * knows the truth beforehand; here the phone is held against itself.
 */
import { createHash } from "node:crypto";
import type { AbortOptions } from "../shared/abort.ts";
import { AppError } from "../shared/errors.ts";
import { plural } from "../shared/text.ts";
import { isUnreadable, type MediaItem, type MediaSource, photoAreas, readRange } from "./media-source.ts";

export interface SelfCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

const filesRead = 3;
/** So many are asked for a byte until enough have been found that can be read. */
const filesAsked = 12;
/** A file up to this size is read whole for a check. */
const mostBytes = 8 * 1024 * 1024;
const headBytes = 64 * 1024;
/** Where Photos has its database, and how each of SQLite's begins. Source: sqlite.org/fileformat2.html. */
const databasePath = "/PhotoData/Photos.sqlite";
const databaseHead = "SQLite format 3\0";

/** Never throws for what the phone does wrong. @throws {DeviceError} when it goes away */
export async function selfCheck(source: MediaSource, options: AbortOptions = {}): Promise<SelfCheck[]> {
  return await new SelfChecks(source, options).run();
}

/** What is wrong; undefined where nothing is. */
type Problem = string | undefined;

class SelfChecks {
  readonly #source: MediaSource;
  readonly #options: AbortOptions;
  readonly #checks: SelfCheck[] = [];

  constructor(source: MediaSource, options: AbortOptions) {
    this.#source = source;
    this.#options = options;
  }

  async run(): Promise<SelfCheck[]> {
    const some = await this.#readable(await this.#list());
    if (this.#source.capabilities.library === "photos-sqlite")
      await this.#try("library", () => this.#library(), "the library's database can be read, or there is none");
    const [first] = some;
    if (first) await this.#files(first, some);
    return this.#checks;
  }

  /** Everything once; a few files of it, the smaller first, of which some are to be read. */
  async #list(): Promise<MediaItem[]> {
    const items: MediaItem[] = [];
    let unreadable = 0;
    for await (const entry of this.#source.list({ ...this.#options, areas: photoAreas }))
      if (isUnreadable(entry)) unreadable += 1;
      else items.push(entry);
    const twice = items.length - new Set(items.map((i) => i.path)).size;
    this.#checks.push({
      check: "listing",
      ok: twice === 0 && unreadable === 0,
      detail: `${plural(items.length, "file")}, ${twice} of them twice, ${unreadable} that it does not let us look at`,
    });
    return items
      .filter((i) => i.sizeBytes > 0 && i.sizeBytes <= mostBytes)
      .sort((a, b) => a.sizeBytes - b.sizeBytes)
      .slice(-filesAsked);
  }

  /** Those that will be read. One that is refused is one problem, and not one of every check that would read it. */
  async #readable(items: readonly MediaItem[]): Promise<MediaItem[]> {
    const good: MediaItem[] = [];
    const refused: string[] = [];
    for (const item of items.toReversed()) {
      if (good.length === filesRead) break;
      try {
        await this.#stretch(item, 0, 1);
        good.unshift(item);
      } catch (error) {
        if (!(error instanceof AppError) || error.scope !== "item") throw error;
        refused.push(error.message);
      }
    }
    const [first] = refused;
    if (first !== undefined)
      this.#checks.push({
        check: "reading",
        ok: false,
        detail: `${plural(refused.length, "file")} of ${refused.length + good.length} cannot be read; the first: ${first}`,
      });
    return good;
  }

  async #files(first: MediaItem, some: readonly MediaItem[]): Promise<void> {
    const { capabilities, hashOnPhone } = this.#source;
    await this.#try(
      "sizes",
      () => this.#sizes(some),
      `${plural(some.length, "file is as long as it was", "files are as long as they were")} listed`,
    );
    await this.#try("again", () => this.#again(some), "read twice at once, they are the same");
    if (capabilities.resume)
      await this.#try("from the middle", () => this.#fromMiddle(first), "a read from the middle fits");
    await this.#try("left early", () => this.#leftEarly(first), "a read that was left leaves it usable");
    await this.#try("unchanged", () => this.#unchanged(first), "size and date are the same when asked for alone");
    if (capabilities.thumbnails === "call")
      await this.#try("thumbnail", () => this.#thumbnail(first), "what it makes as a small picture is one, or nothing");
    if (hashOnPhone) await this.#try("hash", () => this.#hash(first), "it computes the same hash");
  }

  async #try(check: string, work: () => Promise<Problem>, good: string): Promise<void> {
    const problem = await work().catch((error: unknown) => {
      if (error instanceof AppError && error.scope === "item") return error.message;
      throw error;
    });
    this.#checks.push({ check, ok: problem === undefined, detail: problem ?? good });
  }

  #stretch(item: MediaItem, offset: number, length: number): Promise<Buffer> {
    return readRange(this.#source, item, { ...this.#options, offset, length });
  }

  #whole(item: MediaItem): Promise<Buffer> {
    return this.#stretch(item, 0, item.sizeBytes);
  }

  async #library(): Promise<Problem> {
    const database = await this.#source.locate(databasePath, this.#options);
    if (!database) return undefined;
    const head = await this.#stretch(database, 0, Math.min(databaseHead.length, database.sizeBytes));
    return head.toString("latin1") === databaseHead ? undefined : `${databasePath} does not begin as a database does`;
  }

  async #sizes(some: readonly MediaItem[]): Promise<Problem> {
    const lengths = await Promise.all(some.map(async (item) => (await this.#whole(item)).length));
    const wrong = some.findIndex((item, i) => lengths[i] !== item.sizeBytes);
    const item = some[wrong];
    return item && `${item.path}: ${lengths[wrong]} bytes instead of ${item.sizeBytes}`;
  }

  async #again(some: readonly MediaItem[]): Promise<Problem> {
    const read = (): Promise<Buffer[]> => Promise.all(some.map((item) => this.#whole(item)));
    const [once, twice] = [await read(), await read()];
    return once.every((bytes, i) => bytes.equals(twice[i] as Buffer)) ? undefined : "files read twice differ";
  }

  async #fromMiddle(item: MediaItem): Promise<Problem> {
    const bytes = await this.#whole(item);
    const at = Math.floor(item.sizeBytes / 2);
    const rest = await this.#stretch(item, at, item.sizeBytes - at);
    return rest.equals(bytes.subarray(at)) ? undefined : `${item.path}: its second half differs`;
  }

  async #leftEarly(item: MediaItem): Promise<Problem> {
    for await (const _ of this.#source.read(item, this.#options)) break;
    const head = await this.#stretch(item, 0, Math.min(headBytes, item.sizeBytes));
    return head.length > 0 ? undefined : "nothing comes any more";
  }

  async #unchanged(item: MediaItem): Promise<Problem> {
    await this.#source.stat(item, this.#options); // this answer may rest on the read a moment ago
    const now = await this.#source.stat(item, this.#options);
    const same = now.sizeBytes === item.sizeBytes && now.modifiedAt?.getTime() === item.modifiedAt?.getTime();
    return same ? undefined : `${item.path}: size or date is another one when it is asked for alone`;
  }

  async #thumbnail(item: MediaItem): Promise<Problem> {
    const made = await this.#source.thumbnail?.(item, this.#options);
    const isJpeg = made === undefined || (made[0] === 0xff && made[1] === 0xd8);
    return isJpeg ? undefined : `${item.path}: its small picture is no JPEG`;
  }

  async #hash(item: MediaItem): Promise<Problem> {
    const ours = createHash("sha256")
      .update(await this.#whole(item))
      .digest("hex");
    const theirs = await this.#source.hashOnPhone?.(item, this.#options);
    return ours === theirs ? undefined : `${item.path}: it computes another hash`;
  }
}
