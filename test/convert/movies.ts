/** MP4 copies: ffprobe and exiftool read both. */
import { join } from "node:path";
import { MovieConverter, NotConverted } from "../../src/media/convert/index.ts";
import { movieFacts } from "../../src/media/convert/movie-facts.ts";
import { type Part, run } from "./judge.ts";

const keys = [
  ...["-movflags", "use_metadata_tags", "-metadata", "com.apple.quicktime.creationdate=2024-05-01T12:34:56+0200"],
  ...["-metadata", "com.apple.quicktime.location.ISO6709=-33.8568+151.2153+010.000/"],
  ...["-metadata", "creation_time=2024-05-01T10:34:56.000000Z", "-metadata", "com.apple.quicktime.make=Apple"],
];
const picture = ["-f", "lavfi", "-i", "testsrc2=s=640x360:d=2:r=30", "-f", "lavfi", "-i", "sine=d=2"];
const hevc = ["-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=error"];
const hlg = [
  ...["-c:v", "libx265", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le"],
  ...["-x265-params", "log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"],
  ...["-color_primaries", "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc"],
];

const rows: readonly (readonly [
  string,
  readonly string[],
  { repacked?: true; lost?: readonly string[]; turn?: string },
])[] = [
  ["H.264 is repacked", ["-c:v", "libx264", "-pix_fmt", "yuv420p"], { repacked: true }],
  ["H.264 that is turned", ["-c:v", "libx264", "-pix_fmt", "yuv420p"], { repacked: true, turn: "90" }],
  ["HEVC", [...hevc, "-pix_fmt", "yuv420p"], {}],
  ["HEVC that is turned", [...hevc, "-pix_fmt", "yuv420p"], { turn: "270" }],
  ["HEVC upside down", [...hevc, "-pix_fmt", "yuv420p"], { turn: "180" }],
  ["HLG", hlg, { lost: ["hdr", "ten-bits"] }],
];

export async function movies({ judge, folder }: Part): Promise<void> {
  if (!judge.has("ffmpeg", "ffprobe", "exiftool")) return;
  const converter = new MovieConverter();
  for (const [name, codec, { repacked, lost = [], turn }] of rows) {
    const [plain, from, to] = [join(folder, "m0.mov"), join(folder, "m.mov"), join(folder, "m.mp4")];
    run("ffmpeg", "-v", "error", "-y", ...picture, ...codec, "-c:a", "aac", ...keys, plain);
    if (turn)
      run("ffmpeg", "-v", "error", "-y", "-i", plain, "-c", "copy", "-metadata:s:v:0", `rotate=${turn}`, ...keys, from);
    else run("cp", plain, from);
    const losses = await converter.toMp4(from, to);
    run("sh", "-c", ":"); // nothing of it is kept open
    const [a, b] = [factsOf(from), factsOf(to)];
    judge.holds(`${name}: H.264`, b.codec === "h264" && !b.isTenBits && !b.isHdr, b);
    judge.holds(`${name}: length`, Math.abs(a.seconds - b.seconds) <= 1.01 / 30, [a.seconds, b.seconds]);
    judge.holds(`${name}: as it is looked at`, a.width === b.width && a.height === b.height, [a, b]);
    judge.holds(`${name}: date and place`, a.created === b.created && a.place === b.place && b.place !== undefined, [
      a,
      b,
    ]);
    judge.holds(`${name}: lost`, JSON.stringify(losses) === JSON.stringify(lost), losses);
    const [before, after] = [tagsOf(from), tagsOf(to)];
    for (const tag of ["Keys:CreationDate", "Keys:GPSCoordinates", "Keys:Make", "QuickTime:CreateDate"])
      judge.holds(`${name}: ${tag}`, before[tag] !== undefined && before[tag] === after[tag], [
        before[tag],
        after[tag],
      ]);
    if (repacked) judge.holds(`${name}: the same pictures`, streamHash(from) === streamHash(to));
    else
      judge.holds(
        `${name}: much the same pictures`,
        likeness(from, to) > (lost.includes("hdr") ? 8 : 30),
        likeness(from, to),
      );
    run("rm", to);
  }
  await refused({ judge, folder }, converter);
}

async function refused({ judge, folder }: Pick<Part, "judge" | "folder">, converter: MovieConverter): Promise<void> {
  const bad = join(folder, "-i bad;$(touch x).mov");
  run("sh", "-c", 'head -c 5000 /dev/urandom > "$1"', "sh", bad);
  const reason = await converter.toMp4(bad, join(folder, "no.mp4")).catch((error: unknown) => error);
  judge.holds(
    "what is no movie is refused",
    reason instanceof NotConverted && reason.reason === "failed",
    String(reason),
  );
  const impatient = new MovieConverter({ stallMs: 1 });
  const slow = await impatient.toMp4(join(folder, "m.mov"), join(folder, "no.mp4")).catch((error: unknown) => error);
  judge.holds("who takes too long is ended", slow instanceof NotConverted && slow.reason === "gave-up", String(slow));
}

function factsOf(file: string): NonNullable<ReturnType<typeof movieFacts>> {
  const facts = movieFacts(
    JSON.parse(run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", file)),
  );
  if (!facts) throw new Error(`${file} has no picture`);
  return facts;
}

function tagsOf(file: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(run("exiftool", "-j", "-G1", file)) as Record<string, unknown>[])[0] as Record<string, unknown>;
}

function streamHash(file: string): string {
  return run("ffmpeg", "-v", "error", "-i", file, "-map", "0:v:0", "-c", "copy", "-f", "streamhash", "-");
}

/** Peak signal to noise in decibels, of both as they are looked at. */
function likeness(a: string, b: string): number {
  const text = run(
    "sh",
    "-c",
    'ffmpeg -v info -i "$1" -i "$2" -lavfi "[0:v]format=yuv420p[a];[1:v]format=yuv420p[b];[a][b]psnr" -f null - 2>&1',
    "sh",
    a,
    b,
  );
  return Number(/average:([\d.]+|inf)/.exec(text)?.[1]?.replace("inf", "99") ?? 0);
}
