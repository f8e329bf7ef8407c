/** The phone as a whole: begun by itself only where no passcode is asked for, and told as due where one is. */
import { expect, test } from "vitest";
import { readRuns } from "../../src/autosave/index.ts";
import { noticeWords } from "../../src/autosave/notify/notice-words.ts";
import type { Hint } from "../../src/autosave/sources/source.ts";
import { readState } from "../../src/autosave/state-file.ts";
import { wholeStateNow } from "../../src/autosave/whole/duty.ts";
import { annsPlan, settingsWith } from "../helpers/autosave.ts";
import { bringing, stoppedBy, Watching } from "../helpers/watching.ts";

const to = annsPlan.to;
const dir = "/mnt/disk/phones";
const begin = new Date(2026, 0, 2, 9);
const dayMs = 24 * 3_600_000;
const plan = {
  copy: undefined,
  quietHours: undefined,
  daily: undefined,
  phoneBackup: { to: dir, id: "id-of-dir", everyDays: 7, since: begin.getTime() },
};
const cable: Hint = { type: "iphone-attached", udid: "ann", by: "cable", key: 1 };
const away: Hint = { type: "iphone-detached", key: 1 };
const command = `phone backup ${dir} --device=ann --via=usbmux --no-passcode --folder-id=id-of-dir --json --quiet`;
const made = (files: number, more: object = {}): object => ({ type: "summary", ok: true, files, suspects: 0, ...more });

interface Whole {
  takenAt?: number;
  asksPasscode?: boolean;
}

/** What the disks tell: the photos' place, and the folder of the whole phones' backups with its last one of Ann's. */
function disks(w: Watching, whole: Whole | undefined): void {
  const phones = { to: dir, root: whole ? dir : undefined, isBehind: false, whole: { phone: "ann", ...whole } };
  w.places = [{ to, root: to, isBehind: false }, phones];
}

async function watching(whole: Whole | undefined, more: Partial<typeof annsPlan> = {}): Promise<Watching> {
  const w = new Watching(settingsWith({ ...plan, ...more }), begin);
  disks(w, whole);
  return await w.start();
}

/** Plugged in, with its photos' run over. */
async function attached(w: Watching): Promise<number> {
  const before = w.runs.length;
  await w.tell(cable);
  await w.runs[before]?.end(bringing(0));
  return before + 1;
}

/** As a computer that slept: a minute later it knows. */
async function later(w: Watching, ms: number): Promise<void> {
  w.clock.jump(ms);
  await w.clock.advance(60_000);
}

const wholeState = (w: Watching): object | undefined => w.watcher.whole[0]?.state;
const causes = (w: Watching): string[] => w.told.map(({ cause, whole }) => `${cause}${whole ? " whole" : ""}`);

test("a phone without a passcode: photos first, then the whole phone, and the next one in a week", async () => {
  const w = await watching({});
  await w.tell(cable);
  expect(w.runs.map(({ words }) => words.split(" ")[0])).toEqual(["backup"]);
  expect(wholeState(w)).toEqual({ is: "waiting", for: "other-run" });
  await w.runs[0]!.end(bringing(0));
  expect(w.runs[1]?.words).toBe(command);
  disks(w, { takenAt: w.clock.now(), asksPasscode: false });
  await w.runs[1]!.end(made(42));
  expect([wholeState(w), causes(w)]).toEqual([{ is: "done" }, ["phone-backup-made whole"]]);
  expect(readRuns(w.files.log).at(-1)).toMatchObject({ phone: "ann", whole: true, brought: 42, exit: 0 });
  for (const days of [1, 5]) {
    await w.tell(away);
    await later(w, days * dayMs);
    const next = await attached(w);
    expect(w.runs).toHaveLength(next);
  }
  await w.tell(away);
  await later(w, dayMs);
  const next = await attached(w);
  expect(w.runs[next]?.words).toBe(command);
  await w.stop();
});

test("a passcode that the phone asks for ends it, is told, and is not met again by itself", async () => {
  const w = await watching({});
  await attached(w);
  await w.runs[1]!.end({ ...stoppedBy("phone-passcode") }, 1);
  expect([causes(w), wholeState(w)]).toEqual([["phone-backup-due whole"], { is: "idle" }]);
  // The same day says nothing more, however often it is plugged in; each later day says it once.
  for (const wait of [60_000, 3_600_000, dayMs, dayMs]) {
    await w.tell(away);
    await later(w, wait);
    await attached(w);
  }
  expect(causes(w)).toEqual(["phone-backup-due whole", "phone-backup-due whole", "phone-backup-due whole"]);
  expect(w.runs.filter(({ words }) => words.startsWith("phone"))).toHaveLength(1);
  expect(readState(w.files.state).state.whole?.[0]?.passcode?.isAsked).toBe(true);
  await w.killed();
  await attached(w);
  expect(w.runs.filter(({ words }) => words.startsWith("phone"))).toHaveLength(0);
  await w.stop();
});

test("what the last backup says of itself counts: one with a passcode is not even tried, a later one without is", async () => {
  const old = begin.getTime() - 30 * dayMs;
  const w = await watching({ takenAt: old, asksPasscode: true });
  await attached(w);
  expect([w.runs.length, causes(w)]).toEqual([1, ["phone-backup-due whole"]]);
  // Its owner made one by hand, and the passcode is gone; a week later it runs.
  await w.tell(away);
  disks(w, { takenAt: w.clock.now(), asksPasscode: false });
  await later(w, 8 * dayMs);
  const next = await attached(w);
  expect(w.runs[next]?.words).toBe(command);
  await w.stop();
});

