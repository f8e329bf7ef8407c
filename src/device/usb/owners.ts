/** Who has a USB device open, and the one command that frees it. Linux tells; elsewhere it is known who takes them. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Names of the other programs that hold a device file open, as far as this user may see. */
export function ownersOf(deviceFile: string): string[] {
  const names = new Set<string>();
  const self = readSelf();
  for (const pid of list("/proc")) {
    if (!/^\d+$/.test(pid) || pid === self) continue;
    for (const fd of list(`/proc/${pid}/fd`)) {
      try {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) !== deviceFile) continue;
        names.add(readFileSync(`/proc/${pid}/comm`, "utf8").trim());
      } catch {
        // it ended, or is another user's
      }
    }
  }
  return [...names];
}

function readSelf(): string | undefined {
  try {
    return readlinkSync("/proc/self");
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const remedies: readonly (readonly [name: RegExp, remedy: string])[] = [
  [/^gvfsd-mtp/, "The file manager has it mounted. Run: gio mount -s mtp"],
  [/^gvfsd-gphoto2/, "The file manager has it mounted as a camera. Run: gio mount -s gphoto2"],
  [/^gvfs/, "The desktop is looking at it. Run: gio mount -s mtp; gio mount -s gphoto2"],
  [
    /^(kiod|kio_mtp|kmtpd)/,
    "KDE's file manager has it open. Close it there, or run: kquitapp6 kiod6 || kquitapp5 kiod5",
  ],
  [/^(ptpcamerad|mscamerad)/, "macOS has it open. Run: pkill -x ptpcamerad; pkill -x mscamerad-xpc"],
  [/^adb/, "The adb server has it. offroll can use it: --via adb"],
  [/^(jmtpfs|simple-mtpfs|go-mtpfs|aft-mtp-mount)/, "It is mounted. Unmount it with: fusermount -u FOLDER"],
];

/** What frees a device from its owners; undefined when nobody knows them. */
export function freeingRemedy(owners: readonly string[], platform: NodeJS.Platform): string | undefined {
  for (const owner of owners) {
    const known = remedies.find(([name]) => name.test(owner));
    if (known) return known[1];
  }
  if (owners.length > 0) return `Close ${owners.join(" and ")}, then try again.`;
  if (platform === "darwin")
    return "Close Photos and Image Capture. If it stays, run: pkill -x ptpcamerad; pkill -x mscamerad-xpc";
  return undefined;
}
