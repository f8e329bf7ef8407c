/** Who waits for whom: the phone always has something to do while there is work, a slow disk too, and two phones share one. */
import { expect, test } from "vitest";
import type { MediaSource } from "../../src/device/media-source.ts";
import type { LinkModel } from "../../src/device/mock/link-model.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { DiskFile, DiskPort } from "../../src/transfer/destination/local/disk-port.ts";
import { nodeDisk } from "../../src/transfer/destination/local/node-disk.ts";
import type { TransferEvent } from "../../src/transfer/events.ts";
import { PathTemplate } from "../../src/transfer/plan/index.ts";
import { copyOnto, notWhole } from "../helpers/engine.ts";
import { generated, startMock } from "../helpers/mock.ts";
import { timed } from "../helpers/timed.ts";

const usb2: LinkModel = { latencyMs: 1, serviceMs: 0.05, bytesPerSecond: 35_000_000, windowBytes: 131_072 };

async function phoneOf(count: number, bytes: number, link?: LinkModel) {
  const files = Array.from({ length: count }, (_, i) => generated(`/DCIM/100APPLE/IMG_${1000 + i}.JPG`, bytes));
  return await startMock({ files, ...(link ? { link } : {}) });
}

/** A disk of which it is known when it had nothing to do, from its first call to its last. */
class MeteredDisk {
  readonly port: DiskPort;
  #running = 0;
  #first: number | undefined;
  #last = 0;
  #idleSince = 0;
  #idleMs = 0;

