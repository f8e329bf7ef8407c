/**
 * iPhones coming and going, told by the system alone: the daemon is listened to while it is there, and while it is not, the folder of
 * its socket tells when it appears. On Linux the daemon exists only while an iPhone is plugged in (usbmuxd's udev rule).
 */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { AbortOptions } from "../../../../shared/abort.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { DeviceError, toAppError } from "../../../../shared/errors.ts";
import type { UsbmuxEvent } from "../muxer.ts";
import type { UsbmuxAddress } from "./usbmux-address.ts";
import { UsbmuxClient } from "./usbmux-client.ts";

/** A port has no folder that tells, nor has a folder that is not there: Apple's services run from the start of the system. */
const retryMs = 60_000;
/** A socket is there a moment before its daemon listens. */
const graceMs = 500;

export type Arrival = UsbmuxEvent | { readonly type: "daemon-gone" };

/** Yields until aborted; it then returns. Whoever hears `daemon-gone` knows that every phone is detached. */
export async function* iphonesArriving(
  address: UsbmuxAddress,
  { clock, signal }: AbortOptions & { readonly clock: Clock },
): AsyncGenerator<Arrival, void, undefined> {
  const client = new UsbmuxClient(address);
  const options = signal ? { signal } : {};
  while (!signal?.aborted) {
    // Begun before the daemon is tried: what appears in between is not missed.
    using socket = new SocketWatch(address);
    try {
      yield* client.listen(options);
    } catch (error) {
      if (signal?.aborted) return;
      if (!(toAppError(error) instanceof DeviceError)) throw error;
      yield { type: "daemon-gone" };
    }
    try {
      await socket.appears(clock, options);
    } catch {
      return;
    }
  }
}

/** Whether something happened to a socket's name since this began. */
class SocketWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  readonly #happened = Promise.withResolvers<void>();

  constructor(address: UsbmuxAddress) {
    if (address.kind !== "unix") return;
    const name = basename(address.path);
    try {
      this.#watcher = watch(dirname(address.path), (_, changed) => {
        if (changed === name) this.#happened.resolve();
      });
      this.#watcher.on("error", () => {});
    } catch {
      // no such folder: looked for now and then
    }
  }

  async appears(clock: Clock, { signal }: AbortOptions): Promise<void> {
    if (!this.#watcher) return await clock.sleep(retryMs, signal ? { signal } : {});
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(new Error("aborted"));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#happened.promise, promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    await clock.sleep(graceMs, signal ? { signal } : {});
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
