/** `offroll data …` as a hurried person types it: several of one name, narrow terminals, a name that nothing has, a folder that is in use. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { sceneNotes, writeNotes } from "../../fixtures/make/phone-data/note-store.ts";
import { writeSmsDatabase } from "../../fixtures/make/phone-data/sms-database.ts";
import { sceneFor } from "../../fixtures/make/phone-data/sms-scenes.ts";
import { DestinationDataPlace } from "../../src/app/data-place.ts";
import { inspectDestination } from "../../src/transfer/destination/index.ts";
import { TestClock } from "../fakes/test-clock.ts";
import { writeBackup } from "../helpers/phone-backup.ts";
import { smsFiles } from "../helpers/phone-data.ts";
import { homeOf } from "../helpers/program.ts";

const home = homeOf();
const to = join(home.folder, "out");
beforeAll(() => {
  mkdirSync(home.folder, { recursive: true });
  const files = [
    ...smsFiles(writeSmsDatabase(join(home.folder, "db"), sceneFor("ios18"))),
    {
      domain: "AppDomainGroup-group.com.apple.notes",
      path: "NoteStore.sqlite",
      bytes: writeNotes(home.folder, "ios17", sceneNotes).store,
    },
  ];
  const backup = writeBackup(join(home.folder, "backups"), { files });
  expect(backup).toContain(home.folder);
});
const run = async (...args: string[]) => await home.run(["data", ...args, "--from", join(home.folder, "backups")]);

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
  // As it is written comes before what is like it.
  const one = await run("show", "messages", "Trip / <Lisbon>");
  expect([one.code, one.stderr]).toEqual([0, expect.any(String)]);
});

test("a wish that nothing fulfils is said", async () => {
  const { code, stderr } = await run("export", "messages", "--to", to, "--chat", "nobody-is-called-so");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Nothing in this backup is what was asked for.")]);
});

test("a folder that is in use says to wait, and names no flag that is not there", async () => {
  const folder = await inspectDestination(join(home.folder, "used"), "/");
  await using _ = await DestinationDataPlace.open(folder, { clock: new TestClock(), pid: process.pid });
  const { code, stderr } = await run("export", "notes", "--to", join(home.folder, "used"));
  expect([code, stderr]).toEqual([1, expect.stringContaining("Wait until it is done, and try again.")]);
  expect(stderr).not.toContain("--wait");
});
