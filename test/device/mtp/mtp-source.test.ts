/** MTP through a real cable in this process: every personality must pass what every `MediaSource` must do. */
import { expect, test } from "vitest";
import { isUnreadable, type MediaItem } from "../../../src/device/media-source.ts";
import type { MtpPersonality } from "../../../src/device/mock/described-phone.ts";
import { testMediaSource } from "../../conformance/media-source.ts";
import { conformanceHarness, startAndroid } from "../../helpers/android.ts";
import { generated, listItems, readAll, truth } from "../../helpers/mock.ts";

const bad = "/DCIM/Camera/bad.jpg";
const files = [
  generated("/DCIM/Camera/IMG_20240131_235959.jpg", 70_000),
  // 12 + 500 bytes fill one packet, 12 + 5,108 ten: the lengths that make old Samsungs hang.
  generated("/DCIM/Camera/full-packet.jpg", 500),
  generated("/DCIM/Camera/full-packets.jpg", 5_108),
  generated("/DCIM/Camera/VID_20240131_235959.mp4", 9_500_000),
  generated("/DCIM/Camera/empty.jpg", 0),
  generated("/DCIM/Camera/100/naïve — 写真 😀.jpg", 12_345),
  generated(bad, 4_000),
  ...Array.from({ length: 12 }, (_, i) => generated(`/Pictures/Screenshots/Screenshot_2024010${i}.png`, 3_000 + i)),
  generated("/SD card/DCIM/Camera/card.jpg", 30_000),
];

const personalities: Record<string, MtpPersonality> = {
  "Android's own": {},
  "SuperSpeed packets": { packetBytes: 1024 },
  "full speed packets": { packetBytes: 64 },
  "bulk listing refused": { propList: "refused" },
  "bulk listing that leaves some out": { propList: "truncated" },
  "32-bit parts only": { partial: "32" },
  "64-bit parts announced and refused": { partial: "refused-64" },
  "hangs on a full last packet": { hangsOnFullPacket: true },
  "a folder that lists itself": { echoesFolder: true },
  "headers of their own": { splitsHeader: true },
  "forgotten empty packets": { forgetsEmptyPacket: true },
  "a stale container first": { staleContainer: true },
  "a session left open": { sessionOpen: true },
  "no info before a session": { refusesInfoBeforeSession: true },
  "busy at first": { busyTimes: 2 },
  "no dates": { dates: "missing" },
  "whole files only": { partial: "none" },
  "PTP mode, as a camera": { ptp: true },
  "bulk listing refused with another code": { propListAnswer: 0x2013 },
  "no date among the properties, refused": { dateProperty: "refused" },
  "no date among the properties, an empty list": { dateProperty: "empty" },
  "no date among the properties, and none elsewhere": { dateProperty: "empty", dates: "missing" },
  "values announced and refused": { refusesValues: true },
  "values refused, and no date among the properties": { refusesValues: true, dateProperty: "refused" },
  "ObjectInfo with a wide size": { wideObjectInfo: true, propList: "refused" },
  "junk in data headers": { junkHeader: true, propList: "refused" },
};

for (const [name, personality] of Object.entries(personalities))
  testMediaSource(
    `MTP, ${name}`,
    async () => {
      const mock = await startAndroid(
        {
          files,
          faults: [{ when: { operation: "read", path: bad }, do: { type: "status", status: 0x2002 }, times: 0 }],
        },
        personality,
      );
      return await conformanceHarness(mock, files, bad);
    },
    { silent: name === "Android's own" || name === "whole files only" },
  );

const listed = async (personality: MtpPersonality, description: Parameters<typeof startAndroid>[0]) => {
  await using mock = await startAndroid(description, personality);
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list()) entries.push(entry);
  return { entries, source, mock };
};

test("bulk listing costs five requests a folder, however many there are in it", async () => {
  const many = Array.from({ length: 400 }, (_, i) => generated(`/DCIM/Camera/${1000 + i}.jpg`, 10));
  await using mock = await startAndroid({ files: many });
  await using source = await mock.open();
  mock.phone.operationCounts.clear();
  expect(await listItems(source)).toHaveLength(400);
  expect(source.capabilities.listing).toBe("folders");
  const requests = [...mock.phone.operationCounts.values()].reduce((a, b) => a + b, 0);
  // The root's five folders one by one, DCIM and Camera in bulk, two empty ones.
  expect(requests / 400).toBeLessThanOrEqual(0.05);
  expect(mock.phone.operationCounts.get("getObjectPropList")).toBe(8);
});

