/**
 * Settings: one validated config file, the environment over it, flags over both; and where every file of ours lies. Promises: what
 * cannot be read is named with its key, and another run's change is never lost. Read first: schema.ts, then resolve.ts.
 */
export { readConfig, readSettings, updateConfig, updateSettings } from "./file.ts";
export { type Paths, pathsFor } from "./paths.ts";
export { type ConfigValue, parseDuration, parseVerify, resolveSetting } from "./resolve.ts";
export { type Config, type ConfigKey, graphicsModes, settings } from "./schema.ts";
