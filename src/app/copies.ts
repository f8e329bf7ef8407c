/** Copies of destinations as a person names them: which one is meant, whose it is, and what is known of all of them. */
import { AppError, DestinationError, toAppError, UsageError } from "../shared/errors.ts";
import { type Catalog, type CopyRow, readCatalog } from "../transfer/catalog/index.ts";
import {
  type CopyName,
  type CopySurroundings,
  findCopy,
  findFirst,
  type IdentifiedFolder,
  type KnownCopy,
  knownCopies,
} from "../transfer/copies/index.ts";
import { openPlace } from "../transfer/destination/index.ts";
import { lookAtPlaces, openFolder } from "./destination-folder.ts";
import type { Session } from "./session.ts";

/** What every call about copies takes of a session. */
export function surroundings(session: Session): CopySurroundings {
  const { clock, pid, signal } = session.context;
  return { clock, pid, signal, dataFolder: session.paths.dataFolder };
}

/**
 * The destination that is copied: the one named, or the remembered backup if there is only one.
 * @throws {DestinationError} `destination-not-there`, `nothing-here`; {UsageError} where there are several
 */
export async function firstPlace(session: Session, from: string | undefined): Promise<IdentifiedFolder> {
  if (from !== undefined) {
    const { folder, catalog } = await openFolder(session, from);
    catalog[Symbol.dispose]();
    return { ...folder, id: folder.id as string };
  }
  const places = await firstsRemembered(session);
  const [only] = places;
  if (!only)
    throw new DestinationError("nothing-here", "No backup is known on this computer.", {
      remedy: "Name the folder that is to be copied: --from DIR. A first one: offroll backup DIR",
    });
  if (places.length > 1)
    throw new UsageError("usage", `More than one backup is known: ${places.map((p) => p.path).join(", ")}.`, {
      remedy: "Say which is meant: --from DIR",
    });
  return await findFirst({ firstId: only.id, firstPath: only.path }, session.paths.dataFolder);
}

/** A copy of another is one of the places where backups are, and not what is meant by "the backup". */
async function firstsRemembered(session: Session): Promise<{ readonly id: string; readonly path: string }[]> {
  const known = knownCopies(session.paths.dataFolder);
  const copies = new Set(known.map((copy) => copy.id));
  const firsts = (await lookAtPlaces(session)).filter(({ known: k }) => !k?.replaced);
  const plain = firsts.filter((place) => !copies.has(place.id));
  return plain.length > 0 ? plain : firsts;
}

/** The copy of this name. @throws {UsageError} `copy-unknown`, or where two destinations have one of this name */
export async function namedCopy(session: Session, name: string, from: string | undefined): Promise<CopyName> {
  const known = knownCopies(session.paths.dataFolder).filter((copy) => copy.name === name);
  if (from === undefined && new Set(known.map((copy) => copy.firstId)).size > 1)
    throw new UsageError("usage", `Copies of ${known.map((c) => c.firstPath).join(" and ")} are called ${name}.`, {
      remedy: "Say whose is meant: --from DIR",
    });
  if (from === undefined && known[0]) return known[0];
  // Named on another computer: the destination itself knows.
  const first = await firstPlace(session, from).catch((error: unknown) => {
    const { code } = toAppError(error);
    if (from !== undefined || (code !== "nothing-here" && code !== "usage")) throw error;
    throw new UsageError("copy-unknown", `No copy called ${name} is known on this computer.`);
  });
  return { firstId: first.id, firstPath: first.root, name };
}

/** A copy, as far as it is known while its disks may be away. */
export interface CopyStatus extends Omit<KnownCopy, "typed" | "disk"> {
  readonly state: "there" | "not-there";
  /** Files of the first's that came since its last run; undefined while the first is away. */
  readonly behind: number | undefined;
}

/** A destination that has copies, or could have. */
export interface FirstStatus {
  readonly id: string;
  readonly path: string;
  readonly state: "there" | "not-there" | "unreadable";
  readonly phones: readonly string[];
  readonly files: number | undefined;
  readonly lastCompleteAt: number | undefined;
  readonly copies: readonly CopyStatus[];
}

