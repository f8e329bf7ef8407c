/** `offroll verify DIR --repair`: good files from other copies and from phones, in the place of damaged ones. */

import type { MediaSource } from "../device/media-source.ts";
import { AppError, type DestinationError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type Catalog, readCatalog } from "../transfer/catalog/index.ts";
import {
  changeCatalog,
  filesInDestination,
  filesOnPhone,
  type GoodFiles,
  type Repaired,
  repairFiles,
} from "../transfer/check/index.ts";
import {
  type Destination,
  type DestinationFolder,
  inspectDestination,
  openPlace,
} from "../transfer/destination/index.ts";
import { breakLockAsked, type LockFlags } from "./break-lock.ts";
import type { CliSession } from "./cli-session.ts";
import type { verifyFlags } from "./command-flags.ts";
import type { FlagsOf } from "./flags.ts";

type RepairFlags = LockFlags & Pick<FlagsOf<typeof verifyFlags>, "from">;

export async function repair(session: CliSession, folder: DestinationFolder, flags: RepairFlags): Promise<Repaired[]> {
  const { context, output, paths } = session;
  await using stack = new AsyncDisposableStack();
  const others = await otherCopies(session, folder, flags.from);
  for (const { catalog } of others) stack.use(catalog);
  const change = {
    clock: context.clock,
    pid: context.pid,
    dataFolder: paths.dataFolder,
    signal: context.signal,
    breakLock: breakLockAsked(session, flags),
  };
  return await changeCatalog(folder, change, async (catalog) => {
    const wanted = catalog.items.notWhole();
    const destination = stack.use(here(folder));
    const copies = others.map((o) => filesInDestination(stack.use(here(o.folder)), o.catalog, wanted));
    const done: Repaired[] = [];
    const tell = async (places: readonly GoodFiles[]): Promise<void> => {
      for await (const result of repairFiles(catalog, destination, places, context)) {
        if (result.from === undefined) continue;
        done.push(result);
        if (!output.json) output.data(words(result));
      }
    };
    await tell([filesInDestination(destination, catalog, wanted), ...copies]);
    // Phones are asked for what no copy has: that takes the longest.
    for (const source of await phones(session, stack, catalog.items.notWhole().length > 0))
      await onPhone(session, source, tell);
    return done;
  });
}

function here(folder: DestinationFolder): Destination {
  return openPlace(folder).destination(folder.id);
}

function words({ target, from, aside }: Repaired): string {
  const where = aside === undefined ? "" : `; the damaged one is kept as ${printable(aside)}`;
  return `repaired   ${printable(target)}: from ${printable(from ?? "")}${where}`;
}

interface Copy {
  readonly folder: DestinationFolder;
  readonly catalog: Catalog;
}

/** The folder that was named, and every remembered one that is there now. @throws {DestinationError} where the named one is none */
async function otherCopies(session: CliSession, folder: DestinationFolder, from: string | undefined): Promise<Copy[]> {
  const { config, context } = session;
  const remembered = [
    ...Object.values(config.backups ?? {}).map((b) => b.path),
    ...Object.values(config.exports ?? {}).map((e) => e.to),
  ];
  const open = async (path: string): Promise<Copy | undefined> => {
    const other = await inspectDestination(path, context.cwd);
    if (other.root === folder.root) return undefined;
    const catalog = await readCatalog(openPlace(other).metadata);
    return catalog && { folder: other, catalog };
  };
  const copies = new Map<string, Copy>();
  const add = (copy: Copy | undefined): void => {
    if (copy && !copies.has(copy.folder.root)) copies.set(copy.folder.root, copy);
    else copy?.catalog[Symbol.dispose]();
  };
  if (from !== undefined) add(await open(from));
  for (const path of remembered)
    try {
      add(await open(path));
    } catch {
      // A disk that is away is no copy now.
    }
  return [...copies.values()];
}

/** Phones that are plugged in and trust this computer; nobody is asked anything, and none is no error. */
async function phones(session: CliSession, stack: AsyncDisposableStack, areNeeded: boolean): Promise<MediaSource[]> {
  if (!areNeeded) return [];
  const sources: MediaSource[] = [];
  try {
    const hub = session.hub();
    for (const device of await hub.devices(session.context))
      if (device.state === "ready") sources.push(stack.use(await hub.open(device.info, session.context)));
  } catch (error) {
    complain(session, error);
  }
  return sources;
}

async function onPhone(
  session: CliSession,
  source: MediaSource,
  tell: (places: readonly GoodFiles[]) => Promise<void>,
): Promise<void> {
  const { context, output } = session;
  const options = { now: context.clock.now(), library: session.libraryOf(source), signal: context.signal };
  try {
    output.say(`Looking for good files on ${printable(source.device.name)}.`);
    await tell([await filesOnPhone(source, options)]);
  } catch (error) {
    complain(session, error);
  }
}

/** A phone that goes away ends what it could give; anything else ends the command. */
function complain({ output }: CliSession, error: unknown): void {
  if (!(error instanceof AppError) || error.scope !== "device") throw error as DestinationError;
  output.say(`${printable(error.message)} ${error.remedy}`);
}
