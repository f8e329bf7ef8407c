/** A replaced phone: what is in the destination already, from the phone before it, is not stored a second time. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DeviceInfo, MediaItem, ReadOptions } from "../../../src/device/media-source.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import { openTransfer } from "../../../src/transfer/index.ts";
import { PathTemplate } from "../../../src/transfer/plan/index.ts";
import { MemorySource } from "../../fakes/memory-source.ts";
import { exportOnce, sumsAddUp, temporaryFolder, transferOptions } from "../../helpers/engine.ts";
import { filesBelow } from "../../helpers/files-below.ts";
import { asset, libraryOptions, libraryPhone } from "../../helpers/library-phone.ts";
import { startMock } from "../../helpers/mock.ts";

class Phone extends MemorySource {
  override readonly device: DeviceInfo;
  readonly hashed: string[] = [];

  constructor(id: string, files: Record<string, Buffer>) {
    super(new Map(Object.entries(files).map(([name, bytes]) => [`/DCIM/${name}`, bytes])));
    this.device = { ...new MemorySource(new Map()).device, id, name: `${id} phone` };
  }
}

/** As an Android phone by adb does. */
class HashingPhone extends Phone {
  /** Heads may be looked at. */
  override async *read(item: MediaItem, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    if (options.length === undefined) throw new Error("no file was to be sent");
    yield* super.read(item, options);
  }
  async hashOnPhone(item: MediaItem): Promise<string> {
    this.hashed.push(item.path);
    return createHash("sha256")
      .update(photos[item.path.slice("/DCIM/".length)] as Buffer)
      .digest("hex");
  }
}

const bytes = (seed: number, length = 5000): Buffer => Buffer.alloc(length, seed);
const photos: Record<string, Buffer> = {
  "100APPLE/IMG_0001.JPG": bytes(1),
  "100APPLE/IMG_0002.JPG": bytes(2, 5001),
};
const one = { ...photos, "100APPLE/IMG_0003.JPG": bytes(3, 5002) };
const stored = (to: string): string[] => [...filesBelow(to)].sort();

test("what looks the same is said before, compared, and stands for both; the rest is copied", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", one), to);
  const before = stored(to);
  const phone = new Phone("new", { ...one, "100APPLE/IMG_0004.JPG": bytes(4, 6000) });
  {
    await using transfer = await openTransfer(phone, transferOptions(to));
    expect(transfer.plan).toMatchObject({ toCopy: { items: 4 }, alike: { items: 3, bytes: 15_003 } });
    expect(transfer.secondPhone).toEqual({ others: ["old phone"], template: "{phone}/{year}/{month}/{name}" });
  }
  const result = await exportOnce(phone, to);
  expect(sumsAddUp(result)).toBe(true);
  expect(result.summary).toMatchObject({
    ok: true,
    outcomes: { copied: { items: 1 }, present: { items: 3 } },
    fromOtherPhones: 3,
    secondPhone: { others: ["old phone"] },
  });
  expect(stored(to)).toEqual([...before, "2024/05/IMG_0004.JPG"]);
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  expect(catalog.items.rows({ device: "new" }).map((r) => [r.target, r.readBack?.found])).toEqual([
    ["2024/05/IMG_0001.JPG", "whole"],
    ["2024/05/IMG_0002.JPG", "whole"],
    ["2024/05/IMG_0003.JPG", "whole"],
    ["2024/05/IMG_0004.JPG", undefined],
  ]);
  // From the next run on both are known, and nothing is said any more.
  for (const again of [phone, new Phone("old", one)]) {
    const { summary } = await exportOnce(again, to);
    expect(summary).toMatchObject({ outcomes: { copied: { items: 0 } }, fromOtherPhones: 0 });
    expect(summary.secondPhone).toBeUndefined();
  }
});

test("the same name, size and time with other bytes is another photo, and both are kept", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const other = { "100APPLE/IMG_0001.JPG": bytes(9) };
  const { summary } = await exportOnce(new Phone("new", other), to);
  expect(summary).toMatchObject({ ok: true, outcomes: { copied: { items: 1 } }, fromOtherPhones: 0 });
  expect(stored(to)).toHaveLength(3);
  expect(readFileSync(join(to, "2024/05/IMG_0001.JPG")).equals(bytes(1))).toBe(true);
});

test("what is received under another name and lies there already is not stored again; a damaged copy is no copy", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const renamed = { "200OTHER/DSC_7.JPG": bytes(1), "200OTHER/DSC_8.JPG": bytes(2, 5001) };
  writeFileSync(join(to, "2024/05/IMG_0002.JPG"), bytes(7, 5001));
  const { summary } = await exportOnce(new Phone("new", renamed), to);
  expect(summary).toMatchObject({ outcomes: { copied: { items: 1 }, present: { items: 1 } }, fromOtherPhones: 1 });
  expect(stored(to)).toEqual(["2024/05/DSC_8.JPG", "2024/05/IMG_0001.JPG", "2024/05/IMG_0002.JPG"]);
});

