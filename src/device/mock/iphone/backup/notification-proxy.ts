/** `com.apple.mobile.notification_proxy`: what hosts post is remembered, what they observe is told. Source: libimobiledevice, src/notification_proxy.c. */
import type { Duplex } from "node:stream";
import { readExact } from "../../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict, plistField } from "../../../wire/plist.ts";
import type { BackupState } from "./backup-state.ts";

/** Serves one connection until it ends. */
export async function serveNotifications(state: BackupState, stream: Duplex): Promise<void> {
  const observed = new Set<string>();
  const relay = (name: string): void => {
    if (observed.has(name)) send(stream, { Command: "RelayNotification", Name: name });
  };
  state.observers.add(relay);
  stream.on("error", () => {});
  try {
    for (;;) {
      const length = (await readExact(stream, 4)).readUInt32BE(0);
      if (length === 0 || length > 65_536) return;
      const message = decodePlistDict(await readExact(stream, length));
      const name = plistField.string(message, "Name") ?? "";
      const command = plistField.string(message, "Command");
      if (command === "ObserveNotification") observed.add(name);
      else if (command === "PostNotification") state.posted.push(name);
      else if (command === "Shutdown") {
        send(stream, { Command: "ProxyDeath" });
        stream.end();
        return;
      }
    }
  } finally {
    state.observers.delete(relay);
  }
}

function send(stream: Duplex, message: PlistDict): void {
  const body = encodePlist(message);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(body.length);
  if (!stream.destroyed) stream.write(Buffer.concat([prefix, body]));
}
