/** The phone's side of lockdown, pairing and the session's TLS. Source: libimobiledevice, src/lockdown.c. */

import { randomBytes, X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { systemClock } from "../../../shared/clock.ts";
import { readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, type PlistValue, plistField } from "../../wire/plist.ts";
import { type MockPhone, newSessionId, type Pairing } from "./mock-phone.ts";

/** Serves one connection until it ends, through pairing and into TLS. */
export async function serveLockdown(phone: MockPhone, stream: Duplex): Promise<void> {
  await new LockdownSession(phone, stream).serve();
}

class LockdownSession {
  readonly #phone: MockPhone;
  #stream: Duplex;
  #session: { id: string; pairing: Pairing } | undefined;

  constructor(phone: MockPhone, stream: Duplex) {
    this.#phone = phone;
    this.#stream = stream;
  }

  async serve(): Promise<void> {
    for (;;) {
      const length = (await readExact(this.#stream, 4)).readUInt32BE(0);
      if (length === 0 || length > 1024 * 1024) break;
      const request = decodePlistDict(await readExact(this.#stream, length));
      const name = plistField.string(request, "Request") ?? "";
      this.#phone.count(`lockdown:${name}`);
      const reply = await this.#answer(name, request);
      this.#send({ Request: name, ...reply });
      if (name === "StartSession" && reply["EnableSessionSSL"] === true) {
        const secure = await acceptTls(this.#phone, this.#stream, this.#session?.pairing);
        if (!secure) break;
        this.#stream = secure;
      }
    }
    this.#stream.destroy();
  }

  async #answer(name: string, request: PlistDict): Promise<PlistDict> {
    switch (name) {
      case "QueryType":
        return { Type: "com.apple.mobile.lockdown" };
      case "GetValue":
        return this.#getValue(request);
      case "Pair":
        return await this.#pair(request);
      case "ValidatePair":
        return this.#known(plistField.dict(request, "PairRecord")) ? {} : { Error: "InvalidHostID" };
      case "Unpair":
        return await this.#unpair(request);
      case "StartSession":
        return this.#startSession(request);
      case "StopSession":
        this.#session = undefined;
        return {};
      case "StartService":
        return this.#startService(request);
      case "SetValue":
      case "RemoveValue":
        return { Error: "SetProhibited" };
      default:
        return { Error: "InvalidRequest" };
    }
  }

  #getValue(request: PlistDict): PlistDict {
    const domain = plistField.string(request, "Domain");
    const key = plistField.string(request, "Key");
    const values = domain === undefined ? this.#globalValues() : this.#domainValues(domain);
    const echo = { Domain: domain, Key: key };
    if (key === undefined) return { ...echo, Value: values };
    const value = values[key];
    return value === undefined ? { ...echo, Error: "MissingValue" } : { ...echo, Value: value };
  }

  #globalValues(): Record<string, PlistValue> {
    const d = this.#phone.description;
    const open: Record<string, PlistValue> = {
      DeviceName: d.name,
      DeviceClass: d.productType.replace(/\d.*$/, ""),
      ProductType: d.productType,
      ProductVersion: d.productVersion,
      BuildVersion: d.buildVersion,
      UniqueDeviceID: d.udid,
      UniqueChipID: 9_007_199_254_740_993n,
      HardwareModel: "D73AP",
      CPUArchitecture: "arm64e",
      DevicePublicKey: Buffer.from(this.#phone.publicKey),
      WiFiAddress: d.wifiAddress,
      PasswordProtected: this.#phone.locked,
      ProtocolVersion: "2",
      ActivationState: "Activated",
      TrustedHostAttached: this.#phone.pairings.size > 0,
    };
    if (!this.#session) return open;
    return {
      ...open,
      SerialNumber: d.serialNumber,
      TimeZone: d.timeZone,
      TimeZoneOffsetFromUTC: d.timeZoneOffsetSeconds,
      ...(d.clockAheadSeconds === null
        ? {}
        : { TimeIntervalSince1970: systemClock.now() / 1000 + (d.clockAheadSeconds ?? 0) }),
      ModelNumber: "MQ0G3",
      RegionInfo: "LL/A",
    };
  }

  #domainValues(domain: string): Record<string, PlistValue> {
    if (!this.#session) return {};
    if (domain === "com.apple.mobile.backup") return { WillEncrypt: this.#phone.backup.password !== undefined };
    if (domain === "com.apple.fmip") return { IsAssociated: this.#phone.backup.isFindMyOn };
    const { totalBytes, freeBytes, batteryPercent = 80, charging = true } = this.#phone.description;
    if (domain === "com.apple.mobile.battery" && batteryPercent !== null)
      return { BatteryCurrentCapacity: batteryPercent, BatteryIsCharging: charging, ExternalConnected: true };
    if (domain !== "com.apple.disk_usage") return {};
    return { TotalDiskCapacity: totalBytes, TotalDataCapacity: totalBytes, TotalDataAvailable: freeBytes };
  }

  async #pair(request: PlistDict): Promise<PlistDict> {
    const record = plistField.dict(request, "PairRecord");
    const hostId = record && plistField.string(record, "HostID");
    const pem = (key: string): string => Buffer.from((record && plistField.data(record, key)) ?? []).toString("latin1");
    if (!record || !hostId || !isCertificate(pem("HostCertificate")) || !isCertificate(pem("DeviceCertificate")))
      return { Error: "InvalidPairRecord" };
    const refusal = this.#phone.pairVerdict();
    if (refusal) return { Error: refusal };
    this.#phone.pairings.set(hostId, {
      hostId,
      deviceCertificate: pem("DeviceCertificate"),
      hostCertificate: pem("HostCertificate"),
      rootCertificate: pem("RootCertificate"),
    });
    await this.#phone.saveState();
    return { EscrowBag: randomBytes(32) };
  }

  async #unpair(request: PlistDict): Promise<PlistDict> {
    const pairing = this.#known(plistField.dict(request, "PairRecord"));
    if (!pairing) return { Error: "InvalidHostID" };
    this.#phone.pairings.delete(pairing.hostId);
    await this.#phone.saveState();
    return {};
  }

  #known(record: PlistDict | undefined): Pairing | undefined {
    return this.#phone.pairings.get((record && plistField.string(record, "HostID")) ?? "");
  }

  #startSession(request: PlistDict): PlistDict {
    if (this.#session) return { Error: "SessionActive" };
    const pairing = this.#known(request);
    if (!pairing) return { Error: "InvalidHostID" };
    this.#session = { id: newSessionId(), pairing };
    return { SessionID: this.#session.id, EnableSessionSSL: true };
  }

  #startService(request: PlistDict): PlistDict {
    if (!this.#session) return { Error: "SessionInactive" };
    const name = plistField.string(request, "Service") ?? "";
    this.#phone.strike({ operation: "startService" });
    const service = this.#phone.startService(
      name,
      this.#session.pairing,
      plistField.data(request, "EscrowBag") !== undefined,
    );
    if (typeof service === "string") return { Error: service };
    return { Service: name, Port: service.port, ...(service.tls ? { EnableServiceSSL: true } : {}) };
  }

  #send(message: PlistDict): void {
    const body = encodePlist(message);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(body.length);
    this.#stream.write(Buffer.concat([prefix, body]));
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/**
 * The phone as TLS server: shows the certificate that the host issued for its key, and wants the host's or root's in return.
 * @param pairing of the session, or of the session that started the service
 */
export async function acceptTls(
  phone: MockPhone,
  stream: Duplex,
  pairing: Pairing | undefined,
): Promise<Duplex | undefined> {
  if (!pairing) {
    stream.destroy();
    return undefined;
  }
  const secure = new tls.TLSSocket(stream as never, {
    isServer: true,
    secureContext: tls.createSecureContext({
      cert: pairing.deviceCertificate,
      key: phone.privateKey,
      ca: [pairing.rootCertificate],
      ciphers: "ALL:!aNULL:!eNULL:@SECLEVEL=0",
      minVersion: "TLSv1",
      maxVersion: phone.description.afc?.tlsVersion ?? "TLSv1.3",
    }),
    requestCert: true,
    rejectUnauthorized: false,
  });
  secure.on("error", () => {});
  const ok = await new Promise<boolean>((resolve) => {
    secure.once("secure", () => resolve(true));
    secure.once("close", () => resolve(false));
  });
  const peer = ok ? secure.getPeerCertificate(true).raw : undefined;
  const theirs = [pairing.hostCertificate, pairing.rootCertificate];
  const accepted = theirs.some((pem) => peer && new X509Certificate(pem).raw.equals(peer));
  if (accepted) return secure;
  secure.destroy();
  return undefined;
}
