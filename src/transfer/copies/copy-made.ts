/**
 * What was made beside the first's photos, made again in the copy: sidecars and movies by their bytes, entries of albums as links to
 * the copy's own files. What another program wrote under such a name is left.
 */
import { posix } from "node:path";
import { throwIfAborted } from "../../shared/abort.ts";
import { isStoredTime } from "../catalog/clock-shift.ts";
import type { MadeFile } from "../catalog/made-mark.ts";
import { bytesOf, type CopyOptions, fail, type Sides, type Tally } from "./copy-files.ts";
import type { HeldFile, WantedFile } from "./copy-place.ts";

export interface MadeTally extends Pick<Tally, "failures"> {
  /** Made or replaced. */
  extras: number;
  linksLeftOut: number;
  readonly kept: string[];
}

/** Where the first's files lie in the copy. */
export type Names = ReadonlyMap<string, string>;

/** @throws {DestinationError} what ends the run; {CancelledError} */
export async function copyMade(sides: Sides, names: Names, tally: MadeTally, options: CopyOptions): Promise<void> {
  const files = sides.first.made();
  const paths = files.map((file) => file.target);
  const there = await sides.place.list(paths, options);
  const atFirst = await sides.source.statAll(paths, options);
  const copying = new MadeCopying(sides, names, tally, options);
  for (const [i, file] of files.entries()) {
    throwIfAborted(options.signal);
    const stat = atFirst[i];
    if (stat?.type === "file") await copying.file(file, stat, there[i]);
  }
}

interface Dated {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

class MadeCopying {
  readonly #sides: Sides;
  readonly #names: Names;
  readonly #tally: MadeTally;
  readonly #options: CopyOptions;

  constructor(sides: Sides, names: Names, tally: MadeTally, options: CopyOptions) {
    this.#sides = sides;
    this.#names = names;
    this.#tally = tally;
    this.#options = options;
  }

  async file(file: MadeFile, atFirst: Dated, there: HeldFile | undefined): Promise<void> {
    const source = this.#names.get(file.source);
    // Without its photo it is nothing; that one is told of.
    if (source === undefined) return;
    const here = { ...file, source };
    const before = this.#sides.catalog.made.find(file.target);
    if (there && isSame(before, here) && (isAlike(there, atFirst) || isEntry(file))) return;
    if (isEntry(file)) await this.#entry(here, there);
    else await this.#copy(here, atFirst, there, before);
  }

  /** A further name of the copy's own file. */
  async #entry(file: MadeFile, there: HeldFile | undefined): Promise<void> {
    const { place } = this.#sides;
    // A crash between naming it and noting it leaves a link to the very photo.
    if (there && (await this.#hasBytesOf(file))) return this.#sides.catalog.made.note(file);
    if (there) return void this.#tally.kept.push(file.target);
    const linked = await place.link(file.source, file.target);
    if (linked === "unsupported") this.#tally.linksLeftOut += 1;
    else if (linked === "name-taken") this.#tally.kept.push(file.target);
    else this.#done(file, "linked", 0);
  }

  async #hasBytesOf({ source, target }: MadeFile): Promise<boolean> {
    const row = this.#sides.catalog.items.atTarget(source);
    if (row?.sha256 === undefined) return false;
    return (await this.#sides.place.prove({ ...row, path: target }, this.#options)).found === "whole";
  }

  async #copy(
    file: MadeFile,
    atFirst: Dated,
    there: HeldFile | undefined,
    before: MadeFile | undefined,
  ): Promise<void> {
    const { place, catalog, source } = this.#sides;
    const { target } = file;
    // Where no hash is known, or another program wrote to it, what the first has now tells whether it is there already.
    const isEdited = there !== undefined && isSame(before, file);
    const sha256 = (isEdited ? undefined : file.sha256) ?? (there && (await source.hash(target, this.#options)).sha256);
    const wanted: WantedFile = {
      ...{ path: target, sizeBytes: atFirst.sizeBytes, sha256 },
      modified: new Date(atFirst.modifiedMs),
    };
    const isThere = there && sha256 !== undefined && (await place.prove(wanted, this.#options)).found === "whole";
    if (isThere) return catalog.made.note(file);
    // Ours, as we left it, and the first has a newer one.
    const isOurs = before?.sha256 !== undefined && (await place.forget(target, before.sha256));
    if (there && !isOurs) return void this.#tally.kept.push(target);
    const bytes = bytesOf(source, target);
    let put = await place.put(wanted, bytes, this.#options);
    // Another program wrote to it in the first: it is that program's, and copied as it is.
    if (put.type === "not-it") put = await place.put({ ...wanted, sha256: undefined }, bytes, this.#options);
    if (put.type === "stored") this.#done(file, there ? "replaced" : "copied", atFirst.sizeBytes);
    else if (put.type === "name-taken") this.#tally.kept.push(target);
    else fail(this.#tally, this.#options, { target, sizeBytes: atFirst.sizeBytes }, changing);
  }

  #done(file: MadeFile, outcome: "linked" | "replaced" | "copied", sizeBytes: number): void {
    this.#sides.catalog.made.note(file);
    this.#tally.extras += 1;
    this.#options.emit({ type: "file", path: file.target, outcome, sizeBytes });
  }
}

const changing = { code: "item-io", message: "It changed in the first while it was copied." } as const;

/** It has the bytes of its photo, and is another name of it. */
function isEntry({ maker }: MadeFile): boolean {
  return maker === "album-entry";
}

/** As it was left: whoever writes to a file gives it another size, or another time. */
function isAlike(there: HeldFile, atFirst: Dated): boolean {
  return there.sizeBytes === atFirst.sizeBytes && isStoredTime(atFirst.modifiedMs, there.modifiedMs);
}

function isSame(a: MadeFile | undefined, b: MadeFile): boolean {
  return a !== undefined && posix.normalize(a.source) === b.source && a.sha256 === b.sha256 && a.basis === b.basis;
}
