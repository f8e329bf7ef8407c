/**
 * The rule that a photo may be let go by. A pure function of what the phone says, what the places say, and the clock. Whatever is not
 * known is a reason to keep it: one part that is not proven keeps the whole photo.
 */
import type { CameraRoll, RollItem, RollPart } from "../../library/roll.ts";
import { captureInstant } from "../../media/capture-time.ts";
import type { ReadBack } from "../catalog/item-row.ts";

/** Why a photo stays, the strongest first: of several that hold, one is told. */
export const stayReasons = [
  "clock",
  "unknown",
  "shared",
  "trashed",
  "hidden",
  "pending",
  "icloud-only",
  "missing",
  "empty",
  "unreadable",
  "ignored",
  "excepted",
  "undated",
  "too-new",
  "no-recipe",
  "recipe-not-copied",
  "changed",
  "not-copied",
  "not-compared",
  "damaged",
  "no-hash",
  "not-reread",
  "too-few-disks",
  "burst",
] as const;
/** One of `stayReasons`. */
export type StayReason = (typeof stayReasons)[number];

/** What a person asks of a proof. */
export interface FreeupRule {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** On so many different disks. */
  readonly copies: number;
  readonly rereadWithinMs: number;
  readonly olderThanMs: number;
}

/** A file in a place that its catalog has for a part that is on the phone now. */
export interface CopyFact {
  /** Index of the place. */
  readonly place: number;
  readonly target: string;
  /** As recorded when it came from the phone; undefined where only its size was. */
  readonly sha256: string | undefined;
  /** Its last reading from the disk against that hash. */
  readonly read: ReadBack | undefined;
  /** It was read in this very call: its age is nothing, whatever the clock says. */
  readonly isReadNow: boolean;
  /** What stands under its name now: as it was left, by size and time; written to since; of a time that says nothing; or nothing. */
  readonly standing: "as-left" | "written-to" | "untimed" | "gone";
  /**
   * Why it is taken for a copy of what the phone has: it was received from this very version of the file; the phone's bytes have its
   * hash, read now; or it is known by the photo's id alone, and nobody compared bytes.
   */
  readonly by: "version" | "phone-hash" | "id";
}

/** All that is asked besides the photo itself. */
export interface Grounds {
  readonly rule: FreeupRule;
  readonly knowledge: Pick<CameraRoll["knowledge"], "source" | "unknown">;
  /** Groups of as many places as the rule asks for, all on different disks. */
  readonly apart: readonly (readonly number[])[];
  /** Rows or the phone say another time than this computer's clock: `phone` keeps everything, `rows` all that is not read now. */
  readonly clockDoubt: "none" | "rows" | "phone";
  factsOf(part: RollPart, photo: RollItem): readonly CopyFact[];
  /** Another version of this file was copied. */
  wasCopied(part: RollPart, photo: RollItem): boolean;
  ignores(part: RollPart, photo: RollItem): boolean;
  /** A person asked that it stays. */
  excepts(photo: RollItem): boolean;
  /** A place on the phone could not be looked at in which a further part of it may lie. */
  isObscured(photo: RollItem): boolean;
}

/** Where a part is proven, and by what. */
export interface PartProof {
  readonly part: RollPart;
  readonly copies: readonly CopyFact[];
}

/** What came of one photo. */
export type Verdict =
  | { readonly isProven: true; readonly parts: readonly PartProof[]; readonly oldestReadAt: number }
  | { readonly isProven: false; readonly reason: StayReason; readonly part?: RollPart };

/** Whether the photo may be let go. A burst's frames are asked together: see `judgeAll`. */
export function judge(photo: RollItem, grounds: Grounds): Verdict {
  const reason = whyNever(photo, grounds) ?? whyNotYet(photo, grounds);
  if (reason !== undefined) return { isProven: false, reason };
  const parts: PartProof[] = [];
  const failed: { reason: StayReason; part: RollPart }[] = [];
  for (const part of photo.parts) {
    const proof = provePart(part, photo, grounds);
    if (typeof proof === "string") failed.push({ reason: proof, part });
    else parts.push(proof);
  }
  const [worst] = failed.sort((a, b) => stayReasons.indexOf(a.reason) - stayReasons.indexOf(b.reason));
  if (worst) return { isProven: false, ...worst };
  const oldestReadAt = Math.min(...parts.flatMap(({ copies }) => copies.map(({ read }) => (read as ReadBack).at)));
  return { isProven: true, parts, oldestReadAt };
}

/** All photos of a roll. Photos deletes a burst as one: a frame that is not proven keeps all of them. */
export function judgeAll(photos: readonly RollItem[], grounds: Grounds): Map<RollItem, Verdict> {
  const verdicts = new Map(photos.map((photo) => [photo, judge(photo, grounds)]));
  const kept = new Set<string>();
  for (const [{ burst }, { isProven }] of verdicts) if (burst && !isProven) kept.add(burst.uuid);
  for (const [photo, { isProven }] of verdicts)
    if (isProven && photo.burst && kept.has(photo.burst.uuid))
      verdicts.set(photo, { isProven: false, reason: "burst" });
  return verdicts;
}

