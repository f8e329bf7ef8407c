/**
 * Debian's `idevicebackup2` backs the mock iPhone up, encrypts, changes the password, and restores: a program that nobody here wrote
 * decides whether the mock is a phone. Every stored file is held against what the phone has.
 *
 *   npm run test:backup-peers
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { decodePlistDict } from "../../src/device/wire/plist.ts";
import { sameTree, snapshotOf, startBackupPhone } from "../helpers/backup-phone.ts";
import { generated } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";

const run = promisify(execFile);
const failures: string[] = [];
let checks = 0;

function check(what: string, holds: boolean, more = ""): void {
  checks += 1;
  console.log(`${holds ? "ok  " : "FAIL"} ${what}${holds ? "" : `\n${more}`}`);
  if (!holds) failures.push(what);
}

const installed = await run("which", ["idevicebackup2"]).then(
  () => true,
  () => false,
);
if (!installed) {
  console.log("idevicebackup2 is not installed: skipped (Debian: libimobiledevice-utils)");
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}

const work = mkdtempSync(join(tmpdir(), "offroll-backup-peers-"));
const root = join(work, "backups");
const files = [
  generated("/DCIM/100APPLE/IMG_0001.HEIC", 100_000),
  generated("/DCIM/100APPLE/IMG_0002.MOV", 2_000_000),
  // What a computer that syncs leaves there goes into Info.plist.
  generated("/iTunes_Control/iTunes/iTunesPrefs", 1000),
  generated("/Books/iBooksData2.plist", 150_000),
];
const mock = await startBackupPhone(work, {}, { phone: { files } });
const { phone, udid } = mock;

async function idevicebackup2(...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, USBMUXD_SOCKET_ADDRESS: `UNIX:${mock.address}` };
  try {
    const { stdout, stderr } = await run("idevicebackup2", args, { env, timeout: 60_000, maxBuffer: 1 << 28 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

const folder = join(root, udid);
const state = (name: string): Record<string, unknown> => ({ ...decodePlistDict(readFileSync(join(folder, name))) });
const stored = (): number =>
  readdirSync(folder)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .reduce((sum, name) => sum + readdirSync(join(folder, name)).length, 0);
const tail = (text: string): string => text.slice(-1500);

try {
  mkdirSync(root);
  await run("idevicepair", ["pair"], { env: { ...process.env, USBMUXD_SOCKET_ADDRESS: `UNIX:${mock.address}` } });

  const first = await idevicebackup2("backup", root);
  check("full backup", first.code === 0 && /Backup Successful/.test(first.output), tail(first.output));
  check(
    "  finished, full",
    state("Status.plist")["SnapshotState"] === "finished" && state("Status.plist")["IsFullBackup"] === true,
  );
  check("  every file that is not for encrypted backups alone", stored() === mock.fileCount({ encrypted: false }));

  mock.change();
  const second = await idevicebackup2("backup", root);
  check(
    "incremental backup",
    second.code === 0 && state("Status.plist")["IsFullBackup"] === false,
    tail(second.output),
  );
  check("  deleted files are gone, new ones there", stored() === mock.fileCount({ encrypted: false }));

  const full = await idevicebackup2("backup", "--full", root);
  check("forced full backup", full.code === 0 && state("Status.plist")["IsFullBackup"] === true, tail(full.output));

  const before = snapshotOf(phone);
  mock.change();
  const restored = await idevicebackup2("restore", "--remove", "--settings", root);
  check("restore", restored.code === 0, tail(restored.output));
  const reinstalled = Object.keys(phone.backup.appsToInstall);
  check("  which leaves the phone its apps", reinstalled.includes("org.example.notes"), reinstalled.join());
  check("  the phone is what the backup was", sameTree(before, snapshotOf(phone), { onlyEncrypted: false }));
  await mock.attached();

  const on = await idevicebackup2("encryption", "on", "geheim ü", root);
  check("encryption on", on.code === 0 && phone.backup.password === "geheim ü", tail(on.output));
  const wrong = await idevicebackup2("changepw", "nonsense", "x", root);
  check(
    "changepw with a wrong password is refused",
    phone.backup.password === "geheim ü" && /207/.test(wrong.output),
    tail(wrong.output),
  );
  const encrypted = await idevicebackup2("backup", root);
  check(
    "encrypted backup",
    encrypted.code === 0 && state("Manifest.plist")["IsEncrypted"] === true,
    tail(encrypted.output),
  );
  check(
    "  full, with more files",
    state("Status.plist")["IsFullBackup"] === true && stored() === mock.fileCount({ encrypted: true }),
  );
  const changed = await idevicebackup2("changepw", "geheim ü", "neu", root);
  check("changepw", changed.code === 0 && phone.backup.password === "neu", tail(changed.output));
  mock.change();
  const incremental = await idevicebackup2("backup", root);
  check(
    "encrypted incremental backup",
    incremental.code === 0 && state("Status.plist")["IsFullBackup"] === false,
    tail(incremental.output),
  );

  const encryptedBefore = snapshotOf(phone);
  mock.change();
  const refused = await idevicebackup2("restore", "--remove", "--settings", "--password", "falsch", root);
  check("restore with a wrong password", refused.code !== 0 && /207/.test(refused.output), tail(refused.output));
  const back = await idevicebackup2("restore", "--remove", "--settings", "--password", "neu", root);
  check("encrypted restore", back.code === 0, tail(back.output));
  check("  the phone is what the backup was", sameTree(encryptedBefore, snapshotOf(phone), {}));
  await mock.attached();

  const off = await idevicebackup2("encryption", "off", "neu", root);
  check("encryption off", off.code === 0 && phone.backup.password === undefined, tail(off.output));

  phone.backup.arm([{ when: { afterBytes: 100_000 }, do: { type: "cancel" } }]);
  const cancelled = await idevicebackup2("backup", "--full", root);
  check(
    "cancelled on the phone",
    cancelled.code !== 0 && /abort|cancel|fail/i.test(cancelled.output),
    tail(cancelled.output),
  );
  phone.backup.disarm();
  const after = await idevicebackup2("backup", root);
  check(
    "and the next backup is whole again",
    after.code === 0 && state("Status.plist")["SnapshotState"] === "finished",
    tail(after.output),
  );

  const other = "00008110-0000000000000001";
  cpSync(folder, join(root, other), { recursive: true });
  const source = await idevicebackup2("-s", other, "restore", "--remove", "--settings", "--no-reboot", root);
  check("restore of another phone's folder", source.code === 0, tail(source.output));
  await bothWays();
  await otherLister();
  check("the sync lock is free", phone.backup.lock.owner === undefined && existsSync(folder));
  check("it did what phones expect", phone.backup.oddities.length === 0, phone.backup.oddities.join("\n"));
  check("and no more than that", phone.refusedOperations.length === 0, phone.refusedOperations.join("\n"));
} finally {
  await mock[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
}

/** What either makes, the other reads, goes on with, and restores. */
async function bothWays(): Promise<void> {
  const home = homeOf(mock.address);
  const secret = join(work, "secret");
  writeFileSync(secret, "beide ü");
  const ours = async (what: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await home.run(["phone", ...args]);
    check(what, code === 0, tail(stdout + stderr));
    return stdout;
  };
  const named = ["--confirm", phone.description.name];
  const theirs = join(work, "theirs");
  mkdirSync(theirs);
  for (const isEncrypted of [false, true]) {
    const kind = isEncrypted ? "encrypted" : "clear";
    const unlock = isEncrypted ? ["--password-file", secret] : [];
    if (isEncrypted) {
      const on = await idevicebackup2("encryption", "on", "beide ü", theirs);
      check("encryption on, for both ways", on.code === 0, tail(on.output));
    }
    // Theirs, read by us.
    mock.change();
    const made = await idevicebackup2("backup", theirs);
    check(`${kind}: idevicebackup2 makes one`, made.code === 0, tail(made.output));
    const before = snapshotOf(phone);
    const listed = await ours(`  we list it`, "list", theirs, "--json");
    check("  as complete", listed.includes('"state":"complete"'), listed);
    await ours("  we verify it", "verify", theirs, ...unlock);
    const browsed = await ours("  we browse it", "browse", theirs, "HomeDomain/Library", ...unlock);
    check("  and see a file of the phone's", browsed.includes("Caches"), browsed);
    const out = join(work, `out-${kind}`);
    await ours("  we extract from it", "extract", theirs, "AppDomain-org.example.notes/**", "--to", out, ...unlock);
    check("  every byte of it", await isExtracted(out), readdirSync(out, { recursive: true }).join("\n"));
    mock.change();
    phone.backup.appsToInstall = {};
    await ours("  we restore it", "restore", join(theirs, udid), ...named, ...unlock);
    check("  and its apps", isDeepStrictEqual(phone.backup.appsToInstall, infoOf(join(theirs, udid))["Applications"]));
    check("  the phone is what it was", sameTree(before, snapshotOf(phone), { onlyEncrypted: isEncrypted }));
    await mock.attached();
    // Theirs, gone on with by us, and ours by them.
    mock.change();
    await ours("  we go on with theirs", "backup", theirs);
    check("  incrementally", state2(theirs)["IsFullBackup"] === false);
    mock.change();
    const on = await idevicebackup2("backup", theirs);
    check("  and they with ours", on.code === 0 && state2(theirs)["IsFullBackup"] === false, tail(on.output));
    await ours("  which we verify", "verify", theirs, ...unlock);
    // Ours from the start, restored by them.
    const mine = join(work, `mine-${kind}`);
    await ours(`${kind}: we make one`, "backup", mine);
    check("  with the apps that idevicebackup2 notes", sameApps(join(mine, udid), join(theirs, udid)));
    const then = snapshotOf(phone);
    mock.change();
    const password = isEncrypted ? ["--password", "beide ü"] : [];
    const restored = await idevicebackup2("restore", "--remove", "--settings", ...password, mine);
    check("  idevicebackup2 restores it", restored.code === 0, tail(restored.output));
    check("  the phone is what it was", sameTree(then, snapshotOf(phone), { onlyEncrypted: isEncrypted }));
    await mock.attached();
  }
}

