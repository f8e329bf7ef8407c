/** The door where there are no handles of folders: other systems than Linux, and disks that are not the system's. */
import { posix } from "node:path";
import { unsafe } from "../below.ts";
import type { DiskPort } from "./disk-port.ts";
import { type Door, missing, notThere, partsOf, type Undo } from "./door.ts";

/** Looks at every folder before each use, and again after what can be taken back: for systems and disks without handles. */
export class CheckedDoor implements Door {
  readonly #disk: DiskPort;
  readonly #root: string;
  readonly #id: string;
  /** Looks of `peek`, by folder. */
  readonly #seen = new Map<string, Promise<void>>();

  private constructor(disk: DiskPort, root: string, id: string) {
    this.#disk = disk;
    this.#root = root;
    this.#id = id;
  }

  static async open(disk: DiskPort, root: string): Promise<CheckedDoor> {
    const stat = await disk.lstat(root);
    if (stat?.type !== "folder") throw notThere(root);
    return new CheckedDoor(disk, root, stat.id);
  }

  async through<T>(path: string, body: (real: string) => Promise<T>, undo?: Undo<T>) {
    await this.#look(posix.dirname(path));
    const real = posix.join(this.#root, path);
    const result = await body(real);
    if (!undo) return result;
    try {
      await this.#look(posix.dirname(path));
    } catch (error) {
      await undo(real, result);
      throw error;
    }
    return result;
  }

  async peek<T>(path: string, body: (real: string) => Promise<T>): Promise<T> {
    await this.#glance(posix.dirname(path));
    return await body(posix.join(this.#root, path));
  }

  /** Each folder is looked at once, however many questions there are about it. */
  #glance(folder: string): Promise<void> {
    let seen = this.#seen.get(folder);
    if (!seen) {
      seen = folder === "." ? this.#look(".") : this.#glance(posix.dirname(folder)).then(() => this.#lookAt(folder));
      this.#seen.set(folder, seen);
      seen.catch(() => this.#seen.delete(folder));
    }
    return seen;
  }

  async #look(folder: string): Promise<void> {
    const root = await this.#disk.lstat(this.#root);
    if (root?.type !== "folder" || root.id !== this.#id) throw notThere(this.#root);
    let at = "";
    for (const part of partsOf(folder)) {
      at = posix.join(at, part);
      await this.#lookAt(at);
    }
  }

  async #lookAt(folder: string): Promise<void> {
    const stat = await this.#disk.lstat(posix.join(this.#root, folder));
    if (!stat) throw missing(folder);
    if (stat.type !== "folder") throw unsafe(folder);
  }

  isSameAs(other: Door): boolean {
    return other instanceof CheckedDoor && other.#id === this.#id;
  }

  close(): void {}
}
