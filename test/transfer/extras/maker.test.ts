/** The habit of all that is made beside photos: what is ours is made anew when it is stale, and nobody else's is touched. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import { LocalDestination } from "../../../src/transfer/destination/local/local-destination.ts";
import { type Maker, removeMade, type WantedFile, writeMade } from "../../../src/transfer/extras/maker.ts";
import { makers } from "../../../src/transfer/extras/makers.ts";
import { temporaryFolder } from "../../helpers/engine.ts";

const maker: Pick<Maker, "name" | "version"> = { name: "small-picture", version: 1 };
const source = "2024/a.HEIC";
const target = "2024/a.small.jpg";
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

function place() {
  const root = temporaryFolder();
  mkdirSync(join(root, ".offroll"));
  mkdirSync(join(root, "2024"));
  writeFileSync(join(root, source), "the photo");
  const catalog = Catalog.open(join(root, ".offroll"), { create: true })!;
  const at = { destination: new LocalDestination(root, {}), catalog };
  return { root, at, catalog, read: (path: string) => readFileSync(join(root, path), "utf8") };
}

/** How it is made is not known before it is. */
const wanted = (text: string, over: Partial<WantedFile> = {}): WantedFile => ({
  target,
  source,
  basis: "320x240",
  sizeBytes: text.length,
  content: () => [Buffer.from(text)],
  ...over,
});

test("it is written once, and known with its source, its maker and its hash", async () => {
  const { at, catalog, read } = place();
  expect(await writeMade(maker, wanted("small"), at)).toBe("written");
  expect(read(target)).toBe("small");
  const made = { target, source, basis: "320x240", maker: maker.name, version: 1, sha256: hashOf("small") };
  expect(catalog.made.files()).toEqual([made]);
  expect(await writeMade(maker, wanted("never asked for"), at)).toBe("there");
  expect(read(target)).toBe("small");
});

test.each([
  ["a later version of its maker", { ...maker, version: 2 }, {}],
  ["another basis", maker, { basis: "640x480" }],
  ["another source", maker, { source: "2024/b.HEIC" }],
  ["another content, where that is known", maker, { sha256: hashOf("large") }],
])("%s makes it anew", async (_, by, over) => {
  const { at, catalog, read } = place();
  await writeMade(maker, wanted("small"), at);
  expect(await writeMade(by, wanted("large", over), at)).toBe("written");
  expect(read(target)).toBe("large");
  expect(catalog.made.find(target)).toMatchObject({ version: by.version, sha256: hashOf("large"), ...over });
});

test("what somebody changed is kept, however stale it is; so is what was there before us", async () => {
  const { root, at, read, catalog } = place();
  await writeMade(maker, wanted("small"), at);
  writeFileSync(join(root, target), "drawn on");
  expect(await writeMade({ ...maker, version: 2 }, wanted("large"), at)).toBe("kept");
  expect(read(target)).toBe("drawn on");
  expect(catalog.made.find(target)?.version).toBe(1);
  writeFileSync(join(root, "2024/b.jpg"), "another's");
  expect(await writeMade(maker, wanted("mine", { target: "2024/b.jpg" }), at)).toBe("kept");
  expect(read("2024/b.jpg")).toBe("another's");
  expect(catalog.made.find("2024/b.jpg")).toBeUndefined();
});

test("one whose hash nobody noted is never taken for ours to write over", async () => {
  const { root, at, read, catalog } = place();
  writeFileSync(join(root, target), "of before");
  catalog.made.note({ target, source, basis: "1", maker: maker.name, version: 1 });
  expect(await writeMade(maker, wanted("small", { basis: "1" }), at)).toBe("there");
  expect(await writeMade(maker, wanted("small", { basis: "2" }), at)).toBe("kept");
  expect(read(target)).toBe("of before");
});

test("written just before a crash, and not noted: it is known again by what it holds", async () => {
  const { root, at, catalog } = place();
  writeFileSync(join(root, target), "small");
  expect(await writeMade(maker, wanted("small", { sha256: hashOf("small") }), at)).toBe("there");
  expect(catalog.made.find(target)?.sha256).toBe(hashOf("small"));
});

test("a folder, and a file that comes in the meantime, cost nothing but the one file", async () => {
  const { root, at, read } = place();
  const late = wanted("small", {
    content: function* () {
      writeFileSync(join(root, target), "faster");
      yield Buffer.from("small");
    },
  });
  expect(await writeMade(maker, late, at)).toBe("kept");
  expect(read(target)).toBe("faster");
  expect(at.catalog.made.files()).toEqual([]);
});

test("it is taken away as it was left, and not otherwise", async () => {
  const { root, at, catalog } = place();
  await writeMade(maker, wanted("small"), at);
  writeFileSync(join(root, target), "drawn on");
  expect(await removeMade(catalog.made.find(target)!, hashOf("the photo"), at)).toBe("kept");
  expect(existsSync(join(root, target))).toBe(true);
  // Somebody laid the photo itself there: that is not what we made.
  writeFileSync(join(root, target), "the photo");
  expect(await removeMade(catalog.made.find(target)!, hashOf("the photo"), at)).toBe("kept");
  writeFileSync(join(root, target), "small");
  expect(await removeMade(catalog.made.find(target)!, undefined, at)).toBe("removed");
  expect([existsSync(join(root, target)), catalog.made.files()]).toEqual([false, []]);
});

test("one that has its photo's bytes goes with those that were copied, or that the photo has now", async () => {
  const { root, at, catalog } = place();
  const entry = { target: "b.HEIC", source, maker: "album-entry", version: 1 };
  for (const [bytes, copied, result] of [
    ["the photo", hashOf("the photo"), "removed"],
    ["the photo", undefined, "removed"],
    ["as it was copied", hashOf("as it was copied"), "removed"],
    ["another's", hashOf("the photo"), "kept"],
  ] as const) {
    writeFileSync(join(root, entry.target), bytes);
    catalog.made.note(entry);
    expect(await removeMade(entry, copied, at), bytes).toBe(result);
  }
  expect(catalog.made.find(entry.target)).toMatchObject(entry);
});

test("no two kinds share a name: catalogs know their files by it", () => {
  expect(new Set(makers.map(({ name }) => name)).size).toBe(makers.length);
});
