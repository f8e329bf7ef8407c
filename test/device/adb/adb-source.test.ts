/** adb at a real socket: our client against the fake server, which adb-peer.test.ts shows to be right. */

import { createHash } from "node:crypto";
import net from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAdbAddress, parseAdbDevices } from "../../../src/device/adb/adb-server.ts";
import { parseContentRows } from "../../../src/device/adb/media-store.ts";
import { quote } from "../../../src/device/adb/shell.ts";
import { DeviceHub, type TraceRecord } from "../../../src/device/index.ts";
import { isUnreadable } from "../../../src/device/media-source.ts";
import { parseLine } from "../../../src/device/mock/android/phone-shell.ts";
import type { AdbPersonality } from "../../../src/device/mock/described-phone.ts";
import { AppError } from "../../../src/shared/errors.ts";
import { testMediaSource } from "../../conformance/media-source.ts";
import { conformanceHarness, startAdb } from "../../helpers/android.ts";
import { generated, listItems, readAll, truth } from "../../helpers/mock.ts";

const bad = "/DCIM/Camera/bad.jpg";
const files = [
  generated("/DCIM/Camera/IMG_20240131_235959.jpg", 70_000),
  generated("/DCIM/Camera/VID_20240131_235959.mp4", 3_000_000),
  generated("/DCIM/Camera/empty.jpg", 0),
  generated("/DCIM/Camera/100/naïve — 写真 😀.jpg", 12_345),
  generated('/DCIM/Camera/100/it\'s; $(rm -rf ~) `x` \\ "q".jpg', 2_345),
  generated(bad, 4_000),
  generated("/Pictures/Screenshots/Screenshot_20240101.png", 3_000),
  generated("/SD card/DCIM/Camera/card.jpg", 30_000),
];

for (const [name, adb] of Object.entries<AdbPersonality>({
  "Android 11 and newer": {},
  "Android 7": { features: ["shell_v2", "cmd", "stat_v2"] },
  "Android 5": { features: [], cardName: "extSdCard" },
  "Android 4, without exec": { features: [], cardName: "sdcard1", exec: false },
}))
  testMediaSource(
    `adb, ${name}`,
    async () => {
      const mock = await startAdb({
        files,
        faults: [{ when: { operation: "read", path: bad }, do: { type: "status", status: 13 }, times: 0 }],
        android: { adb },
      });
      const harness = await conformanceHarness(mock, files, bad);
      return {
        ...harness,
        async [Symbol.asyncDispose]() {
          await harness[Symbol.asyncDispose]();
          expect(mock.server.kills).toBe(0);
        },
      };
    },
    { silent: name === "Android 11 and newer" || name === "Android 4, without exec" },
  );

test("the phone says who it is, and where it is", async () => {
  await using mock = await startAdb({ name: "Ann's Pixel", timeZone: "Asia/Tokyo" });
  const [device] = await mock.hub.devices();
  expect(device).toMatchObject({
    state: "ready",
    route: "adb",
    info: {
      id: "TESTANDROID01",
      platform: "android",
      name: "Ann's Pixel",
      model: "Google Pixel 8",
      osVersion: "14",
      timeZone: "Asia/Tokyo",
    },
  });
  expect(device!.info.freeBytes).toBeGreaterThan(49e9);
});

test("the trust prompt: unauthorised until Allow is tapped, then it goes on by itself", async () => {
  await using mock = await startAdb({
    files: [generated("/DCIM/Camera/a.jpg", 10)],
    android: { adb: { state: "unauthorized" } },
  });
  const [device] = await mock.hub.devices();
  expect(device!.state).toBe("allow-debugging");
  await expect(mock.hub.open(device!.info)).rejects.toMatchObject({ code: "debugging-unauthorised" });
  const states: string[] = [];
  const trusted = mock.hub.trust(device!.info, { onState: (s) => states.push(s) });
  setTimeout(() => mock.server.setState(mock.phone, "device"), 100);
  await trusted;
  expect(states).toEqual(["allow-debugging", "ready"]);
  await using source = await mock.hub.open(device!.info);
  expect(await listItems(source)).toHaveLength(1);
});

