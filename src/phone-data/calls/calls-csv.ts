/** Calls as a table. */

import { localTime, localZone } from "../../shared/local-time.ts";
import type { Call } from "../contract.ts";
import { csvLine, csvStart } from "../formats/csv.ts";

/** 3,725 seconds are 1:02:05. */
export function clockDuration(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

/** @returns the file's lines */
export function* callsCsv(calls: readonly Call[]): Generator<string, void, undefined> {
  yield csvStart;
  yield csvLine([
    ...[
      "Date (UTC)",
      `Local time (${localZone()})`,
      "Direction",
      "Kind",
      "Name",
      "Address",
      "Seconds",
      "Duration",
      "Missed",
      "Connected",
    ],
    ...["Service", "Country", "Location"],
  ]);
  for (const { at, direction, kind, name, addresses, duration, missed, connected, service, country, location } of calls)
    yield csvLine([
      ...[at, at && localTime(new Date(at)), direction, kind, name, addresses.join("; ")],
      ...[Math.round(duration), clockDuration(duration), missed ? "yes" : "no", connected ? "yes" : "no"],
      ...[service, country, location],
    ]);
}
