/** Edits that lie beside their photos as IMG_E0001.JPG, with IMG_O0001.AAE: put back on a phone by Image Capture or Windows. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { RollItem } from "../../src/library/roll.ts";
import { everyPart, PathTemplate } from "../../src/transfer/plan/index.ts";
import { exportOnce, sumsAddUp, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { generated, startMock } from "../helpers/mock.ts";

const now = Date.UTC(2026, 0);
const at = (name: string): FileDescription => generated(`/DCIM/100APPLE/${name}`, 100 + name.length);
const partsOf = (item: RollItem): string => item.parts.map((p) => `${p.role} ${p.item.name}`).join(", ");

async function rollOf(files: FileDescription[]): Promise<string[]> {
  await using mock = await startMock({ files });
  await using source = await mock.open();
  return (await buildCameraRoll(source, { now })).items.map(partsOf).sort();
}

test("the edit and the recipe belong to the photo of their number; without one they are items of their own", async () => {
  const names = ["IMG_0001.JPG", "IMG_E0001.JPG", "IMG_0001.AAE", "IMG_O0001.AAE", "IMG_O0002.AAE", "IMG_E0003.JPG"];
  expect(await rollOf(names.map(at))).toEqual([
    "original IMG_0001.JPG, sidecar IMG_0001.AAE, edit IMG_E0001.JPG, sidecar IMG_O0001.AAE",
    "original IMG_E0003.JPG",
    "sidecar IMG_O0002.AAE",
  ]);
  expect(await rollOf(["IMG_0004.MOV", "IMG_E0004.MOV", "IMG_0005.HEIC", "IMG_E0005.MOV"].map(at))).toEqual([
    "original IMG_0004.MOV, edit IMG_E0004.MOV",
    "original IMG_0005.HEIC",
    "original IMG_E0005.MOV",
  ]);
});

test("a photo that has an edit already keeps it, and the other file is one by itself", async () => {
  const edit = generated("/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.jpg", 90);
  expect(await rollOf([at("IMG_0001.JPG"), at("IMG_E0001.JPG"), edit])).toEqual([
    "original IMG_0001.JPG, edit FullSizeRender.jpg",
    "original IMG_E0001.JPG",
  ]);
});

test("they are copied beside it under its stem, are chosen as an edit, and stay where they are", async () => {
  const files = ["IMG_0001.JPG", "IMG_E0001.JPG", "IMG_0001.AAE", "IMG_O0001.AAE"].map(at);
  const phone = libraryPhone({ assets: [asset({ filename: "IMG_0001.JPG", originalFilename: "Ferry.JPG" })] });
  const known = phone.files.filter((f) => f.path.startsWith("/PhotoData"));
  for (const library of [undefined, libraryOptions()]) {
    const name = library ? "Ferry" : "IMG_0001";
    const nobodys = library ? [] : [at("IMG_O0002.AAE")];
    await using mock = await startMock({ files: [...files, ...nobodys, ...known] }, { baseFolder: phone.baseFolder });
    await using source = await mock.open();
    const to = join(temporaryFolder(), "photos");
    const options = { template: new PathTemplate("{name}"), library };
    const first = await exportOnce(source, to, options);
    expect(sumsAddUp(first)).toBe(true);
    const all = [
      ...nobodys.map(() => "IMG_O0002.AAE"),
      `${name}.AAE`,
      `${name}.JPG`,
      `${name}_edited.JPG`,
      `${name}_original.AAE`,
    ];
    expect([...filesBelow(to)].sort()).toEqual([...all].sort());
    const again = await exportOnce(source, to, options);
    expect([again.summary.outcomes.copied.items, again.summary.outcomes.present.items]).toEqual([0, all.length]);
    const plain = join(temporaryFolder(), "plain");
    await exportOnce(source, plain, { ...options, parts: { ...everyPart, edits: "original" } });
    expect([...filesBelow(plain)].sort()).toEqual(all.filter((f) => !f.includes("_edited")).sort());
  }
});