test("a bulk listing that does not add up is not believed, and nothing is missing", async () => {
  const many = Array.from({ length: 40 }, (_, i) => generated(`/DCIM/Camera/${1000 + i}.jpg`, 10 + i));
  const { entries, source } = await listed({ propList: "truncated" }, { files: many });
  expect(entries).toHaveLength(40);
  expect(source.capabilities.listing).toBe("one-by-one");
});

test("a folder the phone refuses is yielded as unreadable, and the others are listed", async () => {
  const { entries } = await listed(
    { brokenFolder: "/DCIM/Broken" },
    { files: [generated("/DCIM/Broken/a.jpg", 10), generated("/DCIM/Camera/b.jpg", 10)] },
  );
  expect(entries.map((e) => [e.path, isUnreadable(e)]).sort()).toEqual([
    ["/DCIM/Broken", true],
    ["/DCIM/Camera/b.jpg", false],
  ]);
});

test("a root folder that the phone refuses is told by every listing, and by what looks for a folder in it", async () => {
  await using mock = await startAndroid({
    files: [generated("/DCIM/Camera/a.jpg", 10), generated("/Pictures/b.jpg", 10)],
    faults: [{ when: { operation: "stat", path: "/DCIM" }, do: { type: "status", status: 0x2002 }, times: 0 }],
  });
  await using source = await mock.open();
  const seen = async (options?: Parameters<typeof source.list>[0]) => {
    const entries = [];
    for await (const entry of source.list(options)) entries.push(isUnreadable(entry) ? "unreadable" : entry.path);
    return entries.sort();
  };
  expect(await seen()).toEqual(["/Pictures/b.jpg", "unreadable"]);
  expect(await seen()).toEqual(["/Pictures/b.jpg", "unreadable"]);
  expect(await seen({ folder: "/DCIM/Camera" })).toEqual(["unreadable"]);
  expect(await seen({ folder: "/Pictures" })).toEqual(["/Pictures/b.jpg"]);
  await expect(source.locate("/DCIM/Camera/a.jpg")).rejects.toMatchObject({ scope: "item", code: "item-refused" });
});

test("folders that lie too deep to be followed are told, each of them, and what lies before is listed", async () => {
  const deep = (folders: number) => `/DCIM${"/d".repeat(folders)}`;
  const { entries } = await listed(
    {},
    {
      files: [
        generated(`${deep(12)}/a.jpg`, 10),
        generated(`${deep(13)}/b.jpg`, 10),
        generated(`${deep(40)}/c.jpg`, 10),
      ],
    },
  );
  expect(entries.map((e) => [e.path, isUnreadable(e) && e.error.code])).toEqual([
    [`${deep(12)}/a.jpg`, false],
    [deep(13), "item-unreadable"],
  ]);
});

test("a card that the phone lists and says nothing about is told; a slot that it says is empty is not", async () => {
  const files = [generated("/DCIM/Camera/a.jpg", 10), generated("/SD card/DCIM/Camera/b.jpg", 10)];
  for (const [status, told] of [
    [0x2002, ["/?storage-00020001"]],
    [0x200f, ["/?storage-00020001"]],
    [0x2013, []],
  ] as const) {
    await using mock = await startAndroid({
      files,
      faults: [{ when: { operation: "stat", path: "/SD card" }, do: { type: "status", status }, times: 0 }],
    });
    await using source = await mock.open();
    const entries = [];
    for await (const entry of source.list()) entries.push(entry.path);
    expect(entries.sort(), status.toString(16)).toEqual([...told, "/DCIM/Camera/a.jpg"].sort());
    const looked = source.locate("/SD card/DCIM/Camera/b.jpg");
    if (told.length === 0) expect(await looked).toBeUndefined();
    else await expect(looked).rejects.toMatchObject({ code: "item-refused" });
  }
});

