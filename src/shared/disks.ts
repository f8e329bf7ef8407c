/**
 * Which physical disks a folder lies on. Linux tells it in sysfs, through partitions, encryption, RAID and volume groups; for network
 * shares, FUSE, and on systems that do not tell, the answer is that nobody knows, never a guess.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mountOf } from "./mounts.ts";

/** What lies below a folder. */
export interface DiskIdentity {
  /** The file system's number; undefined where nothing is there. Folders of one number are on one disk whatever else is known. */
  readonly fileSystem: number | undefined;
  /** Numbers of file systems that are mounted within it, where these were looked at. */
  readonly within?: readonly number[];
  /** The physical disks below, as the system names them; undefined where it cannot be told. */
  readonly disks: readonly string[] | undefined;
}

/** Disks behind disks: an encrypted volume in a volume group on a RAID of loops has four. */
const maxDepth = 8;

/** @param path of a folder that is there */
export function diskIdentity(path: string, sys = "/sys"): DiskIdentity {
  const fileSystem = deviceOf(path);
  if (fileSystem === undefined) return { fileSystem: undefined, disks: undefined };
  const disks = disksBelow(path, fileSystem, sys, 0);
  return { fileSystem, disks: disks && [...new Set(disks)].sort() };
}

/**
 * Whether two folders are on different disks, as far as it can be told: undefined where nobody does. One file system is one disk, and
 * so are two that share a disk.
 */
export function areApart(a: DiskIdentity, b: DiskIdentity): boolean | undefined {
  if (fileSystemsOf(a).some((number) => fileSystemsOf(b).includes(number))) return false;
  if (!a.disks || !b.disks) return undefined;
  return !a.disks.some((disk) => b.disks?.includes(disk));
}

function fileSystemsOf({ fileSystem, within = [] }: DiskIdentity): readonly number[] {
  return fileSystem === undefined ? within : [fileSystem, ...within];
}

/** As `areApart`, the other way round, of two paths. */
export function isSameDisk(a: string, b: string): boolean | undefined {
  const apart = areApart(diskIdentity(a), diskIdentity(b));
  return apart === undefined ? undefined : !apart;
}

function disksBelow(path: string, device: number, sys: string, depth: number): string[] | undefined {
  if (depth > maxDepth) return undefined;
  const [major, minor] = numbersOf(device);
  if (major !== 0) return physical(join(sys, "dev/block", `${major}:${minor}`), sys, depth);
  // btrfs numbers its subvolumes itself: what was mounted says where it lies. Its other devices stand beside it.
  const mount = mountOf(path);
  if (mount?.type !== "btrfs" || !mount.source.startsWith("/dev/")) return undefined;
  return together(btrfsDevices(mount.source, sys), (entry) => physical(entry, sys, depth));
}

/** @param entry of a block device in sysfs */
function physical(entry: string, sys: string, depth: number): string[] | undefined {
  const folder = real(entry);
  if (folder === undefined || depth > maxDepth) return undefined;
  const slaves = namesIn(join(folder, "slaves"));
  if (slaves.length > 0) return together(slaves, (name) => physical(join(folder, "slaves", name), sys, depth + 1));
  const whole = existsSync(join(folder, "partition")) ? dirname(folder) : folder;
  const image = lineOf(join(whole, "loop/backing_file"));
  if (image !== undefined) {
    const device = deviceOf(dirname(image));
    return device === undefined ? undefined : disksBelow(dirname(image), device, sys, depth + 1);
  }
  if (isElsewhere.test(whole)) return undefined;
  // Namespaces of one controller are one disk.
  return [/^nvme\d+(?:c\d+)?n\d+$/.test(basename(whole)) ? dirname(whole) : whole];
}

/** RAM, compressed memory, block devices over a network (nbd, iSCSI, Fibre Channel): what is behind them nobody tells here. */
const isElsewhere = /\/virtual\/(?!nvme-subsystem\/)|\/session\d+\/|\/rport-/;

function btrfsDevices(source: string, sys: string): string[] {
  const name = basename(real(source) ?? source);
  const own = join(sys, "class/block", name);
  const pools = namesIn(join(sys, "fs/btrfs")).map((pool) => join(sys, "fs/btrfs", pool, "devices"));
  const pool = pools.find((devices) => existsSync(join(devices, name)));
  return pool === undefined ? [own] : namesIn(pool).map((device) => join(pool, device));
}

/** All of them, or undefined where one cannot be told. */
function together(entries: readonly string[], disksOf: (entry: string) => string[] | undefined): string[] | undefined {
  const all = entries.map(disksOf);
  return all.length > 0 && all.every((disks) => disks !== undefined) ? all.flat() : undefined;
}

function numbersOf(device: number): [major: number, minor: number] {
  return [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)];
}

function deviceOf(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch {
    return undefined;
  }
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lineOf(file: string): string | undefined {
  try {
    const line = readFileSync(file, "utf8").split("\n")[0];
    return line === "" ? undefined : line;
  } catch {
    return undefined;
  }
}
