/** `offroll phone backup`, `phone password` and `phone restore`, as a person and a program have them, on a phone in real bytes. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { platform } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { settlePhoneBackupPlace } from "../../../src/app/phone-backup-place.ts";
import { backupAround } from "../../../src/phone-backup/index.ts";
import { formatBytes } from "../../../src/shared/text.ts";
import {
  type BackupPhone,
  diskSnapshot,
  quickTemporary,
  sameTree,
  snapshotOf,
  startBackupPhone,
} from "../../helpers/backup-phone.ts";
import { inhibitor } from "../../helpers/inhibitor.ts";
import { type Home, homeOf } from "../../helpers/program.ts";
import { assertSchema } from "../../helpers/schemas.ts";

const folder = mkdtempSync(join(quickTemporary(), "offroll-phone-run-"));
const dir = join(folder, "phones");
let mock: BackupPhone;
let home: Home;

beforeAll(async () => {
  mock = await startBackupPhone(folder, {
    entries: [
      { domain: "HomeDomain", path: "Library", kind: "folder" },
      { domain: "HomeDomain", path: "Library/a.bin", generated: { bytes: 50_000, seed: 9 } },
      { domain: "KeychainDomain", path: "keychain-backup.plist", base64: "c2VjcmV0", onlyEncrypted: true },
      { domain: "AppDomain-org.example.notes", path: "Documents/sixteen", base64: "MDEyMzQ1Njc4OWFiY2RlZg==" },
    ],
    rounds: { outer: 50, inner: 10 },
  });
  home = homeOf(mock.address);
  for (const [name, text] of [
    ["secret", "geheim ü\n"],
    ["other", "neu"],
    ["wrong", "falsch"],
  ] as const)
    writeFileSync(join(home.folder, name), text);
});
afterAll(async () => {
  await mock[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const place = (): string => join(dir, mock.udid);

test("the first backup says where it is and what is not in it; the next needs no folder; JSON has a schema", async () => {
  const untold = await home.run(["phone", "backup"]);
  expect(untold).toMatchObject({ code: 2, stdout: "" });
  expect(untold.stderr).toContain("say where it goes");
  const first = await home.run(["phone", "backup", dir]);
  expect(first.code, first.stderr).toBe(0);
  // What came is counted as what is verified: the phone's own files, without what tells of them.
  const { files, bytes } = JSON.parse((await home.run(["phone", "verify", dir, "--json"])).stdout);
  expect(first.stderr).toContain(`everything came (${files} files, ${formatBytes(bytes)}, in `);
  expect(first.stderr).toContain("not encrypted");
  expect(first.stderr).toContain("phone password on");
  mock.change();
  const second = await home.run(["phone", "backup", "--json"]);
  expect(second.code, second.stderr).toBe(0);
  const lines = second.stdout.trim().split("\n");
  const events = lines.map(
    (line) => assertSchema("phone-event", line) as { type: string; full?: boolean; ok?: boolean },
  );
  expect(events[0]?.type).toBe("started");
  expect(events.at(-1)).toMatchObject({ type: "summary", ok: true, full: false });
  const again = await home.run(["phone", "backup"]);
  expect(again.stderr).not.toContain("phone password on");
  expect(readdirSync(dir)).toEqual([mock.udid]);
});

test("a backup is never made inside of another, which would go with it", async () => {
  const before = diskSnapshot(dir);
  for (const inside of [place(), join(place(), "00"), join(place(), "new", "deeper")]) {
    const run = await home.run(["phone", "backup", inside]);
    expect(run, inside).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("the backup of a phone");
    expect(run.stderr).toContain(`Name the folder that holds it: ${dir}`);
  }
  expect(diskSnapshot(dir)).toEqual(before);
  // One that is not whole is somebody's too; a single file of such a name is none.
  const half = join(folder, "half", "of-another-program");
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, "Manifest.db"), "");
  expect(await backupAround(join(half, "inside"))).toBeUndefined();
  writeFileSync(join(half, "Info.plist"), "");
  expect((await home.run(["phone", "backup", join(half, "inside")])).code).toBe(2);
  expect(readdirSync(half)).toEqual(["Info.plist", "Manifest.db"]);
});

test("a link does not lead past that, nor past the folder of the photos", async () => {
  const before = diskSnapshot(dir);
  const link = join(folder, "link");
  symlinkSync(join(place(), readdirSync(place()).find((name) => name.length === 2) as string), link);
  for (const inside of [link, join(link, "deeper")]) {
    const run = await home.run(["phone", "backup", inside]);
    expect(run, inside).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(`lies in the backup of a phone, ${place()}`);
  }
  expect(diskSnapshot(dir)).toEqual(before);
  const photos = join(folder, "photos");
  mkdirSync(photos);
  symlinkSync(photos, join(folder, "other-name"));
  const asked = { phone: mock.udid, photos, dryRun: true };
  await expect(settlePhoneBackupPlace(home.host(), join(folder, "other-name", "phones"), asked)).rejects.toThrow(
    "lie in one another",
  );
});

test("a passcode is told, and one that nobody enters ends it with its code and exit 1", async () => {
  mock.phone.backup.passcode = { answer: "none", unansweredMs: 20 };
  const before = diskSnapshot(dir);
  const run = await home.run(["phone", "backup", "--json", "--quiet"]);
  mock.phone.backup.passcode = undefined;
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("Enter the passcode on the phone");
  expect(assertSchema("phone-event", run.stdout.trim().split("\n").at(-1) as string)).toMatchObject({
    ok: false,
    error: { code: "phone-passcode" },
  });
  expect(diskSnapshot(dir)).toEqual(before);
});

test("where nobody is there, a passcode ends it at once and in order, and a disk that is away is not made anew", async () => {
  mock.phone.backup.passcode = { answer: "none", unansweredMs: 60_000 };
  const before = diskSnapshot(dir);
  const run = await home.run(["phone", "backup", "--no-passcode", "--json", "--quiet"]);
  mock.phone.backup.passcode = undefined;
  expect(run.code).toBe(1);
  expect(run.stderr).not.toContain("Enter the passcode on the phone");
  expect(assertSchema("phone-event", run.stdout.trim().split("\n").at(-1) as string)).toMatchObject({
    ok: false,
    error: { code: "phone-passcode" },
  });
  expect(diskSnapshot(dir)).toEqual(before);
  const other = await home.run([
    "phone",
    "backup",
    `${dir}-away`,
    "--folder-id",
    "of-another-disk",
    "--json",
    "--quiet",
  ]);
  expect(JSON.parse(other.stdout.trim().split("\n").at(-1) as string)).toMatchObject({
    error: { code: "destination-not-there" },
  });
  expect(existsSync(`${dir}-away`)).toBe(false);
  // The phone's lock is given back: the next run begins at once.
  expect((await home.run(["phone", "backup", "--no-passcode"])).code).toBe(0);
});

test("a restore is refused before anything happens to the phone, for each reason", async () => {
  const before = snapshotOf(mock.phone);
  const restore = (...args: string[]) => home.run(["phone", "restore", place(), ...args]);
  const named = ["--confirm", "Test iPhone"];
  expect((await restore()).stderr).toContain("(not-interactive)");
  expect((await restore("--confirm", "test iphone")).stderr).toContain("(phone-restore-unconfirmed)");
  expect((await home.run(["phone", "restore", place()], { answers: ["nonsense"] })).stderr).toContain(
    "(phone-restore-unconfirmed)",
  );
  mock.phone.backup.isFindMyOn = true;
  expect((await restore(...named)).stderr).toContain("(phone-find-my)");
  mock.phone.backup.isFindMyOn = false;
  const copy = join(folder, "copy");
  const change = async (rel: string, make: (bytes: Buffer) => Buffer): Promise<string> => {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy);
    for (const [name, kind] of diskSnapshot(place()))
      if (kind === "folder") mkdirSync(join(copy, name));
      else writeFileSync(join(copy, name), readFileSync(join(place(), name)));
    writeFileSync(join(copy, rel), make(readFileSync(join(copy, rel))));
    return (await home.run(["phone", "restore", copy, ...named])).stderr;
  };
  const inManifest = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
  expect(await change("Manifest.plist", inManifest("17.5.1", "18.0.0"))).toContain("(phone-restore-newer)");
  expect(await change("Manifest.plist", inManifest(mock.udid, mock.udid.replace("A", "B")))).toContain(
    "(phone-restore-other)",
  );
  expect(await change("Status.plist", inManifest("finished", "moving\0\0"))).toMatch(
    /phone-backup-(?:damaged|unfinished)/,
  );
  const stored = [...diskSnapshot(place())].find(
    ([name, kind]) => name.length > 40 && kind !== "folder",
  )?.[0] as string;
  const { path, words } = inhibitor();
  vi.stubEnv("PATH", path);
  expect(await change(stored, (bytes) => bytes.subarray(1))).toContain("(phone-backup-damaged)");
  vi.unstubAllEnvs();
  if (platform() === "linux") await expect.poll(words).toContain("--why=Checking a phone's backup");
  expect(sameTree(before, snapshotOf(mock.phone), {})).toBe(true);
  expect(mock.phone.operationCounts.get("backup:Restore")).toBeUndefined();
});

test("a restore makes the phone what it was, and says what comes next", async () => {
  const before = snapshotOf(mock.phone);
  await home.run(["phone", "backup"]);
  mock.change();
  mock.change();
  const run = await home.run(["phone", "restore", dir, "--json"], { answers: [] });
  expect(run.stderr).toContain("(not-interactive)");
  const asked = await home.run(["phone", "restore", dir], { answers: ["Test iPhone"] });
  expect(asked.code, asked.stderr).toBe(0);
  expect(asked.stderr).toContain("are lost");
  expect(asked.stderr).toContain("restarts now");
  expect(asked.stderr).toContain("asked to install 2 apps again");
  expect(Object.keys(mock.phone.backup.appsToInstall)).toEqual(["org.example.notes", "org.example.Grüße-😀"]);
  expect(sameTree(before, snapshotOf(mock.phone), { onlyEncrypted: false })).toBe(true);
  expect(mock.phone.operationCounts.get("reboot")).toBe(1);
  await mock.attached();
  const quiet = await home.run(["phone", "restore", place(), "--confirm", "Test iPhone", "--no-reboot", "--json"]);
  expect(quiet.code, quiet.stderr).toBe(0);
  expect(assertSchema("phone-event", quiet.stdout.trim().split("\n").at(-1) as string)).toMatchObject({
    ok: true,
    apps: 2,
  });
  expect(mock.phone.operationCounts.get("reboot")).toBe(1);
  expect(mock.phone.refusedOperations).toEqual([]);
});

test("what is typed wrong is told as that: states to keep, places that can be none", async () => {
  for (const keep of ["1e2", "0x3", "-1", "2.5", "", "1 ", "1001"])
    expect((await home.run(["phone", "backup", dir, "--keep", keep])).stderr).toContain("--keep is a number");
  // The system says there "no such folder" to making one, and Node's own recursive mkdir would turn for ever.
  for (const odd of ["/proc/x", "/proc"])
    expect((await home.run(["phone", "backup", odd])).stderr).toMatch(/No folder can be made there: \/proc/);
  const none = await home.run(["phone", "list", join(folder, "nope"), join(home.folder, "secret")]);
  expect(none.code).toBe(3);
  expect(none.stderr).toBe(
    `There is no folder ${join(folder, "nope")}.\n${join(home.folder, "secret")} is no folder.\n`,
  );
});

test("a run whose cable is pulled does not promise to go on where it stopped", async () => {
  mock.change();
  mock.phone.backup.arm([{ when: { message: "DLMessageUploadFiles", nth: 2 }, do: { type: "unplug", replugMs: 5 } }]);
  const pulled = await home.run(["phone", "backup", dir]);
  await mock.attached();
  expect(pulled).toMatchObject({ code: 1 });
  expect(pulled.stderr).toContain("Plug it back in. What was begun is dropped, and the next run begins anew.");
});

test("a run that is cancelled does not promise to go on where it stopped", async () => {
  const abort = new AbortController();
  abort.abort();
  const stopped = await home.run(["phone", "backup", dir], { signal: abort.signal });
  expect(stopped.stderr).toContain("(cancelled)");
  expect(stopped.stderr).toContain("the next run begins anew");
});

test("the password is turned on, changed and off; encrypted backups are made and restored with it", async () => {
  const password = (...args: string[]) => home.run(["phone", "password", ...args]);
  expect((await password("sideways")).code).toBe(2);
  expect((await password("off", "--password-file", "secret")).stderr).toContain("(phone-password-off)");
  expect((await password("on")).stderr).toContain("(phone-backup-password)");
  const nothing = await password("on", "--new-password-file", "nowhere");
  expect(nothing.stderr).toContain("Give it with --new-password-file FILE");
  const asIfNew = await password("on", "--password-file", "secret", "--new-password-file", "other");
  expect(asIfNew).toMatchObject({ code: 2, stdout: "" });
  expect(asIfNew.stderr).toContain("Give the new one with --new-password-file.");
  expect((await password("off", "--new-password-command", "cat other")).stderr).toContain("with --password-command.");
  expect(mock.phone.backup.password).toBeUndefined();
  const on = await password("on", "--new-password-file", "secret");
  expect(on.code, on.stderr).toBe(0);
  expect(on.stderr).toContain("Reset All Settings");
  expect(mock.phone.backup.password).toBe("geheim ü");
  expect((await password("on", "--new-password-file", "secret")).stderr).toContain("(phone-password-on)");
  const required = await home.run(["phone", "backup", "--encrypted", "required", "--keep", "1"]);
  expect(required.code, required.stderr).toBe(0);
  expect(readdirSync(dir)).toHaveLength(3); // with the note of what is kept
  const before = snapshotOf(mock.phone);
  const wrong = await home.run(["phone", "restore", place(), "--password-file", "wrong", "--confirm", "Test iPhone"]);
  expect(wrong.stderr).toContain("(phone-backup-password-wrong)");
  mock.change();
  const right = await home.run(["phone", "restore", place(), "--password-file", "secret", "--confirm", "Test iPhone"]);
  expect(right.code, right.stderr).toBe(0);
  expect(sameTree(before, snapshotOf(mock.phone), {})).toBe(true);
  await mock.attached();
  const refused = await password("change", "--password-file", "wrong", "--new-password-file", "other");
  expect(refused.stderr).toContain("(phone-password-wrong)");
  const change = ["change", "--password-file", "secret", "--new-password-file", "other", "--json"];
  expect(assertSchema("phone-password", (await password(...change)).stdout)).toMatchObject({ encrypted: true });
  expect(mock.phone.backup.password).toBe("neu");
  expect((await password("off", "--password-file", "other")).code).toBe(0);
  expect(mock.phone.backup.password).toBeUndefined();
  const strict = await home.run(["phone", "backup", "--encrypted", "required"]);
  expect(strict).toMatchObject({ code: 1 });
  expect(strict.stderr).toContain("(phone-backup-unencrypted)");
});

test("what a phone command may change is its lock file, a restore's list of apps, and its backup password", () => {
  const places = new Set(mock.phone.changes.map((each) => each.replace(/^\S+ (\d+ )?/, "")));
  const ofRestore = ["/iTunesRestore", "/iTunesRestore/RestoreApplications.plist"];
  expect([...places].sort()).toEqual(["/com.apple.itunes.lock_sync", ...ofRestore]);
  expect(mock.phone.refusedOperations).toEqual([]);
  expect(mock.phone.backup.lock.owner).toBeUndefined();
});

test("a run that does not speak of older states leaves those that another kept", async () => {
  const kept = join(folder, "kept");
  const states = () => readdirSync(kept).filter((name) => name.startsWith(`${mock.udid}-`));
  const listed = async (): Promise<Record<string, boolean>> => {
    const { backups } = JSON.parse((await home.run(["phone", "list", kept, "--json"])).stdout) as {
      backups: { folder: string; verified: object | null }[];
    };
    return Object.fromEntries(backups.map(({ folder: at, verified }) => [basename(at), verified !== null]));
  };
  expect((await home.run(["phone", "backup", kept])).code).toBe(0);
  expect((await home.run(["phone", "verify", kept])).code).toBe(0);
  // A copy is no older state, though it has the name of one.
  const copied = `${mock.udid}-20200101-000000`;
  cpSync(join(kept, mock.udid), join(kept, copied), { recursive: true });
  expect(await listed()).toEqual({ [mock.udid]: true, [copied]: false });
  rmSync(join(kept, copied), { recursive: true });
  expect((await home.run(["phone", "backup", kept, "--keep", "1"])).code).toBe(0);
  const [state, ...more] = states();
  expect(state).toBeDefined();
  expect(more).toEqual([]);
  expect(await listed()).toEqual({ [mock.udid]: false, [state as string]: true });
  expect((await home.run(["phone", "backup", kept])).code).toBe(0);
  expect(states()).toEqual([state]);
  // Where one backup lies with its older states, its folder names it.
  const browsed = await home.run(["phone", "browse", kept, "--json"]);
  expect(browsed.code).toBe(0);
  expect(browsed.stdout).toContain(JSON.stringify(join(kept, mock.udid)));
});
