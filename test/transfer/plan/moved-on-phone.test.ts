/** Files that have another path on the phone than when they were copied: recognised where that is proven, copied where it is not. */
import { expect, test } from "vitest";
import type { Fault, FileDescription, MtpPersonality } from "../../../src/device/mock/described-phone.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import { openTransfer } from "../../../src/transfer/index.ts";
import { startAndroid } from "../../helpers/android.ts";
import { exportOnce, sumsAddUp, temporaryFolder, transferOptions } from "../../helpers/engine.ts";
import { filesBelow } from "../../helpers/files-below.ts";

const modified = "2024-05-01T10:00:00Z";
const file = (path: string, seed: number, bytes = 2_300_000): FileDescription => ({
  path,
  modified,
  generated: { bytes, seed },
});
/** One byte of it is another. */
const withByte = async (path: string, seed: number, at: number, bytes = 2_300_000): Promise<FileDescription> => {
  const { generatedContent } = await import("../../../src/device/mock/described-phone.ts");
  const content = Buffer.from(await generatedContent(bytes, seed).read(0, bytes));
  content[at] = (content[at] as number) ^ 1;
  return { path, modified, base64: content.toString("base64") };
};

interface Look {
  readonly files: readonly FileDescription[];
  readonly mtp?: MtpPersonality;
  readonly faults?: readonly Fault[];
}

/** Copies the phone as it was, then as it is. */
async function twice(before: Look, after: Look) {
  const to = temporaryFolder();
  const results = [];
  let sent = 0;
  for (const { files, mtp, faults } of [before, after]) {
    await using mock = await startAndroid({ files, ...(faults ? { faults } : {}) }, mtp);
    await using source = await mock.open();
    results.push(await exportOnce(source, to, { verify: "reread" }));
    sent = mock.phone.fileBytesSent;
  }
  const second = results[1]!;
  expect(sumsAddUp(second)).toBe(true);
  const { copied, present } = second.summary.outcomes;
  return { copied: copied.items, present: present.items, files: [...filesBelow(to)].length, sent, to };
}

const onCard = ["a.jpg", "v.mp4"].map((name, i) => file(`/SD card/DCIM/Camera/${name}`, i + 1));
const asBuiltIn = ["a.jpg", "v.mp4"].map((name, i) => file(`/DCIM/Camera/${name}`, i + 1));

test("a card that was shown as the phone's storage: its files are known under their new paths", async () => {
  const result = await twice({ files: asBuiltIn }, { files: [...onCard, file("/DCIM/Camera/n.jpg", 3)] });
  expect(result).toMatchObject({ copied: 1, present: 2, files: 3 });
  // Both ends of each, a head for each, and the new one; not the whole of them.
  expect(result.sent).toBeLessThan(2 * 2_200_000 + 2_500_000);
  using catalog = Catalog.open(`${result.to}/.offroll`, { create: false });
  expect(
    catalog!.items
      .rows()
      .map((r) => r.path)
      .sort(),
  ).toEqual(["/DCIM/Camera/n.jpg", "/SD card/DCIM/Camera/a.jpg", "/SD card/DCIM/Camera/v.mp4"]);
});

test("the same name, size and time, and other bytes at either end: another file, and copied", async () => {
  for (const at of [0, 1_000_000, 2_299_999]) {
    const other = await withByte("/SD card/DCIM/Camera/a.jpg", 1, at);
    expect(await twice({ files: [file("/DCIM/Camera/a.jpg", 1)] }, { files: [other] })).toMatchObject({
      copied: 1,
      files: 2,
    });
  }
});

test("a device that reads whole files only: every byte is compared", async () => {
  const mtp: MtpPersonality = { partial: "none" };
  const before = { files: [file("/DCIM/Camera/a.jpg", 1, 2_300_001)], mtp };
  const same = { files: [file("/DCIM/Pics/a.jpg", 1, 2_300_001)], mtp };
  expect(await twice(before, same)).toMatchObject({ copied: 0, present: 1, files: 1 });
  const other = { files: [await withByte("/DCIM/Pics/a.jpg", 1, 1_150_000, 2_300_001)], mtp };
  expect(await twice(before, other)).toMatchObject({ copied: 1, files: 2 });
});

test("two files that are there together are never one", async () => {
  const one = file("/DCIM/Camera/a.jpg", 1);
  const twin = file("/DCIM/Pics/a.jpg", 1);
  expect(await twice({ files: [one] }, { files: [one, twin] })).toMatchObject({ copied: 1, present: 1, files: 2 });
  const other = await withByte("/DCIM/Pics/a.jpg", 1, 1_150_000);
  expect(await twice({ files: [one] }, { files: [one, other] })).toMatchObject({ copied: 1, present: 1, files: 2 });
  // Which of two is the one that moved? Neither is taken for it unread.
  const both = [await withByte("/DCIM/A/a.jpg", 1, 1_150_000), await withByte("/DCIM/B/a.jpg", 1, 1_200_000)];
  expect(await twice({ files: [one] }, { files: both })).toMatchObject({ copied: 2, files: 3 });
});

test("an old path that the phone does not let us look at is not gone", async () => {
  const moved = await withByte("/Pictures/a.jpg", 1, 1_150_000);
  const refused: Fault = {
    when: { operation: "stat", path: "/DCIM" },
    do: { type: "status", status: 0x2002 },
    times: 0,
  };
  const before = { files: [file("/DCIM/Camera/a.jpg", 1)] };
  expect(await twice(before, { files: [moved], faults: [refused] })).toMatchObject({ copied: 1, files: 2 });
  expect(await twice(before, { files: [moved] })).toMatchObject({ copied: 0, present: 1, files: 1 });
});

test("a dry run says the same, and writes nothing", async () => {
  const to = temporaryFolder();
  const open = async (files: readonly FileDescription[]) => {
    const mock = await startAndroid({ files });
    return { source: await mock.open(), mock };
  };
  const first = await open(asBuiltIn);
  await exportOnce(first.source, to);
  await first.source[Symbol.asyncDispose]();
  await first.mock[Symbol.asyncDispose]();
  const second = await open(onCard);
  await using _mock = second.mock;
  await using source = second.source;
  await using transfer = await openTransfer(source, transferOptions(to, { dryRun: true }));
  expect([transfer.plan.present.items, transfer.plan.toCopy.items]).toEqual([2, 0]);
  using catalog = Catalog.open(`${to}/.offroll`, { create: false, readOnly: true });
  expect(
    catalog!.items
      .rows()
      .map((r) => r.path)
      .sort(),
  ).toEqual(asBuiltIn.map((f) => f.path));
});
