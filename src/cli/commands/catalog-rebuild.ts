/** `offroll catalog rebuild DIR`: the record made anew from the run logs and the files. */

import { exitCodes, type Host } from "../../app/host.ts";
import { placesKnownTo } from "../../app/remembered-places.ts";
import { DestinationError } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import { rebuildCatalog } from "../../transfer/check/index.ts";
import { assertRightPlace, inspectDestination, openPlace } from "../../transfer/destination/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { breakLockFlags, CommandFlags } from "../command-flags.ts";

export async function catalogRebuild(
  context: Host,
  path: string,
  flags: CommandFlags<typeof breakLockFlags>,
): Promise<number> {
  await using session = new CliSession(context, flags);
  const folder = await inspectDestination(path, context.cwd);
  // Where its disk is away, there is nothing to rebuild, and nothing to be made.
  await assertRightPlace(folder, placesKnownTo(session.config, session.paths.dataFolder), "look");
  if (folder.isNew && (await openPlace(folder).metadata.runs.names()) === undefined)
    throw new DestinationError("nothing-here", `${folder.root} holds no photos copied by offroll.`);
  const { dataFolder } = session.paths;
  const result = await rebuildCatalog(folder, { ...context, dataFolder, breakLock: breakLockAsked(session, flags) });
  if (session.output.json) session.output.document({ destination: folder.root, ...result });
  else {
    const say = (text: string): void => session.output.say(text);
    say(`${plural(result.registered, "file")} registered, and ${plural(result.runs, "run")}.`);
    if (result.fromCatalog > 0)
      say(
        `${plural(result.fromCatalog, "file is", "files are")} known from the old catalog alone: no log tells of them.`,
      );
    if (result.made > 0)
      say(
        `${plural(result.made, "sidecar, album entry or movie", "sidecars, album entries and movies")} of ours known again.`,
      );
    if (result.missing > 0) say(`${plural(result.missing, "file")} of earlier runs no longer there.`);
    if (result.changed > 0)
      say(
        `${plural(result.changed, "file is", "files are")} not what was copied. With the device plugged in, or another copy: offroll verify ${printable(path)} --repair`,
      );
  }
  return exitCodes.complete;
}