test("dates, favourites and albums come in two queries; old phones have fewer columns, some none", async () => {
  const file = {
    ...generated("/DCIM/Camera/a, _data=b.jpg", 10),
    mediaStore: { takenMs: 1_706_741_999_000, favourite: true },
  };
  for (const [mediaStore, favourite] of [
    ["ok", true],
    ["old", undefined],
  ] as const) {
    await using mock = await startAdb({ files: [file], android: { adb: { mediaStore } } });
    await using source = await mock.open();
    const facts = await source.phoneFacts!();
    expect([...facts]).toEqual([
      ["/DCIM/Camera/a, _data=b.jpg", { takenAt: new Date(1_706_741_999_000), favourite, album: "Camera" }],
    ]);
  }
  await using none = await startAdb({ files: [file], android: { adb: { mediaStore: "missing" } } });
  await using source = await none.open();
  expect((await source.phoneFacts!()).size).toBe(0);
});

test("a phone without exec: index, sizes and hashes come through its terminal, byte for byte", async () => {
  const bytes = Buffer.from("\r\n\n\r\r\n\r x \r\n", "latin1");
  const path = "/DCIM/Camera/IMG_20240131_235959.jpg";
  const file = {
    path,
    modified: "2024-01-31T22:59:59Z",
    base64: bytes.toString("base64"),
    mediaStore: { takenMs: 1e12 },
  };
  await using mock = await startAdb({ files: [file], android: { adb: { features: [], exec: false } } });
  await using source = await mock.open();
  expect(source.device).toMatchObject({ osVersion: "14", model: "Google Pixel 8" });
  const [item] = await listItems(source);
  for (let offset = 0; offset < bytes.length; offset += 1)
    expect((await readAll(source.read(item!, { offset }))).equals(bytes.subarray(offset)), String(offset)).toBe(true);
  expect(await source.hashOnPhone!(item!)).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect((await source.phoneFacts!()).get(path)?.takenAt?.getTime()).toBe(1e12);
  // It is not asked again for what it does not know.
  const refused = mock.phone.operationCounts.get("exec");
  await source.hashOnPhone!(item!);
  expect(mock.phone.operationCounts.get("exec")).toBe(refused);
});

test("what a linker or a shell says before the first row is no row", async () => {
  const file = { ...generated("/DCIM/Camera/a.jpg", 10), mediaStore: { takenMs: 1e12, favourite: true } };
  const warning = "WARNING: linker: libfoo.so has text relocations.\nRow of words";
  await using mock = await startAdb({ files: [file], android: { adb: { warning } } });
  await using source = await mock.open();
  expect((await source.phoneFacts!()).get(file.path)).toMatchObject({ favourite: true, album: "Camera" });
  const names = ["datetaken", "_data"];
  expect(parseContentRows("a\nb\nRow: 0 datetaken=1, _data=/x\n", names)).toHaveLength(1);
  expect(parseContentRows("a\nNo result found.\n", names)).toEqual([]);
  expect(parseContentRows("a\nb\n", names)).toBeUndefined();
});

test("every request ends when its signal fires, while the phone is silent, and the next one works", async () => {
  const mock = await startAdb({ files: [generated("/DCIM/Camera/a.jpg", 300_000)] });
  await using _mock = mock;
  await using source = await mock.open({ stallMs: 60_000 });
  const [item] = await listItems(source);
  await mock.hub.devices();
  const requests: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    list: (signal) => Array.fromAsync(source.list({ signal })),
    locate: (signal) => source.locate(item!.path, { signal }),
    stat: (signal) => source.stat(item!, { signal }),
    read: (signal) => readAll(source.read(item!, { signal })),
    "read a part": (signal) => readAll(source.read(item!, { signal, offset: 10 })),
    facts: (signal) => source.phoneFacts!({ signal }),
    hash: (signal) => source.hashOnPhone!(item!, { signal }),
    devices: (signal) => mock.hubWith({ via: "adb" }).devices({ signal }),
    open: (signal) => mock.hub.open(source.device, { signal }),
    reconnect: (signal) => source.reconnect({ signal }),
  };
  for (const [name, request] of Object.entries(requests)) {
    const abort = new AbortController();
    mock.server.silence(() => abort.abort());
    await expect(request(abort.signal), name).rejects.toMatchObject({ code: "cancelled" });
    mock.server.silence(undefined);
    expect(await request(new AbortController().signal).then(() => name), name).toBe(name);
  }
});

