/** The engine on Android phones: the promises of every phone, over both routes. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import { type Fault, readDescription } from "../../src/device/mock/described-phone.ts";
import { Selection } from "../../src/transfer/plan/index.ts";
import { startAdb, startAndroid } from "../helpers/android.ts";
import { exportOnce, sumsAddUp, temporaryFolder } from "../helpers/engine.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, truth } from "../helpers/mock.ts";

const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const files = [
  ...Array.from({ length: 12 }, (_, i) => generated(`/DCIM/Camera/IMG_202401${10 + i}_120000.jpg`, 20_000 + i * 7_777)),
  generated("/DCIM/Camera/VID_20240131_120000.mp4", 9_000_000),
  generated("/SD card/DCIM/Camera/IMG_20220101_120000.jpg", 50_000),
];

async function hashesOf(phone: Awaited<ReturnType<typeof startAdb>>["phone"]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const { path } of files) known.add(sha(await truth(phone, path)));
  return known;
}

async function allWhole(
  phone: Awaited<ReturnType<typeof startAdb>>["phone"],
  to: string,
  before?: ReadonlySet<string>,
): Promise<number> {
  const known = before ?? (await hashesOf(phone));
  const there = [...filesBelow(to)];
  for (const file of there) expect(known.has(sha(readFileSync(join(to, file)))), file).toBe(true);
  return there.length;
}

test("copied over one route, known over the other: nothing is copied twice", async () => {
  await using mock = await startAdb({ files }, { withCable: true });
  const to = temporaryFolder();
  const open = async (via: "mtp" | "adb"): Promise<MediaSource> => {
    const hub = mock.hubWith({ via });
    return await hub.open((await hub.find(undefined)).info);
  };
  await using overMtp = await open("mtp");
  const first = await exportOnce(overMtp, to, { verify: "reread" });
  expect(first.summary.outcomes.copied.items).toBe(files.length);
  expect(sumsAddUp(first)).toBe(true);
  await using overAdb = await open("adb");
  const second = await exportOnce(overAdb, to);
  expect([second.summary.outcomes.copied.items, second.summary.outcomes.present.items]).toEqual([0, files.length]);
  expect(await allWhole(mock.phone, to)).toBe(files.length);
});

test("a phone, or this computer, in another zone: the same files are known, and others are not taken for them", async () => {
  const at = (hours: number) =>
    files.map((f) => ({ ...f, modified: new Date(Date.parse(f.modified) + hours * 3_600_000).toISOString() }));
  const to = temporaryFolder();
  const copied = async (hours: number, of = at(hours)): Promise<number> => {
    await using mock = await startAndroid({ files: of });
    await using source = await mock.open();
    return (await exportOnce(source, to)).summary.outcomes.copied.items;
  };
  expect(await copied(0)).toBe(files.length);
  expect(await copied(9)).toBe(0);
  expect(await copied(-5.75)).toBe(0);
  // Ten minutes are no zone: these are other files under the same names, and compared with those byte by byte.
  expect(await copied(1 / 6)).toBe(0);
  const others = at(2 / 6).map((f) => ({ ...f, generated: { ...f.generated!, seed: f.generated!.seed + 1_000 } }));
  expect(await copied(0, others)).toBe(files.length);
});

const cableFaults: Record<string, Fault[]> = {
  "pulled and put back": [{ when: { operation: "read", nth: 7 }, do: { type: "unplug", replugMs: 300 } }],
  "pulled twice": [
    { when: { operation: "read", nth: 4 }, do: { type: "unplug", replugMs: 100 } },
    { when: { operation: "read", nth: 12 }, do: { type: "unplug", replugMs: 100 } },
  ],
  "garbage in mid-stream": [{ when: { operation: "read", nth: 6 }, do: { type: "garbage" } }],
  silence: [{ when: { operation: "read", nth: 6 }, do: { type: "stall" } }],
  "pulled while listing": [{ when: { operation: "list", nth: 2 }, do: { type: "unplug", replugMs: 200 } }],
};

for (const [name, faults] of Object.entries(cableFaults))
  test(`MTP, ${name}: every file whole, every item one outcome`, async () => {
    await using mock = await startAndroid({ files });
    await using source = await mock.open({ stallMs: 700 });
    mock.phone.arm(faults);
    const to = temporaryFolder();
    const result = await exportOnce(source, to, { waitMs: 30_000 });
    expect(result.summary.ok, JSON.stringify(result.summary.failures)).toBe(true);
    expect(sumsAddUp(result)).toBe(true);
    expect(await allWhole(mock.phone, to)).toBe(files.length);
    expect(mock.phone.refusedOperations).toEqual([]);
  });

test("adb, a server that loses the phone in mid-copy: every file whole", async () => {
  await using mock = await startAdb({ files });
  await using source = await mock.open();
  const to = temporaryFolder();
  let pulled = false;
  const result = await exportOnce(source, to, {
    waitMs: 30_000,
    onEvent: () => {
      if (pulled || mock.phone.fileBytesSent < 300_000) return;
      pulled = true;
      mock.server.unplug(mock.phone);
      setTimeout(() => mock.server.plug(mock.phone), 300);
    },
  });
  expect(pulled).toBe(true);
  expect(result.summary.ok, JSON.stringify(result.summary.failures)).toBe(true);
  expect(await allWhole(mock.phone, to)).toBe(files.length);
});

test("a phone that goes away and stays away: the next run finishes", async () => {
  await using mock = await startAndroid({ files });
  const to = temporaryFolder();
  {
    await using source = await mock.open();
    mock.phone.arm([{ when: { operation: "read", nth: 18 }, do: { type: "unplug" } }]);
    const { summary } = await exportOnce(source, to, { waitMs: 100 });
    expect(summary.stoppedBy?.code).toBe("device-disconnected");
  }
  mock.server.plug(mock.responder);
  await using source = await mock.open();
  const result = await exportOnce(source, to);
  expect(result.summary.ok).toBe(true);
  expect(await allWhole(mock.phone, to)).toBe(files.length);
});

test("a video that shrinks while it is read, a photo that vanishes: told, and nothing wrong under a final name", async () => {
  await using mock = await startAndroid({ files });
  await using source = await mock.open();
  const before = await hashesOf(mock.phone);
  mock.phone.arm([
    {
      when: { operation: "stat", path: "/DCIM/Camera/VID_20240131_120000.mp4" },
      do: { type: "size", bytes: 8_000_000 },
    },
    { when: { operation: "read", path: "/DCIM/Camera/IMG_20240121_120000.jpg" }, do: { type: "vanish" }, times: 1 },
  ]);
  const to = temporaryFolder();
  const result = await exportOnce(source, to);
  expect(result.summary.failures.map((f) => f.code).sort()).toEqual(["item-gone", "item-short"]);
  expect(sumsAddUp(result)).toBe(true);
  expect(await allWhole(mock.phone, to, before)).toBe(files.length - 2);
});

test("hidden, thrown away and unfinished ones by choice; a Motion Photo's movie beside it, once", async () => {
  const { description, baseFolder } = await readDescription(
    resolve(import.meta.dirname, "../../dist/demo-android/phone.json"),
  );
  await using mock = await startAdb({ ...description }, { baseFolder });
  await using source = await mock.open();
  const to = temporaryFolder();
  const extras = { albumsAs: "none", motion: "extract" } as const;
  const first = await exportOnce(source, to, { extras });
  expect(first.summary.skippedByReason).toEqual({ hidden: 1, trashed: 1, pending: 1, "not-media": 1 });
  expect(first.summary.extras.motionVideosWritten).toBe(3);
  const movie = readFileSync(join(to, "2024/03/PXL_20240320_080000123.MP.mp4"));
  expect(movie.equals(readFileSync(join(to, "2024/03/PXL_20240322_154000123.mp4")))).toBe(true);
  const again = await exportOnce(source, to, { extras });
  expect(again.summary.extras.motionVideosWritten).toBe(0);
  expect(again.summary.outcomes.copied.items).toBe(0);
  await exportOnce(source, to, { selection: new Selection({ hidden: true, recentlyDeleted: true }) });
  expect(existsSync(join(to, "Hidden/2024/02/IMG_20240210_120000.jpg"))).toBe(true);
  expect(existsSync(join(to, "Recently Deleted/2024/03/PXL_20240315_090000123.jpg"))).toBe(true);
});
