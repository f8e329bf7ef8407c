/** What of a phone is proven to lie elsewhere, item by item, and why the rest stays. Nothing is deleted by it, nor anything on the phone changed. */
import { createHash } from "node:crypto";
import type { MediaSource } from "../../device/media-source.ts";
import { photoSize } from "../../library/photo-kind.ts";
import type { CameraRoll, RollItem, RollPart } from "../../library/roll.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { mapOrdered } from "../../shared/async.ts";
import type { Clock } from "../../shared/clock.ts";
import { type AppError, toAppError } from "../../shared/errors.ts";
import { checkFile } from "../catalog/check-file.ts";
import { fileKey } from "../catalog/file-key.ts";
import { IgnoredIndex } from "../catalog/settled.ts";
import { keepFindings } from "../check/findings.ts";
import type { Finding } from "../check/verify.ts";
import { groupsApart, type ProofPlace } from "./apart.ts";
import { Evidence, PlaceEvidence } from "./evidence.ts";
import { isObscuredBy } from "./obscured.ts";
import type { OpenProofPlace, ProofPlaces } from "./places.ts";
import { type FreeupRule, type Grounds, judgeAll, type PartProof, type StayReason } from "./rule.ts";

/** How a plan is made. */
export interface FreeupOptions extends AbortOptions {
  readonly clock: Clock;
  readonly pid: number;
  /** The person's data folder. */
  readonly dataFolder: string;
  readonly copies: number;
  readonly rereadWithinMs: number;
  readonly olderThanMs: number;
  /** Reads every copy that could count from its disk now, and keeps what was found in each catalog. */
  readonly reread: boolean;
  /** Reads the phone's files too, and compares their hashes. */
  readonly againstPhone: boolean;
  /** What the phone's clock shows beside this computer's, in milliseconds; undefined where it does not tell. */
  readonly phoneAheadMs?: number | undefined;
  excepts(photo: RollItem): boolean;
  readonly onProgress?: (what: "copies" | "phone", done: number, total: number) => void;
}

/** A photo that is proven, with what proves it. */
export interface ProvenItem {
  readonly photo: RollItem;
  readonly bytes: number;
  readonly parts: readonly PartProof[];
  readonly oldestReadAt: number;
}

/** A photo that stays. */
export interface StayingItem {
  readonly photo: RollItem;
  readonly bytes: number;
  readonly reason: StayReason;
  /** The part that keeps it, where it is one. */
  readonly part: RollPart | undefined;
}

/** What may be let go, and what not. A value: it follows neither phone nor disks. */
export interface FreeupPlan {
  readonly rule: FreeupRule;
  readonly places: readonly ProofPlace[];
  /** The largest first. */
  readonly proven: readonly ProvenItem[];
  readonly stays: readonly StayingItem[];
  /** The oldest reading that anything proven rests on; undefined where nothing is. */
  readonly oldestReadAt: number | undefined;
  /** Files that were read in this call, on disks and on the phone. */
  readonly readNow: { readonly copies: number; readonly phone: number };
  /** Places in whose catalogs the readings could not be kept. */
  readonly notKept: readonly { readonly place: string; readonly error: AppError }[];
}

/** Phone and computer may be a day apart by their zones' worst misunderstanding; further apart, one of them is wrong. */
const mostClockApartMs = 86_400_000;
/** So many files of a disk are read at once. */
const readAtOnce = 2;

/** @throws {DeviceError}; {DestinationError} where a place goes away meanwhile; {CancelledError} */
export async function planFreeup(
  source: MediaSource,
  roll: CameraRoll,
  places: ProofPlaces,
  options: FreeupOptions,
): Promise<FreeupPlan> {
  const planning = new Planning(source, roll, places, options);
  await planning.gather();
  if (options.againstPhone) await planning.readPhone();
  if (options.reread) await planning.rereadCopies();
  return planning.plan();
}

/** Reasons that reading the copies or the phone may settle. */
const settledByReading: ReadonlySet<StayReason> = new Set([
  ...(["changed", "not-copied", "recipe-not-copied", "not-compared"] as const),
  ...(["damaged", "no-hash", "not-reread", "too-few-disks", "burst"] as const),
]);

class Planning {
  readonly #source: MediaSource;
  readonly #roll: CameraRoll;
  readonly #opened: readonly OpenProofPlace[];
  readonly #options: FreeupOptions;
  readonly #notKept: { place: string; error: AppError }[] = [];
  readonly #readNow = { copies: 0, phone: 0 };
  #evidence = new Evidence([]);
  #ignored: readonly IgnoredIndex[] = [];

  constructor(source: MediaSource, roll: CameraRoll, places: ProofPlaces, options: FreeupOptions) {
    this.#source = source;
    this.#roll = roll;
    this.#opened = places.all;
    this.#options = options;
  }

