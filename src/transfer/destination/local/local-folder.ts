/** From a folder as typed to one that may be written: checked, resolved, identified. */
import { lstatSync, realpathSync, rmdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { diskError } from "../../../shared/disk-errors.ts";
import { DestinationError } from "../../../shared/errors.ts";
import { mountType } from "../../../shared/mounts.ts";
import { ensurePlainFolder } from "../../../shared/plain-folder.ts";
import { metadataFolder } from "../metadata-folder.ts";
import type { DestinationFolder } from "../place.ts";
import { ensureDestinationId, readDestinationId } from "./destination-id.ts";

/** Where ours lies. */
export function metadataOf({ root }: Pick<DestinationFolder, "root">): string {
  return join(root, metadataFolder);
}

/**
 * Looks at a folder without touching it. At most its last part may be missing.
 * @throws {DestinationError} `destination-not-folder`, `destination-not-there`, `destination-unsafe`
 */
export function inspectFolder(path: string, cwd: string): DestinationFolder {
  const full = resolve(cwd, path);
  const root = realPath(full);
  refusePhoneMount(root);
  const metadata = metadataOf({ root });
  refuseLink(metadata);
  const id = readDestinationId(metadata);
  return {
    root,
    typed: full,
    isThere: isFolder(root),
    isNew: id === undefined,
    id,
    cloudService: cloudServiceOf(root),
  };
}

/**
 * Makes the folder and its `.offroll`; returns the destination's id.
 * @throws {DestinationError} `destination-not-there` where a used destination went away since it was looked at
 */
export function createDestination(folder: DestinationFolder): string {
  if (folder.id !== undefined && readDestinationId(metadataOf(folder)) !== folder.id)
    throw new DestinationError("destination-not-there", `The destination at ${folder.root} went away.`);
  try {
    if (!isFolder(folder.root)) ensurePlainFolder(folder.root, 0o755);
    ensurePlainFolder(metadataOf(folder), 0o755);
    return ensureDestinationId(metadataOf(folder));
  } catch (error) {
    if (!folder.isThere && (error as NodeJS.ErrnoException).code === "ENOENT")
      throw new DestinationError("destination-not-there", `${folder.root} cannot be made.`, {
        cause: error,
        remedy: "Look whether the folder above it is still there and takes folders, or choose another.",
      });
    throw diskError(error, folder.root);
  }
}

/**
 * Takes back what `createDestination` made of a new destination: our own folder, and the root where it was not there before.
 * @param id as it returned it
 */
export function removeDestination(folder: DestinationFolder, id: string): void {
  if (!folder.isNew) return;
  try {
    // Another disk at its place has a `.offroll` of its own.
    if (readDestinationId(metadataOf(folder)) !== id) return;
    rmSync(metadataOf(folder), { recursive: true, force: true });
    if (!folder.isThere) rmdirSync(folder.root);
  } catch {
    // The disk is away, or somebody put something into it meanwhile: it stays.
  }
}

function realPath(full: string): string {
  try {
    const real = realpathSync(full);
    if (!statSync(real).isDirectory())
      throw new DestinationError("destination-not-folder", `${full} is a file, not a folder.`);
    return real;
  } catch (error) {
    if (error instanceof DestinationError) throw error;
  }
  const parent = dirname(full);
  try {
    const real = realpathSync(parent);
    if (!statSync(real).isDirectory())
      throw new DestinationError("destination-not-folder", `${parent} is a file, not a folder.`);
    return join(real, basename(full));
  } catch (error) {
    if (error instanceof DestinationError) throw error;
    throw new DestinationError(
      "destination-not-there",
      `${parent} does not exist. Only the last folder of a destination is made, so that a missing disk is noticed.`,
      { remedy: "Check the path, plug the disk in, or make the folder first." },
    );
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function refuseLink(metadata: string): void {
  try {
    if (!lstatSync(metadata).isDirectory())
      throw new DestinationError("destination-unsafe", `${metadata} is not a plain folder.`);
  } catch (error) {
    if (error instanceof DestinationError) throw error;
  }
}

/** Desktops mount the phone itself; copying a phone onto itself is never meant. */
function refusePhoneMount(root: string): void {
  if (/\/gvfs\/(afc|gphoto2|mtp):/.test(root) || mountType(root) === "fuse.ifuse")
    throw new DestinationError("destination-unsafe", `${root} is on the phone itself.`, {
      remedy: "Choose a folder on this computer or on an external disk.",
    });
}

const cloudFolders: readonly (readonly [RegExp, string])[] = [
  [/\/(Mobile Documents|iCloudDrive|iCloud Drive)(\/|$)/i, "iCloud Drive"],
  [/\/Dropbox( \([^/]*\))?(\/|$)/i, "Dropbox"],
  [/\/OneDrive( - [^/]*)?(\/|$)/i, "OneDrive"],
  [/\/(Google Drive|GoogleDrive-[^/]*)(\/|$)/i, "Google Drive"],
  [/\/CloudStorage\/([^/]+)(\/|$)/i, "a cloud service"],
];

function cloudServiceOf(root: string): string | undefined {
  return cloudFolders.find(([pattern]) => pattern.test(root.replaceAll("\\", "/")))?.[1];
}
