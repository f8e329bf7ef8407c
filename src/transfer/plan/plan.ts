/** What goes where: a pure function of the roll, the catalog's rows and the template. The run only carries it out. */
import { posix } from "node:path";
import type { MediaItem, UnreadableEntry } from "../../device/media-source.ts";
import { itemId } from "../../library/index.ts";
import {
  type AvailabilityCounts,
  type CameraRoll,
  countAvailability,
  isEmpty,
  type RollItem,
  type RollKnowledge,
  type RollPart,
  type RollRole,
  whyNotShown,
} from "../../library/roll.ts";
import { forEachYielding } from "../../shared/async.ts";
import { ItemError } from "../../shared/errors.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { PlanRow } from "../catalog/item-row.ts";
import type { SkipReason, Tally } from "../events.ts";
import { isPartWanted, type PartChoice, stemOfTarget, targetName } from "./part-choice.ts";
import type { PathTemplate } from "./path-template.ts";
import type { Selection } from "./selection.ts";

/** What becomes of one file. */
export type PlanAction =
  /**
   * `wasAt`: it was copied there before, and was taken away since. `alike`: a copy from another phone looks the same, and stands
   * for this one too when it is proven to be.
   */
  | { readonly type: "copy"; readonly target: string; readonly wasAt?: string; readonly alike?: PlanRow }
  | ({ readonly type: "present" } & KnownCopy)
  | { readonly type: "skip"; readonly reason: SkipReason; readonly detail?: string };

/** One file on the phone and what becomes of it. */
export interface PlanEntry {
  readonly item: MediaItem;
  /** The photo it belongs to; absent for files that are no media. */
  readonly photo?: RollItem;
  readonly role?: RollRole;
  readonly action: PlanAction;
}

/** What goes where, decided before a byte is copied. A value: `run` carries it out, reports print it. */
export interface Plan {
  /** One for each listed file; those to be copied are copied in this order. */
  readonly entries: readonly PlanEntry[];
  /** What the phone did not let us look at; each becomes a failure. */
  readonly unreadable: readonly UnreadableEntry[];
  /** All entries and unreadable ones. */
  readonly listed: Tally;
  /** Entries whose action is `copy`, and the room that they need. */
  readonly toCopy: Tally;
  /** Those of them that look the same as copies from other phones: where that is so, they need no room. */
  readonly alike: Tally;
  /** Whole copies, as far as is known. */
  readonly present: Tally;
  /** Copies that were found damaged when they were last read back. */
  readonly damaged: Tally;
  /** Photos (a Live Photo counts once) chosen by the selection. */
  readonly chosenPhotos: number;
  /** Of what Photos shows, before anything was chosen. */
  readonly availability: AvailabilityCounts;
  /** How the phone's contents came to be known: reports must not say more than that. */
  readonly knowledge: RollKnowledge;
  /** Left out because a date was asked for and they have none. */
  readonly undated: number;
  /** Chosen Live Photos whose movie is not on the phone, or stills whose movie belongs to another. */
  readonly halfPairs: number;
}

/** What the plan needs to know of the destination. */
export interface PlanFacts {
  /** The catalog's row of this version of the item, by its path or by the photo's UUID, if its file is still there. */
  known(part: RollPart, uuid: string | undefined): KnownCopy | undefined;
  /** Whether a person settled this file with `ignore`. */
  ignores?(part: RollPart, uuid: string | undefined): boolean;
  /** Unreadable entries of the phone that a person settled. */
  readonly ignoredEntries?: ReadonlySet<string>;
  /** Names of copied files that something else than a file has now; more come while it is planned. */
  readonly passedOver?: ReadonlySet<string>;
  /** A copy from another phone that looks the same. */
  alike?(part: RollPart, uuid: string | undefined): PlanRow | undefined;
  /** Where this very version was copied to before, where nothing is any more. */
  takenAwayFrom?(item: MediaItem): string | undefined;
  /** Stems that files in the destination have, folded; with the photo that owns each, where that is known. */
  readonly takenStems: ReadonlyMap<string, string>;
  /** Size of a file under this name; undefined when there is none. */
  sizeAt(target: string): number | undefined;
  /** Largest file the destination's file system holds. */
  readonly maxFileBytes: number;
}

/** A copy that the catalog has of a file. */
export interface KnownCopy {
  readonly target: string;
  readonly sha256: string | undefined;
  /** Whether the catalog has it under the path, UUID and role that it has now. */
  readonly isIdentified: boolean;
  /** It was not whole when it was last read back: no copy that could be counted on. */
  readonly isDamaged?: boolean;
}

