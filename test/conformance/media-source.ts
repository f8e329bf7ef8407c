/** What every `MediaSource` must do. Runs on each protocol against its mock, and on wrappers. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  isUnreadable,
  type ListOptions,
  type MediaItem,
  type MediaSource,
  photoAreas,
  readRange,
} from "../../src/device/media-source.ts";
import { BlockPool } from "../../src/shared/block-pool.ts";
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
  /** From now on whatever is asked is not answered; of sources that are tried so. */
  readonly silence?: () => void;
}

/** One thumbnail and the database, where Photos has them. */
export const keptByPhotos = {
  database: "/PhotoData/Photos.sqlite",
  thumbnail: "/PhotoData/Thumbnails/V2/DCIM/100APPLE/IMG_0001.JPG/5005.JPG",
} as const;
const quarterHourMs = 15 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** @param options `silent`: the harness can make the phone fall silent. It costs seconds: one of a kind is enough */
export function testMediaSource(
  name: string,
  open: () => Promise<SourceHarness>,
  options: { readonly silent?: boolean } = {},
): void {
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
    expectAbsence(h, items);
    const { parallelReads } = h.source.capabilities;
    expect([Number.isSafeInteger(parallelReads), parallelReads > 0]).toEqual([true, true]);
    expect(items.some((i) => i.area === "edits")).toBe(h.source.capabilities.parts.includes("edits"));
  });

  test(`${name}: every member does what the seam says, or is not there`, async () => {
    await using h = await open();
    const items = await listItems(h.source);
    await expectPaths(h, items);
    await expectFolders(h, items);
    await expectKnown(h, items);
    await expectParts(h, items);
    await expectHashes(h, items);
    await expectRefusedWhenAborted(h, items);
    await expectReconnects(h, items);
  });

  const silentTest = options.silent ? test : () => {};
  silentTest(`${name}: whoever leaves a phone that says nothing is let go`, async () => {
    await using h = await open();
    const [item] = (await listItems(h.source)).filter((i) => !h.unreadable.has(i.path) && i.sizeBytes > 0);
    h.silence!();
    for (const [member, call] of Object.entries(requests(h.source, item!))) {
      const leave = new AbortController();
      const asked = call(leave.signal);
      await turns(20); // what is asked is on its way
      leave.abort();
      const late = Symbol("late");
      const outcome = await Promise.race([asked.catch((error: unknown) => error), turns(1_000).then(() => late)]);
      expect(outcome, member).toMatchObject({ code: "cancelled" });
    }
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

/** Only who has a cloud's originals can list their stubs, and only a library says of a stub what it stands for. */
function expectAbsence({ source }: SourceHarness, items: readonly MediaItem[]): void {
  const { absence, library } = source.capabilities;
  expect(absence === "cloud").toBe(library === "photos-sqlite");
  if (absence === "unfinished") expect(items.filter((i) => i.area === "cloud-originals")).toEqual([]);
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

/** Of the event loop: what needs no more of them waits for no clock. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Every member that asks the phone for something, as far as this source has it. */
function requests(source: MediaSource, item: MediaItem): Record<string, (signal: AbortSignal) => Promise<unknown>> {
  const { phoneFacts, thumbnail, hashOnPhone } = source;
  return {
    list: async (signal) => {
      for await (const _ of source.list({ signal })); // to its end
    },
    locate: (signal) => source.locate(item.path, { signal }),
    stat: (signal) => source.stat(item, { signal }),
    read: (signal) => readAll(source.read(item, { signal })),
    ...(phoneFacts ? { phoneFacts: (signal) => phoneFacts.call(source, { signal }) } : {}),
    ...(thumbnail ? { thumbnail: (signal) => thumbnail.call(source, item, { signal }) } : {}),
    ...(hashOnPhone ? { hashOnPhone: (signal) => hashOnPhone.call(source, item, { signal }) } : {}),
  };
}

/** `locate` and `stat` agree with the listing; what is not there, and what is a folder, is no item. */
async function expectPaths({ source }: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  for (const item of items.slice(0, 4)) {
    const located = await source.locate(item.path);
    expect(located).toMatchObject({ path: item.path, name: item.name, sizeBytes: item.sizeBytes });
    expect((await source.stat(located!)).sizeBytes).toBe(item.sizeBytes);
    expect(item.path.endsWith(`/${item.name}`)).toBe(true);
  }
  const [{ path }] = items as [MediaItem];
  expect(await source.locate(`${path}-gone`)).toBeUndefined();
  expect(
    await source.locate(`${folderOf(path)}/no such folder/${path.slice(path.lastIndexOf("/") + 1)}`),
  ).toBeUndefined();
  expect(await source.locate(folderOf(path))).toBeUndefined();
}

/** Areas and folders limit what is listed; together the areas of photos are all of it. */
async function expectFolders({ source }: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  const pathsOf = async (options: ListOptions): Promise<string[]> => {
    const paths: string[] = [];
    for await (const entry of source.list(options)) if (!isUnreadable(entry)) paths.push(entry.path);
    return paths.sort();
  };
  expect(await pathsOf({ areas: [] })).toEqual([]);
  for (const area of photoAreas)
    expect(await pathsOf({ areas: [area] }), area).toEqual(items.filter((i) => i.area === area).map((i) => i.path));
  const folder = folderOf((items[0] as MediaItem).path);
  const below = items.filter((i) => i.path.startsWith(`${folder}/`)).map((i) => i.path);
  expect(await pathsOf({ folder, areas: ["camera-roll"] })).toEqual(below);
  expect(await pathsOf({ folder: `${folder}-gone` })).toEqual([]);
  const folders = source.foldersOf?.(["camera-roll"]).map((f) => f.toLowerCase());
  for (const { path, area } of items)
    if (area === "camera-roll" && folders)
      expect(
        folders.some((f) => path.toLowerCase().includes(`/${f}/`)),
        path,
      ).toBe(true);
}

/** What is known of a file need not be asked: it comes back as it was given, or as the phone has it; never left out. */
async function expectKnown({ source }: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  const [{ path, sizeBytes }] = items as [MediaItem];
  const known = { sizeBytes: 4711, modifiedAt: new Date(0), createdAt: undefined };
  const found = new Map<string, number>();
  for await (const entry of source.list({ known: (asked) => (asked === path ? known : undefined) }))
    if (!isUnreadable(entry)) found.set(entry.path, entry.sizeBytes);
  expect([known.sizeBytes, sizeBytes]).toContain(found.get(path));
  found.set(path, sizeBytes);
  expect([...found].sort()).toEqual(items.map((i) => [i.path, i.sizeBytes]).sort());
}

/** Stretches of any place and length, in memory that is lent. */
async function expectParts(h: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  const { source, truth, unreadable } = h;
  const item = items.filter((i) => !unreadable.has(i.path)).sort((a, b) => b.sizeBytes - a.sizeBytes)[0] as MediaItem;
  const want = truth.get(item.path) as Buffer;
  expect(await readAll(source.read(item, { offset: 0, length: 0 }))).toHaveLength(0);
  expect((await readRange(source, item, { offset: 0, length: 1_000 })).equals(want.subarray(0, 1_000))).toBe(true);
  const middle = { offset: 1_234, length: 4_321 };
  const mayBegin = source.canReadFrom?.(item, middle.offset) ?? source.capabilities.resume;
  expect(source.canReadFrom?.(item, 0) ?? true).toBe(true);
  if (mayBegin) expect((await readRange(source, item, middle)).equals(want.subarray(1_234, 5_555))).toBe(true);
  else await expect(readRange(source, item, middle)).rejects.toMatchObject({ scope: "item" });
  const blocks = new BlockPool();
  const parts: Buffer[] = [];
  const idleBefore = source.idleMs;
  const since = performance.now();
  for await (const chunk of source.read(item, { blocks })) {
    parts.push(Buffer.from(chunk));
    blocks.give(chunk);
  }
  expect(Buffer.concat(parts).equals(want)).toBe(true);
  if (idleBefore === undefined) return;
  const idle = (source.idleMs as number) - idleBefore;
  expect(idle).toBeGreaterThanOrEqual(0);
  expect(idle).toBeLessThanOrEqual(performance.now() - since);
}

async function expectHashes({ source, truth, unreadable }: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  if (!source.hashOnPhone) return;
  for (const item of items) {
    const hash = source.hashOnPhone(item);
    if (unreadable.has(item.path)) await hash.catch((error) => expect(error).toMatchObject({ scope: "item" }));
    else
      expect(await hash, item.path).toBe(
        createHash("sha256")
          .update(truth.get(item.path) as Buffer)
          .digest("hex"),
      );
  }
  const [item] = items as [MediaItem];
  const gone = { ...item, id: `${item.id}-gone`, path: `${item.path}-gone` };
  await expect(source.hashOnPhone(gone)).rejects.toMatchObject({ scope: "item" });
}

async function expectRefusedWhenAborted({ source }: SourceHarness, [item]: readonly MediaItem[]): Promise<void> {
  const calls = { ...requests(source, item!), reconnect: (signal: AbortSignal) => source.reconnect({ signal }) };
  for (const [member, call] of Object.entries(calls))
    await expect(call(AbortSignal.abort()), member).rejects.toMatchObject({ code: "cancelled" });
}

/** A phone that was never away is there at once, with all that it had. */
async function expectReconnects({ source, truth }: SourceHarness, items: readonly MediaItem[]): Promise<void> {
  await source.reconnect({});
  const again = await listItems(source);
  expect(again.map((i) => [i.path, i.sizeBytes])).toEqual(items.map((i) => [i.path, i.sizeBytes]));
  const item = items.find((i) => i.sizeBytes > 0) as MediaItem;
  // An item of before is good for as long as its phone is the same.
  expect((await readAll(source.read(item))).equals(truth.get(item.path) as Buffer)).toBe(true);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
