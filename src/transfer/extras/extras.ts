/**
 * What is made beside the photos once they are there: sidecars, album folders, and the removal of previews whose original came.
 * Nothing of this touches a photo; what another program changed meanwhile is left alone.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type Album, type CameraRoll, type RollItem, type RollRole, whyNotShown } from "../../library/index.ts";
import { photoJson } from "../../library/photo-json.ts";
import { splitName } from "../../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import { toAppError } from "../../shared/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { rowsOfRoll } from "../catalog/photo-rows.ts";
import type { Destination } from "../destination/destination.ts";
import type { ExtrasSummary, ItemOutcome } from "../events.ts";
import type { Plan } from "../plan/plan.ts";
import { AlbumFolders, albumsFolder } from "./album-folders.ts";
import { hideCopies, openCopies, originMark, removeEntry } from "./hidden-copies.ts";
import { extractMotionVideo, type motionModes } from "./motion-videos.ts";
import { type KeywordSource, xmpSidecar } from "./xmp.ts";

/** The values of `--sidecar`. */
export const sidecarFormats = ["xmp", "json"] as const;
/** The values of `--albums-as`. */
export const albumModes = ["none", "links", "copies"] as const;

/** What is to be made beside the photos; by default nothing. */
export interface ExtrasOptions {
  readonly sidecar?: (typeof sidecarFormats)[number] | undefined;
  /** Copies of photos that are hidden on the phone now are moved to the hidden ones; else they are counted. */
  readonly hides?: boolean;
  /** What of the library becomes keywords of an XMP sidecar too. */
  readonly keywordsFrom?: readonly KeywordSource[] | undefined;
  readonly albumsAs: (typeof albumModes)[number];
  /** `extract`: the movie of a Motion Photo beside it; `keep` by default. */
  readonly motion?: (typeof motionModes)[number] | undefined;
}

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

  rename(names: ReadonlyMap<string, string>): void {
    for (const targets of this.#targets.values())
      for (const [i, entry] of targets.entries())
        targets[i] = { ...entry, target: names.get(entry.target) ?? entry.target };
  }

  [Symbol.iterator](): IterableIterator<[RollItem, readonly { role: RollRole; target: string }[]]> {
    return this.#targets.entries();
  }
}

/** Everything that is made beside the photos of one run. `make` comes once, after the copying. */
export class Extras {
  readonly #destination: Destination;
  readonly #catalog: Catalog;
  readonly #device: string;
  readonly #roll: CameraRoll;
  readonly #options: ExtrasOptions;
  /** Previews in the destination, by the UUID of the original that they stand for. */
  readonly #previews = new Map<string, { readonly target: string; readonly sha256: string | undefined }>();

  constructor(destination: Destination, catalog: Catalog, device: string, roll: CameraRoll, options: ExtrasOptions) {
    this.#destination = destination;
    this.#catalog = catalog;
    this.#device = device;
    this.#roll = roll;
    this.#options = options;
    for (const row of catalog.items.rows({ device, state: "done", role: "derivative" }))
      if (row.uuid !== undefined) this.#previews.set(row.uuid, row);
  }

  /** Whether it must be remembered where each photo went. */
  get isNeeded(): boolean {
    const { sidecar, albumsAs, motion } = this.#options;
    const isAsked = sidecar !== undefined || albumsAs !== "none" || motion === "extract";
    return isAsked || this.#previews.size > 0;
  }

