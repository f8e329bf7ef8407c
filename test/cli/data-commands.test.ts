/** `offroll data …` as a hurried person types it, and `offroll --plain` over the same: of the newest backup, a question at a time. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { DestinationDataPlace } from "../../src/app/data-place.ts";
import { rememberBackups } from "../../src/app/known-backups.ts";
import { inspectDestination } from "../../src/transfer/destination/index.ts";
import { TestClock } from "../fakes/test-clock.ts";
import { generated, startMock } from "../helpers/mock.ts";
import { backupUdid, writeBackup } from "../helpers/phone-backup.ts";
import { smsFiles, visibleFiles } from "../helpers/phone-data.ts";
import { homeOf } from "../helpers/program.ts";

const used = homeOf();
const out = join(used.folder, "out");
beforeAll(() => {
  mkdirSync(used.folder, { recursive: true });
  const files = [
    ...smsFiles(writeSmsDatabase(join(used.folder, "db"), sceneFor("ios18"))),
    {
      domain: "AppDomainGroup-group.com.apple.notes",
      path: "NoteStore.sqlite",
      bytes: writeNotes(used.folder, "ios17", sceneNotes).store,
    },
  ];
  const backup = writeBackup(join(used.folder, "backups"), { files });
  expect(backup).toContain(used.folder);
});
const run = async (...args: string[]) => await used.run(["data", ...args, "--from", join(used.folder, "backups")]);

test("without a backup it says how there can be one", async () => {
  const { code, stderr } = await homeOf().run(["data"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("`offroll phone backup DIR` makes one")]);
});

test("of several that are called so none is taken for another, and their ids are named", async () => {
  const both = await run("show", "notes", "Shopping");
  expect([both.code, both.stderr]).toEqual([
    2,
    expect.stringMatching(/2 entries of notes are called Shopping: N-\d, N-\d\./),
  ]);
});

test("a wish that nothing fulfils is said", async () => {
  const { code, stderr } = await run("export", "messages", "--to", out, "--chat", "nobody-is-called-so");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Nothing in this backup is what was asked for.")]);
});

test("on a terminal each kind is told when it begins, and how many there are before the first is done", async () => {
  const args = ["data", "export", "messages", "notes", "--to", join(used.folder, "told"), "--from"];
  const { code, stderr } = await used.run([...args, join(used.folder, "backups")], { answers: [] });
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/messages: looking at .*messages: 0 of \d+.*notes: looking/s),
  ]);
});

test("a folder that is in use says to wait, and names no flag that is not there", async () => {
  const folder = await inspectDestination(join(used.folder, "used"), "/");
  await using _ = await DestinationDataPlace.open(folder, { clock: new TestClock(), pid: process.pid });
  const { code, stderr } = await run("export", "notes", "--to", join(used.folder, "used"));
  expect([code, stderr]).toEqual([1, expect.stringContaining("Wait until it is done, and try again.")]);
  expect(stderr).not.toContain("--wait");
});

const photo = { udid: backupUdid, files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 2_000)] };

test("without a backup it says what to do, and is back at the photos", async () => {
  await using mock = await startMock(photo);
  const home = homeOf();
  const env = { OFFROLL_USBMUX: mock.daemon.address };
  const to = join(home.folder, "photos");
  const { code, stdout } = await home.run(["--plain"], { env, answers: ["2", "1", to, "", "no"] });
  expect(stdout).toContain("2. what is on it besides photos: messages, contacts, notes, calls and voice memos\n");
  expect(stdout).toContain("No backup of Test iPhone is known on this computer");
  expect(stdout).toContain("offroll phone backup DIR");
  expect(stdout.match(/What would you like to copy\?/g)).toHaveLength(2);
  expect([code, stdout]).toEqual([130, expect.stringContaining("Nothing was copied.")]);
});

test("from an encrypted backup: password, counts, kinds, folder, form; the folder is that of the next time", async () => {
  await using mock = await startMock(photo);
  const home = homeOf();
  const env = { OFFROLL_USBMUX: mock.daemon.address };
  mkdirSync(home.folder, { recursive: true });
  const notes = writeNotes(home.folder, "ios17", sceneNotes);
  const files = [
    ...smsFiles(writeSmsDatabase(join(home.folder, "db"), sceneFor("ios18"))),
    { domain: "AppDomainGroup-group.com.apple.notes", path: "NoteStore.sqlite", bytes: notes.store },
  ];
  const backup = writeBackup(join(home.folder, "backups"), {
    ...{ files, password: "correct horse", rounds: { first: 10, second: 10 } },
  });
  rememberBackups(home.data, backup);
  const to = join(home.folder, "data");
  const answers = ["2", "wrong", "correct horse", "1", "no idea", "open sesame", to, "3", "yes"];
  const { code, stdout, stderr } = await home.run(["--plain"], { env, answers });
  expect(stdout).toContain(`${backup}\n`);
  expect(stdout).toContain("does not open the backup");
  expect(stdout).toMatch(/ {2}Messages: \d+, the newest of 20\d\d-\d\d-\d\d/);
  expect(stdout).toMatch(/ {2}Calls: none: /);
  expect(stdout).toContain("  1. both of them\n  2. messages\n  3. notes\n  4. none of them: back to the photos\n");
  expect(stdout).toContain("1 note locked in the newer way, which only the phone itself opens");
  expect(stdout).toContain('1 note locked with a password. Hints: "the usual".');
  expect(stdout).toContain("This password opens none of them.\n1 note locked");
  expect(stdout).toContain("It opens 1 note.\n");
  expect(readFileSync(join(to, "notes/notes.json"), "utf8")).toContain("the treasure");
  expect(stdout).toContain("  3. plain text\n");
  expect(stdout).toMatch(/messages: 2\d of 2\d written/);
  expect(code).toBe(3);
  expect(`${stdout}${stderr}`).not.toMatch(/correct horse|sesame|no idea|wrong\n|\u001b/);
  const texts = visibleFiles(to).filter((path) => path.endsWith(".txt"));
  expect(texts.map((path) => readFileSync(join(to, path), "utf8")).join()).toContain("Hello <b>there</b>");
  expect(visibleFiles(to).some((path) => path.endsWith(".html"))).toBe(false);

  const again = await home.run(["--plain"], { env, answers: ["2", "correct horse", "2", "", "3", "no"] });
  expect([again.code, again.stdout]).toEqual([130, expect.stringContaining(`Which folder should they go to? [${to}]`)]);
});
