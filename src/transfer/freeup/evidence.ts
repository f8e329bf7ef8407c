/** What the places say of each file of a phone: rows of their catalogs, and what stands under their names now. */
import type { MediaSource } from "../../device/media-source.ts";
import type { RollItem, RollPart, RollRole } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { yielding } from "../../shared/async.ts";
import { addTo } from "../../shared/map.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { isShiftedClock, isStoredTime } from "../catalog/clock-shift.ts";
import type { ProofRow, ReadBack } from "../catalog/item-row.ts";
import type { Destination, StoredEntry } from "../destination/destination.ts";
import type { CopyFact } from "./rule.ts";

const namesAtOnce = 4_096;
/** Parts that a UUID names for ever; an edit is made anew under it, again and again. */
const namedByUuid: ReadonlySet<RollRole> = new Set(["original", "live-video", "raw"]);

/** One place's rows of one phone, and what stands there. A snapshot. */
export class PlaceEvidence {
  readonly #index: number;
  readonly #hasWallClock: boolean;
  readonly #byPath = new Map<string, ProofRow[]>();
  readonly #byUuid = new Map<string, ProofRow[]>();
  readonly #byHash = new Map<string, ProofRow[]>();
  /** Versions of this phone's files that are under each name. */
  readonly #byTarget = new Map<string, ProofRow[]>();
  readonly #standing = new Map<string, StoredEntry>();
  /** By name and hash. */
  readonly #readNow = new Map<string, ReadBack>();
  /** The latest time that any row tells: a clock that shows less went back. */
  latestMs = 0;

  private constructor(index: number, { capabilities }: Pick<MediaSource, "capabilities">) {
    this.#index = index;
    this.#hasWallClock = capabilities.clock === "wall";
  }

  /** @param place its index, and what is open of it @throws {DestinationError} where the place goes away; {CancelledError} */
  static async gather(
    place: { readonly index: number; readonly catalog: Catalog; readonly destination: Destination },
    source: Pick<MediaSource, "capabilities" | "device">,
    options: AbortOptions,
  ): Promise<PlaceEvidence> {
    const evidence = new PlaceEvidence(place.index, source);
    for await (const row of yielding(place.catalog.items.proofRows(source.device.id))) evidence.#add(row);
    const targets = [...evidence.#byTarget.keys()];
    for (let at = 0; at < targets.length; at += namesAtOnce) {
      throwIfAborted(options.signal);
      const page = targets.slice(at, at + namesAtOnce);
      const entries = await place.destination.statAll(page, options);
      for (const [i, target] of page.entries()) if (entries[i]) evidence.#standing.set(target, entries[i]);
    }
    return evidence;
  }

  #add(row: ProofRow): void {
    addTo(this.#byPath, row.path, row);
    if (row.uuid !== undefined && namedByUuid.has(row.role)) addTo(this.#byUuid, `${row.uuid}/${row.role}`, row);
    if (row.sha256 !== undefined) addTo(this.#byHash, row.sha256, row);
    addTo(this.#byTarget, row.target, row);
    this.latestMs = Math.max(this.latestMs, row.copiedAt, row.readBack?.at ?? 0);
  }

  /** @param phoneHash of the part's bytes on the phone, where they were read for this */
  factsOf(part: RollPart, uuid: string | undefined, phoneHash: string | undefined): CopyFact[] {
    if (phoneHash !== undefined) {
      const same = (this.#byHash.get(phoneHash) ?? []).filter((row) => row.sizeBytes === part.item.sizeBytes);
      return same.map((row) => this.#fact(row, "phone-hash"));
    }
    const exact = this.#byPath.get(part.item.path)?.filter((row) => this.#isVersion(row, part)) ?? [];
    // A second version under one name was noted by the photo's id, when the phone came back with other times.
    const isOnly = ({ target }: ProofRow): boolean => this.#byTarget.get(target)?.length === 1;
    if (exact.length > 0) return exact.map((row) => this.#fact(row, isOnly(row) ? "version" : "id"));
    const known = this.#byUuid.get(`${uuid}/${part.role}`) ?? [];
    return known.filter((row) => row.sizeBytes === part.item.sizeBytes).map((row) => this.#fact(row, "id"));
  }

  /** Any version of it. */
  wasCopied({ item, role }: RollPart, uuid: string | undefined): boolean {
    return this.#byPath.has(item.path) || this.#byUuid.has(`${uuid}/${role}`);
  }

  /** Takes what was read in this call, against this hash. */
  note(copy: Pick<CopyFact, "target" | "sha256">, read: ReadBack): void {
    this.#readNow.set(copyKey(copy), read);
  }

  /** What is to be read to prove these now, once each; what has no hash cannot be. */
  rowsOf(facts: readonly CopyFact[]): ProofRow[] {
    // Two versions under one name need not be of one hash: each is read against its own.
    const wanted = new Map(facts.filter((fact) => fact.place === this.#index).map((fact) => [copyKey(fact), fact]));
    return [...wanted.values()]
      .flatMap(({ target, sha256 }) => this.#byTarget.get(target)?.find((row) => row.sha256 === sha256) ?? [])
      .filter((row) => row.sha256 !== undefined);
  }

  /** Exactly this version: path, size and both times as the phone told them. One that tells no time at all has no versions. */
  #isVersion(row: ProofRow, { item }: RollPart): boolean {
    const [created, modified] = [item.createdAt?.getTime() ?? 0, item.modifiedAt?.getTime() ?? 0];
    if (row.sizeBytes !== item.sizeBytes || (created === 0 && modified === 0)) return false;
    if (row.createdMs === created && row.modifiedMs === modified) return true;
    // A wall clock in another zone shows the same moment some quarter hours off.
    return this.#hasWallClock && row.modifiedMs !== 0 && modified !== 0 && isShiftedClock(row.modifiedMs, modified);
  }

  #fact(row: ProofRow, by: CopyFact["by"]): CopyFact {
    const now = this.#readNow.get(copyKey(row));
    const { target, sha256 } = row;
    const read = now ?? row.readBack;
    return {
      place: this.#index,
      target,
      sha256,
      read,
      isReadNow: now !== undefined,
      standing: this.#standingOf(row),
      by,
    };
  }

  #standingOf({ target, sizeBytes, storedMs }: ProofRow): CopyFact["standing"] {
    const entry = this.#standing.get(target);
    if (!entry) return "gone";
    if (entry.type !== "file" || entry.sizeBytes !== sizeBytes) return "written-to";
    if (storedMs === undefined) return "untimed";
    return isStoredTime(storedMs, entry.modifiedMs) ? "as-left" : "written-to";
  }
}

/** What was read of a file is told of the bytes that it was held against, and of no others. */
export function copyKey({ target, sha256 }: Pick<CopyFact, "target" | "sha256">): string {
  return `${target}\0${sha256 ?? ""}`;
}

/** The facts of all places together. */
export class Evidence {
  readonly places: readonly PlaceEvidence[];
  /** By path on the phone. */
  readonly phoneHashes = new Map<string, string>();

  constructor(places: readonly PlaceEvidence[]) {
    this.places = places;
  }

  factsOf(part: RollPart, photo: RollItem): CopyFact[] {
    const hash = this.phoneHashes.get(part.item.path);
    return this.places.flatMap((place) => place.factsOf(part, photo.library?.uuid, hash));
  }

  wasCopied(part: RollPart, photo: RollItem): boolean {
    return this.places.some((place) => place.wasCopied(part, photo.library?.uuid));
  }

  get latestMs(): number {
    return Math.max(0, ...this.places.map((place) => place.latestMs));
  }
}
