/**
 * Does what reads strangely still pay? Each oddity of docs/dev/performance.md is taken out of a copy of the source, and both builds do
 * the same work in pairs, each pair in the other order than the one before.
 *
 *   npm run bench:oddities -- [PAIRS] [NAME…]       needs /usr/bin/time; the one with a slow share strace too
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freshHome, mockProcess } from "../helpers/cli.ts";
import { workload, writePhone } from "./phones.ts";
import { median } from "./results.ts";

interface Oddity {
  readonly name: string;
  readonly file: string;
  /** What is written there, and what would be without the oddity. */
  readonly from: string;
  readonly to: string;
  readonly work: keyof typeof works;
}

const oddities: readonly Oddity[] = [
  {
    name: "rewritten imports of Node's modules",
    file: "esbuild.config.ts",
    from: "plugins: [quickBuiltins()],",
    to: "plugins: [],",
    work: "start",
  },
  {
    name: "compile cache",
    file: "src/entry.cjs",
    from: "nodeModule.enableCompileCache();",
    to: "",
    work: "settings",
  },
  {
    name: "signal guard after 150 ms",
    file: "src/main.ts",
    from: "startSignalGuard(isBrief ? 150 : 0)",
    to: "startSignalGuard(0)",
    work: "start",
  },
  {
    name: "young generation of 4 MB",
    file: "src/entry.cjs",
    from: "#!/usr/bin/env -S node --max-semi-space-size=4",
    to: "#!/usr/bin/env node",
    work: "planning",
  },
  {
    name: "garbage collected on request",
    file: "src/shared/collect-garbage.ts",
    from: "if (getHeapStatistics().used_heap_size < worthwhile) return;",
    to: "if (getHeapStatistics().used_heap_size < Number.POSITIVE_INFINITY) return;",
    work: "planning",
  },
  {
    name: "blocks used over and over",
    file: "src/shared/block-pool.ts",
    from: "    const shelf = this.#shelves.find((s) => bytes <= s.blockBytes);\n    if (!shelf)",
    to: "    const shelf = undefined as Shelf | undefined;\n    if (!shelf)",
    work: "large files",
  },
  {
    name: "chunks detached at once",
    file: "src/device/iphone/afc/afc-connection.ts",
    from: "buffer.transfer(0);",
    to: "return;",
    work: "large files",
  },
  {
    name: "hashing on another thread",
    file: "src/transfer/run/content-hash.ts",
    from: "const worthAThread = blockBytes;",
    to: "const worthAThread = Number.POSITIVE_INFINITY + blockBytes;",
    work: "large files",
  },
  {
    name: "writes past the page cache",
    file: "src/transfer/destination/local/node-disk-file.ts",
    from: "constants.O_DIRECT && pastCache ?",
    to: "constants.O_DIRECT && pastCache && handle.fd < 0 ?",
    work: "large files",
  },
  {
    name: "40 threads for questions to a disk",
    file: "src/entry.cjs",
    from: 'process.env.UV_THREADPOOL_SIZE || "40"',
    to: 'process.env.UV_THREADPOOL_SIZE || "4"',
    work: "slow share",
  },
];

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const root = resolve(import.meta.dirname, "../..");
const place = mkdtempSync(join(tmpdir(), "offroll-oddities-"));
const [pairsText = "5", ...only] = process.argv.slice(2);
const pairs = Number(pairsText);
const photos = (count: number) => workload("p", [{ count, bytes: 2_500_000, extension: "HEIC" }]).files;
const movies = workload("m", [{ count: 24, bytes: 64_000_000, extension: "MOV" }]).files;

/** What each build does, by the entry file. `fresh` is a folder that nothing was written to. */
const works = {
  start: async (entry: string) => cost(entry, ["--help"], []),
  settings: async (entry: string) => cost(entry, ["config"], []),
  planning: (entry: string, fresh: string) =>
    onPhone("planning", photos(50_000), (usbmux) => {
      return cost(entry, ["export", "--to", fresh, "--dry-run", "--quiet", "--usbmux", usbmux], []);
    }),
  "large files": (entry: string, fresh: string) =>
    onPhone("large", movies, (usbmux) => {
      const measured = cost(entry, ["export", "--to", fresh, "--quiet", "--usbmux", usbmux], []);
      rmSync(fresh, { recursive: true });
      return measured;
    }),
  "slow share": (entry: string, fresh: string) =>
    onPhone("share", workload("s", [{ count: 1_000, bytes: 1_000, extension: "JPG" }]).files, (usbmux) => {
      const args = ["export", "--to", fresh, "--quiet", "--usbmux", usbmux];
      execFileSync(entry, args, { env: environment() });
      const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=statx,lstat,stat,newfstatat"];
      return cost(entry, args, [...inject, "-e", "inject=statx,lstat,stat,newfstatat:delay_enter=20000"]);
    }),
};

