/**
 * What is made beside the photos once they are there: sidecars, album folders, and the removal of previews whose original came.
 * Nothing of this touches a photo; what another program changed meanwhile is left alone.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Album, RollItem, RollRole } from "../library/index.ts";
import { photoJson } from "../library/item-view.ts";
import { splitName } from "../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { mapOrdered } from "../shared/async.ts";
import { toAppError } from "../shared/errors.ts";
import type { Catalog } from "./catalog.ts";
import type { Destination } from "./destination/destination.ts";
import type { ExtrasSummary, ItemOutcome } from "./events.ts";
import { extractMotionVideo, type motionModes } from "./motion-videos.ts";
import type { Plan } from "./plan.ts";
import { foldName, safeComponent } from "./safe-name.ts";
import { type KeywordSource, xmpSidecar } from "./xmp.ts";

export const sidecarFormats = ["xmp", "json"] as const;
export const albumModes = ["none", "links", "copies"] as const;

export interface ExtrasOptions {
  readonly sidecar?: (typeof sidecarFormats)[number] | undefined;
  /** What of the library becomes keywords of an XMP sidecar too. */
  readonly keywordsFrom?: readonly KeywordSource[] | undefined;
  readonly albumsAs: (typeof albumModes)[number];
  /** `extract`: the movie of a Motion Photo beside it; `keep` by default. */
  readonly motion?: (typeof motionModes)[number] | undefined;
}

/** Folder of the albums' folders. */
export const albumsFolder = "Albums";
/** Files that a picture program opens; the movie of a Live Photo belongs to its still. */
const sidecarRoles: ReadonlySet<RollRole> = new Set(["original", "raw", "edit"]);
const atOnce = 8;

/** Remembers where the files of chosen photos are, for what is made of them afterwards. */
export class StoredFiles {
  readonly #photos: ReadonlyMap<string, RollItem>;
  readonly #targets = new Map<RollItem, { role: RollRole; target: string }[]>();

  constructor(plan: Plan) {
    this.#photos = new Map(
      plan.entries.flatMap(({ item, photo, action }) => (photo && action.type !== "skip" ? [[item.path, photo]] : [])),
    );
  }

  note(result: ItemOutcome): void {
    const photo = this.#photos.get(result.path);
    if (!photo || !result.target || !result.role) return;
    if (result.outcome !== "copied" && result.outcome !== "present") return;
    const targets = this.#targets.get(photo);
    const entry = { role: result.role, target: result.target };
    if (targets) targets.push(entry);
    else this.#targets.set(photo, [entry]);
  }

  [Symbol.iterator](): IterableIterator<[RollItem, readonly { role: RollRole; target: string }[]]> {
    return this.#targets.entries();
  }
}

export class Extras {
  readonly #destination: Destination;
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #options: ExtrasOptions;
  /** Previews in the destination, by the UUID of the original that they stand for. */
  readonly #previews = new Map<string, { readonly target: string; readonly sha256: string | undefined }>();

  constructor(destination: Destination, catalog: Catalog, device: string, options: ExtrasOptions) {
    this.#destination = destination;
    this.#catalog = catalog;
    this.#device = device;
    this.#options = options;
    for (const row of catalog.rows({ device, state: "done", role: "derivative" }))
      if (row.uuid !== undefined) this.#previews.set(row.uuid, row);
  }

  /** Whether it must be remembered where each photo went. */
  get isNeeded(): boolean {
    const { sidecar, albumsAs, motion } = this.#options;
    return sidecar !== undefined || albumsAs !== "none" || motion === "extract" || this.#previews.size > 0;
  }

