/** Phones at this computer, by whatever way they are reached. Read first: `DeviceHub`; the ways are `PhoneRoute`s. */
import type { AbortOptions } from "../shared/abort.ts";
import { AsyncQueue } from "../shared/async.ts";
import type { Clock } from "../shared/clock.ts";
import { type AppError, DeviceError, toAppError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import type { ConsentOptions, DeviceSummary, PhoneRoute, RouteChange } from "./device-route.ts";
import type { DeviceInfo, DeviceRoute, MediaSource } from "./media-source.ts";

/** Phones as they are now, all of them; or a way to them that is gone. */
export type DeviceChange =
  | { readonly type: "devices"; readonly devices: readonly DeviceSummary[] }
  | { readonly type: "daemon-gone"; readonly error: AppError };

/** A phone that shows nothing yet may announce nothing: it is looked at again. */
const lookAgainMs = 2_000;

/** Joins routes: one phone that is seen by two of them is one phone. Knows no protocol. */
export class DeviceHub {
  readonly #routes: readonly PhoneRoute[];
  readonly #clock: Clock;
  /** How each phone was last seen. */
  readonly #seen = new Map<string, DeviceSummary>();

  constructor(routes: readonly PhoneRoute[], clock: Clock) {
    this.#routes = routes;
    this.#clock = clock;
  }

  /** Whether phones are looked for in this way. */
  has(route: DeviceRoute): boolean {
    return this.#routes.some((r) => r.name === route);
  }

  /** Every phone seen now. @throws {DeviceError} when a way is blocked and no other leads to a phone */
  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    const looks = await Promise.allSettled(this.#routes.map((route) => route.devices(options)));
    const found = joinRoutes(looks.flatMap((look) => (look.status === "fulfilled" ? look.value : [])));
    const failed = looks.find((look) => look.status === "rejected");
    if (failed && (found.length === 0 || toAppError(failed.reason).scope !== "device")) throw failed.reason;
    this.#seen.clear();
    for (const device of found) this.#seen.set(device.info.id, device);
    return found;
  }

  /** The list of phones, anew at each change, until aborted. */
  async *watch(options: AbortOptions = {}): AsyncGenerator<DeviceChange, void, undefined> {
    const queue = new AsyncQueue<RouteChange>();
    // Who leaves early takes the routes' watchers along.
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    const follow = async (route: PhoneRoute): Promise<void> => {
      for await (const change of route.changes({ signal })) queue.push(change);
    };
    const followed = Promise.all(this.#routes.map(follow)).then(
      () => queue.end(),
      (error: unknown) => queue.fail(error),
    );
    try {
      yield* this.#look(queue, signal);
      for await (const change of queue) {
        if (change.type === "daemon-gone") yield change;
        else yield* this.#look(queue, signal);
      }
    } finally {
      left.abort();
      await followed;
    }
  }

  async *#look(queue: AsyncQueue<RouteChange>, signal: AbortSignal): AsyncGenerator<DeviceChange, void, undefined> {
    try {
      const devices = await this.devices({ signal });
      yield { type: "devices", devices };
      if (devices.some((d) => d.state === "choose-file-transfer" || d.state === "no-card"))
        void this.#clock.sleep(lookAgainMs, { signal }).then(
          () => queue.push({ type: "changed" }),
          () => {}, // nobody watches any more
        );
    } catch (error) {
      // Whoever ended the watch may have done so in the middle of a look.
      if (!signal.aborted && toAppError(error).scope !== "device") throw error;
    }
  }

  /**
   * The phone that was meant: by name, UDID or serial number, or the only one there is.
   * @throws {DeviceError} `device-not-found`, `device-network-only`; {UsageError} `device-ambiguous`
   */
  async find(wanted: string | undefined, options: AbortOptions = {}): Promise<DeviceSummary> {
    const devices = await this.devices(options);
    const matching = wanted === undefined ? devices : phonesNamed(devices, wanted);
    const byCable = matching.filter((d) => d.state !== "network-only");
    if (byCable.length > 1) throw ambiguous(byCable);
    const [device] = byCable;
    if (device) return device;
    if (matching.length > 0)
      throw new DeviceError("device-network-only", `${printable(matching[0]!.info.name)} is seen over Wi-Fi only.`);
    throw notFound(wanted, devices);
  }

  /** Makes the phone trust this computer, or show it its photos. @throws {DeviceError} as the phone's owner decides */
  async trust(device: DeviceInfo, options: ConsentOptions = {}): Promise<void> {
    await this.#route(this.#seen.get(device.id)?.route, device).trust(device.id, options);
  }

  /** Opens a phone that trusts this computer. The caller disposes the source. */
  async open(device: DeviceInfo, options: AbortOptions = {}): Promise<MediaSource> {
    return await this.#route(this.#seen.get(device.id)?.route, device).open(device.id, options);
  }

  #route(name: DeviceRoute | undefined, device: DeviceInfo): PhoneRoute {
    const wanted = name ?? usualRoutes[device.platform];
    const route = this.#routes.find((r) => r.name === wanted);
    if (!route)
      throw new DeviceError("device-disconnected", `The ${device.noun} is no longer plugged in.`, { retryable: true });
    return route;
  }
}

