/**
 * Drives a phone from "never seen" to "trusted". Keys are made while the dialog comes up; the identical Pair is re-sent each
 * second, because changed certificates would restart the dialog; the stored record is re-read meanwhile, because usbmuxd
 * pairs by itself on Linux and may be the one the person answers.
 */
import { randomUUID } from "node:crypto";
import type { AbortOptions } from "../../../shared/abort.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AppError, DeviceError } from "../../../shared/errors.ts";
import type { TrustState } from "../../device-route.ts";
import { type PlistDict, plistField } from "../../wire/plist.ts";
import type { LockdownClient, PairRequest } from "./lockdown-client.ts";
import { LockdownError } from "./lockdown-errors.ts";
import { decodePairRecord, encodePairRecord, type PairRecord } from "./pair-record.ts";
import { type TrustEvent, type TrustMove, trustTransition } from "./trust.ts";

const resendMs = 1_000;
/** iPhone 17 Pro with iOS 26 shows its dialog after 20-30 s (usbmuxd#281), and people look for their phone first. */
const defaultTimeoutMs = 150_000;

/** What pairing needs of the world around it. */
export interface PairingPorts {
  /** A fresh lockdown connection without a session. */
  openLockdown(options: AbortOptions): Promise<LockdownClient>;
  /** True when the phone accepts the record: a session was begun with it. */
  acceptsRecord(record: PairRecord, options: AbortOptions): Promise<boolean>;
  readRecords(options: AbortOptions): Promise<PairRecord[]>;
  saveRecord(record: PairRecord, options: AbortOptions): Promise<void>;
  readBuid(options: AbortOptions): Promise<string>;
}

/** How long the phone's owner has, and who is told where it stands. */
export interface PairingOptions extends AbortOptions {
  readonly clock: Clock;
  readonly hostName: string;
  readonly timeoutMs?: number | undefined;
  /** Called at each change of state. */
  readonly onState?: ((state: TrustState) => void) | undefined;
}

/**
 * The record the phone accepts: an existing one where it still works, else a new one after the owner tapped Trust.
 * @throws {DeviceError} `trust-denied`, `trust-timeout`, `pairing-prohibited`, `pairing-refused`, `device-disconnected`
 */
export async function establishTrust(ports: PairingPorts, options: PairingOptions): Promise<PairRecord> {
  const stored = await firstAccepted(ports, options);
  if (stored.record) return stored.record;
  return await new Pairing(ports, options).run(stored.any ? "record-refused" : "record-missing");
}

async function firstAccepted(
  ports: PairingPorts,
  options: AbortOptions,
): Promise<{ record: PairRecord | undefined; any: boolean }> {
  const records = await ports.readRecords(options);
  for (const record of records) if (await ports.acceptsRecord(record, options)) return { record, any: true };
  return { record: undefined, any: records.length > 0 };
}

class Pairing {
  readonly #ports: PairingPorts;
  readonly #options: PairingOptions;
  #state: TrustState = "no-record";
  #tried = new Set<string>();

