/**
 * Memory: at most 1 KB of live heap per listed item, at most 150 MB and 1 KB per item for 50,000 that a library knows, and nothing
 * with the size of a file. Peak resident set is of the program itself, the phone in another process; it holds what the collector has
 * not taken yet as well.
 *
 *   npm run test:memory
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import type { MediaSource } from "../../src/device/media-source.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import { everyPart, PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { makePlan } from "../../src/transfer/plan/plan.ts";
import { mockProcess } from "../helpers/cli.ts";
import { describedPhone } from "../helpers/mock.ts";
import { fileIdFor, writeBackup } from "../helpers/phone-backup.ts";

const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
/** What its first line gives Node, as an installed program is run. */
const [, flags = ""] = /^#!.* node (.*)$/m.exec(readFileSync(entry, "utf8")) ?? [];
const work = mkdtempSync(join(tmpdir(), "offroll-memory-"));
const report =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("PEAK "+process.resourceUsage().maxRSS+"\\n"))';

interface Peak {
  readonly peak: number;
  readonly seconds: number;
}

async function peakMB(phone: object, args: readonly string[]): Promise<Peak> {
  const file = join(work, "phone.json");
  writeFileSync(file, JSON.stringify(phone));
  await using mock = await mockProcess(["--phone", file]);
  return await peakOf(args, { USBMUXD_SOCKET_ADDRESS: mock.address });
}

