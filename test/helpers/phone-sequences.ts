/**
 * Whatever happens to a phone and to its backups, in any order: the phone's tree changes, it is backed up, a backup breaks off, the
 * password comes, changes and goes, it is restored. After each step the last good backup is whole and holds every entry as the phone
 * had it, and a restored phone is what was backed up. What happens comes from a seed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../../fixtures/make/random.ts";
import type { IPhone } from "../../src/device/iphone/index.ts";
import { bufferContent, generatedContent } from "../../src/device/mock/described-phone.ts";
import {
  backUpPhone,
  changeBackupPassword,
  findBackup,
  openBackup,
  restorePhone,
  settleWork,
  verifyBackup,
} from "../../src/phone-backup/index.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AppError } from "../../src/shared/errors.ts";
import {
  type BackupPhone,
  clientOf,
  diskSnapshot,
  sameTree,
  snapshotOf,
  startBackupPhone,
  type TreeSnapshot,
} from "./backup-phone.ts";

/** Ends a backup in a way that only a process of its own can. @returns what it was, for whoever reads of a failure */
export type Kill = (dir: string, random: () => number) => Promise<string>;

/** How often what happened. */
export interface SequenceCounts {
  backups: number;
  broken: number;
  restores: number;
  passwords: number;
}

const domains = [
  ...[
    "HomeDomain",
    "MediaDomain",
    "CameraRollDomain",
    "AppDomain-org.example.notes",
    "AppDomainGroup-group.org.example",
  ],
  ...["SysSharedContainerDomain-systemgroup.org.example", "WirelessDomain"],
];
const secretDomains = ["KeychainDomain", "HealthDomain"];
const sizes = [0, 1, 15, 16, 17, 255, 4095, 4096, 32_767, 32_768, 32_769, 70_001];
const oddParts = [
  ...[
    "Grüße 😀",
    "Gru\u0308\u00dfe",
    "two\nlines",
    "back\\slash",
    "a:b",
    "..hidden",
    ".",
    "..",
    " leading",
    "trailing. ",
  ],
  ...[
    "CON",
    "\u001b[31mred",
    "%2e%2e",
    "'quoted'",
    '"double"',
    "x".repeat(255),
    "-rf",
    "\u202egnp.exe",
    "名前",
    "A",
    "a",
  ],
];
const passwords = ["geheim ü", "p", "日本語のパスワード", " with spaces ", "x".repeat(200)];
/** Messages at which a backup may break off. */
const breaks = [
  ...["DLMessageUploadFiles", "DLMessageMoveItems", "DLMessageRemoveItems", "DLMessageDownloadFiles"],
  ...["DLContentsOfDirectory", "DLMessageGetFreeDiskSpace", "DLMessageCreateDirectory"],
];

/** What a good backup has to hold. */
interface Good {
  readonly disk: ReadonlyMap<string, string>;
  readonly tree: TreeSnapshot;
  readonly password: string | undefined;
}

/** One phone at one socket, for any number of sequences. */
export class PhoneSequences implements AsyncDisposable {
  readonly #folder: string;
  readonly #mock: BackupPhone;
  readonly #client: IPhone;
  readonly counts: SequenceCounts = { backups: 0, broken: 0, restores: 0, passwords: 0 };
  readonly mock: BackupPhone;

  private constructor(folder: string, mock: BackupPhone, client: IPhone) {
    this.#folder = folder;
    this.#mock = mock;
    this.mock = mock;
    this.#client = client;
  }

  static async start(folder: string): Promise<PhoneSequences> {
    const description = {
      entries: [],
      cameraRoll: false,
      rounds: { outer: 20, inner: 5 },
      frameBytes: [1, 32_768, 5000],
      batchBytes: 60_000,
      rebootMs: 5,
    };
    const mock = await startBackupPhone(folder, description, { phone: { files: [], afc: { tls: false } } });
    return new PhoneSequences(folder, mock, await clientOf(mock, folder));
  }

