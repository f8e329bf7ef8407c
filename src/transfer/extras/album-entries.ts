/** Photos of an album as further names, or copies, in a folder of the album's. */
import { posix } from "node:path";
import { type Album, type RollItem, whyNotShown } from "../../library/roll.ts";
import { splitName } from "../../media/kinds.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { toAppError } from "../../shared/errors.ts";
import { rowsOfRoll } from "../catalog/photo-rows.ts";
import type { ExtrasSummary } from "../events.ts";
import { AlbumFolders, albumsFolder } from "./album-folders.ts";
import { type Maker, removeMade, type Workplace } from "./maker.ts";
import type { StoredFiles } from "./stored-files.ts";

export const albumEntries: Maker = {
  name: "album-entry",
  version: 1, // the bytes of its photo, whoever made it
  lies: "elsewhere",
  isAsked: ({ albumsAs }) => albumsAs !== "none",
  make,
};

async function make(files: StoredFiles, at: Workplace, options: AbortOptions): Promise<ExtrasSummary> {
  const { made } = at.catalog;
  const entries = made.files(albumEntries.name).map(({ target }) => target);
  const folders = new AlbumFolders(made, entries, at.device);
  // In the phone's order, not in that of arrival: who comes first has the plain name.
  const chosen = new Set([...files].map(([photo]) => photo));
  for (const photo of at.roll.items) if (chosen.has(photo)) for (const album of albumsShowing(photo)) folders.of(album);
  const removed = await removeEntries(folders, at, options);
  const { count, failed, problem } = await makeEntries(files, folders, at, options);
  return {
    albumEntries: count,
    ...(removed > 0 ? { albumEntriesRemoved: removed } : {}),
    ...(problem === undefined ? {} : { albumEntriesFailed: failed, albumProblem: problem }),
  };
}

interface Entries {
  readonly count: number;
  readonly failed: number;
  /** Why the first of them failed. */
  readonly problem: string | undefined;
}

async function makeEntries(
  files: StoredFiles,
  folders: AlbumFolders,
  at: Workplace,
  { signal }: AbortOptions,
): Promise<Entries> {
  let [count, failed] = [0, 0];
  let problem: string | undefined;
  const fail = (why: string): void => {
    problem ??= why;
    failed += 1;
  };
  for (const [photo, stored] of files)
    for (const album of albumsShowing(photo))
      for (const { target } of stored) {
        throwIfAborted(signal);
        try {
          const result = await makeEntry(target, folders.of(album), photo, at);
          if (result === "made") count += 1;
          if (result === "unsupported") fail("this disk has no links; --albums-as copies makes copies");
        } catch (error) {
          const reason = toAppError(error);
          if (reason.code === "cancelled") throw error;
          fail(reason.message);
        }
      }
  return { count, failed, problem };
}

async function makeEntry(
  source: string,
  folder: string,
  photo: RollItem,
  { destination, catalog: { made }, options }: Workplace,
): Promise<"made" | "there" | "unsupported"> {
  const name = posix.basename(source);
  const { stem, extension } = splitName(name);
  const other = `${stem}_${photo.id}${extension === "" ? "" : `.${extension}`}`;
  const { name: maker, version } = albumEntries;
  for (const target of [posix.join(folder, name), posix.join(folder, other)]) {
    const before = made.find(target);
    // What we noted under this name was made from this very file: a photo's target never changes its content.
    if (before?.maker === maker && before.source === source && (await destination.stat(target))) return "there";
    const result = await destination.duplicate(source, target, options.albumsAs === "links" ? "link" : "copy");
    if (result === "unsupported") return "unsupported";
    if (result === "stored") {
      made.note({ target, maker, version, source });
      return "made";
    }
  }
  return "there";
}

/**
 * Takes away entries of ours that no longer hold. Only a library as it is now says what an album has lost; what is gone from the
 * phone keeps its albums, and what another program put there is left alone.
 */
async function removeEntries(folders: AlbumFolders, at: Workplace, { signal }: AbortOptions): Promise<number> {
  const { knowledge } = at.roll;
  if (knowledge.source !== "library" || knowledge.unknown.has("albums")) return 0;
  const entries = at.catalog.made.files(albumEntries.name);
  if (entries.length === 0) return 0;
  const holding = holdingNow(folders, at);
  const left = new Set<string>();
  let removed = 0;
  for (const entry of entries) {
    throwIfAborted(signal);
    const holds = holding.get(entry.source);
    const folder = posix.dirname(entry.target);
    if (!holds || holds.folders.has(folder) || folders.isAnothers(folder)) continue;
    const result = await removeMade(entry, holds.sha256, at);
    if (result === "kept") continue;
    if (result === "removed") removed += 1;
    left.add(folder);
  }
  for (const folder of left) await removeEmpty(folder, at);
  return removed;
}

/** By copied file: the folders of the albums that its photo is in. */
function holdingNow(
  folders: AlbumFolders,
  { roll, catalog, device }: Workplace,
): Map<string, { readonly folders: Set<string>; readonly sha256: string | undefined }> {
  const holding = new Map<string, { readonly folders: Set<string>; readonly sha256: string | undefined }>();
  for (const { photo, row } of rowsOfRoll(roll, catalog.items, device)) {
    const known = holding.get(row.target) ?? { folders: new Set<string>(), sha256: row.sha256 };
    for (const album of albumsShowing(photo)) known.folders.add(folders.of(album));
    holding.set(row.target, known);
  }
  return holding;
}

/** The folder of an album, and those around it, where nothing is left in them. */
async function removeEmpty(folder: string, { destination }: Workplace): Promise<void> {
  for (let at = folder; at !== albumsFolder && at.startsWith(`${albumsFolder}/`); at = posix.dirname(at))
    if (!(await destination.removeFolder(at))) return;
}

/** What its owner hid or threw away is laid into no folder that everybody opens. */
function albumsShowing(photo: RollItem): readonly Album[] {
  const why = whyNotShown(photo);
  return why === "hidden" || why === "trashed" ? [] : (photo.library?.albums ?? []);
}
