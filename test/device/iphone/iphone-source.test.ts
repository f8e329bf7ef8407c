import { expect, test } from "vitest";
import { isUnreadable } from "../../../src/device/media-source.ts";
import { keptByPhotos, testMediaSource } from "../../conformance/media-source.ts";
import { generated, generatedAt, listItems, readAll, startMock, truth } from "../../helpers/mock.ts";

const files = [
  generated("/DCIM/100APPLE/IMG_0001.HEIC", 70_000),
  generated("/DCIM/100APPLE/IMG_0001.MOV", 3_000_000),
  generated("/DCIM/100APPLE/empty.JPG", 0),
  generated("/DCIM/101APPLE/naïve — 写真 😀.JPG", 12_345),
  generated("/DCIM/101APPLE/bad.JPG", 4_000),
  generated("/PhotoData/CPLAssets/group1/A0B1.HEIC", 100_001),
  generated("/PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.jpg", 50_000),
];

const kept = [generated(keptByPhotos.database, 70_000), generated(keptByPhotos.thumbnail, 4_000)];

testMediaSource(
  "iPhone over AFC",
  async () => {
    const mock = await startMock({
      files: [...files, ...kept],
      faults: [
        { when: { operation: "read", path: "/DCIM/101APPLE/bad.JPG" }, do: { type: "status", status: 20 }, times: 0 },
      ],
    });
    const source = await mock.open();
    const bytesOf = async (described: readonly { readonly path: string }[]): Promise<Map<string, Buffer>> =>
      new Map(await Promise.all(described.map(async ({ path }) => [path, await truth(mock.phone, path)] as const)));
    return {
      source,
      truth: await bytesOf(files),
      kept: await bytesOf(kept),
      modifiedAt: new Date(generatedAt),
      unreadable: new Set(["/DCIM/101APPLE/bad.JPG"]),
      silence: () => mock.phone.arm([{ when: {}, do: { type: "stall" }, times: 0 }]),
      async [Symbol.asyncDispose]() {
        await source[Symbol.asyncDispose]();
        await mock[Symbol.asyncDispose]();
      },
    };
  },
  { silent: true },
);

test("a folder that cannot be read is yielded, not skipped", async () => {
  await using mock = await startMock({
    files: [generated("/DCIM/100APPLE/a.JPG", 10), generated("/DCIM/101APPLE/b.JPG", 10)],
    faults: [{ when: { operation: "list", path: "/DCIM/100APPLE" }, do: { type: "status", status: 10 }, times: 0 }],
  });
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list({ areas: ["camera-roll"] })) entries.push(entry);
  expect(entries.map((e) => [e.path, isUnreadable(e)])).toEqual([
    ["/DCIM/100APPLE", true],
    ["/DCIM/101APPLE/b.JPG", false],
  ]);
});

test("a locked phone is a device error, so that it costs one pause and not every item", async () => {
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/a.JPG", 10)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  mock.phone.locked = true;
  await expect(readAll(source.read(item!))).rejects.toMatchObject({ code: "device-locked" });
});

test("names that begin with a dot are listed like all others: whether they are photos is not the name's to say", async () => {
  await using mock = await startMock({
    files: [
      generated("/DCIM/.MISC/x.JPG", 1),
      generated("/DCIM/100APPLE/._IMG_1.JPG", 1),
      generated("/DCIM/100APPLE/IMG_1.JPG", 1),
    ],
  });
  await using source = await mock.open();
  expect((await listItems(source)).map((i) => i.path).sort()).toEqual([
    "/DCIM/.MISC/x.JPG",
    "/DCIM/100APPLE/._IMG_1.JPG",
    "/DCIM/100APPLE/IMG_1.JPG",
  ]);
});

test("listing 2,000 files is pipelined: the waits overlap", async () => {
  const many = Array.from({ length: 2000 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 100));
  await using mock = await startMock({ files: many, link: { latencyMs: 5, serviceMs: 0 } });
  let [asked, most] = [0, 0];
  const hub = mock.hubWith({
    trace: ({ layer, direction }) => {
      if (layer !== "afc") return;
      asked += direction === "sent" ? 1 : -1;
      most = Math.max(most, asked);
    },
  });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  await using source = await hub.open(info);
  expect(await listItems(source)).toHaveLength(2000);
  // One at a time it would take ten seconds and more.
  expect(most).toBeGreaterThanOrEqual(32);
});

test("bytes that changed while the connection was lost are noticed: nothing is appended to what came before", async () => {
  const path = "/DCIM/100APPLE/IMG_0001.MOV";
  await using mock = await startMock({
    files: [generated(path, 6_000_000)],
    faults: [{ when: { operation: "read", path, nth: 4 }, do: { type: "disconnect" } }],
  });
  await using source = await mock.open();
  const [item] = await listItems(source);
  const node = mock.phone.node(path);
  if (node?.type !== "file" || !item) throw new Error("no file");
  const before = node.content;
  // Same size, same time, other bytes: as soon as the connection has been lost.
  const bytes = Buffer.alloc(6_000_000, 7);
  node.content = {
    size: before.size,
    read: (offset, length) =>
      mock.phone.operationCounts.get("open") === 1
        ? before.read(offset, length)
        : bytes.subarray(offset, offset + length),
  };
  await expect(readAll(source.read(item))).rejects.toMatchObject({ code: "item-changed" });
});

test("what no listing yields is found by its path; a folder alone can be listed", async () => {
  await using mock = await startMock({
    files: [
      generated("/PhotoData/Photos.sqlite", 500),
      generated("/PhotoData/Thumbnails/V2/DCIM/100APPLE/a.JPG/5005.JPG", 40),
      generated("/PhotoData/Metadata/PhotoData/CPLAssets/group1/x.JPG", 30),
      generated("/DCIM/100APPLE/a.JPG", 10),
    ],
  });
  await using source = await mock.open();
  expect(await source.locate("/PhotoData/Photos.sqlite")).toMatchObject({ sizeBytes: 500, area: "library" });
  expect(await source.locate("/DCIM/100APPLE/a.JPG")).toMatchObject({ area: "camera-roll" });
  expect(await source.locate("/PhotoData/none")).toBeUndefined();
  expect(await source.locate("/DCIM/100APPLE")).toBeUndefined();
  const names = async (options: Parameters<typeof source.list>[0]): Promise<string[]> => {
    const found: string[] = [];
    for await (const entry of source.list(options)) if (!isUnreadable(entry)) found.push(`${entry.area} ${entry.name}`);
    return found;
  };
  expect(await names({})).toEqual(["camera-roll a.JPG"]);
  expect(await names({ areas: ["derivatives"] })).toEqual(["derivatives x.JPG"]);
  const folder = "/PhotoData/Thumbnails/V2/DCIM/100APPLE/a.JPG";
  expect(await names({ areas: ["library"], folder })).toEqual(["library 5005.JPG"]);
});

test("an iPad and an iPod are called what they are, whatever their owner calls them", async () => {
  for (const [productType, noun] of [
    ["iPhone15,2", "phone"],
    ["iPad13,1", "iPad"],
    ["iPod9,1", "iPod"],
  ]) {
    await using mock = await startMock({ productType: productType as string, name: "Ann's phone" });
    await using source = await mock.open();
    expect([source.device.noun, source.device.system, source.device.platform]).toEqual([noun, "iOS", "ios"]);
  }
});
