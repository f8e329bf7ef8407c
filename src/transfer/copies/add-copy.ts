/** A copy named, and forgotten again. Neither copies nor deletes anything. */

import { isSameDisk } from "../../shared/disks.ts";
import { DestinationError, UsageError } from "../../shared/errors.ts";
import { readCatalog } from "../catalog/catalog-home.ts";
import type { CopyRow } from "../catalog/copies.ts";
import { changeCatalog } from "../check/change-catalog.ts";
import { inspectDestination, openPlace } from "../destination/open-place.ts";
import type { DestinationFolder } from "../destination/place.ts";
import { forgetCopy, rememberCopy } from "./known-copies.ts";
import type { CopySurroundings, IdentifiedFolder } from "./sides.ts";

export interface AddedCopy extends Pick<CopyRow, "name" | "id" | "path"> {
  readonly sameDisk: boolean | undefined;
  /** It was a destination already: what is equal by its hash is not copied again. */
  readonly wasDestination: boolean;
  /** Another path of a copy that was known by this name. */
  readonly isKnown: boolean;
}

/** Names stand in commands and in lists. */
const goodName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

/**
 * From now on there is a copy of the first at `place`, under this name; it gets an id of its own where it has none.
 * @throws {UsageError} a name that is taken or none; {DestinationError} `destination-overlaps`, or why it cannot be written
 */
export async function addCopy(
  first: IdentifiedFolder,
  { name, place }: { readonly name: string; readonly place: DestinationFolder },
  options: CopySurroundings,
): Promise<AddedCopy> {
  if (!goodName.test(name))
    throw new UsageError("usage", `"${name}" is no name for a copy: letters, digits, spaces, dots and dashes.`);
  const copies = await copiesOf(first);
  const before = assertFree(first, copies, name, place);
  await assertApart(first, copies, place);
  const { clock, pid, signal, dataFolder } = options;
  const opened = openPlace(place);
  const wait = options.waitForLock ?? false;
  const claimed = await opened.claim({
    clock,
    pid,
    wait,
    breakStale: options.breakLock,
    ...(signal ? { signal } : {}),
  });
  claimed.lock[Symbol.dispose]();
  const { root: path, typed } = place;
  const { id } = claimed;
  try {
    await changeCatalog(first, options, (catalog) => {
      if (before) catalog.copies.note(name, { path });
      else catalog.copies.add({ name, id, path, addedAt: clock.now() });
    });
  } catch (error) {
    await opened.takeBack(id);
    throw error;
  }
  const sameDisk = isSameDisk(first.root, path);
  const none = {
    begunAt: undefined,
    endedAt: undefined,
    result: undefined,
    completeAt: undefined,
    provenAt: undefined,
  };
  const row = before ?? { ...none, name, id, addedAt: clock.now(), files: 0, bytes: 0 };
  rememberCopy(dataFolder, { ...row, path, typed, firstId: first.id, firstPath: first.root, sameDisk });
  return { name, id, path, sameDisk, wasDestination: place.id !== undefined, isKnown: before !== undefined };
}

async function copiesOf(first: IdentifiedFolder): Promise<CopyRow[]> {
  using catalog = await readCatalog(openPlace(first).metadata);
  if (catalog) return catalog.copies.all();
  throw new DestinationError("nothing-here", `${first.root} holds no photos copied by offroll.`);
}

/** @returns the row of this very copy, whose path may be another now */
function assertFree(
  first: IdentifiedFolder,
  copies: readonly CopyRow[],
  name: string,
  place: DestinationFolder,
): CopyRow | undefined {
  if (place.id === first.id)
    throw place.root === first.root
      ? new UsageError("usage", `${place.root} is the destination itself.`)
      : new UsageError("usage", `${place.root} has the id of ${first.root}: another program copied it.`, {
          remedy: `Remove ${place.root}/.offroll/destination.json, and add it again: nothing in it is copied a second time.`,
        });
  const named = copies.find((copy) => copy.name === name);
  if (named && named.id !== place.id)
    throw new UsageError("usage", `There is a copy called ${name} already, at ${named.path}.`, {
      remedy: `Give this one another name, or forget that one: offroll copies remove ${name}`,
    });
  const same = copies.find((copy) => copy.id === place.id && copy.name !== name);
  if (same) throw new UsageError("usage", `${place.root} is the copy ${same.name} already.`);
  return named;
}

/** From the first, and from its other copies where they are there. */
async function assertApart(
  first: IdentifiedFolder,
  copies: readonly CopyRow[],
  place: DestinationFolder,
): Promise<void> {
  const opened = openPlace(place);
  await opened.assertApart(first.root);
  for (const { id, path } of copies) {
    const other = id === place.id ? undefined : await inspectDestination(path, "/").catch(() => undefined);
    if (other?.id === id) await opened.assertApart(other.root);
  }
}

/**
 * The first knows the copy no more, nor does this computer. What lies in it stays, and is a destination by itself.
 * @returns whether there was one
 */
export async function removeCopy(first: IdentifiedFolder, name: string, options: CopySurroundings): Promise<boolean> {
  const wasThere = await changeCatalog(first, options, (catalog) => catalog.copies.remove(name));
  return forgetCopy(options.dataFolder, { firstId: first.id, name }) || wasThere;
}
