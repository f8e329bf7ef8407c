/** JPEG copies beside photos: named, made once, made anew, taken away, and nobody else's touched. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { Converter } from "../../../src/media/convert/index.ts";
import { DestinationError } from "../../../src/shared/errors.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import { LocalDestination } from "../../../src/transfer/destination/local/local-destination.ts";
import { withFaults } from "../../../src/transfer/destination/with-faults.ts";
import type { CopiesMade } from "../../../src/transfer/events.ts";
import type { JpegChoice } from "../../../src/transfer/extras/index.ts";
import { makeJpegs } from "../../../src/transfer/extras/jpeg-copies.ts";
import type { PhotoFile } from "../../../src/transfer/extras/stored-files.ts";
import { temporaryFolder } from "../../helpers/engine.ts";
import { iphoneHeic } from "../../helpers/iphone-heic.ts";

const heic = iphoneHeic({ width: 200, height: 150, beside: ["urn:com:apple:photo:2020:aux:hdrgainmap"] });
const other = iphoneHeic({ width: 180, height: 150 });
const taken = new Date("2024-05-01T10:00:00Z");
const usual: JpegChoice = { quality: 90, raw: false };

interface Made extends Partial<CopiesMade> {}

class Place {
  readonly root = temporaryFolder();
  readonly catalog: Catalog;
  readonly at: { destination: LocalDestination; catalog: Catalog };

  constructor(files: Record<string, Buffer | string>) {
    mkdirSync(join(this.root, ".offroll"));
    writeFileSync(join(this.root, ".offroll", "destination.json"), '{"id":"one"}');
    this.catalog = Catalog.open(join(this.root, ".offroll"), { create: true }) as Catalog;
    this.at = { destination: new LocalDestination(this.root, {}), catalog: this.catalog };
    for (const [path, bytes] of Object.entries(files)) this.put(path, bytes);
  }

  put(path: string, bytes: Buffer | string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), bytes);
    utimesSync(join(this.root, path), taken, taken);
  }

  async make(photos: readonly (readonly PhotoFile[])[], jpeg: Partial<JpegChoice> = {}, to?: string): Promise<Made> {
    return await makeJpegs(photos, { jpeg: { ...usual, ...jpeg }, copiesTo: to, converter }, this.at, {});
  }

  names(folder = "2024"): string[] {
    return readdirSync(join(this.root, folder)).sort();
  }

  sha256(path: string): string {
    return createHash("sha256")
      .update(readFileSync(join(this.root, path)))
      .digest("hex");
  }

  async size(path: string): Promise<string> {
    const { width, height } = await sharp(join(this.root, path)).metadata();
    return `${width}x${height}`;
  }
}

const converter = new Converter({ workers: 2 });
afterAll(async () => await converter[Symbol.asyncDispose]());

const file = (target: string, role: PhotoFile["role"] = "original"): PhotoFile => ({ role, target });
const one = [[file("2024/IMG_1.HEIC")]];

describe("names", () => {
  test.each<[string, Record<string, Buffer | string>, PhotoFile[], string[]]>([
    ["beside the photo, under its stem", { "2024/IMG_1.HEIC": heic }, [file("2024/IMG_1.HEIC")], ["IMG_1.jpg"]],
    [
      "beside a JPG of the photo's own, whatever the case of its ending",
      { "2024/IMG_1.HEIC": heic, "2024/IMG_1.JPG": "the photo's own" },
      [file("2024/IMG_1.HEIC"), file("2024/IMG_1.JPG")],
      ["IMG_1_heic.jpg"],
    ],
    [
      "beside somebody else's JPEG of that name",
      { "2024/IMG_1.HEIC": heic, "2024/IMG_1.jpg": "somebody's" },
      [file("2024/IMG_1.HEIC")],
      ["IMG_1_heic.jpg"],
    ],
    [
      "of the edit too, and not of the Live Photo's movies",
      { "2024/IMG_1.HEIC": heic, "2024/IMG_1.MOV": "m", "2024/IMG_1_edited.HEIC": other, "2024/IMG_1_edited.MOV": "m" },
      [
        file("2024/IMG_1.HEIC"),
        file("2024/IMG_1.MOV", "live-video"),
        file("2024/IMG_1_edited.HEIC", "edit"),
        file("2024/IMG_1_edited.MOV", "edit-live-video"),
      ],
      ["IMG_1.jpg", "IMG_1_edited.jpg"],
    ],
    [
      "of two pictures of one stem",
      { "2024/IMG_1.HEIC": heic, "2024/IMG_1.HIF": other },
      [file("2024/IMG_1.HEIC"), file("2024/IMG_1.HIF")],
      ["IMG_1.jpg", "IMG_1_hif.jpg"],
    ],
    [
      "not of what everybody opens",
      { "2024/IMG_1.JPG": "jpeg", "2024/IMG_2.PNG": "png" },
      [file("2024/IMG_1.JPG"), file("2024/IMG_2.PNG")],
      [],
    ],
  ])("%s", async (_, files, photo, made) => {
    const place = new Place(files);
    expect(await place.make([photo])).toMatchObject({ written: made.length, kept: 0, notMade: {} });
    expect(place.names()).toEqual([...Object.keys(files).map((path) => path.slice(5)), ...made].sort());
    for (const [path, bytes] of Object.entries(files))
      expect(readFileSync(join(place.root, path))).toEqual(Buffer.from(bytes));
  });

  test("in a tree of their own", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic, "2024/IMG_1.JPG": "the photo's own" });
    expect(await place.make(one, {}, "JPEG")).toMatchObject({ written: 1 });
    expect(place.names()).toEqual(["IMG_1.HEIC", "IMG_1.JPG"]);
    expect(place.names("JPEG/2024")).toEqual(["IMG_1.jpg"]);
  });
});

describe("a copy", () => {
  test("has its photo's time, is known with its source's hash, and what is not in it is counted", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic });
    expect(await place.make(one)).toMatchObject({ written: 1, lost: { hdr: 1 } });
    expect(statSync(join(place.root, "2024/IMG_1.jpg")).mtime).toEqual(taken);
    expect(place.catalog.made.files()).toEqual([
      {
        target: "2024/IMG_1.jpg",
        maker: "jpeg-copy",
        version: 1,
        source: "2024/IMG_1.HEIC",
        basis: `${place.sha256("2024/IMG_1.HEIC")} q90`,
        sha256: place.sha256("2024/IMG_1.jpg"),
      },
    ]);
    expect(place.catalog.items.rows()).toEqual([]);
  });

  test("is made once; anew with another size, another source, or when it is gone", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic });
    await place.make(one);
    expect(await place.make(one)).toMatchObject({ written: 0, there: 1 });
    expect(await place.make(one, { maxSize: 100 })).toMatchObject({ written: 1 });
    expect(await place.size("2024/IMG_1.jpg")).toBe("100x75");
    place.put("2024/IMG_1.HEIC", other);
    expect(await place.make(one)).toMatchObject({ written: 1 });
    expect(await place.size("2024/IMG_1.jpg")).toBe("180x150");
    rmSync(join(place.root, "2024/IMG_1.jpg"));
    expect(await place.make(one)).toMatchObject({ written: 1, there: 0 });
    expect(place.names()).toEqual(["IMG_1.HEIC", "IMG_1.jpg"]);
  });

  test("that somebody changed is left alone, whatever its source became", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic });
    await place.make(one);
    writeFileSync(join(place.root, "2024/IMG_1.jpg"), "with a moustache");
    expect(await place.make(one)).toMatchObject({ written: 0, there: 1 });
    place.put("2024/IMG_1.HEIC", other);
    expect(await place.make(one)).toMatchObject({ written: 0, kept: 1 });
    rmSync(join(place.root, "2024/IMG_1.HEIC"));
    expect(await place.make([])).toMatchObject({ removed: 0 });
    expect(readFileSync(join(place.root, "2024/IMG_1.jpg"), "utf8")).toBe("with a moustache");
  });

  test("goes with its photo", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic, "2024/IMG_2.HEIC": other });
    await place.make([...one, [file("2024/IMG_2.HEIC")]]);
    rmSync(join(place.root, "2024/IMG_1.HEIC"));
    expect(await place.make([[file("2024/IMG_2.HEIC")]])).toMatchObject({ removed: 1, there: 1 });
    expect(place.names()).toEqual(["IMG_2.HEIC", "IMG_2.jpg"]);
  });

  test("that was named and not noted before a crash is known again, and made no second time", async () => {
    const place = new Place({ "2024/IMG_1.HEIC": heic });
    await place.make(one);
    place.catalog.made.forget("2024/IMG_1.jpg");
    expect(await place.make(one)).toMatchObject({ written: 0, there: 1, kept: 0 });
    expect(place.names()).toEqual(["IMG_1.HEIC", "IMG_1.jpg"]);
    expect(place.catalog.made.files()).toHaveLength(1);
  });
});

test("what cannot be converted is counted with its reason, and nothing lies there for it", async () => {
  const place = new Place({
    "2024/IMG_1.HEIC": heic.subarray(0, 3000),
    "2024/IMG_2.HEIC": "no picture at all, but some text",
    "2024/IMG_3.HEIC": heic,
  });
  const photos = ["1", "2", "3"].map((n) => [file(`2024/IMG_${n}.HEIC`)]);
  const made = await place.make(photos);
  expect(made).toMatchObject({ written: 1, notMade: { damaged: 1, "not-a-picture": 1 } });
  expect(made.failures?.map((f) => f.path)).toEqual(["2024/IMG_1.HEIC", "2024/IMG_2.HEIC"]);
  expect(place.names()).toEqual(["IMG_1.HEIC", "IMG_2.HEIC", "IMG_3.HEIC", "IMG_3.jpg"]);
});

test("a JPEG that is called HEIC gets its name, and keeps its bytes", async () => {
  const jpeg = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#456" } })
    .jpeg()
    .toBuffer();
  const place = new Place({ "2024/IMG_1.HEIC": jpeg });
  expect(await place.make(one)).toMatchObject({ written: 1 });
  expect(readFileSync(join(place.root, "2024/IMG_1.jpg"))).toEqual(jpeg);
});

test("a stop leaves what is whole, and nothing else", async () => {
  const names = Array.from({ length: 8 }, (_, i) => `2024/IMG_${i}.HEIC`);
  const place = new Place(Object.fromEntries(names.map((name) => [name, heic])));
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done === 2) stop.abort();
  };
  const making = makeJpegs(
    names.map((name) => [file(name)]),
    { jpeg: usual, copiesTo: undefined, converter },
    place.at,
    { signal: stop.signal, onProgress },
  );
  await expect(making).rejects.toMatchObject({ code: "cancelled" });
  const jpegs = place.names().filter((name) => name.endsWith(".jpg"));
  expect(jpegs.length).toBeGreaterThanOrEqual(2);
  expect(jpegs.length).toBeLessThan(8);
  for (const name of jpegs) expect(await place.size(`2024/${name}`)).toBe("200x150");
  expect(existsSync(join(place.root, "2024/IMG_7.jpg"))).toBe(false);
  expect(await place.make(names.map((name) => [file(name)]))).toMatchObject({ written: 8 - jpegs.length });
});

test.each(["create", "write", "commit"] as const)(
  "a disk that is full at %s ends it, and leaves no half copy",
  async (call) => {
    const names = Array.from({ length: 5 }, (_, i) => `2024/IMG_${i}.HEIC`);
    const place = new Place(Object.fromEntries(names.map((name) => [name, heic])));
    const error = (): Error => new DestinationError("destination-full", "the disk is full");
    const full = withFaults(place.at.destination, [{ call, fails: (nth) => nth >= 2, when: "before", error }]);
    const photos = names.map((name) => [file(name)]);
    const wishes = { jpeg: usual, copiesTo: undefined, converter };
    const making = makeJpegs(photos, wishes, { ...place.at, destination: full }, {});
    await expect(making).rejects.toMatchObject({ code: "destination-full" });
    const jpegs = place.names().filter((name) => name.endsWith(".jpg"));
    expect(jpegs).toHaveLength(2);
    for (const name of jpegs) expect(await place.size(`2024/${name}`)).toBe("200x150");
    expect(await place.make(photos)).toMatchObject({ written: 3, there: 2, kept: 0 });
  },
);

test("what is hidden on the phone has its JPEG beside it, and none in a tree that others look at", async () => {
  const place = new Place({ "Hidden/2024/IMG_1.HEIC": heic, "2024/IMG_2.HEIC": other });
  const photos = [[file("Hidden/2024/IMG_1.HEIC")], [file("2024/IMG_2.HEIC")]];
  expect(await place.make(photos, {}, "TV")).toMatchObject({ written: 1, notMade: {} });
  expect([place.names("TV"), place.names("TV/2024")]).toEqual([["2024"], ["IMG_2.jpg"]]);
  expect(await place.make(photos)).toMatchObject({ written: 2 });
  expect(place.names("Hidden/2024")).toEqual(["IMG_1.HEIC", "IMG_1.jpg"]);
});
