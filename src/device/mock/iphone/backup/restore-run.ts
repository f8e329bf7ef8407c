/** A restore: the phone asks for everything, looks at it, and takes it in the place of what it had. */
import { createHash } from "node:crypto";
import { phoneBackupError } from "../../../iphone/mobilebackup2/device-link-format.ts";
import { decodePlistDict, type PlistDict, plistField } from "../../../wire/plist.ts";
import { bufferContent, type Content, type FolderNode, findNode } from "../../described-phone.ts";
import type { MockPhone } from "../mock-phone.ts";
import { restoreFolder } from "./afc-changes.ts";
import { decryptStored, openKeyBag, storedSize, unwrapFor } from "./backup-keys.ts";
import { BackupFailure } from "./backup-state.ts";
import { type BackupEntry, cameraRoll } from "./backup-tree.ts";
import { type ManifestRow, readManifest } from "./manifest-db.ts";
import { decodeMbFile, type MbFile } from "./mb-file.ts";
import type { PhoneLink } from "./phone-link.ts";

/** As the request has them. */
export interface RestoreOptions {
  readonly source: string;
  readonly password: string | undefined;
  readonly options: PlistDict;
}

const filesAtOnce = 200;

/** @throws {BackupFailure} and the phone has what it had */
export async function runRestore(phone: MockPhone, link: PhoneLink, request: RestoreOptions): Promise<void> {
  await new Restore(phone, link, request).run();
}

interface Wanted {
  readonly row: ManifestRow;
  readonly file: MbFile;
}

class Restore {
  readonly #phone: MockPhone;
  readonly #link: PhoneLink;
  readonly #request: RestoreOptions;
  #isEncrypted = false;
  /** Of the backup's key bag: it may be another phone's. */
  #classKeys: ReadonlyMap<number, Buffer> = new Map();

  constructor(phone: MockPhone, link: PhoneLink, request: RestoreOptions) {
    this.#phone = phone;
    this.#link = link;
    this.#request = request;
  }

  async run(): Promise<void> {
    const { backup } = this.#phone;
    if (backup.isFindMyOn)
      throw new BackupFailure(phoneBackupError.findMyOn, "Find My iPhone must be disabled before restoring");
    const rows = await this.#manifest();
    const wanted = rows.map((row) => ({ row, file: decodeMbFile(row.file) }));
    await this.#checkRoom(wanted);
    const contents = await this.#fetchFiles(wanted.filter(({ row }) => row.flags === 1));
    await this.#noteApps();
    this.#take(wanted, contents);
  }

