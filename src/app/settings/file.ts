/** The config file: read as a whole and validated, changed as it is at that moment. */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import { systemClock } from "../../shared/clock.ts";
import { UsageError } from "../../shared/errors.ts";
import { makeFoldersSync } from "../../shared/make-folders.ts";
import { readPlainText } from "../../shared/plain-file.ts";
import { type Config, ConfigSchema } from "./schema.ts";

/**
 * The file as it is now; empty where there is none.
 * @throws {UsageError} `config-invalid`, naming the file and the key; also for a file that is there and cannot be read
 */
export function readConfig(file: string): Config {
  return readSettings(file, ConfigSchema) ?? {};
}

/** As `readConfig`, for a file of settings with a schema of its own. @returns undefined where there is none */
export function readSettings<T>(file: string, schema: v.GenericSchema<unknown, T>): T | undefined {
  let text: string;
  try {
    text = readPlainText(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError("config-invalid", `${file} cannot be read: ${message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError("config-invalid", `${file} is not JSON: ${(error as Error).message}`);
  }
  if (Array.isArray(value)) throw new UsageError("config-invalid", `${file}: a list stands where settings belong.`);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? "the file";
  // Who corrected a newer version's file would lose what that version keeps there.
  const remedy = isNewer(value) ? { remedy: "Update offroll." } : {};
  throw new UsageError("config-invalid", `${file}: ${problemWords(key, issue)}.`, remedy);
}

function isNewer(value: unknown): boolean {
  return typeof value === "object" && value !== null && "v" in value && typeof value.v === "number" && value.v > 1;
}

function problemWords(key: string, issue: v.BaseIssue<unknown>): string {
  // Of a key that nobody knows `never` is expected; of one that is missing, the key.
  if (issue.type !== "strict_object") return `${key} ${valueWords(issue)}`;
  return issue.expected === "never" ? `"${key}" is not a setting` : `"${key}" is missing`;
}

/** What should stand there, and what does. */
function valueWords({ expected, received, type, message }: v.BaseIssue<unknown>): string {
  if (type === "check") return `${message}; it is ${received}`;
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
  updateSettings(file, readConfig, change);
}

/** As `updateConfig`, for a file that `read` reads and validates. */
export function updateSettings<T>(file: string, read: (file: string) => T, change: (settings: T) => T): void {
  makeFoldersSync(dirname(file), 0o700);
  const target = linkedTo(file);
  const next = `${target}.new`;
  const fd = openAlone(next);
  try {
    try {
      writeFileSync(fd, `${JSON.stringify(change(read(target)), null, 2)}\n`);
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
