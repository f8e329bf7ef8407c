/** Where every file of ours lies on this computer. */
import { join } from "node:path";
import type { Host } from "../host.ts";

/** Where each kind of file lies. Nothing of it exists until it is needed. */
export interface Paths {
  readonly configFile: string;
  /** Pair records that the daemon does not keep. */
  readonly recordFolder: string;
  /** Catalogs of destinations on shares. */
  readonly dataFolder: string;
  /** Copies of phones' photo libraries; they may be deleted at any time. */
  readonly cacheFolder: string;
}

/** XDG on Linux, Library on macOS, AppData on Windows; OFFROLL_CONFIG_DIR, OFFROLL_DATA_DIR and OFFROLL_CACHE_DIR over all. */
export function pathsFor(context: Pick<Host, "env" | "home" | "platform">): Paths {
  const { env, home, platform } = context;
  const system =
    platform === "win32"
      ? {
          config: env["APPDATA"] ?? join(home, "AppData", "Roaming"),
          data: env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"),
          cache: join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "cache"),
        }
      : platform === "darwin"
        ? {
            config: join(home, "Library", "Application Support"),
            data: join(home, "Library", "Application Support"),
            cache: join(home, "Library", "Caches"),
          }
        : {
            config: env["XDG_CONFIG_HOME"] || join(home, ".config"),
            data: env["XDG_DATA_HOME"] || join(home, ".local", "share"),
            cache: env["XDG_CACHE_HOME"] || join(home, ".cache"),
          };
  const config = env["OFFROLL_CONFIG_DIR"] || join(system.config, "offroll");
  const data = env["OFFROLL_DATA_DIR"] || join(system.data, "offroll");
  const cache = env["OFFROLL_CACHE_DIR"] || join(system.cache, "offroll");
  return {
    configFile: join(config, "config.json"),
    recordFolder: join(data, "pair-records"),
    dataFolder: data,
    cacheFolder: cache,
  };
}
