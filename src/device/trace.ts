/** What the protocol layers tell a `--debug` file: one record per message. The writer redacts; see app/debug-trace.ts. */
export interface TraceRecord {
  readonly layer: "usbmux" | "lockdown" | "afc" | "mtp" | "adb" | "folder";
  /** Which connection of this layer, counted from 1. */
  readonly connection: number;
  readonly direction: "sent" | "received" | "note";
  readonly message: unknown;
}
export type Trace = (record: TraceRecord) => void;

let connections = 0;
/** A number for the next traced connection. */
export function nextConnectionNumber(): number {
  connections += 1;
  return connections;
}
