/** A mock iPhone with a backup service, at the end of a socket in this process; and what it has, to hold against what comes back. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DeviceHub } from "../../src/device/index.ts";
import type { IPhone } from "../../src/device/iphone/index.ts";
import type { BackupDescription } from "../../src/device/mock/backup-description.ts";
import {
  bufferContent,
  type Content,
  generatedContent,
  type PhoneDescription,
} from "../../src/device/mock/described-phone.ts";
import { MockPhone, type MockPhoneOptions, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import { describedPhone, generated } from "./mock.ts";

/** A phone's tree as text, entry by entry: bytes by hash, times, modes, targets, attributes. */
export type TreeSnapshot = ReadonlyMap<string, { readonly onlyEncrypted: boolean; readonly text: string }>;

export interface BackupPhone extends AsyncDisposable {
  readonly phone: MockPhone;
  readonly daemon: MockUsbmuxd;
  readonly address: string;
  readonly udid: string;
  /** Some files change, some come, some go. */
  change(): void;
  fileCount(options: { readonly encrypted: boolean }): number;
  /** Resolves when the phone is back after a reboot. */
  attached(): Promise<void>;
}

/** @param folder where the daemon's socket lies */
export async function startBackupPhone(
  folder: string,
  backup: BackupDescription = {},
  { phone: over = {}, ...options }: MockPhoneOptions & { readonly phone?: Partial<PhoneDescription> } = {},
): Promise<BackupPhone> {
  const files = [
    generated("/DCIM/100APPLE/IMG_0001.HEIC", 100_000),
    generated("/DCIM/100APPLE/IMG_0002.MOV", 2_000_000),
    generated("/DCIM/101APPLE/IMG_0003.JPG", 32_768),
  ];
  const description = describedPhone({ files, ...over, backup: { rebootMs: 50, ...backup } });
  const phone = await MockPhone.create(description, folder, options);
  const daemon = await MockUsbmuxd.start({ address: { path: join(folder, "mux") }, phones: [phone] });
  let turn = 0;
  return {
    phone,
    daemon,
    address: daemon.address,
    udid: description.udid,
    change() {
      turn += 1;
      const { tree } = phone.backup;
      tree.write(
        "HomeDomain",
        `Library/new-${turn}.bin`,
        generatedContent(1000 * turn + 7, turn),
        1_700_000_000 + turn,
      );
      tree.remove("HomeDomain", `Library/new-${turn - 1}.bin`);
      tree.write("AppDomain-org.example.notes", "Documents/sixteen", bufferContent(Buffer.from(`turn ${turn}`)));
    },
    fileCount: ({ encrypted }) =>
      [...phone.backup.tree.entries.values()].filter((e) => e.kind === "file" && (encrypted || !e.onlyEncrypted))
        .length,
    async attached() {
      await new Promise((resolve) => setTimeout(resolve, 50));
      while (phone.deviceId === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
    },
  };
}

export function snapshotOf(phone: MockPhone): TreeSnapshot {
  return new Map(
    [...phone.backup.tree.entries].map(([id, entry]) => {
      const { domain, path, kind, mode, modified, born, target, attributes, onlyEncrypted } = entry;
      const bytes = kind === "file" ? hashOf(entry.content) : "";
      const more = [...(attributes ?? [])].map(([name, value]) => `${name}=${value.toString("hex")}`);
      const text = [domain, path, kind, mode, modified, born, target ?? "", ...more, bytes].join("|");
      return [id, { onlyEncrypted, text }];
    }),
  );
}

/** @returns whether both are the same, entry by entry; `onlyEncrypted: false` leaves those out */
export function sameTree(
  a: TreeSnapshot,
  b: TreeSnapshot,
  { onlyEncrypted = true }: { readonly onlyEncrypted?: boolean },
): boolean {
  const flat = (tree: TreeSnapshot): string[] =>
    [...tree.values()]
      .filter((e) => onlyEncrypted || !e.onlyEncrypted)
      .map((e) => e.text)
      .sort();
  return JSON.stringify(flat(a)) === JSON.stringify(flat(b));
}

const hashes = new WeakMap<Content, string>();

function hashOf(content: Content): string {
  let known = hashes.get(content);
  if (known === undefined) {
    const hash = createHash("sha256");
    for (let at = 0; at < content.size; at += 1 << 20)
      hash.update(content.read(at, Math.min(1 << 20, content.size - at)) as Buffer);
    known = hash.digest("hex");
    hashes.set(content, known);
  }
  return known;
}

/** The phone as our own client sees it, trusted. @param folder for its pairing */
export async function clientOf(mock: BackupPhone, folder: string, clock: Clock = systemClock): Promise<IPhone> {
  const hub = new DeviceHub({
    usbmuxAddress: mock.address,
    recordFolder: join(folder, "records"),
    hostName: "test-host",
    platform: "linux",
    clock,
  });
  const device = await hub.find(undefined);
  await hub.trust(device.info);
  return await hub.iphone(device);
}

/** Everything below a folder: paths, bytes by hash, and what links point to. */
export function diskSnapshot(folder: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (entry.isFile()) out.set(name, createHash("sha256").update(readFileSync(path)).digest("hex"));
    else out.set(name, entry.isSymbolicLink() ? `-> ${readlinkSync(path)}` : "folder");
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A disk on which a flush costs nothing, where there is one. */
export function quickTemporary(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
}
