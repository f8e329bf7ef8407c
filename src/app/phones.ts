/** Where phones are looked for, and where copies of their libraries lie: by the settings. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DeviceHubOptions } from "../device/index.ts";
import type { MediaSource } from "../device/media-source.ts";
import type { LibraryOptions } from "../library/index.ts";
import type { Host } from "./host.ts";
import type { Paths } from "./settings/paths.ts";
import type { ConfigKey } from "./settings/schema.ts";

/** Each phone's copy has a folder of its own, named by a hash: a folder's name should not tell whose phone it is. */
export function libraryOptions(
  context: Pick<Host, "clock" | "pid">,
  paths: Paths,
  source: MediaSource,
): LibraryOptions {
  const name = createHash("sha256").update(source.device.id).digest("hex").slice(0, 16);
  return { folder: join(paths.cacheFolder, "library", name), clock: context.clock, pid: context.pid };
}

/** Where phones are looked for. @throws {UsageError} for an unknown way */
export function hubOptions(
  context: Pick<Host, "hostName" | "platform" | "clock" | "env" | "cwd">,
  paths: Paths,
  setting: (key: ConfigKey) => string | undefined,
): DeviceHubOptions {
  return {
    usbmuxAddress: setting("usbmux"),
    usbipAddress: setting("usbip"),
    adbAddress: setting("adb"),
    via: setting("via"),
    cwd: context.cwd,
    recordFolder: paths.recordFolder,
    hostName: context.hostName,
    platform: context.platform,
    clock: context.clock,
  };
}
