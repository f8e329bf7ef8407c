/** A file that was made beside the photos, and the one text that a run's log has for it. */

export interface MadeFile {
  /** Where it lies. */
  readonly target: string;
  /** Which kind of file: see `extras/makers.ts`. */
  readonly maker: string;
  /** Of the maker, when it made it. */
  readonly version: number;
  /** The file that it was made from. */
  readonly source: string;
  /** What of its source went into it, in its maker's words; undefined where nothing but the source itself did. */
  readonly basis?: string | undefined;
  /** As it was left; undefined where it has the bytes of its source. */
  readonly sha256?: string | undefined;
}

/** Marks of what catalogs knew before version 5 stay as they were, so that logs of all times read alike; any other is JSON. */
export function markOf(file: MadeFile): string {
  const { target, maker, version, source, basis, sha256 } = file;
  const short =
    maker === "sidecar"
      ? (sha256 ?? "")
      : maker === "album-entry"
        ? `of:${source}`
        : `motion of:${source}:${basis ?? ""}`;
  if (isSame(madeOfMark(target, short), file)) return short;
  return JSON.stringify({ maker, version, source, basis, sha256 });
}

/** The file that a log tells of: whatever stands there, something comes of it. */
export function madeOfMark(target: string, mark: string): MadeFile {
  const told = fromJson(target, mark);
  if (told) return told;
  const common = { target, version: 1 };
  if (mark.startsWith("of:")) return { ...common, maker: "album-entry", source: mark.slice("of:".length) };
  const [, source, basis] = /^motion of:(.*):(\d+)$/s.exec(mark) ?? [];
  if (source !== undefined) return { ...common, maker: "motion-video", source, basis };
  return { ...common, maker: "sidecar", source: target.replace(/\.(xmp|json)$/, ""), sha256: mark };
}

function fromJson(target: string, mark: string): MadeFile | undefined {
  if (!mark.startsWith("{")) return undefined;
  try {
    const { maker, version, source, basis, sha256 } = JSON.parse(mark) as Record<string, unknown>;
    if (typeof maker !== "string" || typeof source !== "string" || !Number.isSafeInteger(version)) return undefined;
    return { target, maker, version: version as number, source, basis: textIn(basis), sha256: textIn(sha256) };
  } catch {
    return undefined;
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isSame(a: MadeFile, b: MadeFile): boolean {
  const keys = ["target", "maker", "version", "source", "basis", "sha256"] as const;
  return keys.every((key) => a[key] === b[key]);
}