test("a trace has both directions, and one number for each connection", async () => {
  await using mock = await startAdb({ files: [generated("/DCIM/Camera/a.jpg", 300)] });
  const records: TraceRecord[] = [];
  const hub = mock.hubWith({ via: "adb", trace: (record) => records.push(record) });
  await using source = await hub.open((await hub.find(undefined)).info);
  const [item] = await listItems(source);
  records.length = 0;
  await source.stat(item!);
  const sync = records.map(({ connection, direction, message }) => [connection, direction, message]);
  const [{ connection }] = records as [TraceRecord];
  expect(sync).toEqual([
    [connection, "sent", { sync: "LST2", path: "/storage/emulated/0/DCIM/Camera/a.jpg" }],
    [connection, "received", { sync: "LST2" }],
  ]);
  records.length = 0;
  await source.hashOnPhone!(item!);
  expect(records.map((r) => r.direction)).toEqual(["sent", "received", "sent", "received", "received"]);
  expect(new Set(records.map((r) => r.connection)).size).toBe(1);
});

test("a hash from the phone itself", async () => {
  await using mock = await startAdb({ files });
  await using source = await mock.open();
  for (const item of (await listItems(source)).filter((i) => i.path !== bad)) {
    const want = createHash("sha256")
      .update(await truth(mock.phone, item.path))
      .digest("hex");
    expect(await source.hashOnPhone!(item), item.path).toBe(want);
  }
  const [item] = await listItems(source);
  await expect(source.hashOnPhone!({ ...item!, path: "/DCIM/gone.jpg" })).rejects.toMatchObject({ code: "item-gone" });
});

test("videos of 4 GiB and more on phones that tell sizes in 32 bits", async () => {
  const large = generated("/DCIM/Camera/large.mp4", 5 * 2 ** 30);
  await using mock = await startAdb({ files: [large], android: { adb: { features: [] } } });
  await using source = await mock.open();
  const [item] = await listItems(source);
  expect(item!.sizeBytes).toBe(5 * 2 ** 30);
  expect((await source.stat(item!)).sizeBytes).toBe(5 * 2 ** 30);
});

test("what the phone may not look at is told: an entry, a folder", async () => {
  await using mock = await startAdb({
    files: [generated("/DCIM/Camera/a.jpg", 10), generated("/DCIM/Camera/b.jpg", 10), generated("/DCIM/X/c.jpg", 10)],
    faults: [
      { when: { operation: "stat", path: "/DCIM/Camera/b.jpg" }, do: { type: "status", status: 13 }, times: 0 },
      { when: { operation: "list", path: "/DCIM/X" }, do: { type: "status", status: 13 }, times: 0 },
    ],
  });
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list()) entries.push([entry.path, isUnreadable(entry)]);
  expect(entries.sort()).toEqual([
    ["/DCIM/Camera/a.jpg", false],
    ["/DCIM/Camera/b.jpg", true],
    ["/DCIM/X", true],
  ]);
});

test("folders that lie too deep to be followed are told, each of them, and what lies before is listed", async () => {
  const deep = (folders: number) => `/DCIM${"/d".repeat(folders)}`;
  await using mock = await startAdb({
    files: [
      generated(`${deep(12)}/a.jpg`, 10),
      generated(`${deep(13)}/b.jpg`, 10),
      generated(`${deep(12)}/e/c.jpg`, 10),
    ],
  });
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list()) entries.push([entry.path, isUnreadable(entry) && entry.error.code]);
  expect(entries.sort()).toEqual([
    [`${deep(12)}/a.jpg`, false],
    [deep(13), "item-unreadable"],
    [`${deep(12)}/e`, "item-unreadable"],
  ]);
});

