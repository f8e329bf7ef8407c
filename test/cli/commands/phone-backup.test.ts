/** Commands about backups of whole phones, in this process, on backups that a generator made. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  type BackedUp,
  type BackupDescription,
  backupUdid,
  bytesOf,
  fileIdFor,
  writeBackup,
} from "../../helpers/phone-backup.ts";
import { type Home, homeOf } from "../../helpers/program.ts";
import { assertSchema } from "../../helpers/schemas.ts";

const password = " geheim ü";
const files: readonly BackedUp[] = [
  { domain: "HomeDomain", path: "", kind: "folder" },
  { domain: "HomeDomain", path: "Library", kind: "folder" },
  { domain: "HomeDomain", path: "Library/SMS", kind: "folder" },
  { domain: "HomeDomain", path: "Library/SMS/sms.db", bytes: bytesOf("sms", 40_000), digest: true },
  { domain: "HomeDomain", path: "Library/link", kind: "link", target: "/etc/passwd" },
  { domain: "CameraRollDomain", path: "Media/DCIM/100APPLE/IMG_0001.HEIC", bytes: bytesOf("photo", 70_000) },
  { domain: "AppDomain-org.example.app", path: "Documents/a.txt", bytes: bytesOf("a", 10) },
  { domain: "AppDomain-org.example.app", path: "Documents/A.txt", bytes: bytesOf("A", 10) },
  { domain: "AppDomain-org.example.app", path: "Documents/a:b.txt", bytes: bytesOf("colon", 5) },
  { domain: "AppDomain-org.example.app", path: "Documents/a_b.txt", bytes: bytesOf("line", 6) },
  { domain: "AppDomain-org.example.app", path: "../../../outside.txt", bytes: bytesOf("outside", 7) },
  { domain: "AppDomain-org.example.app", path: "/etc/absolute.txt", bytes: bytesOf("absolute", 8) },
  { domain: "AppDomain-org.example.app", path: "nul\0byte\u001b[2J", bytes: bytesOf("nul", 9) },
];

interface Scene {
  readonly home: Home;
  readonly root: string;
  readonly backup: string;
  readonly secret: string;
  at(domain: string, path: string): string;
}

function scene(description: Partial<BackupDescription> = {}): Scene {
  const root = mkdtempSync(join(tmpdir(), "offroll-phone-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const backup = writeBackup(join(root, "backups"), { files, ...description });
  const secret = join(root, "secret");
  writeFileSync(secret, `${password}\n`);
  const at = (domain: string, path: string): string => {
    const id = fileIdFor(domain, path);
    return join(backup, id.slice(0, 2), id);
  };
  return { home: homeOf(), root, backup, secret, at };
}

test("backups are listed with what they are, remembered, and told when they were verified", async () => {
  const { home, root, backup } = scene();
  const none = await home.run(["phone", "list"]);
  expect([none.code, none.stdout]).toEqual([0, ""]);
  expect(none.stderr).toContain("offroll phone list DIR");
  const first = await home.run(["phone", "list", join(root, "backups")]);
  expect(first.stdout).toMatch(
    /Ada's iPhone {2}iPhone 13 Pro, iOS 17.5.1 {2}2026-10-04 18:30 .* not encrypted {2}complete {2}never verified/,
  );
  expect(first.stdout).toContain(backup);
  expect((await home.run(["phone", "verify", backup])).code).toBe(0);
  const listed = await home.run(["phone", "list", "--json"]);
  expect(assertSchema("phone-list", listed.stdout)).toMatchObject({
    backups: [{ folder: backup, state: "complete", encrypted: false, udid: backupUdid, verified: { ok: true } }],
  });
  const gone = await home.run(["phone", "list", join(root, "nothing"), "--json"]);
  expect([gone.code, (assertSchema("phone-list", gone.stdout) as { unreadable: unknown[] }).unreadable.length]).toEqual(
    [3, 1],
  );
});

test("a whole backup is whole; everything that is not as it was is named, and nothing is changed by that", async () => {
  const { home, backup, secret, at } = scene({ password });
  const whole = await home.run(["phone", "verify", backup, "--password-file", secret, "--json"]);
  expect(whole.code, whole.stderr).toBe(0);
  expect(assertSchema("phone-verify", whole.stdout)).toMatchObject({
    ok: true,
    files: 9,
    links: 1,
    folders: 3,
    problems: 0,
    oddPadding: 0,
  });
  const sms = at("HomeDomain", "Library/SMS/sms.db");
  const bytes = readFileSync(sms);
  bytes.writeUInt8(bytes.readUInt8(20_000) ^ 4, 20_000);
  writeFileSync(sms, bytes);
  truncateSync(at("CameraRollDomain", "Media/DCIM/100APPLE/IMG_0001.HEIC"), 70_000);
  rmSync(at("AppDomain-org.example.app", "Documents/a.txt"));
  writeFileSync(join(backup, "note.txt"), "mine");
  writeFileSync(join(backup, ".DS_Store"), "");
  mkdirSync(join(backup, "zz"));
  mkdirSync(join(backup, "00"), { recursive: true });
  writeFileSync(join(backup, "00", "0".repeat(40)), "");
  const before = statSync(backup).mtimeMs;
  const broken = await home.run(["phone", "verify", backup, "--password-file", secret]);
  expect(broken.code).toBe(3);
  expect(broken.stdout.split("\n").filter(Boolean).sort()).toEqual([
    "damaged    CameraRollDomain/Media/DCIM/100APPLE/IMG_0001.HEIC: 70000 bytes are stored, and 70016 were sent",
    "damaged    HomeDomain/Library/SMS/sms.db: its bytes are not those that the phone sent",
    `extra      00/${"0".repeat(40)}: it is not in the manifest`,
    "extra      note.txt: it is not in the manifest",
    "extra      zz: it is not in the manifest",
    "missing    AppDomain-org.example.app/Documents/a.txt: it is not in the backup",
  ]);
  expect(broken.stderr).toContain("6 problems found. Nothing was changed.");
  expect(statSync(backup).mtimeMs).toBe(before);
  const json = await home.run(["phone", "verify", backup, "--password-file", secret, "--json"]);
  expect(assertSchema("phone-verify", json.stdout)).toMatchObject({
    ok: false,
    problems: 6,
    error: { code: "phone-backup-not-whole" },
  });
  expect((await home.run(["phone", "list"])).stdout).toContain("found damaged");
});

test("a backup is looked through by domain and folder; what is not there is said", async () => {
  const { home, backup, secret } = scene({ password });
  const run = async (...args: string[]) => await home.run(["phone", "browse", ...args, "--password-file", secret]);
  const domains = await run(backup);
  expect(domains.stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
    ...["AppDomain-org.example.app", "CameraRollDomain", "HomeDomain", ""],
  ]);
  expect((await run(backup, "HomeDomain/Library/")).stdout).toMatch(/^SMS\/ +1 file .*\nlink -> \/etc\/passwd/);
  const file = await run(backup, "HomeDomain/Library/SMS/sms.db", "--json");
  expect(assertSchema("phone-browse", file.stdout)).toMatchObject({
    file: { kind: "file", sizeBytes: 40_000 },
    entries: [],
  });
  const app = await run(backup, "AppDomain-org.example.app");
  expect(app.stdout).not.toContain("\u001b");
  for (const name of ["HomeDomain/library", "NoDomain", "HomeDomain/Library/SMS/sms.db/x"]) {
    const gone = await run(backup, name);
    expect([gone.code, gone.stderr.includes("item-not-found")], name).toEqual([2, true]);
  }
});

test("the password is asked for without being shown, wrong ones are told, and no argument can be one", async () => {
  const { home, backup, root } = scene({ password });
  const typed = await home.run(["phone", "browse", backup], { answers: [password] });
  expect(typed.code, typed.stderr).toBe(0);
  expect(typed.stderr).toContain("Password of the backups of Ada's iPhone: ");
  expect(typed.stderr + typed.stdout).not.toContain(password.trim());
  // The hub looks, the self-check opens, the library is read: asked once.
  const doctor = await home.run(["doctor", "--via", `backup:${backup}`], { answers: [password] });
  expect(doctor.stderr.split("Password of the backups of")).toHaveLength(2);
  expect(doctor.stdout).toContain("shows its photos");
  const wrong = await home.run(["phone", "browse", backup, "--password-command", "echo geheim"]);
  expect([wrong.code, wrong.stderr.includes("phone-backup-password-wrong")]).toEqual([1, true]);
  const none = await home.run(["phone", "browse", backup, "--json"]);
  expect([none.code, none.stdout.includes('"phone-backup-password"')]).toEqual([1, true]);
  expect((await home.run(["phone", "browse", backup, "--password", password])).code).toBe(2);
  // What was kept on this computer knows neither the password nor a key.
  const kept = readdirSync(join(home.folder, "data"), { recursive: true, encoding: "utf8" });
  for (const name of kept) expect(readFileSync(join(home.folder, "data", name), "utf8")).not.toContain("geheim");
  expect(readdirSync(join(home.folder, "cache", "phone-backup"))).toEqual([]);
  expect(existsSync(join(root, "backups", ".offroll"))).toBe(false);
});

function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => !e.isDirectory())
    .map((e) => join(e.parentPath, e.name).slice(folder.length + 1))
    .sort();
}

test("files come out whole under names that every disk takes, none outside, none over another", async () => {
  const { home, root, backup, secret } = scene({ password });
  const to = join(root, "out");
  const run = async (pattern: string, ...more: string[]) =>
    await home.run(["phone", "extract", backup, pattern, "--to", to, "--password-file", secret, ...more]);
  const first = await run("AppDomain-*/**", "--json");
  expect(first.code, first.stderr).toBe(0);
  const events = first.stdout
    .trim()
    .split("\n")
    .map((line) => assertSchema("phone-extract", line));
  expect(events.at(-1)).toMatchObject({ type: "summary", ok: true, extracted: 7, present: 0, failed: 0 });
  expect(treeOf(to).map((path) => path.replace("AppDomain-org.example.app/", ""))).toEqual([
    "Documents/A.txt",
    "Documents/a.txt",
    "Documents/a_b (2).txt",
    "Documents/a_b.txt",
    "_/_/_/outside.txt",
    "_/etc/absolute.txt",
    "nul_byte_[2J",
  ]);
  expect(readFileSync(join(to, "AppDomain-org.example.app/Documents/a.txt"))).toEqual(bytesOf("a", 10));
  expect(statSync(join(to, "AppDomain-org.example.app/Documents/a.txt")).mtimeMs).toBe(1_790_000_000_000);
  expect(treeOf(root).filter((path) => path.includes("outside.txt"))).toEqual([
    "out/AppDomain-org.example.app/_/_/_/outside.txt",
  ]);
  const again = await run("AppDomain-org.example.app");
  expect(again.stderr).toContain("Nothing was written; ");
  expect(again.stderr).toContain("7 there already");
  const folder = await run("HomeDomain");
  expect([folder.code, folder.stderr.includes("1 link left out")]).toEqual([0, true]);
  expect(readFileSync(join(to, "HomeDomain/Library/SMS/sms.db"))).toEqual(bytesOf("sms", 40_000));
  expect(existsSync(join(to, ".offroll"))).toBe(false);
});

