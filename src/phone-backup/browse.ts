/** A phone's files as a person looks through them: domains, and what lies in one folder. Counted row by row, never all held. */
import type { PhoneFile, PhoneFiles } from "../device/phone-files.ts";
import type { AbortOptions } from "../shared/abort.ts";

/** A domain or a folder with all that is below it; a file or a link as it is. Names are hostile. */
export interface BrowsedEntry {
  readonly name: string;
  readonly kind: "domain" | PhoneFile["kind"];
  /** Files at any depth; 1 for a file. */
  readonly files: number;
  readonly bytes: number;
  /** Of a folder: the newest file below it. */
  readonly modifiedAt: Date | undefined;
  readonly target?: string;
}

/** What was asked for: "HomeDomain/Library/SMS". Empty for all domains. */
export interface Browsed {
  readonly domain: string;
  readonly path: string;
  /** The file itself, where it is one. */
  readonly file: PhoneFile | undefined;
  readonly entries: readonly BrowsedEntry[];
}

interface Counted {
  kind: BrowsedEntry["kind"];
  files: number;
  bytes: number;
  modifiedAt: Date | undefined;
  target?: string;
}

/** "HomeDomain/Library/SMS" in two. A domain's name has no slash; one at the end is none of the path. */
export function splitName(name: string): { readonly domain: string; readonly path: string } {
  const [domain = "", ...path] = name.split("/");
  return { domain, path: path.join("/").replace(/\/+$/, "") };
}

/** @param name a domain, or one and a path in it; "" lists the domains */
export async function browse(files: PhoneFiles, name: string, options: AbortOptions = {}): Promise<Browsed> {
  const { domain, path } = splitName(name);
  const entries = new Map<string, Counted>();
  if (domain === "") {
    for await (const file of files.list(options)) count(entries, file.domain, file, true);
    return { domain, path, file: undefined, entries: sorted(entries, "domain") };
  }
  const file = path === "" ? undefined : await files.find(domain, path, options);
  if (file?.kind === "file" || file?.kind === "link") return { domain, path, file, entries: [] };
  const start = path === "" ? 0 : path.length + 1;
  for await (const below of files.list({ domain, under: path, ...options })) {
    const end = below.path.indexOf("/", start);
    count(entries, below.path.slice(start, end < 0 ? undefined : end), below, end >= 0);
  }
  return { domain, path, file: undefined, entries: sorted(entries, "folder") };
}

function count(entries: Map<string, Counted>, name: string, file: PhoneFile, isBelow: boolean): void {
  const known = entries.get(name) ?? { kind: "folder", files: 0, bytes: 0, modifiedAt: undefined };
  if (!isBelow && file.kind !== "folder") known.kind = file.kind;
  if (!isBelow && file.target !== undefined) known.target = file.target;
  if (file.kind === "file") {
    known.files += 1;
    known.bytes += file.sizeBytes;
  }
  const isNewer = (file.modifiedAt?.getTime() ?? 0) > (known.modifiedAt?.getTime() ?? 0);
  if (file.kind !== "folder" && isNewer) known.modifiedAt = file.modifiedAt;
  entries.set(name, known);
}

function sorted(entries: ReadonlyMap<string, Counted>, folders: "domain" | "folder"): BrowsedEntry[] {
  return [...entries]
    .map(([name, entry]) => ({ name, ...entry, kind: entry.kind === "folder" ? folders : entry.kind }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
