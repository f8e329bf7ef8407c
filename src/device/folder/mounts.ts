/** What is mounted where, and what tells one file system from another. Known on Linux only; elsewhere nothing is claimed. */
import { readdir, readFile, realpath } from "node:fs/promises";

/** One mount, as /proc/self/mountinfo has it. */
export interface Mount {
  /** Where it is mounted, without links. */
  readonly at: string;
  /** Which folder of the file system is mounted there: "/" but for bind mounts and subvolumes. */
  readonly root: string;
  /** "vfat", "exfat", "fuse.ifuse". */
  readonly type: string;
  /** "/dev/sdb1", "//server/share", "ifuse". */
  readonly source: string;
}

/** The mount that holds a path; undefined where that is not told. */
export async function mountOf(path: string): Promise<Mount | undefined> {
  let text: string;
  try {
    text = await readFile("/proc/self/mountinfo", "utf8");
  } catch {
    return undefined;
  }
  return mountIn(text, path);
}

/** As `mountOf`, of the text of /proc/self/mountinfo. Source: proc_pid_mountinfo(5). */
export function mountIn(text: string, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of text.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, at] = left.split(" ").map(unescaped);
    const [type, source] = right.split(" ").map(unescaped);
    if (root === undefined || at === undefined || type === undefined || source === undefined) continue;
    const isInside = path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`);
    // Of two on one place the later hides the earlier.
    if (isInside && (!best || at.length >= best.at.length)) best = { at, root, type, source };
  }
  return best;
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The number that a file system got when it was made: of FAT and exFAT its serial number. Undefined for what lies on no disk. */
export async function volumeNumber({ source }: Mount): Promise<string | undefined> {
  const byNumber = "/dev/disk/by-uuid";
  try {
    const disk = await realpath(source);
    for (const name of await readdir(byNumber)) if ((await realpath(`${byNumber}/${name}`)) === disk) return name;
  } catch {
    // no udev, or no disk
  }
  return undefined;
}
