/**
 * A backup, in the order that logs of real ones show: status, old manifests, listings, space, snapshot, moves, removals, verification.
 * The phone decides everything; the host serves files.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../../shared/clock.ts";
import { linkMessage, linkStatus, minimumSpareBytes } from "../../../iphone/mobilebackup2/device-link-format.ts";
import { encodeBinaryPlist, PlistReal } from "../../../wire/binary-plist-writer.ts";
import { decodePlistDict, isDict, type PlistDict, plistField } from "../../../wire/plist.ts";
import { bufferContent } from "../../described-phone.ts";
import type { MockPhone } from "../mock-phone.ts";
import { decryptStored, encryptPages, storedBytes, storedSize, unwrapFor } from "./backup-keys.ts";
import { BackupFailure } from "./backup-state.ts";
import type { BackupEntry } from "./backup-tree.ts";
import { type ManifestRow, readManifest, writeManifest } from "./manifest-db.ts";
import { decodeMbFile, encodeMbFile } from "./mb-file.ts";
import type { HostStatus, PhoneLink, Upload } from "./phone-link.ts";

const flags = { file: 1, folder: 2, link: 4 };
/** Files of these are stored with a checksum. */
const withDigest =
  /^(Home|Root|Health|Wireless|SystemPreferences|Database|HomeKit|Install|ManagedPreferences|Keyboard|Keychain)Domain$/;
const pieceBytes = 1024 * 1024;
const usualBatch = 8 * 1024 * 1024;
/** As one message moves at most. */
const movesAtOnce = 500;

/** One file or folder as this backup has it. */
interface Row {
  readonly id: string;
  readonly entry: BackupEntry;
}

/** The last backup as the host has it. */
interface Before {
  readonly rows: ReadonlyMap<string, ManifestRow>;
}

/** @throws {BackupFailure} what the phone answers in the place of success */
export async function runBackup(
  phone: MockPhone,
  link: PhoneLink,
  { target, source, forceFull }: { readonly target: string; readonly source: string; readonly forceFull: boolean },
): Promise<void> {
  await new Backup(phone, link, target).run(source, forceFull);
}

class Backup {
  readonly #phone: MockPhone;
  readonly #link: PhoneLink;
  readonly #root: string;
  readonly #uuid = randomUUID().toUpperCase();
  readonly #rows: Row[];
  readonly #digests = new Map<string, Buffer>();
  readonly #isEncrypted: boolean;
  readonly #manifestKey: Buffer;
  #isFull = true;
  readonly #now = new Date(systemClock.now());

