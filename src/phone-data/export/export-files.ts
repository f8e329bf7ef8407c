/**
 * The files of an export: each has an owner, which keeps its name from run to run. A file that has not changed is not written; one of
 * ours is replaced; one that a person edited stays, and the new one goes beside it.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { PhoneFile, PhoneFiles } from "../../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { bytesPassed } from "../../shared/collect-garbage.ts";
import { foldName, safeComponent } from "../../shared/safe-name.ts";
import type { DataPlace, PlacedFile } from "./data-place.ts";

/** A file as the state keeps it. */
export interface KnownFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** As the disk told it when we had written it: equal size and time mean that nobody has touched it. */
  readonly modifiedMs: number;
  /** What it was made from, where that is a file of the phone: equal stamps mean equal bytes. */
  readonly stamp?: string;
}

/** Which file is meant. */
export interface FileName {
  /** Tells it from all others, for ever: a conversation's page, an attachment. */
  readonly owner: string;
  /** As `folder` gave it, or "". */
  readonly folder: string;
  /** As people would name it. */
  readonly stem: string;
  /** With its dot. */
  readonly ext: string;
  readonly modified?: Date | undefined;
}

/** How many files were written, and how many stood already. */
export interface FileCounts {
  written: number;
  unchanged: number;
  /** Edited by a person, and left: the new one is beside it. */
  beside: number;
  bytesWritten: number;
}

/** A folder takes this many of one name. */
const mostTries = 10_000;

interface State {
  readonly v: 1;
  readonly files: Readonly<Record<string, KnownFile>>;
  readonly folders: Readonly<Record<string, string>>;
  /** Of each part of the export: what it was, for those that come after it. */
  readonly notes: Readonly<Record<string, unknown>>;
}

export class ExportFiles {
  readonly #place: DataPlace;
  readonly #options: AbortOptions;
  readonly #files = new Map<string, KnownFile>();
  readonly #folders = new Map<string, string>();
  readonly #notes = new Map<string, unknown>();
  /** Hashes that files of ours may have under a path: of the last export, and of those that were broken off. */
  readonly #hashes = new Map<string, string | Set<string>>();
  /** Who has a name, as file systems take names for the same. */
  readonly #owners = new Map<string, string>();
  readonly counts: FileCounts = { written: 0, unchanged: 0, beside: 0, bytesWritten: 0 };

  private constructor(place: DataPlace, options: AbortOptions) {
    this.#place = place;
    this.#options = options;
  }

  static async open(place: DataPlace, options: AbortOptions): Promise<ExportFiles> {
    const files = new ExportFiles(place, options);
    const state = parsed<State>(await place.state());
    for (const [owner, file] of Object.entries(state?.files ?? {})) files.#remember(owner, file);
    for (const [owner, path] of Object.entries(state?.folders ?? {})) files.#rememberFolder(owner, path);
    for (const [part, note] of Object.entries(state?.notes ?? {})) files.#notes.set(part, note);
    for (const line of await place.journals()) {
      const entry = parsed<{ owner: string; file?: KnownFile; folder?: string }>(line);
      if (entry?.file) files.#remember(entry.owner, entry.file);
      else if (entry?.folder !== undefined) files.#rememberFolder(entry.owner, entry.folder);
    }
    return files;
  }

  /** What an earlier export noted of a part of it. */
  note(part: string): unknown {
    return this.#notes.get(part);
  }

  setNote(part: string, note: unknown): void {
    this.#notes.set(part, note);
  }

  /** A folder's path: the one it has, or a new one of this name. */
  folder(owner: string, above: string, name: string): string {
    const known = this.#folders.get(owner);
    const wanted = posix.join(above, safeComponent(name, suffixRoom));
    if (known !== undefined && isNamed(known, wanted, "")) return known;
    const path = this.#freeName(owner, wanted, "");
    this.#rememberFolder(owner, path);
    this.#place.note(JSON.stringify({ owner, folder: path }));
    return path;
  }

  /** A folder whose name is made up once, and stays. */
  folderNamedOnce(owner: string, above: string, name: () => string): string {
    const known = this.#folders.get(owner);
    return this.folder(owner, above, known === undefined ? name() : posix.basename(known));
  }

