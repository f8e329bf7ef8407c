/** `com.apple.mobile.heartbeat`: Marco, which wants a Polo. Source: pymobiledevice3, services/heartbeat.py. */
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { readExact } from "../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist } from "../../wire/plist.ts";
import type { MockPhone } from "./mock-phone.ts";

const intervalMs = 1_000;

/** Serves one connection until it ends; the phone knows how many of them are answered. */
export async function serveHeartbeat(phone: MockPhone, stream: Duplex): Promise<void> {
  let isAnswered = false;
  stream.on("error", () => {});
  try {
    for (;;) {
      const body = encodePlist({ Command: "Marco", Interval: 10 });
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(body.length);
      stream.write(Buffer.concat([prefix, body]));
      const length = (await readExact(stream, 4)).readUInt32BE(0);
      if (length === 0 || length > 65_536) return;
      if (decodePlistDict(await readExact(stream, length))["Command"] !== "Polo") return;
      phone.polos += 1;
      if (!isAnswered) phone.heartbeats += 1;
      isAnswered = true;
      await delay(intervalMs, undefined, { ref: false });
      if (stream.destroyed) return;
    }
  } finally {
    if (isAnswered) phone.heartbeats -= 1;
  }
}
