/** What is mounted where. The type of a file system is told by Linux only; mount points are known by device numbers, everywhere. */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { wayInside } from "./inside.ts";

/** The topmost folder of the file system that holds the path; undefined for the system's root, and where it cannot be told. */
export function mountPointOf(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  const [here, above] = [deviceOf(path), deviceOf(parent)];
  if (here === undefined || above === undefined) return undefined;
  return here === above ? mountPointOf(parent) : path;
}

/** Whether another file system begins at the path than that of the folder above. A missing folder is none. */
export function isMountPoint(path: string): boolean {
  const here = deviceOf(path);
  return here !== undefined && here !== deviceOf(dirname(path));
}

function deviceOf(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch {
    return undefined;
  }
}

/** What is mounted somewhere, as /proc/mounts has it. */
export interface Mount {
  /** Its topmost folder. */
  readonly at: string;
  /** "ext4", "vfat", "fuse.ifuse". */
  readonly type: string;
  /** The device, or whatever the file system calls its source. */
  readonly source: string;
}

/** File system type of the mount that holds the path. */
export function mountType(path: string): string | undefined {
  return mountOf(path)?.type;
}

/** The mount that holds the path; undefined where the system does not tell. */
export function mountOf(path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts()) {
    const { at } = mount;
    const inside = path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`);
    if (inside && (!best || at.length >= best.at.length)) best = mount;
  }
  return best;
}

/** File systems that are kept by the system for itself: no disk of a person's. */
const systems =
  /^(?:proc|sysfs|cgroup2?|devpts|devtmpfs|securityfs|debugfs|tracefs|pstore|bpf|mqueue|hugetlbfs|configfs|autofs|squashfs|overlay|ramfs|binfmt_misc|efivarfs|rpc_pipefs|fusectl|nsfs|fuse\.(?:portal|lxcfs|ifuse|gvfsd-fuse))$/;

/** Where disks are mounted now; Linux only. */
export function mountPoints(): string[] {
  return mounts()
    .filter(({ type }) => !systems.test(type))
    .map(({ at }) => at);
}

/**
 * The same folder of every disk that is mounted: a disk gets another mount point where two have one name, or on another day.
 * @param at mount point that the path lay below; without one nothing can be said
 */
export function onEveryMount(path: string, at: string | undefined): string[] {
  const inside = at === undefined ? undefined : wayInside(at, path);
  if (inside === undefined) return [];
  return mountPoints().map((point) => join(point, inside));
}

function mounts(): Mount[] {
  let text: string;
  try {
    text = readFileSync("/proc/mounts", "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [source, escaped, type] = line.split(" ");
    return source && escaped && type ? [{ at: plainText(escaped), type, source: plainText(source) }] : [];
  });
}

function plainText(escaped: string): string {
  return escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** File systems on which SQLite's own manual advises against locking, or that have none. See sqlite.org/faq.html#q5. */
const shares =
  /^(nfs4?|cifs|smb3|smbfs|9p|afpfs|webdav|davfs|ncpfs|vboxsf|prl_fs|virtiofs|fakeowner|fuse\.(sshfs|rclone|davfs|gvfsd-fuse|vmhgfs-fuse|grpcfuse))$/;

/** What is behind them reads through a cache of its own, whatever is asked of them: open(2) leaves O_DIRECT to each file system. */
const cached = /^(?:fuse(?:blk|\.|$)|zfs$|ceph$|tmpfs$|ramfs$)/;

/** Whether a file system may answer from memory where it is asked to read past the page cache: FUSE, shares, ZFS. */
export function mayAnswerFromMemory(type: string): boolean {
  return cached.test(type) || shares.test(type);
}

export function isShare(path: string): boolean {
  return shares.test(mountType(path) ?? "");
}
