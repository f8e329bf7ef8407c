/** `offroll copies test NAME`: what a place can promise, tried with a megabyte of ours. */
import { namedCopy, surroundings } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { RunError, verdictJson } from "../../shared/errors.ts";
import { formatBytes, printable } from "../../shared/text.ts";
import { openCopy, type PlaceCheck, type PlaceTest, testPlace } from "../../transfer/copies/index.ts";
import { type DestinationFolder, inspectDestination } from "../../transfer/destination/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesFlags } from "../command-flags.ts";

const words: Readonly<Record<PlaceCheck["promise"], string>> = {
  writes: "a file gets its name when it is whole",
  "reads-back": "what was written is read back and is the same",
  "keeps-dates": "files keep their dates",
  "never-overwrites": "a name that is taken keeps what has it",
  links: "album folders without a second copy of each photo",
  "deletes-own": "the test file is gone again",
};

/** Without these a place is none for a copy. */
const needed: readonly PlaceCheck["promise"][] = ["writes", "reads-back", "never-overwrites"];

export async function copiesTest(host: Host, name: string, flags: CommandFlags<typeof copiesFlags>): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const breakLock = breakLockAsked(session, flags);
  const result = await testPlace(await placeOf(session, name, flags), { ...surroundings(session), breakLock });
  const isFit = result.checks.every((check) => check.isKept || !needed.includes(check.promise));
  if (output.json) output.document(toJson(result, isFit));
  else {
    for (const check of result.checks)
      output.data(
        `${check.isKept ? "yes" : "no "}  ${words[check.promise]}${check.detail && `: ${printable(check.detail)}`}`,
      );
    output.say(
      `${formatBytes(result.freeBytes)} free in ${printable(result.place)}. Files are proven by ${result.properties.hash}.`,
    );
    if (!isFit) output.complain("It is no place for a copy.");
  }
  return isFit ? exitCodes.complete : exitCodes.someFailed;
}

/** A copy's, or a folder that may become one. */
async function placeOf(
  session: CliSession,
  name: string,
  flags: CommandFlags<typeof copiesFlags>,
): Promise<DestinationFolder> {
  const isPath = /[/\\]|^\.{1,2}$|^~/.test(name);
  if (isPath) return await inspectDestination(name, session.context.cwd);
  const copy = await namedCopy(session, name, flags.from);
  return (await openCopy(copy, surroundings(session))).place;
}

function toJson({ place, properties, checks, freeBytes }: PlaceTest, isFit: boolean): object {
  const { maxFileBytes, concurrency: _, noOverwrite, links, ...rest } = properties;
  const max = Number.isSafeInteger(maxFileBytes + 1) ? maxFileBytes : null;
  const error = isFit
    ? {}
    : verdictJson("destination-io", new RunError("destination-io", "It is no place for a copy.").message);
  return {
    ...{ place, ok: isFit, freeBytes, checks },
    properties: { ...rest, noOverwrite: noOverwrite ?? null, links: links ?? null, maxFileBytes: max },
    ...error,
  };
}
