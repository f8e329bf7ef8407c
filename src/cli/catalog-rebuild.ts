/** `offroll catalog rebuild DIR`: the record made anew from the run logs and the files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DestinationError } from "../shared/errors.ts";
import { plural } from "../shared/text.ts";
import { inspectDestination, rebuildCatalog } from "../transfer/index.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { type CommonFlags, Session } from "./session.ts";

export async function catalogRebuild(context: CliContext, path: string, flags: CommonFlags): Promise<number> {
  await using session = new Session(context, flags);
  const folder = inspectDestination(path, context.cwd);
  if (!existsSync(join(folder.metadata, "runs")))
    throw new DestinationError("nothing-here", `${folder.root} has no run logs to rebuild from.`);
  const result = await rebuildCatalog(folder, { clock: context.clock, pid: context.pid, signal: context.signal });
  if (session.output.json) session.output.document({ destination: folder.root, ...result });
  else {
    session.output.say(`${plural(result.registered, "file")} registered.`);
    if (result.missing > 0) session.output.say(`${plural(result.missing, "file")} of earlier runs no longer there.`);
    if (result.changed > 0)
      session.output.say(`${plural(result.changed, "file")} changed since; they will be copied anew beside.`);
  }
  return exitCodes.complete;
}
