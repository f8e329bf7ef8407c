/** What became of the phone's photos since a list was made: gone, in Recently Deleted, still there; and whether their copies are whole. */
import { posix } from "node:path";
import type { MediaItem, MediaSource } from "../../device/media-source.ts";
import type { CameraRoll, RollItem } from "../../library/roll.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { Clock } from "../../shared/clock.ts";
import type { AppError } from "../../shared/errors.ts";
import { checkFile } from "../catalog/check-file.ts";
import { isShiftedClock } from "../catalog/clock-shift.ts";
import { toDate, toMs } from "../catalog/file-key.ts";
import type { Found, ProofRow } from "../catalog/item-row.ts";
import { keepFindings } from "../check/findings.ts";
import type { Finding } from "../check/verify.ts";
import { groupsApart } from "./apart.ts";
import { copyKey, PlaceEvidence } from "./evidence.ts";
import type { FreeupList, ListedPart, ListedPhoto } from "./list-file.ts";
import { isObscuredBy } from "./obscured.ts";
import type { OpenProofPlace, ProofPlaces } from "./places.ts";

/** What became of a photo. `unknown`: its place on the phone could not be looked at. */
export type Fate = "gone" | "recently-deleted" | "only-in-icloud" | "changed" | "still-there" | "unknown";

/** A copy that was read back. */
export interface CheckedCopy {
  /** Index of the place. */
  readonly place: number;
  readonly target: string;
  readonly found: Found;
}

/** A photo that was on the phone when the list was made. */
export interface CheckedPhoto {
  readonly photo: ListedPhoto;
  readonly fate: Fate;
  readonly bytes: number;
  /** Until when it can be put back on the phone, in milliseconds; undefined where it cannot, or nobody tells. */
  readonly until: number | undefined;
  /** Of one that is gone or going: on how many different disks each of its files is whole, read now. */
  readonly wholeOn: number | undefined;
  readonly copies: readonly CheckedCopy[];
}

/** Everything that a check found. */
export interface FreeupCheck {
  readonly list: FreeupList;
  /** What was listed, whatever became of it. */
  readonly listed: readonly CheckedPhoto[];
  /** What is gone or going that was not listed. */
  readonly besides: readonly CheckedPhoto[];
  /** Of what is gone; of what will be when Recently Deleted is emptied. */
  readonly freedBytes: number;
  readonly laterBytes: number;
  /** Gone or going, and not whole on as many disks as the list asked for. */
  readonly unproven: readonly CheckedPhoto[];
  readonly filesRead: number;
  readonly notKept: readonly { readonly place: string; readonly error: AppError }[];
}

export interface CheckOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  readonly dataFolder: string;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Photos keeps what was deleted so long, and then erases it. Source: Apple's support pages; Android's MediaProvider has the same. */
const trashMs = 30 * 86_400_000;
const readAtOnce = 2;

/** @param roll of a phone whose library was read as it is now @throws {DestinationError}; {CancelledError} */
export async function checkFreeup(
  list: FreeupList,
  { source, roll, places }: { readonly source: MediaSource; readonly roll: CameraRoll; readonly places: ProofPlaces },
  options: CheckOptions,
): Promise<FreeupCheck> {
  const now = new PhoneNow(roll);
  const fates = list.photos.map((photo) => ({ photo, ...now.fateOf(photo) }));
  const copies = new CopyReading(source, places.all, options);
  const going = fates.filter(({ photo, fate }) => isGoing(fate) && photo.trashed !== true);
  await copies.read(going.map(({ photo }) => photo));
  // As it was said when the list was made, or is now.
  const said = places.all.map(({ place }) => ({
    ...place,
    isSaidApart: place.isSaidApart || list.ownDisks.includes(place.name ?? place.path),
  }));
  const apart = said.map((_, i) => groupsApart(said, i + 1));
  const checked = fates.map((f) => ({ ...f, bytes: bytesOf(f.photo), ...copies.of(f.photo, apart, isGoing(f.fate)) }));
  const listed = checked.filter(({ photo }) => photo.listed);
  const besides = checked.filter(({ photo, fate }) => !photo.listed && isGoing(fate) && photo.trashed !== true);
  const lost = [...listed, ...besides].filter(({ fate }) => isGoing(fate));
  const sum = (fate: Fate): number => lost.filter((c) => c.fate === fate).reduce((total, c) => total + c.bytes, 0);
  return {
    list,
    listed,
    besides,
    freedBytes: sum("gone"),
    laterBytes: sum("recently-deleted"),
    unproven: lost.filter(({ wholeOn }) => (wholeOn ?? 0) < list.copies),
    filesRead: copies.filesRead,
    notKept: copies.notKept,
  };
}

