/** Copies onto real file systems: one with links and one without, one that fills up, one that is read-only. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyDestination } from "../../../src/transfer/check/index.ts";
import { inspectDestination, openPlace } from "../../../src/transfer/destination/index.ts";
import { added, backedUp, brought, catalogOf, contentsOf, copyBench, stateOf } from "../../helpers/copies.ts";
import { mountDisk } from "../../helpers/disks.ts";

const photos = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [`2024/0${1 + (i % 9)}/IMG_${i}.JPG`, Buffer.alloc(700_000, i)]),
);
const backup = {
  files: photos,
  sidecars: { "2024/01/IMG_0.JPG.xmp": "<xmp/>" },
  albums: { "Albums/Lisbon/IMG_0.JPG": "2024/01/IMG_0.JPG" },
};

for (const name of ["ext4", "exfat", "fat32"])
  test(`onto ${name}: whole, a backup by itself, and nothing anew the next time`, async ({ skip }) => {
    using disk = mountDisk(name);
    if (!disk) return skip(`${name} cannot be mounted here`);
    const bench = { ...copyBench(), two: join(disk.root, "Phone") };
    const copy = await added(bench, await backedUp(bench.one, backup));
    const { summary } = await brought(bench, copy);
    const hasLinks = name === "ext4";
    expect(summary).toMatchObject({ ok: true, copied: { files: 12 }, linksLeftOut: hasLinks ? 0 : 1 });
    // An image lies on the disk that its file lies on, where the system tells.
    expect(summary.sameDisk).not.toBe(false);
    const { "Albums/Lisbon/IMG_0.JPG": entry, ...rest } = contentsOf(bench.one);
    expect(contentsOf(bench.two)).toEqual(hasLinks ? { ...rest, "Albums/Lisbon/IMG_0.JPG": entry } : rest);
    const before = stateOf(bench.two);
    expect((await brought(bench, copy)).summary).toMatchObject({
      ok: true,
      copied: { files: 0 },
      present: 12,
      extras: 0,
    });
    // FAT numbers its files anew with every look.
    const times = (state: readonly string[]): string[] => state.map((line) => line.replace(/ \d+$/, ""));
    expect(times(stateOf(bench.two))).toEqual(times(before));
    using catalog = catalogOf(bench.two);
    await using destination = openPlace(await inspectDestination(bench.two, "/")).destination(undefined);
    expect(await verifyDestination(catalog, destination)).toMatchObject({ checked: 12, problems: [], foreign: [] });
  });

test("a second disk that fills up ends the run, and it is finished when there is room", async ({ skip }) => {
  using disk = mountDisk("tmpfs");
  if (!disk) return skip("nothing can be mounted here");
  const bench = { ...copyBench(), two: join(disk.root, "Phone") };
  const copy = await added(bench, await backedUp(bench.one, backup));
  const { summary } = await brought(bench, copy);
  expect(summary).toMatchObject({ ok: false, stoppedBy: { code: "destination-full" } });
  const before = stateOf(bench.two);
  const whole = contentsOf(bench.one);
  for (const [path, content] of Object.entries(contentsOf(bench.two))) expect(content === whole[path], path).toBe(true);
  disk.grow("32m");
  expect((await brought(bench, copy)).summary).toMatchObject({ ok: true, files: 12 });
  expect(contentsOf(bench.two)).toEqual(whole);
  expect(stateOf(bench.two)).toEqual(expect.arrayContaining(before));
});

test("a second disk that became read-only is told as such", async ({ skip }) => {
  using disk = mountDisk("ext4");
  if (!disk) return skip("nothing can be mounted here");
  const bench = { ...copyBench(), two: join(disk.root, "Phone") };
  const copy = await added(bench, await backedUp(bench.one, backup));
  disk.readOnly();
  await expect(brought(bench, copy)).rejects.toMatchObject({ code: "destination-read-only" });
  expect(readdirSync(bench.two)).toEqual([".offroll"]);
});
