/** What every `MetadataStore` must do. */
import { expect, test } from "vitest";
import type { MetadataStore } from "../../src/transfer/destination/store.ts";
import { TestClock } from "../fakes/test-clock.ts";

export interface StoreHarness extends AsyncDisposable {
  /** Of a place that was made and carries no id yet. */
  readonly store: MetadataStore;
  /** The same place as another process has it. */
  open(): MetadataStore;
}

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const text of texts) yield Buffer.from(text);
}

const textOf = async (chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> =>
  chunks && Buffer.concat(await Array.fromAsync(chunks)).toString();

export function testMetadataStore(name: string, open: () => Promise<StoreHarness>): void {
  test(`${name}: a place gets one id, whoever asks`, async () => {
    await using h = await open();
    expect(await h.store.readId()).toBeUndefined();
    const ids = await Promise.all([h.store, h.open(), h.open()].map((store) => store.ensureId()));
    expect(new Set(ids).size).toBe(1);
    expect(await h.open().readId()).toBe(ids[0]);
    expect(h.store.label).not.toBe("");
  });

  test(`${name}: one has the lock; the next one is told who, waits, and has it afterwards`, async () => {
    await using h = await open();
    const options = { clock: new TestClock(), pid: 4711, wait: false };
    const lock = await h.store.lock(options);
    expect(lock.lost.aborted).toBe(false);
    await expect(h.open().lock(options)).rejects.toMatchObject({
      code: "destination-in-use",
      message: expect.stringContaining("process 4711"),
    });
    const told: string[] = [];
    const waiting = h.open().lock({
      ...options,
      wait: true,
      onWait: (holder) => {
        told.push(holder);
        lock[Symbol.dispose]();
      },
    });
    (await waiting)[Symbol.dispose]();
    expect(told).toHaveLength(1);
    const stop = new AbortController();
    using _held = await h.store.lock(options);
    const stopped = h
      .open()
      .lock({ ...options, wait: true, signal: stop.signal, onWait: () => stop.abort(new Error("stop")) });
    await expect(stopped).rejects.toThrow("stop");
  });

  test(`${name}: a catalog takes the place of the one before, whole, or not at all`, async () => {
    await using h = await open();
    expect(await h.store.catalog.fetch()).toBeUndefined();
    await h.store.catalog.replace(bytes("first ", "catalog"));
    await h.store.catalog.replace(bytes("second"));
    expect(await textOf(await h.open().catalog.fetch())).toBe("second");
    const torn = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from("th");
      throw new Error("torn");
    };
    await expect(h.store.catalog.replace(torn())).rejects.toThrow("torn");
    expect(await textOf(await h.open().catalog.fetch())).toBe("second");
    // What is written there must be readable there.
    expect(h.store.catalog.isWrittenThere && h.store.catalog.folder === undefined).toBe(false);
    await h.store.catalog.discard();
    expect(await h.open().catalog.fetch()).toBeUndefined();
  });

  for (const kind of ["runs", "freeup"] as const) {
    test(`${name}: in ${kind} a log grows in order, is read whole, and is begun once`, async () => {
      await using h = await open();
      const runs = h.store[kind];
      expect(await runs.names()).toBeUndefined();
      {
        await using log = await runs.begin("1.jsonl");
        for (let i = 0; i < 100; i += 1) log.write(`${i}\n`);
        await expect(runs.begin("1.jsonl")).rejects.toMatchObject({ name: "DestinationError" });
      }
      const text = `${await h.open()[kind].read("1.jsonl", 10_000)}`;
      expect(text).toBe(Array.from({ length: 100 }, (_, i) => `${i}\n`).join(""));
      expect(await runs.names()).toEqual(["1.jsonl"]);
      expect(await h.store[kind === "runs" ? "freeup" : "runs"].names()).toBeUndefined();
      await expect(runs.read("1.jsonl", 10)).rejects.toThrow();
      expect(await runs.read("2.jsonl", 10)).toBeUndefined();
    });

    test(`${name}: in ${kind} a file is put whole, with and without its proof, over one of its name, and taken away`, async () => {
      await using h = await open();
      const runs = h.store[kind];
      await runs.put("a.gz", bytes("one"));
      await runs.put("a.gz", bytes("t", "wo"), { isProven: true });
      expect(`${await runs.read("a.gz", 100)}`).toBe("two");
      expect(await runs.names()).toEqual(["a.gz"]);
      await runs.remove("a.gz");
      await runs.remove("a.gz");
      expect(await runs.read("a.gz", 100)).toBeUndefined();
    });
  }

  test(`${name}: albums take the place of those before, and are read within a bound`, async () => {
    await using h = await open();
    expect(await h.store.albums.read(100)).toBeUndefined();
    expect(await h.store.albums.refusal()).toBeUndefined();
    await h.store.albums.replace(Buffer.from("first, and longer"));
    await h.store.albums.replace(Buffer.from("second"));
    expect(`${await h.open().albums.read(100)}`).toBe("second");
    await expect(h.store.albums.read(3)).rejects.toThrow();
    expect(await h.store.runs.names()).toBeUndefined();
  });
}
