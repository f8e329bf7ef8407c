/**
 * Folders of a session by path. On most devices upper and lower case mean the same, and a person may write either; on some they do
 * not, and `DCIM` and `dcim` are two folders beside each other: an exact path finds its own, any other the first that was listed.
 */
import { posix } from "node:path";
import { pathName } from "../android/android-folders.ts";

/** A folder whose entries can be asked for. */
export interface KnownFolder {
  readonly storage: number;
  readonly handle: number;
}

export interface FoundFolder {
  readonly folder: KnownFolder;
  /** As the phone writes it. */
  readonly path: string;
}

export class FolderIndex {
  readonly #exact = new Map<string, FoundFolder>();
  /** Those of one name but for case, in the order in which they were first listed. */
  readonly #loose = new Map<string, FoundFolder[]>();

  /** @param name as the device has it, which the path tells from another of its name */
  add(found: FoundFolder, name: string): void {
    this.#exact.set(found.path, found);
    const key = looseKey(posix.join(posix.dirname(found.path), pathName(name)));
    const alike = this.#loose.get(key) ?? [];
    const at = alike.findIndex((other) => other.path === found.path);
    // Listed again: it may have another handle.
    if (at === -1) alike.push(found);
    else alike[at] = found;
    this.#loose.set(key, alike);
  }

  /** @param path of a folder that was found, and a name in it as anybody writes it */
  find(path: string): FoundFolder | undefined {
    return this.#exact.get(path) ?? this.#loose.get(looseKey(path))?.[0];
  }

  /** All that are beside the one under this path and have its name but for case, itself among them. */
  sameButForCase(path: string): readonly FoundFolder[] {
    return [...this.#loose.values()].find((alike) => alike.some((found) => found.path === path)) ?? [];
  }

  clear(): void {
    this.#exact.clear();
    this.#loose.clear();
  }
}

/** The folder that it lies in has been found already, and stands as the phone writes it. */
function looseKey(path: string): string {
  return posix.join(posix.dirname(path), posix.basename(path).toLowerCase());
}
