/** Several phones, one destination: a question on a terminal, a proposal without one, and all of them in one command. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { MockPhone, MockUsbmuxd } from "../../src/device/mock/iphone/index.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { describedPhone } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";

const old = "00008110-000000000000001E";
const fresh = "00008110-000000000000002E";
const file = (name: string, seed: number): FileDescription => ({
  path: `/DCIM/100APPLE/${name}`,
  modified: "2024-05-01T10:00:00Z",
  generated: { bytes: 3_000 + seed, seed },
});
const oldFiles = [file("IMG_0001.JPG", 1), file("IMG_0002.JPG", 2)];
const freshFiles = [...oldFiles, file("IMG_0003.JPG", 3)];

interface Plugged extends AsyncDisposable {
  readonly home: Home;
  readonly to: string;
  readonly phones: readonly MockPhone[];
}

/** Both phones on the cable, trusted by a computer of their own. */
async function plugIn(): Promise<Plugged> {
  const folder = mkdtempSync(join(tmpdir(), "offroll-phones-"));
  const phones = await Promise.all([
    MockPhone.create(describedPhone({ udid: old, name: "Old", files: oldFiles }), folder, {}),
    MockPhone.create(describedPhone({ udid: fresh, name: "New", files: freshFiles }), folder, {}),
  ]);
  const daemon = await MockUsbmuxd.start({ address: { path: join(folder, "mux") }, phones, refuseRecords: false });
  return {
    home: homeOf(daemon.address),
    to: join(folder, "Phones"),
    phones,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

const stored = (to: string): string[] => [...filesBelow(to)].sort();
const mixed = ["2024/05/IMG_0001.JPG", "2024/05/IMG_0002.JPG", "2024/05/IMG_0003.JPG"];

test("without a terminal the second phone is copied, and its report proposes a folder for each", async () => {
  await using plugged = await plugIn();
  const { home, to } = plugged;
  expect((await home.run(["backup", to, "--device", old])).code).toBe(0);
  const second = await home.run(["backup", to, "--device", fresh]);
  expect(second.code, second.stderr).toBe(0);
  expect(second.stderr).toContain("2 files to copy");
  expect(second.stderr).toContain("look the same as copies from another device here");
  expect(second.stderr).toContain("--template '{phone}/{year}/{month}/{name}'");
  expect(stored(to)).toEqual(mixed);
  const again = await home.run(["backup", to, "--device", fresh]);
  expect(again.stderr).not.toContain("{phone}");
});

test("on a terminal it is asked once whether they go apart, and the answer holds", async () => {
  await using plugged = await plugIn();
  const { home, to } = plugged;
  await home.run(["backup", to, "--device", old]);
  const answered = await home.run(["backup", to, "--device", fresh], { answers: ["y"] });
  expect(answered.stderr).toContain("Give New a folder of its own there ({phone}/{year}/{month}/{name})? [y/N]");
  expect(answered.code, answered.stderr).toBe(0);
  const apart = mixed.map((f) => `New/${f}`);
  expect(stored(to)).toEqual([...mixed.slice(0, 2), ...apart]);
  const again = await home.run(["backup", to, "--device", fresh], { answers: [] });
  expect(again.stderr).not.toContain("folder of its own");
  expect(stored(to)).toHaveLength(5);
});

test("a no on the terminal puts them together, and stores nothing twice", async () => {
  await using plugged = await plugIn();
  const { home, to } = plugged;
  await home.run(["backup", to, "--device", old]);
  expect((await home.run(["backup", to, "--device", fresh], { answers: ["n"] })).code).toBe(0);
  expect(stored(to)).toEqual(mixed);
});

test("--all-phones does one after the other, each with its own events, and one that cannot be had hides no other", async () => {
  await using plugged = await plugIn();
  const { home, to, phones } = plugged;
  const all = await home.run(["backup", to, "--all-phones", "--json"]);
  expect(all.code, all.stderr).toBe(0);
  const lines = all.stdout.trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as { type: string; device?: { name: string }; ok?: boolean });
  expect(events.filter((e) => e.type === "plan").map((e) => e.device?.name)).toEqual(["Old", "New"]);
  expect(events.filter((e) => e.type === "summary").map((e) => e.ok)).toEqual([true, true]);
  expect(stored(to)).toEqual(mixed);

  const [first] = phones;
  if (first) first.locked = true;
  const partly = await home.run(["backup", "--all-phones", "--wait", "0"]);
  expect(partly.code).toBe(1);
  expect(partly.stderr).toContain("(device-locked)");
  expect(partly.stderr).toContain("New");
  expect(partly.stderr).toContain("Already there");
});

test.each([[["--device", old]], [["--report", "x.json"]]])("--all-phones with %s is a contradiction", async (more) => {
  await using plugged = await plugIn();
  const { code, stderr } = await plugged.home.run(["backup", plugged.to, "--all-phones", ...more]);
  expect([code, stderr.includes("--all-phones")]).toEqual([2, true]);
});
