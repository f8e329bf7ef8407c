/** Which file system holds a path, as the kernel names it. Only Linux tells; elsewhere undefined. */
import { readFileSync } from "node:fs";

/** File system type of the mount that holds the path: "ext4", "vfat", "fuse.ifuse". */
export function mountType(path: string): string | undefined {
  let mounts: string;
  try {
    mounts = readFileSync("/proc/mounts", "utf8");
  } catch {
    return undefined;
  }
  let best: { at: string; type: string } | undefined;
  for (const line of mounts.split("\n")) {
    const [, escaped, type] = line.split(" ");
    if (!escaped || !type) continue;
    const at = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const inside = path === at || path.startsWith(at.endsWith("/") ? at : `${at}/`);
    if (inside && (!best || at.length >= best.at.length)) best = { at, type };
  }
  return best?.type;
}
