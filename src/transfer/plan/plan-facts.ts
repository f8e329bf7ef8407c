/** What a plan needs to know of a destination: the catalog's rows, and the names and sizes that are there. */
import { posix } from "node:path";
import type { MediaItem, MediaSource } from "../../device/media-source.ts";
import { type CameraRoll, isEmpty, type RollItem, type RollPart, type RollRole } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { forEachYielding } from "../../shared/async.ts";
import { fileKey } from "../catalog/file-key.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import { type IgnoredFile, IgnoredIndex } from "../catalog/settled.ts";
import { type DestinationFiles, notPlain } from "./destination-files.ts";
import type { KnownRows } from "./known-rows.ts";
import type { OtherPhones } from "./other-phones.ts";
import { isPartWanted, targetName } from "./part-choice.ts";
import { type KnownCopy, type PlanFacts, type PlanOptions, stemsFor, templateStem } from "./plan.ts";

/** Parts that a UUID identifies by itself; an edit is made anew under it, again and again. */
const namedByUuid: ReadonlySet<RollRole> = new Set(["original", "live-video", "raw"]);

/** All that was gathered of a destination for one plan. */
export interface Destined {
  readonly rows: KnownRows;
  /** In which the targets of all rows were looked at. */
  readonly files: DestinationFiles;
  /** Undefined where each phone keeps its own. */
  readonly others?: OtherPhones | undefined;
  readonly ignored: readonly IgnoredFile[];
  readonly maxFileBytes: number;
}

/** Answers a plan's questions from what was gathered: no call of it waits. */
export function planFacts(
  { rows, files, others, ignored, maxFileBytes }: Destined,
  { device: { id: device }, capabilities: { clock } }: Pick<MediaSource, "device" | "capabilities">,
): PlanFacts {
  const passedOver = new Set<string>();
  // Asked for every file, and again for its siblings.
  const answers = new Map<MediaItem, KnownCopy | undefined>();
  const remembered = (item: MediaItem, find: () => KnownCopy | undefined): KnownCopy | undefined => {
    if (rows.isEmpty) return undefined;
    if (!answers.has(item)) answers.set(item, find());
    return answers.get(item);
  };
  const look = (part: RollPart, uuid: string | undefined): KnownCopy | undefined => {
    const isThere = (row: PlanRow | undefined): row is PlanRow => {
      if (row === undefined) return false;
      const size = files.sizeAt(row.target);
      if (size === notPlain) passedOver.add(row.target);
      // A file that was removed or cut since is copied again: the photos are the truth, not the catalog. One that a check found
      // damaged is no copy, but has the name: `verify --repair` gives it to a good one, and nothing is put beside it.
      return size === row.sizeBytes || (size !== undefined && isDamaged(row));
    };
    const exact = rows.find(part.item);
    if (isThere(exact)) return copyOf(exact, exact.uuid === uuid && exact.role === part.role);
    const shifted = clock === "wall" ? rows.findShifted(part.item) : undefined;
    if (isThere(shifted)) return copyOf(shifted, false);
    if (uuid === undefined || !namedByUuid.has(part.role)) return undefined;
    // A phone that was restored keeps the UUID and not the path; one that sent the original to iCloud keeps neither size nor
    // time. An original never changes, so what was copied of it once is it.
    const known = rows
      .findByUuid(uuid, part.role)
      .find(
        (row) =>
          isThere(row) && (part.availability !== "phone" || isEmpty(part) || row.sizeBytes === part.item.sizeBytes),
      );
    return known && copyOf(known, false);
  };
  const settled = new IgnoredIndex(ignored);
  return {
    ignores: ({ item, role }, uuid) => settled.has(fileKey(device, item, { uuid, role })),
    ignoredEntries: settled.entries,
    known: (part, uuid) => remembered(part.item, () => look(part, uuid)),
    passedOver,
    ...(others ? { alike: (part, uuid) => others.alike(part, uuid) } : {}),
    takenAwayFrom: (item) => {
      const target = rows.find(item)?.target;
      // One that was changed lies there still, and keeps its name.
      return target !== undefined && files.sizeAt(target) === undefined ? target : undefined;
    },
    takenStems: rows.takenStems,
    sizeAt: (target) => files.sizeAt(target),
    maxFileBytes,
  };
}

/** Looks at every name that the plan may want for what is new. To be called before the plan is made. */
export async function lookAtNames(
  roll: CameraRoll,
  facts: PlanFacts,
  files: DestinationFiles,
  options: PlanOptions & AbortOptions,
): Promise<void> {
  const isFresh = (photo: RollItem): boolean => {
    if (options.selection.verdict(photo) !== "chosen") return false;
    const uuid = photo.library?.uuid;
    return !photo.parts.some((part) => facts.known(part, uuid) ?? facts.alike?.(part, uuid));
  };
  // Found twice rather than held: the names of 50,000 photos take more room than all that is known of a third of them.
  const folders = new Set<string>();
  await forEachYielding(roll.items, (photo) => {
    throwIfAborted(options.signal);
    if (isFresh(photo)) folders.add(posix.dirname(templateStem(photo, options)));
  });
  await files.readFolders(folders, options);
  const filled = new Set([...folders].filter((folder) => files.hasAny(folder)));
  if (filled.size === 0) return;
  const taken: string[] = [];
  await forEachYielding(roll.items, (photo) => {
    throwIfAborted(options.signal);
    if (!isFresh(photo) || !filled.has(posix.dirname(templateStem(photo, options)))) return;
    for (const stem of stemsFor(photo, options))
      for (const part of photo.parts) {
        if (!isPartWanted(part, photo, options.parts)) continue;
        const target = targetName(stem, part, photo);
        if (files.has(target)) taken.push(target);
      }
  });
  await files.look(taken, options);
}

/** One that was missing is there again: what it holds, the next check tells. */
function isDamaged({ found }: PlanRow): boolean {
  return found === "damaged" || found === "unreadable";
}

function copyOf(row: PlanRow, isIdentified: boolean): KnownCopy {
  const { target, sha256 } = row;
  return { target, sha256, isIdentified, ...(isDamaged(row) ? { isDamaged: true } : {}) };
}
