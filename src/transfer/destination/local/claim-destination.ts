/** A destination made, where it is new, and locked. */
import { lstatSync } from "node:fs";
import { DestinationError } from "../../../shared/errors.ts";
import type { ClaimedPlace, DestinationFolder } from "../place.ts";
import type { LockOptions } from "../store.ts";
import { readDestinationId } from "./destination-id.ts";
import { createDestination, metadataOf } from "./local-folder.ts";
import { lockDestination } from "./lock.ts";

/** So often a destination is taken back under our hands, at most. */
const maxTries = 10;

/**
 * Who waits for the lock of a new destination finds it gone when its holder did not begin, and makes it again: in the very folder
 * where it was, for where that is another one a disk went away.
 * @throws {DestinationError} as `createDestination` and `lockDestination`
 */
export async function claimDestination(folder: DestinationFolder, options: LockOptions): Promise<ClaimedPlace> {
  const metadata = metadataOf(folder);
  let wanted = folder;
  for (let tries = 1; ; tries += 1) {
    const id = createDestination(wanted);
    const root = identityOf(folder.root);
    const isTakenBack = (): boolean =>
      tries < maxTries && identityOf(folder.root) === root && readDestinationId(metadata) === undefined;
    try {
      const lock = await lockDestination(metadata, options);
      if (!isTakenBack()) return { id, lock };
      lock[Symbol.dispose]();
    } catch (error) {
      const isGone = error instanceof DestinationError && error.code === "destination-not-there";
      if (!isGone || !isTakenBack()) throw error;
    }
    wanted = { ...folder, id: undefined, isNew: true };
  }
}

function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}
