/** Where there is no picture, the reason is what happened. */
import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { openParts } from "../../src/gallery/server/parts.ts";
import { MakerEnded, Pictures } from "../../src/gallery/server/pictures.ts";
import { readCatalog } from "../../src/transfer/catalog/index.ts";
import { openDestination } from "../../src/transfer/destination/index.ts";
import { tiledHeic } from "../helpers/heic.ts";
import { makeDestination } from "../helpers/made-destination.ts";
import { now, opened } from "./opened.ts";

const good = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#2a6" } })
  .jpeg()
  .toBuffer();
/** Of its size only the head speaks: nothing of it is ever decoded. */
const hugePng = Buffer.concat([
  Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
  chunk("IHDR", Buffer.from("00007530000075300802000000", "hex")),
  chunk("IDAT", deflateSync(Buffer.alloc(100))),
]);

function chunk(type: string, body: Buffer): Buffer {
  const told = Buffer.concat([Buffer.from(type), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(told));
  return Buffer.concat([length, told, sum]);
}

const files: Readonly<Record<string, readonly [bytes: Buffer, reason: string]>> = {
  "0-huge.png": [hugePng, "too-large"],
  "1-tiles.heic": [tiledHeic(30_000, 30_000), "too-large"],
  "2-damaged.jpg": [Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500, 7)]), "damaged"],
  "3-damaged.heic": [
    Buffer.concat([Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"), Buffer.alloc(99)]),
    "damaged",
  ],
  "4-text.jpg": [Buffer.from("<!doctype html><script>1</script>"), "not-a-picture"],
  "5-raw.dng": [Buffer.concat([Buffer.from("49492a0008000000", "hex"), Buffer.alloc(64)]), "no-full-picture"],
  "6-garbage.mov": [Buffer.alloc(5_000, 9), "damaged"],
};

function destination(): string {
  return makeDestination(
    Object.entries(files).map(([name, [bytes]], i) => ({
      id: `0000000${i}`,
      captured: `2024-05-0${i + 1}T12:00:00+02:00`,
      files: [{ target: `2024/05/${name}`, bytes }],
    })),
  );
}

test.each([
  ["by the server", false],
  ["beside it", true],
])("%s: too large, damaged, no picture at all, or without one are told apart", async (_, picturesBeside) => {
  await using g = await opened([destination()], { picturesBeside });
  const { id, name } = await g.json<{ id: number[]; name: string[] }>("/api/items?view=&from=0&count=20");
  expect(id).toHaveLength(Object.keys(files).length);
  for (const [i, photo] of id.entries()) {
    const [bytes, reason] = files[name[i]!]!;
    for (const path of [`/l/${photo}/0/x`, `/t/${photo}/x.jpg`]) {
      const { status, body } = await g.ask(path);
      expect([name[i], status, JSON.parse(`${body}`).reason]).toEqual([name[i], 422, reason]);
    }
    expect((await g.ask(`/d/${photo}/0`)).body.equals(bytes)).toBe(true);
  }
});

test("a file that is gone and a disk that is away are told apart, and neither is remembered", async () => {
  const root = makeDestination(
    ["a.jpg", "b.jpg", "c.jpg"].map((name, i) => ({
      id: `0000000${i}`,
      captured: `2024-05-0${i + 1}T12:00:00+02:00`,
      files: [{ target: `2024/05/${name}`, bytes: Buffer.concat([good, Buffer.from([i])]) }],
    })),
  );
  await using g = await opened([root]);
  const why = async (path: string): Promise<unknown> => {
    const { status, body } = await g.ask(path);
    return status === 200 ? 200 : [status, JSON.parse(`${body}`).reason];
  };
  const addresses = (id: number): string[] => [`/l/${id}/0/x`, `/f/${id}/0/x`, `/d/${id}/0`, `/t/${id}/x.jpg`];
  rmSync(join(root, "2024/05/a.jpg"));
  rmSync(join(root, "2024/05/b.jpg"));
  symlinkSync("c.jpg", join(root, "2024/05/b.jpg"));
  const { id, name } = await g.json<{ id: number[]; name: string[] }>("/api/items?view=&from=0&count=20");
  for (const [i, photo] of id.entries())
    for (const address of addresses(photo))
      expect([name[i], await why(address)]).toEqual([name[i], name[i] === "c.jpg" ? 200 : [404, "gone"]]);
  const away = join(mkdtempSync(join(tmpdir(), "offroll-away-")), "disk");
  renameSync(root, away);
  const first = id[name.indexOf("a.jpg")]!;
  for (const address of addresses(first)) expect([address, await why(address)]).toEqual([address, [404, "disk-gone"]]);
  // Another folder than the one that was opened, as a disk is that was plugged in again.
  cpSync(away, root, { recursive: true });
  writeFileSync(join(root, "2024/05/a.jpg"), good);
  for (const address of addresses(first)) expect([address, await why(address)]).toEqual([address, 200]);
});

test("a picture that ends its maker twice is given up; those beside it are made", async () => {
  const root = makeDestination(
    ["a.jpg", "b.jpg"].map((name, i) => ({
      id: `0000000${i}`,
      captured: `2024-05-0${i + 1}T12:00:00+02:00`,
      files: [{ target: `2024/05/${name}`, bytes: Buffer.concat([good, Buffer.from([i])]) }],
    })),
  );
  const { found, place } = await openDestination(root, "/");
  using catalog = (await readCatalog(place.metadata))!;
  const cacheFolder = mkdtempSync(join(tmpdir(), "offroll-cache-"));
  await using parts = await openParts({ folders: [{ folder: found, catalog }], cacheFolder, now: () => now });
  const counts = parts.pictures.counts;
  const asked: number[] = [];
  const both = Promise.withResolvers<void>();
  const elsewhere = {
    async make({ photo }: { readonly photo: number }) {
      const isFirst = asked.push(photo) <= 2;
      // The first time they are made beside each other: none is asked for again before the other is there.
      if (!isFirst || asked.length === 2) both.resolve();
      await both.promise;
      if (photo === 1 || isFirst) throw new MakerEnded();
      return { made: { jpeg: good }, counts };
    },
  };
  const home = { cacheFolder: join(cacheFolder, "p"), phoneFolder: join(cacheFolder, "q"), maxCacheBytes: 1e6 };
  await using pictures = new Pictures(parts.index, parts.files, { ...home, elsewhere });
  expect(await Promise.all([pictures.small(1), pictures.small(2)])).toEqual([{ why: "gave-up" }, { jpeg: good }]);
  expect(asked.filter((photo) => photo === 1)).toHaveLength(2);
  expect(await pictures.small(1)).toEqual({ why: "gave-up" });
  expect(asked.filter((photo) => photo === 1)).toHaveLength(2);
});
