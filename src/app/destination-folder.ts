/** Folders with a catalog, as the commands about them find them. */
import { resolve } from "node:path";
import { type AppError, DestinationError, toAppError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type Catalog, readCatalog } from "../transfer/catalog/index.ts";
import {
  assertNamed,
  assertRightPlace,
  type DestinationFolder,
  inspectDestination,
  type KnownDestination,
  knownDestinations,
  openPlace,
  placeAbove,
} from "../transfer/destination/index.ts";
import { placesKnownTo } from "./remembered-places.ts";
import type { Session } from "./session.ts";

/** A destination that this computer remembers, or that was named. */
export interface LookedAtPlace {
  readonly id: string;
  /** Where it was last. */
  readonly path: string;
  readonly known: KnownDestination | undefined;
  /** Phones whose backup goes here by the settings, with their names. */
  readonly backups: ReadonlyMap<string, string | undefined>;
  readonly look: FoundPlace;
}

/** What a look at a remembered place found: its disk may be away, or not let itself be read. */
export type FoundPlace =
  | { readonly state: "there"; readonly folder: DestinationFolder }
  | { readonly state: "not-there" }
  | { readonly state: "unreadable"; readonly problem: AppError };

/**
 * The folder that is meant, with its catalog.
 * @throws {DestinationError} `destination-not-there` where it is remembered and away, `nothing-here` where it is nothing of ours
 */
export async function openFolder(
  session: Session,
  path: string,
): Promise<{ folder: DestinationFolder; catalog: Catalog }> {
  const folder = await inspectDestination(path, session.context.cwd);
  const catalog = await readCatalog(openPlace(folder).metadata);
  if (catalog) return { folder, catalog };
  if (folder.id === undefined)
    await assertRightPlace(folder, placesKnownTo(session.config, session.paths.dataFolder), "look");
  const within = await placeAbove(folder.root);
  throw new DestinationError(
    "nothing-here",
    folder.isThere ? `${folder.root} holds no photos copied by offroll.` : `${folder.root} does not exist.`,
    within === undefined ? {} : { remedy: `It lies in ${printable(within)}, which does: name that folder.` },
  );
}

/** Every destination that is remembered, whether it is there or not. */
export async function lookAtPlaces(session: Session): Promise<LookedAtPlace[]> {
  const { cwd } = session.context;
  const byId = new Map<string, { known: KnownDestination | undefined; paths: string[] }>();
  for (const known of knownDestinations(session.paths.dataFolder))
    byId.set(known.id, { known, paths: [known.path, known.typed, ...(known.formerly ?? [])] });
  const backups = Object.entries(session.config.backups ?? {});
  for (const [, { id, path }] of backups) {
    const place = byId.get(id) ?? { known: undefined, paths: [] };
    byId.set(id, { ...place, paths: [...place.paths, path] });
  }
  const places = [...byId].map(async ([id, { known, paths }]) => ({
    id,
    path: paths[0] as string,
    known,
    backups: new Map(backups.filter(([, b]) => b.id === id).map(([device, b]) => [device, b.name])),
    look: await lookAt(id, paths, cwd),
  }));
  return await Promise.all(places);
}

/**
 * The place that was named: what lies there now, or what is remembered of it.
 * @throws {DestinationError} where it is neither
 */
export async function namedPlace(session: Session, path: string): Promise<LookedAtPlace> {
  const { cwd } = session.context;
  assertNamed(path);
  const full = resolve(cwd, path);
  const places = await lookAtPlaces(session);
  const isAt = (place: LookedAtPlace, at: string): boolean =>
    [place.path, place.known?.path, place.known?.typed].includes(at);
  let folder: DestinationFolder | undefined;
  let problem: unknown;
  try {
    folder = await inspectDestination(path, cwd);
  } catch (error) {
    problem = error;
  }
  const id = folder?.id;
  if (folder && id !== undefined) {
    const none = { known: undefined, backups: new Map<string, undefined>() };
    return { ...(places.find((p) => p.id === id) ?? none), id, path: folder.root, look: { state: "there", folder } };
  }
  const mine = places.filter((p) => isAt(p, full) || (folder && isAt(p, folder.root)));
  const away = mine.find((p) => !p.known?.replaced) ?? mine[0];
  if (away) return away;
  throw problem ?? new DestinationError("nothing-here", `${folder?.root ?? full} holds no photos copied by offroll.`);
}

async function lookAt(id: string, paths: readonly string[], cwd: string): Promise<FoundPlace> {
  let problem: AppError | undefined;
  for (const path of new Set(paths)) {
    try {
      const folder = await inspectDestination(path, cwd);
      if (folder.id === id) return { state: "there", folder };
    } catch (error) {
      const reason = toAppError(error);
      if (reason.code !== "destination-not-there") problem ??= reason;
    }
  }
  return problem ? { state: "unreadable", problem } : { state: "not-there" };
}

/** The folder named, or every remembered destination that is there now; what cannot be opened is said, and hides no other. */
export async function foldersOf(
  session: Session,
  path: string | undefined,
): Promise<{ folder: DestinationFolder; catalog: Catalog }[]> {
  if (path !== undefined) return [await openFolder(session, path)];
  const found: { folder: DestinationFolder; catalog: Catalog }[] = [];
  for (const { path: at, look } of await lookAtPlaces(session))
    try {
      if (look.state === "unreadable") throw look.problem;
      if (look.state === "there") found.push(await openFolder(session, look.folder.root));
      else session.voice.say(`${printable(at)}: its disk is not there.`);
    } catch (error) {
      session.voice.complain(`${printable(at)}: ${printable(toAppError(error).message)}`);
    }
  if (found.length === 0)
    throw new DestinationError("nothing-here", "No backup is known on this computer, or its disk is not plugged in.", {
      remedy: "Name the folder, or run `offroll backup DIR` first.",
    });
  return found;
}
