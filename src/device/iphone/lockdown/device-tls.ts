/**
 * TLS as phones speak it: we are the client, show the host certificate, and pin the device certificate from pairing.
 * Chain checking cannot work (all names are empty, OpenSSL calls that self-signed), so the peer's certificate is compared
 * byte by byte. Source: libimobiledevice, src/idevice.c; pymobiledevice3, service_connection.py.
 */
import { constants, X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { type AbortOptions, abortReason, throwIfAborted } from "../../../shared/abort.ts";
import { DeviceError } from "../../../shared/errors.ts";
import { noteSameConnection } from "../../trace.ts";
import { destroyQuietly } from "../../wire/byte-stream.ts";
import type { PairRecord } from "./pair-record.ts";

const handshakeTimeoutMs = 15_000;

/** `legacy` is for iOS before 10 (TLS 1.0, no secure renegotiation); the phone's version decides. */
export type TlsGeneration = "modern" | "legacy";

/** iOS before 10 speaks TLS 1.0 with ciphers of its time; see `TlsGeneration`. */
export function tlsGenerationFor(iosVersion: string | undefined): TlsGeneration {
  const major = Number.parseInt(iosVersion ?? "", 10);
  return major > 0 && major < 10 ? "legacy" : "modern";
}

/**
 * Encrypts a stream on which the phone expects a ClientHello next.
 * @throws {DeviceError} `pairing-lost` when the phone closes in the handshake, `wrong-device` on another certificate,
 *   `tls-failed` otherwise. The plain stream is destroyed on any throw.
 */
export async function connectTls(
  plain: Duplex,
  record: PairRecord,
  generation: TlsGeneration,
  { signal }: AbortOptions = {},
): Promise<tls.TLSSocket> {
  if (signal?.aborted) plain.destroy();
  throwIfAborted(signal);
  const pinned = pinnedCertificate(record);
  const options: tls.ConnectionOptions = {
    socket: plain,
    cert: record.hostCertificate,
    key: record.hostPrivateKey,
    rejectUnauthorized: false, // replaced by the pin below
    checkServerIdentity: () => undefined,
    // Pair records of other programs may hold SHA-1 certificates, which the default level refuses.
    ciphers: "DEFAULT@SECLEVEL=0",
    minVersion: generation === "legacy" ? "TLSv1" : "TLSv1.2",
    ...(generation === "legacy" ? { secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT } : {}),
  };
  return await new Promise<tls.TLSSocket>((resolve, reject) => {
    let secure: tls.TLSSocket;
    try {
      secure = tls.connect(options);
      noteSameConnection(secure, plain);
    } catch (error) {
      reject(new DeviceError("pair-record-invalid", "The stored pair record holds no usable key.", { cause: error }));
      return;
    }
    const fail = (error: Error): void => {
      settle();
      destroyQuietly(secure);
      plain.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new DeviceError("tls-failed", "The phone did not finish the TLS handshake.", { retryable: true })),
      handshakeTimeoutMs,
    );
    const onAbort = (): void => fail(abortReason(signal as AbortSignal));
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const onError = (error: Error): void => fail(handshakeError(error));
    const onClose = (): void =>
      fail(new DeviceError("pairing-lost", "The phone closed the connection in the TLS handshake."));
    secure.once("error", onError);
    secure.once("close", onClose);
    secure.once("secureConnect", () => {
      if (!pinned.equals(secure.getPeerCertificate().raw ?? Buffer.alloc(0))) {
        fail(new DeviceError("wrong-device", "The phone showed a certificate that is not the one from pairing."));
        return;
      }
      settle();
      secure.off("error", onError).off("close", onClose);
      secure.on("error", () => {});
      resolve(secure);
    });
  });
}

function pinnedCertificate(record: PairRecord): Buffer {
  try {
    return new X509Certificate(record.deviceCertificate).raw;
  } catch (error) {
    throw new DeviceError("pair-record-invalid", "The stored pair record holds no readable device certificate.", {
      cause: error,
    });
  }
}

function handshakeError(error: NodeJS.ErrnoException): DeviceError {
  if (error.code === "ECONNRESET" || error.code === "EPIPE" || /alert/i.test(error.message))
    return new DeviceError("pairing-lost", "The phone refused the encrypted connection.", { cause: error });
  return new DeviceError("tls-failed", `The encrypted connection failed: ${error.message}.`, { cause: error });
}
