/**
 * What it costs to make the model of a phone's library, beside the plain SELECTs of the same tables: 50,000 items, several rounds.
 *
 *   npm run bench:library
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type LibraryAsset, writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import type { MediaItem } from "../../src/device/media-source.ts";
import { libraryItems } from "../../src/library/photos/photos-items.ts";
import { readLibraryRows } from "../../src/library/photos/photos-rows.ts";
import { Tree } from "../../src/library/tree.ts";
import { ForeignDatabase } from "../../src/shared/foreign-database.ts";
import { median } from "./results.ts";

const count = 50_000;
const rounds = 5;
const newest = generations.at(-1) as Generation;
const work = mkdtempSync(join(tmpdir(), "offroll-bench-library-"));
const file = join(work, "Photos.sqlite");

const assets = Array.from(
  { length: count },
  (_, i): LibraryAsset => ({
    uuid: uuidFrom(i),
    directory: `DCIM/${100 + Math.floor(i / 1000)}APPLE`,
    filename: `IMG_${String(i % 10_000).padStart(4, "0")}.HEIC`,
    kind: "photo",
    kindSubtype: i % 2 === 0 ? 0 : 2,
    created: 1_600_000_000 + i,
    zone: { offset: 3600 },
    width: 4032,
    height: 3024,
    originalFilename: `IMG_${i}.HEIC`,
    originalSize: 2_500_000,
    camera: { make: "Apple", model: "iPhone 14 Pro", lens: "back camera" },
    gps: { lat: 46 + i / 1e5, lon: 7 },
    people: i % 5 === 0 ? ["Person One"] : [],
    keywords: i % 9 === 0 ? ["sea"] : [],
    fingerprint: `f${i}`,
  }),
);
const albums = Array.from({ length: 50 }, (_, k) => ({
  title: `Album ${k}`,
  assets: assets.filter((_, i) => i % 50 === k).map((a) => a.uuid),
}));
writePhotosLibrary(file, { assets, albums }, newest, { inWal: 0.02 });

function plainSelects(db: DatabaseSync): void {
  const tables = ["ZASSET", "ZADDITIONALASSETATTRIBUTES", "ZEXTENDEDATTRIBUTES", "ZINTERNALRESOURCE", "ZGENERICALBUM"];
  const joins = [`Z_${newest.albumEntity}ASSETS`, "ZDETECTEDFACE", "ZPERSON", "Z_1KEYWORDS", "ZKEYWORD"];
  for (const table of [...tables, ...joins, "ZASSETDESCRIPTION", "ZMOMENT"]) db.prepare(`SELECT * FROM ${table}`).all();
}

function treeOf(): Tree {
  const tree = new Tree();
  for (const { directory, filename, kindSubtype } of assets)
    for (const extension of kindSubtype === 2 ? ["HEIC", "MOV"] : ["HEIC"]) {
      const name = filename.replace("HEIC", extension);
      const path = `/${directory}/${name}`;
      const times = { modifiedAt: undefined, createdAt: undefined };
      tree.add({ id: path, path, name, area: "camera-roll", sizeBytes: 2_500_000, ...times });
    }
  return tree;
}

const ratios: number[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const db = new DatabaseSync(file, { readOnly: true });
  let from = performance.now();
  plainSelects(db);
  const plain = performance.now() - from;
  const tree = treeOf();
  from = performance.now();
  await using foreign = ForeignDatabase.open(file);
  const rows = await readLibraryRows(foreign);
  let items = 0;
  const context = {
    timeZone: "Europe/Berlin",
    now: Date.now(),
    usesICloud: true,
    factsOf: () => undefined,
    kindOf: (item: MediaItem) => tree.kindOf(item),
  };
  if (rows) for await (const item of libraryItems(rows, tree, context)) items += item.parts.length > 0 ? 1 : 0;
  const model = performance.now() - from;
  db.close();
  if (items !== count) throw new Error(`${items} items of ${count}`);
  ratios.push(model / plain);
  console.log(
    `round ${round}: plain SELECTs ${plain.toFixed(0)} ms, model ${model.toFixed(0)} ms, ${(model / plain).toFixed(2)} ×`,
  );
}
rmSync(work, { recursive: true });
console.log(`${count} items: the model takes ${median(ratios).toFixed(2)} × the plain SELECTs (median of ${rounds})`);
