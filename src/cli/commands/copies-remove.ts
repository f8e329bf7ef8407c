/** `offroll copies remove NAME`: a copy is known no more. What lies in it stays. */
import { namedCopy, surroundings } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { autosaveFiles, readAutosave, updateAutosave } from "../../autosave/index.ts";
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { findFirst, removeCopy } from "../../transfer/copies/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesFlags } from "../command-flags.ts";

export async function copiesRemove(host: Host, name: string, flags: CommandFlags<typeof copiesFlags>): Promise<number> {
  await using session = new CliSession(host, flags);
  const copy = await namedCopy(session, name, flags.from);
  const first = await findFirst(copy, session.paths.dataFolder);
  const breakLock = breakLockAsked(session, flags);
  if (!(await removeCopy(first, name, { ...surroundings(session), breakLock })))
    throw new UsageError("copy-unknown", `${first.root} has no copy called ${name}.`);
  const isAutosaved = forgetInAutosave(host, copy.firstId, name);
  if (session.output.json) session.output.document({ first: first.root, removed: name });
  else
    session.output.say(
      `${printable(name)} is no longer a copy of ${printable(first.root)}. Nothing on its disk was changed: it is a backup by itself.`,
    );
  if (isAutosaved) session.output.say("Auto-save brings it up to date no longer.");
  return exitCodes.complete;
}

/** Else it would be told as a copy that is kept up to date. @returns whether it was one */
function forgetInAutosave(host: Host, firstId: string, name: string): boolean {
  const { settings } = autosaveFiles(host);
  try {
    const isMeant = ({ id, copy }: { id?: string | undefined; copy?: string | undefined }): boolean =>
      id === firstId && copy === name;
    if (!Object.values(readAutosave(settings).phones).some(isMeant)) return false;
    updateAutosave(settings, ({ phones, ...rest }) => ({
      ...rest,
      phones: Object.fromEntries(
        Object.entries(phones).map(([phone, { copy, ...plan }]) => [
          phone,
          copy === undefined || isMeant({ ...plan, copy }) ? plan : { ...plan, copy },
        ]),
      ),
    }));
    return true;
  } catch {
    // Settings that cannot be read are told by every command of auto-save.
    return false;
  }
}
