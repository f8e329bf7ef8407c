/** `offroll ignore`: a person settles what cannot be had, or is not wanted. */

import { foldersOf } from "../../app/destination-folder.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { UsageError } from "../../shared/errors.ts";
import { formatCount, plural, printable } from "../../shared/text.ts";
import type { Catalog, IgnoredFile } from "../../transfer/catalog/index.ts";
import { changeCatalog, findFiles, findIgnored, ignoreRemoved } from "../../transfer/check/index.ts";
import { type DestinationFolder, openPlace } from "../../transfer/destination/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, ignoreFlags } from "../command-flags.ts";
import type { Output } from "../output.ts";

/** What was done in one destination. */
interface Settled {
  readonly destination: string;
  readonly ignored: readonly IgnoredFile[];
  /** Files that this call began, or ended, to ignore. */
  readonly changed: number;
  readonly words: readonly string[];
}

type IgnoreFlags = CommandFlags<typeof ignoreFlags>;

export async function ignore(context: Host, item: string | undefined, flags: IgnoreFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const { output } = session;
  const asked = [item !== undefined, flags.list, flags.remove !== undefined, flags.removed].filter(Boolean).length;
  if (asked !== 1)
    throw new UsageError("usage", "Say one thing: an item to ignore, --removed, --remove ITEM, or --list.");
  const places = await foldersOf(session, flags.in);
  const done: Settled[] = [];
  let notFound: UsageError | undefined;
  for (const { folder, catalog } of places) {
    using _catalog = catalog;
    try {
      done.push(flags.list ? listed(catalog, folder) : await settle(session, folder, item, flags));
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== "item-not-found") throw error;
      notFound = error;
    }
  }
  // In one of several destinations is enough.
  if (done.length === 0 && notFound) throw notFound;
  if (output.json) output.document({ destinations: done.map(toJson) });
  else for (const { words } of done) for (const line of words) say(output, line, flags.list === true);
  return exitCodes.complete;
}

function say(output: Output, line: string, isData: boolean): void {
  if (isData) output.data(line);
  else output.say(line);
}

function listed(catalog: Catalog, { root }: DestinationFolder): Settled {
  const ignored = catalog.settled.ignored();
  const names = new Map(catalog.devices.all().map((d) => [d.id, d.name]));
  const words = ignored.map(
    (f) =>
      `${new Date(f.ignoredAt).toISOString().slice(0, 10)}  ${f.cause.padEnd(16)}  ${printable(names.get(f.device) ?? f.device)}: ${printable(f.path)}, in ${printable(root)}`,
  );
  return { destination: root, ignored, changed: 0, words };
}

async function settle(
  session: CliSession,
  folder: DestinationFolder,
  item: string | undefined,
  flags: IgnoreFlags,
): Promise<Settled> {
  const { context, paths } = session;
  const { clock, pid, signal } = context;
  const { root, id } = folder;
  const change = { clock, pid, dataFolder: paths.dataFolder, signal, breakLock: breakLockAsked(session, flags) };
  const now = clock.now();
  const tell = (catalog: Catalog, changed: number, words: readonly string[]): Settled => ({
    destination: root,
    ignored: catalog.settled.ignored(),
    changed,
    words,
  });
  return await changeCatalog(folder, change, async (catalog) => {
    if (flags.removed) {
      await using destination = openPlace(folder).destination(id);
      const { gone, back } = await ignoreRemoved(catalog, destination, { now, signal });
      return tell(catalog, gone + back, removedWords(gone, back, root));
    }
    if (flags.remove !== undefined) {
      const files = findIgnored(catalog, flags.remove);
      catalog.transaction(() => {
        for (const file of files) catalog.settled.unignore(file);
      });
      return tell(catalog, files.length, [`${plural(files.length, "file")} no longer ignored in ${printable(root)}.`]);
    }
    const files = await findFiles(catalog, folder, item as string);
    catalog.transaction(() => {
      for (const { file, cause } of files) catalog.settled.ignore(file, cause, now);
    });
    return tell(catalog, files.length, [
      ...files.map(({ file, cause }) => `ignored  ${printable(file.path)}${cause === "asked" ? "" : ` (${cause})`}`),
      `Runs into ${printable(root)} leave ${files.length === 1 ? "it" : "them"} out from now on. What is there already stays.`,
    ]);
  });
}

function removedWords(gone: number, back: number, root: string): string[] {
  if (gone + back === 0) return [`Nothing was removed from ${printable(root)}.`];
  const lines = [`${plural(gone + back, "file")} removed from ${printable(root)} by hand: left out from now on.`];
  if (back > 0)
    lines.push(
      `The last run copied ${back === 1 ? "one" : formatCount(back)} of them again: remove ${back === 1 ? "it" : "them"} once more, if ${back === 1 ? "it is" : "they are"} not wanted.`,
    );
  return lines;
}

function toJson({ destination, ignored, changed }: Settled): object {
  return {
    destination,
    changed,
    ignored: ignored.map(({ device, path, sizeBytes, cause, ignoredAt }) => ({
      device,
      path,
      sizeBytes,
      cause,
      ignoredAt: new Date(ignoredAt).toISOString(),
    })),
  };
}