  constructor(ports: PairingPorts, options: PairingOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async run(start: "record-missing" | "record-refused"): Promise<PairRecord> {
    const { clock, timeoutMs = defaultTimeoutMs } = this.#options;
    const deadline = clock.now() + timeoutMs;
    this.#step({ type: start });
    for (const record of await this.#ports.readRecords(this.#options)) this.#tried.add(record.hostId);
    const draft = await this.#draft();
    let lastError: AppError | undefined;
    for (;;) {
      const event = await this.#sendPair(draft);
      if (event.error) lastError = event.error;
      const step = this.#step(event);
      if (step.action === "done") {
        const record = event.record as PairRecord;
        await this.#ports.saveRecord(record, this.#options);
        return record;
      }
      if (step.action === "stop") throw stopError(step.state, lastError);
      const foreign = await this.#recordOfAnotherProgram();
      if (foreign) {
        this.#step({ type: "record-accepted" });
        return foreign;
      }
      if (clock.now() >= deadline) throw stopError(this.#step({ type: "deadline" }).state, lastError);
      await clock.sleep(resendMs, this.#options);
    }
  }

  /** A record that appeared since we looked, made by usbmuxd or another program, and that the phone accepts. */
  async #recordOfAnotherProgram(): Promise<PairRecord | undefined> {
    for (const record of await this.#ports.readRecords(this.#options)) {
      if (this.#tried.has(record.hostId)) continue;
      this.#tried.add(record.hostId);
      if (await this.#ports.acceptsRecord(record, this.#options)) return record;
    }
    return undefined;
  }

  async #draft(): Promise<Draft> {
    // The keys take as long as the phone needs to answer two questions: do both at once.
    const keys = import("./certificates.ts").then((m) => m.createHostIdentity(this.#options.clock.now()));
    keys.catch(() => {});
    const systemBuid = await this.#ports.readBuid(this.#options);
    await using lockdown = await this.#ports.openLockdown(this.#options);
    const values: PlistDict = await lockdown.getValues(undefined, this.#options);
    const devicePublicKey =
      plistField.data(values, "DevicePublicKey") ??
      (await lockdown.getValue("DevicePublicKey", undefined, this.#options));
    if (!(devicePublicKey instanceof Uint8Array))
      throw new DeviceError("device-refused", "The phone did not tell its public key, which pairing needs.");
    const identity = await keys;
    return {
      hostId: randomUUID().toUpperCase(),
      systemBuid,
      hostName: this.#options.hostName,
      deviceCertificate: await identity.issueDeviceCertificate(devicePublicKey),
      hostCertificate: identity.hostCertificate,
      rootCertificate: identity.rootCertificate,
      hostPrivateKey: identity.hostPrivateKey,
      rootPrivateKey: identity.rootPrivateKey,
      wifiAddress: plistField.string(values, "WiFiAddress"),
    };
  }

  async #sendPair(draft: Draft): Promise<TrustEvent & { record?: PairRecord; error?: AppError }> {
    try {
      await using lockdown = await this.#ports.openLockdown(this.#options);
      const escrowBag = await lockdown.pair(draft, this.#options);
      return { type: "pair-accepted", record: recordFrom(draft, escrowBag) };
    } catch (error) {
      if (error instanceof LockdownError) return { type: "pair-error", lockdownError: error.lockdownError, error };
      // A phone that really left is noticed by openLockdown at the next turn, with `device-disconnected` from the daemon.
      if (error instanceof AppError && error.code === "device-disconnected" && this.#losses < 5) {
        this.#losses += 1;
        return { type: "connection-lost", error };
      }
      throw error;
    }
  }
  #losses = 0;

  #step(event: TrustEvent): TrustMove {
    const step = trustTransition(this.#state, event);
    if (step.state !== this.#state || event.type === "record-missing") this.#options.onState?.(step.state);
    this.#state = step.state;
    return step;
  }
}

/** What is sent, and the private halves that stay here. */
interface Draft extends PairRequest {
  readonly hostPrivateKey: string;
  readonly rootPrivateKey: string;
}

function recordFrom(draft: Draft, escrowBag: Uint8Array | undefined): PairRecord {
  const pem = (text: string): Buffer => Buffer.from(text);
  const raw: PlistDict = {
    DeviceCertificate: pem(draft.deviceCertificate),
    HostCertificate: pem(draft.hostCertificate),
    HostPrivateKey: pem(draft.hostPrivateKey),
    RootCertificate: pem(draft.rootCertificate),
    RootPrivateKey: pem(draft.rootPrivateKey),
    HostID: draft.hostId,
    SystemBUID: draft.systemBuid,
    EscrowBag: escrowBag,
    WiFiMACAddress: draft.wifiAddress,
  };
  return decodePairRecord(encodePairRecord({ ...draft, escrowBag, raw }));
}

function stopError(state: TrustState, cause: AppError | undefined): DeviceError {
  if (state === "denied") return new DeviceError("trust-denied", "Don't Trust was tapped on the phone.", { cause });
  if (state === "timed-out")
    return new DeviceError(
      cause?.code === "device-locked" ? "device-locked" : "trust-timeout",
      cause?.code === "device-locked"
        ? "The phone stayed locked, so it could not ask whether to trust this computer."
        : "The phone's Trust question was not answered in time.",
      { cause },
    );
  if (cause instanceof DeviceError && cause.code !== "device-refused") return cause;
  return new DeviceError("pairing-refused", cause?.message ?? "The phone refused to pair.", { cause });
}
