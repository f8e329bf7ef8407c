/** What a person is told: once per cause and day, and never what was expected. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Notice, readState, writeState } from "../../src/autosave/index.ts";
import { nextAt } from "../../src/autosave/local-time.ts";
import { decideNotices, type NoticeMemory } from "../../src/autosave/notices.ts";
import { TestClock } from "../fakes/test-clock.ts";

const morning = nextAt(new TestClock().now(), "08:00");
const evening = nextAt(morning, "20:00");
const nextMorning = nextAt(evening, "08:00");

const nothing: NoticeMemory = { told: {}, held: [] };

/** Which of the notices are shown, one after the other. */
function shown(...said: readonly (readonly [at: number, notice: Notice])[]): boolean[] {
  let memory = nothing;
  return said.map(([at, notice]) => {
    const decision = decideNotices([notice], memory, { at, isQuiet: () => false });
    memory = decision.memory;
    return decision.show.length > 0;
  });
}

const full: Notice = { cause: "destination-full", phone: "ann" };
const locked: Notice = { cause: "unlock", phone: "ann" };
const overdue: Notice = { cause: "overdue", phone: "ann", count: 14 };
const brought: Notice = { cause: "brought", phone: "ann", count: 3 };
const stranger: Notice = { cause: "unknown-phone", phone: "stranger" };

test.each<[string, Notice, boolean[]]>([
  ["trouble", full, [true, false, true]],
  ["a phone to unlock", locked, [true, false, true]],
  ["what is overdue, whose days grow", overdue, [true, false, true]],
  ["what was brought", brought, [true, true, true]],
  ["an unknown phone", stranger, [true, false, false]],
])("%s: in the morning, that evening, the next morning", (_, notice, expected) => {
  expect(shown([morning, notice], [evening, { ...notice, count: 15 }], [nextMorning, notice])).toEqual(expected);
});

test("another cause, another phone and a copy are told for themselves", () => {
  const others: Notice[] = [full, locked, { ...full, phone: "ben" }, { ...full, copy: "second" }];
  expect(shown(...others.map((notice) => [morning, notice] as const))).toEqual([true, true, true, true]);
});

test("names that look like another's end are not taken for it", () => {
  const one: Notice = { cause: "overdue", phone: "ann", copy: 'b","c' };
  const other: Notice = { cause: "overdue", phone: 'ann","b', copy: "c" };
  expect(shown([morning, one], [morning, other])).toEqual([true, true]);
});

test("quiet hours show nothing; how runs ended is told after them, and what lasts when it is said again", () => {
  const isQuiet = (notice: Notice): boolean => notice.phone === "ann";
  const ofBen: Notice = { ...full, phone: "ben" };
  const night = decideNotices([full, brought, locked, overdue, full, brought, ofBen], nothing, {
    at: evening,
    isQuiet,
  });
  expect(night.show).toEqual([ofBen]);
  const after = { at: nextMorning, isQuiet: () => false };
  const day = decideNotices([], night.memory, after);
  expect(day.show).toEqual([full, { ...brought, count: 6 }]);
  expect(decideNotices([full, locked], day.memory, after).show).toEqual([locked]);
});

test("a clock that was set back silences nothing for longer than a day", () => {
  expect(shown([nextMorning, full], [morning, full], [nextMorning, full])).toEqual([true, true, true]);
});

test("what was told outlives the watcher, and does not grow", () => {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-autosave-")), "state.json");
  const isQuiet = (): boolean => false;
  let { memory } = decideNotices([full], nothing, { at: morning, isQuiet });
  for (let i = 0; i < 300; i += 1) {
    const unknown: Notice = { cause: "unknown-phone", phone: `stranger ${i}` };
    ({ memory } = decideNotices([unknown], memory, { at: nextMorning, isQuiet }));
  }
  expect(Object.keys(memory.told)).toHaveLength(256);
  writeState(file, { jobs: [], ...memory });
  const latest: Notice = { cause: "unknown-phone", phone: "stranger 299" };
  expect(decideNotices([latest], readState(file).state, { at: nextMorning, isQuiet }).show).toEqual([]);
});
