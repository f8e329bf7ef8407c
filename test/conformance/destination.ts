/** What every `Destination` must do. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Destination } from "../../src/transfer/destination/index.ts";

export interface DestinationHarness extends AsyncDisposable {
  readonly destination: Destination;
  /** Names of all files a person would see. */
  visible(): Promise<string[]>;
}

const key = (n: number): string => createHash("sha256").update(String(n)).digest("hex");

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
    expect(await h.destination.stat("2021/03/a.txt")).toEqual({ sizeBytes: 11, modifiedMs: modified.getTime() });
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
    expect(await h.destination.stat("a.txt")).toEqual({ sizeBytes: 11, modifiedMs: modified.getTime() });
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

  test(`${name}: paths that lead out are refused`, async () => {
    await using h = await open();
    await using file = await h.destination.create({ key: key(6), sizeBytes: 1 });
    await file.write(Buffer.from("x"));
    for (const path of ["../out.txt", "a/../../out.txt", "/etc/out.txt"])
      await expect(file.commit(path, undefined)).rejects.toMatchObject({ code: "destination-unsafe" });
  });
}