test("the cable pulled in mid-read, and put back: the rest is read and compared", async () => {
  await using mock = await startAdb({ files: [generated("/DCIM/Camera/v.mp4", 5_000_000)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  const chunks: Uint8Array[] = [];
  let pulled = false;
  try {
    for await (const chunk of source.read(item!)) {
      chunks.push(chunk);
      if (!pulled) {
        pulled = true;
        mock.server.unplug(mock.phone);
      }
    }
  } catch (error) {
    expect(error).toMatchObject({ scope: "device", code: "device-disconnected" });
  }
  setTimeout(() => mock.server.plug(mock.phone), 50);
  await source.reconnect({});
  const have = Buffer.concat(chunks).length;
  const rest = await readAll(source.read(item!, { offset: have }));
  expect(Buffer.concat([...chunks, rest]).equals(await truth(mock.phone, item!.path))).toBe(true);
});

test("faults of a read: short, empty, mad and silent; the next item is whole", async () => {
  for (const fault of [
    { type: "short", bytes: 1_000 },
    { type: "empty" },
    { type: "garbage" },
    { type: "stall" },
    { type: "disconnect" },
  ] as const) {
    await using mock = await startAdb({
      files: [generated("/DCIM/Camera/a.jpg", 50_000), generated("/DCIM/Camera/b.jpg", 50_000)],
    });
    mock.phone.arm([{ when: { operation: "read", path: "/DCIM/Camera/a.jpg" }, do: fault, times: 0 }]);
    await using source = await mock.open({ stallMs: 150 });
    const [a, b] = await listItems(source);
    await expect(readAll(source.read(a!)), fault.type).rejects.toBeInstanceOf(AppError);
    expect((await readAll(source.read(b!))).equals(await truth(mock.phone, b!.path)), fault.type).toBe(true);
  }
});

test("one phone over both routes is one phone; adb is preferred where it is authorised", async () => {
  await using mock = await startAdb({ files: [generated("/DCIM/Camera/a.jpg", 10)] }, { withCable: true });
  const both = mock.hubWith({});
  expect((await both.devices()).map((d) => [d.info.id, d.route, d.otherRoutes])).toEqual([
    ["TESTANDROID01", "adb", ["mtp"]],
  ]);
  const overAdb = await listItems(await both.open((await both.find(undefined)).info));
  mock.server.setState(mock.phone, "unauthorized");
  const [device] = await both.devices();
  expect([device!.route, device!.state, device!.otherRoutes]).toEqual(["mtp", "ready", ["adb"]]);
  await using overMtp = await both.open(device!.info);
  const [item] = await listItems(overMtp);
  expect([item!.path, item!.sizeBytes, item!.modifiedAt]).toEqual([
    overAdb[0]!.path,
    overAdb[0]!.sizeBytes,
    overAdb[0]!.modifiedAt,
  ]);
  expect((await mock.hubWith({ via: "adb" }).devices()).map((d) => d.state)).toEqual(["allow-debugging"]);
});

test("addresses and device lists, as adb writes them", () => {
  expect(parseAdbAddress(undefined)).toEqual({ host: "127.0.0.1", port: 5037 });
  expect(parseAdbAddress("tcp:10.0.0.2:6000")).toEqual({ host: "10.0.0.2", port: 6000 });
  expect(() => parseAdbAddress("localfilesystem:/x")).toThrow(/address/);
  const list = [
    "TESTANDROID01          device usb:1-2 product:x model:Pixel_8 device:y transport_id:4",
    "(no serial number)     no permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html] usb:1-3 transport_id:2",
    "R58M123                unauthorized usb:1-1 transport_id:1",
    "emulator-5554          offline transport_id:3",
    "",
  ].join("\n");
  expect(parseAdbDevices(list)).toEqual([
    { serial: "TESTANDROID01", state: "device", model: "Pixel 8" },
    { serial: "(no serial number)", state: "no permissions", model: undefined },
    { serial: "R58M123", state: "unauthorized", model: undefined },
    { serial: "emulator-5554", state: "offline", model: undefined },
  ]);
});

test("no name gets out of its quotes, and no value out of its column", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      expect(parseLine(`cat ${quote(name)}; echo x`)).toEqual([
        ["cat", name],
        ["echo", "x"],
      ]);
    }),
  );
  const names = ["datetaken", "bucket_display_name", "_data"];
  const text =
    "Row: 0 datetaken=1, bucket_display_name=a, b, _data=/x/y, _data=z\nnext line\nRow: 1 datetaken=NULL, bucket_display_name=c, _data=/q\n";
  expect(parseContentRows(text, names)?.map((r) => [...r.values()])).toEqual([
    ["1", "a, b", "/x/y, _data=z\nnext line"],
    ["NULL", "c", "/q"],
  ]);
  expect(parseContentRows("Error while accessing provider:media\n", names)).toBeUndefined();
});

test("whatever a server at that port says: a typed error with a remedy, in time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
        fc
          .constantFrom("OKAY", "FAIL0005wrong", "FAILffff", "OKAY0004", "OKAYzzzz", "", "OKAYffffx", "HTTP/1.1 400")
          .map((t) => Buffer.from(t)),
      ),
      fc.boolean(),
      async (answer, closes) => {
        const server = net.createServer((socket) => {
          socket.on("error", () => {});
          socket.write(answer);
          if (closes) socket.end();
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as net.AddressInfo;
        const hub = new DeviceHub({
          adbAddress: `127.0.0.1:${port}`,
          via: "adb",
          recordFolder: "/nonexistent",
          hostName: "h",
          platform: "linux",
          stallMs: 50,
        });
        try {
          expect(Array.isArray(await hub.devices())).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).not.toBe("internal");
          expect((error as AppError).remedy).not.toBe("");
        } finally {
          server.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});
