/** `offroll copies add NAME PLACE`: a further copy gets a name; the next run makes it. */
import { firstPlace, surroundings } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { placesKnownTo } from "../../app/remembered-places.ts";
import { printable } from "../../shared/text.ts";
import { addCopy } from "../../transfer/copies/index.ts";
import { assertRightPlace, inspectDestination } from "../../transfer/destination/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesFlags } from "../command-flags.ts";

export async function copiesAdd(
  host: Host,
  name: string,
  path: string,
  flags: CommandFlags<typeof copiesFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const first = await firstPlace(session, flags.from);
  const place = await inspectDestination(path, host.cwd);
  // While the disk of another destination is away, nothing begins at its place.
  await assertRightPlace(place, placesKnownTo(session.config, session.paths.dataFolder), "look");
  const breakLock = breakLockAsked(session, flags);
  const added = await addCopy(first, { name, place }, { ...surroundings(session), breakLock });
  if (output.json) output.document({ first: first.root, ...added, sameDisk: added.sameDisk ?? null });
  else for (const line of addedLines(added, first.root)) output.say(line);
  return exitCodes.complete;
}

function addedLines(added: Awaited<ReturnType<typeof addCopy>>, first: string): string[] {
  const { name, path, sameDisk, wasDestination, isKnown } = added;
  if (isKnown) return [`${printable(name)} is at ${printable(path)} now.`];
  const lines = [`${printable(path)} becomes the copy ${printable(name)} of ${printable(first)}.`];
  if (sameDisk) lines.push("Both lie on one disk: it helps where files are deleted, and not where the disk is lost.");
  if (wasDestination) lines.push("It is a backup already: what it has is not copied again, and nothing in it changes.");
  lines.push(`To make it: offroll copies run ${printable(name)}`);
  return lines;
}
