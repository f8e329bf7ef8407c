/** What the protocol layers tell a `--debug` file: one record per message. The writer redacts; see app/debug-trace.ts. */
import type { DeviceRoute } from "./media-source.ts";

export interface TraceRecord {
  readonly layer: DeviceRoute | "lockdown" | "afc" | "backup";
  /** Which connection, counted from 1: the same number for every layer that speaks on it, in both directions. */
  readonly connection: number;
  readonly direction: "sent" | "received" | "note";
  readonly message: unknown;
}
export type Trace = (record: TraceRecord) => void;

let connections = 0;
const numbers = new WeakMap<object, number>();

/** A number for the next traced connection. */
export function nextConnectionNumber(): number {
  connections += 1;
  return connections;
}

/** The number of the connection that a stream is, whoever speaks on it: usbmuxd first, then lockdownd or a service. */
export function connectionNumber(stream: object): number {
  const known = numbers.get(stream);
  if (known !== undefined) return known;
  const number = nextConnectionNumber();
  numbers.set(stream, number);
  return number;
}

/** A stream that another runs in, encrypted, is the same connection. */
export function noteSameConnection(outer: object, inner: object): void {
  numbers.set(outer, connectionNumber(inner));
}