/** What is never let go, however well it is copied. */
function whyNever(photo: RollItem, { knowledge, clockDoubt, isObscured }: Grounds): StayReason | undefined {
  const { library } = photo;
  if (clockDoubt === "phone") return "clock";
  // Without the phone's own word, as it is now, nobody knows what a file is part of.
  if (knowledge.source !== "library" || knowledge.unknown.has("availability") || !library) return "unknown";
  if (library.trashed === undefined || library.hidden === undefined) return "unknown";
  if (library.shared || library.withOthers) return "shared";
  if (library.trashed) return "trashed";
  if (library.hidden) return "hidden";
  if (library.unfinished) return "pending";
  if (photo.parts.some((part) => part.availability === "icloud")) return "icloud-only";
  if (photo.parts.some((part) => part.availability === "missing")) return "missing";
  if (photo.parts.some((part) => part.item.sizeBytes === 0)) return "empty";
  return isObscured(photo) ? "unreadable" : undefined;
}

/** What a person, or the time since it was taken, keeps. */
function whyNotYet(photo: RollItem, { rule, ignores, excepts }: Grounds): StayReason | undefined {
  if (photo.parts.some((part) => ignores(part, photo))) return "ignored";
  if (excepts(photo)) return "excepted";
  if (!photo.captured) return "undated";
  // Of a zone that nobody knows the latest: twelve hours west of Greenwich.
  const zoneMs = photo.captured.offsetMinutes === undefined ? widestZoneMs : 0;
  const taken = captureInstant(photo.captured).getTime() + zoneMs;
  if (rule.now - taken < rule.olderThanMs) return "too-new";
  // What an edit was made with, and no file says, is in the phone's database alone.
  return photo.edited === true && !photo.parts.some(isRecipe) ? "no-recipe" : undefined;
}

const widestZoneMs = 12 * 3_600_000;

function isRecipe({ role, item }: RollPart): boolean {
  return role === "recipe" || (role === "sidecar" && /\.aae$/i.test(item.name));
}

/** The copies that prove a part, on as many disks as are asked for and read most lately; or why there are too few. */
function provePart(part: RollPart, photo: RollItem, grounds: Grounds): PartProof | StayReason {
  const known = grounds.factsOf(part, photo);
  if (known.length === 0) return whyNone(part, photo, grounds);
  const facts = known.filter(({ by }) => by !== "id");
  if (facts.length === 0) return "not-compared";
  const proven = facts.filter((fact) => whatIsWrong(fact, grounds) === undefined);
  const copies = onDifferentDisks(proven, grounds.apart);
  if (copies) return { part, copies };
  const wrong = facts.map((fact) => whatIsWrong(fact, grounds)).filter((reason) => reason !== undefined);
  return wrong.sort((a, b) => stayReasons.indexOf(a) - stayReasons.indexOf(b))[0] ?? "too-few-disks";
}

function whyNone(part: RollPart, photo: RollItem, { wasCopied }: Grounds): StayReason {
  if (wasCopied(part, photo)) return "changed";
  return isRecipe(part) ? "recipe-not-copied" : "not-copied";
}

/** @returns undefined for a copy that counts */
function whatIsWrong(fact: CopyFact, { rule, clockDoubt }: Grounds): StayReason | undefined {
  const { read, standing, isReadNow } = fact;
  if (fact.sha256 === undefined) return "no-hash";
  if (standing === "gone" || (read && read.found !== "whole")) return "damaged";
  if (!read) return "not-reread";
  if (isReadNow) return undefined;
  if (clockDoubt !== "none" || standing !== "as-left") return "not-reread";
  const age = rule.now - read.at;
  return age >= 0 && age <= rule.rereadWithinMs ? undefined : "not-reread";
}

/** Of the groups of places that all have one, that whose oldest reading is the newest. */
function onDifferentDisks(proven: readonly CopyFact[], apart: Grounds["apart"]): CopyFact[] | undefined {
  const byPlace = new Map<number, CopyFact>();
  for (const fact of proven) {
    const other = byPlace.get(fact.place);
    if (!other || readAt(fact) > readAt(other)) byPlace.set(fact.place, fact);
  }
  let best: CopyFact[] | undefined;
  for (const group of apart) {
    const copies = group.flatMap((place) => byPlace.get(place) ?? []);
    if (copies.length < group.length) continue;
    if (!best || oldest(copies) > oldest(best)) best = copies;
  }
  return best;
}

function readAt({ read }: CopyFact): number {
  return (read as ReadBack).at;
}

function oldest(copies: readonly CopyFact[]): number {
  return Math.min(...copies.map(readAt));
}
