/** `offroll devices`: which phones are here, and in what state. */

import { exitCodes, type Host } from "../../app/host.ts";
import type { DeviceChange, DeviceSummary } from "../../device/index.ts";
import type { DeviceRoute } from "../../device/media-source.ts";
import { deviceStateWords, freeWords, systemWords } from "../../present/device-words.ts";
import { errorToJson } from "../../shared/errors.ts";
import { printable } from "../../shared/text.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, devicesFlags } from "../command-flags.ts";
import { table } from "../output.ts";

export async function devices(context: Host, flags: CommandFlags<typeof devicesFlags>): Promise<number> {
  await using session = new CliSession(context, flags);
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

function showChange(session: CliSession, change: DeviceChange): void {
  if (change.type === "devices") return show(session, change.devices);
  if (session.output.json) session.output.document({ devices: [], error: errorToJson(change.error) });
  else session.output.say(`${change.error.message} ${change.error.remedy}`);
}

function show(session: CliSession, list: readonly DeviceSummary[]): void {
  const { output } = session;
  if (output.json) return output.document({ devices: list.map(deviceJson) });
  if (list.length === 0) {
    output.say(
      "No phone is plugged in. If one is: unlock it, on Android choose File transfer; `offroll doctor` tells why it is not seen.",
    );
    return;
  }
  const rows = list.map((device) => [
    printable(device.info.name),
    printable(device.info.model),
    systemWords(device.info),
    freeWords(device.info),
    device.info.folder === undefined ? routeWords(device) : printable(device.info.folder),
    deviceStateWords(device),
  ]);
  for (const line of table(rows, output.width())) output.data(line);
  for (const { info, error } of list)
    if (error) output.say(`${printable(info.name)}: ${error.message} ${error.remedy}`);
}

/** Which way leads to an Android phone; an iPhone has one only. */
function routeWords({ route, otherRoutes }: DeviceSummary): string {
  const names: Partial<Record<DeviceRoute, string>> = { usbmux: "", mtp: "MTP", folder: "", backup: "" };
  return [route, ...(otherRoutes ?? [])]
    .map((r) => names[r] ?? r)
    .filter(Boolean)
    .join(", also ");
}

function deviceJson({ info, state, route, otherRoutes, error }: DeviceSummary): object {
  return {
    id: info.id,
    platform: info.platform,
    name: info.name,
    model: info.model,
    productType: info.productType ?? null,
    osVersion: info.osVersion ?? null,
    state,
    route,
    otherRoutes: otherRoutes ?? [],
    ...(info.folder === undefined ? {} : { folder: info.folder }),
    totalBytes: info.totalBytes ?? null,
    freeBytes: info.freeBytes ?? null,
    ...(error ? { error: errorToJson(error) } : {}),
  };
}
