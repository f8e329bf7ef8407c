/** What exiftool reads of every media file that can be made here is what we read: by heif-enc, ffmpeg, cwebp, Pillow, exiftool and ourselves. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeJpeg, encodePng } from "../../fixtures/make/encode.ts";
import { drawScene } from "../../fixtures/make/scene.ts";
import { formatCaptured } from "../../src/media/capture-time.ts";
import type { MediaFacts } from "../../src/media/index.ts";
import { fileKind } from "../../src/media/kinds.ts";
import { places, readCounted } from "../helpers/containers.ts";

const ci = process.env["CI"] === "true";
const python = "/usr/bin/python3";
const programs: readonly (readonly [string, string[]])[] = [
  ["exiftool", ["-ver"]],
  ["heif-enc", ["--help"]],
  ["ffmpeg", ["-hide_banner", "-encoders"]],
  ["cwebp", ["-version"]],
  [python, ["-c", "import PIL"]],
];
const absent = programs.flatMap(([program, args]) => {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return [];
  } catch {
    return [program];
  }
});

test.runIf(ci)("the programs that make and read media are installed", () => expect(absent).toEqual([]));

const folder = mkdtempSync(join(tmpdir(), "offroll-exiftool-"));
const at = (name: string): string => join(folder, name);
const run = (program: string, ...args: string[]): void =>
  void execFileSync(program, args, { cwd: folder, stdio: "ignore" });
const tag = (name: string, ...tags: string[]): void =>
  run("exiftool", "-q", "-q", "-overwrite_original", "-m", ...tags, name);

const camera = ["-Make=Example", "-Model=Model 7", "-ISO=320", "-FNumber=1.8", "-ExposureTime=1/120"];
const taken = ["-DateTimeOriginal=2023:03:04 05:06:07", "-CreateDate=2023:03:04 05:06:08"];
const zone = ["-OffsetTimeOriginal=+02:00", "-OffsetTimeDigitized=+02:00"];
const place = [...["-GPSLatitude=33.8568", "-GPSLatitudeRef=S", "-GPSLongitude=151.2153", "-GPSLongitudeRef=E"]];
const whole = [...camera, ...taken, ...zone, ...place];

function makePictures(): void {
  const scene = drawScene("lake", 3, 321, 241);
  writeFileSync(at("source.jpg"), encodeJpeg(scene, 80));
  writeFileSync(at("source.png"), encodePng(scene));
  const variants: Readonly<Record<string, readonly string[]>> = {
    whole,
    bare: [],
    turned: [...whole, "-Orientation#=6"],
    mirrored: [...whole, "-Orientation#=5"],
    modified: ["-ModifyDate=2022:02:03 04:05:06", "-OffsetTime=-07:00", ...camera],
    digitized: ["-CreateDate=2022:02:03 04:05:06", "-OffsetTimeDigitized=-07:00"],
    xmp: ["-XMP-exif:DateTimeOriginal=2021:01:02 03:04:05+01:00", "-XMP-tiff:Make=Example"],
    photoshop: ["-XMP-photoshop:DateCreated=2021:01:02 03:04:05+01:00"],
    island: [...taken, "-GPSLatitude=0", "-GPSLatitudeRef=N", "-GPSLongitude=0", "-GPSLongitudeRef=E"],
    latin: ["-EXIF:Model=Caméra"],
  };
  for (const [name, tags] of Object.entries(variants))
    for (const extension of ["jpg", "png"]) {
      copyFileSync(at(`source.${extension}`), at(`${name}.${extension}`));
      if (tags.length > 0) tag(`${name}.${extension}`, ...tags);
    }
  copyFileSync(at("source.png"), at("words.png"));
  tag("words.png", "-PNG:CreationTime=2021:01:02 03:04:05");
  for (const name of ["whole", "turned", "bare"]) {
    run("heif-enc", "-q", "40", `${name}.jpg`, "-o", `${name}.heic`);
    run("heif-enc", "-q", "40", "-t", "64", `${name}.jpg`, "-o", `${name}-thumb.heic`);
    run("heif-enc", "-q", "40", "-A", `${name}.jpg`, "-o", `${name}.avif`);
  }
  run("heif-enc", "-q", "40", "bare.jpg", "whole.jpg", "-o", "two.heic");
  copyFileSync(at("bare.heic"), at("tagged.heic"));
  tag("tagged.heic", ...whole);
  run("cwebp", "-quiet", "source.png", "-o", "lossy.webp");
  run("cwebp", "-quiet", "-lossless", "source.png", "-o", "lossless.webp");
  run("cwebp", "-quiet", "-metadata", "all", "whole.jpg", "-o", "kept.webp");
  copyFileSync(at("lossless.webp"), at("tagged.webp"));
  tag("tagged.webp", ...whole, "-XMP-dc:Title=a");
  const still = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=322x242", "-frames:v", "1"];
  for (const name of ["ff.jxl", "ff.gif", "ff.bmp", "ff.tiff", "ff.webp", "ff.png", "ff.jpg"])
    run("ffmpeg", ...still, name);
  const script = [
    "from PIL import Image",
    "im = Image.open('source.png').convert('RGB')",
    "e = Image.Exif(); e[0x010f] = 'Example'; e[0x0110] = 'Model 7'; e[0x0132] = '2022:02:03 04:05:06'; e[0x0112] = 8",
    "for c in ['raw', 'tiff_lzw', 'jpeg', 'packbits', 'tiff_deflate']: im.save('pil-%s.tif' % c, compression=c, exif=e)",
    "im.save('pil.jpg', progressive=True, exif=e); im.save('pil.png', exif=e); im.save('pil.webp', exif=e)",
    "im.save('pil.gif'); im.save('pil.bmp'); im.convert('L').save('pil-grey.png')",
    "im.resize((1200, 900)).save('pil-large.tif', exif=e); im.resize((1200, 900)).save('pil-large.png', exif=e)",
  ];
  run(python, "-c", script.join("\n"));
  for (const name of ["raw", "jpeg"]) {
    copyFileSync(at(`pil-${name}.tif`), at(`tagged-${name}.tif`));
    tag(`tagged-${name}.tif`, ...whole);
  }
}

function makeMovies(): void {
  const from = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=s=192x108:d=2:r=10", "-pix_fmt", "yuv420p"];
  const movie = (name: string, ...args: string[]): void => run("ffmpeg", ...from, ...args, name);
  const date = "creation_time=2024-05-01T10:34:56Z";
  movie("h264.mp4", "-c:v", "libx264", "-metadata", date);
  movie("h264.mov", "-c:v", "libx264", "-metadata", date);
  movie("front.mp4", "-c:v", "libx264", "-movflags", "faststart", "-metadata", date);
  movie("hevc.mov", "-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=none");
  movie("mpeg4.3gp", "-c:v", "mpeg4", "-metadata", date);
  movie("av1.mp4", "-c:v", "libsvtav1");
  movie("fragments.mp4", "-c:v", "libx264", "-g", "10", "-movflags", "frag_keyframe+empty_moov");
  movie("dash.mp4", "-c:v", "libx264", "-g", "10", "-movflags", "frag_keyframe+empty_moov+default_base_moof+dash");
  const apple = (text: string): string[] => ["-metadata", `com.apple.quicktime.creationdate=${text}`];
  movie("keys.mov", "-c:v", "libx264", ...apple("2024-05-01T12:34:56-0400"), "-movflags", "use_metadata_tags");
  movie("blanks.mov", "-c:v", "libx264", ...apple("2024-05-01 12:34:56 -0400"), "-movflags", "use_metadata_tags");
  movie("day.mov", "-c:v", "libx264", "-metadata", "date=2024-05-01T12:34:56-0400");
  movie("place.mp4", "-c:v", "libx264", "-metadata", "location=-33.8568+151.2153/");
  run("ffmpeg", "-v", "error", "-y", "-i", "h264.mov", "-c", "copy", "-metadata:s:v:0", "rotate=90", "turned.mov");
  copyFileSync(at("h264.mov"), at("tagged.mov"));
  tag(
    "tagged.mov",
    "-Keys:CreationDate=1985:06:01 12:00:00+02:00",
    "-Keys:Make=Example",
    "-Keys:GPSCoordinates=-33.8568 151.2153 10",
  );
}

function makeOurs(): void {
  const media = join(import.meta.dirname, "../../fixtures/demo-media");
  for (const name of readdirSync(media)) copyFileSync(join(media, name), at(`demo-${name}`));
  const fields = {
    make: "Example",
    model: "Model 7",
    dateTimeOriginal: "2023:03:04 05:06:07",
    offset: "+02:00",
    gps: { lat: -33.8568, lon: 151.2153 },
  };
  for (const [i, { name, make }] of places.entries()) {
    const format = Object.keys(extensions).find((key) => name.startsWith(key)) as keyof typeof extensions;
    writeFileSync(at(`place ${i}, ${name.replaceAll(":", "")}.${extensions[format]}`), make(fields));
  }
}

const extensions = {
  ...{ "JPEG XL": "jxl", JPEG: "jpg", HEIC: "heic", HIF: "heic", AVIF: "avif", TIFF: "tif", DNG: "dng" },
  ...{ PNG: "png", WebP: "webp", RAF: "raf", CR3: "cr3" },
} as const;

type Tags = Readonly<Record<string, string | number | undefined>>;
interface Compared {
  captured?: string | undefined;
  make?: string | undefined;
  model?: string | undefined;
  size?: string | undefined;
  gps?: string | undefined;
  seconds?: string | undefined;
}

function ours({ captured, make, model, width, height, gps, durationSeconds }: MediaFacts): Compared {
  return {
    captured: captured && (captured.zone === "recorded" ? formatCaptured(captured) : captured.local),
    make,
    model,
    size: width === undefined ? undefined : `${width}×${height}`,
    gps: gps && `${gps.lat.toFixed(3)},${gps.lon.toFixed(3)}`,
    seconds: durationSeconds?.toFixed(1),
  };
}

/** By exiftool's groups, as the policy of dates has them. */
function theirs(tags: Tags, isMovie: boolean): Compared {
  const first = (...names: string[]): string | undefined => {
    const found = names.map((n) => tags[n]).find((v) => v !== undefined && v !== "" && !String(v).startsWith("0000"));
    return found === undefined ? undefined : String(found);
  };
  const exif = (
    [
      ["EXIF:DateTimeOriginal", "EXIF:OffsetTimeOriginal"],
      ["EXIF:CreateDate", "EXIF:OffsetTimeDigitized"],
      ["EXIF:ModifyDate", "EXIF:OffsetTime"],
    ] as const
  ).find(([date]) => first(date) !== undefined);
  const text = isMovie
    ? first("QuickTime:CreationDate", "QuickTime:ContentCreateDate", "QuickTime:CreateDate")
    : exif
      ? `${first(exif[0])}${first(exif[1]) ?? ""}`
      : first("XMP:DateTimeOriginal", "XMP:DateCreated", "XMP:CreateDate", "PNG:CreationTime");
  const [lat, lon] = [Number(tags["Composite:GPSLatitude"]), Number(tags["Composite:GPSLongitude"])];
  const isPlace = Number.isFinite(lat) && Number.isFinite(lon) && (lat !== 0 || lon !== 0);
  const [width, height] = String(tags["Composite:ImageSize"] ?? "")
    .split(" ")
    .map(Number);
  const quarters = Number(tags["QuickTime:Rotation"] ?? tags["Composite:Rotation"] ?? 0) / 90;
  const isHeif = /heic|heif|avif/.test(String(tags["File:MIMEType"]));
  const isTurned = isMovie || isHeif ? quarters % 2 === 1 : Number(tags["EXIF:Orientation"] ?? 1) >= 5;
  const seconds = Number(tags["QuickTime:Duration"]);
  return {
    captured: text?.replace(/^(\d{4})[:-](\d\d)[:-](\d\d)[ T]/, "$1-$2-$3T").replace(/ ?([+-]\d\d):?(\d\d)$/, "$1:$2"),
    make: first("EXIF:Make", "QuickTime:Make", "XMP:Make"),
    model: first("EXIF:Model", "QuickTime:Model", "XMP:Model"),
    size: width ? (isTurned ? `${height}×${width}` : `${width}×${height}`) : undefined,
    gps: isPlace ? `${lat.toFixed(3)},${lon.toFixed(3)}` : undefined,
    seconds: isMovie && seconds > 0 ? seconds.toFixed(1) : undefined,
  };
}

