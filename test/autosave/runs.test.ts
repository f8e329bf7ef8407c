import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asksFolder, takeAsks } from "../../src/autosave/asks.ts";
import { childStarter } from "../../src/autosave/child.ts";
import { type ChildEnd, commandOf, outcomeOf } from "../../src/autosave/command.ts";
import { autosaveFiles, readRuns, requestTakeOver, watcherOf } from "../../src/autosave/index.ts";
import { logRun } from "../../src/autosave/run-log.ts";
import { lockWatcher } from "../../src/autosave/watcher-lock.ts";
import { annsPlan } from "../helpers/autosave.ts";
import { homeOf } from "../helpers/program.ts";

const ended = (line: object, exit: number | undefined = 0, more: Partial<ChildEnd> = {}): ChildEnd => ({
  exit,
  lastLine: JSON.stringify(line),
  words: "",
  isStopped: false,
  ...more,
});
const summary = (copied: number, failed = 0, known = 0, more: object = {}): object => ({
  outcomes: { copied: { items: copied }, failed: { items: failed } },
  knownFailures: known,
  ...more,
});

test.each<[string, ChildEnd, object]>([
  ["everything is there", ended(summary(3)), { brought: 3, newFailures: 0, knownFailures: 0 }],
  [
    "some failed, of which it knew one",
    ended(summary(3, 2, 1, { error: { code: "items-failed" } }), 3),
    { brought: 3, newFailures: 1, knownFailures: 1 },
  ],
  [
    "the cable was pulled",
    ended(summary(2, 0, 0, { error: { code: "device-disconnected" } }), 1),
    { brought: 2, newFailures: 0, knownFailures: 0, stoppedBy: "device-disconnected" },
  ],
  ["the phone went before", ended({ error: { code: "device-not-found" } }, 1), { stoppedBy: "device-disconnected" }],
  ["a copy is whole", ended({ copied: { files: 4 }, failures: [], moreFailures: 0 }), { brought: 4, newFailures: 0 }],
  [
    "a copy lacks files",
    ended({ copied: { files: 4 }, failures: [{}], moreFailures: 2, error: { code: "copy-incomplete" } }, 3),
    { brought: 4, newFailures: 3 },
  ],
  ["it was asked to end", ended(summary(1), 130, { isStopped: true }), { brought: 1, stoppedBy: "cancelled" }],
  ["something killed it", { ...ended({}), exit: undefined, wasKilled: true }, { stoppedBy: "cancelled" }],
  ["it could not be started", { ...ended({}), exit: undefined }, { stoppedBy: "internal" }],
  ["its last line is nonsense", { ...ended({}, 1), lastLine: "]" }, { stoppedBy: "internal", brought: 0 }],
  ["counts are nonsense", ended(summary(-1, 1e300)), { brought: 0, newFailures: 0 }],
  ["a code of a newer version", ended({ error: { code: "toString" } }, 1), { stoppedBy: "internal" }],
])("a run's end: %s", (_, end, outcome) => {
  expect(outcomeOf(end).outcome).toMatchObject(outcome);
});

test.each([
  [{}, "backup /d --device=ann --running-adb --json --quiet"],
  [{ videos: false }, "backup /d --device=ann --kind=photo --running-adb --json --quiet"],
  [{ photos: false }, "backup /d --device=ann --kind=video --running-adb --json --quiet"],
  [{ network: true }, "backup /d --device=ann --network --running-adb --json --quiet"],
])("a phone's job with %j", (plan, words) => {
  expect(commandOf({ phone: "ann", plan: { ...annsPlan, ...plan } }, "/d").join(" ")).toBe(words);
});

test("a copy's job, whatever it is called", () => {
  const words = commandOf({ phone: "ann", copy: "--from", plan: annsPlan }, "/d");
  expect(words).toEqual(["copies", "run", "--from=/d", "--json", "--quiet", "--", "--from"]);
});

const start = childStarter({ self: [process.execPath, "-e"], env: process.env, platform: process.platform });

test("a child's last line is its own, however its output comes, and the end of what it complains of", async () => {
  const script = `
    process.stderr.write("x".repeat(9000) + "the end");
    process.stdout.write('{"a":1}\\n{"b"');
    setTimeout(() => process.stdout.write(":2}"), 20);
    setTimeout(() => { process.stdout.write("\\nno whole line"); process.exitCode = 3; }, 40);`;
  const end = await start([script]).ended;
  expect(end).toMatchObject({ exit: 3, lastLine: '{"b":2}', isStopped: false });
  expect(end.words).toMatch(/^x{4089}the end$/);
});

test("a child that is asked to end does; one that cannot be started has ended", async () => {
  const child = start(["setInterval(() => {}, 1000); console.log(1)"]);
  child.stop();
  child.stop();
  expect(await child.ended).toMatchObject({ exit: undefined, isStopped: true });
  const none = childStarter({ self: ["/no/such/program"], env: {}, platform: process.platform });
  expect(outcomeOf(await none([]).ended)).toMatchObject({ outcome: { stoppedBy: "internal" } });
});

test("one watcher at a time, and the next when it is over or was killed", () => {
  const host = homeOf().host();
  const { lock: file } = autosaveFiles(host);
  expect(watcherOf(host)).toBeUndefined();
  {
    using first = lockWatcher({ ...host, pid: process.pid });
    expect(watcherOf(host)).toMatchObject({ pid: process.pid });
    expect(() => lockWatcher({ ...host, pid: process.pid })).toThrow(/running already: process/);
    expect(first.isMine()).toBe(true);
  }
  expect(existsSync(file)).toBe(false);
  // Killed, and its number is another's by now.
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 1, born: "boot 1", mark: "old" }));
  expect(watcherOf(host)).toBeUndefined();
  using second = lockWatcher({ ...host, pid: process.pid });
  expect(second.isMine()).toBe(true);
  writeFileSync(file, "half");
  expect([second.isMine(), watcherOf(host)]).toEqual([false, undefined]);
});

test("who asks for a phone is heard once", () => {
  const host = homeOf().host();
  requestTakeOver(host, "ann/../../x");
  requestTakeOver(host, "ann/../../x");
  writeFileSync(join(asksFolder(host), "other.json"), "{");
  expect(takeAsks(asksFolder(host))).toEqual(["ann/../../x"]);
  expect(takeAsks(asksFolder(host))).toEqual([]);
});

test("the log is bounded, and a line that was cut off hides no other", () => {
  const file = join(mkdtempSync(join(tmpdir(), "offroll-log-")), "log.jsonl");
  const record = { phone: "ann", at: 1, seconds: 2, command: "c".repeat(100_000), exit: 0, brought: 1, failed: 0 };
  for (let i = 0; i < 12; i += 1) logRun(file, { ...record, at: i });
  expect(readFileSync(file, "utf8").length).toBeLessThan(700_000);
  writeFileSync(file, `${readFileSync(file, "utf8")}{"phone":`);
  expect(readRuns(file).at(-1)?.at).toBe(11);
  expect(readRuns(file).length).toBeGreaterThan(5);
});
