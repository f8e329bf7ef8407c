/** `offroll copies verify NAME`: both disks held against the recorded hashes; `--repair` mends each from the other. */
import { namedCopy, surroundings } from "../../app/copies.ts";
import { exitCodes, type Host } from "../../app/host.ts";
import { confirm } from "../../app/voice.ts";
import { UsageError, verdictJson } from "../../shared/errors.ts";
import { formatBytes, formatCount, plural, printable } from "../../shared/text.ts";
import {
  type CheckedSide,
  type CopyCheck,
  type CopySurroundings,
  openCopy,
  type RepairedFile,
} from "../../transfer/copies/index.ts";
import { breakLockAsked } from "../break-lock.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, copiesVerifyFlags } from "../command-flags.ts";

const sides = ["copy", "first"] as const;

export async function copiesVerify(
  host: Host,
  name: string,
  flags: CommandFlags<typeof copiesVerifyFlags>,
): Promise<number> {
  await using session = new CliSession(host, flags);
  const { output } = session;
  const around = { ...surroundings(session), breakLock: breakLockAsked(session, flags) };
  if (flags.repair && !flags.yes && !session.interactive)
    throw new UsageError("not-interactive", "--repair asks before it puts files in the place of damaged ones.");
  const opened = await openCopy(await namedCopy(session, name, flags.from), around);
  const check = await opened.check({ ...around, onProgress: progressOn(host, session) });
  if (host.stderr.isTTY) host.stderr.write("\r\x1b[2K");
  if (!output.json) for (const side of sides) tellProblems(session, check[side]);
  const repaired = flags.repair ? await repair(session, opened, check, { ...around, yes: flags.yes }) : [];
  const left = brokenIn(check) - repaired.filter((file) => file.from !== undefined).length;
  if (output.json) output.document(toJson(name, { check, left, repaired: flags.repair ? repaired : undefined }));
  else tellEnd(session, name, { check, left, repaired });
  return left === 0 && wasMade(check) ? exitCodes.complete : exitCodes.someFailed;
}

/** Nothing that was looked at proves nothing. */
function wasMade({ copy }: CopyCheck): boolean {
  return copy.checked > 0;
}

/** What was found, and what became of it. */
interface Outcome {
  readonly check: CopyCheck;
  /** Undefined where nobody asked for it. */
  readonly repaired: readonly RepairedFile[] | undefined;
  /** Files that are still missing or damaged. */
  readonly left: number;
}

function brokenIn(check: CopyCheck): number {
  return sides.reduce((sum, side) => sum + check[side].problems.length, 0);
}

function progressOn(host: Host, { output }: CliSession): (side: "first" | "copy", done: number, total: number) => void {
  const reached = { first: [0, 0], copy: [0, 0] };
  return (side, done, total) => {
    if (host.stderr.isTTY !== true || output.quiet || output.json) return;
    reached[side] = [done, total];
    const of = ([d = 0, t = 0]: readonly number[]): string => `${formatCount(d)} of ${formatCount(t)}`;
    host.stderr.write(`\r\x1b[2KChecking ${of(reached.copy)} in the copy, ${of(reached.first)} in the first`);
  };
}

function tellProblems({ output }: CliSession, { place, problems, notKept }: CheckedSide): void {
  for (const { problem, target, detail } of problems)
    output.data(`${problem.padEnd(10)} ${printable(place)}: ${printable(target)}: ${printable(detail)}`);
  if (notKept)
    output.say(`What was found in ${printable(place)} is not kept in its catalog: ${printable(notKept.message)}`);
}

async function repair(
  session: CliSession,
  opened: Awaited<ReturnType<typeof openCopy>>,
  check: CopyCheck,
  { yes, ...around }: CopySurroundings & Pick<CommandFlags<typeof copiesVerifyFlags>, "yes">,
): Promise<RepairedFile[]> {
  for (const side of sides) if (check[side].notKept) throw check[side].notKept;
  if (brokenIn(check) === 0) return [];
  const [copy, first] = [check.copy.problems.length, check.first.problems.length];
  const question = `Put good files in the place of ${copy} in the copy and ${first} in the first? Damaged ones are kept aside.`;
  if (!yes && !(await confirm(session.voice, question, false))) return [];
  const { output } = session;
  return await opened.repair({
    ...around,
    onRepaired: ({ target, from, aside, problem }) => {
      if (output.json) return;
      if (from === undefined) {
        const why = problem?.message ?? "the other disk has no good one either";
        return output.data(`left       ${printable(target)}: ${printable(why)}`);
      }
      const kept = aside === undefined ? "" : `; the damaged one is kept as ${printable(aside)}`;
      output.data(`repaired   ${printable(target)}: from ${printable(from)}${kept}`);
    },
  });
}

function tellEnd({ output }: CliSession, name: string, { check, repaired = [], left }: Outcome): void {
  for (const side of sides) {
    const { checked, bytes, place } = check[side];
    output.say(
      checked === 0
        ? `${printable(place)}: nothing was copied yet.`
        : `${printable(place)}: ${plural(checked, "file")} read, ${formatBytes(bytes)} of them whole.`,
    );
  }
  const mended = repaired.filter((file) => file.from !== undefined).length;
  if (mended > 0) output.say(`${plural(mended, "file")} repaired.`);
  const isBoth = sides.every((side) => check[side].checked > 0);
  if (left === 0) output.say(isBoth ? "Both are whole." : `To make it: offroll copies run ${printable(name)}`);
  else if (repaired.some((file) => file.problem))
    output.say(`${plural(left, "file")} could not be repaired: the reason stands above.`);
  else if (mended > 0)
    output.say(`${plural(left, "file")} could not be repaired: the other disk has no good one either.`);
  else
    output.say(
      `${plural(left, "file")} missing or damaged. To mend each from the other: offroll copies verify ${printable(name)} --repair`,
    );
}

function toJson(name: string, { check, repaired, left }: Outcome): object {
  const side = ({ place, checked, bytes, sizeOnly, problems, reread, notKept }: CheckedSide): object => ({
    ...{ place, checked, bytes, sizeOnly, problems },
    ...{ reread: reread ?? null, noted: notKept === undefined },
  });
  return {
    ...(left > 0 || wasMade(check)
      ? verdictJson(left > 0 ? "copy-damaged" : undefined, "Copied files are not whole.")
      : verdictJson("copy-incomplete", "Nothing was copied there yet.")),
    ...{ ok: left === 0 && wasMade(check), name, copy: side(check.copy), first: side(check.first) },
    ...(repaired
      ? {
          repaired: repaired.map((file) => ({
            ...{ side: file.side, target: file.target, from: file.from ?? null, aside: file.aside ?? null },
          })),
        }
      : {}),
  };
}
