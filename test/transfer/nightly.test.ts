/** Files that are not looked at again, because the library says that nothing was done to them: and those that are. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LibraryAsset } from "../../fixtures/make/photos-library.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { TransferOptions } from "../../src/transfer/index.ts";
import { exportOnce, temporaryFolder } from "../helpers/engine.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { generated, startMock } from "../helpers/mock.ts";

const created = Date.UTC(2024, 4, 1, 12) / 1000;
const photos = Array.from({ length: 20 }, (_, i) =>
  asset({ filename: `IMG_${1000 + i}.JPG`, originalSize: 30_000 + i, created: created + i }),
);
const changed = "IMG_1007.JPG";
const withChange = (over: Partial<LibraryAsset>): LibraryAsset[] =>
  photos.map((a) => (a.filename === changed ? { ...a, ...over } : a));

/** One run on a phone with this library; `onDisk` are files that lie there otherwise than the library says. */
async function night(
  to: string,
  assets: readonly LibraryAsset[],
  over: Partial<TransferOptions>,
  onDisk?: { readonly path: string; readonly bytes: number },
) {
  const phone = libraryPhone({ assets });
  const files = phone.files.map((f) => (f.path === onDisk?.path ? generated(f.path, onDisk.bytes) : f));
  await using mock = await startMock({ files }, { baseFolder: phone.baseFolder });
  await using source = await mock.open();
  const { summary } = await exportOnce(source, to, { library: libraryOptions(), ...over });
  return {
    copied: summary.outcomes.copied.items,
    present: summary.outcomes.present.items,
    looks: mock.phone.operationCounts.get("stat") ?? 0,
  };
}

const path = `/DCIM/100APPLE/${changed}`;
const later = (days: number): Partial<TransferOptions> => ({
  clock: { ...systemClock, now: () => Date.now() + days * 24 * 3_600_000 },
});

test("a photo whose row changed is looked at and copied, the others are not looked at", async () => {
  const to = join(temporaryFolder(), "photos");
  expect(await night(to, photos, {})).toMatchObject({ copied: 20 });
  const edited = await night(to, withChange({ originalSize: 41_000 }), later(1));
  expect(edited).toMatchObject({ copied: 1, present: 19 });
  expect(edited.looks).toBeLessThan(20);
});

test("a name that is used again for another photo is another photo", async () => {
  const to = join(temporaryFolder(), "photos");
  await night(to, photos, {});
  const again = withChange({ uuid: "11111111-2222-4333-8444-555555555555", originalSize: 52_000 });
  expect(await night(to, again, later(1))).toMatchObject({ copied: 1, present: 19 });
});

test("what changed behind the library's back is found within the week", async () => {
  const to = join(temporaryFolder(), "photos");
  await night(to, photos, {});
  const behind = { path, bytes: 43_000 };
  expect(await night(to, photos, later(6), behind)).toMatchObject({ copied: 0 });
  const weekly = await night(to, photos, later(7.1), behind);
  expect(weekly).toMatchObject({ copied: 1, present: 19 });
  expect(weekly.looks).toBeGreaterThan(20);
});

test("a clock that was set back says nothing of when files were looked at: all are", async () => {
  const to = join(temporaryFolder(), "photos");
  expect(await night(to, photos, {})).toMatchObject({ copied: 20 });
  expect((await night(to, photos, later(-1))).looks).toBeGreaterThan(20);
});
