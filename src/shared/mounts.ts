/** What is mounted where. The type of a file system is told by Linux only; mount points are known by device numbers, everywhere. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

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

/**
 * Whether two paths lie on one disk, by its partitions where the system tells them. Undefined where nobody does: two file systems may
 * share a disk, as volumes of one APFS container do.
 */
export function isSameDisk(a: string, b: string): boolean | undefined {
  const [one, other] = [deviceOf(a), deviceOf(b)];
  if (one === undefined || other === undefined) return undefined;
  if (one === other) return true;
  const [disk, otherDisk] = [diskOf(one), diskOf(other)];
  return disk === undefined || otherDisk === undefined ? undefined : disk === otherDisk;
}

/** The disk below a file system's device: its folder in sysfs, which a partition's lies in. Undefined for what is no plain disk. */
function diskOf(device: number): string | undefined {
  const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)];
  try {
    const path = realpathSync(`/sys/dev/block/${major}:${minor}`);
    if (path.includes("/virtual/")) return undefined;
    return existsSync(`${path}/partition`) ? dirname(path) : path;
  } catch {
    return undefined;
  }
}

function deviceOf(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch {
    return undefined;
  }
}

/** File system type of the mount that holds the path: "ext4", "vfat", "fuse.ifuse". */
export function mountType(path: string): string | undefined {
  let best: { at: string; type: string } | undefined;
  for (const { at, type } of mounts()) {
    const inside = path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`);
    if (inside && (!best || at.length >= best.at.length)) best = { at, type };
  }
  return best?.type;
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

function mounts(): { readonly at: string; readonly type: string }[] {
  let text: string;
  try {
    text = readFileSync("/proc/mounts", "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [, escaped, type] = line.split(" ");
    if (!escaped || !type) return [];
    const at = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    return [{ at, type }];
  });
}

/** File systems on which SQLite's own manual advises against locking, or that have none. See sqlite.org/faq.html#q5. */
const shares =
  /^(nfs4?|cifs|smb3|smbfs|9p|afpfs|webdav|davfs|ncpfs|vboxsf|prl_fs|virtiofs|fakeowner|fuse\.(sshfs|rclone|davfs|gvfsd-fuse|vmhgfs-fuse|grpcfuse))$/;

export function isShare(path: string): boolean {
  return shares.test(mountType(path) ?? "");
}
