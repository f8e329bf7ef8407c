/**
 * Damages a catalog at random, page by page and bit by bit, and runs every command on it: each says what is wrong or goes on, none ends
 * as a bug of ours or touches a photo, and `catalog rebuild` makes a whole one of it.
 *
 *   npm run test:damage -- [rounds, 60 by default] [seed]
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFrom } from "../../fixtures/make/random.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { generated, startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const rounds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const random = randomFrom(seed);
const below = (n: number): number => Math.floor(random() * n);
const work = mkdtempSync(join(tmpdir(), "offroll-damage-"));
const files = Array.from({ length: 120 }, (_, i) =>
  generated(`/DCIM/100APPLE/IMG_${String(i).padStart(4, "0")}.JPG`, 500 + i),
);
await using mock = await startMock({ files });
const home = homeOf(mock.daemon.address);
const to = join(work, "to");
const pristine = join(work, "pristine");

/** Bytes of a page or two are nonsense, zero, another page's, or one bit is another. */
function damage(bytes: Buffer): void {
  const pages = bytes.length >> 12;
  for (let times = 1 + below(3); times > 0; times -= 1) {
    // The first page has the schema: it is met more often than by chance.
    const page = (random() < 0.15 ? 0 : below(pages)) << 12;
    const at = page + below(4096);
    const length = 1 + below(2 ** below(13));
    switch (below(5)) {
      case 0:
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
        break;
      case 1:
        bytes.fill(0, at, Math.min(bytes.length, at + length));
        break;
      case 2:
        bytes.copy(bytes, page, below(pages) << 12, (below(pages) << 12) + 4096);
        break;
      case 3:
        // A page's head: its kind, its cells, where they begin.
        bytes.writeUInt8(below(256), page + below(12) + (page === 0 ? 100 : 0));
        break;
      default:
        for (let i = at; i < Math.min(bytes.length, at + length); i += 1) bytes.writeUInt8(below(256), i);
    }
  }
}

const hashes = (): Map<string, string> =>
  new Map(
    [...filesBelow(to)].map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(to, path)))
        .digest("hex"),
    ]),
  );

let violations = 0;
function violation(round: number, words: string, said: string): void {
  violations += 1;
  console.log(
    `VIOLATION in round ${round} (seed ${seed}): ${words}\n  ${said.slice(0, 1200).replaceAll("\n", "\n  ")}`,
  );
}

const first = await home.run(["backup", to, "--yes"]);
if (first.code !== 0) throw new Error(first.stderr);
cpSync(to, pristine, { recursive: true });
const commands: readonly (readonly string[])[] = [
  ["status", to],
  ["history", to],
  ["why", "IMG_0007.JPG", "--in", to],
  ["verify", to],
  ["verify", to, "--against-phone"],
  ["ignore", "--list", "--in", to],
  ["ignore", "--removed", "--in", to],
  ["backup", to, "--dry-run"],
  ["backup", to, "--yes", "--json"],
  ["verify", to, "--repair"],
];
const codes = new Map<string, number>();
const answers = { whole: 0, registered: 0, empty: 0 };

for (let round = 0; round < rounds; round += 1) {
  const file = join(to, ".offroll/catalog.sqlite");
  const bytes = readFileSync(join(pristine, ".offroll/catalog.sqlite"));
  damage(bytes);
  const before = hashes();
  for (const words of commands) {
    // What the command before made of it is not what this one meets.
    for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
    writeFileSync(file, bytes);
    const { code, stdout, stderr } = await home.run(words);
    const said = `${stdout}\n${stderr}`;
    const told = /"code":"([a-z-]+)"|\(([a-z-]+)\)\s*$/.exec(stderr.trim());
    codes.set(
      `${code} ${told?.[1] ?? told?.[2] ?? ""}`,
      (codes.get(`${code} ${told?.[1] ?? told?.[2] ?? ""}`) ?? 0) + 1,
    );
    if (/bug in offroll|\n {4}at /.test(said)) violation(round, words.join(" "), said);
    if (code === null || ![0, 1, 3].includes(code)) violation(round, `${words.join(" ")} ended with ${code}`, said);
    if (words[0] === "backup" && words.includes("--json") && code !== 1) sumsOf(round, stdout);
    for (const [path, sha256] of before)
      if (
        !existsSync(join(to, path)) ||
        createHash("sha256")
          .update(readFileSync(join(to, path)))
          .digest("hex") !== sha256
      )
        violation(round, `${words.join(" ")} changed ${path}`, said);
  }
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
  writeFileSync(file, bytes);
  if (round % 2 === 0) rmSync(join(to, ".offroll/runs"), { recursive: true, force: true });
  const rebuilt = await home.run(["catalog", "rebuild", to, "--json"]);
  if (/bug in offroll|\n {4}at /.test(rebuilt.stdout + rebuilt.stderr))
    violation(round, "catalog rebuild", rebuilt.stdout + rebuilt.stderr);
  if (rebuilt.code === 0) {
    answers.whole += 1;
    answers.registered += (JSON.parse(rebuilt.stdout) as { registered: number }).registered;
  } else answers.empty += 1;
  const after = await home.run(["backup", to, "--yes", "--adopt"]);
  if (after.code !== 0) violation(round, `the backup after it ended with ${after.code}`, after.stdout + after.stderr);
  rmSync(to, { recursive: true });
  cpSync(pristine, to, { recursive: true });
}

/** Each file ends in one outcome, and those that are said to be there are. */
function sumsOf(round: number, stdout: string): void {
  const summary = JSON.parse(stdout.trim().split("\n").at(-1) as string) as {
    outcomes?: Record<string, { items: number }>;
  };
  const sum = Object.values(summary.outcomes ?? {}).reduce((all, { items }) => all + items, 0);
  if (sum !== files.length) violation(round, `the outcomes add up to ${sum} of ${files.length}`, stdout.slice(-600));
}

rmSync(work, { recursive: true, force: true });
rmSync(home.folder, { recursive: true, force: true });
console.log(
  [...codes]
    .sort((a, b) => b[1] - a[1])
    .map(([code, times]) => `${times} x ${code.trim()}`)
    .join(", "),
);
console.log(
  `seed ${seed}: ${rounds} damaged catalogs, ${rounds * commands.length} commands; ${answers.whole} made anew with ${answers.registered} files known, ${answers.empty} empty; ${violations} violations`,
);
process.exitCode = violations === 0 ? 0 : 1;