  async gather(): Promise<void> {
    const gathered: PlaceEvidence[] = [];
    for (const [index, { catalog, destination }] of this.#opened.entries())
      gathered.push(await PlaceEvidence.gather({ index, catalog, destination }, this.#source, this.#options));
    this.#evidence = new Evidence(gathered);
    const { id } = this.#source.device;
    this.#ignored = this.#opened.map(({ catalog }) => new IgnoredIndex(catalog.settled.ignored(id)));
  }

  #grounds(): Grounds {
    const { clock, copies, rereadWithinMs, olderThanMs, phoneAheadMs, excepts } = this.#options;
    const now = clock.now();
    const isPhoneOff = phoneAheadMs !== undefined && Math.abs(phoneAheadMs) > mostClockApartMs;
    const evidence = this.#evidence;
    const device = this.#source.device.id;
    const isObscured = isObscuredBy(this.#roll.unreadable);
    return {
      rule: { now, copies, rereadWithinMs, olderThanMs },
      knowledge: this.#roll.knowledge,
      apart: groupsApart(
        this.#opened.map(({ place }) => place),
        copies,
      ),
      clockDoubt: isPhoneOff ? "phone" : evidence.latestMs > now ? "rows" : "none",
      factsOf: (part, photo) => evidence.factsOf(part, photo),
      wasCopied: (part, photo) => evidence.wasCopied(part, photo),
      ignores: ({ item, role }, photo) => {
        const key = fileKey(device, item, { uuid: photo.library?.uuid, role });
        return this.#ignored.some((ignored) => ignored.has(key));
      },
      excepts,
      isObscured,
    };
  }

  /** Photos that are proven, or that a reading may prove. */
  #candidates(): RollItem[] {
    const verdicts = judgeAll(this.#roll.items, this.#grounds());
    return [...verdicts].filter(([, v]) => v.isProven || settledByReading.has(v.reason)).map(([photo]) => photo);
  }

  async readPhone(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const parts = this.#candidates().flatMap((photo) =>
      photo.parts.filter((part) => this.#evidence.wasCopied(part, photo) && part.availability === "phone"),
    );
    const atOnce = this.#source.capabilities.parallelReads;
    for await (const { path, sha256 } of mapOrdered(parts, atOnce, async ({ item }) => {
      throwIfAborted(signal);
      return { path: item.path, sha256: await hashOf(this.#source, item, signal) };
    })) {
      this.#evidence.phoneHashes.set(path, sha256);
      this.#readNow.phone += 1;
      onProgress?.("phone", this.#readNow.phone, parts.length);
    }
  }

  async rereadCopies(): Promise<void> {
    const facts = this.#candidates().flatMap((photo) => photo.parts.flatMap((p) => this.#evidence.factsOf(p, photo)));
    const work = this.#evidence.places.map((place) => place.rowsOf(facts));
    const total = work.reduce((sum, rows) => sum + rows.length, 0);
    for (const [i, rows] of work.entries()) await this.#rereadPlace(i, rows, total);
  }

  async #rereadPlace(index: number, rows: ReturnType<PlaceEvidence["rowsOf"]>, total: number): Promise<void> {
    const { clock, pid, dataFolder, signal, onProgress } = this.#options;
    const { destination, folder } = this.#opened[index] as OpenProofPlace;
    const findings: Finding[] = [];
    const signals = signal ? { signal } : {};
    try {
      for await (const { row, found } of mapOrdered(rows, readAtOnce, async (row) => ({
        row,
        ...(await checkFile(row, destination, signals)),
      }))) {
        findings.push({ target: row.target, sha256: row.sha256, found });
        this.#evidence.places[index]?.note(row, { at: clock.now(), found });
        this.#readNow.copies += 1;
        onProgress?.("copies", this.#readNow.copies, total);
      }
    } finally {
      const error = await keepFindings(folder, findings, { clock, pid, dataFolder });
      if (error) this.#notKept.push({ place: folder.root, error });
    }
  }

  plan(): FreeupPlan {
    const grounds = this.#grounds();
    const proven: ProvenItem[] = [];
    const stays: StayingItem[] = [];
    for (const [photo, verdict] of judgeAll(this.#roll.items, grounds)) {
      const bytes = photoSize(photo);
      if (verdict.isProven) proven.push({ photo, bytes, parts: verdict.parts, oldestReadAt: verdict.oldestReadAt });
      else stays.push({ photo, bytes, reason: verdict.reason, part: verdict.part });
    }
    const largest = (a: { bytes: number }, b: { bytes: number }): number => b.bytes - a.bytes;
    return {
      rule: grounds.rule,
      places: this.#opened.map(({ place }) => place),
      proven: proven.sort(largest),
      stays: stays.sort(largest),
      oldestReadAt:
        proven.length > 0 ? proven.reduce((oldest, p) => Math.min(oldest, p.oldestReadAt), Infinity) : undefined,
      readNow: this.#readNow,
      notKept: this.#notKept,
    };
  }
}

/** As the phone computes it where it can; else of its bytes. A file that cannot be read has a hash that no copy has. */
async function hashOf(source: MediaSource, item: RollPart["item"], signal: AbortSignal | undefined): Promise<string> {
  const signals = signal ? { signal } : {};
  try {
    if (source.hashOnPhone) return await source.hashOnPhone(item, signals);
    const hash = createHash("sha256");
    for await (const chunk of source.read(item, signals)) hash.update(chunk);
    return hash.digest("hex");
  } catch (error) {
    if (toAppError(error).scope === "item") return "unreadable";
    throw error;
  }
}
