/** A ZIP that other programs open, of the length that was told before its first byte. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { type ZipEntry, zipBytes, zipLength } from "../../src/gallery/server/zip.ts";
import { bufferRange, type RangeReader } from "../../src/media/range-reader.ts";
import { makeDestination } from "../helpers/made-destination.ts";
import { opened } from "./opened.ts";

const entry = (name: string, reader: RangeReader): ZipEntry => ({
  name,
  sizeBytes: reader.size,
  modified: new Date(2024, 4, 1, 12, 34, 56),
  open: async () => ({ reader, async [Symbol.asyncDispose]() {} }),
});

/** What Python's zipfile makes of it: a reader that nobody here wrote. */
function readByPython(file: string): { name: string; size: number; crc: string }[] {
  const program =
    "import sys, json, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([{'name': i.filename, 'size': i.file_size, 'crc': format(i.CRC, '08x')} for i in z.infolist()]))";
  return JSON.parse(execFileSync("python3", ["-c", program, file], { encoding: "utf8" }));
}

test("files of any name are read again by another program, whole", async () => {
  const names = ["IMG_0001.HEIC", "京都/桜.jpg", "ä ö.mov", "empty.txt"];
  const entries = names.map((name, i) => entry(name, bufferRange(Buffer.alloc(i === 3 ? 0 : 300_000 + i, i))));
  const bytes = Buffer.concat(await Array.fromAsync(zipBytes(entries)));
  expect(bytes.length).toBe(zipLength(entries));
  const file = join(mkdtempSync(join(tmpdir(), "offroll-zip-")), "a.zip");
  writeFileSync(file, bytes);
  expect(readByPython(file).map(({ name, size }) => [name, size])).toEqual(
    names.map((name, i) => [name, entries[i]!.sizeBytes]),
  );
});

test("its length is told for more than four gigabytes, too", async () => {
  const large = (name: string): ZipEntry => entry(name, { size: 5 * 1024 ** 3, read: async () => Buffer.alloc(0) });
  const one = zipLength([large("a"), entry("b", bufferRange(Buffer.alloc(10)))]);
  expect(one - 5 * 1024 ** 3).toBe(30 + 1 + 20 + 24 + 30 + 1 + 16 + 10 + (46 + 1 + 28) * 2 + 76 + 22);
  await expect(Array.fromAsync(zipBytes([large("a")]))).rejects.toThrow("has changed");
});

test("a selection comes as one download: as it is seen, or every file; what is gone is told before", async () => {
  const bytes = (text: string): Buffer => Buffer.from(text.repeat(1_000));
  const root = makeDestination([
    {
      id: "00000001",
      captured: "2024-05-01T12:00:00+02:00",
      files: [
        { target: "2024/05/IMG_0001.HEIC", bytes: bytes("one") },
        { role: "live-video", target: "2024/05/IMG_0001.MOV", bytes: bytes("movie") },
        { role: "edit", target: "2024/05/IMG_0001_edited.HEIC", bytes: bytes("edit") },
        { role: "recipe", target: "2024/05/IMG_0001.AAE", bytes: bytes("recipe") },
      ],
    },
    {
      id: "00000002",
      captured: "2023-05-01T12:00:00+02:00",
      files: [{ target: "2023/05/img_0001.heic", bytes: bytes("two") }],
    },
    { id: "00000003", captured: "2022-05-01T12:00:00+02:00", files: [{ target: "2022/05/gone.heic" }] },
  ]);
  await using g = await opened([root]);
  const download = async (what: string): Promise<string[]> => {
    const answer = JSON.parse(`${(await g.post("/api/basket", { photos: [3, 2, 1], what })).body}`);
    expect(answer.missing).toBe(1);
    const zip = await g.ask(answer.url);
    expect([zip.status, zip.headers["content-type"], zip.body.length]).toEqual([
      200,
      "application/zip",
      answer.sizeBytes,
    ]);
    const file = join(mkdtempSync(join(tmpdir(), "offroll-zip-")), "a.zip");
    writeFileSync(file, zip.body);
    return readByPython(file).map(({ name }) => name);
  };
  expect(await download("shown")).toEqual(["IMG_0001_edited.HEIC", "IMG_0001.MOV", "img_0001.heic"]);
  expect(await download("all")).toEqual([
    ...["IMG_0001.HEIC", "IMG_0001_edited.HEIC", "IMG_0001.AAE", "IMG_0001.MOV"],
    "img_0001 (2).heic",
  ]);
  expect((await g.ask("/zip/nothing")).status).toBe(404);
  expect(readFileSync(join(root, "2024/05/IMG_0001.HEIC")).equals(bytes("one"))).toBe(true);
});

test("JPEGs are made while they are sent, every one that was selected; what could not be made is named in the ZIP", async () => {
  const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: "#2a6" } })
    .png()
    .toBuffer();
  const files = ["2024/a.png", "2023/A.png", "2022/page.png", "2021/gone.png"].map((target, i) => ({
    id: `0000000${i}`,
    captured: `${2024 - i}-05-01T12:00:00+02:00`,
    files: [i === 3 ? { target } : { target, bytes: i === 2 ? Buffer.from("<html>") : photo }],
  }));
  // More than any memory is to hold at once.
  const many = Array.from({ length: 250 }, (_, i) => ({
    id: String(100 + i).padStart(8, "0"),
    captured: "2020-05-01T12:00:00+02:00",
    files: [{ target: `2020/${i}.png`, bytes: photo }],
  }));
  await using g = await opened([makeDestination([...files, ...many])]);
  const { id } = await g.json<{ id: number[] }>("/api/items?view=&from=0&count=300");
  const answer = JSON.parse(`${(await g.post("/api/basket", { photos: id, what: "jpeg" })).body}`);
  expect(answer).toMatchObject({ files: 253, sizeBytes: null, missing: 1 });
  expect(g.gallery.counts).toMatchObject({ cached: 0, none: 0 });
  const zip = await g.ask(answer.url);
  expect([zip.status, zip.headers["content-length"]]).toEqual([200, undefined]);
  const file = join(mkdtempSync(join(tmpdir(), "offroll-zip-")), "a.zip");
  writeFileSync(file, zip.body);
  const inside = readByPython(file);
  expect(inside).toHaveLength(253);
  expect(inside.slice(0, 2).map(({ name }) => name)).toEqual(["a.jpg", "A (2).jpg"]);
  expect(inside.at(-1)?.name).toBe("Not in here.txt");
  expect(`${zip.body}`).toContain("2022/page.png is no picture that can be decoded.\n");
  // The same picture is decoded once.
  expect(g.gallery.counts).toMatchObject({ cached: 251, none: 1 });
});