test("a backup that a person made meanwhile is none that is due", async () => {
  const w = await watching({ takenAt: begin.getTime() - 6 * dayMs, asksPasscode: true });
  await later(w, 3 * dayMs);
  disks(w, { takenAt: w.clock.now(), asksPasscode: true });
  await attached(w);
  expect([causes(w), wholeState(w)]).toEqual([[], { is: "done" }]);
  await w.stop();
});

test("of a phone that is away it is told whether one is due now, whatever was so when it was last seen", async () => {
  const w = await watching({ takenAt: begin.getTime(), asksPasscode: false });
  const now = (): object => {
    const { settings, whole } = w.watcher;
    return wholeStateNow(settings.phones["ann"], whole[0]!, w.clock.now());
  };
  // Never seen by this watcher, and a good backup is there.
  expect([wholeState(w), now()]).toEqual([{ is: "idle" }, { is: "done" }]);
  await attached(w);
  await w.tell(away);
  expect([wholeState(w), now()]).toEqual([{ is: "done" }, { is: "done" }]);
  await later(w, 20 * dayMs);
  expect([wholeState(w), now()]).toEqual([{ is: "done" }, { is: "idle" }]);
});

test("a backup of the future is no reason to make none", async () => {
  const w = await watching({ takenAt: begin.getTime() + 400 * dayMs, asksPasscode: false });
  await attached(w);
  expect(w.runs[1]?.words).toBe(command);
  await w.stop();
});

test("its disk is waited for, and the phone is not touched for another one in its place", async () => {
  const w = await watching(undefined);
  await attached(w);
  expect([w.runs.length, wholeState(w)]).toEqual([1, { is: "waiting", for: "disk" }]);
  disks(w, {});
  await w.tell({ type: "places-changed" });
  expect(w.runs[1]?.words).toBe(command);
  // It went again between the look and the run.
  disks(w, undefined);
  await w.runs[1]!.end(stoppedBy("destination-not-there"), 1);
  expect([w.runs.length, wholeState(w), causes(w)]).toEqual([2, { is: "waiting", for: "disk" }, []]);
  await w.stop();
});

test("a phone that was unplugged while its disk was waited for is not begun when the disk comes", async () => {
  const w = await watching(undefined);
  await attached(w);
  await w.tell(away);
  disks(w, {});
  await w.tell({ type: "places-changed" });
  expect([w.runs.length, wholeState(w)]).toEqual([1, { is: "idle" }]);
  await w.stop();
});

test("what fails is told once and tried again the next day; a cable that is pulled is no failure", async () => {
  const w = await watching({});
  await attached(w);
  await w.runs[1]!.end(stoppedBy("device-disconnected"), 1);
  await w.tell(away);
  const next = await attached(w);
  expect([w.runs[next]?.words, causes(w)]).toEqual([command, []]);
  await w.runs[next]!.end(stoppedBy("destination-full"), 1);
  await w.tell(away);
  const third = await attached(w);
  expect(w.runs).toHaveLength(third);
  expect([wholeState(w), causes(w)]).toEqual([{ is: "problem", code: "destination-full" }, ["destination-full whole"]]);
  await later(w, dayMs);
  expect(w.runs.at(-1)?.words).toBe(command);
  await w.stop();
});

test("a phone that stays plugged in is looked at once a day", async () => {
  const w = await watching({ takenAt: begin.getTime() - 5 * dayMs, asksPasscode: false });
  await attached(w);
  expect(w.runs).toHaveLength(1);
  await later(w, 2 * dayMs);
  expect(w.runs.filter(({ words }) => words === command)).toHaveLength(1);
  await w.stop();
});

test("quiet hours and Wi-Fi begin nothing; taken out of the settings, a run that goes on is asked to end", async () => {
  const w = await watching({}, { quietHours: { from: "08:00", to: "10:30" }, network: true });
  await w.tell(cable);
  expect(w.states()).toEqual(["ann waits quiet-hours"]);
  await w.clock.advance(91 * 60_000);
  await w.runs[0]!.end(bringing(0));
  const run = w.runs[1]!;
  expect(run.words).toBe(command);
  w.settings = settingsWith({ ...plan, phoneBackup: undefined });
  await w.tell({ type: "settings-changed" });
  expect([run.isAsked, w.watcher.whole]).toEqual([true, []]);
  await w.stop();

  const air = await watching({}, { network: true });
  await air.tell({ type: "iphone-attached", udid: "ann", by: "network", key: 2 });
  expect(air.runs).toEqual([]);
  await air.stop();
});

test("killed in the middle, the next watcher begins it anew; overdue is told by the day", async () => {
  const w = await watching({});
  await attached(w);
  expect(wholeState(w)).toEqual({ is: "copying" });
  await w.killed();
  const next = await attached(w);
  expect(w.runs[next]?.words).toBe(command);
  await w.runs[next]!.end(stoppedBy("device-disconnected"), 1);
  await w.tell(away);
  await later(w, 20 * dayMs);
  expect(causes(w)).not.toContain("overdue whole");
  await later(w, 2 * dayMs);
  expect(causes(w).filter((cause) => cause === "overdue whole").length).toBeGreaterThan(0);
  await w.stop();
});

test("what is told names the command, and no name of a phone can be taken for words of ours", () => {
  const ann = { ...annsPlan, ...plan, name: "Ann's\u001b[31m phone" };
  const due = noticeWords({ phone: "ann", whole: true, cause: "phone-backup-due" }, ann);
  expect(due.isTrouble).toBe(true);
  expect(due.body).toContain(
    `phone asks for its passcode each time, so start it yourself: offroll phone backup ${dir}`,
  );
  expect(due.body).not.toContain("\u001b");
  expect(noticeWords({ phone: "ann", whole: true, cause: "destination-full" }, ann).body).toContain("as a whole");
});
