/**
 * How near the cable's limit an export comes, beside what others do with the same phone: in one interleaved run the barest read
 * loop on as many connections, offroll as shipped (hash, fsync), `ifuse` with `cp`, and appium-ios-device where `npm install` was run in test/bench/peers;
 * then listing, pictures, a run with nothing new, memory, and starts. The
 * phone is a mock in a process of its own, behind a modelled cable: nothing here was seen on a real one. Writes
 * test/bench/results.json, from which `npm run docs` makes docs/benchmarks.md.
 *
 *   npm run bench -- [SCALE] [REPEATS] [ROWS]     SCALE 1 is the whole, 0.15 the default; ROWS a part of their names
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform } from "node:os";
import { join } from "node:path";
import { addTo } from "../../src/shared/map.ts";
import { mockProcess } from "../helpers/cli.ts";
import { type LinkName, referenceFiles, type Workload, workload, writeMovies, writePhone } from "./phones.ts";
import {
  appium,
  canMount,
  entry,
  environment,
  exportTo,
  findOverIfuse,
  fresh,
  hasAppium,
  ifuse,
  listing,
  type Measured,
  movies,
  moviesAtOnce,
  offroll,
  pair,
  previews,
  reference,
  work,
} from "./programs.ts";
import { type CopyRow, type FactRow, median, type Results, resultsFile } from "./results.ts";
import { measureWholePhone } from "./whole-phone-rows.ts";

const [scale = "0.15", repeats = "3", only] = process.argv.slice(2);
const rounds = Array.from({ length: Number(repeats) }, (_, i) => i);
const part = (count: number): number => Math.max(1, Math.round(count * Number(scale)));

const videosOf = (bytes: number): Workload => workload("large videos", [{ count: 2, bytes, extension: "MOV" }]);
const videos = videosOf(part(1024 ** 3));
/** What a start costs beside them is a part of what these two tell: always whole. */
const wholeVideos = videosOf(1024 ** 3);
const small = workload("small files", [{ count: 3000, bytes: 40_000, extension: "JPG" }]);
const roll = workload("photo roll", [
  { count: part(600), bytes: 2_500_000, extension: "HEIC" },
  { count: part(180), bytes: 3_000_000, extension: "MOV" },
]);
const copies: readonly [Workload, LinkName][] = [
  [videos, "USB 2, 0.5 ms"],
  [videos, "USB 2, 1 ms"],
  [videos, "USB 2, 3 ms"],
  [roll, "USB 2, 1 ms"],
  [small, "USB 2, 1 ms"],
  [videos, "USB 3, 0.3 ms"],
  [roll, "USB 3, 0.3 ms"],
  [wholeVideos, "unlimited"],
  [wholeVideos, "unlimited, no TLS"],
];

/** Slower cables tell nothing new of it, and it takes long. */
const withoutAppium: readonly LinkName[] = ["USB 2, 0.5 ms", "USB 2, 3 ms", "unlimited, no TLS"];

function steal(): number {
  const [, ...fields] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/).map(Number);
  return (fields[7] ?? 0) / 100;
}

/** A phone for one measurement: nothing that an earlier one left in its caches helps the next. */
async function onPhone<T>(file: string, use: (address: string) => Promise<T>): Promise<T> {
  await using mock = await mockProcess(["--phone", file]);
  const address = mock.address.includes(":") ? mock.address : `UNIX:${mock.address}`;
  pair(address);
  return await use(address);
}

/** Every other file: others get as fast as they get with half of it, and the whole bench stays within an hour. */
function halfOf({ name, files }: Workload): Workload {
  const half = files.filter((_, i) => i % 2 === 0);
  return { name, files: half, bytes: half.reduce((sum, f) => sum + (f.generated?.bytes ?? 0), 0) };
}

