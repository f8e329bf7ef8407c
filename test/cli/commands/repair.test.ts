/** A damaged copy, from being found to being put right, as a person meets it. */
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDescription } from "../../../src/device/mock/described-phone.ts";
import { startMock, truth } from "../../helpers/mock.ts";
import { type Home, homeOf } from "../../helpers/program.ts";

const path = "/DCIM/100APPLE/IMG_0001.JPG";
const name = "2024/05/IMG_0001.JPG";
const files: FileDescription[] = [1, 2].map((n) => ({
  path: `/DCIM/100APPLE/IMG_000${n}.JPG`,
  modified: "2024-05-01T10:00:00Z",
  generated: { bytes: 3_000 + n, seed: n },
}));

/** A backup of two photos, one of which the disk has damaged since. */
async function damaged(home: Home): Promise<{ to: string; bad: Buffer }> {
  const to = join(mkdtempSync(join(tmpdir(), "offroll-repair-")), "Phone");
  expect((await home.run(["backup", to])).code).toBe(0);
  const bad = readFileSync(join(to, name));
  bad.writeUInt8(bad.readUInt8(7) ^ 1, 7);
  writeFileSync(join(to, name), bad);
  return { to, bad };
}

test("verify finds it, status and every run name it, and --repair puts a good one from the phone under its name", async () => {
  await using mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  const { to, bad } = await damaged(home);
  expect((await home.run(["status"])).code, "nobody has looked yet").toBe(0);
  const found = await home.run(["verify", to]);
  expect([found.code, found.stdout]).toEqual([3, `damaged    ${name}: its content is not what was copied\n`]);
  expect(found.stderr).toContain("--repair");

  for (const _ of [1, 2]) {
    const told = await home.run(["status"]);
    expect([told.code, told.stderr]).toEqual([3, expect.stringContaining(name)]);
  }
  const dry = await home.run(["backup", to, "--dry-run", "--json"]);
  const summary = JSON.parse(dry.stdout.trim().split("\n").at(-1) ?? "{}") as object;
  expect(summary).toMatchObject({
    ok: false,
    outcomes: { present: { items: 1 }, failed: { items: 1 } },
    failures: [{ path, code: "copy-damaged" }],
  });
  const run = await home.run(["backup", to]);
  expect([run.code, run.stderr]).toEqual([3, expect.stringContaining("was found damaged")]);
  expect(run.stderr).toContain("Finished, but not every copy here is whole: `offroll verify DIR --repair`");
  expect(run.stderr).not.toContain("Run it again to retry");
  expect(readFileSync(join(to, name)).equals(bad)).toBe(true);

  const repaired = await home.run(["verify", to, "--repair"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(repaired.stdout).toContain(
    `repaired   ${name}: from Test iPhone; the damaged one is kept as .offroll/damaged/${name}`,
  );
  expect(readFileSync(join(to, name)).equals(await truth(mock.phone, path))).toBe(true);
  expect(readFileSync(join(to, ".offroll/damaged", name)).equals(bad)).toBe(true);
  expect((await home.run(["status"])).code).toBe(0);
  expect((await home.run(["backup", to])).code).toBe(0);
  expect(mock.phone.refusedOperations).toEqual([]);
});

test("without phone and copy the damaged one stays, exit 3; another copy gives a good one", async () => {
  await using mock = await startMock({ files });
  const home = homeOf(mock.daemon.address);
  const { to, bad } = await damaged(home);
  const copy = `${to}-copy`;
  cpSync(to, copy, { recursive: true });
  writeFileSync(join(copy, name), await truth(mock.phone, path));
  const noPhone = { env: { OFFROLL_USBMUX: join(home.folder, "no-daemon") } };
  const tried = await home.run(["verify", to, "--repair"], noPhone);
  expect([tried.code, tried.stderr]).toEqual([3, expect.stringContaining("No good copy of 1 file could be had now.")]);
  expect(readFileSync(join(to, name)).equals(bad)).toBe(true);
  expect(existsSync(join(to, ".offroll/damaged"))).toBe(false);
  expect((await home.run(["status"], noPhone)).code).toBe(3);
  const mended = await home.run(["verify", to, "--repair", "--from", copy], noPhone);
  expect([mended.code, mended.stdout]).toEqual([0, expect.stringContaining(`from ${copy}`)]);
  const alone = await home.run(["verify", to, "--from", copy], noPhone);
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--repair")]);
});