test("a link in the folder is not followed, a damaged file fails alone, and a name that nothing has is told", async () => {
  const { home, root, backup, at } = scene();
  const to = join(root, "out");
  mkdirSync(join(to), { recursive: true });
  mkdirSync(join(root, "elsewhere"));
  symlinkSync(join(root, "elsewhere"), join(to, "CameraRollDomain"));
  truncateSync(at("AppDomain-org.example.app", "Documents/a.txt"), 3);
  const run = async (pattern: string, ...more: string[]) =>
    await home.run(["phone", "extract", backup, pattern, "--to", to, ...more]);
  const photos = await run("CameraRollDomain/**");
  expect([photos.code, photos.stdout.includes("failed  CameraRollDomain")]).toEqual([3, true]);
  expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
  const app = await run("AppDomain-org.example.app/Documents/*");
  expect(app.code).toBe(3);
  expect(app.stdout).toContain("failed  AppDomain-org.example.app/Documents/a.txt: ");
  expect(app.stderr).toContain("3 files written");
  expect((await run("homedomain")).code).toBe(2);
  expect((await home.run(["phone", "extract", backup, "HomeDomain"])).code).toBe(2);
  const inside = await home.run(["phone", "extract", backup, "HomeDomain", "--to", join(backup, "out")]);
  expect([inside.code, inside.stderr]).toEqual([1, expect.stringContaining("destination-overlaps")]);
  const dry = await home.run(["phone", "extract", backup, "HomeDomain", "--dry-run", "--to", join(root, "dry")]);
  expect([dry.code, dry.stdout.includes("HomeDomain/Library/SMS/sms.db"), existsSync(join(root, "dry"))]).toEqual([
    0,
    true,
    false,
  ]);
});

