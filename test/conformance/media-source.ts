/** What every `MediaSource` must do. Runs on each protocol against its mock, and on wrappers. */
import { expect, test } from "vitest";
import { isUnreadable, type MediaItem, type MediaSource, readRange } from "../../src/device/index.ts";
import { listItems, readAll } from "../helpers/mock.ts";

export interface SourceHarness extends AsyncDisposable {
  readonly source: MediaSource;
  /** Every item's path and bytes, sidecars and junk included, as described. */
  readonly truth: ReadonlyMap<string, Buffer>;
  /** Items of the phone that cannot be read, by path. */
  readonly unreadable: ReadonlySet<string>;
  /** When every item was last written. */
  readonly modifiedAt: Date;
  /** What no listing yields and `locate` finds: the database of a library, thumbnails. By path. */
  readonly kept?: ReadonlyMap<string, Buffer>;
}

/** One thumbnail and the database, where Photos has them. */
export const keptByPhotos = {
  database: "/PhotoData/Photos.sqlite",
  thumbnail: "/PhotoData/Thumbnails/V2/DCIM/100APPLE/IMG_0001.JPG/5005.JPG",
} as const;
const quarterHourMs = 15 * 60_000;
const dayMs = 24 * 60 * 60_000;

export function testMediaSource(name: string, open: () => Promise<SourceHarness>): void {
  test(`${name}: every item is listed once, with its size`, async () => {
    await using h = await open();
    const seen = new Map<string, number>();
    for await (const entry of h.source.list()) {
      if (isUnreadable(entry)) continue;
      expect(seen.has(entry.path)).toBe(false);
      seen.set(entry.path, entry.sizeBytes);
    }
    expect([...seen].sort()).toEqual([...h.truth].map(([path, bytes]) => [path, bytes.length]).sort());
  });

  test(`${name}: a listing that is cancelled ends there, and the next one is whole`, async () => {
    await using h = await open();
    const abort = new AbortController();
    const listing = async (): Promise<void> => {
      for await (const _ of h.source.list({ signal: abort.signal })) abort.abort();
    };
    await expect(listing()).rejects.toMatchObject({ code: "cancelled" });
    expect(await listItems(h.source)).toHaveLength(h.truth.size);
  });

  test(`${name}: bytes are the phone's, whole and from an offset`, async () => {
    await using h = await open();
    for (const item of await listItems(h.source)) {
      if (h.unreadable.has(item.path)) continue;
      const want = h.truth.get(item.path)!;
      expect((await readAll(h.source.read(item))).equals(want), item.path).toBe(true);
      const half = Math.floor(want.length / 2);
      const rest = readAll(h.source.read(item, { offset: half }));
      if (h.source.capabilities.resume || half === 0)
        expect((await rest).equals(want.subarray(half)), item.path).toBe(true);
      else await expect(rest).rejects.toThrow();
    }
  });

  test(`${name}: several reads at once do not mix`, async () => {
    await using h = await open();
    const items = (await listItems(h.source)).filter((i) => !h.unreadable.has(i.path));
    const all = await Promise.all(items.map((i) => readAll(h.source.read(i))));
    for (const [i, item] of items.entries()) expect(all[i]!.equals(h.truth.get(item.path)!), item.path).toBe(true);
  });

  test(`${name}: a read that is left early or cancelled leaves the source usable`, async () => {
    await using h = await open();
    const [item] = (await listItems(h.source)).filter((i) => !h.unreadable.has(i.path) && i.sizeBytes > 0);
    for await (const _ of h.source.read(item!)) break;
    await expect(readAll(h.source.read(item!, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: "cancelled",
    });
    expect((await readAll(h.source.read(item!))).equals(h.truth.get(item!.path)!)).toBe(true);
  });

  test(`${name}: an item that is gone is an item's error`, async () => {
    await using h = await open();
    const [item] = await listItems(h.source);
    const gone = { ...item!, id: `${item!.id}-gone`, path: `${item!.path}-gone` };
    await expect(readAll(h.source.read(gone))).rejects.toMatchObject({ scope: "item" });
    await expect(h.source.stat(gone)).rejects.toMatchObject({ scope: "item" });
    expect((await h.source.stat(item!)).sizeBytes).toBe(item!.sizeBytes);
  });

  test(`${name}: an unreadable item fails alone`, async () => {
    await using h = await open();
    for (const item of (await listItems(h.source)).filter((i) => h.unreadable.has(i.path)))
      await expect(readAll(h.source.read(item))).rejects.toMatchObject({ scope: "item" });
    const [good] = (await listItems(h.source)).filter((i) => !h.unreadable.has(i.path));
    expect((await readAll(h.source.read(good!))).equals(h.truth.get(good!.path)!)).toBe(true);
  });

  // One phone for all of them: to plug one in costs more than to ask it.
  test(`${name}: its capabilities are as it claims them, also what it claims not to have`, async () => {
    await using h = await open();
    const items = await listItems(h.source);
    expectClock(h, items);
    await expectLibrary(h);
    await expectThumbnails(h, items);
    const empty = items.filter((i) => i.sizeBytes === 0);
    expect(empty).not.toEqual([]);
    for (const item of empty) expect(await readAll(h.source.read(item))).toHaveLength(0);
    expect(items.some((i) => i.area === "edits")).toBe(h.source.capabilities.parts.includes("edits"));
  });

  test(`${name}: disposing twice is no error`, async () => {
    const h = await open();
    await h[Symbol.asyncDispose]();
    await h.source[Symbol.asyncDispose]();
  });
}

function expectClock({ source, modifiedAt: truth }: SourceHarness, items: readonly MediaItem[]): void {
  for (const { path, modifiedAt } of items) {
    if (source.capabilities.clock === "utc") expect([path, modifiedAt]).toEqual([path, truth]);
    if (modifiedAt === undefined) continue;
    const off = Math.abs(modifiedAt.getTime() - truth.getTime());
    expect([path, off % quarterHourMs, off < dayMs]).toEqual([path, 0, true]);
  }
}

async function expectLibrary({ source, truth, kept }: SourceHarness): Promise<void> {
  const { library } = source.capabilities;
  const database = await source.locate(keptByPhotos.database);
  expect(database !== undefined).toBe(library === "photos-sqlite");
  if (database) expect((await whole(source, database)).equals(kept!.get(database.path)!)).toBe(true);
  expect(source.phoneFacts !== undefined).toBe(library === "index");
  for (const path of (await source.phoneFacts?.())?.keys() ?? []) expect([...truth.keys()]).toContain(path);
}

async function expectThumbnails(h: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  const { source, kept, unreadable } = h;
  const { thumbnails } = source.capabilities;
  const thumbnail = await source.locate(keptByPhotos.thumbnail);
  expect(thumbnail !== undefined).toBe(thumbnails === "folder");
  if (thumbnail) expect((await whole(source, thumbnail)).equals(kept!.get(thumbnail.path)!)).toBe(true);
  expect(source.thumbnail !== undefined).toBe(thumbnails === "call");
  const readable = items.find((i) => !unreadable.has(i.path) && i.sizeBytes > 0);
  const made = await source.thumbnail?.(readable!);
  if (made) expect(Buffer.from(made.subarray(0, 2)).toString("hex")).toBe("ffd8");
}

async function whole(source: MediaSource, item: MediaItem): Promise<Buffer> {
  return await readRange(source, item, { offset: 0, length: item.sizeBytes });
}