  /** @param wait what a call takes besides the real one */
  constructor(wait: (bytes: number) => Promise<void>) {
    const metered = async <T>(bytes: number, call: () => Promise<T>): Promise<T> => {
      const now = performance.now();
      this.#first ??= now;
      if (this.#running === 0 && this.#last > 0) this.#idleMs += now - this.#idleSince;
      this.#running += 1;
      try {
        await wait(bytes);
        return await call();
      } finally {
        this.#running -= 1;
        this.#last = performance.now();
        this.#idleSince = this.#last;
      }
    };
    this.port = {
      ...nodeDisk,
      link: (from, to) => metered(0, () => nodeDisk.link(from, to)),
      unlink: (path) => metered(0, () => nodeDisk.unlink(path)),
      syncFolder: (path) => metered(0, () => nodeDisk.syncFolder(path)),
      open: async (path, mode) => {
        const file = await metered(0, () => nodeDisk.open(path, mode));
        return {
          stat: () => file.stat(),
          share: () => file.share(),
          read: (buffer, position) => file.read(buffer, position),
          truncate: (size) => file.truncate(size),
          close: () => file.close(),
          setModified: (modified) => metered(0, () => file.setModified(modified)),
          sync: () => metered(0, () => file.sync()),
          writev: (buffers, position) => {
            const bytes = buffers.reduce((sum, b) => sum + b.length, 0);
            return metered(bytes, () => file.writev(buffers, position));
          },
        } satisfies DiskFile;
      },
    };
  }

  get idleShare(): number {
    return this.#idleMs / (this.#last - (this.#first ?? 0));
  }
}

/** So many bytes a second, one after the other. */
function stick(bytesPerSecond: number): (bytes: number) => Promise<void> {
  let freeAt = 0;
  return async (bytes) => {
    freeAt = Math.max(freeAt, performance.now()) + (bytes * 1000) / bytesPerSecond;
    await new Promise((done) => setTimeout(done, Math.max(0, freeAt - performance.now())));
  };
}

const share = async (): Promise<void> => await new Promise((done) => setTimeout(done, 20));

async function copy(source: MediaSource, disk?: DiskPort, onEvent?: (event: TransferEvent) => void) {
  const roll = await buildCameraRoll(source, { now: Date.now(), heads: "none" });
  let [items, left, before, from, idleShare] = [0, 0, 0, 0, Number.NaN];
  const root = await copyOnto(source, {
    disk,
    roll,
    template: new PathTemplate("{name}"),
    onStart(toCopy) {
      [items, left, before, from] = [toCopy, toCopy, source.idleMs ?? Number.NaN, performance.now()];
    },
    onEvent(event) {
      onEvent?.(event);
      if (event.type !== "item") return;
      left -= 1;
      // While work remained: the last files are only being named.
      if (left === Math.floor(items / 10))
        idleShare = ((source.idleMs ?? Number.NaN) - before) / (performance.now() - from);
    },
  });
  return { idleShare, root };
}

for (const [what, count, bytes] of [
  // Many, because the first hundredths of a second go by before anything can be asked.
  ["small files", 4_000, 40_000],
  ["photos", 60, 2_500_000],
] as const)
  timed(`${what} over USB 2: at most 3 % of the time nothing is asked of the phone`, async () => {
    await using mock = await phoneOf(count, bytes, usb2);
    await using source = await mock.open();
    expect((await copy(source)).idleShare).toBeLessThanOrEqual(0.03);
  });

timed("a stick at 15 MB/s and a share with 20 ms for each call have something to do all the time", async () => {
  // Many, because nothing can be written before the first of them has come.
  for (const [wait, count, bytes] of [
    [stick(15_000_000), 24, 2_500_000],
    [share, 1_200, 40_000],
  ] as const) {
    await using mock = await phoneOf(count, bytes);
    await using source = await mock.open();
    const disk = new MeteredDisk(wait);
    await copy(source, disk.port);
    expect(disk.idleShare).toBeLessThanOrEqual(0.05);
  }
});

test("what waits for a flush keeps no place at the phone: others are read meanwhile", async () => {
  const count = 72;
  await using mock = await phoneOf(count, 40_000);
  await using source = await mock.open();
  expect(source.capabilities.parallelReads).toBeLessThan(count);
  const allWritten = Promise.withResolvers<void>();
  let written = 0;
  const disk: DiskPort = {
    ...nodeDisk,
    async open(path, mode) {
      const file = await nodeDisk.open(path, mode);
      const [sync, writev] = [file.sync.bind(file), file.writev.bind(file)];
      return Object.assign(file, {
        async writev(buffers: Uint8Array[], position: number) {
          await writev(buffers, position);
          written += 1;
          if (written === count) allWritten.resolve();
        },
        async sync() {
          await allWritten.promise;
          await sync();
        },
      });
    },
  };
  const { root } = await copy(source, disk);
  const paths = Array.from({ length: count }, (_, i) => `/DCIM/100APPLE/IMG_${1000 + i}.JPG`);
  expect(await notWhole(mock.phone, paths, root)).toEqual([]);
});

test("however slow the disk, at most 32 MiB are on their way to it, and they come whole", async () => {
  await using mock = await phoneOf(16, 10_000_000);
  await using source = await mock.open();
  const slow = stick(60_000_000);
  let [written, peak] = [0, 0];
  const before = mock.phone.fileBytesSent;
  const disk = new MeteredDisk(async (bytes) => {
    peak = Math.max(peak, mock.phone.fileBytesSent - before - written);
    await slow(bytes);
    written += bytes;
  });
  const { root } = await copy(source, disk.port);
  const paths = Array.from({ length: 16 }, (_, i) => `/DCIM/100APPLE/IMG_${1000 + i}.JPG`);
  expect(await notWhole(mock.phone, paths, root)).toEqual([]);
  expect(written).toBeGreaterThanOrEqual(160_000_000); // and a note of how far each got
  expect(peak).toBeGreaterThan(4 * 1024 * 1024);
  expect(peak).toBeLessThanOrEqual(32 * 1024 * 1024);
});

test("two phones share a slow disk: when the first is done, the other nearly is", async () => {
  await using one = await phoneOf(10, 2_500_000);
  await using two = await phoneOf(10, 2_500_000);
  await using first = await one.open();
  await using second = await two.open();
  const disk = new MeteredDisk(stick(25_000_000));
  const done = [0, 0];
  let whenFirstDone: number[] | undefined;
  const count = (i: number) => (event: TransferEvent) => {
    if (event.type === "item") done[i] = (done[i] ?? 0) + 1;
    if (event.type === "summary") whenFirstDone ??= [...done];
  };
  await Promise.all([copy(first, disk.port, count(0)), copy(second, disk.port, count(1))]);
  expect(done).toEqual([10, 10]);
  expect(Math.min(...(whenFirstDone ?? []))).toBeGreaterThanOrEqual(6);
});
