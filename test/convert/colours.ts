/** Colours beside those of the same file decoded by heif-convert, as differences that an eye sees (CIE 1976), in Display P3. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { Converter } from "../../src/media/convert/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";
import { iphoneHeic } from "../helpers/iphone-heic.ts";
import { type Part, run } from "./judge.ts";
import { cameraHeic, displayP3 } from "./pictures.ts";
import { photoTiles, plainTile } from "./tiles.ts";

export async function colours({ judge, folder }: Part): Promise<void> {
  if (!judge.has("heif-enc", "heif-convert")) return;
  const tiles = await photoTiles(join(folder, "tiles"), 8);
  await using converter = new Converter({ workers: 1 });
  const all: number[] = [];
  const coding: number[] = [];
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const heic = cameraHeic(orientation, { width: 1500, height: 1100, tiles });
    const [from, to] = [join(folder, "c.heic"), join(folder, "c.png")];
    writeFileSync(from, heic);
    run("heif-convert", from, to);
    const { jpeg } = await converter.toJpeg({ name: "c.heic", reader: bufferRange(heic) }, { quality: 90 });
    const mean = await meanDifference(await rawOf(jpeg), await rawOf(to));
    all.push(mean);
    // What coding as a JPEG costs by itself, in the other program.
    run("heif-convert", "-q", "90", from, join(folder, "c.jpg"));
    coding.push(await meanDifference(await rawOf(join(folder, "c.jpg")), await rawOf(to)));
    judge.holds(`orientation ${orientation}: mean ΔE`, mean < 1, mean);
  }
  console.log(
    `mean ΔE to heif-convert: ${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}; of its own JPEG to its own PNG: ${Math.min(...coding).toFixed(2)} to ${Math.max(...coding).toFixed(2)}`,
  );
  await red({ judge, folder }, converter);
}

/** A red that sRGB does not have. */
async function red({ judge, folder }: Pick<Part, "judge" | "folder">, converter: Converter): Promise<void> {
  const tile = await plainTile(join(folder, "tiles"), [200, 50, 50]);
  const parts = { width: 512, height: 512, tiles: [tile] };
  const middle = async (heic: Buffer, srgb = false): Promise<number[]> => {
    const file = { name: "r.heic", reader: bufferRange(heic) };
    const { jpeg } = await converter.toJpeg(file, { quality: 95, srgb });
    const { data, info } = await sharp(jpeg).keepIccProfile().raw().toBuffer({ resolveWithObject: true });
    const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels;
    return [...data.subarray(at, at + 3)];
  };
  const isNear = (a: number[], b: number[]): boolean => a.every((value, i) => Math.abs(value - (b[i] as number)) <= 3);
  const kept = await middle(iphoneHeic({ ...parts, icc: displayP3 }));
  judge.holds("a P3 red stays a P3 red", isNear(kept, [200, 50, 50]), kept);
  const numbers = await middle(iphoneHeic({ ...parts, nclx: [12, 13, 6] }));
  judge.holds("so does one that is told by numbers", isNear(numbers, [200, 50, 50]), numbers);
  // Display P3 (200, 50, 50) is sRGB (217, 28, 43): CSS Color 4, 10.2, reckoned by hand.
  const converted = await middle(iphoneHeic({ ...parts, icc: displayP3 }), true);
  judge.holds("--srgb converts it for real", isNear(converted, srgbOfP3([200, 50, 50])), converted);
}

async function rawOf(input: string | Uint8Array): Promise<Buffer> {
  return await sharp(input, { limitInputPixels: false }).keepIccProfile().removeAlpha().raw().toBuffer();
}

const linear = Array.from({ length: 256 }, (_, i) =>
  i / 255 <= 0.04045 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4,
);

/** Display P3 to Lab by its own primaries, for the white of D65. Source: CSS Color 4, 18 (matrices). */
function lab(data: Buffer, at: number): [number, number, number] {
  const [r, g, b] = [linear[data[at]!]!, linear[data[at + 1]!]!, linear[data[at + 2]!]!];
  const x = 0.4865709486 * r + 0.2656676932 * g + 0.1982172852 * b;
  const y = 0.2289745641 * r + 0.6917385218 * g + 0.0792869141 * b;
  const z = 0.0451133819 * g + 1.0439443689 * b;
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.9504559271), f(y), f(z / 1.0890577508)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

async function meanDifference(a: Buffer, b: Buffer): Promise<number> {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let at = 0; at < a.length; at += 3) {
    const [p, q] = [lab(a, at), lab(b, at)];
    sum += Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  }
  return sum / (a.length / 3);
}

function srgbOfP3(rgb: readonly [number, number, number]): number[] {
  const [r, g, b] = rgb.map((value) => linear[value]!) as [number, number, number];
  const x = 0.4865709486 * r + 0.2656676932 * g + 0.1982172852 * b;
  const y = 0.2289745641 * r + 0.6917385218 * g + 0.0792869141 * b;
  const z = 0.0451133819 * g + 1.0439443689 * b;
  const out = [
    3.2409699419 * x - 1.5373831776 * y - 0.4986107603 * z,
    -0.9692436363 * x + 1.8759675015 * y + 0.0415550574 * z,
    0.0556300797 * x - 0.2039769589 * y + 1.0569715142 * z,
  ];
  return out.map((v) =>
    Math.round(255 * Math.max(0, Math.min(1, v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055))),
  );
}