  /** @throws {DestinationError} when the disk refuses; {CancelledError} */
  async make(files: StoredFiles, options: AbortOptions = {}): Promise<ExtrasSummary> {
    return {
      ...(await this.#replacePreviews(files)),
      ...(await this.#sidecars(files, options)),
      ...(await this.#albums(files, options)),
      ...(await this.#motionVideos(files, options)),
    };
  }

  async #motionVideos(files: StoredFiles, options: AbortOptions): Promise<ExtrasSummary> {
    if (this.#options.motion !== "extract") return {};
    let extracted = 0;
    let kept = 0;
    for (const [, targets] of files)
      for (const { target } of targets.filter((t) => t.role === "original")) {
        const result = await extractMotionVideo(this.#destination, this.#catalog, target, options);
        if (result === "written") extracted += 1;
        if (result === "kept") kept += 1;
      }
    return { motionVideosWritten: extracted, ...(kept > 0 ? { motionVideosKept: kept } : {}) };
  }

  async #replacePreviews(files: StoredFiles): Promise<ExtrasSummary> {
    if (this.#previews.size === 0) return {};
    let replaced = 0;
    for (const [photo, targets] of files) {
      const preview = this.#previews.get(photo.library?.uuid ?? "");
      if (!preview?.sha256 || !targets.some((t) => t.role === "original")) continue;
      if (await this.#destination.remove(preview.target, preview.sha256)) replaced += 1;
      this.#catalog.forgetTarget(this.#device, preview.target);
    }
    return replaced > 0 ? { previewsReplaced: replaced } : {};
  }

  async #sidecars(files: StoredFiles, options: AbortOptions): Promise<ExtrasSummary> {
    const { sidecar, keywordsFrom } = this.#options;
    if (!sidecar) return {};
    const wanted: { target: string; content: Buffer }[] = [];
    for (const [photo, targets] of files) {
      const mine = targets.filter((t) => sidecarRoles.has(t.role));
      if (mine.length === 0) continue;
      const text =
        sidecar === "xmp"
          ? xmpSidecar(photo, keywordsFrom)
          : `${JSON.stringify({ v: 1, ...photoJson(photo) }, null, 1)}\n`;
      const content = Buffer.from(text);
      for (const { target } of mine) wanted.push({ target: `${target}.${sidecar}`, content });
    }
    let written = 0;
    let kept = 0;
    for await (const result of mapOrdered(wanted, atOnce, async ({ target, content }) => {
      throwIfAborted(options.signal);
      return await this.#writeSidecar(target, content);
    })) {
      if (result === "written") written += 1;
      if (result === "kept") kept += 1;
    }
    return { sidecarsWritten: written, ...(kept > 0 ? { sidecarsKept: kept } : {}) };
  }

  async #writeSidecar(target: string, content: Buffer): Promise<"written" | "same" | "kept"> {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const before = this.#catalog.extra(target);
    const stat = await this.#destination.stat(target);
    if (stat) {
      if (before === sha256 && stat.sizeBytes === content.length) return "same";
      const isOurs = before !== undefined && (await this.#destination.remove(target, before));
      if (!isOurs) {
        // A crash between naming and noting: it is ours when it says just what we would say.
        if ((await this.#destination.hash(target)).sha256 !== sha256) return "kept";
        this.#catalog.noteExtra(target, sha256);
        return "same";
      }
    }
    const key = createHash("sha256").update(`sidecar\0${target}\0${sha256}`).digest("hex");
    await using file = await this.#destination.create({ key, sizeBytes: content.length });
    await file.restart();
    await file.write(content);
    if ((await file.commit(target, undefined)) === "name-taken") return "kept";
    this.#catalog.noteExtra(target, sha256);
    return "written";
  }

  async #albums(files: StoredFiles, options: AbortOptions): Promise<ExtrasSummary> {
    const { albumsAs } = this.#options;
    if (albumsAs === "none") return {};
    const folders = new AlbumFolders();
    let made = 0;
    let failed = 0;
    let problem: string | undefined;
    for (const [photo, targets] of files)
      for (const album of photo.library?.albums ?? [])
        for (const { target } of targets) {
          throwIfAborted(options.signal);
          try {
            const result = await this.#albumEntry(target, folders.of(album), photo, albumsAs);
            if (result === "unsupported") {
              problem ??= "this disk has no links; --albums-as copies makes copies";
              failed += 1;
            } else if (result === "made") made += 1;
          } catch (error) {
            const reason = toAppError(error);
            if (reason.code === "cancelled") throw error;
            problem ??= reason.message;
            failed += 1;
          }
        }
    return {
      albumEntries: made,
      ...(failed > 0 ? { albumEntriesFailed: failed, albumProblem: problem as string } : {}),
    };
  }

  async #albumEntry(
    target: string,
    folder: string,
    photo: RollItem,
    how: "links" | "copies",
  ): Promise<"made" | "there" | "unsupported"> {
    const name = posix.basename(target);
    const { stem, extension } = splitName(name);
    const other = `${stem}_${photo.id}${extension === "" ? "" : `.${extension}`}`;
    for (const entry of [posix.join(folder, name), posix.join(folder, other)]) {
      // What we noted under this name was made from this very file: a photo's target never changes its content.
      if (this.#catalog.extra(entry) === originMark(target) && (await this.#destination.stat(entry))) return "there";
      const result = await this.#destination.duplicate(target, entry, how === "links" ? "link" : "copy");
      if (result === "unsupported") return "unsupported";
      if (result === "stored") {
        this.#catalog.noteExtra(entry, originMark(target));
        return "made";
      }
    }
    return "there";
  }
}

export function originMark(target: string): string {
  return `of:${target}`;
}

/** Two albums may have one name, or names that one disk takes for the same: the later one gets a mark of its own. */
class AlbumFolders {
  readonly #byKey = new Map<string, string>();
  readonly #taken = new Set<string>();

  of(album: Album): string {
    const known = this.#byKey.get(album.key);
    if (known !== undefined) return known;
    const parts = [...album.folders, album.title].map((p) => safeComponent(p, 10));
    let folder = posix.join(albumsFolder, ...parts);
    if (this.#taken.has(foldName(folder)))
      folder = `${folder}_${createHash("sha256").update(album.key).digest("hex").slice(0, 8)}`;
    this.#taken.add(foldName(folder));
    this.#byKey.set(album.key, folder);
    return folder;
  }
}
