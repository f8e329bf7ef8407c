/** Processor time beside heif-convert's in one run, and memory: the built program over a folder that was backed up. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { generated, startMock } from "../helpers/mock.ts";
import { type Judge, measured, type Part } from "./judge.ts";
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
    if (megapixels === 12) await copying(judge, folder, heic);
    judge.holds(`${megapixels} MP: memory`, ours.peakMb <= mostMb, `${ours.peakMb} MB`);
  }
}

/** At so many bytes a second, as over USB 2. */
const cableBytes = 40e6;
const pairs = 3;

/**
 * What --jpeg does to the copying itself, over a cable of a known speed: the time from the plan to the last file, with and without, in
 * pairs. Printed, because a clock is no judge on busy cores; what is asked of the phone is the same, and that is held.
 */
async function copying(judge: Judge, folder: string, heic: Buffer): Promise<void> {
  const phone = mkdtempSync(join(folder, "phone-"));
  const modified = "2024-05-01T10:00:00Z";
  const heics = Array.from({ length: 6 }, (_, i) => {
    // Each another file, or it would be one photo.
    writeFileSync(
      join(phone, `${i}.heic`),
      Buffer.concat([heic, Buffer.from([0, 0, 0, 9, 0x66, 0x72, 0x65, 0x65, i])]),
    );
    return { path: `/DCIM/100APPLE/IMG_000${i}.HEIC`, modified, file: `${i}.heic` };
  });
  const movies = Array.from({ length: 3 }, (_, i) => generated(`/DCIM/100APPLE/IMG_001${i}.MOV`, 60_000_000));
  await using mock = await startMock(
    { files: [...heics, ...movies], link: { latencyMs: 0.5, bytesPerSecond: cableBytes } },
    { baseFolder: phone },
  );
  const ratios: number[] = [];
  let meanwhile = 0;
  for (let i = 0; i < pairs; i += 1) {
    const jpeg = await copied(mock.daemon.address, folder, ["--jpeg"]);
    const plain = await copied(mock.daemon.address, folder, []);
    judge.holds("copying: every JPEG is made", jpeg.made === heics.length, jpeg);
    judge.holds("copying: the phone is asked for the same", jpeg.copied === plain.copied, [jpeg, plain]);
    ratios.push(jpeg.seconds / plain.seconds);
    meanwhile += jpeg.meanwhile;
  }
  const told = ratios.sort((a, b) => a - b).map((r) => r.toFixed(3));
  console.log(
    `copying 190 MB at 40 MB/s with --jpeg beside without: ${told.join(", ")} times; made meanwhile: ${meanwhile} of ${pairs * heics.length}`,
  );
}

/** One backup: seconds until the last file was copied, and JPEGs that were there by then and at the end. */
async function copied(address: string, folder: string, flags: readonly string[]) {
  const home = mkdtempSync(join(folder, "home-"));
  const to = join(home, "to");
  const env = { ...process.env, HOME: home, OFFROLL_CONFIG_DIR: join(home, "c"), OFFROLL_DATA_DIR: join(home, "d") };
  const args = [entry, "backup", to, "--json", "--verify", "hash", "--template", "{name}", ...flags];
  const child = spawn(process.execPath, args, {
    env: { ...env, USBMUXD_SOCKET_ADDRESS: address, OFFROLL_VIA: "usbmux" },
  });
  const jpegs = (): number => readdirSync(to).filter((name) => name.endsWith(".jpg")).length;
  const seen = { from: 0, until: 0, copied: 0, meanwhile: 0 };
  for await (const line of createInterface(child.stdout)) {
    const { type, outcome } = JSON.parse(line) as { type: string; outcome?: string };
    if (type === "started") seen.from = performance.now();
    if (type !== "item" || outcome !== "copied") continue;
    seen.until = performance.now();
    seen.copied += 1;
    seen.meanwhile = jpegs();
  }
  return { ...seen, seconds: (seen.until - seen.from) / 1000, made: jpegs() };
}
