/** `--all-phones`: what was asked of one phone, of every one that is plugged in, one after the other. */

import { exitCodes } from "../app/host.ts";
import type { DeviceSummary } from "../device/index.ts";
import { AppError, UsageError } from "../shared/errors.ts";
import type { CliSession } from "./cli-session.ts";
import { exitCodeOf } from "./output.ts";

/** @throws {UsageError} for flags that name one phone or one file; {DeviceError} where no phone is plugged in */
export async function everyPhone(
  session: CliSession,
  flags: { readonly device?: string; readonly report?: string },
  run: (device: DeviceSummary) => Promise<number>,
): Promise<number> {
  if (flags.device !== undefined) throw new UsageError("usage", "Give --device or --all-phones, not both.");
  if (flags.report !== undefined)
    throw new UsageError("usage", "--report is of one run: with --all-phones, --json tells of every phone.");
  const { context, output } = session;
  const hub = session.hub();
  const devices = (await hub.devices(context)).filter((d) => d.state !== "network-only");
  if (devices.length === 0) await hub.find(undefined, context); // says why, and what to do
  const codes: number[] = [];
  for (const device of devices) {
    try {
      codes.push(await run(device));
    } catch (error) {
      // One phone that cannot be had hides no other.
      if (!(error instanceof AppError)) throw error;
      output.tell(error);
      codes.push(exitCodeOf(error));
    }
    if (codes.at(-1) === exitCodes.cancelled) break;
  }
  return worst(codes);
}

/** Stopped before failed, failed before complete. What was typed is wrong for one of the phones at most. */
function worst(codes: readonly number[]): number {
  if (codes.includes(exitCodes.cancelled)) return exitCodes.cancelled;
  if (codes.some((c) => c === exitCodes.stopped || c === exitCodes.usage)) return exitCodes.stopped;
  return codes.includes(exitCodes.someFailed) ? exitCodes.someFailed : exitCodes.complete;
}