test("a file is not called gone where the phone lists something beside it and does not say what it is", async () => {
  for (const path of ["/DCIM/Camera/a.jpg", "/DCIM/Camera/b.jpg"]) {
    await using mock = await startAndroid(
      {
        files: [generated("/DCIM/Camera/a.jpg", 10), generated("/DCIM/Camera/b.jpg", 10)],
        faults: [{ when: { operation: "stat", path }, do: { type: "status", status: 0x2002 }, times: 0 }],
      },
      { propList: "refused" },
    );
    await using source = await mock.open();
    const [item, ...others] = (await Array.fromAsync(source.list())).filter((e) => !isUnreadable(e)) as MediaItem[];
    expect(others).toEqual([]);
    await expect(source.locate(path)).rejects.toMatchObject({ scope: "item", code: "item-refused" });
    expect((await source.locate(item!.path))?.path).toBe(item!.path);
    await expect(source.stat({ ...item!, id: "0.1", path })).rejects.toMatchObject({ code: "item-refused" });
  }
});

test("folders that differ in case only are two: each is listed, and a path finds its own, after a new session too", async () => {
  const files = ["/DCIM/a.jpg", "/DCIM/Camera/c.jpg", "/DCIM/camera/c.jpg", "/dcim/a.jpg", "/dcim/camera/c.jpg"].map(
    (path, i) => generated(path, 1_000 + i),
  );
  await using mock = await startAndroid({ files });
  await using source = await mock.open();
  const items = await listItems(source);
  expect(items.map((i) => i.path).sort()).toEqual(files.map((f) => f.path).sort());
  // Handles of another session: everything is found by its path again.
  mock.responder.rekey();
  for (const item of items) {
    expect((await readAll(source.read(item))).equals(await truth(mock.phone, item.path)), item.path).toBe(true);
    expect((await source.locate(item.path))?.sizeBytes, item.path).toBe(item.sizeBytes);
  }
  // Whoever writes it otherwise means the one that there is.
  expect((await source.locate("/DCIM/CAMERA/c.jpg"))?.sizeBytes).toBe(1_001);
});

test("two files of one name in a folder: the second keeps its extension", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/a.jpg", 10)] });
  const camera = mock.phone.node("/DCIM/Camera");
  if (camera?.type !== "folder") throw new Error("no folder");
  camera.children.set("a.jpg\0", camera.children.get("a.jpg")!);
  await using source = await mock.open();
  expect((await listItems(source)).map((i) => i.path)).toEqual(["/DCIM/Camera/a.jpg", "/DCIM/Camera/a_.jpg"]);
});

test("whatever the first bulk request is refused with, its folder is listed one by one", async () => {
  const codes = [
    0x2002, 0x2005, 0x2006, 0x2008, 0x200a, 0x200f, 0x2013, 0x201d, 0x2020, 0xa101, 0xa801, 0xa802, 0xa805,
  ];
  for (const propListAnswer of [0, ...codes, 0xa807, 0xa808, 0xa80a]) {
    const { entries, source } = await listed({ propListAnswer }, { files: [generated("/DCIM/Camera/a.jpg", 10)] });
    expect(
      entries.map((e) => e.path),
      propListAnswer.toString(16),
    ).toEqual(["/DCIM/Camera/a.jpg"]);
    expect(source.capabilities.listing).toBe("one-by-one");
  }
});

test("dates: the phone's wall clock, or none; never a wrong one", async () => {
  const file = generated("/DCIM/Camera/a.jpg", 10, "2024-07-01T10:00:00Z");
  const [good] = (await listed({}, { files: [file] })).entries as MediaItem[];
  expect(good!.modifiedAt?.toISOString()).toBe("2024-07-01T10:00:00.000Z");
  for (const dateProperty of ["refused", "empty"] as const) {
    const { entries, source, mock } = await listed(
      { dateProperty },
      { files: [file, { ...file, path: "/DCIM/b.jpg" }] },
    );
    expect((entries as MediaItem[]).map((e) => e.modifiedAt?.toISOString())).toEqual(
      Array(2).fill("2024-07-01T10:00:00.000Z"),
    );
    expect(source.capabilities.listing).toBe("folders");
    // The root's folders, and one for each file.
    expect(mock.phone.operationCounts.get("getObjectInfo")).toBe(5 + 2);
  }
  for (const dates of ["missing", "year-2048"] as const) {
    const [item] = (await listed({ dates }, { files: [file] })).entries as MediaItem[];
    expect(item!.modifiedAt).toBeUndefined();
  }
});

