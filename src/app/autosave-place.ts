/** Where a phone that is to be backed up by itself goes: the place, made while somebody is there, so that it is known by its id. */
import { UsageError } from "../shared/errors.ts";
import { knownCopies } from "../transfer/copies/index.ts";
import { assertRightPlace, inspectDestination, openPlace } from "../transfer/destination/index.ts";
import { placesKnownTo } from "./remembered-places.ts";
import type { Session } from "./session.ts";

/** A destination by its path and the id that it carries. */
export interface SettledPlace {
  readonly path: string;
  readonly id: string;
  /** Where it is itself the copy of another destination: that one's path. */
  readonly copyOf: string | undefined;
}

/**
 * Looks, and writes nothing: the id is undefined where the place has none yet.
 * @throws {DestinationError} `destination-not-there` while its disk is away, `destination-unsafe` where it and a copy lie in one another
 */
export async function lookAtAutosavePlace(
  session: Session,
  typed: string,
): Promise<Omit<SettledPlace, "id"> & { readonly id: string | undefined }> {
  const { context, config, paths } = session;
  const folder = await inspectDestination(typed, context.cwd);
  await assertRightPlace(folder, placesKnownTo(config, paths.dataFolder), "look");
  const copies = knownCopies(paths.dataFolder);
  const itself = copies.find((copy) => copy.id === folder.id);
  for (const copy of copies) if (copy.id !== folder.id) await openPlace(folder).assertApart(copy.path);
  return { path: folder.root, id: folder.id, copyOf: itself?.firstPath };
}

/** The same, and made where it is new. @throws {DestinationError} also why it cannot be written */
export async function settleAutosavePlace(session: Session, typed: string): Promise<SettledPlace> {
  const { path, id, copyOf } = await lookAtAutosavePlace(session, typed);
  if (id !== undefined) return { path, id, copyOf };
  const { clock, pid, signal, cwd } = session.context;
  const claimed = await openPlace(await inspectDestination(typed, cwd)).claim({ clock, pid, signal, wait: false });
  claimed.lock[Symbol.dispose]();
  return { path, id: claimed.id, copyOf };
}

/** A further copy of a destination that is kept up to date by itself. */
export interface ChosenCopy {
  readonly name: string;
  readonly path: string;
  readonly sameDisk?: boolean | undefined;
}

/** Those that this computer knows of the destination, by name. */
export function copiesToChoose(session: Session, firstId: string | undefined): ChosenCopy[] {
  return knownCopies(session.paths.dataFolder).filter((copy) => copy.firstId === firstId);
}

/** @throws {UsageError} `copy-unknown` */
export function chosenCopy(session: Session, firstId: string | undefined, name: string): ChosenCopy {
  const copies = copiesToChoose(session, firstId);
  const copy = copies.find((known) => known.name === name);
  if (copy) return copy;
  const names = copies.map((known) => known.name).join(", ");
  throw new UsageError("copy-unknown", `This backup has no copy called ${name} on this computer.`, {
    remedy: `${names === "" ? "Back up once, then: offroll copies add NAME PLACE." : `It has: ${names}.`} For none: --copy ''`,
  });
}
