/** Tiles of HEVC by the encoder that is installed: pictures with edges, texture and strong colours, as photos have them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { boxesIn } from "../../src/media/boxes.ts";
import type { Tile } from "../helpers/heic.ts";

const side = 512;

/** Reckoned, so that it is the same on each machine. */
function noise(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Sky, leaves, skin and shadow in turn: smooth parts, fine parts, and edges between them. */
function picture(index: number): Buffer {
  const random = noise(index + 1);
  const data = Buffer.alloc(side * side * 3);
  const [fx, fy, phase] = [1 + random() * 6, 1 + random() * 6, random() * 6];
  const base = [60 + random() * 150, 60 + random() * 150, 60 + random() * 150];
  const grain = [1, 3, 6, 2][index % 4] as number;
  for (let y = 0, at = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const wave = Math.sin((x / side) * fx * 6.28 + phase) * 35 + Math.cos((y / side) * fy * 6.28) * 35;
      const edge = (x * 3 + y * 2 + index * 97) % 389 < 60 ? 40 : 0;
      const fine = (random() - 0.5) * grain;
      for (let c = 0; c < 3; c += 1, at += 1)
        data[at] = Math.max(0, Math.min(255, (base[c] as number) + wave * (1 - c * 0.2) + edge + fine));
    }
  return data;
}

/** @param folder where they are kept, once made @throws where heif-enc is not installed */
export async function photoTiles(folder: string, count: number): Promise<Tile[]> {
  mkdirSync(folder, { recursive: true });
  const tiles: Tile[] = [];
  for (let i = 0; i < count; i += 1) tiles.push(await tileOf(folder, `photo-${i}`, picture(i)));
  return tiles;
}

/** One colour. */
export async function plainTile(folder: string, rgb: readonly [number, number, number]): Promise<Tile> {
  mkdirSync(folder, { recursive: true });
  return await tileOf(
    folder,
    `plain-${rgb.join("-")}`,
    Buffer.from(Array.from({ length: side * side }, () => rgb).flat()),
  );
}

async function tileOf(folder: string, name: string, rgb: Buffer): Promise<Tile> {
  const [png, heic] = [join(folder, `${name}.png`), join(folder, `${name}.heic`)];
  if (!existsSync(heic)) {
    writeFileSync(
      png,
      await sharp(rgb, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer(),
    );
    execFileSync("heif-enc", ["-q", "75", png, "-o", heic], { stdio: "ignore" });
  }
  return tileIn(readFileSync(heic));
}

/** The only picture of a file by heif-enc. */
export function tileIn(file: Buffer): Tile {
  const box = (within: { start: number; end: number }, ...types: string[]): { start: number; end: number } =>
    types.reduce((at, type) => {
      for (const found of boxesIn(file, at.start, at.end)) if (found.type === type) return found;
      throw new Error(`there is no ${type}`);
    }, within);
  const all = box({ start: 0, end: file.length }, "meta");
  const meta = { start: all.start + 4, end: all.end };
  const ipco = box(meta, "iprp", "ipco");
  const [hvcC, ispe] = [box(ipco, "hvcC"), box(ipco, "ispe")];
  const mdat = box({ start: 0, end: file.length }, "mdat");
  return {
    hvcC: file.subarray(hvcC.start, hvcC.end),
    width: file.readUInt32BE(ispe.start + 4),
    height: file.readUInt32BE(ispe.start + 8),
    bytes: file.subarray(mdat.start, mdat.end),
  };
}
