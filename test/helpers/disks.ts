/** Real file systems on images, where root may mount them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Disk extends Disposable {
  readonly root: string;
  readonly readOnly: () => void;
  /** A tmpfs gets so much room. */
  readonly grow: (size: string) => void;
}

const quiet = { stdio: ["ignore", "ignore", "ignore"] as "ignore"[] };

/** By name. Ways to make and mount each; the first that works is taken. */
export const recipes: Record<string, readonly (readonly [string, string])[]> = {
  ext4: [["mkfs.ext4 -q -F IMAGE", "mount -o loop IMAGE ROOT"]],
  // Where the kernel has no FAT, the VM of test/usbvm does this with Debian's.
  fat32: [["mkfs.vfat -F 32 IMAGE", "mount -o loop IMAGE ROOT"]],
  exfat: [
    ["mkfs.exfat IMAGE", "mount -o loop IMAGE ROOT"],
    ["mkfs.exfat IMAGE", "mount.exfat-fuse $(losetup -f --show IMAGE) ROOT"],
  ],
  tmpfs: [["true", "mount -t tmpfs -o size=6m none ROOT"]],
};

/** @returns undefined where this computer has no way to mount one */
export function mountDisk(name: string, size = "64M"): Disk | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const [make, attach] of recipes[name]!) {
    const work = mkdtempSync(join(tmpdir(), "offroll-disk-"));
    const root = join(work, "root");
    mkdirSync(root);
    const run = (text: string): void => {
      execFileSync("sh", ["-c", text.replaceAll("IMAGE", join(work, "image")).replaceAll("ROOT", root)], quiet);
    };
    try {
      execFileSync("truncate", ["-s", size, join(work, "image")]);
      run(make);
      run(attach);
      if (statSync(root).dev === statSync(work).dev) throw new Error("nothing was mounted");
      return {
        root,
        readOnly: () => run("mount -o remount,ro ROOT"),
        grow: (size) => run(`mount -o remount,size=${size} ROOT`),
        [Symbol.dispose]() {
          run("umount -l ROOT");
          rmSync(work, { recursive: true, force: true });
        },
      };
    } catch {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return undefined;
}
