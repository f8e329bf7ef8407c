import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRuns } from "../../src/autosave/index.ts";
import type { Hint } from "../../src/autosave/sources/source.ts";
import { readState } from "../../src/autosave/state-file.ts";
import { settled } from "../fakes/manual-clock.ts";
import { settingsWith } from "../helpers/autosave.ts";
import { bringing, stoppedBy, Watching } from "../helpers/watching.ts";

const to = "/mnt/disk/Phone";
const plain = settingsWith({ copy: undefined, quietHours: undefined, daily: undefined });
const withCopy = settingsWith({ quietHours: undefined, daily: undefined });
const cable: Hint = { type: "iphone-attached", udid: "ann", by: "cable", key: 1 };
const air: Hint = { type: "iphone-attached", udid: "ann", by: "network", key: 2 };
const backup = `backup ${to} --device=ann --running-adb --json --quiet`;
const ready = { id: "ann", name: "Ann's", state: "ready" };
const second = { to, copy: "second", root: "/mnt/second", isBehind: false };

test("a trusted iPhone's attach starts its run at once: nothing was slept for it but what the watcher sleeps anyhow", async () => {
  const w = await new Watching(plain).start();
  const at = w.clock.now();
  await w.tell(cable);
  expect(w.runs.map(({ words }) => words)).toEqual([backup]);
  expect(w.clock.now()).toBe(at);
  // The first look settles, and a minute passes.
  expect(w.clock.slept).toEqual([60_000, 2_000]);
  await w.stop();
});

