/** What the three commands of `freeup` begin with: the phone, all of its photos, and the places that hold copies of them. */
import { exceptions, type PlacesOfPhone, placesOfPhone } from "../../app/freeup.ts";
import type { DeviceInfo, MediaSource } from "../../device/media-source.ts";
import { buildCameraRoll } from "../../library/index.ts";
import type { CameraRoll } from "../../library/roll.ts";
import { UsageError } from "../../shared/errors.ts";
import { formatCount, printable } from "../../shared/text.ts";
import { type FreeupPlan, ProofPlaces, planFreeup } from "../../transfer/freeup/index.ts";
import { parseAgeWithUnit } from "../age.ts";
import type { CliSession } from "../cli-session.ts";
import type { freeupPlanFlags } from "../command-flags.ts";
import type { FlagsOf } from "../flags.ts";
import { TextReport } from "../printers/report-text.ts";

export type PlanFlags = FlagsOf<typeof freeupPlanFlags>;

/** How lately each copy must have been read back. */
export const rereadWithinMs = 30 * 86_400_000;
const mostCopies = 9;

/** Open until disposed. */
export interface FreeupLook extends AsyncDisposable {
  readonly source: MediaSource;
  readonly roll: CameraRoll;
  readonly places: PlacesOfPhone;
  readonly proof: ProofPlaces;
}

/** @throws {DeviceError}; {DestinationError} `nothing-here` …; {UsageError} */
export async function lookForFreeup(
  session: CliSession,
  dir: string | undefined,
  ownDisks: readonly string[] | undefined,
): Promise<FreeupLook> {
  const { context, output } = session;
  const stack = new AsyncDisposableStack();
  try {
    const { source } = await session.openPhone();
    stack.use(source);
    assertIsPhone(source.device);
    // Before the phone is listed: where nothing was copied there is nothing to say.
    const places = await placesOfPhone(session, { dir, device: source.device.id, ownDisks });
    const proof = stack.use(await ProofPlaces.open(places.found));
    const report = new TextReport(context, output);
    report.noun = source.device.noun;
    const roll = await buildCameraRoll(source, {
      now: context.clock.now(),
      signal: context.signal,
      library: session.libraryOf(source),
      heads: "needed",
      onProgress: (p) => report.listing(p),
    });
    report.clear();
    for (const { name, path } of places.away)
      output.say(
        `${printable(name ?? path)} is away${name === undefined ? "" : ` (${printable(path)})`}: what it holds does not count now.`,
      );
    return { source, roll, places, proof, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** A backup or a folder tells what a phone had then: it may have changed, or got another half, since. @throws {UsageError} */
function assertIsPhone({ folder, noun }: DeviceInfo): void {
  if (folder === undefined) return;
  throw new UsageError("usage", `${printable(folder)} is a ${noun}, and tells nothing of what the phone has now.`, {
    remedy: "What may be let go is asked of the phone itself: plug it in, and run this without --via.",
  });
}

/** The rule by the flags, applied. @throws {UsageError} for a value that makes no sense */
export async function planByFlags(
  session: CliSession,
  { source, roll, proof }: FreeupLook,
  flags: PlanFlags,
): Promise<FreeupPlan> {
  const { context, output } = session;
  const moving = context.stderr.isTTY === true && !output.quiet && !output.json;
  const plan = await planFreeup(source, roll, proof, {
    clock: context.clock,
    pid: context.pid,
    dataFolder: session.paths.dataFolder,
    signal: context.signal,
    copies: copiesOf(flags.copies),
    rereadWithinMs,
    olderThanMs: parseAgeWithUnit("--older-than", flags.olderThan ?? "30d"),
    reread: flags.reread === true,
    againstPhone: flags.againstPhone === true,
    phoneAheadMs: await phoneAhead(source, context.clock.now()),
    excepts: exceptions(flags.except ?? [], roll),
    onProgress: (what, done, total) => {
      const words = what === "copies" ? "Reading copies" : `Reading the ${source.device.noun}`;
      if (moving) context.stderr.write(`\r\x1b[2K${words}: ${formatCount(done)} of ${formatCount(total)}`);
    },
  });
  if (moving && (flags.reread || flags.againstPhone)) context.stderr.write("\r\x1b[2K");
  for (const { place, error } of plan.notKept)
    output.say(`What was read in ${printable(place)} is not kept in its catalog: ${printable(error.message)}`);
  return plan;
}

async function phoneAhead(source: MediaSource, now: number): Promise<number | undefined> {
  const clockMs = (await source.condition?.())?.clockMs;
  return clockMs === undefined ? undefined : clockMs - now;
}

function copiesOf(text = "2"): number {
  const count = Number(text);
  if (!/^\d$/.test(text) || count < 1 || count > mostCopies)
    throw new UsageError("usage", `--copies "${text}" is not a number of disks from 1 to ${mostCopies}.`);
  return count;
}
