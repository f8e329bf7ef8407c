/**
 * What this computer remembers of copies: whose they are, where they were, and when they were last complete. One file a copy in the
 * person's data folder, so that both are known while either disk is away.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { mountPointOf, onEveryMount } from "../../shared/mounts.ts";
import { namesOfOwn, removeOwnFile, writeOwnFile } from "../../shared/own-files.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import type { CopyRow } from "../catalog/copies.ts";
import type { RememberedPlace } from "../destination/known-destinations.ts";

/** A copy as of its last run or its naming. */
export interface KnownCopy extends Omit<CopyRow, "hash"> {
  /** The destination that it is a copy of: its id, and its real path then. */
  readonly firstId: string;
  readonly firstPath: string;
  /** Path that was typed for the copy, which may lead there through links. */
  readonly typed: string;
  /** Mount point of its disk; none on the disk of the system. */
  readonly disk?: string | undefined;
  /** Whether both lie on one disk; undefined where nobody could tell. */
  readonly sameDisk?: boolean | undefined;
}

/** All that can be read, by name. A file that cannot hides no other. */
export function knownCopies(dataFolder: string): KnownCopy[] {
  return namesOfOwn(folderIn(dataFolder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => readKnown(join(folderIn(dataFolder), name)))
    .filter((copy) => copy !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** From now on this is what is known of it. */
export function rememberCopy(dataFolder: string, copy: KnownCopy): void {
  const file = fileOf(dataFolder, copy);
  const value = { v: 1, ...copy, disk: mountPointOf(copy.path) };
  writeOwnFile(file, `${JSON.stringify(value, null, 1)}\n`);
}

/** @returns whether it was known */
export function forgetCopy(dataFolder: string, copy: Pick<KnownCopy, "firstId" | "name">): boolean {
  const file = fileOf(dataFolder, copy);
  if (readKnown(file) === undefined) return false;
  removeOwnFile(file);
  return true;
}

/** Where copies were, each with its id: nothing else may begin there while their disks are away. */
export function placesOfCopies(copies: readonly KnownCopy[]): RememberedPlace[] {
  return copies.flatMap(({ id, path, typed, disk }) =>
    [...new Set([path, typed])].map((p) => ({ path: p, id, disk: p === path ? disk : undefined })),
  );
}

/** Where a copy may be: where it was, and the same folder of every disk that is mounted now. */
export function pathsOfCopy({ path, typed, disk }: Pick<KnownCopy, "path" | "typed" | "disk">): string[] {
  return [...new Set([path, typed, ...onEveryMount(path, disk)])];
}

function folderIn(dataFolder: string): string {
  return join(dataFolder, "copies");
}

/** Named by a hash: ids come from disks, and names from people. */
function fileOf(dataFolder: string, { firstId, name }: Pick<KnownCopy, "firstId" | "name">): string {
  const hash = createHash("sha256").update(`${firstId}\0${name}`).digest("hex");
  return join(folderIn(dataFolder), `${hash.slice(0, 32)}.json`);
}

function readKnown(file: string): KnownCopy | undefined {
  try {
    const { v: _, ...value } = JSON.parse(readPlainText(file)) as Partial<KnownCopy> & { v?: number };
    const texts = [value.name, value.id, value.path, value.firstId, value.firstPath, value.typed];
    return texts.every((text) => typeof text === "string") ? (value as KnownCopy) : undefined;
  } catch {
    return undefined;
  }
}