/** For a copy that cannot be counted on; it stays until `verify --repair`. */
export function damagedCopy(target: string): ItemError {
  return new ItemError("copy-damaged", `Its copy ${target} was found damaged when it was last read back.`);
}

/** What a person chose, as far as a plan goes by it. */
export interface PlanOptions {
  readonly template: PathTemplate;
  readonly selection: Selection;
  readonly parts: PartChoice;
  readonly phoneName: string;
  readonly device: string;
}

/** Yields to the event loop as it goes: other work on this thread does not wait for all of it. */
export async function makePlan(roll: CameraRoll, facts: PlanFacts, options: PlanOptions): Promise<Plan> {
  const entries: PlanEntry[] = [];
  const stems = new StemAssignment(facts, options);
  const grounds = { facts, choice: options.parts };
  let undated = 0;
  let chosenPhotos = 0;
  let halfPairs = 0;
  await forEachYielding(roll.items, (photo) => {
    const verdict = options.selection.verdict(photo);
    if (verdict === "undated") undated += 1;
    const overLimit = verdict === "chosen" && chosenPhotos >= options.selection.limit;
    if (verdict !== "chosen" || overLimit) {
      const reason = verdict === "chosen" || verdict === "undated" ? "filtered" : verdict;
      // A recipe is nobody's photo: it counts only where it is asked for.
      for (const { item, role } of photo.parts)
        if (role !== "recipe") entries.push({ item, photo, role, action: { type: "skip", reason } });
      return;
    }
    chosenPhotos += 1;
    if (isHalfPair(photo)) halfPairs += 1;
    const stem = stems.assign(photo);
    for (const part of photo.parts) {
      const action = decide(part, photo, stem, grounds);
      if (part.role !== "recipe" || action.type !== "skip")
        entries.push({ item: part.item, photo, role: part.role, action });
    }
  });
  for (const item of roll.otherFiles) entries.push({ item, action: { type: "skip", reason: "not-media" } });
  const isSettled = ({ path }: UnreadableEntry): boolean => facts.ignoredEntries?.has(path) === true;
  for (const { path } of roll.unreadable.filter(isSettled))
    entries.push({ item: nothingButPath(path), action: { type: "skip", reason: "ignored" } });
  const unreadable = roll.unreadable.filter((entry) => !isSettled(entry));
  const tally = (type?: PlanAction["type"]): Tally => tallyOf(entries.filter((e) => !type || e.action.type === type));
  const listed = tally();
  return {
    entries,
    unreadable,
    listed: { items: listed.items + unreadable.length, bytes: listed.bytes },
    toCopy: tally("copy"),
    alike: tallyOf(entries.filter(({ action }) => action.type === "copy" && action.alike !== undefined)),
    present: tallyOf(entries.filter(({ action }) => action.type === "present" && !action.isDamaged)),
    damaged: tallyOf(entries.filter(({ action }) => action.type === "present" && action.isDamaged)),
    chosenPhotos,
    availability: countAvailability(roll.items),
    knowledge: roll.knowledge,
    undated,
    halfPairs,
  };
}

/** An entry that the phone does not let us look at. */
function nothingButPath(path: string): MediaItem {
  const name = posix.basename(path);
  return { id: path, path, name, area: "camera-roll", sizeBytes: 0, createdAt: undefined, modifiedAt: undefined };
}

/** A content identifier says that the still was half of a Live Photo. */
function isHalfPair(photo: RollItem): boolean {
  return (
    photo.kind === "photo" &&
    photo.availability === "phone" &&
    !isEmpty(photo.parts[0]) &&
    (photo.library === undefined || photo.subtype === "live") &&
    photo.parts[0].facts?.contentIdentifier !== undefined &&
    !photo.parts.some((p) => p.role === "live-video")
  );
}

/** What every file of a plan is decided by. */
interface Grounds {
  readonly facts: PlanFacts;
  readonly choice: PartChoice;
}

