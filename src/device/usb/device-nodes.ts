/**
 * Devices that come to the bus and leave it, by the files that Linux makes of them: /dev/bus/usb/BUS/DEVICE. libusb's hotplug would tell
 * the same at the price of its library, a thread that wakes every minute, and a daemon (udev) that containers do not have.
 * Source: Linux kernel, drivers/base/devtmpfs.c (nodes are made through the VFS, which tells inotify).
 */
import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";

export const usbNodes = "/dev/bus/usb";

/** Yields when a device came or went, until aborted. @throws where there is no such folder */
export async function* nodeChanges(signal: AbortSignal, folder = usbNodes): AsyncGenerator<void, void, undefined> {
  const watchers = new Map<string, FSWatcher>();
  let wake = Promise.withResolvers<void>();
  const note = (): void => wake.resolve();
  // A bus comes with its controller: a dock, a virtual machine's.
  const follow = (path: string): void => {
    if (watchers.has(path)) return;
    const watcher = watch(path, note);
    watcher.on("error", () => {
      watcher.close();
      watchers.delete(path);
    });
    watchers.set(path, watcher);
  };
  const followAll = (): void => {
    for (const name of readdirSync(folder)) {
      try {
        follow(join(folder, name));
      } catch {
        // gone again
      }
    }
  };
  signal.addEventListener("abort", note, { once: true });
  try {
    follow(folder);
    followAll();
    while (!signal.aborted) {
      await wake.promise;
      wake = Promise.withResolvers();
      if (signal.aborted) return;
      followAll();
      yield;
    }
  } finally {
    signal.removeEventListener("abort", note);
    for (const watcher of watchers.values()) watcher.close();
  }
}
