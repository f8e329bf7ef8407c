/** When what is copied by itself: what a first-class one does, row by row, and the waits between. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Place, type RunOutcome, readState, recordsOf, writeState } from "../../src/autosave/index.ts";
import { nextAt } from "../../src/autosave/local-time.ts";
import { startMachine } from "../../src/autosave/machine.ts";
import { TestClock } from "../fakes/test-clock.ts";
import { AutosavePlayer, annsPlan, bringing, settingsWith } from "../helpers/autosave.ts";

const to = annsPlan.to;
const attached = { type: "phone-attached", phone: "ann", by: "cable" } as const;
const byAir = { type: "phone-attached", phone: "ann", by: "network" } as const;
const detached = { type: "phone-detached", phone: "ann" } as const;
const disk = { type: "disk", place: { to }, isThere: true } as const;
const diskAway = { ...disk, isThere: false } as const;
const secondDisk = { type: "disk", place: { to, copy: "second" }, isThere: true } as const;
const ended = (outcome: Partial<RunOutcome> = {}, copy?: string) =>
  ({ type: "run-ended", job: { phone: "ann", copy }, outcome: { ...bringing(0), ...outcome } }) as const;
const alone = settingsWith({ copy: undefined, quietHours: undefined, daily: undefined });
const withCopy = settingsWith({ quietHours: undefined, daily: undefined });
const complete = [{ phone: "ann", state: { is: "done" }, lastRun: 1, lastComplete: 1 }] as const;

/** Each row: what happens, what is asked for, and the states at the end. */
const rows: readonly [string, () => Promise<AutosavePlayer> | AutosavePlayer, string[], string[]][] = [
  [
    "1: consent is per phone: one that was taken out of the settings is nobody's any more",
    () => new AutosavePlayer({ v: 1, phones: {} }, complete).happen(disk, attached),
    ["tell unknown-phone ann"],
    [],
  ],
  [
    "2: an unknown phone is never copied; one over Wi-Fi is not even told",
    () =>
      new AutosavePlayer(alone).happen(
        disk,
        { ...attached, phone: "stranger" },
        { ...byAir, phone: "neighbour" },
        { type: "tick" },
      ),
    ["tell unknown-phone stranger"],
    ["ann idle"],
  ],
  [
    "3: an attach starts it at once, and again after a replug; told twice of one attach, it runs once",
    () =>
      new AutosavePlayer(alone)
        .happen(disk, attached, attached, ended({ brought: 3 }), attached)
        .happen(detached, attached),
    ["start ann", "tell brought ann 3", "start ann"],
    ["ann copying"],
  ],
  [
    "4: each phone and each copy has a state of its own",
    () => {
      const settings = {
        v: 1 as const,
        phones: { ...withCopy.phones, ben: { ...withCopy.phones["ann"]!, to: "/b", copy: undefined } },
      };
      return new AutosavePlayer(settings).happen(disk, attached, { ...attached, phone: "ben" }, ended({ brought: 1 }));
    },
    ["start ann", "tell brought ann 1"],
    ["ann done", "ann second waits disk", "ben waits disk"],
  ],
  [
    "5: a disk that is away is waited for, and starts the run without replugging the phone",
    async () => {
      const player = new AutosavePlayer(alone).happen(attached);
      expect(player.states()).toEqual(["ann waits disk"]);
      return (await player.until("23:00")).happen(disk);
    },
    ["start ann"],
    ["ann copying"],
  ],
  [
    "6: what did not run for 14 days is overdue at each look until it ran; a replug without a disk is no run",
    async () => {
      const settings = settingsWith({ ...alone.phones["ann"], setUpAt: nextAt(new TestClock().now(), "08:00") });
      const player = await (await new AutosavePlayer(settings).until("08:00")).until("11:00", 13);
      await player.wake();
      expect(player.effects()).toEqual([]);
      await player.wake();
      player.happen(attached, detached);
      await player.wake();
      return player.happen(disk, attached, ended(), { type: "tick" });
    },
    ["tell overdue ann 14", "tell overdue ann 15", "start ann"],
    ["ann done"],
  ],
  [
    "7: nothing new is silence, and so is a known failure; a new one is told",
    () => {
      const player = new AutosavePlayer(alone).happen(disk, attached, ended());
      player.happen(detached, attached, ended({ newFailures: 2, brought: 1 }));
      return player.happen(detached, attached, ended({ knownFailures: 2 }));
    },
    [...["start ann"], ...["start ann", "tell brought ann 1", "tell items-failed ann"], ...["start ann"]],
    ["ann problem items-failed"],
  ],
  [
    "8: a spared battery is this computer's and holds everything; a run that began goes on",
    () => {
      const player = new AutosavePlayer(withCopy).happen(disk, secondDisk, { type: "power", isLow: true }, attached);
      expect(player.states()[0]).toBe("ann waits power");
      player.happen({ type: "power", isLow: false }, { type: "power", isLow: true }, ended({ brought: 1 }));
      expect(player.states()).toEqual(["ann done", "ann second waits power"]);
      return player.happen({ type: "power", isLow: false });
    },
    ["start ann", "tell brought ann 1", "start ann second"],
    ["ann done", "ann second copying"],
  ],
  [
    "9: the copy follows the first without the phone, when its disk appears; nothing new leaves it alone",
    () => {
      const player = new AutosavePlayer(withCopy).happen(disk, attached, ended({ brought: 2 }), detached);
      player.happen(secondDisk, ended({ brought: 2 }, "second"));
      const [own, copy] = recordsOf(player.machine);
      expect(copy?.lastComplete).toBe(player.clock.now());
      expect(own?.lastComplete).toBe(player.clock.now());
      return player.happen(attached, ended());
    },
    [...["start ann", "tell brought ann 2"], ...["start ann second", "tell brought ann second 2"], ...["start ann"]],
    ["ann done", "ann second done"],
  ],
  [
    "10: a person takes the run over: it stops, waits, and goes on after them",
    () => {
      const player = new AutosavePlayer(alone).happen(disk, attached, { type: "take-over", phone: "ann" });
      player.happen(ended({ stoppedBy: "cancelled" }));
      expect(player.states()).toEqual(["ann waits other-run"]);
      return player.happen({ type: "place-busy", place: { to }, isBusy: false });
    },
    ["start ann", "stop ann", "start ann"],
    ["ann copying"],
  ],
  [
    "11: a pulled cable is no trouble, and the next attach goes on",
    () => {
      const player = new AutosavePlayer(alone).happen(disk, attached, detached);
      player.happen(ended({ stoppedBy: "device-disconnected" }));
      expect(player.states()).toEqual(["ann idle"]);
      return player.happen(attached);
    },
    ["start ann", "start ann"],
    ["ann copying"],
  ],
  [
    "12: whoever asks reads the states from the file, and a watcher that was killed goes on from it",
    () => {
      const file = join(mkdtempSync(join(tmpdir(), "offroll-autosave-")), "state.json");
      const player = new AutosavePlayer(withCopy).happen(disk, secondDisk, attached, ended({ brought: 1 }));
      writeState(file, { jobs: recordsOf(player.machine), told: {}, held: [] });
      const { jobs } = readState(file).state;
      expect(jobs.map(({ state }) => state.is)).toEqual(["done", "copying"]);
      return new AutosavePlayer(withCopy, jobs).happen(disk, secondDisk);
    },
    ["start ann second"],
    ["ann done", "ann second copying"],
  ],
];