function decide(part: RollPart, photo: RollItem, stem: string, { facts, choice }: Grounds): PlanAction {
  const known = facts.known(part, photo.library?.uuid);
  if (known) return { type: "present", ...known };
  if (!isPartWanted(part, photo, choice)) return { type: "skip", reason: "filtered" };
  if (facts.ignores?.(part, photo.library?.uuid)) return { type: "skip", reason: "ignored" };
  if (part.availability === "icloud") return { type: "skip", reason: "icloud-only" };
  if (part.availability === "missing") return { type: "skip", reason: "missing" };
  if (photo.library?.unfinished) return { type: "skip", reason: "pending" };
  if (isEmpty(part)) return { type: "skip", reason: "empty" };
  if (part.item.sizeBytes > facts.maxFileBytes) return { type: "skip", reason: "too-large-for-target" };
  const wasAt = facts.takenAwayFrom?.(part.item);
  const alike = wasAt === undefined ? facts.alike?.(part, photo.library?.uuid) : undefined;
  const target = targetName(stem, part, photo);
  // One for each of 50,000 files: an object that is put together takes more room than a plain one.
  if (wasAt === undefined && !alike) return { type: "copy", target };
  return { type: "copy", target, ...(wasAt === undefined ? {} : { wasAt }), ...(alike ? { alike } : {}) };
}

/** Where hidden photos go. */
export const hiddenFolder = "Hidden";

/** What its owner keeps out of sight does not go among the rest. */
function folderOf(photo: RollItem): string {
  const why = whyNotShown(photo);
  return why === "hidden" ? hiddenFolder : why === "trashed" ? "Recently Deleted" : "";
}

function tallyOf(entries: readonly PlanEntry[]): Tally {
  return { items: entries.length, bytes: entries.reduce((sum, e) => sum + e.item.sizeBytes, 0) };
}

/** What a photo that is new may be called, all in one folder: the plain name, then with eight digits of its id, then with more. */
export function* stemsFor(photo: RollItem, options: NameOptions): Generator<string, void, undefined> {
  const plain = templateStem(photo, options);
  yield plain;
  yield `${plain}_${photo.id}`;
  yield `${plain}_${itemId(photo.parts[0].item).slice(0, 16)}`;
}

type NameOptions = Pick<PlanOptions, "template" | "phoneName">;

/** The path that the template gives, without extension, before names that collide are told apart. */
export function templateStem(photo: RollItem, { template, phoneName }: NameOptions): string {
  return posix.join(folderOf(photo), template.render(photo, phoneName));
}

/**
 * Gives each photo one stem for all its files. Where two photos want the same, the one first in the phone's order keeps it and
 * the other gets its short id behind it: not a counter, so that nothing is renamed when photos come and go.
 */
class StemAssignment {
  readonly #facts: PlanFacts;
  readonly #options: PlanOptions;
  readonly #assigned = new Map<string, string>();

  constructor(facts: PlanFacts, options: PlanOptions) {
    this.#facts = facts;
    this.#options = options;
  }

  assign(photo: RollItem): string {
    const kept = this.#stemFromEarlierRun(photo);
    if (kept !== undefined) {
      this.#assigned.set(foldName(kept), photo.id);
      return kept;
    }
    for (const stem of stemsFor(photo, this.#options)) {
      if (!this.#isFree(stem, photo)) continue;
      this.#assigned.set(foldName(stem), photo.id);
      return stem;
    }
    // Only where even those are taken: all digits of the id.
    return `${templateStem(photo, this.#options)}_${itemId(photo.parts[0].item)}`;
  }

  /** Where another file of the same photo went before, the rest goes too. */
  #stemFromEarlierRun(photo: RollItem): string | undefined {
    for (const part of photo.parts) {
      const known = this.#facts.known(part, photo.library?.uuid);
      if (known) return stemOfTarget(known.target, part.role);
    }
    // Nor is a pair torn apart, one half of which another phone's copy may stand for.
    for (const part of photo.parts) {
      const alike = this.#facts.alike?.(part, photo.library?.uuid);
      if (alike) return stemOfTarget(alike.target, part.role);
    }
    return undefined;
  }

  #isFree(stem: string, photo: RollItem): boolean {
    const key = foldName(stem);
    if (this.#assigned.has(key)) return false;
    const owner = this.#facts.takenStems.get(key);
    if (owner !== undefined && owner !== `${this.#options.device}/${photo.id}`) return false;
    // A file of another size under a name we want is certainly another file; one of equal size is compared when copied.
    return photo.parts.every((part) => {
      if (part.availability !== "phone" || !isPartWanted(part, photo, this.#options.parts)) return true;
      const size = this.#facts.sizeAt(targetName(stem, part, photo));
      return size === undefined || size === part.item.sizeBytes;
    });
  }
}
