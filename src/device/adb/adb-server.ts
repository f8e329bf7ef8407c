/**
 * A client of the adb server: which phones it has and in what state, and services on one of them. Never kills a server; starts one
 * at most once, where adb is installed and a phone waits for it. Source: AOSP, packages/modules/adb, SERVICES.TXT.
 */
import { execFile } from "node:child_process";
import net from "node:net";
import { promisify } from "node:util";
import type { AdbServerClient } from "@yume-chan/adb";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { DeviceError, ProtocolError, UsageError } from "../../shared/errors.ts";
import { findProgram } from "../../shared/program.ts";
import type { Trace } from "../trace.ts";
import { AdbConnection } from "./adb-connection.ts";
import { serviceError } from "./adb-errors.ts";
import { adbPort, encodeAdbText } from "./adb-format.ts";

/** Where an adb server listens. Another computer's may be named too. */
export interface AdbAddress {
  readonly host: string;
  readonly port: number;
}

/** "127.0.0.1:5037", "tcp:host:port" or a port alone. @throws {UsageError} */
export function parseAdbAddress(text: string | undefined): AdbAddress {
  if (text === undefined || text === "") return { host: "127.0.0.1", port: adbPort };
  const match = /^(?:tcp:)?(?:([^:]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 65_535)
    throw new UsageError("socket-address-invalid", `"${text}" is not an address of an adb server.`, {
      remedy: "Write HOST:PORT, or tcp:HOST:PORT as in ADB_SERVER_SOCKET.",
    });
  return { host: match[1] ?? "127.0.0.1", port };
}

/** One line of `adb devices -l`. */
export interface AdbDevice {
  readonly serial: string;
  /** `device`, `unauthorized`, `offline`, `authorizing`, `connecting`, `no permissions`, `recovery` … */
  readonly state: string;
  readonly model: string | undefined;
}

const states = [
  "device",
  "unauthorized",
  "offline",
  "authorizing",
  "connecting",
  "no permissions",
  "recovery",
  "sideload",
  "rescue",
  "bootloader",
  "host",
  "detached",
];

/** A serial may hold spaces ("(no serial number)"), and so may the words behind a state: the state's own word parts the line. */
export function parseAdbDevices(text: string): AdbDevice[] {
  return text.split("\n").flatMap((line) => {
    const match = new RegExp(`^(.+?)\\s+(${states.join("|")})(?:$|[\\s(;])(.*)$`).exec(line.trimEnd());
    if (!match) return [];
    return [
      {
        serial: match[1] as string,
        state: match[2] as string,
        model: /(?:^|\s)model:(\S+)/.exec(match[3] ?? "")?.[1]?.replaceAll("_", " "),
      },
    ];
  });
}

/** How long a service may be silent. */
export interface ServiceOptions extends AbortOptions {
  /** For what says nothing while it works. */
  readonly stallMs?: number | undefined;
}

const connectMs = 1_000;
/** The protocol's four digits allow no longer text. */
const maxTextBytes = 0xffff;

/** Each call opens a connection of its own, as the protocol wants it. */
export class AdbServer {
  readonly address: AdbAddress;
  readonly #stallMs: number;
  readonly #trace: Trace | undefined;
  /** Phones whose adbd has no `exec:`: Android 4 and older. */
  readonly withoutExec = new Set<string>();

  constructor(address: AdbAddress, options: { stallMs: number; trace?: Trace | undefined }) {
    this.address = address;
    this.#stallMs = options.stallMs;
    this.#trace = options.trace;
  }

  /** @throws {DeviceError} `adb-not-running`, `adb-refused` */
  async version(options: AbortOptions = {}): Promise<number> {
    const text = await this.#ask("host:version", options);
    const version = Number.parseInt(text, 16);
    if (!/^[0-9a-f]{4}$/i.test(text)) throw new ProtocolError(`the adb server's version is "${text.slice(0, 20)}"`);
    return version;
  }

  /** In every state; the library's own list leaves most of them out. @throws {DeviceError} */
  async devices(options: AbortOptions = {}): Promise<AdbDevice[]> {
    return parseAdbDevices(await this.#ask("host:devices-l", options));
  }

  /** The list anew at each change, until aborted or the server ends. @throws {DeviceError} */
  async *track({ signal }: AbortOptions): AsyncGenerator<AdbDevice[], void, undefined> {
    await using connection = await this.#request("host:track-devices-l", signal ? { signal } : {});
    try {
      for (;;) yield parseAdbDevices(await this.#text(connection));
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** Of server and phone both. */
  async features(serial: string, options: AbortOptions = {}): Promise<ReadonlySet<string>> {
    const [server, device] = await Promise.all([
      this.#ask("host:host-features", options),
      this.#ask(`host-serial:${serial}:features`, options),
    ]);
    const both = new Set(server.split(","));
    return new Set(device.split(",").filter((f) => both.has(f)));
  }

  /** A service on a phone; the connection is then the service's own. @throws {DeviceError} */
  async service(serial: string, service: string, options: ServiceOptions = {}): Promise<AdbConnection> {
    const connection = await this.#request(`host:transport:${serial}`, options);
    try {
      await this.#send(connection, service);
      await this.#okay(connection);
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #ask(request: string, options: AbortOptions): Promise<string> {
    await using connection = await this.#request(request, options);
    return await this.#text(connection);
  }

  async #request(request: string, { stallMs = this.#stallMs, signal }: ServiceOptions): Promise<AdbConnection> {
    throwIfAborted(signal);
    const connection = new AdbConnection(await this.#connect(signal), stallMs, signal);
    try {
      await this.#send(connection, request);
      await this.#okay(connection);
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #connect(signal: AbortSignal | undefined): Promise<AdbServerClient.ServerConnection> {
    const connecting = connectTo(this.address);
    try {
      return await unlessAborted(connecting, signal);
    } catch (error) {
      if (signal?.aborted) void connecting.then((late) => late.close()).catch(() => {});
      throw error;
    }
  }

  async #send(connection: AdbConnection, text: string): Promise<void> {
    if (Buffer.byteLength(text) > maxTextBytes) throw new DeviceError("adb-refused", "A request to adb is too long.");
    this.note(connection, "sent", { request: text.slice(0, 200) });
    await connection.write(encodeAdbText(text));
  }

  async #okay(connection: AdbConnection): Promise<void> {
    const status = (await connection.readExactly(4)).toString("latin1");
    this.note(connection, "received", { status });
    if (status === "OKAY") return;
    if (status === "FAIL") throw serviceError(await this.#text(connection));
    throw new ProtocolError(`an adb server does not answer with "${status.replaceAll(/[^ -~]/g, "?")}"`);
  }

  async #text(connection: AdbConnection): Promise<string> {
    const text = await readText(connection);
    this.note(connection, "received", { text: text.slice(0, 200), length: text.length });
    return text;
  }

  /** For `--debug`: what services say among themselves too. */
  note({ number }: AdbConnection, direction: "sent" | "received" | "note", message: unknown): void {
    this.#trace?.({ layer: "adb", connection: number, direction, message });
  }
}

/** @throws {DeviceError} `adb-not-running` */
async function connectTo(address: AdbAddress): Promise<AdbServerClient.ServerConnection> {
  const { host, port } = address;
  try {
    // Most computers run no adb server: the library is loaded where there is one.
    await probe(address);
    const { AdbServerNodeTcpConnector } = await import("@yume-chan/adb-server-node-tcp");
    return await new AdbServerNodeTcpConnector({ host, port }).connect();
  } catch (error) {
    throw new DeviceError("adb-not-running", `No adb server answers at ${host}:${port}.`, { cause: error });
  }
}

/** Whether anything answers there. @throws when nothing does, or not soon */
async function probe(address: AdbAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect({ ...address, timeout: connectMs });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(new Error("timed out")));
    socket.once("error", end);
  });
}

async function readText(connection: AdbConnection): Promise<string> {
  const digits = (await connection.readExactly(4)).toString("latin1");
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw new ProtocolError("a length of the adb server is no hex number");
  return (await connection.readExactly(Number.parseInt(digits, 16))).toString("utf8");
}

/** Starts adb's own server, as `adb devices` would. @throws {DeviceError} `adb-not-running` */
export async function startAdbServer(address: AdbAddress, { signal }: AbortOptions = {}): Promise<void> {
  const program = findProgram("adb");
  if (!program) throw new DeviceError("adb-not-running", "adb is not installed.");
  try {
    await promisify(execFile)(program, ["-P", String(address.port), "start-server"], {
      timeout: 15_000,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throwIfAborted(signal);
    throw new DeviceError("adb-not-running", "The server of adb did not start.", { cause: error });
  }
}
