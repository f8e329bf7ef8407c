/**
 * What an export of many messages takes, by the built program, from a real backup into a real folder: memory beside that of 10,000
 * messages, the processor's time beside `sqlite3 -json` of the same rows, every row in a count, every attachment there byte for byte.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ManyBackup, manyBackup } from "./many-backup.ts";
import { type Measured, measured } from "./measured-run.ts";

type Check = (what: string, isRight: boolean, more?: string) => void;

interface Told {
  readonly files: { readonly written: number };
  readonly kinds: readonly [
    { readonly found: number; readonly written: number; readonly besides: Readonly<Record<string, number>> },
  ];
}

interface Exported {
  readonly backup: ManyBackup;
  readonly to: string;
  readonly first: Measured;
  readonly told: Told;
  readonly again: () => Promise<Measured>;
}

const small = 10_000;
/** How much more memory a large export may take than a small one. */
const mostMoreMb = 20;
const per = 100_000;

/** @param hasPeer whether `sqlite3` is there */
export async function figures(
  folder: string,
  count: number,
  { check, hasPeer }: { readonly check: Check; readonly hasPeer: boolean },
): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const before = await exported(folder, small);
  const large = await exported(folder, count);
  await complete(large, count, check);
  memory(before, large, { count, check });
  const second = await large.again();
  const seconds = `${second.cpuSeconds.toFixed(1)} s of the processor, the first ${large.first.cpuSeconds.toFixed(1)} s`;
  check("a second export writes nothing", (JSON.parse(second.stdout) as Told).files.written === 0, seconds);
  const more = (each: Exported): number => each.first.cpuSeconds;
  const ours = ((more(large) - more(before)) / (count - small)) * per;
  const peer = hasPeer ? `, sqlite3 -json ${((peerSeconds(folder, large.backup) / count) * per).toFixed(1)} s` : "";
  process.stdout.write(
    `per 100,000 messages more: ${ours.toFixed(1)} s of the processor, all processes (JSON, HTML and 200 attachments of 1 MB written)${peer}; the first ${small}, with the program's start, ${more(before).toFixed(1)} s\n`,
  );
  for (const { to, backup } of [before, large])
    for (const each of [to, backup.root]) rmSync(each, { recursive: true, force: true });
}

async function exported(folder: string, messages: number): Promise<Exported> {
  const backup = manyBackup(join(folder, `backup-${messages}`), messages);
  const to = join(folder, `export-${messages}`);
  const run = (): Promise<Measured> =>
    measured(["data", "export", "messages", "--from", backup.folder, "--to", to, "--json"], join(folder, "home"));
  const first = await run();
  return { backup, to, first, again: run, told: JSON.parse(first.stdout) as Told };
}

/** Counts against what was made, and the bytes of every attachment as its manifest has them. */
async function complete({ backup, to, first, told }: Exported, count: number, check: Check): Promise<void> {
  const [{ found, written, besides }] = told.kinds;
  const { reactions = 0, attachments = 0 } = besides;
  check(
    "every row is in a count, and every attachment",
    first.code === 0 && found === count && written + reactions === count && attachments === backup.attachments.size,
    `${written} messages, ${reactions} reactions of ${found}; ${attachments} attachments; ${told.files.written} files`,
  );
  const { files } = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8")) as {
    files: { path: string; sha256: string }[];
  };
  const digests = new Set(backup.attachments.values());
  const media = files.filter(({ sha256 }) => digests.delete(sha256));
  let equal = 0;
  for (const { path, sha256 } of media) if ((await digestOf(join(to, path))) === sha256) equal += 1;
  check(
    "each attachment is in the manifest with its digest, and on the disk with its bytes",
    digests.size === 0 && equal === backup.attachments.size,
    `${equal} of ${backup.attachments.size}`,
  );
}

function memory(
  before: Exported,
  large: Exported,
  { count, check }: { readonly count: number; readonly check: Check },
): void {
  for (const [whose, name] of [
    ["our process", "peakMb"],
    ["the database's process", "childPeakMb"],
  ] as const) {
    const [from, to] = [before.first[name], large.first[name]];
    check(
      `memory of ${whose} stays within ${mostMoreMb} MB of that with ${small} messages`,
      to - from <= mostMoreMb,
      `peak with ${small} messages and 20 MB ${from.toFixed(0)} MB, with ${count} and ${count / 500} MB ${to.toFixed(0)} MB`,
    );
  }
  const seen = Math.round((mostMoreMb / (count - small)) * 1_000_000);
  if (count < 1_000_000)
    process.stdout.write(
      `     this sees what grows by ${seen} MB or more to a million; that a million stay within ${mostMoreMb} MB only a run with 1000000 shows\n`,
    );
}

/** Of a file of any size. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function peerSeconds(folder: string, { database }: ManyBackup): number {
  const sql = "SELECT m.*, h.id FROM message m LEFT JOIN handle h ON h.ROWID = m.handle_id";
  const words = ["-c", `TIMEFORMAT='%U %S'; time sqlite3 -json "$1" "$2" > "$3"`, "time"];
  const { stderr } = spawnSync("bash", [...words, database, sql, join(folder, "peer.json")], { encoding: "utf8" });
  return stderr
    .trim()
    .split(/\s+/)
    .reduce((sum, each) => sum + Number(each), 0);
}