  /** @returns what did not hold, step by step; empty where all did */
  async run(seed: number, steps: number, kill?: Kill): Promise<string[]> {
    const dir = join(this.#folder, `phones-${seed}`);
    mkdirSync(dir);
    const { backup } = this.#mock.phone;
    backup.tree.entries.clear();
    backup.manifests.clear();
    if (backup.password !== undefined) backup.setPassword(undefined);
    try {
      return await new Sequence(this.#mock, this.#client, { dir, seed, kill, counts: this.counts }).run(steps);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mock[Symbol.asyncDispose]();
  }
}

interface SequenceParts {
  readonly dir: string;
  readonly seed: number;
  readonly kill: Kill | undefined;
  readonly counts: SequenceCounts;
}

class Sequence {
  readonly #mock: BackupPhone;
  readonly #client: IPhone;
  readonly #parts: SequenceParts;
  readonly #random: () => number;
  readonly #happened: string[] = [];
  readonly #problems: string[] = [];
  #good: Good | undefined;
  #turn = 0;

  constructor(mock: BackupPhone, client: IPhone, parts: SequenceParts) {
    this.#mock = mock;
    this.#client = client;
    this.#parts = parts;
    this.#random = randomFrom(parts.seed);
  }

  async run(steps: number): Promise<string[]> {
    this.#change(12);
    for (let i = 0; i < steps && this.#problems.length === 0; i += 1) await this.#step();
    if (this.#problems.length === 0) await this.#backUp();
    if (this.#problems.length === 0) await this.#restore();
    return this.#problems.map((problem) => `${problem} (seed ${this.#parts.seed}: ${this.#happened.join(", ")})`);
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    this.#change(1 + this.#below(6));
    if (dice < 0.35) await this.#backUp();
    else if (dice < 0.7) await this.#broken();
    else if (dice < 0.85) await this.#changePassword();
    else if (this.#good) await this.#restore();
  }

  // What a phone's owner does.

  #change(times: number): void {
    for (let i = 0; i < times; i += 1) {
      this.#turn += 1;
      const dice = this.#random();
      if (dice < 0.5) this.#put();
      else if (dice < 0.65) this.#remove();
      else if (dice < 0.8) this.#rename();
      else if (dice < 0.9) this.#link();
      else if (dice < 0.95) this.#folder();
      else this.#dropDomain();
    }
  }

  #put(): void {
    const isSecret = this.#random() < 0.15;
    const size = this.#pick(sizes);
    // What is there already is as likely as what is new, of whatever kind it was.
    const there = this.#random() < 0.4 ? this.#any() : undefined;
    const content = size < 20 ? bufferContent(Buffer.alloc(size, this.#turn)) : generatedContent(size, this.#turn);
    this.#tree.put({
      domain: there?.domain ?? this.#pick(isSecret ? secretDomains : domains),
      path: there?.path ?? this.#path(),
      kind: "file",
      mode: 0o100000 | this.#pick([0o644, 0o600, 0o444, 0o755]),
      content,
      modified: 1_600_000_000 + this.#turn,
      born: 1_500_000_000,
      protectionClass: 1 + this.#below(4),
      onlyEncrypted: there?.onlyEncrypted ?? isSecret,
      ...(this.#random() < 0.2
        ? { attributes: new Map([["com.apple.assetsd.favorite", Buffer.from([this.#turn % 256])]]) }
        : {}),
    });
  }

  #link(): void {
    const target = this.#pick(["/var/mobile/Library", "../..", "", "/etc/passwd", "x".repeat(900)]);
    this.#bare("link", 0o120755, { target });
  }

  #folder(): void {
    this.#bare("folder", 0o040755, {});
  }

  #bare(kind: "link" | "folder", mode: number, more: { readonly target?: string }): void {
    const there = this.#random() < 0.3 ? this.#any() : undefined;
    this.#tree.put({
      ...{ kind, mode, domain: there?.domain ?? this.#pick(domains), path: there?.path ?? this.#path() },
      content: bufferContent(Buffer.alloc(0)),
      ...{ modified: 1_600_000_000 + this.#turn, born: 1_500_000_000, protectionClass: 0 },
      onlyEncrypted: there?.onlyEncrypted ?? false,
      ...more,
    });
  }

  #remove(): void {
    const entry = this.#any();
    if (entry) this.#tree.remove(entry.domain, entry.path);
  }

  /** Within its domain, or into another. */
  #rename(): void {
    const entry = this.#any();
    if (!entry) return;
    this.#tree.remove(entry.domain, entry.path);
    const domain = entry.onlyEncrypted || this.#random() < 0.5 ? entry.domain : this.#pick(domains);
    this.#tree.put({ ...entry, domain, path: this.#path() });
  }

  #dropDomain(): void {
    const gone = this.#pick(domains);
    for (const { domain, path } of [...this.#tree.entries.values()])
      if (domain === gone) this.#tree.remove(domain, path);
  }

  // What its computer does.

  async #backUp(): Promise<void> {
    this.#happened.push("backup");
    this.#mock.phone.backup.disarm();
    try {
      await this.#begin({});
    } catch (error) {
      this.#problems.push(`a backup that nobody disturbed: ${String(error)}`);
      return;
    }
    this.#parts.counts.backups += 1;
    await this.#noteGood();
  }

  async #begin({ signal }: { readonly signal?: AbortSignal }): Promise<void> {
    await backUpPhone(this.#client, {
      ...{ dir: this.#parts.dir, mustEncrypt: false, pid: process.pid, host: "test-host", clock: systemClock },
      isFull: this.#random() < 0.15,
      keep: this.#pick([0, 0, 1, 2]),
      ...(signal && { signal }),
      onEvent: () => {},
    });
  }

  /** Cable, response, cancel on the phone, an unreadable file, this side, or a kill: then the last good one is there, or the new one. */
  async #broken(): Promise<void> {
    this.#parts.counts.broken += 1;
    const { kill, dir } = this.#parts;
    if (kill && this.#random() < 0.6) this.#happened.push(await kill(dir, this.#random));
    else this.#happened.push(await this.#disturbed());
    this.#mock.phone.backup.disarm();
    while (this.#mock.phone.deviceId === undefined) await new Promise((done) => setTimeout(done, 2));
    await this.#client.relocate();
    await settleWork(dir, "test-host");
    await this.#stillGood();
  }

  async #disturbed(): Promise<string> {
    const { backup } = this.#mock.phone;
    const message = this.#pick(breaks);
    const controller = new AbortController();
    const when = this.#random() < 0.3 ? { afterBytes: this.#below(60_000) } : { message, nth: 1 + this.#below(3) };
    const fault = this.#pick([
      { type: "unplug", replugMs: 1 },
      { type: "disconnect" },
      { type: "response", code: 104, text: "Multiple errors" },
      { type: "cancel" },
      { type: "garbage" },
      { type: "unreadable", text: "Input/output error (5)" },
    ] as const);
    backup.arm([{ when, do: fault }]);
    const isAborted = this.#random() < 0.2;
    if (isAborted) setTimeout(() => controller.abort(), this.#below(150));
    const what = `${isAborted ? "aborted or " : ""}${fault.type} at ${"message" in when ? `${message} ${when.nth}` : `byte ${when.afterBytes}`}`;
    try {
      await this.#begin({ signal: controller.signal });
      return `not disturbed by ${what}`;
    } catch (error) {
      if (!(error instanceof AppError))
        this.#problems.push(`${what}: not an error of ours: ${String((error as Error).stack)}`);
      return what;
    }
  }

  /** @throws nothing: what does not hold is noted */
  async #stillGood(): Promise<void> {
    const place = join(this.#parts.dir, this.#mock.udid);
    if (!existsSync(place)) {
      if (this.#good) this.#problems.push("the last good backup is gone");
      return;
    }
    if (this.#good && isSame(diskSnapshot(place), this.#good.disk)) return;
    // It came to its end before it was disturbed.
    await this.#noteGood();
  }

  async #changePassword(): Promise<void> {
    const old = this.#mock.phone.backup.password;
    const next = this.#random() < 0.3 ? undefined : this.#pick(passwords);
    if (old === next) return;
    this.#parts.counts.passwords += 1;
    this.#happened.push(next === undefined ? "password off" : old === undefined ? "password on" : "password changed");
    await changeBackupPassword(this.#client, { old, next }, { clock: systemClock, onEvent: () => {} });
  }

  async #restore(): Promise<void> {
    const good = this.#good as Good;
    this.#happened.push("restore");
    this.#parts.counts.restores += 1;
    this.#change(5);
    const backup = await findBackup(join(this.#parts.dir, this.#mock.udid), "/");
    await restorePhone(this.#client, backup, {
      ...{ password: good.password, withSystem: true, withSettings: true, reboots: false, pid: process.pid },
      ...{ clock: systemClock, onEvent: () => {} },
    });
    const isEncrypted = good.password !== undefined;
    if (!sameTree(good.tree, snapshotOf(this.#mock.phone), { onlyEncrypted: isEncrypted }))
      this.#problems.push("the restored phone is not what was backed up");
  }

  /** The backup in its place is whole, and is the phone as it is now. */
  async #noteGood(): Promise<void> {
    const place = join(this.#parts.dir, this.#mock.udid);
    const { password } = this.#mock.phone.backup;
    const tree = snapshotOf(this.#mock.phone);
    this.#good = { disk: diskSnapshot(place), tree, password };
    try {
      await using files = await openBackup(await findBackup(place, "/"), {
        password: async () => Buffer.from(password ?? ""),
        privately: { folder: join(this.#parts.dir, "..", "private"), pid: process.pid },
      });
      await verifyBackup(files, { onFinding: (finding) => this.#problems.push(`verify: ${JSON.stringify(finding)}`) });
      const seen: string[] = [];
      for await (const file of files.list()) {
        const hash = createHash("sha256");
        if (file.kind === "file") for await (const bytes of files.read(file)) hash.update(bytes);
        seen.push([file.domain, file.path, file.kind, file.target ?? "", file.sizeBytes, hash.digest("hex")].join("|"));
      }
      if (!isSameList(seen, await this.#asListed(password !== undefined)))
        this.#problems.push("the backup is not the phone");
    } catch (error) {
      this.#problems.push(`the backup in its place: ${String((error as Error).stack)}`);
    }
    if (!existsSync(join(this.#parts.dir, ".offroll-work", this.#mock.udid, "new"))) return;
    this.#problems.push(`left over: ${readdirSync(join(this.#parts.dir, ".offroll-work", this.#mock.udid)).join()}`);
  }

  async #asListed(isEncrypted: boolean): Promise<string[]> {
    const out: string[] = [];
    for (const { domain, path, kind, target, content, onlyEncrypted } of this.#tree.entries.values()) {
      if (onlyEncrypted && !isEncrypted) continue;
      const hash = createHash("sha256");
      if (kind === "file") hash.update(await content.read(0, content.size));
      const size = kind === "file" ? content.size : 0;
      out.push([domain, path, kind, target ?? "", size, hash.digest("hex")].join("|"));
    }
    return out;
  }

  // What chance says.

  get #tree() {
    return this.#mock.phone.backup.tree;
  }

  #any() {
    return this.#pick([...this.#tree.entries.values()]);
  }

  #path(): string {
    const parts = Array.from({ length: this.#below(4) }, () =>
      this.#random() < 0.5 ? this.#pick(oddParts) : `f${this.#below(40)}`,
    );
    return parts.join("/");
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}