const noRoot = process.getuid?.() === 0;

test.each([
  ["nothing of a backup", (b: string) => rmSync(join(b, "Manifest.plist")), "damaged"],
  ["Manifest.db is missing", (b: string) => rmSync(join(b, "Manifest.db")), "damaged"],
  ["Manifest.db is empty", (b: string) => truncateSync(join(b, "Manifest.db"), 0), "damaged"],
  ["Manifest.db is cut", (b: string) => truncateSync(join(b, "Manifest.db"), 5_000), "damaged"],
  ["Manifest.db is text", (b: string) => writeFileSync(join(b, "Manifest.db"), "x".repeat(8_192)), "damaged"],
  ["Manifest.plist is half", (b: string) => truncateSync(join(b, "Manifest.plist"), 300), "damaged"],
  [
    "Status.plist is a bomb",
    (b: string) => writeFileSync(join(b, "Status.plist"), `<plist>${"<array>".repeat(5_000)}`),
    "damaged",
  ],
  [
    "it is of iOS 9",
    (b: string) => {
      rmSync(join(b, "Manifest.db"));
      writeFileSync(join(b, "Manifest.mbdb"), "mbdb\x05\x00");
    },
    "too-old",
  ],
  [
    "its manifest is a folder",
    (b: string) => {
      rmSync(join(b, "Manifest.db"));
      mkdirSync(join(b, "Manifest.db"));
    },
    "damaged",
  ],
  [
    "its manifest leads elsewhere",
    (b: string) => {
      cpSync(join(b, "Manifest.db"), join(b, "..", "elsewhere.db"));
      rmSync(join(b, "Manifest.db"));
      symlinkSync(join(b, "..", "elsewhere.db"), join(b, "Manifest.db"));
    },
    "damaged",
  ],
])("a backup of which %s is told as what it is", async (_, breakIt, code) => {
  const { home, backup } = scene();
  breakIt(backup);
  const result = await home.run(["phone", "browse", backup]);
  expect([result.code, result.stderr]).toEqual([1, expect.stringContaining(`(phone-backup-${code})`)]);
  expect((await home.run(["phone", "list", backup])).code).toBe(0);
});

