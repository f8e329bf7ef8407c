/** What is measured: the barest client, offroll as shipped, and what others do with the same phone. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DeviceHub } from "../../src/device/index.ts";
import { isUnreadable, type MediaItem, type MediaSource } from "../../src/device/media-source.ts";
import { readHeads } from "../../src/library/head-facts.ts";
import { buildCameraRoll, Previews } from "../../src/library/index.ts";
import type { RollItem } from "../../src/library/roll.ts";
import { Decoder, type MediaFacts } from "../../src/media/index.ts";
import { BlockPool } from "../../src/shared/block-pool.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { logLines } from "../helpers/runs-of.ts";

/** Run by its first line, as an installed one is. */
export const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
const appiumScript = join(import.meta.dirname, "peers/appium-copy.mjs");
export const work = mkdtempSync(join(tmpdir(), "offroll-bench-"));
export const canMount = existsSync("/dev/fuse") && existsSync("/usr/bin/ifuse");
export const hasAppium = existsSync(join(import.meta.dirname, "peers/node_modules/appium-ios-device"));

export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of its main thread, as last seen. */
  readonly mainSeconds?: number;
  readonly peakMb?: number;
  /** Of copying alone: from the plan, which a person may be asked about, to the end. */
  readonly copyingSeconds?: number;
}

let folders = 0;
export const fresh = (): string => join(work, `out${folders++}`);

async function open(address: string): Promise<MediaSource> {
  const hub = new DeviceHub({
    usbmuxAddress: address,
    via: "usbmux",
    recordFolder: join(work, "records"),
    hostName: "bench",
    platform: "linux",
  });
  const { info } = await hub.find(undefined);
  await hub.trust(info);
  return await hub.open(info);
}

/**
 * Reads files at once, one on each connection, as fast as the client can, and keeps nothing: the link's true limit on this machine at
 * this moment.
 */
export async function reference(address: string): Promise<Measured> {
  await using source = await open(address);
  const items: MediaItem[] = [];
  for await (const entryOf of source.list({ areas: ["camera-roll"] })) if (!isUnreadable(entryOf)) items.push(entryOf);
  const before = process.cpuUsage();
  const from = performance.now();
  const blocks = new BlockPool();
  const readWhole = async (item: MediaItem): Promise<void> => {
    let bytes = 0;
    for await (const chunk of source.read(item, { blocks })) {
      bytes += chunk.length;
      blocks.give(chunk);
    }
    if (bytes !== item.sizeBytes) throw new Error("a reference file was not read whole");
  };
  await Promise.all(items.map(readWhole));
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** Processor seconds that a process's main thread used so far; 0 where nobody tells. */
function mainThreadSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** What `/usr/bin/time` runs. */
function childOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
  } catch {
    return 0;
  }
}

