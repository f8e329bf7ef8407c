/** `offroll pair` and `offroll unpair`: the only commands that change anything on a phone. */

import { exitCodes, type Host } from "../../app/host.ts";
import { confirm } from "../../app/voice.ts";
import { aKind, revokingWords } from "../../present/device-words.ts";
import { UsageError } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, CommonFlags, unpairFlags } from "../command-flags.ts";

export async function pair(context: Host, flags: CommonFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const hub = session.hub();
  const device = await session.choose(hub);
  const already = device.state === "ready";
  await session.ensureTrust(hub, device);
  const name = printable(device.info.name);
  if (session.output.json)
    session.output.document({ paired: true, already, id: device.info.id, name: device.info.name });
  else if (already && !device.info.keepsPairing) session.output.say(`${name} shows its photos already.`);
  else if (already) session.output.say(`${name} trusts this computer already.`);
  return exitCodes.complete;
}

export async function unpair(context: Host, flags: CommandFlags<typeof unpairFlags>): Promise<number> {
  await using session = new CliSession(context, flags);
  const hub = session.hub();
  const device = await session.choose(hub);
  const name = printable(device.info.name);
  if (!device.info.keepsPairing) {
    const remedy = revokingWords(device.info);
    const why = `${name} is ${aKind(device.info)}: nothing is kept of it here.`;
    throw new UsageError("usage", why, remedy === undefined ? {} : { remedy });
  }
  session.output.say(
    `${name} will forget this computer. Other programs here that use the phone (Finder, iTunes, backups) lose it too.`,
  );
  if (!flags.yes) {
    if (!session.interactive)
      throw new UsageError("not-interactive", "Unpairing asks first, and nobody can be asked here.");
    if (!(await confirm(session.voice, "Unpair?", false))) {
      session.output.say("Nothing was changed.");
      return exitCodes.complete;
    }
  }
  await hub.unpair(device.info, context);
  if (session.output.json) session.output.document({ unpaired: true, id: device.info.id });
  else session.output.say(`${name} and this computer have forgotten each other.`);
  return exitCodes.complete;
}
