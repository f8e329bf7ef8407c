/**
 * Backups that Debian's `idevicebackup2` made of the mock iPhone, opened by offroll: every entry and every byte is held against what
 * the phone has, clear and encrypted, full and incremental. Then copies of them are damaged at random: `verify` has to name what was
 * damaged and nothing else, and everything else has to be read as before.
 *
 *   npm run test:backup-readers -- [damages per backup] [seed]
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { randomFrom } from "../../fixtures/make/random.ts";
import type { PhoneFile } from "../../src/device/phone-files.ts";
import {
  type BackupFiles,
  type BackupFinding,
  findBackup,
  openBackup,
  verifyBackup,
} from "../../src/phone-backup/index.ts";
import { AppError } from "../../src/shared/errors.ts";
import { startBackupPhone } from "../helpers/backup-phone.ts";

const run = promisify(execFile);
const damages = Number(process.argv[2] ?? 20);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const next = randomFrom(seed);
const failures: string[] = [];
let checks = 0;
console.log(`seed ${seed}, ${damages} damages for each backup`);

function check(what: string, holds: boolean, more: unknown = ""): void {
  checks += 1;
  if (!holds) failures.push(what);
  console.log(`${holds ? "ok  " : "FAIL"} ${what}${holds ? "" : `\n${JSON.stringify(more, null, 1)}`}`);
}

const installed = await run("which", ["idevicebackup2"]).then(
  () => true,
  () => false,
);
if (!installed) {
  console.log("idevicebackup2 is not installed: skipped (Debian: libimobiledevice-utils)");
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}

const work = mkdtempSync(join(tmpdir(), "offroll-backup-readers-"));
const root = join(work, "backups");
mkdirSync(root);
// The rounds of a real phone: this is where deriving them is tried at full length.
const mock = await startBackupPhone(work, { rounds: { outer: 10_000_000, inner: 10_000 } });
const { phone, udid } = mock;
const env = { ...process.env, USBMUXD_SOCKET_ADDRESS: `UNIX:${mock.address}` };
const idevicebackup2 = async (...args: string[]): Promise<void> => {
  await run("idevicebackup2", [...args, root], { env, timeout: 120_000, maxBuffer: 1 << 28 });
};

let derivations = 0;
async function open(folder: string, password?: string): Promise<BackupFiles> {
  return await openBackup(await findBackup(folder, "/"), {
    privately: { folder: join(work, "private"), pid: process.pid },
    password: async () => {
      derivations += 1;
      return password === undefined ? undefined : Buffer.from(password);
    },
  });
}

async function hashIn(files: BackupFiles, file: PhoneFile): Promise<string> {
  const hash = createHash("sha256");
  for await (const slice of files.read(file)) hash.update(slice);
  return hash.digest("hex");
}

/** What the phone has, as `PhoneFiles` would list it, with the hash of each file. */
function truth(isEncrypted: boolean): Map<string, string> {
  const out = new Map<string, string>();
  for (const entry of phone.backup.tree.entries.values()) {
    if (entry.onlyEncrypted && !isEncrypted) continue;
    const { domain, path, kind, content, modified, born, target } = entry;
    const hash = createHash("sha256");
    for (let at = 0; kind === "file" && at < content.size; at += 1 << 20)
      hash.update(content.read(at, Math.min(1 << 20, content.size - at)) as Buffer);
    const size = kind === "file" ? content.size : 0;
    const times = [modified, born].map((s) => new Date(s * 1000).toISOString());
    out.set(
      `${domain}-${path}`,
      [kind, size, ...times, target ?? "", kind === "file" ? hash.digest("hex") : ""].join(" "),
    );
  }
  return out;
}

async function listed(files: BackupFiles): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for await (const file of files.list()) {
    const hash = file.kind === "file" ? await hashIn(files, file) : "";
    const times = [file.modifiedAt, file.createdAt].map((d) => d?.toISOString());
    out.set(`${file.domain}-${file.path}`, [file.kind, file.sizeBytes, ...times, file.target ?? "", hash].join(" "));
  }
  return out;
}

function differences(a: Map<string, string>, b: Map<string, string>): string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names]
    .filter((name) => a.get(name) !== b.get(name))
    .map((name) => `${name}: ${a.get(name)} / ${b.get(name)}`);
}

async function verified(files: BackupFiles): Promise<BackupFinding[]> {
  const findings: BackupFinding[] = [];
  await verifyBackup(files, { onFinding: (finding) => findings.push(finding) });
  return findings;
}