  /** Stores bytes that are in memory. @returns the file as it is now */
  async write(name: FileName, content: string | Uint8Array): Promise<KnownFile> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return await this.writeStream(name, { sizeBytes: bytes.length, sha256, content: () => chunksOf(bytes) });
  }

  /** Stores bytes that lie elsewhere. */
  async writeStream(
    name: FileName,
    source: { readonly sizeBytes: number; readonly sha256: string; readonly content: () => AsyncIterable<Uint8Array> },
  ): Promise<KnownFile> {
    throwIfAborted(this.#options.signal);
    const known = this.#named(name);
    if (known?.sha256 === source.sha256 && (await this.#isUntouched(known))) return this.#keep(known);
    return await this.#store(name, known?.path ?? this.#pathOf(name), source);
  }

  /**
   * Stores a file of the phone as it is. Where nothing tells that it has changed, it is not read again.
   * @throws {AppError} its bytes cannot be had
   */
  async copy(name: FileName, file: PhoneFile, files: PhoneFiles): Promise<KnownFile> {
    throwIfAborted(this.#options.signal);
    const stamp = `${file.domain}/${file.path} ${file.sizeBytes} ${file.modifiedAt?.getTime() ?? 0}`;
    const known = this.#named(name);
    if (known?.stamp === stamp && (await this.#isUntouched(known))) return this.#keep(known);
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of files.read(file, this.#options)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      bytesPassed(chunk.length);
    }
    const sha256 = hash.digest("hex");
    const content = (): AsyncIterable<Uint8Array> => files.read(file, this.#options);
    return await this.#store(name, known?.path ?? this.#pathOf(name), { sizeBytes, sha256, content, stamp });
  }

  /**
   * Stores what is made of something else; where it was made of the same before and lies there untouched, it is not made again.
   * @param stamp of what it is made from, and how @throws what `make` throws
   */
  async made(name: FileName, stamp: string, make: () => Promise<Uint8Array>): Promise<KnownFile> {
    throwIfAborted(this.#options.signal);
    const known = this.#named(name);
    if (known?.stamp === stamp && (await this.#isUntouched(known))) return this.#keep(known);
    const bytes = await make();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const source = { sizeBytes: bytes.length, sha256, content: () => chunksOf(bytes), stamp };
    return await this.#store(name, known?.path ?? this.#pathOf(name), source);
  }

  /** Keeps the name for a file that is written later, whoever asks for it before. */
  reserve(name: FileName): void {
    this.#owners.set(foldName(this.#named(name)?.path ?? this.#pathOf(name)), name.owner);
  }

  /** Whether this owner has a file. */
  has(owner: string): boolean {
    return this.#files.has(owner);
  }

  /**
   * Keeps files as they are, without their bytes being looked at, where every one of them is in its place as it was left.
   * @returns false where one is not: then nothing is kept
   */
  async keepAll(owners: readonly string[]): Promise<boolean> {
    throwIfAborted(this.#options.signal);
    for (const owner of owners) if (!(await this.isAsLeft(owner))) return false;
    this.counts.unchanged += owners.length;
    return true;
  }

  /** Whether the file of this owner is in its place, of the size and time that it was left with. */
  async isAsLeft(owner: string): Promise<boolean> {
    const known = this.#files.get(owner);
    const there = known && (await this.#place.look(known.path));
    return there !== undefined && isAsLeft(there, known as KnownFile);
  }

  /** The file of this owner, where it still has the name that it should. */
  #named({ owner, folder, stem, ext }: FileName): KnownFile | undefined {
    const known = this.#files.get(owner);
    return known && isNamed(known.path, posix.join(folder, safeComponent(stem, suffixRoom + ext.length)), ext)
      ? known
      : undefined;
  }

  #pathOf({ owner, folder, stem, ext }: FileName): string {
    return this.#freeName(owner, posix.join(folder, safeComponent(stem, suffixRoom + Buffer.byteLength(ext))), ext);
  }

  #freeName(owner: string, wanted: string, ext: string): string {
    const names = [`${wanted}${ext}`, `${wanted} ${shortId(owner)}${ext}`];
    for (let n = 2; n < mostTries; n += 1) {
      const path = names[n - 2] ?? `${wanted} ${shortId(owner)} ${n - 2}${ext}`;
      const by = this.#owners.get(foldName(path));
      if (by === undefined || by === owner) return path;
    }
    throw new Error(`no name is free for ${wanted}`);
  }

  async #isUntouched(known: KnownFile): Promise<boolean> {
    const there = await this.#place.look(known.path);
    if (!there || there.sizeBytes !== known.bytes) return false;
    return isAsLeft(there, known) || (await this.#place.hash(known.path)) === known.sha256;
  }

  #keep(known: KnownFile): KnownFile {
    this.counts.unchanged += 1;
    return known;
  }

  async #store(
    name: FileName,
    first: string,
    source: { sizeBytes: number; sha256: string; content: () => AsyncIterable<Uint8Array>; stamp?: string },
  ): Promise<KnownFile> {
    const { sizeBytes, sha256, content } = source;
    let path = first;
    for (let n = 2; n < mostTries; n += 1) {
      const placed = await this.#tryStore({ path, sizeBytes, sha256, content, modified: name.modified });
      if (placed !== "taken") {
        if (path !== first) this.counts.beside += 1;
        return this.#stored(name.owner, {
          path,
          bytes: sizeBytes,
          sha256,
          modifiedMs: placed.modifiedMs,
          ...(source.stamp !== undefined && { stamp: source.stamp }),
        });
      }
      path = beside(first, name.ext, n);
    }
    throw new Error(`no name is free beside ${first}`);
  }

  async #tryStore(file: Parameters<DataPlace["store"]>[0]): Promise<PlacedFile | "taken"> {
    const there = await this.#place.look(file.path);
    if (!there) return await this.#count(file, await this.#place.store(file));
    const hash = await this.#place.hash(file.path);
    if (hash === file.sha256) {
      this.counts.unchanged += 1;
      return there;
    }
    if (!this.#isOurs(file.path, hash)) return "taken";
    return await this.#count(file, await this.#place.store(file, hash));
  }

  async #count(file: { sizeBytes: number }, placed: PlacedFile | "taken"): Promise<PlacedFile | "taken"> {
    if (placed === "taken") return placed;
    this.counts.written += 1;
    this.counts.bytesWritten += file.sizeBytes;
    return placed;
  }

  #stored(owner: string, file: KnownFile): KnownFile {
    this.#remember(owner, file);
    this.#place.note(JSON.stringify({ owner, file }));
    return file;
  }

  #remember(owner: string, file: KnownFile): void {
    this.#files.set(owner, file);
    this.#owners.set(foldName(file.path), owner);
    const known = this.#hashes.get(file.path);
    // Nearly all have one: thousands of sets would take more than all else that is kept of them.
    if (known === undefined) this.#hashes.set(file.path, file.sha256);
    else if (known instanceof Set) known.add(file.sha256);
    else if (known !== file.sha256) this.#hashes.set(file.path, new Set([known, file.sha256]));
  }

  #isOurs(path: string, hash: string): boolean {
    const known = this.#hashes.get(path);
    return known === hash || (known instanceof Set && known.has(hash));
  }

  #rememberFolder(owner: string, path: string): void {
    this.#folders.set(owner, path);
    this.#owners.set(foldName(path), owner);
  }

  /** Every file that the export has now, by path. */
  files(): (KnownFile & { readonly owner: string })[] {
    return [...this.#files].map(([owner, file]) => ({ ...file, owner })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The next export begins from here. */
  async finish(): Promise<void> {
    const state: State = {
      v: 1,
      files: Object.fromEntries(this.#files),
      folders: Object.fromEntries(this.#folders),
      notes: Object.fromEntries(this.#notes),
    };
    await this.#place.finish(JSON.stringify(state));
  }
}

/** A disk tells fractions of a millisecond only when it is asked again. */
function isAsLeft(there: PlacedFile, { bytes, modifiedMs }: KnownFile): boolean {
  return there.sizeBytes === bytes && Math.trunc(there.modifiedMs) === Math.trunc(modifiedMs);
}

/** Room in a name for what tells it from others: " 1f2e3d4c 9999". */
const suffixRoom = 16;

/** Eight digits that stay the same for ever. */
function shortId(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 8);
}

/** Whether a path has this name, or the one that it got because another had that. */
function isNamed(path: string, wanted: string, ext: string): boolean {
  if (!path.startsWith(wanted) || !path.endsWith(ext)) return false;
  return /^(?: [0-9a-f]{8})?(?: \d{1,4})?(?: \(\d{1,4}\))?$/.test(path.slice(wanted.length, path.length - ext.length));
}

function beside(path: string, ext: string, n: number): string {
  return `${path.slice(0, path.length - ext.length)} (${n})${ext}`;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function parsed<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
