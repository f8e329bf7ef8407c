/** The calls of a disk by paths below a root, each through the door; see `door.ts`. */
import { posix } from "node:path";
import { errno } from "../../../shared/disk-errors.ts";
import { assertBelow } from "../below.ts";
import { CheckedDoor } from "./checked-door.ts";
import type { DiskFile, DiskName, DiskPort, DiskStat, OpenMode, OpenOptions } from "./disk-port.ts";
import type { Door, Undo } from "./door.ts";

/** Waits for its turn before each look, among all that ask. */
export type InTurn = <T>(look: () => Promise<T>) => Promise<T>;

const lookersPerFolder = 64;

/** Paths here are relative to the root; every call opens the door anew. */
export class RootedDisk {
  readonly #port: DiskPort;
  readonly #root: string;
  #door: Promise<Door> | undefined;

  constructor(port: DiskPort, root: string) {
    this.#port = port;
    this.#root = root;
  }

  async #open(): Promise<Door> {
    return (await this.#port.openDoor?.(this.#root)) ?? (await CheckedDoor.open(this.#port, this.#root));
  }

  #through<T>(path: string, body: (real: string) => Promise<T>, undo?: Undo<T>): Promise<T> {
    return this.#opened().then((door) => {
      assertBelow(path);
      return door.through(path, body, undo);
    });
  }

  #opened(): Promise<Door> {
    this.#door ??= this.#open().catch((error) => {
      this.#door = undefined;
      throw error;
    });
    return this.#door;
  }

  /**
   * Looks anew at what is at the root's place, and goes on with that where `isRight` says so.
   * @param isRight asked with a disk that reads there
   */
  async renew(isRight: (disk: RootedDisk) => Promise<boolean>): Promise<boolean> {
    const fresh = new RootedDisk(this.#port, this.#root);
    const [mine, theirs] = [await this.#door?.catch(() => undefined), await fresh.#opened()];
    let isUsed = false;
    try {
      if (!(await isRight(fresh))) return false;
      if (mine && theirs.isSameAs(mine)) {
        // The same folder, but it may have been away meanwhile: only what still works is kept.
        const works = await mine.through(".", async () => true).catch(() => false);
        if (works) return true;
      }
      this.#door = Promise.resolve(theirs);
      isUsed = true;
      mine?.close();
      return true;
    } finally {
      if (!isUsed) theirs.close();
    }
  }

  /** undefined also where a folder on the way does not exist. */
  async lstat(path: string): Promise<DiskStat | undefined> {
    try {
      return await this.#through(path, (real) => this.#port.lstat(real));
    } catch (error) {
      if (errno(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  mkdir(path: string, mode: number): Promise<boolean> {
    return this.#through(path, (real) => this.#port.mkdir(real, mode));
  }

  async readdir(folder: string): Promise<DiskName[]> {
    return await this.#peek(folder, (real) => this.#port.readdir(real));
  }

  /**
   * Looks at names in one folder; undefined where nothing is, or it cannot be looked at.
   * @param inTurn carries out each look
   */
  async lstatAll(folder: string, names: readonly string[], inTurn: InTurn): Promise<(DiskStat | undefined)[]> {
    for (const name of names) assertBelow(name);
    return await this.#peek(folder, async (real) => {
      const stats = new Array<DiskStat | undefined>(names.length);
      const rest = names.entries();
      const looker = async (): Promise<void> => {
        for (const [i, name] of rest)
          stats[i] = await inTurn(() => this.#port.lstat(`${real}/${name}`).catch(() => undefined));
      };
      await Promise.all(Array.from({ length: Math.min(names.length, lookersPerFolder) }, looker));
      return stats;
    });
  }

  /** @param body called with a path for the system: of the folder itself */
  async #peek<T>(folder: string, body: (real: string) => Promise<T>): Promise<T> {
    const path = posix.join(folder, "-");
    assertBelow(path);
    const door = await this.#opened();
    return await door.peek(path, (real) => body(posix.dirname(real)));
  }

  open(path: string, mode: OpenMode, options?: OpenOptions): Promise<DiskFile> {
    return this.#through(path, (real) => this.#port.open(real, mode, options));
  }

  /** Gives a file its second name, in a folder that is still where it was afterwards; false when the name is taken. */
  link(from: string, to: string): Promise<boolean> {
    return this.#through(from, (realFrom) =>
      this.#through(
        to,
        (realTo) => this.#port.link(realFrom, realTo),
        async (realTo, isLinked) => {
          if (isLinked) await this.#port.unlink(realTo);
        },
      ),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#through(from, (realFrom) =>
      this.#through(
        to,
        (realTo) => this.#port.rename(realFrom, realTo),
        (realTo) => this.#port.rename(realTo, realFrom),
      ),
    );
  }

  unlink(path: string): Promise<void> {
    return this.#through(path, (real) => this.#port.unlink(real));
  }

  rmdir(path: string): Promise<boolean> {
    return this.#through(path, (real) => this.#port.rmdir(real));
  }

  syncFolder(folder: string): Promise<void> {
    return this.#through(posix.join(folder, "-"), (real) => this.#port.syncFolder(posix.dirname(real)));
  }

  freeBytes(): Promise<number> {
    return this.#through("-", (real) => this.#port.freeBytes(posix.dirname(real)));
  }

  async close(): Promise<void> {
    (await this.#door?.catch(() => undefined))?.close();
    this.#door = undefined;
  }
}
