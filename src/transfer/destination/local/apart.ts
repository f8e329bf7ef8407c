/** A destination and a folder that is read in the place of a phone: neither may lie in the other. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DestinationError } from "../../../shared/errors.ts";
import { realPathOf } from "../../../shared/real-path.ts";

/**
 * @param root of the destination, which need not be there yet
 * @throws {DestinationError} `destination-overlaps`: what is copied would be photos of the folder the next time, without end
 */
export async function assertApart(root: string, folder: string): Promise<void> {
  if (await isWithin(root, folder))
    throw new DestinationError("destination-overlaps", `${root} lies in ${folder}, the folder that is read.`);
  if (await isWithin(folder, root))
    throw new DestinationError("destination-overlaps", `${folder}, the folder that is read, lies in ${root}.`);
}

/** By what the folders are and not by how they are called: a link or a second mount is another name of the same. */
async function isWithin(path: string, folder: string): Promise<boolean> {
  const wanted = await identityOf(folder);
  if (wanted === undefined) return false;
  for (let at = await realPathOf(path); ; at = dirname(at)) {
    if ((await identityOf(at)) === wanted) return true;
    if (dirname(at) === at) return false;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // not there yet
  }
}