  constructor(phone: MockPhone, link: PhoneLink, root: string) {
    this.#phone = phone;
    this.#link = link;
    this.#root = root;
    this.#isEncrypted = phone.backup.password !== undefined;
    this.#manifestKey = phone.backup.keys.fileKey(`manifest ${this.#uuid}`);
    this.#rows = [...phone.backup.tree.entries]
      .filter(([, entry]) => this.#isEncrypted || !entry.onlyEncrypted)
      .map(([id, entry]) => ({ id, entry }));
  }

  async run(source: string, forceFull: boolean): Promise<void> {
    const before = await this.#before(source, forceFull);
    this.#isFull = before === undefined;
    const present = await this.#present(before);
    if (this.#phone.backup.description.scanMs) await delay(this.#phone.backup.description.scanMs);
    const changed = this.#rows.filter(
      ({ id, entry }) => entry.kind === "file" && !this.#isThere(id, entry, before, present),
    );
    await this.#checkSpace(changed.reduce((sum, { entry }) => sum + this.#sizeOf(entry), 0));
    await this.#removeLeftSnapshot(present);
    await this.#makeFolder(this.#root);
    await this.#makeFolder(`${this.#root}/Snapshot`);
    await this.#sendStatus("uploading");
    await this.#sendFiles(changed);
    const database = await this.#sendManifests();
    await this.#sendStatus("moving");
    await this.#move(changed);
    await this.#sendStatus("removing");
    await this.#remove(before);
    await this.#sendStatus("finished");
    await this.#verify(database);
  }

  /** What the host has of the last backup; undefined where this one is to be full. @throws {BackupFailure} 205 */
  async #before(source: string, forceFull: boolean): Promise<Before | undefined> {
    const status = await this.#link.fetch(`${this.#root}/Status.plist`);
    if (!status || forceFull) return undefined;
    const state = parse(status);
    if (!state) throw new BackupFailure(103, "Error reading status");
    const manifest = await this.#link.fetch(`${source}/Manifest.plist`);
    const stored = await this.#link.fetch(`${source}/Manifest.db`);
    const properties = manifest && parse(manifest);
    if (!properties || !stored || stored.length === 0) throw new BackupFailure(205, "Error reading backup properties");
    const known = this.#phone.backup.manifests.get(plistField.string(state, "UUID") ?? "");
    const isFinished = plistField.string(state, "SnapshotState") === "finished";
    if (isFinished && known !== undefined && known !== digestOf(stored))
      throw new BackupFailure(205, "Error reading backup database");
    if (plistField.boolean(properties, "IsEncrypted") !== this.#isEncrypted) return undefined;
    const plain = this.#isEncrypted ? this.#decryptDatabase(properties, stored) : stored;
    const rows = plain && (await readManifest(plain));
    if (!rows) throw new BackupFailure(205, "Error reading backup database");
    return { rows: new Map(rows.map((row) => [row.fileId, row])) };
  }

  #decryptDatabase(properties: PlistDict, stored: Buffer): Buffer | undefined {
    const wrapped = plistField.data(properties, "ManifestKey");
    const key = wrapped && unwrapFor(this.#phone.backup.keys.classKeys, wrapped);
    return key && (stored.length % 16 === 0 ? decryptStored(stored, key, stored.length) : undefined);
  }

  /** What lies on the host: sizes by fileID, of an incremental backup; and whether a snapshot is left. */
  async #present(before: Before | undefined): Promise<{ sizes: Map<string, number>; hasSnapshot: boolean }> {
    const sizes = new Map<string, number>();
    const snapshot = await this.#link.list(`${this.#root}/Snapshot`);
    const top = await this.#link.list(this.#root);
    if (before)
      for (const [name, about] of Object.entries(top)) {
        if (!/^[0-9a-f]{2}$/.test(name) || !isFolder(about)) continue;
        for (const [id, file] of Object.entries(await this.#link.list(`${this.#root}/${name}`)))
          if (isDict(file)) sizes.set(id, plistField.number(file, "DLFileSize") ?? -1);
      }
    return { sizes, hasSnapshot: Object.keys(snapshot).length > 0 || "Snapshot" in top };
  }

  #isThere(
    id: string,
    entry: BackupEntry,
    before: Before | undefined,
    { sizes }: { readonly sizes: ReadonlyMap<string, number> },
  ): boolean {
    const row = before?.rows.get(id);
    if (row?.flags !== flags.file || sizes.get(id) !== this.#sizeOf(entry)) return false;
    const known = decodeMbFile(row.file);
    if (known.digest) this.#digests.set(id, Buffer.from(known.digest));
    return known.size === entry.content.size && known.modified === entry.modified && known.inode === entry.inode;
  }

  #sizeOf(entry: BackupEntry): number {
    return storedSize(entry.content.size, this.#isEncrypted);
  }

  async #checkSpace(wanted: number): Promise<void> {
    for (let asked = 0; ; asked += 1) {
      const { value } = await this.#link.ask(linkMessage.freeSpace);
      const free = typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;
      const missing = wanted + minimumSpareBytes - free;
      if (missing < 0 || this.#phone.backup.description.ignoresSpace) return;
      const sizes = `${free} < ${wanted + minimumSpareBytes}`;
      if (asked > 0) throw new BackupFailure(105, `Insufficient free disk space on drive to back up (${sizes})`);
      await this.#link.ask(linkMessage.purge, missing + 2 * 1024 ** 3, 4);
    }
  }

  async #removeLeftSnapshot({ hasSnapshot }: { readonly hasSnapshot: boolean }): Promise<void> {
    if (hasSnapshot)
      this.#expect(await this.#removeItems([`${this.#root}/Snapshot`]), "Error removing snapshot directory");
  }

  async #sendFiles(changed: readonly Row[]): Promise<void> {
    for (const prefix of new Set(changed.map(({ id }) => id.slice(0, 2))))
      await this.#makeFolder(`${this.#root}/Snapshot/${prefix}`);
    const total = Math.max(
      1,
      changed.reduce((sum, { entry }) => sum + this.#sizeOf(entry), 0),
    );
    let [batch, batchBytes, sent]: [Row[], number, number] = [[], 0, 0];
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      sent += batchBytes;
      const files = batch.map((row) => this.#upload(row));
      this.#expect(
        await this.#link.upload(files, 1 + (sent / total) * 90, batchBytes),
        "Multiple errors uploading files",
      );
      [batch, batchBytes] = [[], 0];
    };
    const most = this.#phone.backup.description.batchBytes ?? usualBatch;
    for (const row of changed) {
      const size = this.#sizeOf(row.entry);
      if (batch.length > 0 && batchBytes + size > most) await flush();
      batch.push(row);
      batchBytes += size;
    }
    await flush();
    if (this.#link.unreadable > 0 && !this.#phone.backup.description.forgivesUnreadable)
      throw new BackupFailure(104, `Multiple errors uploading files (${this.#link.unreadable})`);
  }

  #upload({ id, entry }: Row): Upload {
    const key = this.#isEncrypted ? this.#phone.backup.keys.fileKey(id) : undefined;
    return {
      deviceName: deviceNameOf(entry),
      path: `${this.#root}/Snapshot/${id.slice(0, 2)}/${id}`,
      bytes: this.#digesting(id, entry, storedBytes(entry.content, key, pieceBytes)),
    };
  }

