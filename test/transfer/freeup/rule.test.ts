/** The rule that photos are let go by, case by case: whatever is not known keeps them. */
import { expect, test } from "vitest";
import type { LibraryFacts, RollItem, RollPart } from "../../../src/library/roll.ts";
import { groupsApart, type ProofPlace } from "../../../src/transfer/freeup/apart.ts";
import { type CopyFact, type Grounds, judge, judgeAll } from "../../../src/transfer/freeup/rule.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 28);

const library: LibraryFacts = {
  ...{ uuid: "u", favourite: false, hidden: false, trashed: false, trashedAt: undefined, shared: false },
  ...{ unfinished: false, depth: false, originalFilename: "IMG_1.HEIC", caption: undefined, title: undefined },
  ...{ place: undefined, fingerprint: undefined, albums: [], people: [], keywords: [] },
};

function part(role: RollPart["role"], name: string, over: Partial<RollPart> = {}): RollPart {
  const path = `/DCIM/100APPLE/${name}`;
  const when = new Date(now - 400 * day);
  const item = { id: path, path, name, area: "camera-roll" as const, sizeBytes: 10, modifiedAt: when, createdAt: when };
  return { role, item, availability: "phone", facts: undefined, ...over };
}

const still = part("original", "IMG_1.HEIC");
const movie = part("live-video", "IMG_1.MOV");
const captured = { local: "2025-10-01T12:00:00", offsetMinutes: 60, zone: "recorded", source: "library" } as const;

function photo(over: Partial<RollItem> = {}): RollItem {
  return {
    ...{ id: "1", kind: "photo", subtype: undefined, parts: [still], captured, availability: "phone", edited: false },
    library,
    ...over,
  };
}

function fact(place: number, over: Partial<CopyFact> = {}): CopyFact {
  const read = { at: now - 3 * day, found: "whole" as const };
  return { place, target: "a", sha256: "h", read, isReadNow: false, standing: "as-left", by: "version", ...over };
}

const twoDisks = [[0, 1]];

function grounds(over: Partial<Grounds> & { readonly facts?: readonly CopyFact[] } = {}): Grounds {
  return {
    rule: { now, copies: 2, rereadWithinMs: 30 * day, olderThanMs: 30 * day },
    knowledge: { source: "library", unknown: new Set() },
    apart: twoDisks,
    clockDoubt: "none",
    factsOf: () => over.facts ?? [fact(0), fact(1)],
    wasCopied: () => false,
    ignores: () => false,
    excepts: () => false,
    isObscured: () => false,
    ...over,
  };
}

const verdictOf = (p: RollItem, g: Grounds): string => {
  const verdict = judge(p, g);
  return verdict.isProven ? "proven" : verdict.reason;
};

test("a photo on two disks, each read back lately, is proven; the oldest reading is told", () => {
  const facts = [fact(0), fact(1, { read: { at: now - 9 * day, found: "whole" } })];
  expect(judge(photo(), grounds({ facts }))).toMatchObject({ isProven: true, oldestReadAt: now - 9 * day });
});

const away = (availability: RollPart["availability"]) => ({ parts: [still, { ...movie, availability }] as never });

test.each<[string, Partial<RollItem>, Partial<Grounds>]>([
  ["unknown", { library: undefined as never }, {}],
  ["unknown", {}, { knowledge: { source: "tree", unknown: new Set() } }],
  ["unknown", {}, { knowledge: { source: "library-stale", unknown: new Set() } }],
  ["unknown", {}, { knowledge: { source: "library", unknown: new Set(["availability"] as const) } }],
  ["unknown", { library: { ...library, trashed: undefined } }, {}],
  ["unknown", { library: { ...library, hidden: undefined } }, {}],
  ["shared", { library: { ...library, shared: true } }, {}],
  ["shared", { library: { ...library, withOthers: true } }, {}],
  ["trashed", { library: { ...library, trashed: true } }, {}],
  ["hidden", { library: { ...library, hidden: true } }, {}],
  ["pending", { library: { ...library, unfinished: true } }, {}],
  ["icloud-only", away("icloud"), {}],
  ["missing", away("missing"), {}],
  ["empty", { parts: [{ ...still, item: { ...still.item, sizeBytes: 0 } }] }, {}],
  ["unreadable", {}, { isObscured: () => true }],
  ["ignored", {}, { ignores: () => true }],
  ["excepted", {}, { excepts: () => true }],
  ["undated", { captured: undefined }, {}],
  ["too-new", { captured: { ...captured, local: "2026-11-01T00:00:00" } }, {}],
  // In a zone that nobody knows it may be half a day later.
  ["too-new", { captured: { ...captured, local: "2026-10-28T23:00:00", offsetMinutes: undefined } }, {}],
  ["too-new", { captured: { ...captured, local: "2027-11-01T00:00:00" } }, {}],
  ["no-recipe", { edited: true }, {}],
  ["clock", {}, { clockDoubt: "phone" }],
])("%s: it stays, however well it is copied", (reason, over, g) => {
  expect(verdictOf(photo(over), grounds(g))).toBe(reason);
});

