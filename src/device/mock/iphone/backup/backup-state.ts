/** What a mock phone keeps for its backup service between connections, and what its owner does. */
import { setTimeout as delay } from "node:timers/promises";
import type { PlistDict } from "../../../wire/plist.ts";
import type { BackupDescription, BackupFault } from "../../backup-description.ts";
import type { FolderNode } from "../../described-phone.ts";
import { BackupKeys, type Rounds } from "./backup-keys.ts";
import { BackupTree, describeTree, takeCameraRoll, usualEntries } from "./backup-tree.ts";
import { LinkOver, type PhoneLink } from "./phone-link.ts";

/** Phones take 10,000,000 and 10,000; a mock that nobody asked for that should not cost a minute a test. */
const quickRounds: Rounds = { outer: 10_000, inner: 10 };

interface Armed {
  readonly fault: BackupFault;
  seen: number;
  left: number;
}

/** The phone's way to end an operation. */
export class BackupFailure extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export class BackupState {
  readonly description: BackupDescription;
  readonly keys: BackupKeys;
  readonly tree = new BackupTree();
  /** Backups are encrypted with it; undefined where they are not. */
  password: string | undefined;
  /** The key bag of the password, made once. */
  keyBag: Buffer | undefined;
  /** Databases that this phone sent, by the backup's UUID. */
  readonly manifests = new Map<string, string>();
  readonly posted: string[] = [];
  readonly observers = new Set<(name: string) => void>();
  readonly lock: { owner: object | undefined } = { owner: undefined };
  /** What a host did that no phone expects. */
  readonly oddities: string[] = [];
  /** Statuses other than 0 that hosts gave, for tests that count. */
  readonly refusals: { readonly message: string; readonly code: number }[] = [];
  /** How operations ended: "Backup 0", "Restore 205". */
  readonly ended: string[] = [];
  /** What a script downloaded. */
  readonly taken = new Map<string, Buffer>();
  /** Apps that the last restore had it install, by their ids. */
  appsToInstall: PlistDict = {};
  cancelled = false;
  /** Sent in the place of a backup; what the description says, until it is changed. */
  script: BackupDescription["script"];
  /** How its owner answers the question for the passcode; undefined: there is none. */
  passcode: BackupDescription["passcode"];
  isFindMyOn: boolean;
  #armed: Armed[] = [];
  #unplug: (replugMs: number | undefined) => void;

  private constructor(udid: string, description: BackupDescription, unplug: (ms: number | undefined) => void) {
    this.description = description;
    this.keys = new BackupKeys(udid);
    this.password = description.password;
    this.script = description.script;
    this.passcode = description.passcode;
    this.isFindMyOn = description.findMy === true;
    this.#unplug = unplug;
    this.arm(description.faults ?? []);
  }

  static async create(
    { udid, backup = {} }: { readonly udid: string; readonly backup?: BackupDescription },
    { root, baseFolder, unplug }: { root: FolderNode; baseFolder: string; unplug: (ms: number | undefined) => void },
  ): Promise<BackupState> {
    const state = new BackupState(udid, backup, unplug);
    if (backup.cameraRoll !== false) takeCameraRoll(state.tree, root);
    await describeTree(state.tree, backup.entries ?? usualEntries, baseFolder);
    return state;
  }

  get rounds(): Rounds {
    return this.description.rounds ?? quickRounds;
  }

  /** The owner sets, changes or removes the password of backups. */
  setPassword(password: string | undefined): void {
    this.password = password;
    this.keyBag = undefined;
    this.notify("com.apple.mobile.backup.domain_changed");
  }

  /** The owner taps Cancel in the sync spinner. */
  cancel(): void {
    this.cancelled = true;
    this.notify("com.apple.itunes-client.syncCancelRequest");
  }

  notify(name: string): void {
    for (const relay of this.observers) relay(name);
  }

  arm(faults: readonly BackupFault[]): void {
    for (const fault of faults)
      this.#armed.push({ fault, seen: 0, left: fault.times === 0 ? Number.POSITIVE_INFINITY : (fault.times ?? 1) });
  }

  disarm(): void {
    this.#armed = [];
  }

  /** Before a message. @throws what ends the operation */
  async strike(link: PhoneLink, message: string): Promise<void> {
    const fault = this.#due(link, message);
    if (fault) await this.#act(link, fault);
    if (this.cancelled) throw new BackupFailure(1, "Cancelled by the user");
  }

  /** Between two frames of a file. @returns what the phone says where it cannot read on */
  async strikeFile(link: PhoneLink, deviceName: string): Promise<string | undefined> {
    const fault = this.#due(link, undefined, deviceName);
    if (fault?.type === "unreadable") return fault.text;
    if (fault) await this.#act(link, fault);
    return undefined;
  }

  #due(link: PhoneLink, message: string | undefined, deviceName = ""): BackupFault["do"] | undefined {
    for (const armed of this.#armed) {
      const { when } = armed.fault;
      if (armed.left <= 0) continue;
      // Between the frames of a file, and nowhere else.
      if (armed.fault.do.type === "unreadable" && message !== undefined) continue;
      if (when.message !== undefined && when.message !== message) continue;
      if (when.file !== undefined && !deviceName.endsWith(when.file)) continue;
      if (when.afterBytes === undefined ? message === undefined : link.bytesSent < when.afterBytes) continue;
      armed.seen += 1;
      if (armed.seen < (when.nth ?? 1)) continue;
      armed.left -= 1;
      return armed.fault.do;
    }
    return undefined;
  }

  async #act(link: PhoneLink, fault: BackupFault["do"]): Promise<void> {
    switch (fault.type) {
      case "disconnect":
        link.stream.destroy();
        throw new LinkOver("a fault");
      case "unplug":
        this.#unplug(fault.replugMs);
        throw new LinkOver("a fault");
      case "stall":
        if (fault.ms === undefined) await new Promise<void>((resolve) => link.stream.once("close", () => resolve()));
        else await delay(fault.ms);
        return;
      case "response":
        throw new BackupFailure(fault.code, fault.text);
      case "cancel":
        this.cancel();
        return;
      case "garbage":
        await link.write(Buffer.alloc(4096, 0xa7));
        throw new LinkOver("a fault");
      case "unreadable":
        return;
    }
  }
}
