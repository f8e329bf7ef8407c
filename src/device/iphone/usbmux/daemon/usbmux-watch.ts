/** Phones coming and going, for as long as anybody wants to know: reconnects when the daemon restarts. */
import type { AbortOptions } from "../../../../shared/abort.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { DeviceError, toAppError } from "../../../../shared/errors.ts";
import type { UsbmuxDevice, WatchEvent } from "../muxer.ts";
import type { UsbmuxClient } from "./usbmux-client.ts";

const firstRetryMs = 500;
const lastRetryMs = 3_000;

/**
 * Yields events until aborted (it then returns). A daemon that goes away detaches every phone, is reported once,
 * and is tried again: on Linux it exits with the last phone and comes back with the next.
 */
export async function* watchUsbmux(
  client: UsbmuxClient,
  options: AbortOptions & { readonly clock: Clock },
): AsyncGenerator<WatchEvent, void, undefined> {
  const present = new Map<number, UsbmuxDevice>();
  let retryMs = firstRetryMs;
  let reported = false;
  while (!options.signal?.aborted) {
    try {
      for await (const event of client.listen(options)) {
        retryMs = firstRetryMs;
        reported = false;
        if (event.type === "attached") present.set(event.device.deviceId, event.device);
        if (event.type === "detached") present.delete(event.deviceId);
        yield event;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      for (const deviceId of present.keys()) yield { type: "detached", deviceId };
      present.clear();
      const reason = toAppError(error);
      if (!(reason instanceof DeviceError)) throw reason;
      if (!reported) yield { type: "daemon-gone", error: reason };
      reported = true;
      try {
        await options.clock.sleep(retryMs, options);
      } catch {
        return;
      }
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    }
  }
}
