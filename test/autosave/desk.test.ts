/** What the terminal UI is told of auto-save, from real files. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { deskOf } from "../../src/autosave/desk.ts";
import { autosaveFiles } from "../../src/autosave/index.ts";
import { settingsWith } from "../helpers/autosave.ts";
import { homeOf } from "../helpers/program.ts";

test("a phone is offered once, and never where it is set up or where nobody can tell", () => {
  const home = homeOf();
  const host = home.host();
  const desk = deskOf(host);
  expect([desk.offerOnce("ben"), desk.offerOnce("ben"), desk.offerOnce("cleo")]).toEqual([true, false, true]);
  const { settings } = autosaveFiles(host);
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, JSON.stringify(settingsWith()));
  expect([desk.look("ann").isSetUp, desk.offerOnce("ann"), desk.look("dora").isSetUp]).toEqual([true, false, false]);
  writeFileSync(settings, '{"v":9}');
  expect(desk.offerOnce("dora")).toBe(false);
});

test("the place that is copied to now is told, while a watcher lives; taking it over asks that watcher", () => {
  const host = homeOf().host();
  const desk = deskOf(host);
  const { settings, state, lock, folder } = autosaveFiles(host);
  for (const file of [settings, state]) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(settings, JSON.stringify(settingsWith()));
  const jobs = [{ phone: "ann", state: { is: "copying" } }];
  writeFileSync(state, JSON.stringify({ v: 1, told: {}, held: [], jobs }));
  expect(desk.look("ann").copyingTo).toBeUndefined();
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: 1, mark: "x" }));
  expect(desk.look("ann").copyingTo).toBe("/mnt/disk/Phone");
  desk.takeOver("ann");
  const [ask] = readdirSync(join(folder, "asks"));
  expect(JSON.parse(readFileSync(join(folder, "asks", ask as string), "utf8"))).toEqual({ phone: "ann" });
});

test("it is set up by the program's own command, and what that says is shown, also where it fails", async () => {
  const home = homeOf();
  const self = [process.execPath, "-e", "console.error(process.argv.slice(1).join(' ')); process.exit(1)", "--"];
  const lines = await deskOf({ ...home.host(), self }).turnOn("ann", "/mnt/a b");
  expect(lines).toEqual(["autosave on --device ann --to /mnt/a b --yes"]);
});