async function copyRows(load: Workload, link: LinkName): Promise<CopyRow[]> {
  const barest = { name: "", files: referenceFiles(300_000_000), bytes: 300_000_000 };
  const half = halfOf(load);
  const programs: [string, (address: string) => Promise<Measured>, Workload][] = [
    ["reference reader", reference, barest],
    ["offroll", offroll, load],
  ];
  if (canMount) programs.push(["ifuse + cp", ifuse, half]);
  if (hasAppium && !withoutAppium.includes(link)) programs.push(["appium-ios-device", appium, half]);
  const seen = new Map<string, { rate: number; cpuPerGb: number; mainPerGb: number }[]>();
  for (const _ of rounds)
    for (const [name, run, { files, bytes }] of programs) {
      const measured = await onPhone(writePhone(join(work, "phone"), files, link), run);
      const { seconds, cpuSeconds, mainSeconds = 0, copyingSeconds } = measured;
      const note = (program: string, took: number): void => {
        const [rate, cpuPerGb] = [bytes / 1e6 / took, cpuSeconds / (bytes / 1e9)];
        addTo(seen, program, { rate, cpuPerGb, mainPerGb: mainSeconds / (bytes / 1e9) });
      };
      note(name, seconds);
      if (copyingSeconds !== undefined && load === small) note("offroll, from its plan on", copyingSeconds);
    }
  const limit = median(seen.get("reference reader")?.map((m) => m.rate) ?? []);
  return [...seen].map(([program, all]) => {
    const rates = all.map((m) => m.rate);
    const row = { workload: load.name, link, program, rates, share: median(rates) / limit };
    const cpuPerGb = median(all.map((m) => m.cpuPerGb));
    return { ...row, cpuPerGb, ...(program === "offroll" ? { mainPerGb: median(all.map((m) => m.mainPerGb)) } : {}) };
  });
}

async function listingRows(): Promise<FactRow[]> {
  const load = workload("listing", [{ count: part(50_000), bytes: 2_500_000, extension: "HEIC" }]);
  const file = writePhone(join(work, "phone"), load.files, "USB 2, 1 ms");
  const [first, all, find]: [number[], number[], number[]] = [[], [], []];
  for (const round of rounds) {
    const ours = await onPhone(file, listing);
    if (ours.files !== load.files.length) throw new Error("not all files were listed");
    first.push(ours.first);
    all.push(ours.all);
    if (!canMount || round > 0) continue; // it takes a minute: once
    const theirs = await onPhone(file, findOverIfuse);
    if (theirs.files !== load.files.length) throw new Error("find saw other files");
    find.push(theirs.seconds);
  }
  const what = `${load.files.length} photos with sizes and dates, USB 2, 1 ms`;
  return [
    { what: `first 200 of ${what}`, unit: "s", values: first },
    { what: `all ${what}`, unit: "s", values: all },
    ...(find.length > 0 ? [{ what: "find over ifuse, the same", unit: "s", values: find }] : []),
  ];
}

async function previewRows(): Promise<FactRow[]> {
  const load = workload("previews", [{ count: 500, bytes: 2_500_000, extension: "HEIC" }]);
  const file = writePhone(join(work, "phone"), load.files, "USB 2, 1 ms", { thumbnails: true });
  const values: number[] = [];
  for (const _ of rounds) values.push(await onPhone(file, (address) => previews(address, load.files.length)));
  const folder = join(work, "movies");
  const clips = writePhone(folder, writeMovies(folder, 500), "USB 2, 1 ms", { thumbnails: true, library: false });
  const [inTurn, atOnce]: [number[], number[]] = [[], []];
  for (const _ of rounds) {
    inTurn.push(await onPhone(clips, (address) => movies(address, 500)));
    atOnce.push(await onPhone(clips, (address) => moviesAtOnce(address, 500)));
  }
  return [
    { what: "pictures of 500 photos by the phone's thumbnails, USB 2, 1 ms", unit: "a second", values },
    { what: "facts and pictures of 500 movies without a library, USB 2, 1 ms", unit: "a second", values: atOnce },
    { what: "the same in turn: listed, then read, then shown", unit: "a second", values: inTurn },
  ];
}

/** As large as ten years make it. */
const libraryBytes = 300_000_000;

