/** `offroll copies status`: three copies, two disks, one elsewhere — how far that is so, in one screen. */
import { copiesStatus, type FirstStatus } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesStatusFlags } from "../command-flags.ts";
import { pictureOf, statusLines } from "../printers/copies-status.ts";

export async function copiesStatusCommand(host: Host, flags: CommandFlags<typeof copiesStatusFlags>): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const firsts = await copiesStatus(session, flags.from);
  if (output.json) output.document({ destinations: firsts.map(toJson) });
  else if (firsts.length === 0) output.say("No backup is known on this computer. A first one: offroll backup DIR");
  else
    for (const [i, first] of firsts.entries()) {
      if (i > 0) output.data("");
      for (const line of statusLines(first, host.clock.now(), output.width())) output.data(line);
    }
  return exitCodes.complete;
}

function toJson(first: FirstStatus): object {
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
  const { id, path, state, phones, files, lastCompleteAt, copies } = first;
  return {
    ...{ id, path, state, phones, files: files ?? null, lastCompleteAt: time(lastCompleteAt) },
    copies: copies.map((copy) => ({
      ...{ name: copy.name, id: copy.id, path: copy.path, state: copy.state, sameDisk: copy.sameDisk ?? null },
      ...{ result: copy.result ?? null, files: copy.files, bytes: copy.bytes, behind: copy.behind ?? null },
      ...{ addedAt: time(copy.addedAt), lastRunAt: time(copy.begunAt), lastCompleteAt: time(copy.completeAt) },
      provenAt: time(copy.provenAt),
    })),
    picture: pictureOf(first),
  };
}
