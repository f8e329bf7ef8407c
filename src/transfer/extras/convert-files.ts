/**
 * Copies of photos and movies in other forms, made from what lies in the destination: the phone is not asked again. Each is known by
 * its source's hash and by what it was made with, made anew when either changes, and taken away with its source.
 */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import { assertThere, type Destination, type StoredFile } from "../destination/destination.ts";
import type { CopiesMade } from "../events.ts";
import { type CopyName, CopyNames, isForTrees } from "./convertible.ts";
import type { CopyResult, NotMade } from "./copy-result.ts";
import {
  type ApartPlace,
  type MakeOptions,
  type Maker,
  removeMade,
  type WantedFile,
  type Workplace,
  writeMade,
} from "./maker.ts";

/** What is written, of a source that could be converted. */
export interface Converted extends Pick<WantedFile, "sizeBytes" | "sha256" | "content"> {
  /** What of the source is not in it, in the words of a report's keys. */
  readonly lost: readonly string[];
  /** Called when it is written, or not. */
  readonly done?: () => Promise<void>;
}

/** One kind of copies. */
export interface Conversion {
  readonly maker: Pick<Maker, "name" | "version">;
  readonly extension: string;
  /** The tree that they lie in; undefined for beside their sources. */
  readonly folder: string | undefined;
  /** What it is made with, as a text: with another one another file would come of it. */
  readonly settings: string;
  /** How many are made at once. */
  readonly width: number;
  convert(source: string, stat: StoredFile, options: MakeOptions): Promise<Converted | NotMade>;
}

/** Where the photos are, and where their copies go if that is elsewhere. */
export interface CopyPlaces extends Pick<Workplace, "destination" | "catalog"> {
  readonly apart?: ApartPlace | undefined;
}

/** A photo as the catalog beside its copy calls it. */
const sourceName = (source: string, { apart }: CopyPlaces): string => (apart ? `${apart.of}:${source}` : source);

const failuresTold = 10;
/** Two seconds: as exact as FAT is. */
const sameMs = 2000;

/** @throws {DestinationError} when the disk refuses; {CancelledError} */
export async function convertFiles(
  sources: readonly string[],
  conversion: Conversion,
  at: CopyPlaces,
  options: MakeOptions,
): Promise<CopiesMade> {
  const tally = new Tally();
  tally.removed = await removeOrphans(conversion, at, options);
  const isTree = conversion.folder !== undefined || at.apart !== undefined;
  const wanted = isTree ? sources.filter(isForTrees) : sources;
  const names = new CopyNames(at.apart ?? at);
  const named = async function* (): AsyncGenerator<{ source: string; name: CopyName }> {
    for (const source of wanted) yield { source, name: await names.of(source, sourceName(source, at), conversion) };
  };
  let done = 0;
  for await (const { source, result } of mapOrdered(named(), conversion.width, async ({ source, name }) => ({
    source,
    result: options.early?.get(source) ?? (await copyOf(source, name, { conversion, at, options })),
  }))) {
    tally.add(source, result);
    done += 1;
    options.onProgress?.({ what: conversion.extension, done, total: wanted.length });
  }
  return { ...tally.result(), ...(at.apart ? { folder: at.apart.root } : {}) };
}

/** Copies that are made one by one, as their sources come. */
export interface SingleConversions extends AsyncDisposable {
  /** @throws as `convertFiles` */
  make(source: string, options: AbortOptions): Promise<CopyResult>;
}

/** @param reserved names that files will get that are not there yet: no copy takes one */
export function convertSingly(
  conversion: Conversion,
  { at, reserved }: { readonly at: CopyPlaces; readonly reserved: Iterable<string> },
): Pick<SingleConversions, "make"> {
  const names = new CopyNames(at.apart ?? at, at.apart ? [] : reserved);
  return {
    make: async (source, options) => {
      const name = await names.of(source, sourceName(source, at), conversion);
      return await copyOf(source, name, { conversion, at, options });
    },
  };
}

interface Making {
  readonly conversion: Conversion;
  readonly at: CopyPlaces;
  readonly options: MakeOptions;
}

