/**
 * A backup of ours takes its place by renames. Where it was killed between them, the next command that looks there finishes or undoes
 * what it began, and says so: before that the folder that a person named may not be there.
 */
import { dirname, resolve } from "node:path";
import { type Settled, settleWork } from "../phone-backup/index.ts";
import { toAppError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import type { Host } from "./host.ts";
import type { Voice } from "./voice.ts";

const outcomes: Record<Settled["outcome"], string> = {
  finished: "was complete when its run was killed, and took its place now",
  undone: "was not complete when its run was killed: the last good one is in its place again",
};

/** @param folder a backup, or what holds some: both it and the folder above it are looked at */
export async function settleAround(
  { context, voice }: { readonly context: Host; readonly voice: Voice },
  folder: string,
): Promise<void> {
  const full = resolve(context.cwd, folder);
  for (const dir of [full, dirname(full)])
    try {
      for (const { udid, outcome } of await settleWork(dir, context.hostName))
        voice.complain(`The backup of ${printable(udid)} in ${printable(dir)} ${outcomes[outcome]}.`);
    } catch (error) {
      // A disk that cannot be written is read as it is.
      voice.complain(
        `What an interrupted run left in ${printable(dir)} stays: ${printable(toAppError(error).message)}`,
      );
    }
}
