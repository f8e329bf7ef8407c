/**
 * A colour profile for pictures that tell their colours by numbers alone, as a JPEG cannot. Matrix and curve, for the white of D50.
 * Source: ITU-T H.273, tables 2 and 3; ICC.1:2022, 8.3.3, 9.2, 10; SMPTE ST 2084 (PQ); ITU-R BT.2100 (HLG); Lindbloom (Bradford).
 */
import type { Nclx } from "./heif-picture.ts";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** x and y of red, green, blue; all of them with D65 as their white. */
const primaries: Readonly<
  Record<number, { readonly name: string; readonly xy: readonly (readonly [number, number])[] }>
> = {
  1: {
    name: "sRGB",
    xy: [
      [0.64, 0.33],
      [0.3, 0.6],
      [0.15, 0.06],
    ],
  },
  9: {
    name: "BT.2020",
    xy: [
      [0.708, 0.292],
      [0.17, 0.797],
      [0.131, 0.046],
    ],
  },
  12: {
    name: "Display P3",
    xy: [
      [0.68, 0.32],
      [0.265, 0.69],
      [0.15, 0.06],
    ],
  },
};
const d65: Triple = [0.3127 / 0.329, 1, (1 - 0.3127 - 0.329) / 0.329];
const d50: Triple = [0.9642, 1, 0.8249];
const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

const pq = 16;
const hlg = 18;
const linear = 8;
const curvePoints = 1024;
/** What a page of paper has, by ITU-R BT.2408; brighter than that is white here. */
const paperNits = 203;

/** Whether the numbers mean brightness beyond white. */
export function isHdr({ transfer }: Nclx): boolean {
  return transfer === pq || transfer === hlg;
}

/** @returns undefined for sRGB, which needs none, and for numbers that nobody uses in pictures */
export function profileOf(nclx: Nclx): Buffer | undefined {
  const space = primaries[nclx.primaries];
  if (!space || (nclx.primaries === 1 && !isHdr(nclx) && nclx.transfer !== linear)) return undefined;
  const adapted = toD50();
  const [r, g, b] = columns(multiply(adapted, rgbToXyz(space.xy)));
  const curve = curveTag(nclx.transfer);
  const tags: [string, Buffer][] = [
    ["desc", text(space.name)],
    ["cprt", text("no copyright")],
    ["wtpt", xyz(d50)],
    ["chad", sf32(adapted.flat())],
    ["rXYZ", xyz(r)],
    ["gXYZ", xyz(g)],
    ["bXYZ", xyz(b)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  return assembled(tags);
}

function assembled(tags: readonly (readonly [string, Buffer])[]): Buffer {
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length);
  const bodies: Buffer[] = [];
  const placed = new Map<Buffer, number>();
  let at = 128 + table.length;
  for (const [i, [name, body]] of tags.entries()) {
    if (!placed.has(body)) {
      placed.set(body, at);
      bodies.push(body);
      at += body.length;
    }
    table.write(name, 4 + i * 12, "latin1");
    table.writeUInt32BE(placed.get(body) as number, 8 + i * 12);
    table.writeUInt32BE(body.length, 12 + i * 12);
  }
  const head = Buffer.alloc(128);
  head.writeUInt32BE(at);
  head.writeUInt32BE(0x04400000, 8);
  head.write("mntrRGB XYZ ", 12, "latin1");
  for (const [i, value] of [2026, 1, 1].entries()) head.writeUInt16BE(value, 24 + i * 2);
  head.write("acsp", 36, "latin1");
  xyz(d50).copy(head, 68, 8, 20);
  return Buffer.concat([head, table, ...bodies]);
}

function curveTag(transfer: number): Buffer {
  if (transfer === pq || transfer === hlg) return curve(transfer === pq ? fromPq : fromHlg);
  if (transfer === linear) return typed("para", Buffer.from([0, 0, 0, 0, 0, 1, 0, 0]));
  if (transfer === 4) return parametric(0, [2.2]);
  return parametric(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]);
}

