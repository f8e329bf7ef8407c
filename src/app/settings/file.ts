/** One validated config file, the environment over it, flags over both; and where every file of ours lies. */

import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import type { DeviceHubOptions, DeviceRoute, MediaSource } from "../../device/index.ts";
import type { LibraryOptions } from "../../library/index.ts";
import { systemClock } from "../../shared/clock.ts";
import { UsageError } from "../../shared/errors.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import type { VerifyMode } from "../../transfer/index.ts";
import type { Host } from "../host.ts";

/** How the terminal UI shows pictures: values of `--graphics`, which the command line names again because it loads nothing. */
export const graphicsModes = ["auto", "kitty", "iterm2", "sixel", "blocks", "none"] as const;

const verifyModes = ["size", "hash", "reread"] as const satisfies readonly VerifyMode[];

const ConfigSchema = v.strictObject({
  /** Address of usbmuxd. */
  usbmux: v.optional(v.string()),
  /** A USB/IP server whose phones are used instead of those at this computer. */
  usbip: v.optional(v.string()),
  /** Address of the adb server. */
  adb: v.optional(v.string()),
  /** Only phones that are reached by this way. */
  via: v.optional(v.picklist(["usbmux", "mtp", "adb"])),
  device: v.optional(v.string()),
  template: v.optional(v.string()),
  verify: v.optional(v.picklist(verifyModes)),
  wait: v.optional(v.string()),
  /** How the terminal UI shows pictures. */
  graphics: v.optional(v.picklist(graphicsModes)),
  /** What each phone's last export asked for, by UDID: defaults of the next. */
  exports: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        to: v.string(),
        template: v.optional(v.string()),
        edits: v.optional(v.picklist(["both", "original", "edited", "all"])),
        live: v.optional(v.picklist(["both", "still", "video"])),
        sidecar: v.optional(v.picklist(["none", "xmp", "json"])),
        albumsAs: v.optional(v.picklist(["none", "links", "copies"])),
        motion: v.optional(v.picklist(["keep", "extract"])),
      }),
    ),
  ),
  /** Where each phone's backup goes, by UDID. */
  backups: v.optional(
    v.record(v.string(), v.strictObject({ path: v.string(), id: v.string(), name: v.optional(v.string()) })),
  ),
});
export type Config = v.InferOutput<typeof ConfigSchema>;
export type ConfigKey = Exclude<keyof Config, "backups" | "exports">;

export interface ConfigValue {
  readonly value: string | undefined;
  readonly origin: "flag" | "environment" | "file" | "default";
}

/** Settings a flag, a variable or the file may give, with their defaults. */
export const settings: Record<ConfigKey, { variables: readonly string[]; default: string | undefined; about: string }> =
  {
    usbmux: {
      variables: ["OFFROLL_USBMUX", "USBMUXD_SOCKET_ADDRESS"],
      default: undefined,
      about: "address of usbmuxd; the system's own when unset",
    },
    usbip: {
      variables: ["OFFROLL_USBIP"],
      default: undefined,
      about: "USB/IP server with Android phones, instead of this computer's own USB",
    },
    adb: {
      variables: ["OFFROLL_ADB", "ADB_SERVER_SOCKET"],
      default: undefined,
      about: "address of the adb server; 127.0.0.1:5037 when unset",
    },
    via: {
      variables: ["OFFROLL_VIA"],
      default: undefined,
      about: "only phones reached by usbmux, mtp or adb; the best way to each when unset",
    },
    device: { variables: ["OFFROLL_DEVICE"], default: undefined, about: "phone to use when several are plugged in" },
    template: { variables: ["OFFROLL_TEMPLATE"], default: "{year}/{month}/{name}", about: "where photos go" },
    verify: { variables: ["OFFROLL_VERIFY"], default: undefined, about: "size, hash or reread" },
    graphics: {
      variables: ["OFFROLL_GRAPHICS"],
      default: "auto",
      about: `pictures in the terminal UI: ${graphicsModes.join(", ")}`,
    },
    wait: { variables: ["OFFROLL_WAIT"], default: "2m", about: "how long to wait for a disconnected or locked phone" },
  };

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

/** Each phone's copy has a folder of its own, named by a hash: a folder's name should not tell whose phone it is. */
export function libraryOptions(
  context: Pick<Host, "clock" | "pid">,
  paths: Paths,
  source: MediaSource,
): LibraryOptions {
  const name = createHash("sha256").update(source.device.id).digest("hex").slice(0, 16);
  return { folder: join(paths.cacheFolder, "library", name), clock: context.clock, pid: context.pid };
}

