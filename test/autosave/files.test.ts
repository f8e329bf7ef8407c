/** The files of autosave: what a person decided is never lost, and what was only remembered never stops the watcher. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type AutosaveState, readAutosave, readState, updateAutosave, writeState } from "../../src/autosave/index.ts";
import { jobsOf } from "../../src/autosave/job.ts";
import { annsPlan, settingsWith } from "../helpers/autosave.ts";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "offroll-autosave-")), "offroll", "autosave.json");
const planted = (text: string): string => {
  const file = fresh();
  mkdirSync(dirname(file));
  writeFileSync(file, text);
  return file;
};
const withPlan = (change: object): string => JSON.stringify({ v: 1, phones: { ann: { ...annsPlan, ...change } } });

test("no file is nobody's consent; what is written is read again, and is the person's alone", () => {
  const file = fresh();
  expect(readAutosave(file)).toEqual({ v: 1, phones: {} });
  expect(existsSync(file)).toBe(false);
  updateAutosave(file, () => settingsWith());
  updateAutosave(file, ({ phones }) => ({ v: 1, phones: { ...phones, ben: annsPlan } }));
  expect(readAutosave(file)).toEqual({ v: 1, phones: { ann: annsPlan, ben: annsPlan } });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ["cut short", '{"v":1,"phones":{', /is not JSON/],
  ["of the wrong kind", "[]", /a list stands/],
  ["of a newer offroll", '{"v":2,"phones":{},"more":1}', /newer offroll/],
  ["with a word that nobody knows", '{"v":1,"phones":{},"phone":{}}', /"phone" is not a setting/],
  ["a relative place", withPlan({ to: "Phone" }), /phones\.ann\.to must be an absolute path/],
  ["a place with a NUL", withPlan({ to: "/mnt\0/x" }), /must be an absolute path/],
  ["neither photos nor videos", withPlan({ photos: false, videos: false }), /photos or videos/],
  ["an hour that no day has", withPlan({ daily: "24:00" }), /phones\.ann\.daily/],
  ["a quiet time without an end", withPlan({ quietHours: { from: "22:00" } }), /phones\.ann\.quietHours\.to/],
  ["a quiet time that never ends", withPlan({ quietHours: { from: "22:00", to: "22:00" } }), /quietHours/],
  ["a copy without a name", withPlan({ copy: "" }), /phones\.ann\.copy/],
  ["a switch that is a word", withPlan({ network: "yes" }), /phones\.ann\.network/],
  ["a phone without an id", `{"v":1,"phones":{"":${JSON.stringify(annsPlan)}}}`, /phones/],
])("settings that cannot be read are named and never written over: %s", (_, text, words) => {
  const file = planted(text);
  expect(() => readAutosave(file)).toThrow(words);
  expect(() => updateAutosave(file, () => settingsWith())).toThrow(expect.objectContaining({ code: "config-invalid" }));
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a phone named like a part of every object is no phone", () => {
  const file = planted(`{"v":1,"phones":{"__proto__":${JSON.stringify(annsPlan)}}}`);
  expect(jobsOf(readAutosave(file))).toEqual([]);
});

test("each phone has its job, and two phones of one place share the job of its copy", () => {
  const { phones } = settingsWith();
  const jobs = jobsOf({ v: 1, phones: { ...phones, ben: annsPlan, cat: { ...annsPlan, to: "/mnt/other" } } });
  expect(jobs.map(({ phone, copy }) => [phone, copy])).toEqual([
    ["ann", undefined],
    ["ann", "second"],
    ["ben", undefined],
    ["cat", undefined],
    ["cat", "second"],
  ]);
  expect(jobsOf(settingsWith({ copy: undefined }))).toHaveLength(1);
});

const state: AutosaveState = {
  jobs: [
    { phone: "ann", state: { is: "done" }, lastRun: 2, lastComplete: 2, dailyOn: "2026-01-01" },
    { phone: "ann", copy: "second", state: { is: "waiting", for: "disk" }, lastComplete: 1, isBehind: true },
    { phone: "ben", state: { is: "problem", code: "destination-full" }, lastRun: 1 },
  ],
  told: { '["unknown-phone","cat"]': "2026-01-01" },
  held: [{ cause: "brought", phone: "ann", count: 3 }],
};

test("a state is read as it was written, and is the person's alone", () => {
  const file = fresh();
  expect(readState(file)).toEqual({ state: { jobs: [], told: {}, held: [] } });
  writeState(file, state);
  expect(readState(file)).toEqual({ state });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ["empty after a power cut", ""],
  ["cut short", '{"v":1,"jobs":['],
  ["without a version", JSON.stringify(state)],
  [
    "a wait that there is not",
    '{"v":1,"jobs":[{"phone":"ann","state":{"is":"waiting","for":"rain"}}],"told":{},"held":[]}',
  ],
  [
    "a code that is a sentence",
    '{"v":1,"jobs":[{"phone":"a","state":{"is":"problem","code":"\\u001b[2J"}}],"told":{},"held":[]}',
  ],
  ["a notice of nothing", '{"v":1,"jobs":[],"told":{},"held":[{"cause":"rain","phone":"a"}]}'],
  ["a time that is a word", '{"v":1,"jobs":[{"phone":"a","state":{"is":"done"},"lastRun":"now"}],"told":{},"held":[]}'],
])("a state that cannot be read is told, and counts as none: %s", (_, text) => {
  const { state: read, problem } = readState(planted(text));
  expect(read).toEqual({ jobs: [], told: {}, held: [] });
  expect(problem).toContain("autosave.json");
});

test("the state of a newer offroll stops the older one", () => {
  expect(() => readState(planted('{"v":2,"jobs":[],"told":{},"held":[]}'))).toThrow(/newer offroll/);
});
