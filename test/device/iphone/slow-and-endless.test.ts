/** Phones that answer a byte at a time or not at all, tell impossible sizes, or show folders without end. */
import { duplexPair } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { AfcClient, AfcConnection } from "../../../src/device/iphone/afc/index.ts";
import { isUnreadable, type MediaSource } from "../../../src/device/media-source.ts";
import type { FolderNode } from "../../../src/device/mock/described-phone.ts";
import { Pace } from "../../../src/device/pace.ts";
import { DeviceError } from "../../../src/shared/errors.ts";
import { Gate } from "../../../src/transfer/run/gate.ts";
import { TestClock } from "../../fakes/test-clock.ts";
import { generated, listItems, type MockSetup, readAll, startMock } from "../../helpers/mock.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Ten slices of a window of 30 s, each with so many bytes: when it is stalled. */
function stalledAfter(...slices: number[]): number {
  const pace = new Pace(30_000);
  for (const [i, bytes] of slices.entries()) {
    pace.received(bytes);
    if (pace.isStalled()) return (i + 1) * pace.sliceMs;
  }
  return Number.POSITIVE_INFINITY;
}

test("silence and a byte now and then are stalls after one window; what comes at a cable's pace never is", () => {
  expect(stalledAfter(0, 0, 0)).toBe(30_000);
  expect(stalledAfter(10, 10, 10)).toBe(30_000);
  expect(stalledAfter(500_000, 0, 0, 0)).toBe(40_000);
  // One huge answer after almost a window of silence, and again.
  expect(stalledAfter(0, 0, 70_000, 0, 0, 70_000, 0, 0, 70_000)).toBe(Number.POSITIVE_INFINITY);
  expect(stalledAfter(...Array.from({ length: 100 }, () => 5_000))).toBe(Number.POSITIVE_INFINITY);
});

/** A connection whose phone's end is ours. */
function connection() {
  const [ours, phones] = duplexPair();
  phones.resume();
  return { connection: new AfcConnection(ours), phones };
}

const header = (number: number, bodyBytes: number): Buffer => {
  const out = Buffer.alloc(40);
  out.write("CFA6LPAA", 0, "latin1");
  out.writeBigUInt64LE(BigInt(40 + bodyBytes), 8);
  out.writeBigUInt64LE(40n, 16);
  out.writeBigUInt64LE(BigInt(number), 24);
  out.writeBigUInt64LE(2n, 32);
  return out;
};

test("a connection that brings a byte a second is left within 40 s of asking", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
  const { connection: afc, phones } = connection();
  const failed = new AfcClient(afc).readDir("/DCIM").then(
    () => "answered",
    (error) => error.code,
  );
  const reply = header(1, 5_000);
  for (let second = 0; second < 29; second += 1) {
    phones.write(reply.subarray(second, second + 1));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(afc.alive).toBe(true);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(afc.alive).toBe(false);
  expect(await failed).toBe("device-stalled");
});

test("a connection on which nothing is asked may be silent for ever", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
  const { connection: afc, phones } = connection();
  const answered = new AfcClient(afc).readDir("/DCIM");
  phones.write(Buffer.concat([header(1, 2), Buffer.from("a\0")]));
  expect(await answered).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(afc.alive).toBe(true);
});

test("a listing longer than any is passed over, and the connection goes on", async () => {
  const { connection: afc, phones } = connection();
  const client = new AfcClient(afc);
  const long = client.readDir("/DCIM/100APPLE");
  long.catch(() => {});
  const other = client.readDir("/DCIM/101APPLE");
  const bytes = 9 * 1024 * 1024;
  phones.write(header(1, bytes));
  for (let at = 0; at < bytes; at += 1024 * 1024) phones.write(Buffer.alloc(1024 * 1024, 0x61));
  phones.write(Buffer.concat([header(2, 2), Buffer.from("b\0")]));
  await expect(long).rejects.toMatchObject({ code: "item-unreadable", scope: "item" });
  expect(await other).toEqual(["b"]);
});

