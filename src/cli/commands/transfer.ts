/** `offroll export` and `offroll backup`: one engine with two sets of manners. */

import type { RunWishes } from "../../app/export-run.ts";
import type { Host } from "../../app/host.ts";
import { UsageError } from "../../shared/errors.ts";
import type { TransferKind } from "../../transfer/events.ts";
import { breakLockAsked } from "../break-lock.ts";
import { choicesOfFlags, type ExportFlags } from "../choices.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, exportFlags } from "../command-flags.ts";
import { everyPhone } from "../every-phone.ts";
import { toldRun } from "../told-run.ts";

export type TransferFlags = CommandFlags<typeof exportFlags> & ExportFlags;

export async function transferCommand(
  context: Host,
  kind: TransferKind,
  flags: TransferFlags,
  destination: string | undefined,
): Promise<number> {
  const to = theOne(flags.to, destination);
  await using session = new CliSession(context, flags);
  if (!flags.allPhones) return await onePhone(session, kind, flags, to);
  return await everyPhone(session, flags, async ({ info }) => {
    const one = { ...flags, allPhones: false, device: info.id };
    await using of = new CliSession(context, one);
    return await onePhone(of, kind, one, to);
  });
}

async function onePhone(
  session: CliSession,
  kind: TransferKind,
  flags: TransferFlags,
  to: string | undefined,
): Promise<number> {
  return await toldRun(session, () => wishesOf(session, kind, flags, to), flags);
}

/** @throws {UsageError} naming the flag that makes no sense */
function wishesOf(session: CliSession, kind: TransferKind, flags: TransferFlags, to: string | undefined): RunWishes {
  const { argv, clock } = session.context;
  return {
    kind,
    choices: choicesOfFlags(flags, clock.now()),
    destination: to,
    newDestination: flags.newDestination === true,
    command: ["offroll", ...argv].join(" "),
    breakLock: breakLockAsked(session, flags),
  };
}

/** `export DIR` and `export --to DIR` mean the same. @throws {UsageError} when both are given and differ */
function theOne(flag: string | undefined, word: string | undefined): string | undefined {
  if (flag !== undefined && word !== undefined && flag !== word)
    throw new UsageError("usage", `Two destinations were given: ${word}, and ${flag} with --to. Give one.`);
  return flag ?? word;
}
