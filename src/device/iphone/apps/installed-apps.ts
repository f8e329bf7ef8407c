/**
 * Which apps a phone has, with what it needs to install them again: as idevicebackup2 asks for them, for Info.plist of a backup.
 * Read only.
 */
import type { Duplex } from "node:stream";
import { type AbortOptions, throwIfAborted } from "../../../shared/abort.ts";
import type { Clock } from "../../../shared/clock.ts";
import { DeviceError, ProtocolError } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text.ts";
import type { Trace } from "../../trace.ts";
import { isDict, type PlistDict, type PlistValue, plistField } from "../../wire/plist.ts";
import { appKey, appServices, browse, browseStatus, iconCommand, maxAppsMessageBytes } from "./apps-format.ts";
import { PlistService } from "./plist-service.ts";

/** One app that its owner installed. */
export interface InstalledApp {
  /** Without control characters, at most 1024 long. */
  readonly id: string;
  /** The right to run it, and what the App Store said of it. Without both a phone cannot install it again. */
  readonly store: { readonly rights: Uint8Array; readonly metadata: Uint8Array } | undefined;
  /** PNG; what the home screen shows until it is installed. */
  readonly icon: Uint8Array | undefined;
}

/** As far as its services are needed. */
export interface AppsPhone {
  openService(name: string, options?: AbortOptions): Promise<Duplex>;
}

/** What goes with the question. */
export interface AppsOptions extends AbortOptions {
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
}

/** Phones with 2,000 apps have been seen; one with more than this makes them up. */
const mostApps = 20_000;
/** What is kept of all of them together; phones with many have 12 MB. Readers of Info.plist take no end of it either. */
const mostBytes = 24 * 1024 * 1024;
/** Phones with hundreds of apps take some ten seconds. */
const listMs = 300_000;
/** Icons are asked for one by one. Those that have not come by then are left out: nothing hangs on them. */
const iconsMs = 60_000;
const maxIdLength = 1024;

/**
 * In the phone's order, each once.
 * @throws {DeviceError} `service-unavailable`, `device-stalled`, `device-disconnected`; {ProtocolError} for an answer that is none
 */
export async function readInstalledApps(phone: AppsPhone, options: AppsOptions): Promise<InstalledApp[]> {
  const { clock, trace, ...abort } = options;
  await using service = new PlistService(await phone.openService(appServices.apps, abort), maxAppsMessageBytes, trace);
  const apps = new Map<string, InstalledApp>();
  let left = mostBytes;
  const until = clock.now() + listMs;
  for await (const entry of browsed(service, abort)) {
    if (clock.now() >= until) throw new DeviceError("device-stalled", "The phone's list of apps does not end.");
    const app = appOf(entry);
    if (!app) continue;
    const bytes = app.store ? app.store.rights.length + app.store.metadata.length : 0;
    left -= bytes;
    if (apps.size >= mostApps || left < 0) throw new ProtocolError("a list of apps that does not end");
    apps.set(app.id, app);
  }
  return await withIcons(phone, [...apps.values()], left, options);
}

/** Every entry, and something between two pieces, however empty they are. */
async function* browsed(service: PlistService, options: AbortOptions): AsyncGenerator<PlistDict, void, undefined> {
  service.send({
    Command: browse,
    ClientOptions: { ApplicationType: "User", ReturnAttributes: Object.values(appKey) },
  });
  // An answer without apps in it is one too: what is bounded is how many there are.
  for (let messages = 0; messages < mostApps; messages += 1) {
    throwIfAborted(options.signal);
    const message = await service.receive(options);
    const error = plistField.string(message, "Error");
    if (error !== undefined) throw new ProtocolError(`the phone refused: ${printable(error).slice(0, 100)}`);
    yield {};
    const list = message["CurrentList"];
    if (Array.isArray(list)) for (const each of list as readonly PlistValue[]) if (isDict(each)) yield each;
    const status = plistField.string(message, "Status");
    if (status === browseStatus.complete) return;
    if (status !== browseStatus.goesOn) throw new ProtocolError("a list of apps without a status");
  }
  throw new ProtocolError("a list of apps that does not end");
}

/** Undefined for what no property list can have as a key. */
function appOf(entry: PlistDict): InstalledApp | undefined {
  const id = plistField.string(entry, appKey.id);
  if (
    id === undefined ||
    id === "" ||
    id === "__proto__" ||
    id.length > maxIdLength ||
    /[\u0000-\u001f\u007f\ufffe\uffff]/.test(id)
  )
    return undefined;
  const rights = plistField.data(entry, appKey.rights);
  const metadata = plistField.data(entry, appKey.metadata);
  return { id, store: rights && metadata ? { rights, metadata } : undefined, icon: undefined };
}

/** Apps that can be installed again get their icons, as far as the phone gives them. */
async function withIcons(
  phone: AppsPhone,
  apps: readonly InstalledApp[],
  bytesLeft: number,
  { clock, trace, ...abort }: AppsOptions,
): Promise<InstalledApp[]> {
  const out = [...apps];
  if (!apps.some(({ store }) => store)) return out;
  const until = clock.now() + iconsMs;
  let left = bytesLeft;
  try {
    const stream = await phone.openService(appServices.icons, abort);
    await using service = new PlistService(stream, maxAppsMessageBytes, trace);
    for (const [i, app] of apps.entries()) {
      if (!app.store || clock.now() >= until) continue;
      service.send({ command: iconCommand, bundleId: app.id });
      const icon = plistField.data(await service.receive(abort), "pngData");
      if (!icon || icon.length === 0 || icon.length > left) continue;
      left -= icon.length;
      out[i] = { ...app, icon };
    }
  } catch {
    // A home screen without pictures until the apps are there. Whoever cancelled is told by the next step.
    throwIfAborted(abort.signal);
  }
  return out;
}
