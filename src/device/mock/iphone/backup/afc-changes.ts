/**
 * The two places of a phone's file system that a backup or a restore may change: the file that both lock, and the folder where a
 * restore leaves the list of apps. Everything else stays refused.
 */
import { bufferContent, type FileNode, type FolderNode, findNode } from "../../described-phone.ts";

export const lockFile = "/com.apple.itunes.lock_sync";
export const restoreFolder = "/iTunesRestore";

const status = { ok: 0, denied: 10, notFound: 8, wouldBlock: 19, notEmpty: 33 };
const flockExclusiveNow = 6n;
const flockRelease = 12n;

/** Whether something there may be made, written or removed. */
export function isChangeable(path: string): boolean {
  return path === lockFile || path === restoreFolder || path.startsWith(`${restoreFolder}/`);
}

/** What a mode other than reading opens: the file, made where it is not there. */
export function openForChange(root: FolderNode, path: string, mode: bigint): FileNode | undefined {
  const slash = path.lastIndexOf("/");
  const parent = findNode(root, path.slice(0, slash));
  if (!isChangeable(path) || parent?.type !== "folder") return undefined;
  const name = path.slice(slash + 1);
  const known = parent.children.get(name);
  if (known?.type === "folder") return undefined;
  const file = known ?? newFile();
  // 3 and 4 begin anew; 2, 5 and 6 keep what is there.
  if (mode === 3n || mode === 4n) setBytes(file, Buffer.alloc(0));
  parent.children.set(name, file);
  return file;
}

export async function writeAt(file: FileNode, position: number, bytes: Buffer): Promise<void> {
  const old = await file.content.read(0, file.content.size);
  const out = Buffer.alloc(Math.max(old.length, position + bytes.length));
  old.copy(out);
  bytes.copy(out, position);
  setBytes(file, out);
}

function setBytes(file: FileNode, bytes: Buffer): void {
  file.content = bufferContent(bytes);
  file.size = bytes.length;
}

/** @returns an AFC status */
export function makeFolder(root: FolderNode, path: string): number {
  if (!isChangeable(path)) return status.denied;
  const slash = path.lastIndexOf("/");
  const parent = findNode(root, path.slice(0, slash));
  if (parent?.type !== "folder") return status.notFound;
  const name = path.slice(slash + 1);
  if (!parent.children.has(name))
    parent.children.set(name, { type: "folder", children: new Map(), modifiedNs: 1_700_000_000_000_000_000n });
  return status.ok;
}

/** @returns an AFC status */
export function removePath(root: FolderNode, path: string): number {
  if (!isChangeable(path)) return status.denied;
  const slash = path.lastIndexOf("/");
  const parent = findNode(root, path.slice(0, slash));
  const node = findNode(root, path);
  if (!node || parent?.type !== "folder") return status.notFound;
  if (node.type === "folder" && node.children.size > 0) return status.notEmpty;
  parent.children.delete(path.slice(slash + 1));
  return status.ok;
}

/** The lock that a phone's services share. @returns an AFC status */
export function lockOrRelease(lock: { owner: object | undefined }, owner: object, operation: bigint): number {
  if (operation === flockRelease) {
    if (lock.owner === owner) lock.owner = undefined;
    return status.ok;
  }
  if (operation !== flockExclusiveNow) return status.denied;
  if (lock.owner !== undefined && lock.owner !== owner) return status.wouldBlock;
  lock.owner = owner;
  return status.ok;
}

function newFile(): FileNode {
  return {
    type: "file",
    content: bufferContent(Buffer.alloc(0)),
    size: 0,
    modifiedNs: 1_700_000_000_000_000_000n,
    bornNs: 1_700_000_000_000_000_000n,
    linkCount: 1,
  };
}
