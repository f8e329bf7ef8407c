/** Makes the gallery's page: `npm run build` does it. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = import.meta.dirname;

/** What the gallery's page is made of: a script for the first pictures and one for the rest, one sheet of styles, and the outline of the continents for its map. */
export async function buildPage(to: string): Promise<void> {
  const page = join(root, "src/gallery/page");
  await build({
    entryPoints: ["first", "page", "static", "waiting"].flatMap((name) =>
      ["ts", "css"].map((kind) => join(page, `${name}.${kind}`)),
    ),
    outdir: to,
    bundle: true,
    format: "iife",
    platform: "browser",
    target: ["chrome111", "firefox113", "safari16.4"],
    minify: true,
    legalComments: "none",
  });
  for (const name of ["index.html", "static.html", "waiting.html"]) copyFileSync(join(page, name), join(to, name));
  writeFileSync(join(to, "land.json"), JSON.stringify(outlines()));
}

/**
 * The outlines of the land, from Natural Earth (public domain): rings of longitude and latitude in hundredths of a degree, each point as
 * the difference to the one before. Source of the format: the TopoJSON specification, 2.1.4 (arcs), 2.2.
 */
function outlines(): number[][] {
  const file = join(root, "node_modules/world-atlas/land-50m.json");
  const { arcs, transform, objects } = JSON.parse(readFileSync(file, "utf8")) as {
    arcs: [number, number][][];
    transform: { scale: [number, number]; translate: [number, number] };
    objects: { land: { geometries: { arcs: number[][][] }[] } };
  };
  const points = (index: number): [number, number][] => {
    let [x, y] = [0, 0];
    const arc = (arcs[index < 0 ? ~index : index] ?? []).map(([dx, dy]): [number, number] => {
      x += dx;
      y += dy;
      const [lon, lat] = [0, 1].map((i) => ((i === 0 ? x : y) * transform.scale[i]! + transform.translate[i]!) * 100);
      return [Math.round(lon as number), Math.round(lat as number)];
    });
    return index < 0 ? arc.reverse() : arc;
  };
  const rings = objects.land.geometries.flatMap((g) => g.arcs.flat());
  return rings.map((ring) => {
    const all = ring.flatMap((index, i) => points(index).slice(i === 0 ? 0 : 1));
    // Across the date line it goes on, instead of back around the world; most of it lies in the world's usual range.
    let turn = 0;
    const going = all.map(([x, y], i): [number, number] => {
      const dx = x - (all[i - 1]?.[0] ?? x);
      if (Math.abs(dx) > 18_000) turn -= Math.sign(dx) * 36_000;
      return [x + turn, y];
    });
    const xs = going.map(([x]) => x);
    const back = Math.round((Math.min(...xs) + Math.max(...xs)) / 2 / 36_000) * 36_000;
    return going.flatMap(([x, y], i) => [i === 0 ? x - back : x - going[i - 1]![0], y - (going[i - 1]?.[1] ?? 0)]);
  });
}
