/**
 * How near the cable's limit an export comes, beside what others do with the same phone: in one interleaved run the barest read
 * loop (pipelined reads, no hash, no files: the link's true limit on this machine at this moment), offroll as shipped (hash,
 * fsync), and `ifuse` with `cp`. The phone is a mock in a process of its own, behind a modelled cable: nothing here was seen on a
 * real one.
 *
 *   npm run bench -- [SCALE] [REPEATS] [WORKLOAD]     SCALE 1 is the whole, 0.25 the default
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { writePhotosLibrary } from "../../fixtures/make/photos-library.ts";
import { type Generation, generations } from "../../fixtures/make/photos-schema.ts";
import { uuidFrom } from "../../fixtures/make/random.ts";
import { DeviceHub, isUnreadable, type MediaItem, type MediaSource } from "../../src/device/index.ts";
import type { FileDescription } from "../../src/device/mock/iphone/index.ts";
import { mockProcess } from "../helpers/cli.ts";
import { describedPhone } from "../helpers/mock.ts";

const [scale = "0.25", repeats = "3", only] = process.argv.slice(2);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const work = mkdtempSync(join(tmpdir(), "offroll-bench-"));
const usb2 = { latencyMs: 1, serviceMs: 0.05, bytesPerSecond: 35_000_000, windowBytes: 131_072 };

interface Workload {
  readonly name: string;
  readonly files: readonly FileDescription[];
  readonly bytes: number;
}

function workload(name: string, kinds: readonly { count: number; bytes: number; extension: string }[]): Workload {
  let [n, bytes] = [0, 0];
  const files: FileDescription[] = [];
  for (const kind of kinds)
    for (let i = 0; i < kind.count; i += 1) {
      const path = `/DCIM/${100 + Math.floor(n / 1000)}APPLE/IMG_${String(n % 10_000).padStart(4, "0")}.${kind.extension}`;
      files.push({ path, modified: "2024-05-01T10:00:00Z", generated: { bytes: kind.bytes, seed: n } });
      n += 1;
      bytes += kind.bytes;
    }
  return { name, files, bytes };
}

/** Every phone has a library that knows its photos: what it is spares reading their heads. */
function libraryOf(files: readonly FileDescription[]): FileDescription[] {
  const assets = files.map((f, i) => ({
    uuid: uuidFrom(i),
    directory: dirname(f.path).slice(1),
    filename: basename(f.path),
    kind: f.path.endsWith("MOV") ? ("video" as const) : ("photo" as const),
    created: Date.UTC(2024, 0, 1) / 1000 + i * 60,
    zone: { offset: 3600 },
    originalFilename: basename(f.path),
    originalSize: f.generated?.bytes ?? 0,
  }));
  writePhotosLibrary(join(work, "Photos.sqlite"), { assets }, generations.at(-1) as Generation, { inWal: 0.05 });
  return ["", "-wal"].map((suffix) => ({
    path: `/PhotoData/Photos.sqlite${suffix}`,
    file: `Photos.sqlite${suffix}`,
    modified: "2024-05-01T10:00:00Z",
  }));
}

const part = (count: number): number => Math.max(1, Math.round(count * Number(scale)));
const workloads = [
  workload("large videos", [{ count: 2, bytes: part(1024 ** 3), extension: "MOV" }]),
  workload("photo roll", [
    { count: part(600), bytes: 2_500_000, extension: "HEIC" },
    { count: part(180), bytes: 3_000_000, extension: "MOV" },
  ]),
  workload("small files", [{ count: part(3000), bytes: 40_000, extension: "JPG" }]),
].filter((w) => only === undefined || w.name.includes(only));

interface Measured {
  readonly seconds: number;
  readonly bytes: number;
  readonly cpuSeconds: number | undefined;
}

/** Reads one file of the workload's size, or as much as there is, as fast as the client can, and keeps nothing. */
async function reference(address: string): Promise<Measured> {
  const hub = new DeviceHub({
    usbmuxAddress: address,
    recordFolder: join(work, "records"),
    hostName: "bench",
    platform: "linux",
  });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  await using source: MediaSource = await hub.open(info);
  const items: MediaItem[] = [];
  for await (const entryOf of source.list({ areas: ["camera-roll"] })) if (!isUnreadable(entryOf)) items.push(entryOf);
  const item = items.find((i) => i.name === "REFERENCE.MOV");
  if (!item) throw new Error("the reference file is missing");
  const before = process.cpuUsage();
  const from = performance.now();
  let bytes = 0;
  for await (const chunk of source.read(item)) bytes += chunk.length;
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, bytes, cpuSeconds: (user + system) / 1e6 };
}