test("a phone that only the bus tells of is looked at when it has settled", async () => {
  const w = await new Watching(plain).start();
  w.phones = [ready];
  await w.tell({ type: "phones-changed" }, { type: "phones-changed" });
  await w.clock.advance(1_900);
  expect([w.looks, w.runs.length]).toEqual([1, 0]);
  await w.clock.advance(100);
  expect([w.looks, w.runs.length]).toEqual([2, 1]);
  await w.runs[0]!.end(bringing(1));
  w.phones = [];
  await w.tell({ type: "phones-changed" });
  await w.clock.advance(4_000);
  w.phones = [ready];
  await w.tell({ type: "phones-changed" });
  await w.clock.advance(2_000);
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("a disk that is mounted later starts what waited for it, without the cable being touched", async () => {
  const w = new Watching(plain);
  w.places = [{ to, isBehind: false }];
  await w.start();
  await w.tell(cable);
  expect([w.states(), w.runs]).toEqual([["ann waits disk"], []]);
  w.places = [{ to, root: "/media/ann/Elsewhere/Phone", isBehind: false }];
  await w.tell({ type: "places-changed" }, { type: "places-changed" });
  // By its id, wherever it is.
  expect(w.runs.map(({ words }) => words)).toEqual([backup.replace(to, "/media/ann/Elsewhere/Phone")]);
  await w.stop();
});

test("a locked phone is looked at while it waits, often at first, and never otherwise", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  w.phones = [{ ...ready, state: "locked" }];
  await w.runs[0]!.end(stoppedBy("device-locked"), 1);
  expect(w.states()).toEqual(["ann waits unlock"]);
  expect(w.told.map(({ cause }) => cause)).toEqual(["unlock"]);
  const before = w.looks;
  await w.clock.advance(60_000);
  expect(w.looks - before).toBe(12);
  await w.clock.advance(30 * 60_000);
  const hour = w.looks;
  await w.clock.advance(60 * 60_000);
  expect(w.looks - hour).toBe(60);
  w.phones = [ready];
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(2);
  await w.runs[1]!.end(bringing(2));
  await w.clock.advance(60_000);
  const done = w.looks;
  await w.clock.advance(60 * 60_000);
  expect(w.looks).toBe(done);
  await w.stop();
});

test("while a phone waits for its owner, another that is plugged in waits no longer for that", async () => {
  const w = await new Watching({
    v: 1,
    phones: { ...plain.phones, ben: { ...plain.phones["ann"]!, to: "/b" } },
  }).start();
  w.phones = [{ ...ready, state: "needs-trust" }];
  await w.tell(cable);
  await w.runs[0]!.end(stoppedBy("device-not-trusted"), 1);
  await w.clock.advance(30 * 60_000);
  w.phones.push({ id: "ben", name: "Ben's", state: "ready" });
  await w.tell({ type: "phones-changed" });
  await w.clock.advance(2_000);
  expect(w.runs.at(-1)?.words).toContain("--device=ben");
  await w.stop();
});

test("usbmuxd's word that a phone trusts this computer is enough", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  await w.runs[0]!.end(stoppedBy("pairing-lost"), 1);
  expect(w.states()).toEqual(["ann waits trust"]);
  await w.tell({ type: "iphone-paired", key: 1 });
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("quiet hours end by the clock alone, and the run begins", async () => {
  const quiet = settingsWith({ copy: undefined, daily: undefined, quietHours: { from: "08:00", to: "10:30" } });
  const w = await new Watching(quiet).start();
  await w.tell(cable);
  expect(w.states()).toEqual(["ann waits quiet-hours"]);
  await w.clock.advance(89 * 60_000);
  expect(w.runs).toHaveLength(0);
  await w.clock.advance(2 * 60_000);
  expect(w.runs).toHaveLength(1);
  await w.stop();
});

test("a battery that is low is waited for, and asked once a minute", async () => {
  const w = new Watching(plain);
  w.isPowerLow = true;
  await w.start();
  await w.tell(cable);
  expect(w.states()).toEqual(["ann waits power"]);
  w.isPowerLow = false;
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(1);
  await w.stop();
});

test("a place that somebody uses is waited for, and no phone is touched meanwhile", async () => {
  const w = await new Watching(plain).start();
  w.isFree = false;
  await w.tell(cable);
  expect([w.states(), w.runs]).toEqual([["ann waits other-run"], []]);
  await w.clock.advance(10 * 60_000);
  expect(w.runs).toEqual([]);
  w.isFree = true;
  await w.clock.advance(5_000);
  expect(w.runs).toHaveLength(1);
  // Nothing ran, so nothing is in the log.
  expect(readRuns(w.files.log)).toEqual([]);
  await w.stop();
});

test("the daily net starts a run of a phone that stays plugged in", async () => {
  const w = await new Watching(settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" })).start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(0));
  await w.clock.advance(4 * 3_600_000);
  expect(w.runs).toHaveLength(2);
  await w.runs[1]!.end(bringing(0));
  await w.clock.advance(20 * 3_600_000);
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("a computer that slept over the daily time makes up for it within a minute", async () => {
  const w = await new Watching(settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" })).start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(0));
  w.clock.jump(5 * 3_600_000);
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("a clock that is set back starts nothing twice, and the next day's net still runs", async () => {
  const w = await new Watching(settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" })).start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(0));
  await w.clock.advance(4 * 3_600_000);
  await w.runs[1]!.end(bringing(0));
  w.clock.jump(-3 * 3_600_000);
  await w.clock.advance(6 * 3_600_000);
  expect(w.runs).toHaveLength(2);
  await w.clock.advance(24 * 3_600_000);
  expect(w.runs).toHaveLength(3);
  await w.stop();
});

test("a clock that is set back by days holds the daily net back by none", async () => {
  const w = await new Watching(settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" })).start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(0));
  w.clock.jump(-5 * 24 * 3_600_000);
  await w.clock.advance(4 * 3_600_000);
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("what came is copied on from the first disk to the second, also what a person's own backup brought", async () => {
  const w = new Watching(withCopy);
  w.places = [{ to, root: to, isBehind: false }, second];
  await w.start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(3));
  expect(w.runs[1]?.words).toBe(`copies run --from=${to} --json --quiet -- second`);
  await w.runs[1]!.end({ copied: { files: 3 }, failures: [], moreFailures: 0 });
  expect(w.states()).toEqual(["ann done", "ann second done"]);
  w.places = [
    { to, root: to, isBehind: false },
    { ...second, isBehind: true },
  ];
  await w.tell({ type: "places-changed" });
  expect(w.runs).toHaveLength(3);
  await w.stop();
});

test("killed while a run goes on, it starts again from its files and goes on", async () => {
  const w = new Watching(withCopy);
  w.places = [{ to, root: to, isBehind: false }, second];
  await w.start();
  await w.tell(cable);
  await w.runs[0]!.end(bringing(3));
  expect(readState(w.files.state).state.jobs[1]?.state).toEqual({ is: "copying" });
  w.phones = [ready];
  await w.killed();
  expect(w.runs.map(({ words }) => words.split(" ")[0])).toEqual(["copies", "backup"].slice(0, w.runs.length));
  expect(w.states()[1]).toBe("ann second copying");
  await w.stop();
});

test("a run that something killed goes on after a minute, then less and less often", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  await w.runs[0]!.die();
  expect(w.told).toEqual([]);
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(2);
  await w.runs[1]!.die();
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(2);
  await w.clock.advance(60_000);
  expect(w.runs).toHaveLength(3);
  await w.stop();
});

test("settings that change are taken in: a phone that was removed is copied no more, one that came is", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable, { ...cable, udid: "ben", key: 5 });
  expect(w.told.map(({ cause, phone }) => [cause, phone])).toEqual([["unknown-phone", "ben"]]);
  w.settings = { v: 1, phones: { ben: { ...plain.phones["ann"]!, to: "/b" } } };
  w.places = [{ to: "/b", root: "/b", isBehind: false }];
  await w.tell({ type: "settings-changed" });
  expect(w.runs[0]?.isAsked).toBe(true);
  expect(w.runs[1]?.words).toContain("--device=ben");
  await w.stop();
});

test("settings that cannot be read leave those that hold", async () => {
  const w = await new Watching(plain).start();
  Object.defineProperty(w, "settings", {
    get: () => {
      throw new Error("half written");
    },
  });
  await w.tell({ type: "settings-changed" });
  await w.tell(cable);
  expect(w.runs).toHaveLength(1);
  await w.stop();
});

test("a person who takes a run over has the place until they are done", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  writeFileSync(join(w.files.asks, "take-over-x.json"), JSON.stringify({ phone: "ann" }));
  w.isFree = false;
  await w.tell({ type: "asked" });
  expect(w.runs[0]?.isAsked).toBe(true);
  expect(w.states()).toEqual(["ann waits other-run"]);
  await w.clock.advance(20 * 60_000);
  expect(w.runs).toHaveLength(1);
  w.isFree = true;
  await w.clock.advance(5_000);
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("over Wi-Fi too, a phone is one phone, and its cable goes first", async () => {
  const settings = settingsWith({ copy: undefined, quietHours: undefined, daily: undefined, network: true });
  const w = await new Watching(settings).start();
  await w.tell(air);
  // Never the first time.
  expect(w.runs).toEqual([]);
  await w.tell(cable);
  await w.runs[0]!.end(bringing(1));
  await w.tell({ type: "iphone-detached", key: 1 });
  expect(w.runs).toHaveLength(2);
  expect(w.runs[1]?.words).toContain("--network");
  await w.runs[1]!.end(stoppedBy("device-stalled"), 1);
  // What fails over Wi-Fi is told to nobody.
  expect(w.told.map(({ cause }) => cause)).toEqual(["brought"]);
  await w.stop();
});

test("a daemon that goes takes its phones along, and brings them back", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  await w.runs[0]!.end(stoppedBy("device-disconnected"), 1);
  await w.tell({ type: "iphones-gone" });
  expect(w.states()).toEqual(["ann idle"]);
  await w.tell({ ...cable, key: 9 });
  expect(w.runs).toHaveLength(2);
  await w.stop();
});

test("runs that are under way when it is asked to end do end in order, and are in the log", async () => {
  const w = await new Watching(plain).start();
  await w.tell(cable);
  await w.stop();
  expect(w.runs[0]?.isAsked).toBe(true);
  expect(readRuns(w.files.log)).toMatchObject([{ phone: "ann", code: "cancelled" }]);
});

test("a watcher whose lock is another's by now ends", async () => {
  const w = await new Watching(plain).start();
  w.isMine = false;
  await w.tell(cable);
  await w.stop();
  expect(w.said.join()).toContain("This watcher's place was taken away");
});

test("one round does what is due, waits for it, and ends", async () => {
  const w = new Watching(withCopy);
  w.places = [{ to, root: to, isBehind: false }, second];
  w.phones = [ready, { id: "stranger", name: "x", state: "ready" }];
  const once = w.watcher.once(new AbortController().signal);
  await settled();
  await w.runs[0]!.end(bringing(3));
  await w.runs[1]!.end({ copied: { files: 3 }, failures: [], moreFailures: 0 });
  await once;
  expect(w.states()).toEqual(["ann done", "ann second done"]);
  expect(w.runs).toHaveLength(2);
  expect(readFileSync(w.files.log, "utf8").trim().split("\n")).toHaveLength(2);
});
