import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import type { MediaItem } from "../../../src/device/media-source.ts";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { catalogName } from "../../../src/transfer/destination/metadata-folder.ts";
import { temporaryFolder } from "../../helpers/engine.ts";

const device = "phone";
const modifiedAt = new Date("2024-05-01T10:00:00Z");

function item(i: number): MediaItem {
  const path = `/DCIM/100APPLE/IMG_${i}.JPG`;
  return {
    id: path,
    path,
    name: `IMG_${i}.JPG`,
    area: "camera-roll",
    sizeBytes: 1000 + i,
    modifiedAt,
    createdAt: modifiedAt,
  };
}

function row(i: number) {
  const common = { photoId: `p${i}`, uuid: undefined, role: "original" as const, captured: undefined };
  return { ...common, sha256: "00", copiedAt: 1, runId: "r", target: `${i}.jpg` };
}

const open = (folder: string): Catalog => Catalog.open(folder, { create: true, journal: "rollback" }) as Catalog;

async function copyAll(catalog: Catalog, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await catalog.items.markPending(device, item(i), row(i));
      await catalog.items.noteDone(device, item(i), row(i));
    }),
  );
}

test("without a write-ahead journal no transaction of a copied file waits for the disk on the main thread", async () => {
  const folder = temporaryFolder();
  using catalog = open(folder);
  const onMain = vi.spyOn(DatabaseSync.prototype, "exec");
  await copyAll(catalog, 500);
  expect(onMain.mock.calls.filter(([sql]) => sql === "COMMIT")).toEqual([]);
  onMain.mockRestore();
  expect(catalog.items.rows({ state: "done" })).toHaveLength(500);
  expect(catalog.items.find(device, item(7))).toMatchObject({ target: "7.jpg", state: "done", photoId: "p7" });
});

test("a catalog that is closed at once has what was handed over, and says so", async () => {
  const folder = temporaryFolder();
  const catalog = open(folder);
  const marked = [0, 1, 2].map((i) => catalog.items.markPending(device, item(i), row(i)));
  catalog[Symbol.dispose]();
  using again = Catalog.open(folder, { create: false, readOnly: true }) as Catalog;
  expect(again.items.rows({ state: "pending" }).map((r) => r.target)).toEqual(["0.jpg", "1.jpg", "2.jpg"]);
  await Promise.all(marked);
});

test("both threads write, and neither is turned away", async () => {
  using catalog = open(temporaryFolder());
  let isCopying = true;
  const copying = copyAll(catalog, 300).finally(() => {
    isCopying = false;
  });
  let written = 0;
  while (isCopying) {
    catalog.facts.note(device, item(written), { format: "jpeg" });
    catalog.transaction(() =>
      catalog.made.note({ target: `${written}.xmp`, maker: "sidecar", version: 1, source: `${written}`, sha256: "00" }),
    );
    written += 1;
    await new Promise((done) => setTimeout(done, 1));
  }
  await copying;
  expect(written).toBeGreaterThan(3);
  expect(catalog.made.targets()).toHaveLength(written);
  expect(catalog.items.rows({ state: "done" })).toHaveLength(300);
});

test("a group that SQLite refuses is refused whole, with its reason; the next is written", async () => {
  const folder = temporaryFolder();
  using catalog = open(folder);
  const refuse =
    "CREATE TRIGGER refuse BEFORE INSERT ON item WHEN NEW.target = '1.jpg' BEGIN SELECT RAISE(ABORT, 'no'); END";
  {
    using other = new DatabaseSync(join(folder, catalogName));
    other.exec(refuse);
  }
  const results = await Promise.allSettled([0, 1].map((i) => catalog.items.markPending(device, item(i), row(i))));
  expect(results.map((r) => r.status === "rejected" && (r.reason as { code: string }).code)).toEqual([
    "destination-io",
    "destination-io",
  ]);
  expect(catalog.items.rows()).toEqual([]);
  await catalog.items.markPending(device, item(2), row(2));
  expect(catalog.items.rows().map((r) => r.target)).toEqual(["2.jpg"]);
});

test("after the disk was away the file is opened anew", async () => {
  using catalog = open(temporaryFolder());
  await copyAll(catalog, 2);
  catalog.reopen();
  await catalog.items.markPending(device, item(5), row(5));
  expect(catalog.items.rows().map((r) => r.target)).toEqual(["0.jpg", "1.jpg", "5.jpg"]);
});

test("a link in its place is named as such, and no fault of the disk's", async () => {
  const folder = join(temporaryFolder(), "offroll");
  mkdirSync(folder);
  using catalog = open(folder);
  renameSync(join(folder, catalogName), join(folder, "moved"));
  symlinkSync("moved", join(folder, catalogName));
  await expect(catalog.items.markPending(device, item(1), row(1))).rejects.toMatchObject({
    code: "destination-unsafe",
  });
});

test("on another disk at its place nothing is made, and no other catalog is written to", async () => {
  for (const theirs of [false, true]) {
    const folder = join(temporaryFolder(), "offroll");
    mkdirSync(folder);
    const catalog = open(folder);
    renameSync(folder, `${folder}-away`);
    mkdirSync(folder);
    if (theirs) open(folder)[Symbol.dispose]();
    // The thread begins only now.
    await expect(catalog.items.markPending(device, item(1), row(1))).rejects.toMatchObject({
      code: expect.stringMatching(/^destination-/),
    });
    expect(readdirSync(folder)).toEqual(theirs ? [catalogName] : []);
    if (theirs) {
      using other = Catalog.open(folder, { create: false, readOnly: true }) as Catalog;
      expect(other.items.rows()).toEqual([]);
    }
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-away`, folder);
    catalog.reopen();
    await catalog.items.markPending(device, item(2), row(2));
    catalog[Symbol.dispose]();
    using again = Catalog.open(folder, { create: false, readOnly: true }) as Catalog;
    expect(again.items.rows().map((r) => r.target)).toEqual(["2.jpg"]);
  }
});
