/**
 * Whether the program starts slower than another commit's: `--help` of both, in pairs, each pair in the other order than the one
 * before.
 *
 *   npm run bench:start -- COMMIT [PAIRS]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { median } from "./results.ts";

const root = resolve(import.meta.dirname, "../..");
const [commit, pairsWanted] = process.argv.slice(2);
const pairs = Number(pairsWanted ?? 40);
if (!commit || !(pairs > 0)) {
  console.error("npm run bench:start -- COMMIT [PAIRS]");
  process.exit(2);
}

const place = mkdtempSync(join(tmpdir(), "offroll-bench-start-"));
try {
  compare(join(root, "dist/offroll.cjs"), buildOf(commit));
} finally {
  git("worktree", "remove", "--force", join(place, "tree"));
  rmSync(place, { recursive: true, force: true });
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
}

/** The entry file of the other commit, built in a work tree of its own with the packages that are here. */
function buildOf(other: string): string {
  const tree = join(place, "tree");
  git("worktree", "add", "--quiet", "--detach", tree, other);
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  for (const phone of ["demo-phone", "demo-android"])
    if (existsSync(join(root, "dist", phone)))
      cpSync(join(root, "dist", phone), join(tree, "dist", phone), { recursive: true });
  execFileSync(process.execPath, ["esbuild.config.ts"], { cwd: tree, stdio: "inherit" });
  return join(tree, "dist/offroll.cjs");
}

function compare(here: string, there: string): void {
  for (const entry of [here, there]) milliseconds(entry); // once for the page cache
  const times = Array.from({ length: pairs }, (_, i) => {
    const order = i % 2 === 0 ? [here, there] : [there, here];
    const [first, second] = order.map(milliseconds) as [number, number];
    return i % 2 === 0 ? { here: first, there: second } : { here: second, there: first };
  });
  const differences = times.map((t) => t.here - t.there).sort((a, b) => a - b);
  const middle = (share: number): string => signed(differences[Math.round((pairs - 1) * share)] ?? 0);
  console.log(`--help here          ${median(times.map((t) => t.here)).toFixed(1)} ms (median of ${pairs})`);
  console.log(`--help at ${commit?.slice(0, 8).padEnd(10)} ${median(times.map((t) => t.there)).toFixed(1)} ms`);
  console.log(`difference in a pair ${middle(0.5)} ms (middle half ${middle(0.25)} to ${middle(0.75)})`);
}

function milliseconds(entry: string): number {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, [entry, "--help"], { stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${entry} --help ended with ${status}`);
  return performance.now() - from;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