/** Over in a few of the hundredths of a second that time counts in. */
const isBrief = (work: Oddity["work"]): boolean => work === "start" || work === "settings";

const environment = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "", ...freshHome() });

function cost(entry: string, args: readonly string[], before: readonly string[]): Cost {
  const notes = join(place, "time");
  const command = ["-f", "%e %U %S %M", "-o", notes, ...before, entry, ...args];
  const { status, stderr } = spawnSync("/usr/bin/time", command, {
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  const [seconds = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(notes, "utf8").trim().split(" ").map(Number);
  return { seconds, cpuSeconds: user + system, peakMb: kilobytes / 1024 };
}

async function onPhone(name: string, files: readonly object[], work: (usbmux: string) => Cost): Promise<Cost> {
  const folder = join(place, name);
  const file = existsSync(folder) ? join(folder, "phone.json") : writePhone(folder, files as never, "unlimited");
  await using phone = await mockProcess(["--phone", file]);
  return work(phone.address);
}

/** @returns the entry file of a build of this source, with the oddity taken out where one is given */
function build(name: string, oddity?: Oddity): string {
  const tree = join(place, name);
  mkdirSync(tree);
  for (const part of ["src", "fixtures", "esbuild.config.ts", "package.json"])
    cpSync(join(root, part), join(tree, part), { recursive: true });
  for (const phone of ["demo-phone", "demo-android"])
    cpSync(join(root, "dist", phone), join(tree, "dist", phone), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  if (oddity) {
    const file = join(tree, oddity.file);
    const text = readFileSync(file, "utf8");
    if (!text.includes(oddity.from)) throw new Error(`${oddity.file} does not have: ${oddity.from}`);
    writeFileSync(file, text.replace(oddity.from, oddity.to));
  }
  execFileSync(process.execPath, ["esbuild.config.ts"], { cwd: tree, stdio: "inherit" });
  return join(tree, "dist/offroll.cjs");
}

async function compare(entry: string, other: string, { name, work }: Oddity, index: number): Promise<void> {
  const times: { with: Cost; without: Cost }[] = [];
  const rounds = isBrief(work) ? pairs * 8 : pairs;
  const run = async (which: string, at: string): Promise<Cost> =>
    await works[work](which, join(place, `to-${index}-${at}`));
  for (let i = 0; i < rounds; i += 1) {
    const isTurned = i % 2 === 1;
    const first = await run(isTurned ? other : entry, `${i}a`);
    const second = await run(isTurned ? entry : other, `${i}b`);
    times.push(isTurned ? { with: second, without: first } : { with: first, without: second });
  }
  const column = (pick: (c: Cost) => number, digits: number): string => {
    // A start takes a few of the hundredths that time counts in: only their mean says something.
    const middle = (values: number[]): number =>
      isBrief(work) ? values.reduce((sum, value) => sum + value, 0) / values.length : median(values);
    const [yes, no] = [middle(times.map((t) => pick(t.with))), middle(times.map((t) => pick(t.without)))];
    return `${yes.toFixed(digits)} / ${no.toFixed(digits)}`;
  };
  console.log(
    `| ${name} | ${work}, ${rounds} pairs | ${column((c) => c.seconds, 3)} | ${column((c) => c.cpuSeconds, 3)} | ${column((c) => c.peakMb, 0)} |`,
  );
}

try {
  const entry = build("base");
  console.log("| with / without | work | seconds | processor, s | peak, MB |\n| --- | --- | --- | --- | --- |");
  for (const [i, oddity] of oddities.entries())
    if (only.length === 0 || only.some((word) => oddity.name.includes(word)))
      await compare(entry, build(`without-${i}`, oddity), oddity, i);
} finally {
  rmSync(place, { recursive: true, force: true });
}
