/** Each phone that is ready: what of it is in its cloud and what is not yet, and what holds an upload up as far as a cable tells. */
import type { DeviceHub, DeviceSummary } from "../../../device/index.ts";
import type { DeviceCondition, DeviceInfo } from "../../../device/media-source.ts";
import { type ICloudReport, reportICloud } from "../../../library/icloud-report.ts";
import { buildCameraRoll } from "../../../library/index.ts";
import type { CameraRoll } from "../../../library/roll.ts";
import type { Finding } from "../../../present/finding.ts";
import { iCloudJson } from "../../../present/icloud-words.ts";
import { whyNotInCloud } from "../../../present/upload-findings.ts";
import { throwIfAborted } from "../../../shared/abort.ts";
import { toAppError } from "../../../shared/errors.ts";
import type { CliSession } from "../../cli-session.ts";

/** What was found of one phone. */
export interface PhoneLook {
  readonly findings: readonly Finding[];
  readonly device: DeviceInfo;
  readonly roll: CameraRoll;
  readonly iCloud: ICloudReport | undefined;
  readonly condition: DeviceCondition | undefined;
  /** What this computer's clock showed when the phone told its own. */
  readonly at: number;
}

/** One that cannot be opened is told by the findings of its file service. */
export async function lookAtPhones(
  session: CliSession,
  hub: DeviceHub,
  devices: readonly DeviceSummary[],
): Promise<PhoneLook[]> {
  const looks: PhoneLook[] = [];
  for (const { info, state } of devices)
    if (state === "ready") {
      const look = await lookAt(session, hub, info).catch((error: unknown) => {
        throwIfAborted(session.context.signal);
        if (toAppError(error).code === "internal") throw error;
        return undefined;
      });
      if (look) looks.push(look);
    }
  return looks;
}

async function lookAt(session: CliSession, hub: DeviceHub, info: DeviceInfo): Promise<PhoneLook> {
  const { context } = session;
  const { clock, signal } = context;
  await using source = await hub.open(info, context);
  const roll = await buildCameraRoll(source, {
    now: clock.now(),
    signal,
    library: session.libraryOf(source),
    heads: "none",
  });
  const condition = await source.condition?.(signal ? { signal } : {});
  const at = clock.now();
  const iCloud = reportICloud(roll);
  const { device } = source;
  const { capabilities } = source;
  const findings = whyNotInCloud({ device, capabilities, roll, iCloud, condition, at });
  return { findings, device, roll, iCloud, condition, at };
}

/** As programs get it. */
export function phoneJson({ device, iCloud, condition, at }: PhoneLook): object {
  const { id, name, freeBytes, totalBytes, osVersion } = device;
  const clockMs = condition?.clockMs;
  return {
    device: { id, name },
    icloud: iCloudJson(iCloud),
    condition: {
      batteryPercent: condition?.batteryPercent ?? null,
      charging: condition?.charging ?? null,
      clockAheadSeconds: clockMs === undefined ? null : Math.round((clockMs - at) / 1000),
      ...{ freeBytes: freeBytes ?? null, totalBytes: totalBytes ?? null, osVersion: osVersion ?? null },
    },
  };
}
