/** Files of 4 GiB and more from devices whose protocol has 32 bits in one place or another. In memory: no cable is that fast. */
import { expect, test } from "vitest";
import { isUnreadable, type MediaItem } from "../../../src/device/media-source.ts";
import { MockAndroid, MtpResponder } from "../../../src/device/mock/android/index.ts";
import type { MtpPersonality } from "../../../src/device/mock/described-phone.ts";
import { MtpSource } from "../../../src/device/mtp/mtp-source.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { DirectBus } from "../../fakes/direct-bus.ts";
import { describedAndroid } from "../../helpers/android.ts";
import { generated } from "../../helpers/mock.ts";
import { thorough } from "../../helpers/thorough.ts";

const large = 2 ** 32 + 5_000;
const pageBytes = 4_096;

async function opened(mtp: MtpPersonality, bytes = large) {
  const files = [
    generated("/DCIM/Camera/a.jpg", 3_000),
    generated("/DCIM/Camera/large.mp4", bytes),
    generated("/DCIM/Camera/z.jpg", 4_000),
  ];
  const phone = await MockAndroid.create(describedAndroid({ files, android: { mtp } }), ".");
  const bus = new DirectBus([new MtpResponder(phone)]);
  const source = await MtpSource.open("TESTANDROID01", { bus, clock: systemClock, stallMs: 5_000, opened: new Map() });
  const entries = [];
  for await (const entry of source.list()) entries.push(entry);
  const count = (name: string): number => phone.operationCounts.get(name) ?? 0;
  return { source, entries, count, phone, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}

/** Every page of a generated file begins with its number: one that is missing, doubled or misplaced is seen. */
async function readPages(source: MtpSource, item: MediaItem): Promise<number> {
  let at = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of source.read(item)) {
    const bytes =
      rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const start = at - rest.length;
    let from = (pageBytes - (start % pageBytes)) % pageBytes;
    for (; from + 8 <= bytes.length; from += pageBytes)
      if (bytes.readUInt32LE(from + 4) !== (start + from) / pageBytes)
        throw new Error(`a page is misplaced at ${start + from}`);
    at += chunk.length;
    rest = Buffer.from(bytes.subarray(Math.min(from, bytes.length)));
  }
  return at;
}

const pathsAndSizes = [
  ["/DCIM/Camera/a.jpg", 3_000],
  ["/DCIM/Camera/large.mp4", large],
  ["/DCIM/Camera/z.jpg", 4_000],
];

/** `whole`: how often the device sends all of it, for its size and for its bytes. */
const ways: Record<string, { mtp: MtpPersonality; whole: number; isRead?: false }> = {
  "64-bit offsets": { mtp: {}, whole: 0, isRead: false },
  "32-bit offsets: whole from the start": { mtp: { partial: "32" }, whole: 1 },
  "64-bit offsets announced and refused": { mtp: { partial: "refused-64" }, whole: 1 },
  "no parts at all": { mtp: { partial: "none" }, whole: 0, isRead: false },
  "a camera: the size too is only known by its bytes": { mtp: { ptp: true }, whole: 1, isRead: false },
  "a wide ObjectInfo": { mtp: { wideObjectInfo: true, propList: "refused", partial: "32" }, whole: 0, isRead: false },
};

/** All 4 GiB pass the cable in memory, which is seconds: one of those ways stands for the others. */
const usual = "32-bit offsets: whole from the start";

for (const [name, { mtp, whole, isRead = true }] of Object.entries(ways))
  (whole === 0 || name === usual ? test : thorough)(`4 GiB and more, ${name}`, { timeout: 300_000 }, async () => {
    await using phone = await opened(mtp);
    expect(phone.entries.filter(isUnreadable)).toEqual([]);
    const items = phone.entries as MediaItem[];
    expect(items.map((i) => [i.path, i.sizeBytes])).toEqual(pathsAndSizes);
    const item = items[1]!;
    if (isRead) expect(await readPages(phone.source, item)).toBe(large);
    expect((await phone.source.stat(item)).sizeBytes).toBe(large);
    // Each is one pass over the cable, and none is made to look at it again.
    expect(phone.count("getObject")).toBe(whole);
  });

test("4 GiB and more without 64-bit offsets: a read cannot begin in it, and what does begin again is told so", async () => {
  await using phone = await opened({ partial: "32" });
  const [small, item] = phone.entries as [MediaItem, MediaItem];
  expect(phone.source.capabilities.resume).toBe(true);
  expect(phone.source.canReadFrom(small, 1_000)).toBe(true);
  expect(phone.source.canReadFrom(item, 1_000)).toBe(false);
  const read = async (offset: number, length: number): Promise<number> => {
    let got = 0;
    for await (const chunk of phone.source.read(item, { offset, length })) got += chunk.length;
    return got;
  };
  await expect(read(2 ** 32 - 100, 200)).rejects.toMatchObject({ code: "item-refused", retryable: true });
  // A head is within 32 bits, and so is all of it up to 4 GiB.
  expect(await read(0, 65_536)).toBe(65_536);
  expect(await read(2 ** 32 - 65_536, 65_536)).toBe(65_536);
  expect(phone.count("getObject")).toBe(0);
});
