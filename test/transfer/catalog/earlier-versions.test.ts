/** Catalogs that earlier versions of offroll left on people's disks: read as they are, brought up to date when written. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { MediaItem } from "../../../src/device/media-source.ts";
import { factsVersion } from "../../../src/media/index.ts";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { immutableUrl } from "../../../src/transfer/catalog/file.ts";
import { catalogVersion } from "../../../src/transfer/catalog/migrations.ts";
import { salvageCatalog } from "../../../src/transfer/catalog/salvage.ts";
import { catalogName } from "../../../src/transfer/destination/metadata-folder.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures/catalogs");
/** Of the stored ones; `fixtures/make/catalogs.ts` has each written by the program of its day. */
const versions = readdirSync(fixtures).map((name) => Number(/^version-(\d+)\.sqlite$/.exec(name)?.[1]));
const device = "00008150-TESTFIXTURE";
const day = new Date(Date.UTC(2024, 5, 15, 12));

/** A destination with the two files that the fixtures tell of, and the catalog of that version. */
function destinationOfVersion(version: number): { root: string; metadata: string; file: string } {
  const root = mkdtempSync(join(tmpdir(), "offroll-earlier-"));
  const metadata = join(root, ".offroll");
  mkdirSync(metadata);
  mkdirSync(join(root, "2024/06"), { recursive: true });
  writeFileSync(join(root, "2024/06/IMG_0001.HEIC"), "a");
  writeFileSync(join(root, "2024/06/IMG_0002.JPG"), "bb");
  writeFileSync(join(metadata, "destination.json"), '{"id":"f0000000-0000-4000-8000-000000000001"}\n');
  const file = join(metadata, catalogName);
  copyFileSync(join(fixtures, `version-${version}.sqlite`), file);
  return { root, metadata, file };
}

function item(path: string, sizeBytes: number, createdAt: Date | undefined): MediaItem {
  return { id: path, path, name: path.slice(-12), area: "camera-roll", sizeBytes, createdAt, modifiedAt: day };
}
const first = item("/DCIM/100APPLE/IMG_0001.HEIC", 1, day);
const second = item("/DCIM/100APPLE/IMG_0002.JPG", 2, undefined);

/** What was made beside the photos, by version. */
const sidecar = "2024/06/IMG_0001.HEIC.xmp";
const more = ["2024/06/IMG_0002.JPG.json", "2024/06/IMG_0002.mp4", "Albums/Lisbon/IMG_0001.HEIC"];
const madeIn: Readonly<Record<number, readonly string[]>> = {
  1: [],
  2: [sidecar],
  3: [sidecar],
  4: [sidecar, ...more],
};

/** What came with version 4. */
function tellsWhatItKnewOfMore(catalog: Catalog): void {
  expect(catalog.devices.template(device)).toBe("{year}/{month}/{name}");
  const [heic, jpg] = ["2024/06/IMG_0001.HEIC", "2024/06/IMG_0002.JPG"];
  const none = { version: 1, basis: undefined, sha256: undefined };
  expect(catalog.made.files().sort((a, b) => (a.maker < b.maker ? -1 : 1))).toEqual([
    { ...none, maker: "album-entry", target: "Albums/Lisbon/IMG_0001.HEIC", source: heic },
    { ...none, maker: "motion-video", target: "2024/06/IMG_0002.mp4", source: jpg, basis: "1234" },
    { ...none, maker: "sidecar", target: sidecar, source: heic, sha256: expect.stringMatching(/^ca97/) },
    {
      ...none,
      maker: "sidecar",
      target: "2024/06/IMG_0002.JPG.json",
      source: jpg,
      sha256: expect.stringMatching(/^3b64/),
    },
  ]);
  expect(catalog.made.albumFolders()).toEqual([{ device, key: "A1B2", folder: "Albums/Lisbon" }]);
  expect(catalog.items.find(device, second)).toMatchObject({
    readBack: { at: day.getTime(), found: "whole" },
    storedMs: day.getTime(),
  });
  expect(catalog.runs.toldSkips(device)).toEqual(new Map([["/DCIM/100APPLE/notes.txt", "not-media"]]));
  expect(catalog.settled.failures(device)).toMatchObject([{ code: "item-unreadable", sizeBytes: 4 }]);
  expect(catalog.settled.ignored(device)).toMatchObject([{ cause: "asked", sizeBytes: 5, role: undefined }]);
  expect(catalog.settled.removed(device)).toMatchObject([{ target: "2024/06/IMG_0002.JPG", sizeBytes: 2 }]);
}

