/** The phones of the bench: made-up content that costs the mock nothing, a library that knows it, and modelled cables. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { formatBytes } from "../../src/shared/text.ts";
import { describedPhone } from "../helpers/mock.ts";
import { longMovie } from "../helpers/movie.ts";

const cable = { serviceMs: 0.05, windowBytes: 131_072 };
const usb2 = (latencyMs: number) => ({ ...cable, latencyMs, bytesPerSecond: 35_000_000 });

/** What one request waits, and what all bytes share. */
export const links = {
  "USB 2, 0.5 ms": usb2(0.5),
  "USB 2, 1 ms": usb2(1),
  "USB 2, 3 ms": usb2(3),
  "USB 3, 0.3 ms": { ...cable, latencyMs: 0.3, bytesPerSecond: 300_000_000 },
  unlimited: { ...cable, latencyMs: 0, serviceMs: 0, bytesPerSecond: 0 },
  "unlimited, no TLS": { ...cable, latencyMs: 0, serviceMs: 0, bytesPerSecond: 0 },
} as const;
export type LinkName = keyof typeof links;

export interface Workload {
  readonly name: string;
  readonly files: readonly FileDescription[];
  readonly bytes: number;
}

interface Kind {
  readonly count: number;
  readonly bytes: number;
  readonly extension: string;
}

const modified = "2024-05-01T10:00:00Z";

/** @param name what it is; how much of it is added */
export function workload(name: string, kinds: readonly Kind[]): Workload {
  let [n, bytes] = [0, 0];
  const files: FileDescription[] = [];
  for (const kind of kinds)
    for (let i = 0; i < kind.count; i += 1) {
      const path = `/DCIM/${100 + Math.floor(n / 1000)}APPLE/IMG_${String(n % 10_000).padStart(4, "0")}.${kind.extension}`;
      files.push({ path, modified, generated: { bytes: kind.bytes, seed: n } });
      n += 1;
      bytes += kind.bytes;
    }
  const amounts = kinds.map((k) => `${k.count.toLocaleString("en")} × ${formatBytes(k.bytes)}`);
  return { name: `${name}, ${amounts.join(" and ")}`, files, bytes };
}

/** As many as offroll keeps connections to a phone. */
export function referenceFiles(bytes: number): readonly FileDescription[] {
  return [1, 2, 3].map((n) => ({
    path: `/DCIM/199REFER/IMG_${n}.MOV`,
    modified,
    generated: { bytes: Math.floor(bytes / 3), seed: n },
  }));
}

export interface PhoneOptions {
  readonly thumbnails?: boolean;
  /** Without one, what a movie is must be read from it. */
  readonly library?: boolean;
  /** The library is filled up to so many bytes with what nobody asks for, as faces and memories fill a real one. */
  readonly libraryBytes?: number;
  readonly libraryModified?: string;
}

/** Writes a phone into a folder. @returns its description's file */
export function writePhone(
  folder: string,
  files: readonly FileDescription[],
  link: LinkName,
  options: PhoneOptions = {},
): string {
  mkdirSync(folder, { recursive: true });
  if (options.thumbnails) writeFileSync(join(folder, "thumb.jpg"), encodeJpeg(drawScene("lake", 1, 1024, 768), 90));
  const small = options.thumbnails
    ? files.map((f) => ({ path: `/PhotoData/Thumbnails/V2${f.path}/5005.JPG`, modified, file: "thumb.jpg" }))
    : [];
  const library = options.library === false ? [] : libraryOf(folder, files, options);
  const file = join(folder, "phone.json");
  const afc = { tls: link !== "unlimited, no TLS" };
  writeFileSync(
    file,
    JSON.stringify(describedPhone({ files: [...files, ...small, ...library], link: links[link], afc })),
  );
  return file;
}

/** Movies of a megabyte, with what is told of them at their end, as cameras write them. */
export function writeMovies(folder: string, count: number): readonly FileDescription[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "movie.mov"), longMovie(1_000_000));
  return Array.from({ length: count }, (_, i) => ({
    path: `/DCIM/100APPLE/IMG_${1000 + i}.MOV`,
    modified,
    file: "movie.mov",
  }));
}

/** Every phone has a library that knows its photos: what it is spares reading their heads. */
function libraryOf(
  folder: string,
  files: readonly FileDescription[],
  { libraryBytes = 0, libraryModified = modified }: PhoneOptions,
): FileDescription[] {
  const assets = files.map((f, i) => ({
    uuid: uuidFrom(i),
    directory: dirname(f.path).slice(1),
    filename: basename(f.path),
    kind: f.path.endsWith("MOV") ? ("video" as const) : ("photo" as const),
    created: Date.UTC(2024, 0, 1) / 1000 + i * 60,
    zone: { offset: 3600 },
    originalFilename: basename(f.path),
    originalSize: f.generated?.bytes ?? 0,
  }));
  writePhotosLibrary(join(folder, "Photos.sqlite"), { assets }, generations.at(-1) as Generation, { inWal: 0.05 });
  if (libraryBytes > 0) fillUp(join(folder, "Photos.sqlite"), libraryBytes);
  return ["", "-wal"].map((suffix) => ({
    path: `/PhotoData/Photos.sqlite${suffix}`,
    file: `Photos.sqlite${suffix}`,
    modified: libraryModified,
  }));
}

function fillUp(file: string, bytes: number): void {
  const database = new DatabaseSync(file);
  const row = 1_000_000;
  const missing = Math.max(0, bytes - statSync(file).size);
  database.exec("CREATE TABLE ZFILLING (ZBYTES BLOB)");
  const insert = database.prepare("INSERT INTO ZFILLING VALUES (randomblob(?))");
  for (let i = 0; i < missing / row; i += 1) insert.run(row);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  if (!existsSync(`${file}-wal`)) writeFileSync(`${file}-wal`, "");
}
