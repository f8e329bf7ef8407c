/** Phones that come and go: iPhones by their daemon, others by the USB bus and by adb's server. */
import type { Attachments } from "../../app/attachments.ts";
import type { Source } from "./source.ts";

export function phoneSources({ iphones, bus, adb }: Attachments): Source[] {
  const changes = (name: string, changed: (signal: AbortSignal) => AsyncIterable<void>): Source => ({
    name,
    async follow(tell, signal) {
      for await (const _ of changed(signal)) tell({ type: "phones-changed" });
    },
  });
  const daemon: Source = {
    name: "usbmuxd",
    async follow(tell, signal) {
      for await (const event of iphones(signal)) {
        if (event.type === "attached") {
          const { udid, connection, deviceId: key } = event.device;
          tell({ type: "iphone-attached", udid, by: connection === "usb" ? "cable" : "network", key });
        } else if (event.type === "detached") tell({ type: "iphone-detached", key: event.deviceId });
        else if (event.type === "paired") tell({ type: "iphone-paired", key: event.deviceId });
        else tell({ type: "iphones-gone" });
      }
    },
  };
  return [daemon, changes("usb", bus), changes("adb", adb)];
}
