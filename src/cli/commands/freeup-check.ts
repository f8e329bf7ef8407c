/** `offroll freeup check`: after a person deleted on the phone, what is gone, until when, and whether the copies of it are whole. */
import { exitCodes, type Host } from "../../app/host.ts";
import { DestinationError, UsageError, verdictJson } from "../../shared/errors.ts";
import { formatCount, printable, wrap } from "../../shared/text.ts";
import { openPlace } from "../../transfer/destination/index.ts";
import { checkFreeup, type FreeupList, listIds, readList } from "../../transfer/freeup/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, freeupCheckFlags } from "../command-flags.ts";
import { checkJson, checkLines } from "../freeup/check-lines.ts";
import { type FreeupLook, lookForFreeup } from "../freeup/freeup-session.ts";

export async function freeupCheck(
  host: Host,
  dir: string | undefined,
  flags: CommandFlags<typeof freeupCheckFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output, context } = session;
  await using look = await lookForFreeup(session, dir, flags.ownDisk);
  const list = await listOf(look, flags.list);
  assertLibrary(look);
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const check = await checkFreeup(
    list,
    { ...look, places: look.proof },
    {
      clock: context.clock,
      pid: context.pid,
      dataFolder: session.paths.dataFolder,
      signal: context.signal,
      onProgress: (done, total) => {
        if (moving) context.stderr.write(`\r\x1b[2KReading copies: ${formatCount(done)} of ${formatCount(total)}`);
      },
    },
  );
  if (moving) context.stderr.write("\r\x1b[2K");
  const isProven = check.unproven.length === 0;
  const why = `${check.unproven.length} of what is gone is not whole on ${list.copies} different disks.`;
  if (output.json)
    output.document({ ...checkJson(look, check), ...verdictJson(isProven ? undefined : "freed-unproven", why) });
  else
    for (const line of checkLines(output, look, check))
      for (const part of wrap(line, output.width())) output.data(part);
  for (const { place, error } of check.notKept)
    output.say(`What was read in ${printable(place)} is not kept in its catalog: ${printable(error.message)}`);
  return isProven ? exitCodes.complete : exitCodes.someFailed;
}

/** The one that is meant, wherever it is kept. @throws {UsageError} `list-unknown`; {DestinationError} `list-damaged` */
async function listOf({ source, places }: FreeupLook, wanted: string | undefined): Promise<FreeupList> {
  const { id: device, name } = source.device;
  const stores = places.found.map(({ folder }) => openPlace(folder).metadata);
  const kept = await Promise.all(stores.map(async (store) => (await listIds(store)).map((id) => ({ store, id }))));
  const ids = kept.flat();
  const all = ids.filter(({ id }) => wanted === undefined || id === wanted);
  const lists: FreeupList[] = [];
  let damaged: unknown;
  for (const { store, id } of all) {
    try {
      const list = await readList(store, id);
      if (list?.device.id === device) lists.push(list);
    } catch (error) {
      damaged ??= error;
    }
  }
  const [newest] = lists.sort((a, b) => b.at - a.at);
  if (newest) return newest;
  if (damaged instanceof DestinationError) throw damaged;
  const which = wanted === undefined ? "No list" : `No list ${printable(wanted)}`;
  throw new UsageError("list-unknown", `${which} of ${printable(name)} is kept where its copies are.`, known(ids));
}

/** The newest of all lists that are there, other phones' among them. */
function known(ids: readonly { readonly id: string }[]): { remedy?: string } {
  const newest = [...new Set(ids.map(({ id }) => id))].sort().reverse().slice(0, 5);
  return newest.length === 0 ? {} : { remedy: `There are: ${newest.join(", ")}.` };
}

/** What is absent may be deleted, or only not known. */
function assertLibrary({ roll, source }: FreeupLook): void {
  const { source: told, why } = roll.knowledge;
  if (told === "library") return;
  throw new UsageError(
    "library-unknown",
    `What is gone from ${printable(source.device.name)} cannot be told: ${why ?? "its library was not read as it is now"}.`,
  );
}
