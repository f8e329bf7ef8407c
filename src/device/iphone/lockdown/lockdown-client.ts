/** lockdownd's requests, one method each. Source: libimobiledevice, src/lockdown.c. */
import type { Duplex } from "node:stream";
import type { AbortOptions } from "../../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import type { Trace } from "../../trace.ts";
import { isDict, type PlistDict, type PlistValue, plistField } from "../../wire/plist.ts";
import { connectTls, type TlsGeneration } from "./device-tls.ts";
import { LockdownConnection } from "./lockdown-connection.ts";
import { LockdownError } from "./lockdown-errors.ts";
import type { PairRecord } from "./pair-record.ts";

/** Where a started service listens. */
export interface ServiceDescriptor {
  readonly port: number;
  /** The service expects TLS before its first byte. Absent in the reply means no. */
  readonly tls: boolean;
}

/** The public half of a pairing, as `Pair` carries it. */
export interface PairRequest {
  readonly hostId: string;
  readonly systemBuid: string;
  readonly hostName: string;
  readonly deviceCertificate: string;
  readonly hostCertificate: string;
  readonly rootCertificate: string;
  readonly wifiAddress: string | undefined;
}

/**
 * One lockdown connection, before or in a session.
 * @throws {DeviceError} what lockdownd refuses; {ProtocolError}
 */
export class LockdownClient implements AsyncDisposable {
  readonly #connection: LockdownConnection;

  constructor(stream: Duplex, trace?: Trace) {
    this.#connection = new LockdownConnection(stream, trace);
  }

  /** `com.apple.mobile.lockdown` on a running phone; the liveness probe. */
  async queryType(options: AbortOptions = {}): Promise<string> {
    const reply = await this.#connection.request({ Request: "QueryType" }, options);
    return plistField.string(reply, "Type") ?? "";
  }

  /** One value; undefined when the phone has none or does not tell it in this state. */
  async getValue(key: string, domain?: string, options: AbortOptions = {}): Promise<PlistValue | undefined> {
    try {
      return (await this.#connection.request({ Request: "GetValue", Domain: domain, Key: key }, options))["Value"];
    } catch (error) {
      if (error instanceof LockdownError && ["MissingValue", "GetProhibited"].includes(error.lockdownError)) return;
      throw error;
    }
  }

  /** A whole domain, or the global one. Without a session phones tell a part of it. */
  async getValues(domain?: string, options: AbortOptions = {}): Promise<PlistDict> {
    const reply = await this.#connection.request({ Request: "GetValue", Domain: domain }, options);
    const value = reply["Value"];
    return isDict(value) ? value : {};
  }

  /**
   * Asks the phone to trust this computer; the phone shows its dialog. Re-sent unchanged until it answers.
   * @returns the escrow bag
   * @throws {LockdownError} PairingDialogResponsePending, PasswordProtected, UserDeniedPairing …
   */
  async pair(request: PairRequest, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    const reply = await this.#connection.request(
      {
        Request: "Pair",
        ProtocolVersion: "2",
        HostName: request.hostName,
        PairRecord: {
          DeviceCertificate: Buffer.from(request.deviceCertificate),
          HostCertificate: Buffer.from(request.hostCertificate),
          RootCertificate: Buffer.from(request.rootCertificate),
          HostID: request.hostId,
          SystemBUID: request.systemBuid,
          WiFiMACAddress: request.wifiAddress,
        },
        PairingOptions: { ExtendedPairingErrors: true },
      },
      options,
    );
    return plistField.data(reply, "EscrowBag");
  }

  /** Makes the phone forget this computer. */
  async unpair(record: PairRecord, options: AbortOptions = {}): Promise<void> {
    await this.#connection.request(
      {
        Request: "Unpair",
        ProtocolVersion: "2",
        PairRecord: {
          HostID: record.hostId,
          SystemBUID: record.systemBuid,
          DeviceCertificate: Buffer.from(record.deviceCertificate),
          HostCertificate: Buffer.from(record.hostCertificate),
          RootCertificate: Buffer.from(record.rootCertificate),
        },
      },
      options,
    );
  }

  /**
   * Begins a session and encrypts the connection when the phone asks for it.
   * @param first what is asked first in the session; nothing that matters when not given
   * @throws {LockdownError} InvalidHostID when the phone forgot us
   * @throws {DeviceError} `pairing-lost` when it closes in the TLS handshake instead
   */
  async startSession(
    record: PairRecord,
    generation: TlsGeneration,
    options: AbortOptions = {},
    first: () => Promise<unknown> = () => this.queryType(options),
  ): Promise<void> {
    const reply = await this.#connection.request(
      { Request: "StartSession", HostID: record.hostId, SystemBUID: record.systemBuid },
      options,
    );
    if (plistField.boolean(reply, "EnableSessionSSL"))
      await this.#connection.encrypt((plain) => connectTls(plain, record, generation, options));
    // TLS 1.3 lets the client finish before the phone has looked at our certificate: a refusal arrives as an end of
    // stream at the first read, so ask something at once.
    try {
      await first();
    } catch (error) {
      if (error instanceof DeviceError && error.code === "device-disconnected")
        throw new DeviceError("pairing-lost", "The phone closed the session: it no longer accepts this pairing.", {
          cause: error,
        });
      throw error;
    }
  }

  /** Starts a service; each start allows one connection, made soon. */
  async startService(name: string, escrowBag?: Uint8Array, options: AbortOptions = {}): Promise<ServiceDescriptor> {
    const reply = await this.#connection.request(
      { Request: "StartService", Service: name, EscrowBag: escrowBag },
      options,
    );
    const port = plistField.number(reply, "Port");
    if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65535)
      throw new ProtocolError(`StartService ${name} was answered with port ${String(port)}`);
    return { port, tls: plistField.boolean(reply, "EnableServiceSSL") ?? false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}
