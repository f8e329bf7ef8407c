/** Which value of a setting holds: the flag's, else the environment's, else the file's, else the default. And what the text means. */
import { UsageError } from "../../shared/errors.ts";
import type { VerifyMode } from "../../transfer/events.ts";
import type { Host } from "../host.ts";
import { type Config, type ConfigKey, settings, verifyModes } from "./schema.ts";

/** A setting's value, and who gave it. */
export interface ConfigValue {
  readonly value: string | undefined;
  readonly origin: "flag" | "environment" | "file" | "default";
}

/** The first that is set, in the order of the origins. An empty variable counts as not set. */
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