/** Wall and processor time of a command, and the most memory it had. */
export async function timed(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Measured & { readonly stdout: string }> {
  const from = performance.now();
  const child = spawn("/usr/bin/time", ["-f", "CPU %U %S %M", command, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, mainSeconds] = ["", "", 0];
  child.stdout.on("data", (d) => {
    stdout += d;
  });
  child.stderr.on("data", (d) => {
    stderr += d;
  });
  const look = setInterval(() => {
    mainSeconds = Math.max(mainSeconds, mainThreadSeconds(childOf(child.pid as number)));
  }, 50);
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(look);
  const seconds = (performance.now() - from) / 1000;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
  const [, user, system, peak] = /CPU ([\d.]+) ([\d.]+) (\d+)/.exec(stderr) ?? [];
  return { seconds, cpuSeconds: Number(user) + Number(system), mainSeconds, peakMb: Number(peak) / 1024, stdout };
}

export const environment = (address: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: work,
  USBMUXD_SOCKET_ADDRESS: address,
  OFFROLL_VIA: "usbmux",
});

export function pair(address: string): void {
  execFileSync(entry, ["pair", "--quiet"], { env: environment(address) });
}

export async function exportTo(address: string, to: string, ...more: string[]): Promise<Measured> {
  const args = ["export", "--to", to, "--yes", "--quiet", "--verify", "hash", ...more];
  return await timed(entry, args, environment(address));
}

/** Large files make room for the next; small ones stay to the end: file systems are slow where many were just removed. */
function tidy(folder: string): void {
  const [{ size = 0 } = {}] = filesBelow(folder).map((f) => statSync(join(folder, f)));
  if (size > 1_000_000) rmSync(folder, { recursive: true });
}

export async function offroll(address: string): Promise<Measured> {
  const to = fresh();
  const result = await exportTo(address, to);
  const summary = (await logLines(join(to, ".offroll"))).map((l) => l.line).find((line) => line.type === "summary");
  if (!summary) throw new Error("the run left no summary");
  tidy(to);
  return { ...result, copyingSeconds: summary.seconds };
}

/** appium-ios-device's AFC client, where it was installed beside. */
export async function appium(address: string): Promise<Measured> {
  const to = fresh();
  mkdirSync(to);
  const { devices } = JSON.parse(
    execFileSync(entry, ["devices", "--json"], { env: environment(address), encoding: "utf8" }),
  );
  const result = await timed(process.execPath, [appiumScript, devices[0].id, to], environment(address));
  tidy(to);
  return result;
}

async function mounted<T>(address: string, use: (mount: string) => Promise<T>): Promise<T> {
  const mount = fresh();
  mkdirSync(mount);
  execFileSync("ifuse", [mount], { env: { PATH: process.env["PATH"] ?? "", USBMUXD_SOCKET_ADDRESS: address } });
  try {
    return await use(mount);
  } finally {
    execFileSync("fusermount", ["-u", mount]);
  }
}

export async function ifuse(address: string): Promise<Measured> {
  const to = fresh();
  mkdirSync(to);
  const result = await mounted(address, async (mount) => await timed("cp", ["-r", `${mount}/DCIM`, to], {}));
  tidy(to);
  return result;
}

/** Names, sizes and dates of all photos. */
export async function findOverIfuse(address: string): Promise<Measured & { readonly files: number }> {
  return await mounted(address, async (mount) => {
    const { stdout, ...measured } = await timed("find", [`${mount}/DCIM`, "-type", "f", "-printf", "%s %T@ %p\\n"], {});
    return { ...measured, files: stdout.split("\n").length - 1 };
  });
}

/** @returns seconds until the first 200 files and until all are known, from the open session on */
export async function listing(
  address: string,
): Promise<{ readonly first: number; readonly all: number; readonly files: number }> {
  await using source = await open(address);
  const from = performance.now();
  const since = (): number => (performance.now() - from) / 1000;
  let [files, first] = [0, 0];
  for await (const found of source.list({ areas: ["camera-roll"] })) {
    if (isUnreadable(found)) throw new Error("a file could not be looked at");
    files += 1;
    if (files === 200) first = since();
  }
  return { first, all: since(), files };
}

/** So many movies listed, then what they are read from each, then their pictures. @returns movies a second, from the open session on */
export async function movies(address: string, count: number): Promise<number> {
  await using source = await open(address);
  const from = performance.now();
  const roll = await buildCameraRoll(source, { now: Date.now() });
  checkMovies(
    roll.items.map((item) => item.parts[0].facts),
    count,
  );
  await showAll(source, roll.items);
  return count / ((performance.now() - from) / 1000);
}

/** What so many listed movies are and their pictures at the same time, as the UI asks for both. @returns movies a second */
export async function moviesAtOnce(address: string, count: number): Promise<number> {
  await using source = await open(address);
  const { items } = await buildCameraRoll(source, { now: Date.now(), heads: "none" });
  const from = performance.now();
  const files = items.map((item) => item.parts[0].item);
  const [heads] = await Promise.all([readHeads(source, files, {}), showAll(source, items)]);
  const seconds = (performance.now() - from) / 1000;
  checkMovies(
    [...heads.values()].map(({ facts }) => facts),
    count,
  );
  return count / seconds;
}

function checkMovies(all: readonly (MediaFacts | undefined)[], count: number): void {
  if (all.filter((facts) => facts?.make === "Apple").length !== count) throw new Error("a movie was not read");
}

/** Pictures of so many photos, as many at a time as the UI and a little more. @returns a second */
export async function previews(address: string, count: number): Promise<number> {
  await using source = await open(address);
  const roll = await buildCameraRoll(source, { now: Date.now() });
  const wanted = roll.items.slice(0, count);
  if (wanted.length < count) throw new Error("the phone has too few photos");
  const from = performance.now();
  await showAll(source, wanted);
  return count / ((performance.now() - from) / 1000);
}

async function showAll(source: MediaSource, items: readonly RollItem[]): Promise<void> {
  await using decoder = new Decoder();
  const all = new Previews(source, decoder);
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) if ((await all.of(item))?.from !== "phone") throw new Error("a photo has no thumbnail");
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