test("two equal files of one phone stay two, whichever phone had them before", async () => {
  const twice = { "100APPLE/IMG_0001.JPG": bytes(1), "100APPLE/IMG_0005.JPG": bytes(1) };
  const to = temporaryFolder();
  await exportOnce(new Phone("one", twice), to);
  expect(stored(to)).toHaveLength(2);
  await exportOnce(new Phone("two", twice), to);
  expect(stored(to)).toHaveLength(2);
  const three = { ...twice, "100APPLE/IMG_0006.JPG": bytes(1) };
  const { summary } = await exportOnce(new Phone("three", three), to);
  expect(summary).toMatchObject({ outcomes: { copied: { items: 1 }, present: { items: 2 } } });
  expect(stored(to)).toHaveLength(3);
});

test("--adopt takes another phone's files too, whatever they are called, before a byte is written", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const renamed = { "200OTHER/DSC_7.JPG": bytes(1), "200OTHER/DSC_8.JPG": bytes(2, 5001) };
  const { summary } = await exportOnce(new Phone("new", renamed), to, { adopt: true });
  expect(summary).toMatchObject({ outcomes: { copied: { items: 0 }, present: { items: 2 } }, fromOtherPhones: 2 });
  expect(stored(to)).toHaveLength(2);
});

test("where the template keeps phones apart each has its own", async () => {
  const to = temporaryFolder();
  const template = new PathTemplate("{phone}/{name}");
  await exportOnce(new Phone("old", photos), to, { template });
  const { summary } = await exportOnce(new Phone("new", photos), to, { template });
  expect(summary).toMatchObject({ outcomes: { copied: { items: 2 } }, fromOtherPhones: 0 });
  expect(summary.secondPhone).toBeUndefined();
  expect(stored(to)).toHaveLength(4);
});

test("a phone that computes hashes itself sends nothing of what is there", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const phone = new HashingPhone("new", photos);
  const { summary } = await exportOnce(phone, to);
  expect(summary).toMatchObject({ ok: true, fromOtherPhones: 2 });
  expect(phone.hashed.sort()).toEqual(["/DCIM/100APPLE/IMG_0001.JPG", "/DCIM/100APPLE/IMG_0002.JPG"]);
});

test("a full disk has room for what is there already", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const { summary } = await exportOnce(new Phone("new", photos), to, { reservedBytes: 0 });
  expect(summary.ok).toBe(true);
});

test("a Live Photo restored to a new phone keeps its pair; an edit made there lies beside its original", async () => {
  const live = asset({ filename: "IMG_0001.HEIC", kindSubtype: 2 });
  const to = temporaryFolder();
  const template = new PathTemplate("{name}");
  const run = async (id: string, edited: boolean) => {
    const phone = libraryPhone({ assets: [{ ...live, edited }] });
    // The same bytes under the same path, on whichever phone.
    const files = phone.files.map((f) =>
      f.generated ? { ...f, generated: { bytes: f.generated.bytes, seed: f.path.length } } : f,
    );
    await using mock = await startMock({ files, udid: id }, { baseFolder: phone.baseFolder });
    await using source = await mock.open();
    return { id: source.device.id, ...(await exportOnce(source, to, { template, library: libraryOptions() })) };
  };
  const first = await run("00008110-000000000000001E", false);
  expect(stored(to)).toEqual(["IMG_0001.HEIC", "IMG_0001.MOV"]);
  const second = await run("00008110-000000000000002E", true);
  expect(second.id).not.toBe(first.id);
  expect(second.summary.fromOtherPhones).toBe(2);
  expect(stored(to)).toEqual(["IMG_0001.HEIC", "IMG_0001.MOV", "IMG_0001_edited.jpg", "IMG_0001_edited.mov"]);
});

test("a template that was chosen for a phone holds in later runs, unless another is asked for", async () => {
  const to = temporaryFolder();
  await exportOnce(new Phone("old", photos), to);
  const apart = new PathTemplate("{phone}/{name}");
  await exportOnce(new Phone("new", photos), to, { template: apart, keepTemplate: true });
  const more = { ...photos, "100APPLE/IMG_0009.JPG": bytes(9, 7000) };
  await exportOnce(new Phone("new", more), to, { templateIsDefault: true });
  expect(stored(to)).toContain("new phone/IMG_0009.JPG");
  await exportOnce(new Phone("new", { ...more, "100APPLE/IMG_0010.JPG": bytes(10, 7001) }), to);
  expect(stored(to)).toContain("2024/05/IMG_0010.JPG");
});
