/** Whether a destination or its copy is there now, by the id that it carries: another disk may be mounted where it was. */
import { toAppError } from "../shared/errors.ts";
import { onEveryMount } from "../shared/mounts.ts";
import { type KnownCopy, knownCopies, pathsOfCopy } from "../transfer/copies/index.ts";
import {
  inspectDestination,
  type KnownDestination,
  knownDestinations,
  openPlace,
} from "../transfer/destination/index.ts";
import type { Host } from "./host.ts";
import { pathsFor, readConfig } from "./settings/index.ts";

/** A destination by the path that was set up, or with `copy` the copy of that name. */
export interface PlaceName {
  readonly to: string;
  /** The destination's id, where it is known. */
  readonly id?: string | undefined;
  readonly copy?: string | undefined;
}

/**
 * Where the place is now, by its real path; undefined while it is away. A destination that is remembered is the one with its id,
 * wherever its disk is mounted; of one that nobody knows the folder is enough.
 */
export async function placeNow(host: Host, place: PlaceName): Promise<string | undefined> {
  const { to, copy } = place;
  const { dataFolder, here, ids } = knownOf(host, place);
  if (copy !== undefined) return await copyNow(dataFolder, { to, copy, ids });
  if (ids.size === 0) return await folderWith(to, undefined);
  for (const path of pathsOf(to, here)) {
    for (const id of ids) {
      const found = await folderWith(path, id);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Whether something came to the destination since the copy was last complete, as far as this computer knows. */
export function isCopyBehind(host: Host, place: PlaceName & { readonly copy: string }): boolean {
  const { dataFolder, here, ids } = knownOf(host, place);
  const phones = here.flatMap((known) => known.phones);
  const lastRun = Math.max(0, ...phones.map((phone) => phone.lastRunAt));
  const total = phones.reduce((sum, phone) => sum + phone.files, 0);
  const copies = copiesOf(dataFolder, { ...place, ids });
  return copies.some(({ completeAt = 0, files }) => completeAt < lastRun && files < total);
}

interface Known {
  readonly dataFolder: string;
  readonly here: readonly KnownDestination[];
  readonly ids: ReadonlySet<string>;
}

function knownOf(host: Host, { to, id }: PlaceName): Known {
  const { dataFolder, configFile } = pathsFor(host);
  const destinations = knownDestinations(dataFolder).filter((known) => !known.replaced);
  const here = destinations.filter((known) => known.id === id || [known.path, known.typed].includes(to));
  if (id !== undefined) return { dataFolder, here, ids: new Set([id]) };
  const backups = Object.values(readConfig(configFile).backups ?? {}).filter(({ path }) => path === to);
  return { dataFolder, here, ids: new Set([...here, ...backups].map((known) => known.id)) };
}

interface CopyOf extends Pick<PlaceName, "to"> {
  readonly copy: string;
  readonly ids: ReadonlySet<string>;
}

function copiesOf(dataFolder: string, { to, copy, ids }: CopyOf): KnownCopy[] {
  const named = knownCopies(dataFolder).filter((known) => known.name === copy);
  return named.filter((known) => known.firstPath === to || ids.has(known.firstId));
}

/** Whether no run holds the place at this moment. @param root as `placeNow` tells it */
export async function placeIsFree(host: Pick<Host, "clock" | "pid">, root: string): Promise<boolean> {
  const found = await inspectDestination(root, "/").catch(() => undefined);
  if (found?.id === undefined) return true;
  try {
    const { clock, pid } = host;
    (await openPlace(found).metadata.lock({ clock, pid, wait: false }))[Symbol.dispose]();
    return true;
  } catch (error) {
    // Anything else is told by the run itself, with its reason.
    return toAppError(error).code !== "destination-in-use";
  }
}

async function copyNow(dataFolder: string, of: CopyOf): Promise<string | undefined> {
  for (const copy of copiesOf(dataFolder, of))
    for (const at of pathsOfCopy(copy)) {
      const found = await folderWith(at, copy.id);
      if (found !== undefined) return found;
    }
  return undefined;
}

/** Where it was, and the same folder of every disk that is mounted. */
function pathsOf(to: string, known: readonly KnownDestination[]): Set<string> {
  const moved = known.flatMap(({ path, disk }) => onEveryMount(path, disk));
  return new Set([to, ...known.flatMap(({ path, formerly = [] }) => [path, ...formerly]), ...moved]);
}

async function folderWith(path: string, id: string | undefined): Promise<string | undefined> {
  const found = await inspectDestination(path, "/").catch(() => undefined);
  if (!found?.isThere || (id !== undefined && found.id !== id)) return undefined;
  return found.root;
}