async function peakOf(args: readonly string[], more: Record<string, string> = {}): Promise<Peak> {
  const env = { PATH: process.env["PATH"], HOME: work, ...more };
  const start = performance.now();
  const child = spawn(process.execPath, [...flags.split(" ").filter(Boolean), "--import", report, entry, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (d) => {
    stderr += d;
  });
  const code = await new Promise((done) => child.once("close", done));
  // Threads of the program tell at their ends too, when it is not over.
  const peak = Math.max(...[...stderr.matchAll(/PEAK (\d+)/g)].map((m) => Number(m[1]))) / 1024;
  if (code !== 0 || !Number.isFinite(peak)) throw new Error(`exit ${code}: ${stderr}`);
  return { peak, seconds: (performance.now() - start) / 1000 };
}

/** A phone whose library knows every photo. */
function manyWithLibrary(count: number): object {
  const phone = many(count) as { files: FileDescription[] };
  const assets = phone.files.map((f, i) => ({
    uuid: uuidFrom(i),
    directory: dirname(f.path).slice(1),
    filename: basename(f.path),
    kind: "photo" as const,
    created: Date.parse(f.modified) / 1000,
    zone: { offset: 3600 },
    width: 4032,
    height: 3024,
    originalFilename: basename(f.path),
    originalSize: 1_000,
    camera: { make: "Apple", model: "iPhone 14 Pro", lens: "back camera" },
    gps: { lat: 46 + i / 1e6, lon: 7 },
    fingerprint: `f${i}`,
  }));
  writePhotosLibrary(join(work, "Photos.sqlite"), { assets }, generations.at(-1) as Generation, { inWal: 0.01 });
  for (const suffix of ["", "-wal"])
    phone.files.push({
      path: `/PhotoData/Photos.sqlite${suffix}`,
      file: `Photos.sqlite${suffix}`,
      modified: "2024-05-01T10:00:00Z",
    });
  return phone;
}

function many(count: number): object {
  const files = Array.from({ length: count }, (_, i) => ({
    path: `/DCIM/${100 + Math.floor(i / 1000)}APPLE/IMG_${String(i % 10_000).padStart(4, "0")}.JPG`,
    modified: new Date(Date.UTC(2020, 0, 1) + i * 60_000).toISOString(),
    generated: { bytes: 1_000, seed: i },
  }));
  return describedPhone({ files });
}

const video = (bytes: number): object =>
  describedPhone({
    files: [{ path: "/DCIM/100APPLE/IMG_0001.MOV", modified: "2024-05-01T10:00:00Z", generated: { bytes, seed: 1 } }],
  });

/** What the model and the plan of so many photos hold, after a collection. */
async function liveBytes(count: number): Promise<number> {
  const source = {
    device: { id: "x", name: "x", platform: "ios", timeZone: "Europe/Berlin" },
    capabilities: { parallelReads: 32, clock: "utc", library: "photos-sqlite" },
    async *list() {
      for (let i = 0; i < count; i += 1) {
        const path = `/DCIM/${100 + Math.floor(i / 1000)}APPLE/IMG_${String(i % 10_000).padStart(4, "0")}.JPG`;
        const modifiedAt = new Date(Date.UTC(2020, 0, 1) + i * 60_000);
        yield {
          id: path,
          path,
          name: path.slice(-12),
          area: "camera-roll",
          sizeBytes: 1000,
          modifiedAt,
          createdAt: modifiedAt,
        };
      }
    },
    async *read() {
      yield Buffer.alloc(1000);
    },
    async locate() {
      return undefined;
    },
  } as unknown as MediaSource;
  gc?.();
  const before = process.memoryUsage().heapUsed;
  const roll = await buildCameraRoll(source, { now: Date.now() });
  const facts = {
    known: () => undefined,
    takenStems: new Map(),
    sizeAt: () => undefined,
    maxFileBytes: Number.MAX_SAFE_INTEGER,
  };
  const options = {
    template: new PathTemplate("{year}/{month}/{name}"),
    selection: new Selection(),
    parts: everyPart,
    phoneName: "x",
    device: "x",
  };
  const plan = await makePlan(roll, facts, options);
  gc?.();
  const live = process.memoryUsage().heapUsed - before;
  if (plan.entries.length !== count || roll.items.length !== count) throw new Error("the plan is not whole");
  return live / count;
}

let [passed, failed] = [0, 0];
function expectBelow(what: string, value: number, limit: number): void {
  if (value > limit) failed += 1;
  else passed += 1;
  console.log(`${value <= limit ? "✓" : "✗"} ${what}: ${value.toFixed(2)} (at most ${limit})`);
}

const dry = ["export", "--to", join(work, "out"), "--dry-run", "--quiet"];
const few = await peakMB(many(1_000), dry);
const lots = await peakMB(many(100_000), dry);
console.log(
  `1,000 items: ${few.peak.toFixed(0)} MB in ${few.seconds.toFixed(1)} s; 100,000 items: ${lots.peak.toFixed(0)} MB in ${lots.seconds.toFixed(1)} s`,
);
expectBelow("KB of peak resident set more per listed item", ((lots.peak - few.peak) * 1024) / 99_000, 2.5);
expectBelow("KB of live heap per listed item, roll and plan together", (await liveBytes(100_000)) / 1024, 1);

const half = await peakMB(manyWithLibrary(50_000), dry);
expectBelow("MB while 50,000 items are planned that a library knows", (half.peak * 1024 ** 2) / 1e6, 150 + 50);

const known = await peakMB(manyWithLibrary(100_000), dry);
console.log(`100,000 items that a library knows: ${known.peak.toFixed(0)} MB in ${known.seconds.toFixed(1)} s`);
expectBelow(
  "KB of peak resident set more per item that a library knows",
  ((known.peak - few.peak) * 1024) / 99_000,
  2.5,
);

const small = await peakMB(video(1024 ** 3), ["export", "--to", join(work, "small"), "--quiet"]);
const large = await peakMB(video(6 * 1024 ** 3), ["export", "--to", join(work, "large"), "--quiet"]);
console.log(
  `a 1 GiB video: ${small.peak.toFixed(0)} MB in ${small.seconds.toFixed(1)} s; a 6 GiB video: ${large.peak.toFixed(0)} MB in ${large.seconds.toFixed(1)} s`,
);
expectBelow("MB more for a 6 GiB video than for one of 1 GiB", large.peak - small.peak, 60);
/** A phone's encrypted backup with one file of that size. What lies there is a hole, which decrypts to some bytes as well as any. */
async function extracted(name: string, sizeBytes: number): Promise<Peak> {
  const root = join(work, name);
  const video = { domain: "CameraRollDomain", path: "Media/DCIM/100APPLE/IMG_0001.MOV" };
  const folder = writeBackup(root, { files: [{ ...video, row: { Size: sizeBytes } }], password: "x" });
  const id = fileIdFor(video.domain, video.path);
  truncateSync(join(folder, id.slice(0, 2), id), (Math.floor(sizeBytes / 16) + 1) * 16);
  const password = ["--password-command", "echo x"];
  await peakOf(["phone", "verify", folder, "--quiet", ...password]);
  const peak = await peakOf([
    "phone",
    "extract",
    folder,
    "CameraRollDomain",
    "--to",
    `${root}-out`,
    "--quiet",
    ...password,
  ]);
  const out = statSync(join(`${root}-out`, video.domain, video.path)).size;
  if (out !== sizeBytes) throw new Error(`${out} bytes of ${sizeBytes} came out`);
  rmSync(`${root}-out`, { recursive: true });
  return peak;
}

const ofPart = await extracted("part", 256 * 1024 ** 2);
const ofWhole = await extracted("whole", 4 * 1024 ** 3 + 5);
console.log(
  `256 MiB out of a backup: ${ofPart.peak.toFixed(0)} MB in ${ofPart.seconds.toFixed(1)} s; 4 GiB: ${ofWhole.peak.toFixed(0)} MB in ${ofWhole.seconds.toFixed(1)} s`,
);
expectBelow("MB more for 4 GiB out of an encrypted backup than for 256 MiB", ofWhole.peak - ofPart.peak, 60);

/** A whole phone with one file of that size, through the cable and its TLS onto the disk. */
async function backedUp(sizeBytes: number): Promise<Peak> {
  const entries = [{ domain: "MediaDomain", path: "Media/large.mov", generated: { bytes: sizeBytes, seed: 1 } }];
  const file = join(work, "phone.json");
  writeFileSync(file, JSON.stringify(describedPhone({ backup: { entries, cameraRoll: false } })));
  await using mock = await mockProcess(["--phone", file]);
  const to = join(work, "phones");
  const env = { USBMUXD_SOCKET_ADDRESS: mock.address };
  await peakOf(["pair"], env);
  const peak = await peakOf(["phone", "backup", to, "--quiet"], env);
  const id = fileIdFor("MediaDomain", "Media/large.mov");
  const [udid = ""] = readdirSync(to).filter((name) => !name.startsWith("."));
  const { size } = statSync(join(to, udid, id.slice(0, 2), id));
  if (size !== sizeBytes) throw new Error(`${size} bytes of ${sizeBytes} came`);
  rmSync(to, { recursive: true });
  return peak;
}

const ofLittle = await backedUp(256 * 1024 ** 2);
const ofMuch = await backedUp(4 * 1024 ** 3 + 5);
console.log(
  `a whole phone with a file of 256 MiB: ${ofLittle.peak.toFixed(0)} MB in ${ofLittle.seconds.toFixed(1)} s; of 4 GiB: ${ofMuch.peak.toFixed(0)} MB in ${ofMuch.seconds.toFixed(1)} s`,
);
expectBelow("MB more for a whole phone with a file of 4 GiB than with one of 256 MiB", ofMuch.peak - ofLittle.peak, 60);
rmSync(work, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