function isGoing(fate: Fate): boolean {
  return fate === "gone" || fate === "recently-deleted";
}

function bytesOf({ parts }: ListedPhoto): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

/** The phone as it is, asked for photos of a list. */
class PhoneNow {
  readonly #byUuid = new Map<string, RollItem>();
  readonly #byPath = new Map<string, RollItem>();
  /** What is in the trash of a phone that renames it there: by folder, name and size. */
  readonly #trashed = new Map<string, RollItem>();
  readonly #isObscured: (photo: Pick<RollItem, "parts">) => boolean;

  constructor(roll: CameraRoll) {
    for (const item of roll.items) {
      const { uuid, trashed, originalFilename } = item.library ?? {};
      if (uuid !== undefined) this.#byUuid.set(uuid, item);
      for (const { item: file, availability } of item.parts)
        if (availability === "phone") this.#byPath.set(file.path, item);
      const [{ item: file }] = item.parts;
      const folder = posix.dirname(file.path);
      if (trashed && originalFilename !== undefined)
        this.#trashed.set(`${posix.join(folder, originalFilename)}\0${file.sizeBytes}`, item);
    }
    this.#isObscured = isObscuredBy(roll.unreadable);
  }

  fateOf(photo: ListedPhoto): Pick<CheckedPhoto, "fate" | "until"> {
    const found = this.#find(photo);
    if (!found) return { fate: this.#isObscured(asItem(photo)) ? "unknown" : "gone", until: undefined };
    if (found.library?.trashed) {
      const since = found.library.trashedAt?.getTime();
      return { fate: "recently-deleted", until: since === undefined ? undefined : since + trashMs };
    }
    return { fate: fateThere(photo, found), until: undefined };
  }

  #find({ uuid, parts: [primary] }: ListedPhoto): RollItem | undefined {
    // By its id alone, where it has one: another photo may have its path by now.
    if (uuid !== undefined) return this.#byUuid.get(uuid);
    if (!primary) return undefined;
    return this.#byPath.get(primary.path) ?? this.#trashed.get(`${primary.path}\0${primary.sizeBytes}`);
  }
}

/** Of one that the phone's library has. */
function fateThere({ parts }: ListedPhoto, found: RollItem): Fate {
  const here = new Map(found.parts.filter((p) => p.availability === "phone").map(({ item }) => [item.path, item]));
  if (parts.every((part) => isSame(part, here.get(part.path)))) return "still-there";
  if (found.availability === "icloud") return "only-in-icloud";
  // A row of the library without its file: removed by a program, behind the back of Photos.
  return found.availability === "missing" ? "gone" : "changed";
}

function isSame(part: ListedPart, item: MediaItem | undefined): boolean {
  if (item?.sizeBytes !== part.sizeBytes) return false;
  const modified = toMs(item.modifiedAt);
  return modified === part.modifiedMs || isShiftedClock(modified, part.modifiedMs);
}

function asItem({ parts }: ListedPhoto): Pick<RollItem, "parts"> {
  return { parts: parts.map(asPart) as never as RollItem["parts"] };
}

