/** What every `MediaSource` must do. Runs on each protocol against its mock, and on wrappers. */
import { expect, test } from "vitest";
import { isUnreadable, type MediaSource } from "../../src/device/index.ts";
import { listItems, readAll } from "../helpers/mock.ts";

export interface SourceHarness extends AsyncDisposable {
  readonly source: MediaSource;
  /** Every item's path and bytes, sidecars and junk included, as described. */
  readonly truth: ReadonlyMap<string, Buffer>;
  /** Items of the phone that cannot be read, by path. */
  readonly unreadable: ReadonlySet<string>;
}

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

  test(`${name}: disposing twice is no error`, async () => {
    const h = await open();
    await h[Symbol.asyncDispose]();
    await h.source[Symbol.asyncDispose]();
  });
}
