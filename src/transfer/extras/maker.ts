/**
 * The habit of everything that is made beside the photos. A maker declares what it makes, when that is stale and where it lies; the
 * rest is the same for all: what lies there is known to be ours, or is let alone, and what is not known is not taken away.
 */
import { createHash, hash as hashOf } from "node:crypto";
import type { CameraRoll } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { MadeFile } from "../catalog/made-mark.ts";
import type { Destination } from "../destination/destination.ts";
import type { ExtrasSummary } from "../events.ts";
import type { CopyResult } from "./copy-result.ts";
import type { ExtrasOptions } from "./options.ts";
import type { StoredFiles } from "./stored-files.ts";

/** Where and of what something is made. */
export interface Workplace {
  readonly destination: Destination;
  readonly catalog: Pick<Catalog, "items" | "made">;
  /** Id of the phone, and what is on it. */
  readonly device: string;
  readonly roll: CameraRoll;
  readonly options: ExtrasOptions;
  /** Where copies in other forms go, if that is not in the destination. */
  readonly apart?: ApartPlace | undefined;
}

/** A folder outside of the photos' destination, with a catalog of its own, which knows the copies in it. */
export interface ApartPlace extends Pick<Workplace, "destination"> {
  readonly catalog: Pick<Workplace["catalog"], "items" | "made">;
  /** Id of the photos' destination: copies of several may lie there. */
  readonly of: string;
  /** As `DestinationFolder.root`. */
  readonly root: string;
}

/** How far a maker is that takes its time. */
export interface MakingProgress {
  /** What is made, by the ending of its names. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** Who may stop it, and who is told. */
export interface MakeOptions extends AbortOptions {
  readonly onProgress?: (progress: MakingProgress) => void;
  /** Copies in other forms that were made while photos were coming, by their photos. */
  readonly early?: ReadonlyMap<string, CopyResult> | undefined;
}

/** One kind of file that is made beside photos. */
export interface Maker {
  /** In catalogs and logs, for as long as files of it lie on anybody's disk. */
  readonly name: string;
  /** Counts up when another file would be made of the same photo: those of before are stale then. */
  readonly version: number;
  /**
   * `beside` its photo, under the same stem, and is moved with it; `elsewhere`, where everybody looks, and is taken away when its
   * photo is hidden.
   */
  readonly lies: "beside" | "elsewhere";
  isAsked(options: ExtrasOptions): boolean;
  /** @throws {DestinationError} when the disk refuses; {CancelledError} */
  make(files: StoredFiles, at: Workplace, options: MakeOptions): Promise<ExtrasSummary>;
}

/** A file that shall lie beside a photo. */
export interface WantedFile {
  readonly target: string;
  readonly source: string;
  readonly basis?: string;
  readonly sizeBytes: number;
  /** Where it is known before it is made. */
  readonly sha256?: string;
  /** The date that it gets. */
  readonly modified?: Date;
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes it, unless it is there already.
 * @returns `kept` where another's file has the name, or somebody changed ours
 */
export async function writeMade(
  { name: maker, version }: Pick<Maker, "name" | "version">,
  wanted: WantedFile,
  { destination, catalog: { made } }: Pick<Workplace, "destination" | "catalog">,
  options: AbortOptions = {},
): Promise<"written" | "there" | "kept"> {
  const { target, source, basis, sizeBytes, sha256 } = wanted;
  const file: MadeFile = { target, maker, version, source, basis, sha256 };
  const stat = await destination.stat(target);
  if (stat) {
    const before = made.find(target);
    const isUntouched = sha256 === undefined || stat.sizeBytes === sizeBytes;
    if (before && isUntouched && !isStale(before, file)) return "there";
    const isOurs = before?.sha256 !== undefined && (await destination.remove(target, before.sha256));
    if (!isOurs) {
      // A crash between naming and noting: it is ours when it is just what we would write.
      if (sha256 === undefined || (await destination.hash(target)).sha256 !== sha256) return "kept";
      made.note(file);
      return "there";
    }
  }
  const written = await write(wanted, `${maker}\0${target}\0${sha256 ?? `${source}\0${basis}`}`, destination, options);
  if (written === undefined) return "kept";
  made.note({ ...file, sha256: written });
  return "written";
}

/** Of another source, or of other parts of it; by a maker that makes others now; or known to hold something else. */
function isStale(before: MadeFile, now: MadeFile): boolean {
  if (before.maker !== now.maker || before.version !== now.version) return true;
  if (before.source !== now.source || before.basis !== now.basis) return true;
  return now.sha256 !== undefined && before.sha256 !== now.sha256;
}

/** @returns the SHA-256 of what was written; undefined where something has the name by now */
async function write(
  { target, sizeBytes, modified, content }: WantedFile,
  key: string,
  destination: Destination,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  await using file = await destination.create({ key: hashOf("sha256", key), sizeBytes });
  await file.restart();
  const hash = createHash("sha256");
  for await (const chunk of content()) {
    throwIfAborted(signal);
    hash.update(chunk);
    await file.write(chunk);
  }
  return (await file.commit(target, modified)) === "stored" ? hash.digest("hex") : undefined;
}

/**
 * Takes away what was made from `source`, if it is still what we made: as it was left, or, where it has its source's bytes, those
 * that were copied, or those that its source has now.
 * @returns `kept` where it is another's by now
 */
export async function removeMade(
  { target, source, sha256 }: MadeFile,
  sourceSha256: string | undefined,
  { destination, catalog: { made } }: Pick<Workplace, "destination" | "catalog">,
): Promise<"removed" | "gone" | "kept"> {
  const isGone = (await destination.stat(target)) === undefined;
  const known = sha256 ?? sourceSha256;
  const isRemoved = !isGone && known !== undefined && (await destination.remove(target, known));
  if (!isGone && !isRemoved) {
    if (sha256 !== undefined || (await destination.stat(source)) === undefined) return "kept";
    // Copied without a hash, or changed since through one of its names.
    if (!(await destination.remove(target, (await destination.hash(source)).sha256))) return "kept";
  }
  made.forget(target);
  return isGone ? "gone" : "removed";
}
