/**
 * Kills the program at random instants while it makes JPEG copies, of a backup and of what is there already, and looks after each kill
 * at all that lies there: no half JPEG, no original touched, a copy that somebody changed as it was left.
 *
 *   npm run test:crash-convert -- [kills, 100 by default] [seed]
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { randomFrom } from "../../fixtures/make/random.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { iphoneHeic } from "../helpers/iphone-heic.ts";

const kills = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const random = randomFrom(seed);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const work = mkdtempSync(join(tmpdir(), "offroll-crash-convert-"));
const [card, to] = [join(work, "card"), join(work, "backup")];
const pictures = 16;
const drawnOn = "drawn on by somebody";
let violations = 0;

function violation(what: string): void {
  violations += 1;
  console.log(`✗ ${what}`);
}

const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const originals = new Map<string, string>();
mkdirSync(join(card, "DCIM/100APPLE"), { recursive: true });
for (let i = 0; i < pictures; i += 1) {
  const [name, bytes] = [`IMG_${1000 + i}.HEIC`, iphoneHeic({ width: 900 + i * 8, height: 700, turns: i % 4 })];
  writeFileSync(join(card, "DCIM/100APPLE", name), bytes);
  utimesSync(join(card, "DCIM/100APPLE", name), 1_700_000_000, 1_700_000_000 + i);
  originals.set(name, hashOf(bytes));
}

const env = {
  ...process.env,
  HOME: work,
  OFFROLL_CONFIG_DIR: join(work, "config"),
  OFFROLL_DATA_DIR: join(work, "data"),
  OFFROLL_VIA: `folder:${card}`,
};

/** @returns whether it was killed, or ended before */
async function runProgram(args: readonly string[], killAfterMs?: number): Promise<boolean> {
  const child = spawn(process.execPath, [entry, ...args, "--quiet"], { env, stdio: "ignore" });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const { promise, resolve: ended } = Promise.withResolvers<boolean>();
  child.on("close", (code, signal) => {
    if (signal === null && code !== 0) violation(`${args.join(" ")} ended with ${code}`);
    ended(signal !== null);
  });
  const wasKilled = await promise;
  clearTimeout(timer);
  return wasKilled;
}

async function look(changed: string | undefined): Promise<number> {
  let jpegs = 0;
  for (const path of filesBelow(to)) {
    if (path.startsWith(".offroll")) continue;
    const bytes = readFileSync(join(to, path));
    const name = path.split("/").at(-1) as string;
    if (path === changed) {
      if (bytes.toString() !== drawnOn) violation(`${path} was changed by somebody, and is not as it was left`);
    } else if (name.endsWith(".jpg")) {
      jpegs += 1;
      const isWhole = await sharp(bytes, { failOn: "truncated" })
        .stats()
        .then(
          () => true,
          () => false,
        );
      if (!isWhole || bytes.readUInt16BE(bytes.length - 2) !== 0xffd9) violation(`${path} is half a JPEG`);
    } else if (originals.get(name) !== hashOf(bytes)) violation(`${path} is not what was copied`);
  }
  return jpegs;
}

const backup = ["backup", to, "--template", "{name}", "--jpeg"];
let [killed, runs, quality] = [0, 0, 60];
const tookMs = await (async () => {
  const began = performance.now();
  await runProgram([...backup, "--quality", "60"]);
  return performance.now() - began;
})();
while (killed < kills) {
  const isBackup = random() < 0.4;
  // Now and then all are to be made anew; and somebody draws on one.
  if (random() < 0.6) quality = 61 + ((quality + 1) % 30);
  const args = [...(isBackup ? backup : ["convert", to]), "--quality", String(quality)];
  const jpegs = readdirSync(to).filter((name) => name.endsWith(".jpg"));
  if (random() < 0.3 && jpegs.length > 0) rmSync(join(to, jpegs[Math.floor(random() * jpegs.length)] as string));
  runs += 1;
  if (await runProgram(args, 100 + random() * tookMs)) killed += 1;
  await look(undefined);
}
await runProgram(["convert", to, "--quality", "90"]);
if ((await look(undefined)) !== pictures) violation("not every picture has its copy, or one has two");
writeFileSync(join(to, "IMG_1003.jpg"), drawnOn);
await runProgram(["convert", to, "--quality", "80"]);
await runProgram([...backup, "--quality", "70"]);
if ((await look("IMG_1003.jpg")) !== pictures - 1) violation("a copy beside the one that somebody changed");
const left = filesBelow(join(to, ".offroll")).filter((path) => path.endsWith(".part"));
if (left.length > 0) violation(`left half-written: ${left.join(", ")}`);
rmSync(work, { recursive: true, force: true });
console.log(`seed ${seed}: ${killed} kills in ${runs} runs over ${pictures} pictures, ${violations} violations`);
process.exitCode = violations > 0 ? 1 : 0;