interface Explanation {
  readonly why: string;
  readonly name: RegExp;
  readonly field?: keyof Compared;
}

/** Where exiftool 12.57 tells nothing and we know why. */
const explained: readonly Explanation[] = [
  { why: "it does not add up the lengths of fragments", name: /^(?:fragments|dash)\./, field: "seconds" },
  { why: "it reads no item in idat or within another", name: /construction method [12]/ },
  { why: "it takes an Exif item's offset at its word", name: /Exif with (?:a wrong offset|JPEG's marker)/ },
  { why: "it has no decompressor here", name: /compressed true/ },
];

describe.skipIf(absent.length > 0)(`exiftool${absent.length > 0 ? ` (absent: ${absent.join(", ")})` : ""}`, () => {
  beforeAll(() => {
    makePictures();
    makeMovies();
    makeOurs();
  });

  test("tells of every file what we tell of it", async () => {
    const groups = ["-json", "-G0", "-n", "-api", "QuickTimeUTC=0", "-r"];
    const list = JSON.parse(execFileSync("exiftool", [...groups, folder], { maxBuffer: 2 ** 26 }).toString()) as Tags[];
    const differences: string[] = [];
    const reasons = new Map<string, number>();
    let [compared, agreed] = [0, 0];
    for (const tags of list.sort((a, b) => (String(a["SourceFile"]) < String(b["SourceFile"]) ? -1 : 1))) {
      const name = String(tags["SourceFile"]).slice(folder.length + 1);
      const isMovie = fileKind(name) === "video";
      const { facts } = await readCounted(readFileSync(at(name)), { isMovie });
      const [a, b] = [ours(facts), theirs(tags, isMovie)];
      for (const field of Object.keys(a) as (keyof Compared)[]) {
        if (a[field] === undefined && b[field] === undefined) continue;
        compared += 1;
        const reason = explained.find((e) => e.name.test(name) && (e.field ?? field) === field);
        if (a[field] === b[field]) agreed += 1;
        else if (reason && b[field] === undefined) reasons.set(reason.why, (reasons.get(reason.why) ?? 0) + 1);
        else differences.push(`${name} ${field}: ours ${a[field]}, exiftool's ${b[field]}`);
      }
    }
    const because = [...reasons].map(([why, count]) => `${count}: ${why}`).join("; ");
    console.log(
      `${list.length} files, ${compared} facts: ${agreed} alike, ${differences.length} unexplained differences; ${because}`,
    );
    expect(differences).toEqual([]);
    expect(list.length).toBeGreaterThan(150);
    expect(compared).toBeGreaterThan(500);
  });
});