test("a phone without storages is locked; when it shows them, waiting is over by itself", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/a.jpg", 10)] }, { lockedLooks: 3 });
  const hub = mock.hubWith({ stallMs: 2_000 });
  const [device] = await hub.devices();
  expect(device!.state).toBe("choose-file-transfer");
  await expect(hub.open(device!.info)).rejects.toMatchObject({ code: "device-no-storage" });
  const states: string[] = [];
  await hub.trust(device!.info, { onState: (s) => states.push(s) });
  expect(states).toEqual(["choose-file-transfer", "ready"]);
  await using source = await hub.open(device!.info);
  expect(await listItems(source)).toHaveLength(1);
});

test("new handles after a media rescan: the file is found again by its name", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/v.mp4", 9_000_000)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  let got = 0;
  for await (const chunk of source.read(item!)) {
    if (got === 0) mock.responder.rekey();
    got += chunk.length;
  }
  expect(got).toBe(9_000_000);
  expect((await source.stat(item!)).sizeBytes).toBe(9_000_000);
});

test("a phone started anew gives its handles to other files: none is read for another", async () => {
  const files = ["a", "b", "c", "d"].map((name) => generated(`/DCIM/Camera/${name}.jpg`, 5_000));
  await using mock = await startAndroid({ files });
  await using source = await mock.open();
  const before = await listItems(source);
  mock.server.unplug(mock.responder);
  mock.responder.restart();
  mock.server.plug(mock.responder);
  await source.reconnect({});
  for await (const _ of source.list()); // which gives out handles, the old numbers among them
  for (const item of before) {
    expect((await readAll(source.read(item))).equals(await truth(mock.phone, item.path)), item.path).toBe(true);
    expect((await source.stat(item)).path).toBe(item.path);
  }
});

test("the cable pulled in mid-read: the rest is read when it is back, and compared", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/v.mp4", 20_000_000)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  mock.phone.arm([{ when: { operation: "read", nth: 3 }, do: { type: "unplug", replugMs: 0 } }]);
  const want = await truth(mock.phone, item!.path);
  const first = await readAll(source.read(item!)).catch((error: unknown) => error);
  if (!Buffer.isBuffer(first)) {
    expect(first).toMatchObject({ code: "device-disconnected" });
    await source.reconnect({});
  }
  expect((await readAll(source.read(item!))).equals(want)).toBe(true);
});

test("a phone that stops answering is given up, reopened without a reset, and goes on", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/v.mp4", 20_000_000)] });
  await using source = await mock.open({ stallMs: 300, clock: quick });
  const [item] = await listItems(source);
  mock.phone.arm([{ when: { operation: "read", nth: 3 }, do: { type: "stall" } }]);
  expect((await readAll(source.read(item!))).equals(await truth(mock.phone, item!.path))).toBe(true);
});

test("leaving a long whole-file read asks the phone to stop; a phone that wedges on that is reopened", async () => {
  for (const wedgesAfterCancel of [false, true]) {
    await using mock = await startAndroid(
      { files: [generated("/DCIM/Camera/v.mp4", 60_000_000), generated("/DCIM/Camera/w.jpg", 1_000)] },
      { partial: "none", wedgesAfterCancel },
    );
    await using source = await mock.open({ stallMs: 1_000, clock: quick });
    const [video, photo] = await listItems(source);
    for await (const _ of source.read(video!)) break;
    expect(mock.phone.fileBytesSent).toBeLessThan(30_000_000);
    expect((await readAll(source.read(photo!))).equals(await truth(mock.phone, photo!.path))).toBe(true);
  }
});

test("the head of a file from a device that sends whole files only: the rest comes, and the session stays", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/a.jpg", 3_300_001)] }, { partial: "none" });
  await using source = await mock.open();
  const [item] = await listItems(source);
  const want = await truth(mock.phone, item!.path);
  mock.phone.operationCounts.clear();
  for (const length of [1, 65_536, 1_000_000, 3_300_000])
    expect((await readAll(source.read(item!, { length }))).equals(want.subarray(0, length)), String(length)).toBe(true);
  expect((await readAll(source.read(item!))).equals(want)).toBe(true);
  expect([...mock.phone.operationCounts]).toEqual([["getObject", 5]]);
});