async function nightlyRows(): Promise<FactRow[]> {
  const load = workload("nightly", [{ count: part(50_000), bytes: 1_000, extension: "HEIC" }]);
  const phone = (libraryModified: string): string =>
    writePhone(join(work, "phone"), load.files, "USB 2, 1 ms", { libraryBytes, libraryModified });
  const to = fresh();
  const night = (file: string): Promise<number> =>
    onPhone(file, async (address) => (await exportTo(address, to)).seconds);
  const unchanged = phone("2024-05-01T10:00:00Z");
  await night(unchanged);
  const [same, changed]: [number[], number[]] = [[], []];
  for (const _ of rounds) same.push(await night(unchanged));
  for (const round of rounds) changed.push(await night(phone(`2024-05-0${2 + (round % 8)}T10:00:00Z`)));
  rmSync(to, { recursive: true });
  const what = `on ${load.files.length} photos with a library of 300 MB, USB 2, 1 ms`;
  return [
    { what: `a run with nothing new ${what}`, unit: "s", values: same },
    { what: `the same after the library changed ${what}`, unit: "s", values: changed },
  ];
}

async function memoryRows(): Promise<FactRow[]> {
  const load = workload("memory", [{ count: part(50_000), bytes: 2_500_000, extension: "HEIC" }]);
  const file = writePhone(join(work, "phone"), load.files, "USB 2, 1 ms");
  const values: number[] = [];
  for (const _ of rounds)
    values.push(
      await onPhone(file, async (address) => (await exportTo(address, fresh(), "--dry-run")).peakMb ?? Number.NaN),
    );
  return [{ what: `most memory while an export of ${load.files.length} photos is planned`, unit: "MiB", values }];
}

async function startRows(): Promise<FactRow[]> {
  const file = writePhone(join(work, "phone"), small.files.slice(0, 10), "USB 2, 1 ms");
  const starts: [string, string, string[]][] = [
    ["node -e 0", process.execPath, ["-e", "0"]],
    ["offroll --help", entry, ["--help"]],
    ["offroll devices", entry, ["devices"]],
  ];
  const seen = new Map<string, number[]>();
  await onPhone(file, async (address) => {
    for (let i = 0; i <= 30; i += 1)
      for (const [name, program, args] of starts) {
        const from = performance.now();
        execFileSync(program, args, { env: environment(address), stdio: "ignore" });
        // The first start fills Node's compile cache.
        if (i > 0) seen.set(name, [...(seen.get(name) ?? []), performance.now() - from]);
      }
  });
  return [...seen].map(([name, values]) => ({ what: `start and end of ${name}`, unit: "ms", values }));
}

const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}, ${platform()}`,
  node: process.version,
  scale: Number(scale),
  repeats: rounds.length,
  stealSeconds: 0,
  copies: [],
  facts: [],
};
const stolen = steal();
const isWanted = (name: string): boolean => only === undefined || name.includes(only);
for (const [load, link] of copies) {
  if (!isWanted(`${load.name} ${link}`)) continue;
  for (const row of await copyRows(load, link)) {
    results.copies.push(row);
    console.log(
      `${row.workload.padEnd(13)} ${row.link.padEnd(14)} ${row.program.padEnd(17)} ${median(row.rates).toFixed(1).padStart(6)} MB/s ${(row.share * 100).toFixed(0).padStart(4)} %  ${row.cpuPerGb.toFixed(2)} (main ${(row.mainPerGb ?? 0).toFixed(2)}) CPU s/GB  [${row.rates.map((r) => r.toFixed(1)).join(" ")}]`,
    );
  }
}
for (const [name, rows] of Object.entries({ listingRows, previewRows, nightlyRows, memoryRows, startRows })) {
  if (!isWanted(name)) continue;
  for (const row of await rows()) {
    results.facts.push(row);
    const spread = [...row.values].sort((a, b) => a - b);
    console.log(
      `${row.what}: ${median(row.values).toFixed(2)} ${row.unit} [${spread[0]?.toFixed(2)}–${spread.at(-1)?.toFixed(2)}]`,
    );
  }
}
const wholePhone = isWanted("wholePhoneRows")
  ? await measureWholePhone({ megabytes: part(400), files: part(10_000), rounds: rounds.length }, ({ what, values }) =>
      console.log(`${what}: ${median(values).toFixed(2)} s`),
    )
  : undefined;
const whole = { ...results, stealSeconds: steal() - stolen, whole: wholePhone };
console.log(`steal ${whole.stealSeconds.toFixed(1)} s`);
if (only === undefined) writeFileSync(resultsFile, `${JSON.stringify(whole, null, 1)}\n`);
rmSync(work, { recursive: true, force: true });
process.exit();
