/** Small pictures without a full decode: what phones and cameras put beside the picture is used, and the counters can tell. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { PreviewCache } from "../../../src/library/index.ts";
import { itemId } from "../../../src/library/tree-items.ts";
import { type MadePhoto, madeDevice, makeDestination } from "../../helpers/made-destination.ts";
import { opened } from "../opened.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;
/** Which picture was used can be seen: what is beside the picture is green, the picture itself red. */
const [red, green] = ["#c03020", "#20a040"];
const each = 3;

export async function samples(step: Step): Promise<void> {
  await step("small pictures: phone's own, EXIF's and HEIC's thumbnails, none by a full decode", async () => {
    const folder = mkdtempSync(join(tmpdir(), "offroll-samples-"));
    const cacheFolder = join(folder, "cache");
    const photos: MadePhoto[] = [];
    for (let i = 0; i < each; i += 1) {
      photos.push(photo("e", i, "JPG", await exifJpeg(folder, i)));
      photos.push(photo("f", i, "HEIC", await heic(folder, i, true)));
      photos.push(photo("a", i, "JPG", await plain(3000 + i)));
    }
    // What has nothing beside it shows that the counters move.
    photos.push(photo("b", 0, "JPG", await plain(2000)), photo("c", 0, "HEIC", await heic(folder, 90, false)));
    const root = makeDestination(photos);
    for (const made of photos.filter(({ id }) => id.startsWith("a"))) await keepPhones(cacheFolder, made);
    await using g = await opened([root], { cacheFolder, picturesBeside: true });
    const items = await g.json<{ id: number[]; v: string[]; name: string[] }>(
      `/api/items?view=&from=0&count=${photos.length}`,
    );
    assert.equal(items.id.length, photos.length);
    const shown = { green: 0, red: 0 };
    for (const [i, id] of items.id.entries()) {
      const { status, body } = await g.ask(`/t/${id}/${items.v[i]}.jpg`);
      assert.equal(status, 200, `${items.name[i]}`);
      const { dominant } = await sharp(body).stats();
      shown[dominant.g > dominant.r ? "green" : "red"] += 1;
    }
    const { phone, embedded, shrunk, full, none } = g.gallery.counts;
    console.log(
      `        ${photos.length} photos: ${phone} the phone's own, ${embedded} embedded (EXIF, HEIC), ${shrunk} by a JPEG's structure, ${full} decoded whole; ${shown.green} show what was beside the picture`,
    );
    assert.deepEqual(
      { phone, embedded, shrunk, full, none },
      { phone: each, embedded: 2 * each, shrunk: 1, full: 1, none: 0 },
    );
    assert.deepEqual(shown, { green: 2 * each, red: each + 2 }, "HEIC's thumbnails are the encoder's own, and red");
    rmSync(folder, { recursive: true, force: true });
    rmSync(root, { recursive: true, force: true });
  });
}

function photo(kind: string, i: number, extension: string, bytes: Buffer): MadePhoto {
  const id = `${kind}${String(i).padStart(7, "0")}`;
  return {
    id,
    captured: `2024-05-0${i + 1}T12:00:00+02:00`,
    files: [{ target: `2024/05/${kind}${i}.${extension}`, bytes }],
  };
}

async function plain(width: number, background = red): Promise<Buffer> {
  return await sharp({ create: { width, height: Math.round(width * 0.75), channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/** As some phones write it: 320 pixels wide, in IFD1. */
async function exifJpeg(folder: string, i: number): Promise<Buffer> {
  const [file, thumbnail] = [join(folder, `exif-${i}.jpg`), join(folder, `thumbnail-${i}.jpg`)];
  writeFileSync(file, await plain(3200 + i));
  writeFileSync(thumbnail, await plain(320, green));
  execFileSync("exiftool", ["-q", "-overwrite_original", `-ThumbnailImage<=${thumbnail}`, file]);
  return readFileSync(file);
}

/** By libheif's encoder, with a `thmb` item of 320 pixels, or without one. */
async function heic(folder: string, i: number, hasThumbnail: boolean): Promise<Buffer> {
  const [png, file] = [join(folder, `picture-${i}.png`), join(folder, `picture-${i}.heic`)];
  const image = sharp({ create: { width: 1280 + i * 2, height: 960, channels: 3, background: red } });
  writeFileSync(png, await image.png().toBuffer());
  execFileSync("heif-enc", ["-q", "40", ...(hasThumbnail ? ["-t", "320"] : []), png, "-o", file], { stdio: "ignore" });
  return readFileSync(file);
}

/** What the terminal UI kept of the phone's own thumbnails. */
async function keepPhones(cacheFolder: string, { id, files: [file] }: MadePhoto): Promise<void> {
  const name = file!.target.split("/").at(-1)!;
  const at = new Date(1_700_000_000_000);
  const path = `/DCIM/${id}/${name}`;
  const item = itemId({
    ...{ id: path, path, name, area: "camera-roll", sizeBytes: file!.bytes!.length, modifiedAt: at, createdAt: at },
  });
  const key = [madeDevice, `${id.toUpperCase()}-0000-4000-8000-000000000000`, item].join("\0");
  const cache = new PreviewCache(join(cacheFolder, "previews"), Number.POSITIVE_INFINITY);
  await cache.put(key, { bytes: await plain(360, green), from: "phone", orientation: 1 });
}
