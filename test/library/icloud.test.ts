/** What is in iCloud and what is not yet, by rows as libraries have them: those of public samples, and every combination there is. */
import { expect, test } from "vitest";
import type { LibraryAsset, LibraryCloud, WriteOptions } from "../../fixtures/make/photos-library.ts";
import { type ICloudReport, reportICloud } from "../../src/library/icloud-report.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { iCloudCounts, iCloudJson, iCloudUseWords } from "../../src/present/icloud-words.ts";
import { asset, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { startMock } from "../helpers/mock.ts";

async function reportOf(
  assets: readonly LibraryAsset[],
  options: WriteOptions & { readonly iCloud?: boolean } = {},
): Promise<ICloudReport> {
  const { files, baseFolder } = libraryPhone({ assets }, { iCloud: false, ...options });
  await using mock = await startMock({ files }, { baseFolder });
  await using source = await mock.open();
  const roll = await buildCameraRoll(source, { now: Date.UTC(2026, 0), library: libraryOptions(), heads: "none" });
  return reportICloud(roll) as ICloudReport;
}

const many = (count: number, cloud: LibraryCloud, from = 0): LibraryAsset[] =>
  Array.from({ length: count }, (_, i) => asset({ filename: `IMG_${1000 + from + i}.HEIC`, cloud }));

// On a Mac there is no mark of iOS: the rows alone tell.
test.each([
  ["22 synced and 1 pending", [...many(22, { state: 3 }), ...many(1, { state: 1 }, 22)], 22, 1],
  ["23 synced", many(23, { state: 3 }), 23, 0],
  ["23 synced, in another library", many(23, { state: 3 }), 23, 0],
])("as public samples have it: %s", async (_, assets, synced, notYet) => {
  const report = await reportOf(assets);
  expect(iCloudJson(report)).toEqual({
    ...{ on: true, synced, notYet, onlyThere: 0 },
    oldestNotYet: notYet > 0 ? "2024-05-01" : null,
  });
  expect(iCloudUseWords(report)).toBe("iCloud Photos is on, or was: some photos are known to iCloud.");
});

test("without a master, a name and the mark it is off, and nothing is said to wait", async () => {
  const report = await reportOf([asset({ filename: "IMG_0001.HEIC" }), asset({ filename: "IMG_0002.HEIC" })]);
  expect(iCloudJson(report)).toEqual({ on: false, synced: 0, notYet: null, onlyThere: 0, oldestNotYet: null });
  expect([iCloudUseWords(report), ...iCloudCounts(report)]).toEqual([
    "iCloud Photos is off, as far as the phone's library tells.",
  ]);
});

test("with the mark alone it is on, and has begun with nothing", async () => {
  const old = asset({
    filename: "IMG_0003.MOV",
    kind: "video",
    created: Date.UTC(2019, 6, 1, 12) / 1000,
    originalSize: 9_000,
  });
  const report = await reportOf([asset({ filename: "IMG_0001.HEIC" }), old], { iCloud: true });
  expect(iCloudJson(report)).toEqual({ on: true, synced: 0, notYet: 2, onlyThere: 0, oldestNotYet: "2019-07-01" });
  expect(iCloudCounts(report)).toEqual([
    "By its library, which nobody checked with iCloud: 0 photos and videos in iCloud, 2 not yet.",
    "Not yet: 1 photo and 1 video, 12.0 kB; the oldest was taken on 2019-07-01.",
    "  iCloud does not know 2 of them: it seems not to have begun.",
  ]);
});

const states: readonly (readonly [string, LibraryCloud | undefined])[] = [
  ["no master", undefined],
  ["a name alone", { nameOnly: true }],
  ["a master without its row", { state: "missing" }],
  ...[0, 1, 2, 3, 4, 99].map((state) => [`state ${state}`, { state }] as const),
  ["state 3, deleted there", { state: 3, deleted: true }],
  ["state 1, deleted there", { state: 1, deleted: true }],
];
const wheres = ["local", "cloud", "gone"] as const;

/** Every state, wherever the original is; and what others shared, what was thrown away, and what is hidden. */
const combinations = states.flatMap(([, cloud], s) =>
  wheres.flatMap((original, w) =>
    (["own", "shared", "trashed", "hidden"] as const).map((whose, i) => {
      const n = String(s * 100 + w * 10 + i).padStart(4, "0");
      return asset({
        filename: `IMG_${n}.JPG`,
        original,
        ...(cloud ? { cloud } : {}),
        ...(whose === "shared" ? { shared: true, directory: "PhotoData/PhotoCloudSharingData/1/A/100CLOUD" } : {}),
        ...(whose === "trashed" ? { trashed: Date.UTC(2024, 5, 1) / 1000 } : {}),
        ...(whose === "hidden" ? { hidden: true } : {}),
      });
    }),
  ),
);

test.each([true, false])(
  "every combination is counted once, and in its place (the mark of iOS: %s)",
  async (iCloud) => {
    const report = await reportOf(combinations, { iCloud });
    const own = combinations.filter((a) => !a.shared && a.trashed === undefined);
    const isSynced = (a: LibraryAsset): boolean => a.cloud?.state === 3 && !a.cloud.deleted;
    const count = (of: (a: LibraryAsset) => boolean): number => own.filter(of).length;
    const waits = (a: LibraryAsset): boolean =>
      (a.original ?? "local") === "local" && !isSynced(a) && !a.cloud?.deleted;
    expect(iCloudJson(report)).toMatchObject({
      on: true,
      synced: count(isSynced),
      notYet: count(waits),
      onlyThere: count((a) => a.original === "cloud"),
    });
    expect(report.neither).toBe(count((a) => a.original === "gone" && !isSynced(a) && !a.cloud?.deleted));
    expect(report.deletedThere).toBe(count((a) => a.original !== "cloud" && a.cloud?.deleted === true));
    expect(report.notBegun).toBe(count((a) => waits(a) && a.cloud === undefined));
    expect(new Map(report.states.map(({ state, count: n }) => [state, n]))).toEqual(
      new Map([["none", 4], ...([0, 1, 2, 4, 99] as const).map((s) => [s, 2] as const)] as [number | "none", number][]),
    );
    const words = iCloudCounts(report).join("\n");
    expect(words).toContain("2 known to iCloud and not finished: waiting or failing.");
    expect(words).toContain("2 in a state (99) that no library known to offroll shows: counted as not yet.");
    expect(words).toContain("No public library shows this mark: it may mean less.");
  },
);

test("a library without the columns tells nothing, and nothing is made up", async () => {
  const without: WriteOptions["mutate"] = (tables) => {
    tables.get("ZASSET")?.delete("ZMASTER");
  };
  const on = await reportOf(many(3, { state: 3 }), { iCloud: true, mutate: without });
  expect(iCloudJson(on)).toEqual({ on: true, synced: null, notYet: null, onlyThere: 0, oldestNotYet: null });
  expect(iCloudCounts(on)).toEqual(["This library does not tell which photos are in iCloud."]);
  const off = await reportOf(many(3, { state: 3 }), { mutate: without });
  expect(iCloudJson(off)).toMatchObject({ on: null, synced: null });
  expect(iCloudUseWords(off)).toBe("Whether iCloud Photos is on could not be told.");
});
