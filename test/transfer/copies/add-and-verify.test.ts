/** Copies named, tried, held against their hashes and mended, and forgotten. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { addCopy, removeCopy } from "../../../src/transfer/copies/add-copy.ts";
import { knownCopies } from "../../../src/transfer/copies/known-copies.ts";
import type { IdentifiedFolder } from "../../../src/transfer/copies/sides.ts";
import { testPlace } from "../../../src/transfer/copies/test-copy.ts";
import { openCopy } from "../../../src/transfer/copies/verify-copy.ts";
import { inspectDestination } from "../../../src/transfer/destination/open-place.ts";
import {
  added,
  around,
  backedUp,
  brought,
  type CopyBench,
  catalogOf,
  contentsOf,
  copyBench,
} from "../../helpers/copies.ts";

const photos = { "2024/IMG_1.HEIC": "one", "2024/IMG_2.HEIC": "two", "2024/IMG_3.HEIC": "three" };

async function tryAdding(bench: CopyBench, first: IdentifiedFolder, name: string, to: string): Promise<unknown> {
  const place = await inspectDestination(to, "/");
  return await addCopy(first, { name, place }, around(bench)).catch((error: unknown) => error);
}

test("a copy lies neither in the first nor in another copy, and none of them in it", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, { files: photos });
  await added(bench, first);
  for (const to of [join(bench.one, "copy"), bench.folder, join(bench.two, "copy")]) {
    expect(await tryAdding(bench, first, "other", to), to).toMatchObject({ code: "destination-overlaps" });
    expect(existsSync(join(to, ".offroll")) && to !== bench.folder, to).toBe(false);
  }
  using mine = catalogOf(bench.one);
  expect(mine.copies.all().map((copy) => copy.name)).toEqual(["usb"]);
});

test("a name is one copy's, and a copy has one name", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, { files: photos });
  const copy = await added(bench, first);
  const three = join(bench.folder, "three");
  for (const name of ["", "../x", "a\nb", "-x", "x".repeat(65)])
    expect(await tryAdding(bench, first, name, three), name).toMatchObject({ code: "usage" });
  expect(await tryAdding(bench, first, "usb", three)).toMatchObject({ code: "usage" });
  expect(await tryAdding(bench, first, "again", bench.two)).toMatchObject({ code: "usage" });
  expect(await tryAdding(bench, first, "itself", bench.one)).toMatchObject({ code: "usage" });
  expect(existsSync(three)).toBe(false);
  // Its disk is mounted elsewhere now.
  await brought(bench, copy);
  cpSync(bench.two, three, { recursive: true, preserveTimestamps: true });
  rmSync(bench.two, { recursive: true });
  await expect(brought(bench, copy)).rejects.toMatchObject({ code: "destination-not-there" });
  expect(await tryAdding(bench, first, "usb", three)).toMatchObject({ isKnown: true });
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, place: three, present: 3 });
});

test("a folder that another program copied whole is told from the first", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, { files: photos });
  cpSync(bench.one, bench.two, { recursive: true, preserveTimestamps: true });
  expect(await tryAdding(bench, first, "usb", bench.two)).toMatchObject({ code: "usage" });
  rmSync(join(bench.two, ".offroll/destination.json"));
  const copy = await added(bench, first);
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, copied: { files: 0 }, present: 3 });
});

test("a place is tried and left as it was", async () => {
  const bench = copyBench();
  mkdirSync(bench.two);
  const result = await testPlace(await inspectDestination(bench.two, "/"), around(bench));
  expect(result.checks.map((check) => check.isKept)).toEqual([true, true, true, true, true, true]);
  expect(readdirSync(bench.two)).toEqual([]);
  const first = await backedUp(bench.one, { files: photos });
  await added(bench, first);
  const before = readdirSync(join(bench.two, ".offroll"));
  await testPlace(await inspectDestination(bench.two, "/"), around(bench));
  const later = readdirSync(join(bench.two, ".offroll")).filter((name) => name !== "partials");
  expect(later).toEqual(before);
});

test("each side is mended from the other, and what is damaged is kept aside", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, { files: photos });
  const copy = await added(bench, first);
  await brought(bench, copy);
  writeFileSync(join(bench.one, "2024/IMG_1.HEIC"), "0ne");
  writeFileSync(join(bench.two, "2024/IMG_2.HEIC"), "tw0");
  rmSync(join(bench.two, "2024/IMG_3.HEIC"));
  const sides = await openCopy(copy, around(bench));
  const check = await sides.check(around(bench));
  expect(check.first.problems).toMatchObject([{ target: "2024/IMG_1.HEIC", problem: "damaged" }]);
  expect(check.copy.problems.map((p) => `${p.problem} ${p.target}`)).toEqual([
    "damaged 2024/IMG_2.HEIC",
    "missing 2024/IMG_3.HEIC",
  ]);
  const repaired = await sides.repair(around(bench));
  expect(repaired.map((r) => [r.side, r.target, r.from])).toEqual([
    ["copy", "2024/IMG_2.HEIC", bench.one],
    ["copy", "2024/IMG_3.HEIC", bench.one],
    ["first", "2024/IMG_1.HEIC", bench.two],
  ]);
  for (const root of [bench.one, bench.two]) expect(contentsOf(root)).toEqual(photos);
  expect(readFileSync(join(bench.one, ".offroll/damaged/2024/IMG_1.HEIC"), "utf8")).toBe("0ne");
  expect(readFileSync(join(bench.two, ".offroll/damaged/2024/IMG_2.HEIC"), "utf8")).toBe("tw0");
  {
    using mine = catalogOf(bench.one);
    expect(mine.copies.find("usb")?.provenAt).toBeGreaterThan(0);
  }
  const whole = await sides.check(around(bench));
  expect([whole.first.problems, whole.copy.problems]).toEqual([[], []]);
  using mine = catalogOf(bench.one);
  expect(mine.copies.find("usb")?.provenAt).toBeGreaterThan(0);
});

test("a copy that no run went to yet is not proven by a verify", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, { files: photos }));
  const check = await (await openCopy(copy, around(bench))).check(around(bench));
  expect([check.copy.checked, check.first.checked]).toEqual([0, 3]);
  using mine = catalogOf(bench.one);
  expect(mine.copies.find("usb")?.provenAt).toBeUndefined();
});

test("what is damaged on both sides is left, and told", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, { files: photos }));
  await brought(bench, copy);
  for (const root of [bench.one, bench.two]) writeFileSync(join(root, "2024/IMG_1.HEIC"), "0ne");
  const sides = await openCopy(copy, around(bench));
  await sides.check(around(bench));
  const repaired = await sides.repair(around(bench));
  expect(repaired.map((r) => [r.side, r.from])).toEqual([
    ["copy", undefined],
    ["first", undefined],
  ]);
  expect(contentsOf(bench.two)["2024/IMG_1.HEIC"]).toBe("0ne");
});

test("a damaged file in the copy is told by the next run, which does not write over it", async () => {
  const bench = copyBench();
  const copy = await added(bench, await backedUp(bench.one, { files: photos }));
  await brought(bench, copy);
  writeFileSync(join(bench.two, "2024/IMG_1.HEIC"), "0ne");
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: false, failures: [{ path: "2024/IMG_1.HEIC", code: "copy-damaged" }] });
  expect(contentsOf(bench.two)["2024/IMG_1.HEIC"]).toBe("0ne");
  await (await openCopy(copy, around(bench))).repair(around(bench));
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, present: 3 });
});

test("a copy that is forgotten stays as it is, and is remembered no more", async () => {
  const bench = copyBench();
  const first = await backedUp(bench.one, { files: photos });
  const copy = await added(bench, first);
  await brought(bench, copy);
  expect(knownCopies(bench.dataFolder)).toMatchObject([
    { name: "usb", firstId: first.id, path: bench.two, files: 3, sameDisk: true, completeAt: expect.any(Number) },
  ]);
  expect(await removeCopy(first, "usb", around(bench))).toBe(true);
  expect(await removeCopy(first, "usb", around(bench))).toBe(false);
  expect(knownCopies(bench.dataFolder)).toEqual([]);
  expect(contentsOf(bench.two)).toEqual(photos);
  await expect(brought(bench, copy)).rejects.toMatchObject({ code: "copy-unknown" });
});
