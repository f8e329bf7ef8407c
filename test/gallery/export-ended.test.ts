/** `gallery export` that does not come to its end: what lies there is said to be in the way of the next. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { exportGallery } from "../../src/gallery/index.ts";
import { CancelledError } from "../../src/shared/errors.ts";
import { readCatalog } from "../../src/transfer/catalog/index.ts";
import { openDestination } from "../../src/transfer/destination/index.ts";
import { makeDestination } from "../helpers/made-destination.ts";

test("an album whose making was ended is said to be not whole, and its folder to be in the way", async () => {
  const heic = "../../fixtures/demo-media/09C20950-966F-4CF7-E0A7-70B602A698C7.heic";
  const bytes = readFileSync(resolve(import.meta.dirname, heic));
  const photos = [1, 2, 3].map((n) => ({
    id: `0000000${n}`,
    captured: "2024-05-01T12:00:00Z",
    files: [{ target: `2024/${n}.heic`, bytes: Buffer.concat([bytes, Buffer.of(n)]) }],
  }));
  const { found, place } = await openDestination(makeDestination(photos), "/");
  using catalog = (await readCatalog(place.metadata))!;
  const to = join(mkdtempSync(join(tmpdir(), "offroll-album-")), "album");
  const assets = mkdtempSync(join(tmpdir(), "offroll-assets-"));
  for (const name of ["static.html", "static.css", "static.js"]) writeFileSync(join(assets, name), "");
  const ended = new AbortController();
  const made = exportGallery({
    ...{ folders: [{ folder: found, catalog }], cacheFolder: mkdtempSync(join(tmpdir(), "offroll-cache-")) },
    ...{ assets, now: () => 0, signal: ended.signal, to, albums: [], words: new Set<never>() },
    onPhoto: () => ended.abort(),
  });
  const error = await made.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CancelledError);
  expect((error as CancelledError).remedy).toContain("Remove that folder");
  expect(readdirSync(to)).not.toContain("index.html");
});