/** One made backup: whole, equal to the phone, and each damage to a copy of it found. */
async function tryBackup(what: string, password?: string): Promise<void> {
  const folder = join(root, udid);
  const before = derivations;
  {
    await using files = await open(folder, password);
    const [want, got] = [truth(password !== undefined), await listed(files)];
    check(
      `${what}: all ${want.size} entries are those of the phone, byte by byte`,
      want.size > 10 && differences(want, got).length === 0,
      differences(want, got),
    );
    check(`${what}: verify finds it whole`, (await verified(files)).length === 0, await verified(files));
  }
  check(`${what}: one derivation for one opening`, derivations - before === (password === undefined ? 0 : 1));
  const copy = join(work, "copy");
  cpSync(folder, copy, { recursive: true });
  await using files = await open(copy, password);
  await tryDamages(what, folder, copy, files);
  rmSync(copy, { recursive: true });
}

const kinds = ["cut", "longer", "gone", "flipped", "extra"] as const;

async function tryDamages(what: string, whole: string, copy: string, files: BackupFiles): Promise<void> {
  const rows = await Array.fromAsync(files.manifest.byFileId());
  const stored = rows.flatMap((row) => ("odd" in row || row.kind !== "file" ? [] : [row]));
  const wrong: unknown[] = [];
  for (let i = 0; i < damages; i += 1) {
    const kind = kinds[Math.floor(next() * kinds.length)] as (typeof kinds)[number];
    // A flipped bit shows only where the phone told a digest.
    const choice = stored.filter((row) => (kind === "flipped" ? row.details?.digest && row.details.sizeBytes : true));
    const row = choice[Math.floor(next() * choice.length)];
    if (!row) continue;
    const name = join(row.fileId.slice(0, 2), row.fileId);
    const file = join(copy, name);
    const size = readFileSync(file).length;
    if ((kind === "cut" || kind === "flipped") && size === 0) continue;
    if (kind === "cut") truncateSync(file, Math.floor(next() * size));
    else if (kind === "longer") appendFileSync(file, Buffer.alloc(1 + Math.floor(next() * 40)));
    else if (kind === "gone") rmSync(file);
    else if (kind === "extra") writeFileSync(join(copy, row.fileId.slice(0, 2), "0".repeat(40)), "");
    else {
      const bytes = readFileSync(file);
      const at = Math.floor(next() * bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(next() * 8)), at);
      writeFileSync(file, bytes);
    }
    const found = await verified(files);
    const label = `${kind} ${row.domain}/${row.path}`;
    const wanted = kind === "extra" ? "extra" : kind === "gone" ? "missing" : "damaged";
    const isNamed =
      found.length === 1 &&
      found[0]?.problem === wanted &&
      (kind === "extra" || (found[0].domain === row.domain && found[0].path === row.path));
    const read = kind === "extra" ? undefined : await readError(files, row.domain, row.path);
    if (!isNamed || (kind !== "extra" && read === undefined)) wrong.push({ label, found, read });
    rmSync(join(copy, row.fileId.slice(0, 2), "0".repeat(40)), { force: true });
    cpSync(join(whole, name), file);
  }
  check(
    `${what}: each of ${damages} damages is named, and nothing else; what is damaged is not given out as whole`,
    wrong.length === 0,
    wrong,
  );
  check(`${what}: mended, it is whole again`, (await verified(files)).length === 0);
}

/** The code with which a read of it ends. */
async function readError(files: BackupFiles, domain: string, path: string): Promise<string | undefined> {
  try {
    await hashIn(files, (await files.find(domain, path)) as PhoneFile);
    return undefined;
  } catch (error) {
    return error instanceof AppError && error.scope === "item" ? error.code : `not an item's: ${error}`;
  }
}

async function refusal(password: string | undefined): Promise<string> {
  try {
    await using _ = await open(join(root, udid), password);
    return "opened";
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

try {
  await run("idevicepair", ["pair"], { env });
  await idevicebackup2("backup");
  await tryBackup("clear");
  mock.change();
  await idevicebackup2("backup");
  await tryBackup("clear, incremental");
  await idevicebackup2("encryption", "on", " geheim ü");
  await idevicebackup2("backup");
  await tryBackup("encrypted", " geheim ü");
  check("another password is told", (await refusal("geheim ü")) === "phone-backup-password-wrong");
  check("none is told", (await refusal(undefined)) === "phone-backup-password");
  await idevicebackup2("changepw", " geheim ü", "neu");
  mock.change();
  await idevicebackup2("backup");
  await tryBackup("encrypted, password changed, incremental", "neu");
  check("the password of before is told as wrong", (await refusal(" geheim ü")) === "phone-backup-password-wrong");
  phone.backup.arm([{ when: { afterBytes: 100_000 }, do: { type: "cancel" } }]);
  mock.change();
  await idevicebackup2("backup", "--full").catch(() => {});
  phone.backup.disarm();
  const broken = await findBackup(join(root, udid), "/");
  check("one that was cancelled is told as not finished", broken.state === "unfinished", broken);
} finally {
  await mock[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}
console.log(failures.length === 0 ? `${checks} checks hold` : `${failures.length} of ${checks} FAILED, seed ${seed}`);
process.exit(failures.length === 0 ? 0 : 1);