test.each<[string, CopyFact[]]>([
  ["not-copied", []],
  ["too-few-disks", [fact(0)]],
  ["too-few-disks", [fact(0), fact(0, { target: "b" })]],
  ["not-reread", [fact(0), fact(1, { read: undefined })]],
  ["not-reread", [fact(0), fact(1, { read: { at: now - 31 * day, found: "whole" } })]],
  // A clock that was ahead then, or is behind now.
  ["not-reread", [fact(0), fact(1, { read: { at: now + 1, found: "whole" } })]],
  ["not-reread", [fact(0), fact(1, { standing: "written-to" })]],
  ["not-reread", [fact(0), fact(1, { standing: "untimed" })]],
  ["damaged", [fact(0), fact(1, { standing: "gone" })]],
  ["damaged", [fact(0), fact(1, { read: { at: now, found: "damaged" } })]],
  ["damaged", [fact(0), fact(1, { isReadNow: true, read: { at: now, found: "missing" } })]],
  ["no-hash", [fact(0), fact(1, { sha256: undefined })]],
  ["not-compared", [fact(0, { by: "id" }), fact(1, { by: "id" })]],
  ["too-few-disks", [fact(0), fact(1, { by: "id" })]],
])("%s: copies that prove too little", (reason, facts) => {
  expect(verdictOf(photo(), grounds({ facts }))).toBe(reason);
});

test("read in this very call, a copy counts whatever the clock, its time on the disk and its record say", () => {
  const facts = [fact(0, { isReadNow: true, standing: "untimed" }), fact(1, { isReadNow: true })];
  expect(verdictOf(photo(), grounds({ facts, clockDoubt: "rows" }))).toBe("proven");
  expect(verdictOf(photo(), grounds({ facts: [facts[0]!, fact(1)], clockDoubt: "rows" }))).toBe("not-reread");
});

test("one part that is not proven keeps the whole photo, and is named", () => {
  const recipe = part("recipe", "Adjustments.plist");
  const edited = photo({ edited: true, parts: [still, part("edit", "FullSizeRender.jpg"), recipe] });
  const without = grounds({ factsOf: (p) => (p === recipe ? [] : [fact(0), fact(1)]) });
  expect(judge(edited, without)).toEqual({ isProven: false, reason: "recipe-not-copied", part: recipe });
  expect(judge(edited, grounds()).isProven).toBe(true);
  const changed = grounds({ factsOf: (p) => (p === movie ? [] : [fact(0), fact(1)]), wasCopied: () => true });
  expect(judge(photo({ parts: [still, movie] }), changed)).toMatchObject({ reason: "changed", part: movie });
});

test("each file may be proven on two other disks; of several the most lately read count", () => {
  const apart = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const old = { read: { at: now - 20 * day, found: "whole" as const } };
  const g = grounds({ apart, factsOf: (p) => (p === movie ? [fact(1), fact(2)] : [fact(0), fact(1, old), fact(2)]) });
  const verdict = judge(photo({ parts: [still, movie] }), g);
  expect(verdict).toMatchObject({ isProven: true, oldestReadAt: now - 3 * day });
});

test("Photos deletes a burst as one: a frame that stays keeps all of them", () => {
  const burst = { uuid: "b", picked: true };
  const frames = [
    photo({ burst }),
    photo({ burst: { ...burst, picked: false }, library: { ...library, hidden: true } }),
  ];
  const other = photo();
  const verdicts = judgeAll([...frames, other], grounds());
  expect(frames.map((f) => verdicts.get(f))).toEqual([
    { isProven: false, reason: "burst" },
    { isProven: false, reason: "hidden" },
  ]);
  expect(verdicts.get(other)?.isProven).toBe(true);
  const whole = [photo({ burst }), photo({ burst: { ...burst, picked: false } })];
  expect([...judgeAll(whole, grounds()).values()].every((v) => v.isProven)).toBe(true);
});

function place(id: string, disk: ProofPlace["disk"], isSaidApart = false): ProofPlace {
  return { id, name: id, path: `/${id}`, disk, isSaidApart };
}

test("places on one file system or one physical disk are one; what nobody can tell is one until it is said", () => {
  const known = (fileSystem: number, ...disks: string[]) => ({ fileSystem, disks });
  const unknown = (fileSystem: number) => ({ fileSystem, disks: undefined });
  const pairs = (a: ProofPlace, b: ProofPlace): number => groupsApart([a, b], 2).length;
  const sda = place("a", known(1, "sda"));
  expect(pairs(sda, place("b", known(2, "sdb")))).toBe(1);
  expect(pairs(sda, place("b", known(1, "sda")))).toBe(0);
  expect(pairs(sda, place("b", known(2, "sda")))).toBe(0);
  expect(pairs(sda, place("b", known(2, "sdb", "sda")))).toBe(0);
  expect(pairs(sda, place("b", unknown(2)))).toBe(0);
  expect(pairs(place("a", unknown(1)), place("b", unknown(2)))).toBe(0);
  expect(pairs(sda, place("b", unknown(2), true))).toBe(1);
  // What the system knows nobody can talk away.
  expect(pairs(sda, place("b", known(2, "sda"), true))).toBe(0);
  expect(pairs(place("a", unknown(7)), place("b", unknown(7), true))).toBe(0);
  // One place that is reached twice is one.
  expect(pairs(sda, place("a", known(2, "sdb")))).toBe(0);
  const three = [sda, place("b", known(2, "sdb")), place("c", unknown(3))];
  expect(groupsApart(three, 2)).toEqual([[0, 1]]);
  expect(groupsApart(three, 3)).toEqual([]);
  expect(groupsApart([...three.slice(0, 2), place("c", unknown(3), true)], 3)).toEqual([[0, 1, 2]]);
});