test.each(rows)("row %s", async (_, play, effects, states) => {
  const player = await play();
  expect(player.effects()).toEqual(effects);
  expect(player.states()).toEqual(states);
});

test.each<[string, Partial<RunOutcome>, string, object]>([
  ["unlock", { stoppedBy: "device-locked" }, "unlock", { type: "phone-lock", phone: "ann", isLocked: false }],
  ["trust", { stoppedBy: "device-not-trusted" }, "trust", { type: "phone-trust", phone: "ann", isTrusted: true }],
  [
    "trust that was lost",
    { stoppedBy: "pairing-lost" },
    "trust",
    { type: "phone-trust", phone: "ann", isTrusted: true },
  ],
  ["a disk that went", { stoppedBy: "destination-not-there" }, "disk", disk],
  [
    "another run",
    { stoppedBy: "destination-in-use" },
    "other-run",
    { type: "place-busy", place: { to }, isBusy: false },
  ],
])("a run that ran into it waits for %s, and starts when it is there", (_, outcome, wait, event) => {
  const player = new AutosavePlayer(alone).happen(disk, attached, ended(outcome));
  expect(player.states()).toEqual([`ann waits ${wait}`]);
  const needsPerson = wait === "unlock" || wait === "trust";
  expect(player.effects().slice(1)).toEqual([...(needsPerson ? [`tell ${wait} ann`] : [])]);
  expect(player.happen({ type: "tick" }).effects()).toEqual([]);
  expect(player.happen(event as typeof disk).effects()).toEqual(["start ann"]);
});

