/** A mock phone with a described library: every kind of item there is, and its Photos.sqlite of a chosen iOS generation. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type LibraryAsset,
  type LibraryDescription,
  type WriteOptions,
  writePhotosLibrary,
} from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import type { LibraryOptions } from "../../src/library/index.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { generated } from "./mock.ts";

export const databasePath = "/PhotoData/Photos.sqlite";
export const newest = generations.at(-1) as Generation;

/** A private place for copies of libraries. */
export function libraryOptions(
  folder = join(mkdtempSync(join(tmpdir(), "offroll-library-")), "phone"),
): LibraryOptions {
  return { folder, clock: systemClock, pid: process.pid };
}

let next = 1;
export function asset(over: Partial<LibraryAsset> & { filename: string }): LibraryAsset {
  const n = next++;
  return {
    uuid: uuidFrom(n),
    directory: "DCIM/100APPLE",
    kind: "photo",
    created: Date.UTC(2024, 4, 1, 12, 0, n % 60) / 1000,
    zone: { offset: 7200 },
    originalFilename: over.filename,
    ...over,
  };
}

/** The files of what the library says is on the phone: original, movie, RAW, render and recipe. */
export function filesOf(assets: readonly LibraryAsset[]): FileDescription[] {
  const files: FileDescription[] = [];
  for (const a of assets) {
    const stem = `/${a.directory}/${a.filename.replace(/\.[^.]+$/, "")}`;
    const add = (path: string, bytes: number): void => void files.push(generated(path, bytes));
    if ((a.original ?? "local") === "local") add(`/${a.directory}/${a.filename}`, a.originalSize ?? 3000);
    if (a.kindSubtype === 2 && (a.liveVideo ?? "local") === "local") add(`${stem}.MOV`, 2000);
    if (a.raw === "local") add(`${stem}.DNG`, 5000);
    if (a.edited && (a.render ?? "local") === "local") {
      const folder = `/PhotoData/Mutations${stem}/Adjustments`;
      add(`${folder}/FullSizeRender.${a.kind === "video" ? "mov" : "jpg"}`, 2500);
      if (a.kindSubtype === 2) add(`${folder}/FullSizeRender.mov`, 1500);
      add(`${folder}/Adjustments.plist`, 300);
    }
  }
  return files;
}

export interface LibraryPhone {
  readonly files: FileDescription[];
  readonly baseFolder: string;
  readonly database: string;
}

/** Files for `startMock`: pass `files` and `baseFolder`. */
export function libraryPhone(
  library: LibraryDescription,
  options: WriteOptions & {
    generation?: Generation;
    extraFiles?: readonly FileDescription[];
    iCloud?: boolean;
    modified?: string;
  } = {},
): LibraryPhone {
  const baseFolder = mkdtempSync(join(tmpdir(), "offroll-library-phone-"));
  const database = join(baseFolder, "Photos.sqlite");
  writePhotosLibrary(database, library, options.generation ?? newest, { inWal: 0.3, ...options });
  const { modified = "2024-06-01T10:00:00Z" } = options;
  const files: FileDescription[] = [
    ...filesOf(library.assets),
    ...(options.extraFiles ?? []),
    { path: databasePath, file: "Photos.sqlite", modified },
    { path: `${databasePath}-wal`, file: "Photos.sqlite-wal", modified },
    ...(options.iCloud === false ? [] : [generated("/PhotoData/cpl_enabled_marker", 10)]),
  ];
  return { files, baseFolder, database };
}

