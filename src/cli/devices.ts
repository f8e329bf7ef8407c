/** `offroll devices`: which phones are here, and in what state. */
import type { DeviceChange, DeviceState, DeviceSummary } from "../device/index.ts";
import { errorToJson } from "../shared/errors.ts";
import { formatBytes, printable } from "../shared/text.ts";
import { type CliContext, exitCodes } from "./context.ts";
import { table } from "./output.ts";
import { type CommonFlags, Session } from "./session.ts";

export const stateWords: Record<DeviceState, string> = {
  ready: "ready",
  locked: "locked: unlock it",
  "needs-trust": "waiting for Trust: run `offroll pair`",
  "pairing-lost": "has forgotten this computer: run `offroll pair`",
  "network-only": "over Wi-Fi only: plug its cable in",
  unreachable: "does not answer: replug it",
};

export async function devices(context: CliContext, flags: CommonFlags & { watch?: boolean }): Promise<number> {
  await using session = new Session(context, flags);
  const hub = session.hub();
  if (!flags.watch) {
    show(session, await hub.devices(context));
    return exitCodes.complete;
  }
  let last = "";
  for await (const change of hub.watch(context)) {
    const key = JSON.stringify(change.type === "devices" ? change.devices : change.error.code);
    if (key === last) continue;
    last = key;
    showChange(session, change);
  }
  return exitCodes.complete;
}

function showChange(session: Session, change: DeviceChange): void {
  if (change.type === "devices") return show(session, change.devices);
  if (session.output.json) session.output.document({ devices: [], error: errorToJson(change.error) });
  else session.output.say(`${change.error.message} ${change.error.remedy}`);
}

function show(session: Session, list: readonly DeviceSummary[]): void {
  const { output } = session;
  if (output.json) return output.document({ devices: list.map(deviceJson) });
  if (list.length === 0) {
    output.say("No phone is plugged in. If one is, `offroll doctor` tells why it is not seen.");
    return;
  }
  const rows = list.map(({ info, state }) => [
    printable(info.name),
    info.model,
    info.osVersion ? `iOS ${printable(info.osVersion)}` : "",
    info.freeBytes === undefined ? "" : `${formatBytes(info.freeBytes)} free`,
    stateWords[state],
  ]);
  for (const line of table(rows, output.width())) output.data(line);
}

export function deviceJson({ info, state, error }: DeviceSummary): object {
  return {
    id: info.id,
    platform: info.platform,
    name: info.name,
    model: info.model,
    productType: info.productType ?? null,
    osVersion: info.osVersion ?? null,
    state,
    totalBytes: info.totalBytes ?? null,
    freeBytes: info.freeBytes ?? null,
    ...(error ? { error: errorToJson(error) } : {}),
  };
}
