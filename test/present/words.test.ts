/** Words and numbers for people, where no command or screen shows all of them. */
import { expect, test } from "vitest";
import { choices, choiceWords } from "../../src/present/choice-words.ts";
import { deviceStateWords } from "../../src/present/device-words.ts";
import { numbers, shareDone, stoppedCount } from "../../src/present/progress-words.ts";
import { type BackupStanding, statusWords } from "../../src/present/status-words.ts";
import { availabilityWords } from "../../src/present/summary-lines.ts";
import { DeviceError } from "../../src/shared/errors.ts";
import { formatRoom } from "../../src/shared/text.ts";

const half = {
  done: { items: 95, bytes: 1_200_000 },
  toCopy: { items: 194, bytes: 2_400_000 },
  bytesPerSecond: 40_000,
};

test("how far a run is: by bytes, with what is left, and no speed while it is paused", () => {
  expect(shareDone(half)).toBe(0.5);
  expect(shareDone({ done: { items: 0, bytes: 0 }, toCopy: { items: 0, bytes: 0 } })).toBe(0);
  expect(numbers(half)).toBe("95 of 194 files, 1.2 MB of 2.4 MB, 40.0 kB/s, 30 s left");
  expect(numbers({ ...half, paused: true })).toBe("95 of 194 files, 1.2 MB of 2.4 MB");
  expect(numbers({ ...half, bytesPerSecond: 0 })).toContain("… left");
  expect(stoppedCount(half)).toBe("95 of 194 files");
});

test("room that is missing is rounded up, so that it suffices", () => {
  expect([1, 1_000_000, 6_777_217].map(formatRoom)).toEqual(["1 MB", "1 MB", "7 MB"]);
});

test("a phone that does not answer is told by what is known better", () => {
  const device = { info: {} as never, route: "mtp", state: "unreachable" } as const;
  expect(deviceStateWords(device)).toBe("does not answer: replug it");
  expect(deviceStateWords({ ...device, error: new DeviceError("device-owned", "x") })).toBe("another program has it");
  expect(deviceStateWords({ ...device, error: new DeviceError("device-busy", "x") })).toBe(
    "does not answer: replug it",
  );
});

const standing: BackupStanding = {
  name: "Ann's iPhone",
  destination: "/mnt/a",
  state: "there",
  replaced: false,
  kind: "backup",
  lastRunAt: 0,
  lastRun: "complete",
  lastCompleteAt: 0,
  failed: 0,
  knownFailures: 0,
  ignored: 0,
  iCloudOnly: 0,
  missing: 0,
  files: 3,
  bytes: 3_000_000,
  damaged: 0,
  newFiles: undefined,
  stale: false,
};

test.each<[Partial<BackupStanding>, number, string]>([
  [{}, 3_600_000 * 49, "Ann's iPhone: last complete 2 days ago; 3 files, 3.0 MB in /mnt/a"],
  [
    { knownFailures: 1, damaged: 2, newFiles: 1, stale: true },
    3_600_000,
    "Ann's iPhone: last complete 1 hour ago but for 1 known failure; 3 files, 3.0 MB in /mnt/a; 2 files not whole; 1 new file on the phone (stale)",
  ],
  [
    { state: "not-there", lastRunAt: undefined, lastCompleteAt: undefined },
    0,
    "Ann's iPhone: its backup in /mnt/a is not there, and none of its runs is remembered on this computer",
  ],
  [
    { kind: "export", lastCompleteAt: undefined, lastRun: "interrupted", state: "not-there", replaced: true },
    60_000,
    "Ann's iPhone: no backup; an export never completed; 3 files, 3.0 MB in /mnt/a, which is not there; a new destination was begun in its place; last run within the last hour was interrupted",
  ],
])("how a backup stands: %j", (over, now, words) => {
  expect(statusWords({ ...standing, ...over }, now)).toBe(words);
});

test("every choice has words of its own", () => {
  for (const list of Object.values(choices)) expect(new Set(list.map((c) => c.words)).size).toBe(list.length);
  const settings = { edits: "all", live: "still", sidecar: "none", albumsAs: "links", motion: "extract", jpeg: "full" };
  expect(choiceWords(settings, "edits")).toContain(".AAE");
  expect(choiceWords({ ...settings, edits: "of a later version" }, "edits")).toBe("of a later version");
});

test("of what has everything on it no library is spoken: it may have none", () => {
  const all = { library: 4, phone: 4, icloud: 0, missing: 0, empty: 0 };
  expect(availabilityWords(all, "camera")).toBe("4 photos and videos on this camera");
  expect(availabilityWords({ ...all, phone: 3, icloud: 1 }, "phone")).toBe(
    "4 photos and videos in the library, 3 on this phone, 1 only in iCloud",
  );
});
