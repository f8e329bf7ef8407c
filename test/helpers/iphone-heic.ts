/** HEICs laid out as iPhones write them: a grid of tiles, turned, with a colour profile, EXIF, XMP and pictures beside the picture. */

import { demoTile, type Tile } from "./heic.ts";
import { box, words } from "./movie.ts";

const halves = (...numbers: number[]): Buffer => Buffer.concat(numbers.map((n) => Buffer.from([n >> 8, n & 255])));

export interface HeicParts {
  /** Before it is turned. */
  readonly width: number;
  readonly height: number;
  /** One after the other, again and again; all of one size. */
  readonly tiles?: readonly Tile[];
  /** Quarter turns against the clock. ISO/IEC 23008-12, 6.5.10. */
  readonly turns?: number;
  /** 0: top and bottom change places; 1: left and right. 6.5.12. */
  readonly mirror?: number;
  readonly icc?: Buffer;
  /** Colour primaries, transfer, matrix. */
  readonly nclx?: readonly [number, number, number];
  /** A TIFF block. */
  readonly exif?: Buffer;
  readonly xmp?: Buffer;
  /** Types of pictures beside it. */
  readonly beside?: readonly string[];
  /** An item of a gain map as ISO 21496-1 has it. */
  readonly toneMap?: boolean;
  /** Two views of one scene: the second is the first tile. */
  readonly stereo?: boolean;
}

interface Item {
  readonly id: number;
  readonly type: string;
  readonly bytes: Buffer;
  readonly properties: readonly number[];
  readonly contentType?: string;
  readonly refers?: readonly [string, readonly number[]];
}

/** ISO/IEC 23008-12, 6.6.2.3 (grid), 6.4.4 (auxl), A.2.1 (Exif); 14496-12, 8.11. */
export function iphoneHeic(parts: HeicParts): Buffer {
  const properties: Buffer[] = [];
  const property = (bytes: Buffer, isEssential = false): number => {
    properties.push(bytes);
    return properties.length | (isEssential ? 0x80 : 0);
  };
  const items = [...pictureItems(parts, property), ...besideItems(parts, property), ...metadataItems(parts)];
  return assembled(items, properties, parts);
}

type AddProperty = (bytes: Buffer, isEssential?: boolean) => number;

function pictureItems(parts: HeicParts, property: AddProperty): Item[] {
  const { width, height, tiles = [demoTile()], turns, mirror, icc, nclx } = parts;
  const [first] = tiles as [Tile];
  const [columns, rows] = [Math.ceil(width / first.width), Math.ceil(height / first.height)];
  const ids = Array.from({ length: columns * rows }, (_, i) => i + 2);
  const hvcC = new Map(tiles.map((tile) => [tile, property(box("hvcC", tile.hvcC), true)]));
  const size = property(box("ispe", words(0, first.width, first.height)));
  const own = [property(box("ispe", words(0, width, height)))];
  if (icc) own.push(property(box("colr", Buffer.from("prof"), icc)));
  if (nclx) own.push(property(box("colr", Buffer.from("nclx"), halves(...nclx), Buffer.from([0x80]))));
  if (turns !== undefined) own.push(property(box("irot", Buffer.from([turns])), true));
  if (mirror !== undefined) own.push(property(box("imir", Buffer.from([mirror])), true));
  const grid = Buffer.concat([Buffer.from([0, 0, rows - 1, columns - 1]), halves(width, height)]);
  const tile = (id: number, i: number): Item => {
    const of = tiles[i % tiles.length] as Tile;
    return { id, type: "hvc1", bytes: of.bytes, properties: [hvcC.get(of) as number, size] };
  };
  return [{ id: 1, type: "grid", bytes: grid, properties: own, refers: ["dimg", ids] }, ...ids.map(tile)];
}

const firstBeside = 2000;
/** Tiles are not shown by themselves. */
const isHidden = (id: number): boolean => id > 1 && id < firstBeside;

function besideItems({ tiles = [demoTile()], beside = [], toneMap, stereo }: HeicParts, property: AddProperty): Item[] {
  const [first] = tiles as [Tile];
  const common = (): number[] => [
    property(box("hvcC", first.hvcC), true),
    property(box("ispe", words(0, first.width, first.height))),
  ];
  const items: Item[] = beside.map((type, i) => ({
    id: firstBeside + i,
    type: "hvc1",
    bytes: first.bytes,
    properties: [...common(), property(box("auxC", words(0), Buffer.from(`${type}\0`)), true)],
    refers: ["auxl", [1]],
  }));
  if (toneMap)
    items.push({ id: 2900, type: "tmap", bytes: Buffer.alloc(62), properties: [], refers: ["dimg", [1, firstBeside]] });
  if (stereo) items.push({ id: 2901, type: "hvc1", bytes: first.bytes, properties: common() });
  return items;
}

function metadataItems({ exif, xmp }: HeicParts): Item[] {
  const describes = { properties: [], refers: ["cdsc", [1]] as const };
  return [
    ...(exif ? [{ id: 3000, type: "Exif", bytes: Buffer.concat([words(0), exif]), ...describes }] : []),
    ...(xmp ? [{ id: 3001, type: "mime", contentType: "application/rdf+xml", bytes: xmp, ...describes }] : []),
  ];
}

function assembled(items: readonly Item[], properties: readonly Buffer[], { stereo }: HeicParts): Buffer {
  const infe = ({ id, type, contentType }: Item): Buffer =>
    box(
      "infe",
      words(0x02000000 | (isHidden(id) ? 1 : 0)),
      halves(id, 0),
      Buffer.from(`${type}\0${contentType ? `${contentType}\0` : ""}`, "latin1"),
    );
  const meta = (mediaAt: number): Buffer => {
    let at = mediaAt;
    const located = items.map(({ id, bytes }) => {
      const entry = Buffer.concat([halves(id, 0, 1), words(at, bytes.length)]);
      at += bytes.length;
      return entry;
    });
    return box(
      "meta",
      words(0),
      box("hdlr", words(0, 0), Buffer.from("pict"), Buffer.alloc(13)),
      box("pitm", words(0), halves(1)),
      box("iloc", words(0), Buffer.from([0x44, 0]), halves(items.length), ...located),
      box("iinf", words(0), halves(items.length), ...items.map(infe)),
      box(
        "iref",
        words(0),
        ...items.flatMap(({ id, refers }) =>
          refers ? [box(refers[0], halves(id, refers[1].length, ...refers[1]))] : [],
        ),
      ),
      box(
        "iprp",
        box("ipco", ...properties),
        box(
          "ipma",
          words(0, items.length),
          ...items.map((item) =>
            Buffer.concat([halves(item.id), Buffer.from([item.properties.length, ...item.properties])]),
          ),
        ),
      ),
      ...(stereo ? [box("grpl", box("ster", words(0, 4000, 2, 1, 2901)))] : []),
    );
  };
  const ftyp = box("ftyp", Buffer.from("heic"), words(0), Buffer.from("mif1heic"));
  const media = items.map(({ bytes }) => bytes);
  return Buffer.concat([ftyp, meta(ftyp.length + meta(0).length + 8), box("mdat", ...media)]);
}