/** One item of every kind, with everything a library can say. */
export function everyKind(): LibraryDescription {
  const burst = uuidFrom(9_001);
  const one = { uuid: burst, pick: 16 + 4, visible: true };
  const assets: LibraryAsset[] = [
    asset({
      filename: "IMG_0001.HEIC",
      camera: { make: "Apple", model: "iPhone 14 Pro", lens: "back" },
      width: 40,
      height: 30,
    }),
    asset({
      filename: "IMG_0002.HEIC",
      kindSubtype: 2,
      favourite: true,
      seconds: 2.5,
      contentIdentifier: uuidFrom(9_002),
    }),
    asset({ filename: "IMG_0003.HEIC", kindSubtype: 2, edited: true, render: "local" }),
    asset({ filename: "IMG_0004.JPG", edited: true, render: "local", caption: "A caption, with ünïcode" }),
    asset({ filename: "IMG_0005.MOV", kind: "video", seconds: 12, kindSubtype: 101 }),
    asset({ filename: "IMG_0006.MOV", kind: "video", seconds: 8, kindSubtype: 102 }),
    asset({
      filename: "IMG_0007.MP4",
      kind: "video",
      kindSubtype: 103,
      originalFilename: "RPReplay_Final1700000000.mp4",
    }),
    asset({ filename: "IMG_0008.PNG", kindSubtype: 10 }),
    asset({ filename: "IMG_0009.HEIC", kindSubtype: 1, people: ["Person Uno"] }),
    asset({ filename: "IMG_0010.HEIC", depthType: 1, people: ["Person One", "Person Two"] }),
    asset({ filename: "IMG_0011.MOV", kind: "video", depthType: 2, seconds: 5 }),
    asset({ filename: "IMG_0012.JPG", raw: "local", keywords: ["sea", "sun"], title: "A title" }),
    asset({ filename: "IMG_0013.JPG", burst: one }),
    asset({ filename: "IMG_0014.JPG", burst: { uuid: burst, pick: 2, visible: false } }),
    asset({ filename: "IMG_0015.JPG", burst: { uuid: burst, pick: 8, visible: true } }),
    asset({ filename: "IMG_0016.JPG", hidden: true }),
    asset({ filename: "IMG_0017.JPG", trashed: Date.UTC(2024, 5, 1) / 1000 }),
    asset({ filename: "IMG_0018.JPG", gps: { lat: 46.95, lon: 7.45 }, place: "Bern" }),
    asset({ filename: "IMG_0019.JPG", originalFilename: "DSC_0042.JPG", zone: { offset: -18_000, inferred: true } }),
    // Through iCloud: one that is here, one that is not, one of which only the edit is, one that is nowhere.
    asset({
      directory: "PhotoData/CPLAssets/group1",
      filename: `${uuidFrom(8001)}.HEIC`,
      originalFilename: "IMG_7001.HEIC",
    }),
    asset({
      directory: "PhotoData/CPLAssets/group1",
      filename: `${uuidFrom(8002)}.HEIC`,
      originalFilename: "IMG_7002.HEIC",
      original: "cloud",
      originalSize: 2_000_000,
    }),
    asset({
      directory: "PhotoData/CPLAssets/group2",
      filename: `${uuidFrom(8003)}.PNG`,
      originalFilename: "IMG_7003.PNG",
      original: "cloud",
      edited: true,
      render: "local",
    }),
    asset({ filename: "IMG_0020.JPG", original: "gone" }),
    asset({ filename: "IMG_0021.HEIC", kindSubtype: 2, liveVideo: "cloud" }),
    asset({ filename: "IMG_0022.HEIC", spatial: true }),
    asset({
      directory: `PhotoData/PhotoCloudSharingData/1/${uuidFrom(8004)}/100CLOUD`,
      filename: "IMG_0001.JPG",
      shared: true,
    }),
  ];
  const uuid = (filename: string): string => assets.find((a) => a.filename === filename)!.uuid;
  return {
    assets,
    albums: [
      { title: "Lisbon", folders: ["Trips", "2024"], assets: [uuid("IMG_0002.HEIC"), uuid("IMG_0001.HEIC")] },
      { title: "Lisbon", assets: [uuid("IMG_0004.JPG")] },
      { title: "Gone", assets: [uuid("IMG_0001.HEIC")], trashed: true },
    ],
    merged: [["Person Uno", "Person One"]],
  };
}
