/** The phones of the bench: made-up content that costs the mock nothing, a library that knows it, and modelled cables. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { encodeJpeg } from "../../fixtures/make/encode.ts";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import type { FileDescription } from "../../src/device/mock/iphone/index.ts";
import { describedPhone } from "../helpers/mock.ts";

const cable = { serviceMs: 0.05, windowBytes: 131_072 };
const usb2 = (latencyMs: number) => ({ ...cable, latencyMs, bytesPerSecond: 35_000_000 });

/** What one request waits, and what all bytes share. */
export const links = {
  "USB 2, 0.5 ms": usb2(0.5),
  "USB 2, 1 ms": usb2(1),
  "USB 2, 3 ms": usb2(3),
  "USB 3, 0.3 ms": { ...cable, latencyMs: 0.3, bytesPerSecond: 300_000_000 },
  unlimited: { ...cable, latencyMs: 0, serviceMs: 0, bytesPerSecond: 0 },
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
  return { name, files, bytes };
}

export function referenceFile(bytes: number): FileDescription {
  return { path: "/DCIM/199REFER/REFERENCE.MOV", modified, generated: { bytes, seed: 9 } };
}

/** Writes a phone into a folder. @returns its description's file */
export function writePhone(
  folder: string,
  files: readonly FileDescription[],
  link: LinkName,
  { thumbnails = false } = {},
): string {
  mkdirSync(folder, { recursive: true });
  if (thumbnails) writeFileSync(join(folder, "thumb.jpg"), encodeJpeg(drawScene("lake", 1, 1024, 768), 90));
  const small = thumbnails
    ? files.map((f) => ({ path: `/PhotoData/Thumbnails/V2${f.path}/5005.JPG`, modified, file: "thumb.jpg" }))
    : [];
  const all = [...files, ...small, ...libraryOf(folder, files)];
  const file = join(folder, "phone.json");
  writeFileSync(file, JSON.stringify(describedPhone({ files: all, link: links[link] })));
  return file;
}

/** Every phone has a library that knows its photos: what it is spares reading their heads. */
function libraryOf(folder: string, files: readonly FileDescription[]): FileDescription[] {
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
  return ["", "-wal"].map((suffix) => ({
    path: `/PhotoData/Photos.sqlite${suffix}`,
    file: `Photos.sqlite${suffix}`,
    modified,
  }));
}