function state2(dir: string): Record<string, unknown> {
  return { ...decodePlistDict(readFileSync(join(dir, udid, "Status.plist"))) };
}

function infoOf(place: string): Record<string, unknown> {
  return { ...decodePlistDict(readFileSync(join(place, "Info.plist"))) };
}

/** All that two backups of one phone say of its apps, byte for byte. */
function sameApps(a: string, b: string): boolean {
  const [ours, theirs] = [infoOf(a), infoOf(b)];
  const keys = ["Applications", "Installed Applications", "iTunes Files", "iTunes Settings", "iBooks Data 2"];
  const apps = Object.keys(ours["Applications"] as object);
  if (Object.keys(ours["iTunes Files"] as object).length !== 1) return false;
  return keys.every((key) => isDeepStrictEqual(ours[key], theirs[key])) && apps.length > 1;
}

/** `ideviceinstaller` reads the mock's list: what it prints are the apps of its owner. */
async function otherLister(): Promise<void> {
  const env = { ...process.env, USBMUXD_SOCKET_ADDRESS: `UNIX:${mock.address}` };
  const listing = run("ideviceinstaller", ["-l"], { env, timeout: 30_000 });
  const { stdout } = await listing.catch((error: { stdout?: string }) => ({ stdout: String(error.stdout ?? error) }));
  for (const name of ["org.example.notes", "org.example.Grüße-😀", "org.example.unsigned"])
    check(`ideviceinstaller lists ${name}`, stdout.includes(name), stdout);
  check("  and none of the system's", !stdout.includes("com.apple.mobilesafari"), stdout);
}

/** The files of one app, as the phone has them. */
async function isExtracted(out: string): Promise<boolean> {
  const wanted = [...phone.backup.tree.entries.values()].filter(
    (each) => each.domain === "AppDomain-org.example.notes" && each.kind === "file",
  );
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const found = new Set(files.map((each) => readFileSync(join(each.parentPath, each.name)).toString("base64")));
  for (const { content } of wanted)
    if (!found.has((await content.read(0, content.size)).toString("base64"))) return false;
  return wanted.length > 0;
}

console.log(`${checks} checks, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