  /** @throws {DestinationError} when the disk refuses; {CancelledError} */
  async make(files: StoredFiles | undefined, options: AbortOptions = {}): Promise<ExtrasSummary> {
    // First: what comes after goes by the names that the files have then.
    const hidden = await this.#hide(files, options);
    if (!files) return hidden;
    return {
      ...hidden,
      ...(await this.#replacePreviews(files)),
      ...(await this.#sidecars(files, options)),
      ...(await this.#albums(files, options)),
      ...(await this.#motionVideos(files, options)),
    };
  }

  async #hide(files: StoredFiles | undefined, options: AbortOptions): Promise<ExtrasSummary> {
    const copies = openCopies(this.#roll, this.#catalog, this.#device);
    if (copies.length === 0) return {};
    if (!this.#options.hides) return { hiddenOpen: copies.reduce((sum, { rows }) => sum + rows.length, 0) };
    const { moved, shared, names } = await hideCopies(copies, this.#catalog, this.#destination, options);
    files?.rename(names);
    return { hiddenMoved: moved, ...(shared > 0 ? { hiddenShared: shared } : {}) };
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
      this.#catalog.items.forgetTarget(this.#device, preview.target);
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
    const before = this.#catalog.made.mark(target);
    const stat = await this.#destination.stat(target);
    if (stat) {
      if (before === sha256 && stat.sizeBytes === content.length) return "same";
      const isOurs = before !== undefined && (await this.#destination.remove(target, before));
      if (!isOurs) {
        // A crash between naming and noting: it is ours when it says just what we would say.
        if ((await this.#destination.hash(target)).sha256 !== sha256) return "kept";
        this.#catalog.made.note(target, sha256);
        return "same";
      }
    }
    const key = createHash("sha256").update(`sidecar\0${target}\0${sha256}`).digest("hex");
    await using file = await this.#destination.create({ key, sizeBytes: content.length });
    await file.restart();
    await file.write(content);
    if ((await file.commit(target, undefined)) === "name-taken") return "kept";
    this.#catalog.made.note(target, sha256);
    return "written";
  }

  async #albums(files: StoredFiles, options: AbortOptions): Promise<ExtrasSummary> {
    const { albumsAs } = this.#options;
    if (albumsAs === "none") return {};
    const folders = new AlbumFolders(this.#catalog, this.#device);
    // In the phone's order, not in that of arrival: who comes first has the plain name.
    const chosen = new Set([...files].map(([photo]) => photo));
    for (const photo of this.#roll.items)
      if (chosen.has(photo)) for (const album of albumsShowing(photo)) folders.of(album);
    const removed = await this.#removeEntries(folders, options);
    let made = 0;
    let failed = 0;
    let problem: string | undefined;
    for (const [photo, targets] of files)
      for (const album of albumsShowing(photo))
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
      ...(removed > 0 ? { albumEntriesRemoved: removed } : {}),
      ...(failed > 0 ? { albumEntriesFailed: failed, albumProblem: problem as string } : {}),
    };
  }

  /**
   * Takes away entries of ours that no longer hold. Only a library as it is now says what an album has lost; what is gone from the
   * phone keeps its albums, and what another program put there is left alone.
   */
  async #removeEntries(folders: AlbumFolders, { signal }: AbortOptions): Promise<number> {
    const { knowledge } = this.#roll;
    if (knowledge.source !== "library" || knowledge.unknown.has("albums")) return 0;
    const entries = this.#catalog.made.albumEntries();
    if (entries.length === 0) return 0;
    const holding = new Map<string, { readonly folders: Set<string>; readonly sha256: string | undefined }>();
    for (const { photo, row } of rowsOfRoll(this.#roll, this.#catalog, this.#device)) {
      const known = holding.get(row.target) ?? { folders: new Set<string>(), sha256: row.sha256 };
      for (const album of albumsShowing(photo)) known.folders.add(folders.of(album));
      holding.set(row.target, known);
    }
    const left = new Set<string>();
    let removed = 0;
    for (const { entry, target } of entries) {
      throwIfAborted(signal);
      const holds = holding.get(target);
      const folder = posix.dirname(entry);
      if (!holds || holds.folders.has(folder) || folders.isAnothers(folder)) continue;
      const result = await removeEntry(entry, target, holds.sha256, this.#catalog, this.#destination);
      if (result === "kept") continue;
      if (result === "removed") removed += 1;
      left.add(folder);
    }
    for (const folder of left) await this.#removeEmpty(folder);
    return removed;
  }

  /** The folder of an album, and those around it, where nothing is left in them. */
  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder; at !== albumsFolder && at.startsWith(`${albumsFolder}/`); at = posix.dirname(at))
      if (!(await this.#destination.removeFolder(at))) return;
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
      if (this.#catalog.made.mark(entry) === originMark(target) && (await this.#destination.stat(entry)))
        return "there";
      const result = await this.#destination.duplicate(target, entry, how === "links" ? "link" : "copy");
      if (result === "unsupported") return "unsupported";
      if (result === "stored") {
        this.#catalog.made.note(entry, originMark(target));
        return "made";
      }
    }
    return "there";
  }
}

/** What its owner hid or threw away is laid into no folder that everybody opens. */
export function albumsShowing(photo: RollItem): readonly Album[] {
  const why = whyNotShown(photo);
  return why === "hidden" || why === "trashed" ? [] : (photo.library?.albums ?? []);
}
