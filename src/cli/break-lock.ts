/** `--break-lock`, alike for every command that locks a destination. */
import { confirm } from "../app/voice.ts";
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import type { CliSession } from "./cli-session.ts";
import type { breakLockFlags } from "./command-flags.ts";
import type { FlagsOf } from "./flags.ts";

export type LockFlags = FlagsOf<typeof breakLockFlags>;

/** @returns who is asked about a lock that gave no sign of life for long; undefined where the flag was not given: it stays */
export function breakLockAsked(
  session: CliSession,
  flags: LockFlags,
): ((lock: string) => Promise<boolean>) | undefined {
  return flags.breakLock ? (lock) => mayBreakLock(session, flags, lock) : undefined;
}

async function mayBreakLock(session: CliSession, flags: LockFlags, lock: string): Promise<boolean> {
  session.output.say(`A run left its lock here: ${printable(lock)}.`);
  if (flags.yes) return true;
  if (!session.interactive) throw new UsageError("not-interactive", "--break-lock asks before it breaks a lock.");
  return await confirm(
    session.voice,
    "Is that run over for certain? Two at a time damage files. Break the lock?",
    false,
  );
}
