/**
 * Which files a person means by "CameraRollDomain/Media/DCIM/**": a domain, then a path. `*` and `?` stand for anything within a part,
 * `**` for any parts; a name without them means the file, or all that is in the folder or domain. Case counts, as on the phone.
 */
import type { PhoneFile, PhoneFiles } from "../device/phone-files.ts";
import type { AbortOptions } from "../shared/abort.ts";
import { UsageError } from "../shared/errors.ts";

const wild = /[*?]/;
const maxPatternLength = 4_096;

/** Files and links that a pattern means, as they are listed. @throws {UsageError} for none or an endless one */
export async function* matching(
  files: PhoneFiles,
  pattern: string,
  options: AbortOptions = {},
): AsyncGenerator<PhoneFile, void, undefined> {
  const matches = matcherOf(pattern);
  const [domain = "", ...parts] = pattern.split("/");
  // What stands before the first part that may be anything limits what is looked at.
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => wild.test(part)),
  );
  const query = wild.test(domain) ? {} : { domain, ...(fixed.length > 0 ? { under: fixed.join("/") } : {}) };
  for await (const file of files.list({ ...query, ...options })) if (matches(file)) yield file;
}

/** Whether an entry is meant. */
function matcherOf(pattern: string): (file: PhoneFile) => boolean {
  const trimmed = pattern.replace(/\/+$/, "");
  if (trimmed === "" || trimmed.length > maxPatternLength)
    throw new UsageError("usage", "A pattern names a domain, and mostly a path in it: HomeDomain/Library/SMS/*.");
  const parts = trimmed.split("/").map((part) => (part === "**" ? undefined : partOf(part)));
  const isPlain = !wild.test(trimmed);
  return ({ domain, path }) => {
    const names = path === "" ? [domain] : [domain, ...path.split("/")];
    return matchesParts(parts, isPlain ? names.slice(0, parts.length) : names);
  };
}

function partOf(part: string): RegExp {
  const text = part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  // One star after another means no more than one, and would cost ever more.
  return new RegExp(`^${text.replaceAll(/(?:\\\*)+/g, "[^]*?").replaceAll("\\?", "[^]")}$`, "u");
}

/** Undefined parts stand for any number of names. In time that grows with both lengths, whatever the pattern. */
function matchesParts(parts: readonly (RegExp | undefined)[], names: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of reached)
      if (part === undefined) for (let n = at; n <= names.length; n += 1) next.add(n);
      else if (at < names.length && part.test(names[at] as string)) next.add(at + 1);
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(names.length);
}
