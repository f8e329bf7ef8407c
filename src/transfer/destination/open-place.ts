/**
 * The only door to a place that photos go to. `Destination` (destination.ts) holds the files, `MetadataStore` (store.ts) what ours
 * keeps beside them; nothing else in the engine knows what kind of place it is. A new kind is a folder here and a line below.
 */
import { UsageError } from "../../shared/errors.ts";
import { localFolders } from "./local/local-place.ts";
import { memoryPlaces } from "./memory/memory-place.ts";
import type { DestinationFolder, FileInPlace, Place, PlaceKind } from "./place.ts";

/** The first that takes a name has it; a folder may have any name. */
const kinds: readonly PlaceKind[] = [memoryPlaces, localFolders];

function kindOf(name: string): PlaceKind {
  return kinds.find((kind) => kind.takes(name)) as PlaceKind;
}

/**
 * Looks at the place that a person typed, and touches nothing.
 * @throws {DestinationError} where it cannot be one; {UsageError} where it has no name
 */
export async function inspectDestination(typed: string, cwd: string): Promise<DestinationFolder> {
  assertNamed(typed);
  return await kindOf(typed).inspect(typed, cwd);
}

/** The place that was found. Nothing is asked of it yet. */
export function openPlace(found: DestinationFolder): Place {
  return kindOf(found.root).open(found);
}

/** The id of the place at this root now. */
export async function idAt(root: string): Promise<string | undefined> {
  return await kindOf(root).idAt(root);
}

/** The file that a person named by its path, and the place that it stands in; undefined where there is no file. */
export async function findFile(path: string): Promise<FileInPlace | undefined> {
  return await kindOf(path).findFile?.(path);
}

/** The place that a file or a folder of this computer lies in. */
export async function placeAbove(path: string): Promise<string | undefined> {
  return await kindOf(path).placeAbove?.(path);
}

/** Both at once. */
export async function openDestination(typed: string, cwd: string): Promise<OpenedPlace> {
  const found = await inspectDestination(typed, cwd);
  return { found, place: openPlace(found) };
}

export interface OpenedPlace {
  readonly found: DestinationFolder;
  readonly place: Place;
}

/**
 * "" would be the folder that somebody happens to stand in: a script's variable that is not set is no place for a backup.
 * @throws {UsageError}
 */
export function assertNamed(path: string): void {
  if (path.trim() === "")
    throw new UsageError("usage", "The folder has no name: what was given is empty.", {
      remedy: "Name it; a dot is the folder that you are in. In a script, look whether its variable is set.",
    });
}
