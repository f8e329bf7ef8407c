/** From a folder as typed to a destination that may be written: checked, resolved, identified, locked. */
import { lstatSync, readFileSync, realpathSync, rmdirSync, rmSync, statSync } from "node:fs";
import { uptime } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Clock } from "../../../shared/clock.ts";
import { diskError } from "../../../shared/disk-errors.ts";
import { DestinationError, UsageError } from "../../../shared/errors.ts";
import { mountType } from "../../../shared/mounts.ts";
import { ensurePlainFolder } from "../../../shared/plain-folder.ts";
import { metadataFolder } from "../metadata-folder.ts";
import { ensureDestinationId, readDestinationId } from "./destination-id.ts";

/** A folder that was inspected and may become a destination. Nothing is made yet. */
export interface DestinationFolder {
  /** Real path; it may not exist yet when `isNew`. */
  readonly root: string;
  /** As it was typed, made absolute: it may lead to the root through links. */
  readonly typed: string;
  /** Where ours lies: `.offroll` below the root. */
  readonly metadata: string;
  /** Whether there is such a folder. */
  readonly isThere: boolean;
  /** No folder, or one without a catalog. */
  readonly isNew: boolean;
  readonly id: string | undefined;
  /** Name of the cloud service that appears to watch this folder. */
  readonly cloudService: string | undefined;
}

/**
 * Looks at a folder without touching it. At most its last part may be missing.
 * @throws {DestinationError} `destination-not-folder`, `destination-not-there`, `destination-unsafe`; {UsageError} for no name
 */
export function inspectDestination(path: string, cwd: string): DestinationFolder {
  assertNamed(path);
  const full = resolve(cwd, path);
  const root = realPath(full);
  refusePhoneMount(root);
  const metadata = join(root, metadataFolder);
  refuseLink(metadata);
  const id = readDestinationId(metadata);
  return {
    root,
    typed: full,
    isThere: isFolder(root),
    metadata,
    isNew: id === undefined,
    id,
    cloudService: cloudServiceOf(root),
  };
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

/**
 * Makes the folder and its `.offroll`; returns the destination's id.
 * @throws {DestinationError} `destination-not-there` where a used destination went away since it was looked at
 */
export function createDestination(folder: DestinationFolder): string {
  if (folder.id !== undefined && readDestinationId(folder.metadata) !== folder.id)
    throw new DestinationError("destination-not-there", `The destination at ${folder.root} went away.`);
  try {
    if (!isFolder(folder.root)) ensurePlainFolder(folder.root, 0o755);
    ensurePlainFolder(folder.metadata, 0o755);
    return ensureDestinationId(folder.metadata);
  } catch (error) {
    if (!folder.isThere && (error as NodeJS.ErrnoException).code === "ENOENT")
      throw new DestinationError("destination-not-there", `${folder.root} cannot be made.`, {
        cause: error,
        remedy: "Look whether the folder above it is still there and takes folders, or choose another.",
      });
    throw diskError(error, folder.root);
  }
}

/** The id that the folder carries now. */
export function destinationIdOf(folder: DestinationFolder): string | undefined {
  return readDestinationId(folder.metadata);
}

/**
 * Takes back what `createDestination` made of a new destination: our own folder, and the root where it was not there before.
 * @param id as it returned it
 */
export function removeDestination(folder: DestinationFolder, id: string): void {
  if (!folder.isNew) return;
  try {
    // Another disk at its place has a `.offroll` of its own.
    if (readDestinationId(folder.metadata) !== id) return;
    rmSync(folder.metadata, { recursive: true, force: true });
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

/** Changes with every start of the computer. */
export function currentBootId(clock: Clock): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return `boot-${Math.round((clock.now() - uptime() * 1000) / 60_000)}`;
  }
}
