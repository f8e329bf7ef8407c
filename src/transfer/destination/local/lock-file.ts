/** The file of a place's lock. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { metadataFolder } from "../metadata-folder.ts";

/** In the place's own folder: see lock.ts. */
export const lockFileName = "lock";

/** Whether a run may be writing in a folder: a quick look. Where it says yes, only the lock itself tells, since a killed run leaves it. */
export function mayBeInUse(root: string): boolean {
  return existsSync(join(root, metadataFolder, lockFileName));
}
