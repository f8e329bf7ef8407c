/**
 * Brings a database of Photos and its write-ahead log from the phone to a private folder, as a pair that belongs together. The phone
 * writes to both at any moment: a pair counts only when neither file was replaced while it was copied. `-shm` is left behind:
 * SQLite makes it anew. Source: sqlite.org/walformat.html; sqlite.org/fileformat2.html#walformat.
 */

import { createHash, randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type MediaItem, type MediaSource, readRange } from "../../device/media-source.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { BlockPool } from "../../shared/block-pool.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { type ForeignOptions, foreignDamage } from "../../shared/foreign-database.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import { isProcessGone } from "../../shared/process.ts";

/** Where the copy goes, and how long reading it may take. */
export interface PullOptions extends ForeignOptions {
  /** Of this phone alone, on this computer; made with permissions for its owner only. */
  readonly folder: string;
  readonly clock: Clock;
  readonly pid: number;
}

/** `current` is the phone's library as it is now, `stale` the last one that could be copied whole. */
export type PulledLibrary =
  | { readonly state: "current" | "stale"; readonly file: string; readonly pulledBytes: number; readonly why?: string }
  | { readonly state: "absent" | "unusable"; readonly why: string; readonly pulledBytes: number };

/** One of the databases that Photos keeps on the phone. */
interface PhotosDatabase {
  readonly path: string;
  /** In sentences: "photo library". */
  readonly what: string;
}

const library: PhotosDatabase = {
  path: "/PhotoData/Photos.sqlite",
  what: "photo library",
};
/** Seen over AFC on iPhones; where a release of iOS refuses it, nothing is known and nothing is lost. */
const searchIndex: PhotosDatabase = {
  path: "/PhotoData/Caches/search/psi.sqlite",
  what: "search index",
};
/** Of the copy of either. Copies are kept for years, so it stays. */
const copyName = "Photos.sqlite";
const walHeaderBytes = 32;
/** Pauses between tries while the phone keeps writing. */
const pausesMs = [500, 1_000, 2_000] as const;
/** A library of two million photos has about 12 GB; a phone that announces more is not believed. */
const maxBytes = 32 * 1024 ** 3;

interface Snapshot {
  readonly main: MediaItem;
  readonly wal: MediaItem | undefined;
  /** Checkpoint sequence and salts: they change when the log begins anew. */
  readonly walEpoch: string;
  /** Names the pair: equal keys mean equal bytes. */
  readonly mainKey: string;
  readonly walKey: string;
}

/** @throws {DeviceError} when the phone goes away; whatever else is wrong is in the result */
export async function pullPhotosLibrary(source: MediaSource, options: PullOptions): Promise<PulledLibrary> {
  return await pullTold(source, library, options);
}

/** As `pullPhotosLibrary`, of the index that Photos searches in; kept in a folder of its own beside the library's copies. */
export async function pullSearchIndex(source: MediaSource, options: PullOptions): Promise<PulledLibrary> {
  return await pullTold(source, searchIndex, { ...options, folder: join(options.folder, "search") });
}

async function pullTold(source: MediaSource, database: PhotosDatabase, options: PullOptions): Promise<PulledLibrary> {
  try {
    return await pull(source, database, options);
  } catch (error) {
    // A full or read-only disk here costs the library's knowledge and not one photo.
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof AppError || code === undefined) throw error;
    return {
      state: "unusable",
      why: `its ${database.what} could not be kept in ${options.folder} (${code})`,
      pulledBytes: 0,
    };
  }
}

async function pull(source: MediaSource, database: PhotosDatabase, options: PullOptions): Promise<PulledLibrary> {
  prepareFolder(options.folder);
  let pulledBytes = 0;
  const { noun } = source.device;
  let why = `the ${noun} kept writing to its ${database.what}`;
  for (let attempt = 0; attempt <= pausesMs.length; attempt += 1) {
    if (attempt > 0) await options.clock.sleep(pausesMs[attempt - 1] as number, options);
    throwIfAborted(options.signal);
    try {
      const before = await look(source, database, options);
      if (before === undefined) return { state: "absent", why: `the ${noun} shows no ${database.what}`, pulledBytes };
      const known = accepted(options.folder, before);
      if (known !== undefined) return { state: "current", file: known, pulledBytes };
      const incoming = join(options.folder, `incoming-${options.pid}-${randomBytes(4).toString("hex")}`);
      mkdirSync(incoming, { mode: 0o700 });
      try {
        pulledBytes += await copyPair(source, before, incoming, options);
        const after = await look(source, database, options);
        if (after === undefined || after.mainKey !== before.mainKey || after.walEpoch !== before.walEpoch) continue;
        const damage = await foreignDamage(join(incoming, copyName), options.signal ? { signal: options.signal } : {});
        if (damage === undefined)
          return { state: "current", file: accept(options.folder, incoming, before), pulledBytes };
        why = `the ${noun}'s ${database.what} is damaged (${damage})`;
        break;
      } finally {
        rmSync(incoming, { recursive: true, force: true });
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.scope !== "item") throw error;
      why = error.message;
    }
  }
  const last = latest(options.folder);
  return last === undefined
    ? { state: "unusable", why, pulledBytes }
    : { state: "stale", file: last, why, pulledBytes };
}

