/** Phones that a running adb server has. */
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError, DeviceError, toAppError } from "../../shared/errors.ts";
import type { ConsentOptions, DeviceState, DeviceSummary, PhoneRoute, RouteChange } from "../device-route.ts";
import type { MediaSource } from "../media-source.ts";
import type { Trace } from "../trace.ts";
import { unknownDevice } from "../unknown-device.ts";
import { describePhone } from "./adb-phone.ts";
import { type AdbAddress, type AdbDevice, AdbServer, startAdbServer } from "./adb-server.ts";
import { AdbSource } from "./adb-source.ts";

/** Where the server is, and when it is worth asking at all. */
export interface AdbRouteOptions {
  readonly address: AdbAddress;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
  /** Whether a phone with USB debugging is on the bus, so that a server that does not run is worth starting; asked once. */
  readonly isWanted: () => Promise<boolean>;
  /** Told when the server was started. */
  readonly onStarted?: (() => void) | undefined;
}

const defaultStallMs = 30_000;
const retryMs = 2_000;
const lookMs = 1_000;
const defaultTimeoutMs = 150_000;

const states: Record<string, DeviceState> = {
  device: "ready",
  unauthorized: "allow-debugging",
  authorizing: "allow-debugging",
  connecting: "allow-debugging",
};
/** Not phones one can copy from, or not now: recovery, bootloader and the like. */
const unreachable: Record<string, string> = {
  offline: "adb shows it as offline.",
  "no permissions": "adb may not open it.",
};

/** Asks a server that runs, and starts one only where `isWanted` says so. Never ends one. */
export class AdbRoute implements PhoneRoute {
  readonly name = "adb";
  readonly #options: AdbRouteOptions;
  readonly #server: AdbServer;
  #hasTriedToStart = false;
  /** What adb calls each phone that was seen, by its id. */
  readonly #serials = new Map<string, string>();

  constructor(options: AdbRouteOptions) {
    this.#options = options;
    const stallMs = options.stallMs ?? defaultStallMs;
    this.#server = new AdbServer(options.address, { stallMs, trace: options.trace });
  }

  /** None where no server runs, unless one could be started. */
  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    const seen = await this.#list(options);
    throwIfAborted(options.signal);
    return (await Promise.all(seen.map((device) => this.#summarise(device, options)))).flat();
  }

  async #list(options: AbortOptions): Promise<AdbDevice[]> {
    try {
      return await this.#server.devices(options);
    } catch (error) {
      if (toAppError(error).code !== "adb-not-running") throw error;
    }
    if (this.#hasTriedToStart) return [];
    this.#hasTriedToStart = true;
    if (!(await unlessAborted(this.#options.isWanted(), options.signal))) return [];
    try {
      await startAdbServer(this.#options.address, options);
    } catch {
      throwIfAborted(options.signal);
      return []; // not installed: the other ways remain
    }
    this.#options.onStarted?.();
    return await this.#server.devices(options);
  }

  async #summarise(device: AdbDevice, options: AbortOptions): Promise<DeviceSummary[]> {
    const state = states[device.state];
    const route = this.name;
    const why = unreachable[device.state];
    const unknown = unknownDevice({ id: device.serial }, "android", device.model);
    if (state === undefined && why === undefined) return [];
    if (state === undefined) {
      const error = new DeviceError("device-disconnected", why as string, {
        remedy:
          device.state === "offline"
            ? "Unplug the phone and plug it in again."
            : "Allow your user to open it: `offroll doctor --udev` prints the rule. Then run `adb kill-server` and try again.",
      });
      return [{ info: unknown, state: "unreachable", route, error }];
    }
    if (state !== "ready") return [{ info: unknown, state, route }];
    try {
      const info = await describePhone(this.#server, device.serial, options);
      this.#serials.set(info.id, device.serial);
      return [{ info, state, route }];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [{ info: unknown, state: "unreachable", route, error }];
    }
  }

  /** The server tells each change by itself; while none runs, it is looked for now and then. */
  async *changes({ signal }: AbortOptions = {}): AsyncGenerator<RouteChange, void, undefined> {
    while (!signal?.aborted) {
      try {
        let isFirst = true;
        for await (const _ of this.#server.track(signal ? { signal } : {})) {
          if (!isFirst) yield { type: "changed" };
          isFirst = false;
        }
      } catch (error) {
        if (toAppError(error).scope !== "device") throw error;
        if (toAppError(error).code !== "adb-not-running") yield { type: "changed" };
      }
      if (signal?.aborted) return;
      try {
        await this.#options.clock.sleep(retryMs, signal ? { signal } : {});
      } catch {
        return;
      }
    }
  }

  /** Waits until Allow is tapped. */
  async trust(id: string, options: ConsentOptions = {}): Promise<void> {
    const { clock } = this.#options;
    const serial = this.#serials.get(id) ?? id;
    const deadline = clock.now() + (options.timeoutMs ?? defaultTimeoutMs);
    let isTold = false;
    for (;;) {
      throwIfAborted(options.signal);
      const device = (await this.#server.devices(options)).find((d) => d.serial === serial);
      const state = device && states[device.state];
      if (state === "ready") {
        if (isTold) options.onState?.("ready");
        return;
      }
      if (state === "allow-debugging" && !isTold) {
        options.onState?.("allow-debugging");
        isTold = true;
      }
      if (!isTold)
        throw new DeviceError("device-disconnected", "adb does not show the phone any more.", { retryable: true });
      if (clock.now() >= deadline) {
        options.onState?.("not-answered");
        throw new DeviceError("debugging-unauthorised", "Nobody allowed USB debugging on the phone.", {
          retryable: true,
        });
      }
      await clock.sleep(lookMs, options);
    }
  }

  async open(id: string, options: AbortOptions = {}): Promise<MediaSource> {
    return await AdbSource.open(this.#server, this.#serials.get(id) ?? id, this.#options.clock, options);
  }
}