/** Of the one named, or of every destination that this computer knows. */
export async function copiesStatus(session: Session, from: string | undefined): Promise<FirstStatus[]> {
  const { dataFolder } = session.paths;
  const known = knownCopies(dataFolder);
  const firsts = new Map<string, string>(known.map((copy) => [copy.firstId, copy.firstPath]));
  if (from === undefined) for (const { id, path } of await firstsRemembered(session)) firsts.set(id, path);
  const wanted = from === undefined ? [...firsts] : [await idOf(session, from, firsts)];
  return await Promise.all(
    wanted.map(([id, path]) =>
      firstStatus(
        session,
        { id, path },
        known.filter((copy) => copy.firstId === id),
      ),
    ),
  );
}

/** One that is away is known by where it was. */
async function idOf(session: Session, from: string, firsts: ReadonlyMap<string, string>): Promise<[string, string]> {
  const away = [...firsts].find(([, path]) => path === from);
  try {
    const { id, root } = await firstPlace(session, from);
    return [id, root];
  } catch (error) {
    if (away) return away;
    throw error;
  }
}

async function firstStatus(
  session: Session,
  { id, path }: { readonly id: string; readonly path: string },
  known: readonly KnownCopy[],
): Promise<FirstStatus> {
  const { dataFolder } = session.paths;
  const remembered = (await lookAtPlaces(session)).find((place) => place.id === id);
  const phones = remembered?.known?.phones ?? [];
  const common = {
    ...{ id, path, phones: phones.map((phone) => phone.name) },
    files: phones.reduce((sum, phone) => sum + phone.files, 0),
    lastCompleteAt: lastOf(phones.map((phone) => phone.lastCompleteAt)),
  };
  const there = await theirCatalog(id, path, dataFolder);
  if (!("catalog" in there)) {
    const copies = await Promise.all(known.map((copy) => copyStatus(copy, undefined, dataFolder)));
    return { ...common, state: there.state, copies };
  }
  using catalog = there.catalog;
  const files = new Set(Iterator.from(catalog.items.eachRow({ state: "done" })).map((row) => row.target)).size;
  const rows = catalog.copies.all().map((row) => merged(row, known, there.root, id));
  return {
    ...common,
    ...{ path: there.root, state: "there", files, phones: catalog.devices.all().map((device) => device.name) },
    copies: await Promise.all(rows.map((row) => copyStatus(row, files, dataFolder))),
  };
}

async function theirCatalog(
  firstId: string,
  firstPath: string,
  dataFolder: string,
): Promise<{ readonly catalog: Catalog; readonly root: string } | { readonly state: "not-there" | "unreadable" }> {
  try {
    const first = await findFirst({ firstId, firstPath }, dataFolder);
    const catalog = await readCatalog(openPlace(first).metadata);
    return catalog ? { catalog, root: first.root } : { state: "unreadable" };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { state: error.code === "destination-not-there" ? "not-there" : "unreadable" };
  }
}

/** What could not be noted in the first, because it was in use, is known here. */
function merged(row: CopyRow, known: readonly KnownCopy[], firstPath: string, firstId: string): KnownCopy {
  const mine = known.find((copy) => copy.name === row.name && copy.id === row.id);
  const isNewer = (mine?.endedAt ?? 0) > (row.endedAt ?? 0);
  const base = isNewer && mine ? mine : row;
  return {
    ...base,
    ...{ firstId, firstPath, typed: mine?.typed ?? row.path, sameDisk: mine?.sameDisk },
    completeAt: lastOf([row.completeAt, mine?.completeAt]),
    provenAt: lastOf([row.provenAt, mine?.provenAt]),
  };
}

async function copyStatus(copy: KnownCopy, files: number | undefined, dataFolder: string): Promise<CopyStatus> {
  const { typed: _, disk: __, ...row } = copy;
  const found = await findCopy(copy, dataFolder).catch(() => undefined);
  const behind = files === undefined ? undefined : Math.max(0, files - copy.files);
  return { ...row, path: found?.root ?? row.path, state: found ? "there" : "not-there", behind };
}

function lastOf(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}
