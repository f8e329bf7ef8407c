/** Does a run go where it went before? A place that is remembered and not what it was is refused. */
import { DestinationError } from "../../shared/errors.ts";
import { isMountPoint } from "../../shared/mounts.ts";
import type { RememberedPlace } from "./known-destinations.ts";
import { idAt } from "./open-place.ts";
import type { DestinationFolder } from "./place.ts";
import { isSamePath, isWithin } from "./same-path.ts";

/** What a command may do where the right place is away: begin anew there, or nothing. */
const remedies = {
  begin: "Plug the right disk in. If a new destination is meant to begin here, run this again with --new-destination.",
  look: "Plug the right disk in, or name the folder that is meant.",
};

/**
 * A folder that is remembered, or lies in one that is, must be that one: where its disk is away, or another is at its place, all
 * photos would go to the wrong disk, and that would become the backup. So must any other folder below the mount point of a disk
 * that is remembered and away.
 * @param purpose whether a new destination could `begin` there, or the command only looks
 * @throws {DestinationError} `destination-not-there`
 */
export async function assertRightPlace(
  folder: DestinationFolder,
  remembered: readonly RememberedPlace[],
  purpose: keyof typeof remedies = "begin",
): Promise<void> {
  // The id of the folder itself settles it, wherever it lies.
  if (folder.id !== undefined && remembered.some((r) => r.id === folder.id && isSamePath(folder.root, r.path))) return;
  const words = (await wrongPlace(folder, remembered)) ?? (await absentDisk(folder, remembered));
  if (words === undefined) return;
  throw new DestinationError("destination-not-there", words, { remedy: remedies[purpose] });
}

/** What is wrong with a remembered folder that this is, or lies in: the nearest is named. */
async function wrongPlace(
  folder: DestinationFolder,
  remembered: readonly RememberedPlace[],
): Promise<string | undefined> {
  const paths = [...new Set(remembered.map((r) => r.path))].sort((a, b) => b.length - a.length);
  for (const path of paths) {
    if (!isWithin(folder.root, path) && !isWithin(folder.typed, path)) continue;
    const there = await idAt(path);
    const wanted = remembered.filter((r) => r.path === path);
    if (wanted.some(({ id }) => (id === undefined ? there !== undefined : id === there))) continue;
    return wrongPlaceWords(folder, path, there);
  }
  return undefined;
}

/** Beside or above a remembered folder, on its disk: while nothing is mounted there, it would be made on the disk of the system. */
async function absentDisk(
  folder: DestinationFolder,
  remembered: readonly RememberedPlace[],
): Promise<string | undefined> {
  if (folder.id !== undefined) return undefined;
  for (const { path, id, disk } of remembered) {
    if (disk === undefined || (!isWithin(folder.root, disk) && !isWithin(folder.typed, disk))) continue;
    if (isMountPoint(disk) || (await idAt(path)) === id) continue;
    return `${folder.root} belongs on a disk that is away: nothing is mounted at ${disk} now, where ${path} was.`;
  }
  return undefined;
}

function wrongPlaceWords({ root }: DestinationFolder, path: string, there: string | undefined): string {
  const what = isSamePath(root, path) ? `${path} is` : `${root} lies in ${path}, which is`;
  return there === undefined
    ? `${what} where photos were copied before, but that destination is not there now: its disk seems to be away.`
    : `${what} where photos were copied before, but another destination is there now: another disk seems to be at its place.`;
}
