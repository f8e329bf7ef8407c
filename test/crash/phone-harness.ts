/**
 * Kills `offroll phone backup` at random instants and pulls the cable at random messages, over a sequence of backups of a phone that
 * changes. After each: the last good backup is whole under its name, byte for byte, or the new one is; between the two renames both are
 * whole under theirs, which is counted apart, and the next command puts it right. At the end the phone is restored from what is there.
 *
 *   npm run test:crash-phone -- [kills, 200 by default] [seed] [exfat: on a real disk without links, as root]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { randomFrom } from "../../fixtures/make/random.ts";
import { type Content, generatedContent } from "../../src/device/mock/described-phone.ts";
import { decodePlistDict } from "../../src/device/wire/plist.ts";
import { diskSnapshot, quickTemporary, sameTree, snapshotOf, startBackupPhone } from "../helpers/backup-phone.ts";
import { mountDisk } from "../helpers/disks.ts";

const wantedKills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const isJournal = process.argv[4] === "exfat";
const random = randomFrom(seed);
const entry = resolve(import.meta.dirname, "../../dist/offroll.cjs");
console.log(`seed ${seed}${isJournal ? ", without links" : ""}`);

const work = mkdtempSync(join(quickTemporary(), "offroll-crash-phone-"));
const disk = isJournal ? mountDisk("exfat", "600M") : undefined;
if (isJournal && !disk) {
  console.log("exFAT cannot be mounted here: skipped");
  process.exit(0);
}
const dir = join(disk?.root ?? work, "phones");
mkdirSync(dir);
const mock = await startBackupPhone(work, {
  entries: Array.from({ length: 300 }, (_, i) => ({
    domain: i % 3 ? "HomeDomain" : "AppDomain-org.example",
    path: `Library/file-${i}.bin`,
    generated: { bytes: i % 50 === 0 ? 1_500_000 : 200 + i * 13, seed: i },
  })),
  batchBytes: 200_000,
});
const { phone, udid } = mock;
const place = join(dir, udid);
const intention = join(dir, ".offroll-work", udid, "intention.json");
const env = {
  PATH: process.env["PATH"],
  HOME: work,
  USBMUXD_SOCKET_ADDRESS: mock.address,
};
const counts = { kills: 0, pulls: 0, inWindow: 0, finished: 0, runs: 0, violations: 0 };

function violation(text: string): void {
  counts.violations += 1;
  console.log(`VIOLATION after kill ${counts.kills}, pull ${counts.pulls} (seed ${seed}): ${text}`);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function offroll(args: readonly string[], kill?: (child: ChildProcess) => void): Promise<Ended> {
  counts.runs += 1;
  const child = spawn(process.execPath, [entry, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
  kill?.(child);
  return await new Promise((done) =>
    child.once("close", (code) => {
      clearTimeout(timer);
      done({ code, output });
    }),
  );
}

const ways = {
  /** At any time from its start. */
  any: (child: ChildProcess) => void setTimeout(() => child.kill("SIGKILL"), 150 + random() * lastRunMs * 1.1),
  /** After the phone has said that it is done, or close before. */
  late: (child: ChildProcess) => {
    const ended = phone.backup.ended.length;
    const delay = random() * 120;
    const watch = setInterval(() => {
      if (phone.backup.ended.length === ended && child.exitCode === null) return;
      clearInterval(watch);
      setTimeout(() => child.kill("SIGKILL"), delay);
    }, 1);
    child.once("close", () => clearInterval(watch));
  },
  /** As soon as the intention stands on the disk. */
  window: (child: ChildProcess) => {
    const delay = Math.floor(random() * 4);
    const watch = setInterval(() => {
      if (!existsSync(intention)) return;
      clearInterval(watch);
      if (delay === 0) child.kill("SIGKILL");
      else setTimeout(() => child.kill("SIGKILL"), delay);
    }, 0);
    child.once("close", () => clearInterval(watch));
  },
} as const;

let lastRunMs = 2_000;
let good = new Map<string, string>();

async function hashOf(content: Content): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < content.size; at += 1 << 20)
    hash.update(await content.read(at, Math.min(1 << 20, content.size - at)));
  return hash.digest("hex");
}

/** Whether a folder is a complete backup of the phone as it is now. */
async function isOfPhone(folder: string): Promise<string | undefined> {
  const state = decodePlistDict(readFileSync(join(folder, "Status.plist")))["SnapshotState"];
  if (state !== "finished") return `its status is ${String(state)}`;
  // Not under its own name: the folder above the backups would be taken for one.
  const copy = join(work, "rows.sqlite");
  writeFileSync(copy, readFileSync(join(folder, "Manifest.db")));
  const database = new DatabaseSync(copy, { readOnly: true });
  const rows = new Map(
    database
      .prepare("SELECT fileID, flags FROM Files")
      .all()
      .map((r) => [String(r["fileID"]), Number(r["flags"])]),
  );
  database.close();
  const wanted = [...phone.backup.tree.entries].filter(([, each]) => !each.onlyEncrypted);
  if (rows.size !== wanted.length) return `${rows.size} rows for ${wanted.length} entries`;
  for (const [id, each] of wanted) {
    if (!rows.has(id)) return `${each.path} is not in the manifest`;
    if (each.kind !== "file") continue;
    const file = join(folder, id.slice(0, 2), id);
    if (!existsSync(file)) return `${each.path} is missing`;
    if (createHash("sha256").update(readFileSync(file)).digest("hex") !== (await hashOf(each.content)))
      return `${each.path} differs`;
  }
  return undefined;
}