test("a folder without a backup, one with several, and a password for another phone's keys are told", async () => {
  const { home, root, backup, secret } = scene({ password });
  const other = writeBackup(join(root, "backups"), { files, udid: "00008101-000A1B2C3D4E001F", password: "other" });
  const several = await home.run(["phone", "browse", join(root, "backups")]);
  expect([several.code, several.stderr.includes(other)]).toEqual([2, true]);
  expect((await home.run(["phone", "browse", root])).stderr).toContain("phone-backup-not-found");
  const wrong = await home.run(["phone", "browse", other, "--password-file", secret]);
  expect(wrong.stderr).toContain("phone-backup-password-wrong");
  // The keys of one, the manifest of the other.
  cpSync(join(other, "Manifest.db"), join(backup, "Manifest.db"));
  const mixed = await home.run(["phone", "browse", backup, "--password-file", secret]);
  expect([mixed.code, mixed.stderr]).toEqual([1, expect.stringContaining("does not open with its key")]);
});

test("a row that has the number of another file is damage, and gives nothing out under its name", async () => {
  const [sms, stolen] = [fileIdFor("HomeDomain", "Library/SMS/sms.db"), fileIdFor("AppDomain-x", "mine.txt")];
  const { home, root, backup } = scene({
    files: [...files, { domain: "AppDomain-x", path: "mine.txt", bytes: bytesOf("sms", 40_000), stored: null }],
    sql: [`DELETE FROM Files WHERE fileID = '${sms}'`, `UPDATE Files SET fileID = '${sms}' WHERE fileID = '${stolen}'`],
  });
  const result = await home.run(["phone", "verify", backup]);
  expect([result.code, result.stdout]).toEqual([
    3,
    `manifest   AppDomain-x/mine.txt: the manifest gives it the number of another file\nextra      ${sms.slice(0, 2)}/${sms}: it is not in the manifest\n`,
  ]);
  expect((await home.run(["phone", "browse", backup])).stdout).not.toContain("AppDomain-x");
  expect((await home.run(["phone", "extract", backup, "AppDomain-x", "--to", join(root, "out")])).code).toBe(2);
});