test("what is waited for is told in an order in which a person can help", () => {
  const player = new AutosavePlayer(alone).happen(
    attached,
    { type: "phone-lock", phone: "ann", isLocked: true },
    { type: "phone-trust", phone: "ann", isTrusted: false },
    { type: "power", isLow: true },
  );
  const seen = [...player.states()];
  seen.push(...player.happen(disk).states());
  seen.push(...player.happen({ type: "power", isLow: false }).states());
  seen.push(...player.happen({ type: "phone-trust", phone: "ann", isTrusted: true }).states());
  expect(seen).toEqual(["ann waits disk", "ann waits power", "ann waits trust", "ann waits unlock"]);
  expect(player.effects()).toEqual(["tell trust ann", "tell unlock ann"]);
});

test("quiet hours hold a run over midnight, and the machine asks to be woken at their end", async () => {
  const quiet = settingsWith({ copy: undefined, daily: undefined });
  const player = await new AutosavePlayer(quiet).until("23:30");
  player.happen(disk, attached);
  expect(player.states()).toEqual(["ann waits quiet-hours"]);
  await player.wake();
  expect(new Date(player.clock.now()).getHours()).toBe(7);
  expect(player.effects()).toEqual(["start ann"]);
});

test("a phone that stays plugged in is run once a day; a problem is not tried again before", async () => {
  const daily = settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" });
  const player = (await new AutosavePlayer(daily).until("08:00")).happen(disk, attached);
  player.happen(ended({ stoppedBy: "destination-full" }), { type: "tick" }, { type: "power", isLow: false });
  expect(player.effects()).toEqual(["start ann", "tell destination-full ann"]);
  await (await player.wake()).wake();
  expect(player.happen(ended(), { type: "tick" }).effects()).toEqual(["start ann"]);
  await (await player.wake()).wake();
  expect(player.effects()).toEqual(["start ann"]);
});

test("a problem is tried again when its disk comes back", () => {
  const player = new AutosavePlayer(alone).happen(disk, attached, ended({ stoppedBy: "destination-io" }), diskAway);
  expect(player.states()).toEqual(["ann problem destination-io"]);
  expect(player.happen(disk).states()).toEqual(["ann copying"]);
});

test("one run at a place: two phones of one destination, and the copy that is read from it, go one after the other", () => {
  const { phones } = withCopy;
  const player = new AutosavePlayer({ v: 1, phones: { ...phones, ben: { ...phones["ann"]!, copy: undefined } } });
  player.happen(disk, secondDisk, attached, { ...attached, phone: "ben" });
  expect(player.states()).toEqual(["ann copying", "ann second idle", "ben waits other-run"]);
  player.happen(ended({ brought: 1 }));
  expect(player.states()).toEqual(["ann done", "ann second copying", "ben waits other-run"]);
  player.happen(ended({}, "second"));
  player.happen({ type: "run-ended", job: { phone: "ben" }, outcome: bringing(4) });
  expect(player.states()).toEqual(["ann done", "ann second copying", "ben done"]);
});