function curve(toLinear: (signal: number) => number): Buffer {
  const body = Buffer.alloc(4 + curvePoints * 2);
  body.writeUInt32BE(curvePoints);
  for (let i = 0; i < curvePoints; i += 1) {
    const value = Math.min(1, toLinear(i / (curvePoints - 1)));
    body.writeUInt16BE(Math.round(value * 65_535), 4 + i * 2);
  }
  return typed("curv", body);
}

function fromPq(signal: number): number {
  const [m1, m2, c1, c2, c3] = [
    2610 / 16_384,
    (2523 / 4096) * 128,
    3424 / 4096,
    (2413 / 4096) * 32,
    (2392 / 4096) * 32,
  ];
  const power = signal ** (1 / m2);
  return (10_000 / paperNits) * (Math.max(0, power - c1) / (c2 - c3 * power)) ** (1 / m1);
}

/** Of the scene's light, with the system's gamma for 1,000 nits; paper is at three quarters of the signal. */
function fromHlg(signal: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  const scene = signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - c) / a) + b) / 12;
  return (1000 / paperNits) * scene ** 1.2;
}

function rgbToXyz(xy: readonly (readonly [number, number])[]): Matrix {
  const [r, g, b] = xy.map(([x, y]): Triple => [x / y, 1, (1 - x - y) / y]) as [Triple, Triple, Triple];
  const m: Matrix = [
    [r[0], g[0], b[0]],
    [r[1], g[1], b[1]],
    [r[2], g[2], b[2]],
  ];
  const scale = apply(inverse(m), d65);
  return m.map((row) => row.map((value, i) => value * (scale[i] as number))) as unknown as Matrix;
}

function toD50(): Matrix {
  const [from, to] = [apply(bradford, d65), apply(bradford, d50)];
  const scale = [to[0] / from[0], to[1] / from[1], to[2] / from[2]] as const;
  const diagonal: Matrix = [
    [scale[0], 0, 0],
    [0, scale[1], 0],
    [0, 0, scale[2]],
  ];
  return multiply(inverse(bradford), multiply(diagonal, bradford));
}

function apply(m: Matrix, [x, y, z]: Triple): Triple {
  const at = ([a, b, c]: Triple): number => a * x + b * y + c * z;
  return [at(m[0]), at(m[1]), at(m[2])];
}

function columns([a, b, c]: Matrix): Matrix {
  return [
    [a[0], b[0], c[0]],
    [a[1], b[1], c[1]],
    [a[2], b[2], c[2]],
  ];
}

function multiply(a: Matrix, b: Matrix): Matrix {
  const [x, y, z] = columns(b);
  return columns([apply(a, x), apply(a, y), apply(a, z)]);
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const of = (value: number): number => value / det;
  return [
    [of(e * i - f * h), of(c * h - b * i), of(b * f - c * e)],
    [of(f * g - d * i), of(a * i - c * g), of(c * d - a * f)],
    [of(d * h - e * g), of(b * g - a * h), of(a * e - b * d)],
  ];
}

function typed(type: string, body: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (body.length % 4)) % 4);
  return Buffer.concat([Buffer.from(type, "latin1"), Buffer.alloc(4), body, padding]);
}

function fixed(values: readonly number[]): Buffer {
  const body = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) body.writeInt32BE(Math.round(value * 65_536), i * 4);
  return body;
}

const xyz = (value: Triple): Buffer => typed("XYZ ", fixed(value));
const sf32 = (values: readonly number[]): Buffer => typed("sf32", fixed(values));

function parametric(kind: number, values: readonly number[]): Buffer {
  return typed("para", Buffer.concat([Buffer.from([0, kind, 0, 0]), fixed(values)]));
}

/** One text, for all languages. */
function text(words: string): Buffer {
  const utf16 = Buffer.from(words, "utf16le").swap16();
  const head = Buffer.alloc(20);
  for (const [i, value] of [1, 12].entries()) head.writeUInt32BE(value, i * 4);
  head.write("enUS", 8, "latin1");
  head.writeUInt32BE(utf16.length, 12);
  head.writeUInt32BE(28, 16);
  return typed("mluc", Buffer.concat([head, utf16]));
}