/** Wall and processor time of a command. */
async function timed(command: string, args: readonly string[], env: Record<string, string>): Promise<Measured> {
  const from = performance.now();
  const child = spawn("/usr/bin/time", ["-f", "CPU %U %S", command, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (d) => {
    stderr += d;
  });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
  const [, user, system] = /CPU ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  return { seconds: (performance.now() - from) / 1000, bytes: 0, cpuSeconds: Number(user) + Number(system) };
}

let folders = 0;
const fresh = (): string => join(work, `out${folders++}`);

async function offroll(address: string): Promise<Measured> {
  const to = fresh();
  const env = { HOME: work, USBMUXD_SOCKET_ADDRESS: address };
  const result = await timed(
    process.execPath,
    [entry, "export", "--to", to, "--yes", "--quiet", "--verify", "hash"],
    env,
  );
  rmSync(to, { recursive: true });
  return result;
}

async function ifuse(address: string): Promise<Measured> {
  const [mount, to] = [fresh(), fresh()];
  mkdirSync(mount);
  mkdirSync(to);
  const env = { USBMUXD_SOCKET_ADDRESS: address, PATH: process.env["PATH"] ?? "" };
  execFileSync("ifuse", [mount], { env });
  try {
    return await timed("cp", ["-r", `${mount}/DCIM/100APPLE`, to], env);
  } finally {
    execFileSync("fusermount", ["-u", mount]);
    rmSync(to, { recursive: true });
  }
}

const canMount = existsSync("/dev/fuse") && existsSync("/usr/bin/ifuse");
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

function steal(): number {
  const [, ...fields] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/).map(Number);
  return fields[7] ?? 0;
}

const rows: Record<string, unknown>[] = [];
for (const w of workloads) {
  const reading = { path: "/DCIM/199REFER/REFERENCE.MOV", modified: "2024-05-01T10:00:00Z" };
  const referenceBytes = Math.min(w.bytes, 300_000_000);
  const file = join(work, "phone.json");
  const programs: [string, (address: string) => Promise<Measured>, number][] = [
    ["reference reader", reference, referenceBytes],
    ["offroll", offroll, w.bytes],
    ...(canMount ? [["ifuse + cp", ifuse, w.bytes] as [string, typeof ifuse, number]] : []),
  ];
  const seen = new Map<string, Measured[]>();
  const stolen = steal();
  for (let round = 0; round < Number(repeats); round += 1)
    for (const [name, run, bytes] of programs) {
      // The reference file is on the phone only while it is read: it is no part of the workload.
      const files = run === reference ? [{ ...reading, generated: { bytes, seed: 9 } }] : w.files;
      writeFileSync(file, JSON.stringify(describedPhone({ files: [...files, ...libraryOf(files)], link: usb2 })));
      await using mock = await mockProcess(["--phone", file]);
      const address = mock.address.includes(":") ? mock.address : `UNIX:${mock.address}`;
      if (run !== reference)
        execFileSync(process.execPath, [entry, "pair", "--quiet"], {
          env: { HOME: work, USBMUXD_SOCKET_ADDRESS: address },
        });
      seen.set(name, [...(seen.get(name) ?? []), { ...(await run(address)), bytes }]);
    }
  const rates = (name: string): number[] => (seen.get(name) ?? []).map((m) => m.bytes / 1e6 / m.seconds);
  const limit = median(rates("reference reader"));
  for (const [name, measured] of seen) {
    const rate = median(rates(name));
    const cpu = median(measured.map((m) => (m.cpuSeconds ?? 0) / (m.bytes / 1e9)));
    const spread = rates(name).map((r) => r.toFixed(1));
    rows.push({ workload: w.name, program: name, rate, share: rate / limit, cpuPerGb: cpu, all: rates(name) });
    console.log(
      `${w.name.padEnd(13)} ${name.padEnd(17)} ${rate.toFixed(1).padStart(5)} MB/s  ${((rate / limit) * 100).toFixed(0).padStart(4)} % of the reference  ${cpu.toFixed(2)} CPU s/GB  [${spread.join(" ")}]`,
    );
  }
  console.log(`${" ".repeat(14)}steal ${((steal() - stolen) / 100).toFixed(1)} s`);
}
writeFileSync(
  join(tmpdir(), "offroll-bench.json"),
  JSON.stringify(
    { date: new Date().toISOString(), node: process.version, cpu: cpus()[0]?.model, link: usb2, scale, rows },
    null,
    1,
  ),
);
rmSync(work, { recursive: true, force: true });
process.exit();