/** Said when offroll started adb's server, which nobody asked for. */
export const adbStartedWords = "adb's server did not run: it was started, as `adb devices` does.";

/** Where phones are looked for. @throws {UsageError} for an unknown way */
export function hubOptions(
  context: Pick<Host, "hostName" | "platform" | "clock" | "env">,
  paths: Paths,
  setting: (key: ConfigKey) => string | undefined,
): DeviceHubOptions {
  const via = setting("via");
  if (via !== undefined && !isRoute(via))
    throw new UsageError("usage", `--via is usbmux (iPhones), mtp or adb, not "${via}".`);
  return {
    usbmuxAddress: setting("usbmux"),
    usbipAddress: setting("usbip"),
    adbAddress: setting("adb"),
    via,
    recordFolder: paths.recordFolder,
    hostName: context.hostName,
    platform: context.platform,
    clock: context.clock,
  };
}

function isRoute(text: string): text is DeviceRoute {
  return text === "usbmux" || text === "mtp" || text === "adb";
}

/**
 * The file as it is now; empty where there is none.
 * @throws {UsageError} `config-invalid`, naming the file and the key; also for a file that is there and cannot be read
 */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readPlainText(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw new UsageError("config-invalid", `${file} cannot be read: ${message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError("config-invalid", `${file} is not JSON: ${(error as Error).message}`);
  }
  if (Array.isArray(value)) throw new UsageError("config-invalid", `${file}: a list stands where settings belong.`);
  const result = v.safeParse(ConfigSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? "the file";
  const problem = issue.type === "strict_object" ? `"${key}" is not a setting` : `${key} ${valueWords(issue)}`;
  throw new UsageError("config-invalid", `${file}: ${problem}.`);
}

/** What should stand there, and what does. */
function valueWords({ expected, received }: v.BaseIssue<unknown>): string {
  const kinds: Record<string, string> = { string: "text", Object: "an object" };
  const wanted = expected?.replace(/^\(|\)$/g, "").replaceAll(" | ", " or ") ?? "something else";
  return `must be ${kinds[wanted] ?? wanted}; it is ${received}`;
}

/** Another program of ours needs milliseconds to change the file; what is older was left by one that was killed. */
const staleMs = 10_000;
const pauseMs = 20;
const mostPauses = 100;

/**
 * Changes the file as it is at that moment: what another run wrote since it was read stays. The new file replaces the old one in one
 * step, through a symbolic link where there is one.
 * @throws {UsageError} `config-invalid` for a file that cannot be read: it is left as it is
 */
export function updateConfig(file: string, change: (config: Config) => Config): void {
  makeFoldersSync(dirname(file), 0o700);
  const target = linkedTo(file);
  const next = `${target}.new`;
  const fd = openAlone(next);
  try {
    try {
      writeFileSync(fd, `${JSON.stringify(change(readConfig(target)), null, 2)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function linkedTo(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** The new file is the lock too: who made it may change the old one. */
function openAlone(path: string): number {
  for (let pauses = 0; ; pauses += 1) {
    try {
      return openSync(path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || pauses === mostPauses) throw error;
    }
    if (isStale(path)) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

function isStale(path: string): boolean {
  try {
    const { mtimeMs } = statSync(path);
    return systemClock.now() - mtimeMs > staleMs;
  } catch {
    return false; // gone meanwhile
  }
}

export function resolveSetting(
  key: ConfigKey,
  flag: string | undefined,
  context: Pick<Host, "env">,
  config: Config,
): ConfigValue {
  if (flag !== undefined) return { value: flag, origin: "flag" };
  const setting = settings[key];
  for (const name of setting.variables)
    if (context.env[name]) return { value: context.env[name], origin: "environment" };
  if (config[key] !== undefined) return { value: config[key], origin: "file" };
  return { value: setting.default, origin: "default" };
}

/** How what is copied is checked. @throws {UsageError} for an unknown way */
export function parseVerify(text: string): VerifyMode {
  const mode = verifyModes.find((m) => m === text);
  if (!mode) throw new UsageError("usage", `--verify is size, hash or reread, not "${text}".`);
  return mode;
}

/** "2m", "90s", "1h", "0" in milliseconds. @throws {UsageError} */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})(ms|s|m|h)?$/.exec(text.trim());
  if (!match) throw new UsageError("usage", `"${text}" is not a length of time. Write 90s, 2m or 1h.`);
  const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? "s"] as number;
  return Number(match[1]) * factor;
}
