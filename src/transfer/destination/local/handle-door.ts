/**
 * Linux: folders are held open and names are looked up in them through /proc/self/fd, which is what openat(2) does. A folder that is
 * swapped for a link is not followed, whenever that happens; the kernel tells where a held folder is now, so one that was moved away
 * is not written to either.
 */
import * as fs from "node:fs";
import { posix } from "node:path";
import { promisify } from "node:util";
import { unsafe } from "../below.ts";
import { type Door, missing, notThere, partsOf, type Undo } from "./door.ts";

const open = promisify(fs.open);
/** Names a folder without reading it. Source: Linux, include/uapi/asm-generic/fcntl.h. */
const O_PATH = 0o10000000;
const folderFlags = O_PATH | fs.constants.O_DIRECTORY | (fs.constants.O_NOFOLLOW ?? 0);
/** Folders held open at once, per destination. */
const mostFolders = 64;

/** An open folder, closed when it is neither kept nor in use. */
class Held {
  readonly fd: number;
  readonly #place: string;
  #users = 0;
  #isKept = true;

  constructor(fd: number) {
    this.fd = fd;
    this.#place = fs.readlinkSync(this.path);
  }

  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** It has the name that it was opened by. */
  get isInPlace(): boolean {
    return fs.readlinkSync(this.path) === this.#place;
  }

  take(): this {
    this.#users += 1;
    return this;
  }

  release(): void {
    this.#users -= 1;
    this.#closeUnused();
  }

  drop(): void {
    this.#isKept = false;
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#isKept || this.#users > 0) return;
    fs.closeSync(this.fd);
    this.#users = Number.POSITIVE_INFINITY;
  }
}

/** Keeps the folders that were used last open; the root always. */
export class HandleDoor implements Door {
  readonly #label: string;
  readonly #root: Held;
  readonly #id: string;
  /** The one used last is the last. */
  readonly #folders = new Map<string, Held>();

  private constructor(label: string, root: Held) {
    this.#label = label;
    this.#root = root;
    const { dev, ino } = fs.fstatSync(root.fd, { bigint: true });
    this.#id = `${dev}:${ino}`;
  }

  /** @returns undefined where the system has no such handles */
  static async open(root: string): Promise<HandleDoor | undefined> {
    if (!fs.existsSync("/proc/self/fd")) return undefined;
    let fd: number;
    try {
      fd = await open(root, folderFlags);
    } catch (error) {
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw notThere(root);
      throw error;
    }
    return new HandleDoor(root, new Held(fd));
  }

  async through<T>(path: string, body: (real: string) => Promise<T>, undo?: Undo<T>) {
    const folder = await this.#hold(posix.dirname(path));
    try {
      const real = `${folder.path}/${posix.basename(path)}`;
      const result = await body(real);
      if (undo && !folder.isInPlace) {
        await undo(real, result);
        throw this.#whyMoved(folder, posix.dirname(path));
      }
      return result;
    } finally {
      folder.release();
    }
  }

  peek<T>(path: string, body: (real: string) => Promise<T>): Promise<T> {
    return this.through(path, body);
  }

  /** A folder that moved with the whole destination, or is back by now, was not swapped: its disk was away. */
  #whyMoved(folder: Held, path: string): Error {
    return this.#root.isInPlace && !folder.isInPlace ? unsafe(path) : notThere(this.#label);
  }

  async #hold(path: string): Promise<Held> {
    const parts = partsOf(path);
    const kept = parts.length === 0 ? this.#root : this.#kept(parts.join("/"));
    if (kept?.isInPlace) return kept.take();
    if (!this.#root.isInPlace) throw notThere(this.#label);
    let at = this.#root.take();
    for (let i = 1; i <= parts.length; i += 1) {
      const folder = parts.slice(0, i).join("/");
      const next = this.#kept(folder);
      const inner = next?.isInPlace ? next.take() : await this.#enter(at, folder);
      at.release();
      at = inner;
    }
    return at;
  }

  #kept(folder: string): Held | undefined {
    const held = this.#folders.get(folder);
    if (!held) return undefined;
    this.#folders.delete(folder);
    this.#folders.set(folder, held);
    return held;
  }

  /** @param parent in use; given back where this throws @returns in use */
  async #enter(parent: Held, folder: string): Promise<Held> {
    let held: Held;
    try {
      held = new Held(await open(`${parent.path}/${posix.basename(folder)}`, folderFlags));
    } catch (error) {
      parent.release();
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT") throw missing(folder);
      if (code === "ENOTDIR" || code === "ELOOP") throw unsafe(folder);
      throw error;
    }
    this.#folders.get(folder)?.drop();
    this.#folders.set(folder, held);
    held.take();
    if (this.#folders.size > mostFolders) {
      const [oldest, its] = this.#folders.entries().next().value as [string, Held];
      this.#folders.delete(oldest);
      its.drop();
    }
    return held;
  }

  isSameAs(other: Door): boolean {
    return other instanceof HandleDoor && other.#id === this.#id;
  }

  close(): void {
    for (const held of this.#folders.values()) held.drop();
    this.#folders.clear();
    this.#root.drop();
  }
}