test("short and empty answers are an item's errors, and the next item is whole", async () => {
  for (const fault of [{ type: "empty" }, { type: "status", status: 0x2002 }] as const) {
    await using mock = await startAndroid({
      files: [generated("/DCIM/Camera/a.jpg", 50_000), generated("/DCIM/Camera/b.jpg", 50_000)],
      faults: [{ when: { operation: "read", path: "/DCIM/Camera/a.jpg" }, do: fault, times: 0 }],
    });
    await using source = await mock.open({ clock: quick });
    const [a, b] = await listItems(source);
    await expect(readAll(source.read(a!)), fault.type).rejects.toMatchObject({ scope: "item" });
    expect((await readAll(source.read(b!))).equals(await truth(mock.phone, b!.path))).toBe(true);
  }
  await using mock = await startAndroid({
    files: [generated("/DCIM/Camera/a.jpg", 50_000), generated("/DCIM/Camera/v.mp4", 9_000_000)],
    faults: [
      { when: { operation: "read", path: "/DCIM/Camera/a.jpg" }, do: { type: "short", bytes: 1_000 } },
      { when: { operation: "read", path: "/DCIM/Camera/v.mp4" }, do: { type: "short", bytes: 1_000_000 }, times: 0 },
    ],
  });
  await using source = await mock.open();
  const [photo, video] = await listItems(source);
  await expect(readAll(source.read(photo!))).rejects.toMatchObject({ code: "item-changed", retryable: true });
  // Of a part fewer bytes than asked for are allowed: the rest is asked for again.
  for (const item of [photo!, video!])
    expect((await readAll(source.read(item))).equals(await truth(mock.phone, item.path))).toBe(true);
});

test("bytes that make no sense cost a session, and no photo", async () => {
  await using mock = await startAndroid({
    files: [generated("/DCIM/Camera/a.jpg", 50_000)],
    faults: [{ when: { operation: "read" }, do: { type: "garbage" } }],
  });
  await using source = await mock.open({ clock: quick, stallMs: 500 });
  const [item] = await listItems(source);
  expect((await readAll(source.read(item!))).equals(await truth(mock.phone, item!.path))).toBe(true);
});

test("names that would be paths, twins and empty names each get a path of their own", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/a.jpg", 10)] });
  const camera = mock.phone.node("/DCIM/Camera");
  if (camera?.type !== "folder") throw new Error("no folder");
  const node = camera.children.get("a.jpg")!;
  for (const name of ["..", ".", "a\0b.jpg", "x".repeat(300)]) camera.children.set(name, node);
  await using source = await mock.open();
  const items = await listItems(source);
  expect(items.map((i) => i.path).sort()).toEqual(
    [
      "/DCIM/Camera/_.",
      "/DCIM/Camera/_..",
      "/DCIM/Camera/a",
      "/DCIM/Camera/a.jpg",
      `/DCIM/Camera/${"x".repeat(254)}`,
    ].sort(),
  );
  for (const item of items) expect((await readAll(source.read(item))).length).toBe(10);
});

test("an iPhone's PTP interface is left alone: usbmuxd leads to it", async () => {
  await using mock = await startAndroid({ android: { vendorId: 0x05ac, productId: 0x12a8 } });
  mock.phone.operationCounts.clear();
  expect(await mock.hub.devices()).toEqual([]);
  expect(mock.phone.operationCounts.size).toBe(0);
});

test("two hubs of one program: a phone that is open stays listed, and is not disturbed", async () => {
  await using mock = await startAndroid({ files: [generated("/DCIM/Camera/a.jpg", 10)] });
  const [device] = await mock.hub.devices();
  await using source = await mock.hub.open(device!.info);
  expect((await mock.hub.devices()).map((d) => d.state)).toEqual(["ready"]);
  // Another program sees that it is taken.
  const [other] = await mock.hubWith({}).devices();
  expect(other?.error?.code).toBe("device-owned");
  expect(await listItems(source)).toHaveLength(1);
});

/** Waits are short: the pauses before a session is tried again are seconds. */
const quick = {
  now: () => Date.now(),
  async sleep(ms: number) {
    await new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 20)));
  },
};