test("files of another phone's keys, in a manifest that opens, fail one by one and by name", async () => {
  const foreign = { EncryptionKey: { "NS.data": Buffer.concat([Buffer.from("03000000", "hex"), bytesOf("k", 40)]) } };
  const { home, backup, secret } = scene({
    password,
    files: [...files, { domain: "HealthDomain", path: "h.db", bytes: bytesOf("h", 10), row: foreign }],
  });
  const result = await home.run(["phone", "verify", backup, "--password-file", secret]);
  expect([result.code, result.stdout]).toEqual([
    3,
    "damaged    HealthDomain/h.db: its key does not belong to this keybag\n",
  ]);
});

test.skipIf(noRoot)("a backup that may not be written is read all the same", async () => {
  const { home, backup } = scene();
  chmodSync(join(backup, "Manifest.db"), 0o400);
  chmodSync(backup, 0o500);
  const result = await home.run(["phone", "verify", backup]);
  chmodSync(backup, 0o700);
  expect(result.code, result.stderr).toBe(0);
});

test.each([
  ["finished", "the new one is whole"],
  ["undone", "there is no new one"],
] as const)("a run that was killed while its backup took its place is %s by the next look: %s", async (outcome, _) => {
  const { home, root, backup } = scene();
  const dir = join(root, "backups");
  const work = join(dir, ".offroll-work", backupUdid);
  mkdirSync(work, { recursive: true });
  // Between the two renames: the old one is aside, and nothing has its name.
  renameSync(backup, join(work, "old"));
  if (outcome === "finished") {
    const fresh = writeBackup(join(root, "fresh"), { files: files.slice(0, 4), name: "Newer" });
    renameSync(fresh, join(work, "new"));
  }
  const intention = { kind: "swap", udid: backupUdid, pid: 4_194_305, host: "test-host", keepAs: null, removed: [] };
  writeFileSync(join(work, "intention.json"), JSON.stringify(intention));
  const listed = await home.run(["phone", "list", dir]);
  expect(listed.stdout).toContain(outcome === "finished" ? "Newer" : "Ada's iPhone");
  expect(listed.stderr).toContain(outcome === "finished" ? "took its place now" : "is in its place again");
  expect(readdirSync(dir)).toEqual([backupUdid]);
  expect((await home.run(["phone", "verify", backup])).code).toBe(0);
});
