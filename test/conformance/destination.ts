/** What every `Destination` must do. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { Destination } from "../../src/transfer/destination/index.ts";

const key = (n: number): string => createHash("sha256").update(String(n)).digest("hex");
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface DestinationHarness extends AsyncDisposable {
  readonly destination: Destination;
  /** Names of all files a person would see. */
  visible(): Promise<string[]>;
  /** The same place as the next process has it, after this one ended without a word. */
  restart(): Promise<Destination>;
  /** Takes the place away, and puts it back. */
  readonly pull?: () => Promise<void>;
  readonly plugIn?: () => Promise<void>;
  /** What it cannot do though others can: it has to say so. */
  readonly keepsNoDates?: boolean;
}

/** What the place tells of a file that was given this date. */
function dateOf({ keepsNoDates }: DestinationHarness, modified: Date): unknown {
  return keepsNoDates ? expect.any(Number) : modified.getTime();
}

async function store(destination: Destination, n: number, path: string, text = String(n)): Promise<void> {
  await using file = await destination.create({ key: key(n), sizeBytes: text.length });
  await file.write(Buffer.from(text));
  expect(await file.commit(path, new Date("2021-03-04T05:06:07Z"))).toBe("stored");
}

export function testDestination(name: string, open: () => Promise<DestinationHarness>): void {
  test(`${name}: a file appears under its name only when committed, with its bytes and its time`, async () => {
    await using h = await open();
    const modified = new Date("2021-03-04T05:06:07Z");
    await using file = await h.destination.create({ key: key(1), sizeBytes: 11 });
    await file.write(Buffer.from("hello "));
    await file.write(Buffer.from("world"));
    expect(await h.visible()).toEqual([]);
    expect(await file.commit("2021/03/a.txt", modified)).toBe("stored");
    expect(await h.visible()).toEqual(["2021/03/a.txt"]);
    expect(await h.destination.stat("2021/03/a.txt")).toEqual({ sizeBytes: 11, modifiedMs: dateOf(h, modified) });
    const hash = await h.destination.hash("2021/03/a.txt");
    expect(hash.sha256).toBe(createHash("sha256").update("hello world").digest("hex"));
    expect(hash.sizeBytes).toBe(11);
  });

  test(`${name}: what was written is read back before it has a name, and keeps its time`, async () => {
    await using h = await open();
    const modified = new Date("2021-03-04T05:06:07Z");
    await using file = await h.destination.create({ key: key(7), sizeBytes: 11 });
    await file.write(Buffer.from("hello world"));
    const sha256 = createHash("sha256").update("hello world").digest("hex");
    expect(await file.reread(modified)).toMatchObject({ sha256, sizeBytes: 11 });
    expect(await h.visible()).toEqual([]);
    expect(await file.commit("a.txt", modified)).toBe("stored");
    expect(await h.destination.stat("a.txt")).toEqual({ sizeBytes: 11, modifiedMs: dateOf(h, modified) });
  });

  test(`${name}: an uncommitted file leaves nothing`, async () => {
    await using h = await open();
    {
      await using file = await h.destination.create({ key: key(2), sizeBytes: 5 });
      await file.write(Buffer.from("hello"));
    }
    expect(await h.visible()).toEqual([]);
    expect(await h.destination.sweep(() => false)).toBe(0);
  });

  test(`${name}: a taken name is never overwritten`, async () => {
    await using h = await open();
    for (const [n, expected] of [
      [3, "stored"],
      [4, "name-taken"],
    ] as const) {
      await using file = await h.destination.create({ key: key(n), sizeBytes: 1 });
      await file.write(Buffer.from(String(n)));
      expect(await file.commit("same.txt", undefined)).toBe(expected);
      if (expected === "name-taken") expect(await file.commit("other.txt", undefined)).toBe("stored");
    }
    expect((await h.destination.hash("same.txt")).sha256).toBe(key(3));
    expect((await h.destination.hash("other.txt")).sha256).toBe(key(4));
  });

  test(`${name}: a file takes the place of one of ours, and of nothing else`, async () => {
    await using h = await open();
    await store(h.destination, 11, "page.html", "first");
    await using edited = await h.destination.create({ key: key(12), sizeBytes: 6 });
    await edited.write(Buffer.from("second"));
    expect(await edited.replace("page.html", hashOf("something else"), undefined)).toBe("not-ours");
    expect(await edited.replace("nothing.html", hashOf("first"), undefined)).toBe("not-ours");
    expect((await h.destination.hash("page.html")).sha256).toBe(hashOf("first"));
    expect(await edited.replace("page.html", hashOf("first"), undefined)).toBe("stored");
    expect(await edited.replace("page.html", hashOf("first"), undefined)).toBe("stored");
    expect((await h.destination.hash("page.html")).sha256).toBe(hashOf("second"));
    expect(await h.visible()).toEqual(["page.html"]);
  });

  test(`${name}: a file is moved where nothing is in the way, and a folder taken away where nothing is in it`, async () => {
    await using h = await open();
    for (const [n, path] of [[8, "a/b/one.txt"] as const, [9, "c/two.txt"] as const]) {
      await using file = await h.destination.create({ key: key(n), sizeBytes: 1 });
      await file.write(Buffer.from(String(n)));
      await file.commit(path, undefined);
    }
    expect(await h.destination.move("a/b/one.txt", "c/two.txt")).toBe("name-taken");
    expect(await h.destination.removeFolder("a/b")).toBe(false);
    expect(await h.destination.move("a/b/one.txt", "d/e/one.txt")).toBe("moved");
    expect(await h.destination.move("a/b/one.txt", "d/e/two.txt")).toBe("gone");
    expect((await h.visible()).sort()).toEqual(["c/two.txt", "d/e/one.txt"]);
    expect((await h.destination.hash("d/e/one.txt")).sha256).toBe(key(8));
    expect(await h.destination.removeFolder("a/b")).toBe(true);
    expect(await h.destination.removeFolder("a/b")).toBe(false);
    // A folder that was taken away is made again where it is needed.
    expect(await h.destination.move("d/e/one.txt", "a/b/one.txt")).toBe("moved");
    await expect(h.destination.move("c/two.txt", "../two.txt")).rejects.toMatchObject({ code: "destination-unsafe" });
  });

  test(`${name}: a large partial that was kept is continued, a restart begins anew`, async () => {
    await using h = await open();
    const size = 20 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 7);
    {
      await using file = await h.destination.create({ key: key(5), sizeBytes: size });
      for (let i = 0; i < 10; i += 1) await file.write(block);
      file.keep();
    }
    await using file = await h.destination.create({ key: key(5), sizeBytes: size });
    expect(file.offset).toBe(10 * block.length);
    expect(Buffer.from(await file.readBack(0, 4096)).equals(block.subarray(0, 4096))).toBe(true);
    await file.restart();
    expect(file.offset).toBe(0);
    let handedOver = 0;
    for (let i = 0; i < 20; i += 1) await file.write(block, () => (handedOver += 1));
    await file.written();
    expect(handedOver).toBe(20);
    expect(await file.commit("big.bin", undefined)).toBe("stored");
    expect((await h.destination.stat("big.bin"))?.sizeBytes).toBe(size);
  });

  test(`${name}: a file that is set aside frees its name, and the one before it stays`, async () => {
    await using h = await open();
    const places: string[] = [];
    for (const n of [8, 9]) {
      await using file = await h.destination.create({ key: key(n), sizeBytes: 1 });
      await file.write(Buffer.from(String(n)));
      expect(await file.commit("2021/a.txt", undefined)).toBe("stored");
      places.push(await h.destination.setAside("2021/a.txt"));
      expect(await h.destination.stat("2021/a.txt")).toBeUndefined();
    }
    expect(await h.visible()).toEqual([]);
    for (const [i, place] of places.entries()) expect((await h.destination.hash(place)).sha256).toBe(key(8 + i));
    await expect(h.destination.setAside("2021/a.txt")).rejects.toMatchObject({ code: "destination-mismatch" });
    await expect(h.destination.setAside("../a.txt")).rejects.toMatchObject({ code: "destination-unsafe" });
  });

  test(`${name}: a folder tells its names with their kinds, and a missing one is empty`, async () => {
    await using h = await open();
    await store(h.destination, 20, "2021/03/a.txt");
    await store(h.destination, 21, "2021/b.txt");
    const sorted = async (folder: string): Promise<string[]> =>
      (await h.destination.list(folder)).map((e) => `${e.name} ${e.type}`).sort();
    expect(await sorted("2021")).toEqual(["03 folder", "b.txt file"]);
    expect(await sorted("")).toContain("2021 folder");
    expect(await sorted("2022")).toEqual([]);
    await expect(h.destination.list("2021/b.txt")).rejects.toMatchObject({ code: "destination-unsafe" });
    await expect(h.destination.list("../out")).rejects.toMatchObject({ code: "destination-unsafe" });
  });

  test(`${name}: many names are looked at together, in their order, and what is not there is undefined`, async () => {
    await using h = await open();
    await store(h.destination, 22, "a/one.txt", "one");
    await store(h.destination, 23, "b/three.txt", "three");
    const paths = ["b/three.txt", "a/none.txt", "no/such.txt", "a", "a/one.txt", "a/one.txt/below"];
    const entries = await h.destination.statAll(paths);
    expect(entries.map((e) => e && [e.type, e.sizeBytes])).toEqual([
      ["file", 5],
      undefined,
      undefined,
      ["folder", -1],
      ["file", 3],
      undefined,
    ]);
    const { concurrency } = h.destination.properties;
    const many = Array.from({ length: 3 * concurrency }, (_, i) => (i % 2 === 0 ? "a/one.txt" : `a/${i}.txt`));
    const found = (await h.destination.statAll(many)).map((e) => e !== undefined);
    expect(found).toEqual(many.map((_, i) => i % 2 === 0));
    const stopped = h.destination.statAll(paths, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  });

  test(`${name}: says what it can in whole numbers, and how it keeps names once that was tried`, async () => {
    await using h = await open();
    await store(h.destination, 24, "a.txt");
    const { concurrency, maxFileBytes, links, noOverwrite } = h.destination.properties;
    expect(Number.isSafeInteger(concurrency) && concurrency > 0).toBe(true);
    expect(Number.isSafeInteger(maxFileBytes) && maxFileBytes >= 0xffff_ffff).toBe(true);
    expect([links, noOverwrite]).not.toContain(undefined);
    expect(await h.destination.freeBytes()).toBeGreaterThan(0);
    expect(h.destination.label).not.toBe("");
  });

  test(`${name}: of two that want a name at one moment one has it, where names are kept in one step`, async () => {
    await using h = await open();
    await store(h.destination, 25, "tried.txt");
    if (h.destination.properties.noOverwrite !== "atomic") return;
    for (let round = 0; round < 5; round += 1) {
      const commit = async (n: number): Promise<string> => {
        await using file = await h.destination.create({ key: key(n), sizeBytes: 1 });
        await file.write(Buffer.from("x"));
        return await file.commit(`race-${round}.txt`, undefined);
      };
      const results = await Promise.all([30, 31, 32].map((n) => commit(n + 10 * round)));
      expect(results.toSorted()).toEqual(["name-taken", "name-taken", "stored"]);
    }
  });

  test(`${name}: a second name or a second file of the same bytes, and neither over another`, async () => {
    await using h = await open();
    await store(h.destination, 40, "a/one.txt", "one");
    await store(h.destination, 41, "b/two.txt", "two");
    expect(await h.destination.duplicate("a/one.txt", "c/copy.txt", "copy")).toBe("stored");
    const linked = await h.destination.duplicate("a/one.txt", "c/link.txt", "link");
    expect(linked).toBe(h.destination.properties.links ? "stored" : "unsupported");
    for (const path of linked === "stored" ? ["c/copy.txt", "c/link.txt"] : ["c/copy.txt"])
      expect((await h.destination.hash(path)).sha256).toBe(hashOf("one"));
    for (const how of ["copy", "link"] as const)
      expect(await h.destination.duplicate("a/one.txt", "b/two.txt", how)).toBe("name-taken");
    expect((await h.destination.hash("b/two.txt")).sha256).toBe(hashOf("two"));
    await expect(h.destination.duplicate("a/none.txt", "c/none.txt", "copy")).rejects.toMatchObject({
      code: "destination-mismatch",
    });
    await expect(h.destination.duplicate("a/one.txt", "../out.txt", "copy")).rejects.toMatchObject({
      code: "destination-unsafe",
    });
    expect((await h.visible()).filter((path) => path.startsWith("c/"))).toHaveLength(linked === "stored" ? 2 : 1);
  });

  test(`${name}: a file is taken away when it is what was written, and left when it is not`, async () => {
    await using h = await open();
    await store(h.destination, 42, "a.txt", "mine");
    expect(await h.destination.remove("a.txt", hashOf("another's"))).toBe(false);
    expect(await h.visible()).toEqual(["a.txt"]);
    expect(await h.destination.remove("a.txt", hashOf("mine"))).toBe(true);
    expect(await h.visible()).toEqual([]);
    expect(await h.destination.remove("a.txt", hashOf("mine"))).toBe(false);
  });

  test(`${name}: a stored file is read from anywhere, shorter at its end`, async () => {
    await using h = await open();
    await store(h.destination, 43, "a.txt", "0123456789");
    await using reader = await h.destination.open("a.txt");
    expect(`${await reader.read(0, 4)}`).toBe("0123");
    expect(`${await reader.read(6, 100)}`).toBe("6789");
    expect(await reader.read(10, 5)).toHaveLength(0);
    await expect(h.destination.open("none.txt")).rejects.toMatchObject({ code: "destination-mismatch" });
    await expect(h.destination.hash("none.txt")).rejects.toMatchObject({ code: "destination-mismatch" });
    const stopped = h.destination.hash("a.txt", { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  });

  test(`${name}: what was flushed is there after the process was killed, under no name`, async () => {
    await using h = await open();
    const block = Buffer.alloc(1024 * 1024, 7);
    const size = 20 * block.length;
    const file = await h.destination.create({ key: key(44), sizeBytes: size });
    for (let i = 0; i < 9; i += 1) await file.write(block);
    await file.flush();
    const next = await h.restart();
    await using again = await next.create({ key: key(44), sizeBytes: size });
    expect(again.offset).toBe(9 * block.length);
    expect(again.offsetCrc32).toBe(crc32(Buffer.concat(Array.from({ length: 9 }, () => block))));
    expect(Buffer.from(await again.readBack(8 * block.length, 100)).equals(block.subarray(0, 100))).toBe(true);
    expect(await h.visible()).toEqual([]);
    for (let i = 9; i < 20; i += 1) await again.write(block);
    expect(await again.commit("big.bin", undefined)).toBe("stored");
    expect((await next.stat("big.bin"))?.sizeBytes).toBe(size);
  });

  test(`${name}: partials that nobody wants are swept, those that are wanted stay`, async () => {
    await using h = await open();
    const size = 9 * 1024 * 1024;
    for (const n of [45, 46]) {
      await using file = await h.destination.create({ key: key(n), sizeBytes: size });
      await file.write(Buffer.alloc(1024 * 1024, n));
      file.keep();
    }
    expect(await h.destination.sweep((k) => k === key(46))).toBe(1);
    expect(await h.destination.sweep((k) => k === key(46))).toBe(0);
    await using file = await (await h.restart()).create({ key: key(46), sizeBytes: size });
    expect(file.offset).toBe(1024 * 1024);
  });

  test(`${name}: a date that was kept is told with the file, and one that was not is owned up to`, async () => {
    await using h = await open();
    const modified = new Date("2019-02-03T04:05:06Z");
    await using file = await h.destination.create({ key: key(47), sizeBytes: 1 });
    await file.write(Buffer.from("x"));
    expect(file.storedMs).toBeUndefined();
    expect(await file.commit("a.txt", modified)).toBe("stored");
    expect(file.dateKept).toBe(h.keepsNoDates !== true);
    const stat = await h.destination.stat("a.txt");
    expect(file.storedMs).toBe(stat?.modifiedMs === undefined ? undefined : Math.trunc(stat.modifiedMs));
    if (file.dateKept) expect(stat?.modifiedMs).toBe(modified.getTime());
    // Whoever lost the answer may ask again.
    expect(await file.commit("a.txt", modified)).toBe("stored");
    expect(await h.visible()).toEqual(["a.txt"]);
  });

  test(`${name}: a place that is taken away is not there, and is when it is back`, async () => {
    await using h = await open();
    if (!h.pull || !h.plugIn) return;
    await store(h.destination, 48, "a.txt");
    expect(await h.destination.isThere()).toBe(true);
    await h.pull();
    expect(await h.destination.isThere()).toBe(false);
    await expect(store(h.destination, 49, "b.txt")).rejects.toMatchObject({ code: "destination-not-there" });
    await h.plugIn();
    expect(await h.destination.isThere()).toBe(true);
    await store(h.destination, 49, "b.txt");
    expect((await h.visible()).sort()).toEqual(["a.txt", "b.txt"]);
  });

  test(`${name}: paths that lead out are refused`, async () => {
    await using h = await open();
    await using file = await h.destination.create({ key: key(6), sizeBytes: 1 });
    await file.write(Buffer.from("x"));
    for (const path of ["../out.txt", "a/../../out.txt", "/etc/out.txt"])
      await expect(file.commit(path, undefined)).rejects.toMatchObject({ code: "destination-unsafe" });
  });
}