/** By which one is looked for that was not seen by any. */
const usualRoutes: Record<DeviceInfo["platform"], DeviceRoute> = {
  ios: "usbmux",
  android: "mtp",
  camera: "mtp",
  folder: "folder",
};

/**
 * One phone per serial number. An authorised adb is preferred: it knows more, and nobody else's program is in its way; else MTP, for
 * which nothing has to be set up.
 */
function joinRoutes(found: readonly DeviceSummary[]): DeviceSummary[] {
  const phones = new Map<string, DeviceSummary>();
  for (const next of found) {
    const first = phones.get(next.info.id);
    if (!first) {
      phones.set(next.info.id, next);
      continue;
    }
    // usbmuxd shows one phone by cable and over Wi-Fi; of two others one would be taken for the other.
    if (first.route === next.route && next.route !== "usbmux") {
      phones.set(next.info.id, { ...first, state: "unreachable", error: indistinguishable(next.info) });
      continue;
    }
    const [kept, other] = rank(next) > rank(first) ? [next, first] : [first, next];
    phones.set(next.info.id, { ...kept, otherRoutes: [...(kept.otherRoutes ?? []), other.route] });
  }
  return [...phones.values()];
}

function indistinguishable({ id }: DeviceInfo): DeviceError {
  return new DeviceError("device-indistinct", `Two devices here say that they are ${printable(id)}.`, {
    remedy: "Unplug one of them: nothing that they say tells one from the other.",
  });
}

function rank({ route, state }: DeviceSummary): number {
  if (state === "ready") return route === "adb" ? 4 : 3;
  // Neither works yet: choosing File transfer is less to ask of somebody than allowing to debug.
  if (state === "choose-file-transfer" || state === "no-card") return 2;
  return state === "allow-debugging" ? 1 : 0;
}

const plain = (text: string): string => text.normalize("NFC").toLowerCase();

/** Whom somebody may mean: phones of exactly this name, UDID or serial number; else those with it in their name. */
export function phonesNamed(devices: readonly DeviceSummary[], wanted: string): readonly DeviceSummary[] {
  const exact = devices.filter((d) => matches(d.info, wanted));
  if (exact.length > 0 || wanted.trim() === "") return exact;
  return devices.filter((d) => plain(printable(d.info.name)).includes(plain(wanted)));
}

function matches(info: DeviceInfo, wanted: string): boolean {
  return (
    plain(printable(info.name)) === plain(wanted) ||
    plain(info.name) === plain(wanted) ||
    plain(info.id) === plain(wanted) ||
    plain(info.id).replaceAll("-", "") === plain(wanted).replaceAll("-", "")
  );
}

function ambiguous(devices: readonly DeviceSummary[]): UsageError {
  const names = devices.map((d) => `${printable(d.info.name)} (${d.info.id})`).join(", ");
  return new UsageError("device-ambiguous", `More than one device is plugged in: ${names}.`);
}

function notFound(wanted: string | undefined, devices: readonly DeviceSummary[]): DeviceError {
  if (wanted === undefined) return new DeviceError("device-not-found", "No phone is plugged in.");
  const seen = devices.map((d) => printable(d.info.name)).join(", ") || "none";
  return new DeviceError("device-not-found", `No phone called "${printable(wanted)}" is plugged in. Seen: ${seen}.`, {
    remedy: "Plug it in, or give a name, or a part of one, as `offroll devices` shows it.",
  });
}
