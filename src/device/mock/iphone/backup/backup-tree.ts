/** What a mock phone has for its backup: domains and paths, with contents that are made as they are asked for. */
import { createHash } from "node:crypto";
import type { BackupEntryDescription } from "../../backup-description.ts";
import {
  bufferContent,
  type Content,
  contentOf,
  type FileNode,
  type FolderNode,
  parseTime,
} from "../../described-phone.ts";

/** One entry. Times are Unix seconds. */
export interface BackupEntry {
  readonly domain: string;
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** With its type bits. */
  readonly mode: number;
  readonly content: Content;
  readonly modified: number;
  readonly born: number;
  readonly inode: number;
  readonly protectionClass: number;
  readonly onlyEncrypted: boolean;
  readonly target?: string;
  readonly attributes?: ReadonlyMap<string, Buffer>;
}

/** Lower-case hex: names of files in a backup, and keys of its database. */
export function fileIdOf(domain: string, path: string): string {
  return createHash("sha1").update(`${domain}-${path}`, "utf8").digest("hex");
}

const typeBits = { file: 0o100000, folder: 0o040000, link: 0o120000 };
const usualMode = { file: 0o644, folder: 0o755, link: 0o755 };

/** All entries of one phone, by fileID. */
export class BackupTree {
  readonly entries = new Map<string, BackupEntry>();
  #nextInode = 4_294_970_000;

  get(domain: string, path: string): BackupEntry | undefined {
    return this.entries.get(fileIdOf(domain, path));
  }

  /** Adds an entry, or puts it in the place of the one of its name, later than that one was. */
  put(entry: Omit<BackupEntry, "inode">): void {
    const id = fileIdOf(entry.domain, entry.path);
    const known = this.entries.get(id);
    const modified = known ? Math.max(entry.modified, known.modified + 1) : entry.modified;
    this.entries.set(id, { ...entry, modified, inode: this.#nextInode++ });
  }

  remove(domain: string, path: string): void {
    this.entries.delete(fileIdOf(domain, path));
  }

  /** A file of these bytes. */
  write(domain: string, path: string, content: Content | Buffer, modified = 1_700_000_000): void {
    this.put({
      domain,
      path,
      kind: "file",
      mode: typeBits.file | usualMode.file,
      content: Buffer.isBuffer(content) ? bufferContent(content) : content,
      modified,
      born: modified,
      protectionClass: 3,
      onlyEncrypted: false,
    });
  }
}

/** Fills a tree from descriptions. */
export async function describeTree(
  tree: BackupTree,
  entries: readonly BackupEntryDescription[],
  baseFolder: string,
): Promise<void> {
  for (const entry of entries) {
    const kind = entry.kind ?? "file";
    const modified = entry.modified === undefined ? 1_700_000_000 : seconds(parseTime(entry.modified));
    const hasBytes = entry.file !== undefined || entry.base64 !== undefined || entry.generated !== undefined;
    tree.put({
      domain: entry.domain,
      path: entry.path,
      kind,
      mode: typeBits[kind] | (entry.mode ?? usualMode[kind]),
      content: kind === "file" && hasBytes ? await contentOf(entry, baseFolder) : bufferContent(Buffer.alloc(0)),
      modified,
      born: entry.born === undefined ? modified : seconds(parseTime(entry.born)),
      protectionClass: kind === "file" ? (entry.protectionClass ?? 3) : 0,
      onlyEncrypted: entry.onlyEncrypted ?? false,
      ...(entry.target === undefined ? {} : { target: entry.target }),
      ...(entry.attributes ? { attributes: attributesOf(entry.attributes) } : {}),
    });
  }
}

export const cameraRoll = "CameraRollDomain";

/** The files that the file service shows are the camera roll of the backup, byte for byte. */
export function takeCameraRoll(tree: BackupTree, root: FolderNode): void {
  const folder = (path: string, modified: number): void =>
    tree.put({
      domain: cameraRoll,
      path,
      kind: "folder",
      mode: typeBits.folder | usualMode.folder,
      content: bufferContent(Buffer.alloc(0)),
      modified,
      born: modified,
      protectionClass: 0,
      onlyEncrypted: false,
    });
  const walk = (node: FolderNode, path: string): void => {
    folder(path, seconds(node.modifiedNs));
    for (const [name, child] of node.children) {
      if (child.type === "folder") walk(child, `${path}/${name}`);
      else takeFile(tree, `${path}/${name}`, child);
    }
  };
  folder("", 1_700_000_000);
  folder("Media", 1_700_000_000);
  for (const name of ["DCIM", "PhotoData"]) {
    const node = root.children.get(name);
    if (node?.type === "folder") walk(node, `Media/${name}`);
  }
}

function takeFile(tree: BackupTree, path: string, node: FileNode): void {
  tree.put({
    domain: cameraRoll,
    path,
    kind: "file",
    mode: typeBits.file | usualMode.file,
    content: node.content,
    modified: seconds(node.modifiedNs),
    born: seconds(node.bornNs),
    protectionClass: 3,
    onlyEncrypted: false,
  });
}

function seconds(ns: bigint): number {
  return Number(ns / 1_000_000_000n);
}

function attributesOf(attributes: Readonly<Record<string, string>>): Map<string, Buffer> {
  return new Map(Object.entries(attributes).map(([name, base64]) => [name, Buffer.from(base64, "base64")]));
}

/** What a phone has that nobody described: something of every kind, small. */
export const usualEntries: readonly BackupEntryDescription[] = [
  { domain: "HomeDomain", path: "", kind: "folder" },
  { domain: "HomeDomain", path: "Library", kind: "folder" },
  { domain: "HomeDomain", path: "Library/Preferences", kind: "folder" },
  {
    domain: "HomeDomain",
    path: "Library/Preferences/com.apple.springboard.plist",
    generated: { bytes: 4321, seed: 1 },
    protectionClass: 4,
  },
  { domain: "HomeDomain", path: "Library/Caches/empty", protectionClass: 4 },
  { domain: "HomeDomain", path: "Library/Grüße 😀.txt", base64: "aGVsbG8=" },
  { domain: "HomeDomain", path: "Library/Logs", kind: "link", target: "/var/mobile/Logs" },
  { domain: "AppDomain-org.example.notes", path: "", kind: "folder" },
  { domain: "AppDomain-org.example.notes", path: "Documents", kind: "folder" },
  { domain: "AppDomain-org.example.notes", path: "Documents/sixteen", base64: "MDEyMzQ1Njc4OWFiY2RlZg==" },
  {
    domain: "AppDomain-org.example.notes",
    path: "Documents/a name\nof two lines",
    base64: "MDEyMzQ1Njc4OWFiY2RlZjA=",
  },
  { domain: "AppDomain-org.example.notes", path: "Documents/large.bin", generated: { bytes: 3_000_000, seed: 2 } },
  { domain: "AppDomainGroup-group.org.example", path: "shared.db", generated: { bytes: 32_768, seed: 3 } },
  { domain: "MediaDomain", path: "Media/Recordings/memo.m4a", generated: { bytes: 70_001, seed: 4 } },
  {
    domain: "KeychainDomain",
    path: "keychain-backup.plist",
    generated: { bytes: 20_000, seed: 5 },
    onlyEncrypted: true,
  },
  {
    domain: "HealthDomain",
    path: "Health/healthdb_secure.sqlite",
    generated: { bytes: 90_000, seed: 6 },
    protectionClass: 1,
    onlyEncrypted: true,
  },
];