  async *#digesting(id: string, entry: BackupEntry, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    if (!withDigest.test(entry.domain)) return yield* bytes;
    const hash = createHash("sha1");
    for await (const piece of bytes) {
      hash.update(piece);
      yield piece;
    }
    this.#digests.set(id, hash.digest());
  }

  /** @returns the database as it was sent */
  async #sendManifests(): Promise<Buffer> {
    const { backup } = this.#phone;
    const plain = await writeManifest(this.#manifestRows());
    const database = this.#isEncrypted ? encryptPages(plain, this.#manifestKey) : plain;
    backup.manifests.set(this.#uuid, digestOf(database));
    const snapshot = `${this.#root}/Snapshot`;
    const properties = encodeBinaryPlist(await this.#properties());
    const status = await this.#link.upload(
      [ownFile(`${snapshot}/Manifest.plist`, properties), ownFile(`${snapshot}/Manifest.db`, database)],
      92,
      properties.length + database.length,
    );
    this.#expect(status, "Multiple errors uploading files");
    return database;
  }

  *#manifestRows(): Generator<ManifestRow> {
    const { keys } = this.#phone.backup;
    for (const { id, entry } of this.#rows) {
      const isFile = entry.kind === "file";
      const encryptionKey =
        this.#isEncrypted && isFile ? keys.wrapFor(entry.protectionClass || 3, keys.fileKey(id)) : undefined;
      const digest = isFile ? this.#digests.get(id) : undefined;
      yield {
        fileId: id,
        domain: entry.domain,
        path: entry.path,
        flags: flags[entry.kind],
        file: encodeMbFile(entry, { encryptionKey, digest }),
      };
    }
  }

  async #properties(): Promise<Parameters<typeof encodeBinaryPlist>[0]> {
    const { description, backup } = this.#phone;
    const passwordOrNothing = backup.password ?? backup.keys.fileKey("0x835");
    backup.keyBag ??= await backup.keys.keyBag(passwordOrNothing, backup.rounds);
    return {
      Version: "10.0",
      Date: this.#now,
      IsEncrypted: this.#isEncrypted,
      WasPasscodeSet: backup.passcode !== undefined,
      SystemDomainsVersion: "24.0",
      BackupKeyBag: backup.keyBag,
      ...(this.#isEncrypted ? { ManifestKey: backup.keys.wrapFor(4, this.#manifestKey) } : {}),
      Lockdown: {
        BuildVersion: description.buildVersion,
        DeviceName: description.name,
        ProductType: description.productType,
        ProductVersion: description.productVersion,
        SerialNumber: description.serialNumber,
        UniqueDeviceID: description.udid,
      },
      Applications: {},
    };
  }

  async #move(changed: readonly Row[]): Promise<void> {
    const root = this.#root;
    for (const prefix of new Set(changed.map(({ id }) => id.slice(0, 2)))) await this.#makeFolder(`${root}/${prefix}`);
    const moves = changed.map(({ id }) => {
      const place = `${id.slice(0, 2)}/${id}`;
      return [`${root}/Snapshot/${place}`, `${root}/${place}`] as const;
    });
    const manifests = ["Manifest.plist", "Manifest.db"].map(
      (name) => [`${root}/Snapshot/${name}`, `${root}/${name}`] as const,
    );
    const all = [...moves, ...manifests];
    for (let at = 0; at < all.length; at += movesAtOnce) {
      const some = Object.fromEntries(all.slice(at, at + movesAtOnce));
      this.#expect(
        await this.#link.ask(linkMessage.moveItems, some, {}, new PlistReal(93 + (at / all.length) * 3)),
        "Error moving items",
      );
    }
  }

  async #remove(before: Before | undefined): Promise<void> {
    const kept = new Set(this.#rows.filter(({ entry }) => entry.kind === "file").map(({ id }) => id));
    const gone = [...(before?.rows.values() ?? [])].filter((row) => row.flags === flags.file && !kept.has(row.fileId));
    const paths = gone.map((row) => `${this.#root}/${row.fileId.slice(0, 2)}/${row.fileId}`);
    for (let at = 0; at < paths.length; at += movesAtOnce)
      this.#expect(await this.#removeItems(paths.slice(at, at + movesAtOnce)), "Error removing items");
    this.#expect(await this.#removeItems([`${this.#root}/Snapshot`]), "Error removing snapshot directory");
  }

  /** "Verifying backup contents": what is there now is what was sent, and nothing of it is missing. */
  async #verify(database: Buffer): Promise<void> {
    await this.#link.fetch(`${this.#root}/Status.plist`);
    const properties = await this.#link.fetch(`${this.#root}/Manifest.plist`);
    const stored = await this.#link.fetch(`${this.#root}/Manifest.db`);
    if (!properties || !parse(properties) || !stored?.equals(database))
      throw new BackupFailure(205, "Error reading backup database");
    const { sizes } = await this.#present({ rows: new Map() });
    const missing = this.#rows.filter(
      ({ id, entry }) => entry.kind === "file" && sizes.get(id) !== this.#sizeOf(entry),
    );
    if (missing.length > this.#link.unreadable)
      throw new BackupFailure(205, `Manifest references files not in backup (${missing.length})`);
  }

  async #sendStatus(state: "uploading" | "moving" | "removing" | "finished"): Promise<void> {
    const bytes = encodeBinaryPlist({
      UUID: this.#uuid,
      Date: this.#now,
      IsFullBackup: this.#isFull,
      Version: "3.3",
      BackupState: "new",
      SnapshotState: state,
    });
    const progress = { uploading: 1, moving: 93, removing: 96, finished: 99 }[state];
    const status = await this.#link.upload([ownFile(`${this.#root}/Status.plist`, bytes)], progress, bytes.length);
    this.#expect(status, "Multiple errors uploading files");
  }

  async #makeFolder(path: string): Promise<void> {
    this.#expect(
      await this.#link.ask(linkMessage.createDirectory, path, {}, new PlistReal(0)),
      "Error creating directory",
    );
  }

  async #removeItems(paths: readonly string[]): Promise<HostStatus> {
    return await this.#link.ask(linkMessage.removeItems, paths, {}, new PlistReal(97), 0);
  }

  #expect({ code, text }: HostStatus, what: string): void {
    if (code === linkStatus.ok) return;
    if (code === linkStatus.noSpace) throw new BackupFailure(105, "Insufficient free disk space on drive to back up");
    throw new BackupFailure(104, `${what}: ${text} (${code})`);
  }
}

/** A file of the phone's own making. */
function ownFile(path: string, bytes: Buffer): Upload {
  return {
    deviceName: `/var/root/Library/Caches/Backup/${path.slice(path.lastIndexOf("/") + 1)}`,
    path,
    bytes: storedBytes(bufferContent(bytes), undefined, pieceBytes),
  };
}

/** For display only; of no use as a path. */
function deviceNameOf(entry: BackupEntry): string {
  const name = Buffer.from(`/.b/6/mobile/${entry.domain}/${entry.path}`);
  return name.subarray(0, 1024).toString("utf8");
}

function parse(bytes: Buffer): PlistDict | undefined {
  try {
    return decodePlistDict(bytes);
  } catch {
    return undefined;
  }
}

function isFolder(about: unknown): boolean {
  return (about as { DLFileType?: unknown } | undefined)?.DLFileType === "DLFileTypeDirectory";
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
