/** Processor time beside heif-convert's in one run, and memory: the built program over a folder that was backed up. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { measured, type Part } from "./judge.ts";
import { cameraHeic } from "./pictures.ts";
import { photoTiles } from "./tiles.ts";

const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const mostMb = 400;
const mostTimes = 1.9;
const sizes = [
  [12, 4032, 3024],
  [24, 5712, 4284],
  [48, 8064, 6048],
] as const;

export async function costs({ judge, folder }: Part): Promise<void> {
  if (!judge.has("heif-enc", "heif-convert", "python3")) return;
  const tiles = await photoTiles(join(folder, "tiles"), 8);
  const env = { HOME: folder, OFFROLL_CONFIG_DIR: join(folder, "conf"), OFFROLL_DATA_DIR: join(folder, "data") };
  for (const [megapixels, width, height] of sizes) {
    const [card, to] = [join(folder, "card"), join(folder, "backup")];
    for (const old of [card, to, env.OFFROLL_DATA_DIR, env.OFFROLL_CONFIG_DIR])
      rmSync(old, { recursive: true, force: true });
    mkdirSync(join(card, "DCIM", "100APPLE"), { recursive: true });
    const heic = cameraHeic(6, { width, height, tiles });
    const names = ["IMG_0001.HEIC", "IMG_0002.HEIC"];
    for (const [i, name] of names.entries()) {
      const path = join(card, "DCIM", "100APPLE", name);
      // Each another file, or it would be one photo.
      writeFileSync(path, Buffer.concat([heic, Buffer.from([0, 0, 0, 9, 0x66, 0x72, 0x65, 0x65, i])]));
      utimesSync(path, 1_700_000_000 + i * 100_000, 1_700_000_000 + i * 100_000);
    }
    const node = [process.execPath, entry];
    measured([...node, "backup", to, "--via", `folder:${card}`, "--quiet", "--template", "{name}"], env);
    const ours = measured([...node, "convert", to, "--quiet"], env);
    const made = readdirSync(to).filter((name) => name.endsWith(".jpg"));
    judge.holds(`${megapixels} MP: all made`, made.length === names.length, made);
    const theirs = names
      .map((name) => measured(["heif-convert", "-q", "90", join(to, name), join(folder, "h.jpg")]).cpu)
      .reduce((sum, cpu) => sum + cpu, 0);
    const [first = ""] = made;
    console.log(
      `${megapixels} MP: ${(heic.length / 1e6).toFixed(1)} MB HEIC, ${(statSync(join(to, first)).size / 1e6).toFixed(1)} MB JPEG; ` +
        `${names.length} pictures ${ours.cpu.toFixed(1)} CPU s, heif-convert ${theirs.toFixed(1)} (${(ours.cpu / theirs).toFixed(2)} times); peak ${Math.round(ours.peakMb)} MB`,
    );
    judge.holds(`${megapixels} MP: CPU`, ours.cpu <= mostTimes * theirs, `${(ours.cpu / theirs).toFixed(2)} times`);
    if (megapixels === 12) copying(folder, card, env);
    judge.holds(`${megapixels} MP: memory`, ours.peakMb <= mostMb, `${ours.peakMb} MB`);
  }
}

/** What --jpeg does to the copying itself: printed, because a clock is no judge on busy cores. That it is over by then is held by test/cli/convert.test.ts. */
function copying(folder: string, card: string, env: Record<string, string>): void {
  // Movies, so that there is something to copy; each another.
  for (let i = 0; i < 4; i += 1)
    writeFileSync(join(card, "DCIM", "100APPLE", `IMG_010${i}.MOV`), Buffer.alloc(60_000_000, i + 1));
  const seconds = (flags: readonly string[]): number => {
    const [fresh, home] = [mkdtempSync(join(folder, "copy-")), mkdtempSync(join(folder, "home-"))];
    const own = { ...env, OFFROLL_CONFIG_DIR: join(home, "conf"), OFFROLL_DATA_DIR: join(home, "data") };
    const args = [entry, "backup", fresh, "--via", `folder:${card}`, "--json", "--verify", "hash", ...flags];
    const text = execFileSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...own } });
    return (JSON.parse(text.trim().split("\n").at(-1) as string) as { seconds: number }).seconds;
  };
  const pairs = Array.from({ length: 5 }, () => seconds(["--jpeg"]) / seconds([])).sort((a, b) => a - b);
  console.log(`copying 245 MB with --jpeg beside copying without: ${pairs.map((r) => r.toFixed(2)).join(", ")} times`);
}
