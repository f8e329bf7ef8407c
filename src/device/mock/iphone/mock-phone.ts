/** The state of one mock phone: identity, trust, lock, pairings, services, faults. The servers beside it speak for it. */

import { generateKeyPair, randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { promisify } from "node:util";
import { makeFolders } from "../../../shared/make-folders.ts";
import { appServices } from "../../iphone/apps/apps-format.ts";
import { DescribedMock } from "../described-mock.ts";
import { buildTree, type Fault, type FolderNode, type PhoneDescription } from "../described-phone.ts";
import { BackupState } from "./backup/backup-state.ts";

/** How the phone answers Pair. `pending` and `locked` with a number: so many times, then as if the owner had acted. */
export type TrustScript =
  | { readonly type: "immediate" }
  | { readonly type: "pending"; readonly polls: number }
  | { readonly type: "locked"; readonly polls: number }
  | { readonly type: "denied" };

/** What the phone keeps of a computer that it trusts. */
export interface Pairing {
  readonly hostId: string;
  readonly deviceCertificate: string;
  readonly hostCertificate: string;
  readonly rootCertificate: string;
}

const backupService = "com.apple.mobilebackup2";
const services: readonly string[] = [
  ...["com.apple.afc", backupService],
  ...["com.apple.mobile.notification_proxy", "com.apple.mobile.heartbeat"],
  ...Object.values(appServices),
];
const alwaysThere = ["/DCIM", "/Downloads", "/PhotoData"];

/** How its owner behaves, and what it remembers. */
export interface MockPhoneOptions {
  readonly trust?: TrustScript;
  /** Keeps key and pairings here, so that a restarted mock is the same phone. */
  readonly stateFolder?: string | undefined;
  /** Service ports are taken from this list in turn; ephemeral ones otherwise. */
  readonly servicePorts?: readonly number[];
}

/** One phone. Its owner acts through methods: trust, deny, lock, unlock, unplug, plug. */
export class MockPhone extends DescribedMock {
  readonly privateKey: string;
  /** PKCS#1 PEM, as lockdownd tells it. */
  readonly publicKey: string;
  readonly pairings = new Map<string, Pairing>();
  /** Streams to this phone; pulling the cable ends them all. */
  readonly streams = new Set<Duplex>();
  readonly services = new Map<number, { name: string; tls: boolean; pairing: Pairing }>();
  trust: TrustScript;
  locked: boolean;
  deviceId: number | undefined;
  /** Connections on which somebody answers its heartbeat, and how often anybody did. */
  heartbeats = 0;
  polos = 0;
  openHandles = 0;
  maxOpenHandlesSeen = 0;
  afcConnections = 0;
  /** What its backup service keeps. */
  readonly backup: BackupState;
  #stateFile: string | undefined;
  #servicePorts: readonly number[];
  #nextPort = 0;
  #polls = 0;
  /** Set by the daemon that shows this phone. */
  onDaemonRestart: (downMs: number) => void = () => {};

  private constructor(
    description: PhoneDescription,
    root: FolderNode,
    keys: { privateKey: string; publicKey: string },
    options: MockPhoneOptions,
    backup: BackupState,
  ) {
    super(description, root);
    this.backup = backup;
    this.privateKey = keys.privateKey;
    this.publicKey = keys.publicKey;
    this.trust = options.trust ?? { type: "immediate" };
    this.locked = this.trust.type === "locked";
    this.#servicePorts = options.servicePorts ?? [];
  }

  static async create(
    description: PhoneDescription,
    baseFolder: string,
    options: MockPhoneOptions = {},
  ): Promise<MockPhone> {
    const stateFile = options.stateFolder && join(options.stateFolder, `${description.udid}.json`);
    const stored = stateFile ? await readState(stateFile) : undefined;
    const keys = stored?.keys ?? (await makeKeys());
    const root = await buildTree(description, baseFolder, alwaysThere);
    const backup = await BackupState.create(description, { root, baseFolder, unplug: (ms) => phone.onUnplug(ms) });
    const phone: MockPhone = new MockPhone(description, root, keys, options, backup);
    if (stored?.backupPassword !== undefined) backup.password = stored.backupPassword ?? undefined;
    for (const pairing of stored?.pairings ?? []) phone.pairings.set(pairing.hostId, pairing);
    phone.#stateFile = stateFile;
    await phone.saveState();
    return phone;
  }

  /** Faults that concern the phone as a whole; true when this was one. */
  applyToPhone(action: Fault["do"], path: string | undefined): boolean {
    switch (action.type) {
      case "lock":
        this.locked = true;
        return true;
      case "unplug":
        this.onUnplug(action.replugMs);
        return true;
      case "daemonRestart":
        this.onDaemonRestart(action.downMs ?? 0);
        return true;
      default:
        return this.changeFile(action, path);
    }
  }

  /** The owner acts. */
  tapTrust(): void {
    this.trust = { type: "immediate" };
  }
  tapDontTrust(): void {
    this.trust = { type: "denied" };
  }
  unlock(): void {
    this.locked = false;
  }
  /** Settings > Reset Location & Privacy. */
  forgetPairings(): void {
    this.pairings.clear();
  }

  /** The answer to Pair under the trust script: an error string, or undefined for yes. */
  pairVerdict(): string | undefined {
    if (this.trust.type === "denied") return "UserDeniedPairing";
    if (this.trust.type === "immediate") return this.locked ? "PasswordProtected" : undefined;
    this.#polls += 1;
    if (this.#polls > this.trust.polls) {
      this.locked = false;
      return undefined;
    }
    return this.trust.type === "locked" ? "PasswordProtected" : "PairingDialogResponsePending";
  }

  /** Starts a service for the host that asks: the port it now listens on, or an error string. */
  startService(name: string, pairing: Pairing, hasEscrow = false): { port: number; tls: boolean } | string {
    if (!services.includes(name) || this.#lacks(name)) return "InvalidService";
    if (this.locked && !(hasEscrow && name === backupService)) return "PasswordProtected";
    const limit = this.description.afc?.maxConnections;
    if (name === "com.apple.afc" && limit !== undefined && this.afcConnections >= limit) return "ServiceLimit";
    const port =
      this.#servicePorts.length > 0
        ? (this.#servicePorts[this.#nextPort % this.#servicePorts.length] as number)
        : 49_152 + (this.#nextPort % 16_000);
    this.#nextPort += 1;
    const service = { name, tls: this.description.afc?.tls ?? true, pairing };
    this.services.set(port, service);
    return { port, tls: service.tls };
  }

  #lacks(service: string): boolean {
    const { isMissing, icons } = this.description.appService ?? {};
    return (
      (service === appServices.apps && isMissing === true) || (service === appServices.icons && icons === "missing")
    );
  }

  async saveState(): Promise<void> {
    if (!this.#stateFile) return;
    await makeFolders(join(this.#stateFile, ".."), 0o700);
    const keys = { privateKey: this.privateKey, publicKey: this.publicKey };
    const backupPassword = this.backup.password ?? null;
    const state: PhoneState = { keys, pairings: [...this.pairings.values()], backupPassword };
    await writeFile(this.#stateFile, JSON.stringify(state), { mode: 0o600 });
  }
}

interface PhoneState {
  readonly keys: { privateKey: string; publicKey: string };
  readonly pairings: Pairing[];
  /** Null where there is none; undefined as long as nobody changed what the description says. */
  readonly backupPassword?: string | null;
}

async function readState(file: string): Promise<PhoneState | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as PhoneState;
  } catch {
    return undefined; // a new phone
  }
}

async function makeKeys(): Promise<{ privateKey: string; publicKey: string }> {
  return await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** As lockdownd makes them: an upper-case UUID. */
export function newSessionId(): string {
  return randomUUID().toUpperCase();
}