function sameDisk(folder: string, wanted: ReadonlyMap<string, string>): boolean {
  return existsSync(folder) && JSON.stringify([...diskSnapshot(folder)]) === JSON.stringify([...wanted]);
}

/** What holds after every end, however it came. */
async function check(what: string): Promise<void> {
  if (sameDisk(place, good)) {
    if (!existsSync(intention)) return;
  }
  if (existsSync(intention)) {
    counts.inWindow += 1;
    if (!isJournal) {
      const [fresh, old] = ["new", "old"].map((name) => join(dir, ".offroll-work", udid, name)) as [string, string];
      const whole = existsSync(fresh) ? fresh : place;
      const why = await isOfPhone(whole).catch(String);
      if (why !== undefined) violation(`${what}: in the window the new one is not whole: ${why}`);
      if (existsSync(old) && !sameDisk(old, good) && existsSync(fresh))
        violation(`${what}: in the window the old one is not whole`);
    }
    const listed = await offroll(["phone", "list", dir]);
    if (listed.code !== 0) violation(`${what}: the next command failed: ${listed.output.slice(-500)}`);
    if (existsSync(intention)) violation(`${what}: the next command left it half done`);
  }
  const why = await isOfPhone(place).catch(String);
  if (why !== undefined && !sameDisk(place, good))
    violation(`${what}: neither the last good one nor the new one: ${why}`);
  if (why === undefined) good = diskSnapshot(place);
}

async function goOn(): Promise<void> {
  phone.backup.disarm();
  const startedAt = performance.now();
  const run = await offroll(["phone", "backup", dir]);
  lastRunMs = performance.now() - startedAt;
  if (run.code !== 0) violation(`a run that nobody disturbed ended with ${run.code}: ${run.output.slice(-800)}`);
  counts.finished += 1;
  const why = await isOfPhone(place).catch(String);
  if (why !== undefined) violation(`a run that nobody disturbed: ${why}`);
  good = diskSnapshot(place);
}

try {
  const paired = await offroll(["pair"]);
  if (paired.code !== 0) throw new Error(paired.output);
  await goOn();
  const names = Object.keys(ways) as (keyof typeof ways)[];
  while (counts.kills + counts.pulls < wantedKills) {
    mock.change();
    for (let i = 0; i < 5; i += 1)
      phone.backup.tree.write(
        "HomeDomain",
        `Library/file-${Math.floor(random() * 350)}.bin`,
        generatedContent(100 + Math.floor(random() * 60_000), counts.runs * 7 + i),
      );
    if (random() < 0.3) {
      const message = [
        "DLMessageUploadFiles",
        "DLMessageMoveItems",
        "DLMessageRemoveItems",
        "DLMessageDownloadFiles",
        "DLContentsOfDirectory",
      ][Math.floor(random() * 5)] as string;
      phone.backup.arm([
        {
          when:
            random() < 0.3
              ? { afterBytes: Math.floor(random() * 300_000) }
              : { message, nth: 1 + Math.floor(random() * 4) },
          do: { type: "unplug", replugMs: 20 },
        },
      ]);
      await offroll(["phone", "backup", dir]);
      phone.backup.disarm();
      counts.pulls += 1;
      await mock.attached();
      await check(`cable pulled at ${message}`);
    } else {
      const way = names[Math.floor(random() * names.length)] as keyof typeof ways;
      await offroll(["phone", "backup", dir], ways[way]);
      counts.kills += 1;
      await check(`killed (${way})`);
    }
    if (random() < 0.25) await goOn();
    if ((counts.kills + counts.pulls) % 25 === 0) console.log(JSON.stringify(counts));
  }
  await goOn();
  const before = snapshotOf(phone);
  mock.change();
  const restored = await offroll(["phone", "restore", dir, "--confirm", phone.description.name]);
  if (restored.code !== 0) violation(`the restore: ${restored.output.slice(-500)}`);
  if (!sameTree(before, snapshotOf(phone), { onlyEncrypted: false })) violation("the phone is not what was backed up");
} finally {
  await mock[Symbol.asyncDispose]();
  disk?.[Symbol.dispose]();
  rmSync(work, { recursive: true, force: true });
}
console.log(JSON.stringify(counts));
process.exitCode = counts.violations > 0 ? 1 : 0;
