/** A selection as an album to take along: what is in its ZIP, what is not, and that nothing goes on when nobody fetches it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import type { AlbumAnswer } from "../../src/gallery/wire.ts";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Opened, opened } from "./opened.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-album-"));

function assets(): string {
  const at = folder();
  for (const name of ["static.js", "static.css", "static.html"]) writeFileSync(join(at, name), `/* ${name} */`);
  return at;
}

/** With a camera and a place in it. */
async function picture(colour: string): Promise<Buffer> {
  const exif = {
    IFD0: { Make: "Apple", Model: "iPhone 8" },
    IFD3: { GPSLatitude: "46/1 57/1 0/1", GPSLatitudeRef: "N" },
  };
  return await sharp({ create: { width: 64, height: 48, channels: 3, background: colour } })
    .withExif(exif)
    .jpeg()
    .toBuffer();
}

async function photos(): Promise<MadePhoto[]> {
  const kept = {
    make: "Apple",
    model: "iPhone 8",
    place: "Bern",
    people: ["Anna"],
    caption: "Snow",
    width: 64,
    height: 48,
  };
  const one = async (n: number, day: string, colour: string): Promise<MadePhoto> => ({
    ...{ id: String(n).padStart(8, "0"), captured: `${day}T12:00:00Z`, kept },
    files: [{ target: `2024/IMG_${n}.JPG`, bytes: await picture(colour) }],
  });
  return [
    await one(1, "2024-05-01", "red"),
    await one(2, "2024-05-02", "blue"),
    {
      id: "00000003",
      captured: "2024-05-03T12:00:00Z",
      kept,
      files: [{ target: "2024/broken.JPG", bytes: Buffer.from("no picture") }],
    },
  ];
}

async function ask(g: Opened, body: object): Promise<{ key: string; url: string }> {
  return JSON.parse(`${(await g.post("/api/album", body)).body}`);
}

const state = async (g: Opened, key: string): Promise<AlbumAnswer> => await g.json(`/api/album/${key}`);

/** Unpacked by a program that nobody here wrote. @returns its folder */
function unpacked(zip: Buffer): string {
  const at = folder();
  writeFileSync(join(at, "a.zip"), zip);
  execFileSync("python3", ["-m", "zipfile", "-e", join(at, "a.zip"), join(at, "out")]);
  return join(at, "out");
}

test("an album is a folder of pictures made anew, told no more than was asked for, from its beginning", async () => {
  await using g = await opened([makeDestination(await photos())], { assets: assets() });
  const { key, url } = await ask(g, {
    photos: [3, 2, 1, 2, 999],
    title: "../Lis/bon: <b>",
    with: ["place", "password"],
  });
  expect(await state(g, key)).toMatchObject({ state: "waiting", of: 3, photos: 0 });
  const answer = await g.ask(url);
  expect(answer.headers["content-disposition"]).toContain(encodeURIComponent("_Lis_bon_ _b_.zip"));
  const out = unpacked(answer.body);
  expect(readdirSync(out)).toEqual(["_Lis_bon_ _b_"]);
  const root = join(out, "_Lis_bon_ _b_");
  expect(readdirSync(root, { recursive: true }).sort()).toEqual(
    [
      ...["files", "index.html", "files/data.js", "files/static.css", "files/static.js", "files/small", "files/large"],
      ...["files/small/00001.jpg", "files/small/00002.jpg", "files/large/00001.jpg", "files/large/00002.jpg"],
    ].sort(),
  );
  const meta = await sharp(readFileSync(join(root, "files/large/00001.jpg"))).metadata();
  expect([meta.exif, meta.xmp, meta.iptc, meta.width]).toEqual([undefined, undefined, undefined, 64]);
  const data = readFileSync(join(root, "files/data.js"), "utf8");
  const album = JSON.parse(data.slice("window.offrollAlbum = ".length, -2));
  expect(album.title).toBe("../Lis/bon: <b>");
  expect(
    album.photos.map((p: { day: number; hasPicture: boolean; words: string }) => [p.day, p.hasPicture, p.words]),
  ).toEqual([
    [20240501, true, "Bern"],
    [20240502, true, "Bern"],
    [20240503, false, "Bern"],
  ]);
  expect(data).not.toMatch(/Anna|Snow|iPhone|IMG_|broken/);
  expect(await state(g, key)).toEqual({ state: "ready", of: 3, photos: 3, movies: 0, movieStills: 0, without: 1 });
  expect((await g.ask(url)).status).toBe(404);
});

test("nothing is told that was not asked for, and what is no selection is refused", async () => {
  await using g = await opened([makeDestination(await photos())], { assets: assets() });
  const { url } = await ask(g, { photos: [1], with: "place" });
  const out = unpacked((await g.ask(url)).body);
  expect(readFileSync(join(out, "Photos/files/data.js"), "utf8")).not.toMatch(/words|Bern/);
  expect((await g.post("/api/album", { photos: [999], title: "x" })).status).toBe(400);
  expect((await g.post("/api/album", { photos: "all" })).status).toBe(400);
  expect((await g.ask("/album/nothing")).status).toBe(404);
  expect((await g.ask("/api/album/nothing")).status).toBe(404);
});

test("a browser that leaves ends the work", async () => {
  // More than lies between two sockets: who does not read keeps it from being finished.
  const noise = { type: "gaussian" as const, mean: 128, sigma: 60 };
  const bytes = await sharp({ create: { width: 1400, height: 1400, channels: 3, background: "grey", noise } })
    .jpeg()
    .toBuffer();
  const ids = Array.from({ length: 40 }, (_, i) => i + 1);
  const many = ids.map(
    (n): MadePhoto => ({
      ...{ id: String(n).padStart(8, "0"), captured: "2024-05-01T12:00:00Z" },
      files: [{ target: `${n}.jpg`, bytes }],
    }),
  );
  await using g = await opened([makeDestination(many)], { assets: assets() });
  const { key, url } = await ask(g, { photos: ids, title: "Left" });
  const headers = { host: `127.0.0.1:${g.port}`, cookie: g.cookie };
  const asked = request({ port: g.port, path: url, headers, agent: false }).end();
  const [response] = await once(asked, "response");
  await once(response, "readable");
  expect((await state(g, key)).state).toBe("making");
  asked.destroy();
  while ((await state(g, key)).state === "making");
  const left = await state(g, key);
  expect(left.state).toBe("gone");
  expect(left.photos).toBeLessThan(ids.length);
  expect((await g.ask(url)).status).toBe(404);
});

test("a movie goes in as a copy, and its file is taken away again", async (context) => {
  const at = folder();
  const movie = join(at, "a.mp4");
  try {
    execFileSync("ffmpeg", [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc=d=1:s=64x48",
      "-metadata",
      "title=secret",
      movie,
    ]);
  } catch (error) {
    if (process.env["CI"]) throw error;
    return context.skip("ffmpeg is not installed");
  }
  const file = { target: "a.mp4", bytes: readFileSync(movie) };
  const root = makeDestination([
    { id: "00000001", captured: "2024-05-01T12:00:00Z", kept: { kind: "video" }, files: [file] },
  ]);
  const cacheFolder = folder();
  await using g = await opened([root], { assets: assets(), cacheFolder });
  const { key, url } = await ask(g, { photos: [1], title: "M" });
  const out = unpacked((await g.ask(url)).body);
  const made = readFileSync(join(out, "M/files/movies/00001.mp4"));
  expect([made.length > 500, made.includes("secret")]).toEqual([true, false]);
  expect(await state(g, key)).toMatchObject({ state: "ready", movies: 1, movieStills: 0 });
  const kept = join(cacheFolder, "gallery/movies");
  expect(existsSync(kept) ? readdirSync(kept) : []).toEqual([]);
});

test("a movie of which there is not even a picture is not counted as one that has its first", async () => {
  const file = { target: "a.mp4", bytes: Buffer.from("no movie") };
  const root = makeDestination([
    { id: "00000001", captured: "2024-05-01T12:00:00Z", kept: { kind: "video" }, files: [file] },
  ]);
  await using g = await opened([root], { assets: assets() });
  const { key, url } = await ask(g, { photos: [1], title: "M" });
  await g.ask(url);
  expect(await state(g, key)).toMatchObject({ photos: 1, movies: 0, movieStills: 0, without: 1 });
});