async function copyOf(source: string, { target, otherwise }: CopyName, making: Making): Promise<CopyResult> {
  const { conversion, at, options } = making;
  throwIfAborted(options.signal);
  const stat = await at.destination.stat(source);
  if (!stat) return { type: "gone" };
  const basis = `${await hashOfSource(source, stat, at, options)} ${conversion.settings}`;
  const to = at.apart ?? at;
  const known = sourceName(source, at);
  const before = to.catalog.made.find(target);
  const isFresh = before?.basis === basis && before.version === conversion.maker.version && before.source === known;
  if (isFresh && (await to.destination.stat(target))) return { type: "there" };
  const made = await conversion.convert(source, stat, options);
  if ("reason" in made) return { type: "not-made", ...made };
  try {
    const { lost, sizeBytes } = made;
    for (const name of otherwise === undefined ? [target] : [target, otherwise]) {
      const wanted = { ...made, target: name, source: known, basis, modified: new Date(stat.modifiedMs) };
      const result = await writeMade(conversion.maker, wanted, to, options);
      if (result === "written") return { type: result, bytes: sizeBytes, lost };
      if (result === "there") return { type: result };
    }
    return { type: "kept", target: otherwise ?? target };
  } finally {
    await made.done?.();
  }
}

/** As it was recorded, if the file still is what it was then; else as it is now. */
async function hashOfSource(
  source: string,
  stat: StoredFile,
  { destination, catalog }: CopyPlaces,
  options: MakeOptions,
): Promise<string> {
  const row = catalog.items.atTarget(source);
  const isAsThen =
    row?.sizeBytes === stat.sizeBytes &&
    (row.storedMs === undefined || Math.abs(row.storedMs - stat.modifiedMs) <= sameMs);
  if (row?.sha256 !== undefined && isAsThen) return row.sha256;
  return (await destination.hash(source, options)).sha256;
}

/** Copies whose source is there no longer. */
async function removeOrphans({ maker }: Conversion, at: CopyPlaces, options: MakeOptions): Promise<number> {
  const to = at.apart ?? at;
  const mark = sourceName("", at);
  const files = to.catalog.made.files(maker.name).filter(({ source }) => source.startsWith(mark));
  const photoOf = ({ source }: { readonly source: string }): string => source.slice(mark.length);
  const sources = await at.destination.statAll(files.map(photoOf), options);
  const orphans = files.filter((_, i) => sources[i] === undefined);
  if (orphans.length === 0) return 0;
  await assertThere(at.destination);
  let removed = 0;
  for (const file of orphans) {
    // It may only be out of reach.
    if (await isThere(at.destination, photoOf(file))) continue;
    if ((await removeMade(file, undefined, to)) === "removed") removed += 1;
  }
  return removed;
}

async function isThere(destination: Destination, path: string): Promise<boolean> {
  try {
    return (await destination.stat(path)) !== undefined;
  } catch {
    return true;
  }
}

class Tally {
  removed = 0;
  #written = 0;
  #bytes = 0;
  #there = 0;
  #kept = 0;
  readonly #lost = new Map<string, number>();
  readonly #notMade = new Map<string, number>();
  readonly #failures: { path: string; reason: string; message: string }[] = [];

  add(source: string, result: CopyResult): void {
    if (result.type === "there") this.#there += 1;
    if (result.type === "kept") this.#kept += 1;
    if (result.type === "written") {
      this.#written += 1;
      this.#bytes += result.bytes;
      for (const what of result.lost) this.#lost.set(what, (this.#lost.get(what) ?? 0) + 1);
    }
    if (result.type === "not-made") {
      const { reason, message } = result;
      this.#notMade.set(reason, (this.#notMade.get(reason) ?? 0) + 1);
      if (this.#failures.length < failuresTold) this.#failures.push({ path: source, reason, message });
    }
  }

  result(): CopiesMade {
    return {
      written: this.#written,
      bytes: this.#bytes,
      there: this.#there,
      kept: this.#kept,
      removed: this.removed,
      notMade: Object.fromEntries(this.#notMade),
      failures: this.#failures,
      lost: Object.fromEntries(this.#lost),
    };
  }
}