async function look(
  source: MediaSource,
  { path }: PhotosDatabase,
  options: AbortOptions,
): Promise<Snapshot | undefined> {
  const [main, wal] = await Promise.all([source.locate(path, options), source.locate(`${path}-wal`, options)]);
  if (main === undefined || main.sizeBytes === 0 || main.sizeBytes > maxBytes) return undefined;
  const hasWal = wal !== undefined && wal.sizeBytes >= walHeaderBytes && wal.sizeBytes <= maxBytes;
  let walEpoch = "none";
  if (hasWal) {
    const header = await readRange(source, wal, { ...options, offset: 0, length: walHeaderBytes });
    walEpoch = header.subarray(12, 24).toString("hex");
  }
  const mainKey = shortHash(`${main.sizeBytes}/${main.modifiedAt?.getTime()}`);
  const walKey = shortHash(hasWal ? `${walEpoch}/${wal.sizeBytes}/${wal.modifiedAt?.getTime()}` : "none");
  return { main, wal: hasWal ? wal : undefined, walEpoch, mainKey, walKey };
}

/** @returns bytes that came over the cable: a main file that did not change is taken from the last copy */
async function copyPair(
  source: MediaSource,
  snapshot: Snapshot,
  incoming: string,
  options: PullOptions,
): Promise<number> {
  const { main, wal } = snapshot;
  let bytes = 0;
  const earlier = withMain(options.folder, snapshot.mainKey);
  if (earlier !== undefined) reuse(earlier, join(incoming, copyName));
  else bytes += await copy(source, main, join(incoming, copyName), options);
  // Frames that the phone appends after its size was told are left out; what is committed before is whole.
  if (wal !== undefined) bytes += await copy(source, wal, join(incoming, `${copyName}-wal`), options);
  return bytes;
}

async function copy(source: MediaSource, item: MediaItem, to: string, options: AbortOptions): Promise<number> {
  const file = await open(to, "wx", 0o600);
  try {
    let bytes = 0;
    const blocks = new BlockPool();
    for await (const chunk of source.read(item, { ...options, blocks })) {
      await file.writeFile(chunk); // all of it, behind what was written before
      blocks.give(chunk);
      bytes += chunk.length;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

function reuse(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function accept(folder: string, incoming: string, snapshot: Snapshot): string {
  const name = `${snapshot.mainKey}-${snapshot.walKey}`;
  const home = join(folder, name);
  rmSync(home, { recursive: true, force: true });
  renameSync(incoming, home);
  writeFileSync(join(folder, "current"), name, { mode: 0o600 });
  for (const other of readdirSync(folder))
    if (/^[0-9a-f]{16}-[0-9a-f]{16}$/.test(other) && other !== name)
      rmSync(join(folder, other), { recursive: true, force: true });
  return join(home, copyName);
}

function accepted(folder: string, snapshot: Snapshot): string | undefined {
  const file = join(folder, `${snapshot.mainKey}-${snapshot.walKey}`, copyName);
  return existsSync(file) ? file : undefined;
}

function withMain(folder: string, mainKey: string): string | undefined {
  const name = readdirSync(folder).find((n) => n.startsWith(`${mainKey}-`));
  return name === undefined ? undefined : join(folder, name, copyName);
}

function latest(folder: string): string | undefined {
  try {
    const file = join(folder, readPlainText(join(folder, "current")), copyName);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the folder private, and removes what killed runs left half-copied. */
function prepareFolder(folder: string): void {
  makeFoldersSync(folder, 0o700);
  for (const name of readdirSync(folder)) {
    const owner = /^incoming-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && isProcessGone(Number(owner)))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
