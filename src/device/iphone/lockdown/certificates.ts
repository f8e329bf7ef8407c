/**
 * Keys and certificates for pairing: a root that signs a host and a device certificate, all with empty names.
 * Shapes: libimobiledevice, common/userpref.c (two RSA-2048 keys, X.509 v3, SHA-256, serial 1, ten years).
 * Loaded only when a phone is paired: the X.509 library is large.
 */
import "reflect-metadata"; // the X.509 library's injector needs it first
import { createPublicKey, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { ProtocolError } from "../../../shared/errors.ts";

/** What this computer shows a phone, as PEM texts. Private keys are secrets. */
export interface HostIdentity {
  readonly rootCertificate: string;
  readonly rootPrivateKey: string;
  readonly hostCertificate: string;
  readonly hostPrivateKey: string;
  /** Issues the certificate for a phone's own key, a PKCS#1 PEM as lockdownd tells it. */
  issueDeviceCertificate(devicePublicKey: Uint8Array): Promise<string>;
}

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const tenYearsMs = 3650 * 86_400_000;

/** @param now milliseconds since 1970; the certificates are valid from a day before, clocks being what they are */
export async function createHostIdentity(now: number): Promise<HostIdentity> {
  x509.cryptoProvider.set(webcrypto as never);
  const rootKeys = await generateKeys();
  const hostKeys = await generateKeys();
  const issue = async (publicKey: CryptoKeyLike, extensions: x509.Extension[]): Promise<string> => {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: "01",
      subject: "",
      issuer: "",
      notBefore: new Date(now - 86_400_000),
      notAfter: new Date(now + tenYearsMs),
      publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    });
    return pemText(certificate.toString("pem"));
  };
  const authority = (isCa: boolean) => new x509.BasicConstraintsExtension(isCa, undefined, true);
  const usage = () =>
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true);
  return {
    rootCertificate: await issue(rootKeys.publicKey, [authority(true)]),
    rootPrivateKey: await exportKey(rootKeys.privateKey),
    hostCertificate: await issue(hostKeys.publicKey, [authority(false), usage()]),
    hostPrivateKey: await exportKey(hostKeys.privateKey),
    async issueDeviceCertificate(devicePublicKey) {
      const publicKey = await importDeviceKey(devicePublicKey);
      const keyId = await x509.SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto as never);
      return await issue(publicKey, [authority(false), usage(), keyId]);
    },
  };
}

type CryptoKeyLike = Awaited<ReturnType<typeof generateKeys>>["publicKey"];

async function generateKeys() {
  return await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** lockdownd's DevicePublicKey is a PKCS#1 PEM, sometimes followed by NULs; WebCrypto wants SPKI. */
async function importDeviceKey(pem: Uint8Array): Promise<CryptoKeyLike> {
  try {
    const key = createPublicKey({ key: Buffer.from(pem).toString("latin1").replace(/\0+$/, "").trim(), format: "pem" });
    const spki = key.export({ type: "spki", format: "der" });
    return await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  } catch (error) {
    throw new ProtocolError("the phone's DevicePublicKey is not an RSA key", { cause: error });
  }
}

async function exportKey(key: CryptoKeyLike): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return pemText(x509.PemConverter.encode(der, "PRIVATE KEY"));
}

function pemText(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
