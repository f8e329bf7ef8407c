/** Further copies of a destination, as its catalog knows them. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../../src/transfer/catalog/catalog.ts";

function catalogIn(metadata: string): Catalog {
  mkdirSync(metadata, { recursive: true });
  return Catalog.open(metadata, { create: true }) as Catalog;
}

test("a copy has its own id, and is known by its name until it is taken away", () => {
  using catalog = catalogIn(mkdtempSync(join(tmpdir(), "offroll-copies-")));
  const usb = { name: "usb", id: "c1", path: "/media/usb/Photos", addedAt: 1_000 };
  catalog.copies.add(usb);
  catalog.copies.add({ name: "attic", id: "c2", path: "/mnt/attic", addedAt: 2_000 });
  expect(catalog.copies.all().map((copy) => copy.name)).toEqual(["attic", "usb"]);
  expect(catalog.copies.find("usb")).toEqual({ ...usb, hash: "sha256", files: 0, bytes: 0 });
  expect(catalog.copies.find("usb")?.completeAt).toBeUndefined();
  catalog.copies.note("usb", { begunAt: 3_000, result: "interrupted" });
  catalog.copies.note("usb", { endedAt: 4_000, result: "complete", completeAt: 4_000, files: 7, bytes: 70 });
  catalog.copies.note("usb", { path: "/media/other/Photos", begunAt: 5_000, result: "interrupted" });
  expect(catalog.copies.find("usb")).toMatchObject({
    ...{ id: "c1", path: "/media/other/Photos", files: 7 },
    ...{ begunAt: 5_000, endedAt: 4_000, completeAt: 4_000, result: "interrupted" },
  });
  expect(catalog.copies.remove("usb")).toBe(true);
  expect(catalog.copies.remove("usb")).toBe(false);
  catalog.copies.note("usb", { files: 9 });
  expect(catalog.copies.find("usb")).toBeUndefined();
});

test("a destination knows what it is a copy of, the last one first", () => {
  using catalog = catalogIn(mkdtempSync(join(tmpdir(), "offroll-copies-")));
  catalog.copies.noteCopyOf({ id: "f1", name: "usb", path: "/mnt/one", completeAt: undefined });
  catalog.copies.noteCopyOf({ id: "f2", name: "usb", path: "/mnt/two", completeAt: 2_000 });
  catalog.copies.noteCopyOf({ id: "f1", name: "usb", path: "/mnt/one", completeAt: 1_000 });
  expect(catalog.copies.copyOf()).toEqual([
    { id: "f2", name: "usb", path: "/mnt/two", completeAt: 2_000 },
    { id: "f1", name: "usb", path: "/mnt/one", completeAt: 1_000 },
  ]);
});
