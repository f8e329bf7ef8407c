/** Catalogs that earlier versions of offroll left on people's disks: read as they are, brought up to date when written. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { MediaItem } from "../../../src/device/media-source.ts";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";
import { catalogName } from "../../../src/transfer/catalog/connection.ts";
import { immutableUrl } from "../../../src/transfer/catalog/file.ts";
import { catalogVersion } from "../../../src/transfer/catalog/migrations.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures/catalogs");
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

/** What every version knows, however it is opened. */
function tellsWhatItKnew(catalog: Catalog, version: number): void {
  expect(catalog.devices.all()).toEqual([{ id: device, name: "Fixture", model: "iPhone 17", lastSeen: day.getTime() }]);
  expect(catalog.items.rows({ state: "done" }).map((r) => r.target)).toEqual([
    "2024/06/IMG_0001.HEIC",
    "2024/06/IMG_0002.JPG",
  ]);
  expect(catalog.items.find(device, first)).toMatchObject({ role: "original", captured: "2024-06-15T14:00:00+02:00" });
  // What an earlier version read of a file is less than this one finds.
  expect(catalog.facts.find(device, second)).toBe("old");
  expect(catalog.runs.all()).toMatchObject([{ id: "20240615T120000Z-aaaa", complete: true, deviceName: "Fixture" }]);
  expect(catalog.made.targets()).toEqual(version >= 2 ? ["2024/06/IMG_0001.xmp"] : []);
  expect(catalog.statCache.lastFullStat(device)).toBe(version >= 3 ? day.getTime() : undefined);
  expect(catalog.statCache.files(device).size).toBe(version >= 3 ? 1 : 0);
}

test("there is a stored catalog of every version before this one", () => {
  expect(catalogVersion).toBe(4);
});

test.each([1, 2, 3])("a catalog of version %i is read and left as it is", (version) => {
  const { metadata, file } = destinationOfVersion(version);
  const before = readFileSync(file);
  {
    using catalog = Catalog.open(metadata, { create: false, readOnly: true }) as Catalog;
    tellsWhatItKnew(catalog, version);
  }
  expect(readFileSync(file).equals(before)).toBe(true);
});

test.each([1, 2, 3])("a catalog of version %i that is written becomes a current one and forgets nothing", (version) => {
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

test("a catalog of a version to come is refused, and left as it is", () => {
  const { metadata, file } = destinationOfVersion(3);
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