function asPart({ role, path, sizeBytes, createdMs, modifiedMs }: ListedPart): RollItem["parts"][number] {
  const name = posix.basename(path);
  const times = { createdAt: toDate(createdMs), modifiedAt: toDate(modifiedMs) };
  return {
    ...{ role, availability: "phone", facts: undefined },
    item: { id: path, path, name, area: "camera-roll", sizeBytes, ...times },
  };
}

/** Reads every copy of what is gone from its disk, once, and keeps what was found. */
class CopyReading {
  readonly #source: Pick<MediaSource, "device" | "capabilities">;
  readonly #places: readonly OpenProofPlace[];
  readonly #options: CheckOptions;
  readonly #found = new Map<string, Found>();
  readonly #copies = new Map<ListedPhoto, { part: ListedPart; place: number; target: string; key: string }[]>();
  readonly notKept: { place: string; error: AppError }[] = [];

  constructor(
    source: Pick<MediaSource, "device" | "capabilities">,
    places: readonly OpenProofPlace[],
    options: CheckOptions,
  ) {
    this.#source = source;
    this.#places = places;
    this.#options = options;
  }

  get filesRead(): number {
    return this.#found.size;
  }

  async read(photos: readonly ListedPhoto[]): Promise<void> {
    const work: ProofRow[][] = [];
    for (const [index, { catalog, destination }] of this.#places.entries()) {
      const place = { index, catalog, destination };
      const evidence = await PlaceEvidence.gather(place, this.#source, this.#options);
      const facts = photos.flatMap((photo) =>
        photo.parts.flatMap((part) => {
          const known = evidence.factsOf(asPart(part), photo.uuid, part.sha256).filter(({ by }) => by !== "id");
          const copies = this.#copies.get(photo) ?? [];
          this.#copies.set(photo, [
            ...copies,
            ...known.map((fact) => ({ part, place: index, target: fact.target, key: copyKey(fact) })),
          ]);
          return known;
        }),
      );
      work.push(evidence.rowsOf(facts));
    }
    const total = work.reduce((sum, rows) => sum + rows.length, 0);
    for (const [index, rows] of work.entries()) await this.#readPlace(index, rows, total);
  }

  async #readPlace(index: number, rows: readonly ProofRow[], total: number): Promise<void> {
    const { clock, pid, dataFolder, signal, onProgress } = this.#options;
    const { destination, folder } = this.#places[index] as OpenProofPlace;
    const findings: Finding[] = [];
    try {
      for await (const { row, found } of mapOrdered(rows, readAtOnce, async (row) => ({
        row,
        ...(await checkFile(row, destination, signal ? { signal } : {})),
      }))) {
        findings.push({ target: row.target, sha256: row.sha256, found });
        this.#found.set(`${index}\0${copyKey(row)}`, found);
        onProgress?.(this.#found.size, total);
      }
    } finally {
      const error = await keepFindings(folder, findings, { clock, pid, dataFolder });
      if (error) this.notKept.push({ place: folder.root, error });
    }
  }

  /** @param apart groups of places on different disks, by their size less one */
  of(
    photo: ListedPhoto,
    apart: readonly ReturnType<typeof groupsApart>[],
    isGone: boolean,
  ): Pick<CheckedPhoto, "wholeOn" | "copies"> {
    if (!isGone) return { wholeOn: undefined, copies: [] };
    const copies = (this.#copies.get(photo) ?? []).map((copy) => ({
      ...copy,
      // One without a recorded hash could not be read against anything.
      found: this.#found.get(`${copy.place}\0${copy.key}`) ?? ("unreadable" as const),
    }));
    const disksOf = (part: ListedPart): number => {
      const whole = new Set(copies.filter((c) => c.part === part && c.found === "whole").map((c) => c.place));
      return apart.findLastIndex((groups) => groups.some((group) => group.every((place) => whole.has(place)))) + 1;
    };
    const wholeOn = photo.parts.length === 0 ? 0 : Math.min(...photo.parts.map(disksOf));
    return { wholeOn, copies: copies.map(({ place, target, found }) => ({ place, target, found })) };
  }
}
