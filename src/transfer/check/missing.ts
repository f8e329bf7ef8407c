/** What of a phone is not in a destination: every file of the photos that a backup takes, without opening one. */
import type { MediaItem, MediaSource } from "../../device/media-source.ts";
import { buildCameraRoll, type LibraryOptions } from "../../library/index.ts";
import { type Availability, isEmpty, type RollItem, whyNotShown } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { CatalogFactsCache } from "../catalog/facts-cache.ts";
import { fileKey } from "../catalog/file-key.ts";
import type { CatalogRow } from "../catalog/item-row.ts";
import { IgnoredIndex } from "../catalog/settled.ts";

/** How far to look, and who is told meanwhile. */
export interface MissingOptions extends AbortOptions {
  readonly now: number;
  readonly library?: LibraryOptions | undefined;
  /** Called after each file that the phone computed a hash of. */
  readonly onHashed?: (done: number) => void;
}

/** What of a phone a backup leaves out, and an export besides; in files. */
export interface NotCounted {
  readonly trashed: number;
  readonly shared: number;
  /** The phone has not finished writing them. */
  readonly pending: number;
  /** Without a byte on the phone. */
  readonly empty: number;
  /** A person settled them with `ignore`. */
  readonly ignored: number;
  readonly notMedia: number;
  /** Where only exports went to. */
  readonly hidden: number;
  readonly burstUnpicked: number;
}

/** What is on the phone and not in the destination. */
export interface MissingResult {
  /** Photos, videos, edits and sidecars on the phone, but for `notCounted`. */
  readonly files: number;
  readonly notHere: readonly MediaItem[];
  /** Photos and videos of which something is in iCloud only, and not in the destination either: no cable can bring them. */
  readonly iCloudOnly: number;
  /** As `iCloudOnly`, of which something is not even there, by what the phone's library knows. */
  readonly missing: number;
  readonly notCounted: NotCounted;
  /** Whether the library could be asked what is elsewhere. */
  readonly knowsElsewhere: boolean;
  /** Why the library of an earlier look was asked; absent where it is the phone's of now. */
  readonly staleLibrary?: string;
  /** All that was looked into, on a phone that may hold photos elsewhere too. */
  readonly lookedInto?: readonly string[];
  /** What the destination is for this phone. */
  readonly kind: "backup" | "export";
  /** Entries that the phone did not let us look at: not known to be in the destination. */
  readonly unreadable: readonly string[];
  /** Copies whose hash the phone itself computed and found equal; 0 where this phone cannot. */
  readonly hashed: number;
  /** Files of which the phone computes another hash than the copy has. */
  readonly different: readonly MediaItem[];
}

/** @param isWhole whether the copy under this target may be counted on */
export async function missingFrom(
  source: MediaSource,
  catalog: Catalog,
  isWhole: (target: string) => boolean,
  options: MissingOptions,
): Promise<MissingResult> {
  const { id: device } = source.device;
  const hasWallClock = source.capabilities.clock === "wall";
  const cache = new CatalogFactsCache(catalog, device);
  const roll = await buildCameraRoll(source, { ...options, cache, heads: "none" });
  const kind = kindOfDestination(catalog, device);
  const ignored = new IgnoredIndex(catalog.settled.ignored(device));
  const counts = { trashed: 0, shared: 0, pending: 0, empty: 0, ignored: 0, hidden: 0, burstUnpicked: 0 };
  const elsewhere = { icloud: 0, missing: 0 };
  const notHere: MediaItem[] = [];
  const toHash: { item: MediaItem; sha256: string }[] = [];
  let files = 0;
  const exactRow = (item: MediaItem): CatalogRow | undefined =>
    catalog.items.find(device, item) ?? (hasWallClock ? catalog.items.findShifted(device, item) : undefined);
  const isHere = (row: CatalogRow | undefined): row is CatalogRow => row?.state === "done" && isWhole(row.target);
  for (const photo of roll.items) {
    const uuid = photo.library?.uuid;
    const parts = photo.parts.filter((p) => p.role !== "recipe");
    const leftOut = whyLeftOut(photo, kind);
    if (leftOut !== undefined) {
      // What was copied all the same, by a backup or before it was hidden, is there and needs no word.
      counts[leftOut] += parts.filter((p) => p.availability === "phone" && !isHere(exactRow(p.item))).length;
      continue;
    }
    const away = new Set<Availability>();
    for (const part of parts) {
      const { item, role, availability } = part;
      const row = exactRow(item);
      const isOld = (): boolean => uuid !== undefined && catalog.items.findByUuid(device, uuid, role).some(isHere);
      if (availability !== "phone" || isEmpty(part)) {
        if (isHere(row) || isOld()) continue;
        if (availability !== "phone") away.add(availability);
        else counts.empty += 1;
      } else if (isHere(row)) {
        files += 1;
        if (row.sha256 !== undefined) toHash.push({ item, sha256: row.sha256 });
      } else if (ignored.has(fileKey(device, item, { uuid, role }))) counts.ignored += 1;
      else {
        files += 1;
        notHere.push(item);
      }
    }
    if (away.has("missing")) elsewhere.missing += 1;
    else if (away.has("icloud")) elsewhere.icloud += 1;
  }
  const unreadable = roll.unreadable.map((u) => u.path).filter((path) => !ignored.entries.has(path));
  return {
    files,
    notHere,
    iCloudOnly: elsewhere.icloud,
    missing: elsewhere.missing,
    notCounted: { ...counts, notMedia: roll.otherFiles.length },
    knowsElsewhere: roll.knowledge.source !== "tree",
    ...(roll.knowledge.source === "library-stale"
      ? { staleLibrary: roll.knowledge.why ?? "it changed meanwhile" }
      : {}),
    ...(roll.knowledge.lookedInto ? { lookedInto: roll.knowledge.lookedInto } : {}),
    kind,
    unreadable,
    ...(await compareHashes(source, toHash, options)),
  };
}

/** Where a backup was ever begun the destination is one; a catalog that knows of no run may be of any. */
function kindOfDestination(catalog: Catalog, device: string): MissingResult["kind"] {
  const runs = catalog.runs.all().filter((r) => r.device === device);
  return runs.length === 0 || runs.some((r) => r.kind === "backup") ? "backup" : "export";
}

/** Everything but what was thrown away and other people's reduced copies belongs into a backup; an export takes what Photos shows. */
function whyLeftOut(photo: RollItem, kind: MissingResult["kind"]): Exclude<keyof NotCounted, "notMedia"> | undefined {
  if (photo.library?.unfinished) return "pending";
  const why = whyNotShown(photo);
  if (why === "trashed" || why === "shared") return why;
  if (kind === "backup" || why === undefined) return undefined;
  return why === "hidden" ? "hidden" : "burstUnpicked";
}

/** End to end without a second transfer: the phone reads its own file, and its hash is the copy's or is not. */
async function compareHashes(
  source: MediaSource,
  files: readonly { item: MediaItem; sha256: string }[],
  options: MissingOptions,
): Promise<Pick<MissingResult, "hashed" | "different">> {
  const different: MediaItem[] = [];
  if (!source.hashOnPhone) return { hashed: 0, different };
  const hash = source.hashOnPhone.bind(source);
  let hashed = 0;
  for await (const { item, isEqual } of mapOrdered(
    files,
    source.capabilities.parallelReads,
    async ({ item, sha256 }) => {
      throwIfAborted(options.signal);
      return { item, isEqual: (await hash(item, options)) === sha256 };
    },
  )) {
    if (isEqual) hashed += 1;
    else different.push(item);
    options.onHashed?.(hashed + different.length);
  }
  return { hashed, different };
}