test("a copy that failed waits for the next reason, and is still behind", () => {
  const full = ended({ stoppedBy: "destination-full" }, "second");
  const player = new AutosavePlayer(withCopy).happen(disk, secondDisk, attached, ended({ brought: 1 }), full);
  expect(player.states()).toEqual(["ann done", "ann second problem destination-full"]);
  expect(player.happen(detached, attached, ended()).states()[1]).toBe("ann second copying");
});

test("a copy whose first went away waits for that disk, not for its own", () => {
  const first: Place = { to };
  const player = new AutosavePlayer(withCopy).happen(disk, secondDisk, attached, ended({ brought: 1 }));
  player.happen(ended({ stoppedBy: "destination-not-there", stoppedAt: first }, "second"));
  expect(player.states()[1]).toBe("ann second waits disk");
  expect(player.happen(disk).states()[1]).toBe("ann second copying");
});

test.each([
  ["without the switch", false, complete, []],
  ["before a first run by cable", true, [], []],
  ["with both", true, complete, ["start ann"]],
] as const)("a phone over Wi-Fi: %s", (_, network, records, effects) => {
  const settings = settingsWith({ copy: undefined, quietHours: undefined, network });
  const player = new AutosavePlayer(settings, records).happen(disk, byAir);
  expect(player.effects()).toEqual(effects);
  player.happen(ended({ stoppedBy: "device-locked" }));
  expect(player.effects()).toEqual([]);
});

test("a phone whose cable was pulled is not read over Wi-Fi that nobody switched on", () => {
  const player = new AutosavePlayer(alone).happen(attached, byAir, disk);
  expect(player.effects()).toEqual([]);
  expect(player.states()).toEqual(["ann idle"]);
  expect(player.happen(attached).effects()).toEqual(["start ann"]);
});

test("a clock that was set back makes nothing overdue, and stops no daily run", async () => {
  const inTenYears = nextAt(new AutosavePlayer(alone).clock.now(), "12:00") + 10 * 365 * 24 * 60 * 60 * 1000;
  const records = [
    { phone: "ann", state: { is: "done" }, lastRun: inTenYears, lastComplete: inTenYears, dailyOn: "2036-01-01" },
  ] as const;
  const daily = settingsWith({ copy: undefined, quietHours: undefined, daily: "12:30" });
  const player = await new AutosavePlayer(daily, records).until("08:00");
  player.happen(disk, attached, ended(), { type: "tick" });
  expect(player.effects()).toEqual(["start ann"]);
  await (await player.wake()).wake();
  expect(player.effects()).toEqual(["start ann"]);
});

test("an end of a run that nobody started, and news of phones that are away, change nothing", () => {
  const player = new AutosavePlayer(alone).happen(
    disk,
    ended({ brought: 5 }),
    { type: "phone-lock", phone: "ann", isLocked: true },
    { type: "take-over", phone: "ann" },
    detached,
  );
  expect(player.effects()).toEqual([]);
  expect(player.states()).toEqual(["ann idle"]);
});

test("a run that was stopped is remembered as unfinished until one is complete, and what it brought is told as a part", () => {
  const player = new AutosavePlayer(alone).happen(disk, attached, detached);
  player.happen(ended({ brought: 3, stoppedBy: "device-disconnected" }));
  expect(recordsOf(player.machine)).toMatchObject([{ state: { is: "idle" }, isUnfinished: true }]);
  expect(player.effects().at(-1)).toBe("tell brought ann 3 in part");
  player.happen(attached, ended({ brought: 2 }));
  expect(recordsOf(player.machine)).toMatchObject([{ state: { is: "done" }, isUnfinished: false }]);
  expect(player.effects().at(-1)).toBe("tell brought ann 2");
  // A watcher that was killed while it copied knows as much.
  const killed = startMachine(alone, [{ phone: "ann", state: { is: "copying" } }]);
  expect(recordsOf(killed)).toMatchObject([{ state: { is: "idle" }, isUnfinished: true }]);
});
