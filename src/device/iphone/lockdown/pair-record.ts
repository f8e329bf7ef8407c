/**
 * The pair record: what proves to a phone that its owner tapped Trust for this computer. A secret: never log it.
 * Source: libimobiledevice, common/userpref.c; pymobiledevice3, pair_records.py.
 */
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../wire/plist.ts";

/** One pairing. `raw` is the whole plist: what other programs wrote in it stays in it. */
export interface PairRecord {
  readonly hostId: string;
  readonly systemBuid: string;
  /** PEM texts. */
  readonly hostCertificate: string;
  readonly hostPrivateKey: string;
  readonly rootCertificate: string;
  readonly deviceCertificate: string;
  readonly escrowBag: Uint8Array | undefined;
  /** The whole plist as it was read: keys we do not know survive a rewrite. */
  readonly raw: PlistDict;
}

/** @throws {DeviceError} `pair-record-invalid` when it lacks what a session needs */
export function decodePairRecord(bytes: Uint8Array): PairRecord {
  let raw: PlistDict;
  try {
    raw = decodePlistDict(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new DeviceError("pair-record-invalid", "The stored pair record is not a property list.", { cause: error });
    throw error;
  }
  const text = (key: string): string => {
    const data = plistField.data(raw, key);
    const value = data ? Buffer.from(data).toString("latin1").replace(/\0+$/, "") : plistField.string(raw, key);
    if (!value) throw new DeviceError("pair-record-invalid", `The stored pair record has no ${key}.`);
    return value;
  };
  return {
    hostId: text("HostID"),
    systemBuid: plistField.string(raw, "SystemBUID") ?? "",
    hostCertificate: text("HostCertificate"),
    hostPrivateKey: text("HostPrivateKey"),
    rootCertificate: text("RootCertificate"),
    deviceCertificate: text("DeviceCertificate"),
    escrowBag: plistField.data(raw, "EscrowBag"),
    raw,
  };
}

/** As an XML plist, which every daemon takes. */
export function encodePairRecord(record: PairRecord): Buffer {
  return encodePlist(record.raw);
}
