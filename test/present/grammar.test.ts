/** Numbers and what is counted agree, in every sentence that counts: none, one, two. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PhoneComparison } from "../../src/app/phone-comparison.ts";
import { phoneLines } from "../../src/cli/printers/phone-comparison.ts";
import type { DeviceNoun } from "../../src/device/media-source.ts";
import { alikeWords, planWords } from "../../src/present/plan-words.ts";
import { availabilityWords, skipWords, summaryLines } from "../../src/present/summary-lines.ts";
import { notRepairedWords, sizeOnlyWords, verifyLines } from "../../src/present/verify-words.ts";
import { noStyle } from "../../src/shared/style.ts";
import { type RunSummary, skipReasons } from "../../src/transfer/events.ts";
import type { Plan } from "../../src/transfer/plan/index.ts";

const things = {
  one: "file|photo|video|copy|entry|movie|album|folder|item|run|Live Photo|burst frame",
  many: "files|photos|videos|copies|entries|movies|albums|folders|items|runs|Live Photos|burst frames",
};
const faults: readonly RegExp[] = [
  new RegExp(`(?<![\\d.,/-])1 (?:new |copied )?(?:${things.many})\\b`),
  new RegExp(`(?<![\\d.,/-])(?:0|[2-9]) (?:new |copied )?(?:${things.one})\\b`),
  // Of its own noun, before the sentence goes on to something else.
  new RegExp(
    `(?<![\\d.,/-])1 (?:${things.one})(?: or (?:${things.one}))?(?: \\([^)]*\\))? (?:are|were|have|lie|differ|look)\\b`,
  ),
  new RegExp(
    `(?<![\\d.,/-])(?:0|[2-9]) (?:${things.many})(?: and (?:${things.many}))?(?: \\([^)]*\\))? (?:is|was|has|lies|differs|looks)\\b`,
  ),
  /\bAll 1\b/,
  /(?<![\d.,/-])1 (?:are|were|have)\b/,
  /(?<![\d.,/-])[2-9] (?:is|was|has)\b/,
];

const faultsIn = (lines: readonly string[]): string[] =>
  lines.filter((line) => faults.some((fault) => fault.test(line)));

const count = fc.integer({ min: 0, max: 2 });
const tally = count.map((items) => ({ items, bytes: items * 1_000 }));
const noun = fc.constantFrom<DeviceNoun>("phone", "camera", "folder", "iPad", "player", "backup");

const summary = fc
  .record({
    outcomes: fc.record({ copied: tally, present: tally, skipped: tally, failed: tally, cancelled: tally }),
    skippedByReason: fc.dictionary(fc.constantFrom(...skipReasons), count),
    fromOtherPhones: count,
    knownFailures: count,
    moreFailures: count,
    iCloudOnly: count,
    missing: count,
    undated: count,
    halfPairs: count,
    availability: fc.record({ library: count, phone: count, icloud: count, missing: count, empty: count }),
    extras: fc.record({
      sidecarsWritten: count,
      sidecarsKept: count,
      albumEntries: count,
      albumEntriesRemoved: count,
      hiddenMoved: count,
      hiddenOpen: count,
      hiddenShared: count,
      albumEntriesFailed: count,
      motionVideosWritten: count,
      motionVideosKept: count,
      previewsReplaced: count,
    }),
    isStopped: fc.boolean(),
  })
  .map(({ isStopped, ...counts }) => ({
    ...counts,
    type: "summary",
    runId: "r",
    ok: true,
    listed: { items: 2, bytes: 2 },
    failures: [],
    removedHere: 0,
    notMedia: [],
    library: { source: "library", unknown: [], lookedInto: ["DCIM"] },
    seconds: 1,
    bytesPerSecond: 1,
    verify: "size",
    destination: "/d",
    ...(isStopped
      ? { stoppedBy: { code: "destination-full", message: "The disk is full.", remedy: "Free some." } }
      : {}),
  }));

test("the end of a run", () => {
  fc.assert(
    fc.property(summary, noun, (s, of) => {
      expect(faultsIn(summaryLines(s as RunSummary, noStyle, of))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("a plan, and what there is", () => {
  const plan = fc.record({ chosenPhotos: count, toCopy: tally, present: tally, alike: tally, inCloud: count });
  fc.assert(
    fc.property(plan, noun, fc.constantFrom(0, 1e9, Number.POSITIVE_INFINITY), ({ inCloud, ...counts }, of, free) => {
      const entries = Array.from({ length: inCloud }, (_, i) => ({
        action: { type: "skip", reason: "icloud-only" },
        photo: { id: i },
      }));
      const made = { ...counts, entries } as never as Plan;
      const availability = { library: inCloud, phone: inCloud, icloud: inCloud, missing: inCloud, empty: inCloud };
      const lines = [planWords(made, free), alikeWords(made) ?? "", availabilityWords(availability, of)];
      expect(faultsIn(lines)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("a check of the copies, and of the phone against them", () => {
  fc.assert(
    fc.property(count, count, count, fc.boolean(), (checked, broken, repaired, tried) => {
      const result = { checked, bytes: checked, sizeOnly: 0, reread: undefined };
      const lines = verifyLines(result, { broken, repaired, tried, path: "/d" });
      expect(faultsIn([...lines, sizeOnlyWords(broken), notRepairedWords(broken, "/d")])).toEqual([]);
    }),
    { numRuns: 200 },
  );
  const paths = count.map((n) => Array.from({ length: n }, (_, i) => `/${i}`));
  const comparison = fc.record({
    files: count,
    notHere: paths,
    different: paths,
    unreadable: paths,
    hashed: count,
    iCloudOnly: count,
    missing: count,
    complete: fc.boolean(),
    knowsElsewhere: fc.boolean(),
    noun,
    notCounted: fc.record({
      trashed: count,
      shared: count,
      hidden: count,
      burstUnpicked: count,
      pending: count,
      ignored: count,
      notMedia: count,
      empty: count,
    }),
  });
  fc.assert(
    fc.property(comparison, (phone) => {
      const told = { ...phone, name: "Ann's", kind: "backup", device: "d" } as never as PhoneComparison;
      expect(faultsIn(phoneLines(told))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("what was held against a backup alone is not said of the phone itself", () => {
  const none = { trashed: 0, shared: 0, hidden: 0, burstUnpicked: 0, pending: 0, ignored: 0, notMedia: 0, empty: 0 };
  const seen = {
    notHere: [],
    different: [],
    unreadable: [],
    hashed: 0,
    iCloudOnly: 0,
    missing: 0,
    knowsElsewhere: true,
  };
  const told = { ...seen, files: 2, complete: true, noun: "backup", kind: "export", name: "Ann", device: "d" };
  const words = (over: object) => phoneLines({ ...told, notCounted: none, ...over } as never as PhoneComparison)[0];
  expect(words({})).toBe("Everything in the whole-phone backup of Ann (2 files) is in this export.");
  expect(words({ complete: false, notHere: ["/a"] })).toBe(
    "1 of 2 files in the whole-phone backup of Ann is not in this export.",
  );
  expect(words({ notCounted: { ...none, empty: 1 } })).toBe(
    "2 files in the whole-phone backup of Ann are in this export.",
  );
  expect(words({ noun: "phone" })).toBe("Everything on Ann (2 files) is in this export.");
});

test("the faults that it looks for are found", () => {
  for (const bad of [
    "All 1 file are whole",
    "1 files",
    "2 photo",
    "1 file were copied",
    "2 files is empty",
    "1 are there",
  ])
    expect(faultsIn([bad]), bad).toEqual([bad]);
  for (const good of [
    "1 file is empty",
    "2 files are empty",
    "1 photo or video (3 files): hidden",
    "11 files",
    "1.2 MB",
  ])
    expect(faultsIn([good]), good).toEqual([]);
  expect(skipReasons.map((reason) => skipWords(reason, "camera")).every((words) => words !== "")).toBe(true);
});