const photos = Array.from({ length: 20 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${1000 + i}.JPG`, 3_000));

async function opened(mock: MockSetup, stallMs: number): Promise<MediaSource> {
  const hub = mock.hubWith({ stallMs });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  return await hub.open(info);
}

test.each(["list", "stat"] as const)(
  "a phone that answers %s byte by byte is given up after three stalls",
  async (operation) => {
    await using mock = await startMock({
      files: photos,
      faults: [{ when: { operation }, do: { type: "trickle", everyMs: 60 }, times: 0 }],
    });
    await using source = await opened(mock, 600);
    await expect(listItems(source)).rejects.toMatchObject({ code: "device-stalled", retryable: false });
    // Whoever waits for lost phones need not wait for this one.
    await expect(source.reconnect({})).rejects.toMatchObject({ code: "device-stalled" });
  },
);

test("a phone that gives a file byte by byte is given up too", async () => {
  await using mock = await startMock({
    files: photos,
    faults: [{ when: { operation: "read" }, do: { type: "trickle", everyMs: 60 }, times: 0 }],
  });
  await using source = await opened(mock, 600);
  const [item] = await listItems(source);
  await expect(readAll(source.read(item!))).rejects.toMatchObject({ code: "device-stalled", retryable: false });
});

test("a phone that stalls once is asked again, and everything is there", async () => {
  await using mock = await startMock({
    files: photos,
    faults: [{ when: { operation: "stat", nth: 5 }, do: { type: "stall" } }],
  });
  await using source = await opened(mock, 600);
  expect(await listItems(source)).toHaveLength(20);
});

test.each(["list", "stat", "open", "read"] as const)(
  "whoever stops waiting for %s is let go at once",
  async (operation) => {
    await using mock = await startMock({
      files: photos,
      faults: [{ when: { operation }, do: { type: "stall" }, times: 0 }],
    });
    await using source = await opened(mock, 3_600_000);
    const stop = new AbortController();
    const work = async (): Promise<void> => {
      for await (const entry of source.list({ signal: stop.signal }))
        if (!isUnreadable(entry)) for await (const _ of source.read(entry, { signal: stop.signal }));
    };
    const done = work();
    setTimeout(() => stop.abort(), 200);
    await expect(done).rejects.toMatchObject({ code: "cancelled" });
  },
);

test("a size that no number holds costs that file, by name, and the listing goes on", async () => {
  await using mock = await startMock({
    files: photos,
    faults: [{ when: { operation: "stat", path: photos[3]!.path }, do: { type: "size", bytes: 2 ** 63 }, times: 0 }],
  });
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list()) entries.push(entry);
  expect(entries).toHaveLength(20);
  expect(entries.filter(isUnreadable)).toMatchObject([
    {
      path: photos[3]!.path,
      error: { code: "item-unreadable", message: expect.stringContaining("922337203685477") },
    },
  ]);
});

test("folders without end are bounded: what is there is listed, and that there is more is said", async () => {
  await using mock = await startMock({ files: photos });
  const folder = mock.phone.node("/DCIM/100APPLE") as FolderNode;
  for (let i = 0; i < 12; i += 1) folder.children.set(`again${i}`, folder);
  // The photos would come again in each.
  for (const { path } of photos) folder.children.delete(path.split("/").at(-1) as string);
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list({ areas: ["camera-roll"] })) entries.push(entry);
  expect(entries).toMatchObject([
    { unreadable: true, error: { code: "item-unreadable", message: expect.stringContaining("than it can have") } },
  ]);
});

test("folders deeper than any photo are told, not passed over in silence", async () => {
  const deep = generated("/DCIM/1/2/3/4/5/6/7/8/9/10/IMG_0001.JPG", 10);
  await using mock = await startMock({ files: [deep, ...photos] });
  await using source = await mock.open();
  const entries = [];
  for await (const entry of source.list({ areas: ["camera-roll"] })) entries.push(entry);
  expect(entries.filter(isUnreadable)).toMatchObject([{ path: "/DCIM/1/2/3/4/5/6/7/8/9" }]);
  expect(entries).toHaveLength(21);
});

test("a run does not wait for the return of a phone that was given up", async () => {
  const error = new DeviceError("device-stalled", "The phone stopped answering.");
  const events: unknown[] = [];
  const gate = new Gate(async () => expect.unreachable(), {
    clock: new TestClock(),
    waitMs: 120_000,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
  });
  await expect(gate.wait(error, 0)).rejects.toBe(error);
  expect(events).toEqual([]);
});