/** What every version knows, however it is opened. */
function tellsWhatItKnew(catalog: Catalog, version: number): void {
  expect(catalog.devices.all()).toEqual([{ id: device, name: "Fixture", model: "iPhone 17", lastSeen: day.getTime() }]);
  expect(catalog.items.rows({ state: "done" }).map((r) => r.target)).toEqual([
    "2024/06/IMG_0001.HEIC",
    "2024/06/IMG_0002.JPG",
  ]);
  expect(catalog.items.find(device, first)).toMatchObject({ role: "original", captured: "2024-06-15T14:00:00+02:00" });
  // What an earlier version read of a file is less than this one finds.
  expect(catalog.facts.find(device, second)).toEqual(version < 4 || factsVersion > 2 ? "old" : { width: 320 });
  expect(catalog.runs.all()).toMatchObject([{ id: "20240615T120000Z-aaaa", complete: true, deviceName: "Fixture" }]);
  expect(catalog.made.targets()).toEqual(madeIn[Math.min(version, 4)]);
  if (version >= 4) tellsWhatItKnewOfMore(catalog);
  expect(catalog.statCache.lastFullStat(device)).toBe(version >= 3 ? day.getTime() : undefined);
  expect(catalog.statCache.files(device).size).toBe(version >= 3 ? 1 : 0);
}

test("there is a stored catalog of every version before this one", () => {
  const before = Array.from({ length: catalogVersion - 1 }, (_, i) => i + 1);
  expect(versions.filter((version) => version < catalogVersion).sort()).toEqual(before);
});

test.each(versions)("a catalog of version %i is read and left as it is", (version) => {
  const { metadata, file } = destinationOfVersion(version);
  const before = readFileSync(file);
  {
    using catalog = Catalog.open(metadata, { create: false, readOnly: true }) as Catalog;
    tellsWhatItKnew(catalog, version);
  }
  expect(readFileSync(file).equals(before)).toBe(true);
});

test.each(versions)("a catalog of version %i that is written becomes a current one and forgets nothing", (version) => {
  const { metadata, file } = destinationOfVersion(version);
  {
    using catalog = Catalog.open(metadata, { create: true }) as Catalog;
    tellsWhatItKnew(catalog, version);
  }
  using db = new DatabaseSync(file, { readOnly: true });
  expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: catalogVersion });
  using again = Catalog.open(metadata, { create: false, readOnly: true }) as Catalog;
  tellsWhatItKnew(again, version);
});

test.each(versions)(
  "of a catalog of version %i that is damaged, what can be read is had as from a current one",
  async (version) => {
    const { metadata } = destinationOfVersion(version);
    await salvageCatalog(metadata, catalogName, "salvaged.sqlite", {});
    using whole = Catalog.open(metadata, { create: false, readOnly: true }) as Catalog;
    using catalog = Catalog.open(metadata, { create: false, readOnly: true, name: "salvaged.sqlite" }) as Catalog;
    expect(catalog.items.rows()).toEqual(whole.items.rows());
    expect(catalog.made.files()).toEqual(whole.made.files());
    expect(catalog.settled.ignored()).toEqual(whole.settled.ignored());
  },
);

test("a catalog of a version to come is refused, and left as it is", () => {
  const { metadata, file } = destinationOfVersion(4);
  {
    using db = new DatabaseSync(file);
    db.exec(`PRAGMA user_version = ${catalogVersion + 1}`);
  }
  const before = readFileSync(file);
  for (const readOnly of [true, false])
    expect(() => Catalog.open(metadata, { create: false, readOnly })).toThrow(
      expect.objectContaining({ code: "catalog-newer" }),
    );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test.each([
  ["/media/usb/a b#%?é/c.sqlite", false, "file:///media/usb/a%20b%23%25%3F%C3%A9/c.sqlite?immutable=1"],
  ["C:\\Users\\me\\a b#\\c.sqlite", true, "file:///C:/Users/me/a%20b%23/c.sqlite?immutable=1"],
  ["\\\\nas\\photos\\c.sqlite", true, "file:////nas/photos/c.sqlite?immutable=1"],
])("the address of %s is one that SQLite opens", (file, windows, url) => {
  expect(immutableUrl(file, windows).href).toBe(url);
});
