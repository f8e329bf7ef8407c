/**
 * `--debug FILE`: every protocol message in order, with keys, certificates, ids, names, MACs and coordinates replaced by stable
 * placeholders, so that the file can be attached to a bug report.
 */
import { createWriteStream, type WriteStream } from "node:fs";
import type { Trace } from "../device/index.ts";
import type { Host } from "./host.ts";
import { openOutputFile } from "./output-file.ts";

/** Keys whose values are private, and what the placeholder calls them. */
const privateKeys: Record<string, string> = {
  UniqueDeviceID: "udid",
  SerialNumber: "serial",
  PairRecordID: "udid",
  UniqueChipID: "ecid",
  DieID: "die",
  DeviceName: "name",
  HostName: "name",
  WiFiAddress: "mac",
  WiFiMACAddress: "mac",
  BluetoothAddress: "mac",
  EthernetAddress: "mac",
  HostID: "host-id",
  SystemBUID: "buid",
  BUID: "buid",
  SessionID: "session",
  PhoneNumber: "phone-number",
  InternationalMobileEquipmentIdentity: "imei",
  MobileEquipmentIdentifier: "meid",
  IntegratedCircuitCardIdentity: "iccid",
  MLBSerialNumber: "serial",
  BasebandSerialNumber: "serial",
};
const uuid = /[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}/gi;
const mac = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi;
const coordinates = /[+-]?\d{1,3}\.\d{3,}/g;

/** Replaces what tells on a person, the same thing always by the same placeholder, so that a trace still reads as a story. */
class Redactor {
  readonly #placeholders = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** A deep copy without secrets. Binary data becomes its length alone. */
  redact(value: unknown, key?: string): unknown {
    if (value instanceof Uint8Array) return `<${value.length} bytes>`;
    if (
      key !== undefined &&
      Object.hasOwn(privateKeys, key) &&
      (typeof value === "string" || typeof value === "bigint" || typeof value === "number")
    )
      return this.#placeholder(String(value), privateKeys[key] as string);
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "bigint") return value.toString();
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return value.map((v) => this.redact(v));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.redact(v, k)]));
    return value;
  }

  #text(text: string): string {
    let out = text;
    // What was once seen under a private key is hidden wherever it stands.
    for (const [secret, placeholder] of this.#placeholders)
      if (secret.length >= 4) out = out.replaceAll(secret, placeholder);
    return out
      .replace(/-----BEGIN [\s\S]*?-----END [^-]*-----/g, "<pem>")
      .replace(uuid, (id) => this.#placeholder(id, "uuid"))
      .replace(mac, (m) => this.#placeholder(m, "mac"))
      .replace(coordinates, "<number>");
  }

  #placeholder(secret: string, kind: string): string {
    let placeholder = this.#placeholders.get(secret);
    if (!placeholder) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      placeholder = `<${kind}-${count}>`;
      this.#placeholders.set(secret, placeholder);
    }
    return placeholder;
  }
}

/** Writes the trace line by line, redacted before it reaches the file. What the disk refuses is lost; the command goes on. */
export class DebugTrace {
  readonly #stream: WriteStream;
  readonly #redactor = new Redactor();
  readonly #context: Host;
  readonly #startedAt: number;

  /** @throws {UsageError} where the file cannot be written */
  constructor(file: string, context: Host) {
    this.#context = context;
    this.#startedAt = context.clock.now();
    const fd = openOutputFile(file, { flag: "--debug", cwd: context.cwd });
    this.#stream = createWriteStream("", { fd });
    this.#stream.on("error", () => {});
    this.#write({ layer: "offroll", message: { version: context.version, platform: context.platform } });
  }

  readonly record: Trace = ({ layer, connection, direction, message }) =>
    this.#write({ layer, connection, direction, message: this.#redactor.redact(message) });

  #write(record: object): void {
    this.#stream.write(`${JSON.stringify({ ms: this.#context.clock.now() - this.#startedAt, ...record })}\n`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#stream.end(resolve));
  }
}
