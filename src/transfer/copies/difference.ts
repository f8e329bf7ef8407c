/** What a copy lacks: the first's record held against what lies in the copy, by name, size and time; what is in doubt, by its hash. */
import type { AbortOptions } from "../../shared/abort.ts";
import { isStoredTime } from "../catalog/clock-shift.ts";
import type { FirstCatalog, FirstFile, Held, HereFile } from "../catalog/first-catalog.ts";
import type { Destination } from "../destination/destination.ts";
import type { CopyPlace, HeldFile } from "./copy-place.ts";
import type { CopyFailure } from "./events.ts";

/** A file of the first that is to come, with the date that it has there. */
export interface FileToCopy extends FirstFile {
  readonly modified: Date | undefined;
}

export interface Difference {
  readonly held: readonly Held[];
  readonly toCopy: readonly FileToCopy[];
  /** It lies in the copy under a name that the first no longer has for it. */
  readonly toMove: readonly { readonly file: FirstFile; readonly from: string }[];
  readonly failures: readonly CopyFailure[];
  readonly missingInFirst: readonly string[];
  /** Files of the copy that were read again and are not what was copied. */
  readonly damaged: readonly FirstFile[];
}

const namesAtOnce = 4_096;

interface Sides {
  readonly now: number;
  readonly first: FirstCatalog;
  readonly source: Destination;
  readonly place: CopyPlace;
}

/** @throws {CancelledError} */
export async function compare({ first, ...sides }: Sides, options: AbortOptions): Promise<Difference> {
  const files = first.files();
  const lists = { held: [], toCopy: [], toMove: [], failures: [], missingInFirst: [], damaged: [] };
  const comparison = new Comparison(files, first.here(), sides, lists);
  for (let at = 0; at < files.length; at += namesAtOnce)
    await comparison.page(files.slice(at, at + namesAtOnce), options);
  return lists;
}

type Lists = { -readonly [K in keyof Difference]: Difference[K][number][] };

class Comparison {
  readonly #here: ReadonlyMap<string, HereFile>;
  readonly #source: Destination;
  readonly #place: CopyPlace;
  readonly #now: number;
  readonly #lists: Lists;
  /** By hash: what came from the first and has a name that it gives no more. */
  readonly #movable = new Map<string, string[]>();
  /** By hash: what came by runs of the copy's own. */
  readonly #own = new Map<string, string[]>();

  constructor(
    files: readonly FirstFile[],
    here: ReadonlyMap<string, HereFile>,
    { source, place, now }: Omit<Sides, "first">,
    lists: Lists,
  ) {
    this.#here = here;
    this.#source = source;
    this.#place = place;
    this.#now = now;
    this.#lists = lists;
    const wanted = new Set(files.map((file) => file.target));
    for (const { target, sha256, isFirsts } of here.values()) {
      if (sha256 === undefined || (isFirsts && wanted.has(target))) continue;
      const known = isFirsts ? this.#movable : this.#own;
      known.set(sha256, [...(known.get(sha256) ?? []), target]);
    }
  }

  async page(files: readonly FirstFile[], options: AbortOptions): Promise<void> {
    const names = files.map((file) => file.target);
    const [there, atFirst] = [await this.#place.list(names, options), await this.#source.statAll(names, options)];
    for (const [i, file] of files.entries()) {
      const modifiedMs = atFirst[i]?.type === "file" ? atFirst[i].modifiedMs : undefined;
      if (modifiedMs === undefined) this.#lists.missingInFirst.push(file.target);
      const standing = there[i];
      if (standing) await this.#lookAt(file, standing, options);
      else await this.#lackingAt(file, modifiedMs, options);
    }
  }

  /** Something has the name. */
  async #lookAt(file: FirstFile, standing: HeldFile, options: AbortOptions): Promise<void> {
    const known = this.#here.get(file.target);
    const isKnown = known !== undefined && known.sha256 === file.sha256 && known.isWhole;
    if (isKnown && isAsLeft(file, known, standing)) return this.#holds({ target: file.target, here: file.target });
    const sha256 = file.sha256 ?? (known ? undefined : await this.#hashAtFirst(file.target, options));
    const proof = await this.#place.prove({ path: file.target, sizeBytes: file.sizeBytes, sha256 }, options);
    if (proof.found === "whole")
      return this.#holds({ target: file.target, here: file.target, storedMs: proof.modifiedMs, readAt: this.#now });
    if (await this.#isOwn(file, options)) return;
    const isDamaged = known?.isFirsts === true && known.sha256 === file.sha256;
    if (isDamaged) this.#lists.damaged.push(file);
    this.#lists.failures.push(
      isDamaged
        ? { path: file.target, code: "copy-damaged", message: `In the copy it is not whole: ${proof.detail}.` }
        : { path: file.target, code: "destination-name-taken", message: "Another file has its name in the copy." },
    );
  }

  /** Nothing has the name. */
  async #lackingAt(file: FirstFile, modifiedMs: number | undefined, options: AbortOptions): Promise<void> {
    const from = await this.#standing(this.#movable, file, options);
    if (from !== undefined) return void this.#lists.toMove.push({ file, from });
    if ((await this.#isOwn(file, options)) || modifiedMs === undefined) return;
    if (file.sizeBytes > this.#place.properties.maxFileBytes)
      this.#lists.failures.push({
        ...{ path: file.target, code: "item-too-large" },
        message: "The copy's file system cannot hold a file of this size.",
      });
    else this.#lists.toCopy.push({ ...file, modified: new Date(modifiedMs) });
  }

  /** The copy has it by a run of its own, under whatever name. */
  async #isOwn(file: FirstFile, options: AbortOptions): Promise<boolean> {
    const here = await this.#standing(this.#own, file, options);
    if (here === undefined) return false;
    this.#holds({ target: file.target, here });
    return true;
  }

  /** One of those of this hash that is as it was left. */
  async #standing(
    known: ReadonlyMap<string, readonly string[]>,
    { sha256 = "" }: FirstFile,
    options: AbortOptions,
  ): Promise<string | undefined> {
    const names = known.get(sha256) ?? [];
    if (names.length === 0) return undefined;
    const there = await this.#place.list(names, options);
    return names.find((name, i) => {
      const [row, standing] = [this.#here.get(name), there[i]];
      return row?.isWhole && standing && isAsLeft(row, row, standing);
    });
  }

  async #hashAtFirst(path: string, options: AbortOptions): Promise<string | undefined> {
    return (await this.#source.hash(path, options).catch(() => undefined))?.sha256;
  }

  #holds(held: Held): void {
    this.#lists.held.push(held);
  }
}

/** As a night's run goes by it: what nobody wrote to has the time that it was left with. */
function isAsLeft({ sizeBytes }: FirstFile, { storedMs }: HereFile, standing: HeldFile): boolean {
  if (!standing.isFile || standing.sizeBytes !== sizeBytes) return false;
  return storedMs === undefined || isStoredTime(storedMs, standing.modifiedMs);
}