  /** @throws {BackupFailure} 205, 207 */
  async #manifest(): Promise<ManifestRow[]> {
    const { source, password } = this.#request;
    const bad = (what: string): BackupFailure => new BackupFailure(phoneBackupError.badBackup, what);
    const status = parse(await this.#link.fetch(`${source}/Status.plist`));
    const properties = parse(await this.#link.fetch(`${source}/Manifest.plist`));
    const stored = await this.#link.fetch(`${source}/Manifest.db`);
    const info = await this.#link.fetch(`${source}/Info.plist`);
    if (!status || plistField.string(status, "SnapshotState") !== "finished")
      throw bad("Error reading backup properties");
    if (!properties || !stored || !info) throw bad("Error reading backup properties");
    const version = plistField.string(plistField.dict(properties, "Lockdown") ?? {}, "ProductVersion") ?? "0";
    if (isNewer(version, this.#phone.description.productVersion)) throw bad(`The backup is of iOS ${version}`);
    this.#isEncrypted = plistField.boolean(properties, "IsEncrypted") === true;
    if (!this.#isEncrypted) return (await readManifest(stored)) ?? this.#refuse(bad("Error reading backup database"));
    const bag = plistField.data(properties, "BackupKeyBag");
    const keys = bag && password !== undefined ? await openKeyBag(bag, password) : undefined;
    if (!keys) throw new BackupFailure(phoneBackupError.wrongPassword, "Invalid password (MKBKeyBagUnlock error -3)");
    this.#classKeys = keys;
    const key = unwrapFor(keys, plistField.data(properties, "ManifestKey") ?? new Uint8Array());
    const rows = key && (await readManifest(decryptStored(stored, key, stored.length)));
    return rows ?? this.#refuse(bad("Error reading backup database"));
  }

  #refuse(error: BackupFailure): never {
    throw error;
  }

  async #checkRoom(wanted: readonly Wanted[]): Promise<void> {
    const bytes = wanted.reduce((sum, { file }) => sum + file.size, 0);
    const { freeBytes } = this.#phone.description;
    if (bytes > freeBytes)
      throw new BackupFailure(105, `Insufficient free disk space on device to restore (${freeBytes} < ${bytes})`);
  }

  async #fetchFiles(files: readonly Wanted[]): Promise<Map<string, Content>> {
    const contents = new Map<string, Content>();
    const failures: string[] = [];
    for (let at = 0; at < files.length; at += filesAtOnce) {
      const some = files.slice(at, at + filesAtOnce);
      const byPath = new Map(some.map((each) => [this.#pathOf(each.row), each]));
      const { missing } = await this.#link.download(
        [...byPath.keys()],
        (at / files.length) * 100,
        async (path, bytes) => {
          const each = byPath.get(path);
          if (!each) return;
          const content = await this.#receive(each, bytes);
          if (content) contents.set(each.row.fileId, content);
          else failures.push(path);
        },
      );
      failures.push(...missing);
    }
    if (failures.length > 0)
      throw new BackupFailure(phoneBackupError.badBackup, `Multiple errors downloading files (${failures.length})`);
    return contents;
  }

  #pathOf({ fileId }: ManifestRow): string {
    return `${this.#request.source}/${fileId.slice(0, 2)}/${fileId}`;
  }

  /** Undefined for what is damaged. */
  async #receive({ file }: Wanted, bytes: AsyncIterable<Buffer>): Promise<Content | undefined> {
    const parts: Buffer[] = [];
    const digest = createHash("sha1");
    for await (const part of bytes) {
      digest.update(part);
      parts.push(part);
    }
    const stored = Buffer.concat(parts);
    if (file.digest && !digest.digest().equals(Buffer.from(file.digest))) return undefined;
    if (stored.length !== storedSize(file.size, this.#isEncrypted)) return undefined;
    if (!this.#isEncrypted) return bufferContent(stored);
    const key = file.encryptionKey && unwrapFor(this.#classKeys, file.encryptionKey);
    return key && bufferContent(decryptStored(stored, key, file.size));
  }

  /** From here on the phone is what the backup says. */
  #take(wanted: readonly Wanted[], contents: ReadonlyMap<string, Content>): void {
    const { tree } = this.#phone.backup;
    if (this.#request.options["RemoveItemsNotRestored"] === true) tree.entries.clear();
    for (const { row, file } of wanted) {
      const onlyEncrypted = tree.get(row.domain, row.path)?.onlyEncrypted ?? false;
      tree.remove(row.domain, row.path);
      tree.put({
        domain: row.domain,
        path: row.path,
        kind: row.flags === 1 ? "file" : row.flags === 2 ? "folder" : "link",
        mode: file.mode,
        content: contents.get(row.fileId) ?? bufferContent(Buffer.alloc(0)),
        modified: file.modified,
        born: file.born,
        protectionClass: file.protectionClass,
        onlyEncrypted,
        ...(file.target === undefined ? {} : { target: file.target }),
        ...(file.attributes ? { attributes: file.attributes } : {}),
      });
    }
    showCameraRoll(this.#phone.root, [...tree.entries.values()]);
  }

  /** What the host left for it: the phone would fetch them from the store now. */
  async #noteApps(): Promise<void> {
    const node = findNode(this.#phone.root, `${restoreFolder}/RestoreApplications.plist`);
    const apps = node?.type === "file" ? parse(Buffer.from(await node.content.read(0, node.content.size))) : undefined;
    this.#phone.backup.appsToInstall = apps ?? {};
  }
}

/** What the file service shows is what was restored. */
function showCameraRoll(root: FolderNode, entries: readonly BackupEntry[]): void {
  const roll = entries.filter(({ domain, path }) => domain === cameraRoll && path.startsWith("Media/"));
  if (roll.length === 0) return;
  for (const name of ["DCIM", "PhotoData"]) root.children.delete(name);
  for (const entry of roll.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const parts = entry.path.split("/").slice(1);
    const name = parts.pop() as string;
    let folder = root;
    for (const part of parts) folder = subfolder(folder, part, entry.modified);
    if (entry.kind === "folder") subfolder(folder, name, entry.modified);
    else
      folder.children.set(name, {
        type: "file",
        content: entry.content,
        size: entry.content.size,
        modifiedNs: BigInt(entry.modified) * 1_000_000_000n,
        bornNs: BigInt(entry.born) * 1_000_000_000n,
        linkCount: 1,
      });
  }
}

function subfolder(parent: FolderNode, name: string, modified: number): FolderNode {
  const known = parent.children.get(name);
  if (known?.type === "folder") return known;
  const made: FolderNode = { type: "folder", children: new Map(), modifiedNs: BigInt(modified) * 1_000_000_000n };
  parent.children.set(name, made);
  return made;
}

/** Whether the version of iOS is later than the other. */
function isNewer(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function parse(bytes: Buffer | undefined): PlistDict | undefined {
  try {
    return bytes && decodePlistDict(bytes);
  } catch {
    return undefined;
  }
}
