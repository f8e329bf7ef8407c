/** A family's folder in a browser: each JPEG is shown, upright and as large as it says. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Converter } from "../../src/media/convert/index.ts";
import { bufferRange } from "../../src/media/range-reader.ts";
import { type Part, run } from "./judge.ts";
import { cameraHeic } from "./pictures.ts";
import { photoTiles } from "./tiles.ts";

export async function browser({ judge, folder }: Part): Promise<void> {
  if (!judge.has("chromium", "heif-enc")) return;
  const tiles = await photoTiles(join(folder, "tiles"), 8);
  const at = join(folder, "family");
  mkdirSync(at, { recursive: true });
  await using converter = new Converter();
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const heic = cameraHeic(orientation, { width: 1200, height: 900, tiles });
    const { jpeg } = await converter.toJpeg({ name: "a.heic", reader: bufferRange(heic) }, { quality: 90 });
    writeFileSync(join(at, `IMG_000${orientation}.jpg`), jpeg);
  }
  const names = readdirSync(at).sort();
  const images = names.map((name) => `<img src="${name}" width="200">`).join("");
  const size = (image: string): string => `(${image}.naturalWidth || "none") + "x" + ${image}.naturalHeight`;
  const script = `addEventListener("load", () => { document.title = [...document.images].map((i) => ${size("i")}).join(" "); })`;
  writeFileSync(join(at, "index.html"), `<!doctype html><title>…</title><body>${images}<script>${script}</script>`);
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--virtual-time-budget=5000",
    "--allow-file-access-from-files",
  ];
  const dom = run(
    "chromium",
    ...flags,
    `--user-data-dir=${join(folder, "profile")}`,
    "--dump-dom",
    `file://${join(at, "index.html")}`,
  );
  const sizes = /<title>([^<]*)<\/title>/.exec(dom)?.[1]?.split(" ") ?? [];
  for (const [i, name] of names.entries())
    judge.holds(`${name} in a browser`, sizes[i] === (i < 4 ? "1200x900" : "900x1200"), sizes[i] ?? "nothing");
  const keep = process.env["OFFROLL_SCREENSHOT"];
  if (keep)
    run(
      "chromium",
      ...flags,
      `--user-data-dir=${join(folder, "profile")}`,
      `--screenshot=${keep}`,
      "--window-size=900,700",
      `file://${join(at, "index.html")}`,
    );
}
