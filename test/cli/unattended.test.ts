/** Where nobody sits at a terminal: nothing waits for a tap, what is locked is waited for, and what went wrong is always said. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TestClock } from "../fakes/test-clock.ts";
import { generated, type MockSetup, startMock } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";

const files = [generated("/DCIM/100APPLE/IMG_0001.JPG", 3_000), generated("/DCIM/100APPLE/IMG_0002.JPG", 4_000)];
const place = (): string => join(mkdtempSync(join(tmpdir(), "offroll-unattended-")), "Phone");

async function paired(mock: MockSetup): Promise<Home> {
  const home = homeOf(mock.daemon.address);
  expect((await home.run(["pair"])).code).toBe(0);
  return home;
}

/** What happens while somebody waits: the owner comes after so many looks. */
class OwnerClock extends TestClock {
  readonly #looks: number;
  readonly #come: () => void;

  constructor(looks: number, come: () => void) {
    super();
    this.#looks = looks;
    this.#come = come;
  }

  override async sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    if (ms >= 1_000 && this.slept.filter((s) => s >= 1_000).length + 1 === this.#looks) this.#come();
    await super.sleep(ms, options);
  }
}

const lastLine = (stdout: string): { error?: { code: string } } => JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");

test.each([[["backup"]], [["export"]], [["ls"]], [["library"]]])(
  "%s of a phone that does not trust this computer: 1 at once, nobody is waited for",
  async ([command = ""]) => {
    await using mock = await startMock({ files }, { trust: { type: "pending", polls: 1_000 } });
    const home = homeOf(mock.daemon.address);
    const clock = new TestClock();
    const args = [command, ...(command === "ls" || command === "library" ? [] : [place()]), "--quiet"];
    const words = await home.run(args, { clock });
    expect(words.code).toBe(1);
    expect(words.stderr).toContain("does not trust this computer");
    expect(words.stderr).toContain("(device-not-trusted)");
    const json = await home.run([...args, "--json"], { clock });
    expect([json.code, lastLine(json.stdout).error?.code]).toEqual([1, "device-not-trusted"]);
    expect(json.stderr, "also beside JSON").toContain("(device-not-trusted)");
    expect(mock.phone.pairings.size).toBe(0);
    expect(clock.slept).toEqual([]);
  },
);

test("a phone that trusts whoever asks is copied, terminal or not", async () => {
  await using mock = await startMock({ files });
  expect((await homeOf(mock.daemon.address).run(["backup", place()], { clock: new TestClock() })).code).toBe(0);
});

test("on a terminal the owner is told what to tap, also with --quiet, and the copy begins", async () => {
  await using mock = await startMock({ files }, { trust: { type: "pending", polls: 2 } });
  const home = homeOf(mock.daemon.address);
  const { code, stderr } = await home.run(["backup", place(), "--quiet"], { clock: new TestClock(), answers: [] });
  expect(code).toBe(0);
  expect(stderr).toContain("tap Trust");
});

test("a phone that is locked when a run begins is waited for by --wait", async () => {
  await using mock = await startMock({ files });
  const home = await paired(mock);
  mock.phone.locked = true;
  const clock = new OwnerClock(3, () => {
    mock.phone.locked = false;
  });
  const { code, stderr } = await home.run(["backup", place(), "--wait", "1h", "--quiet"], { clock });
  expect(code).toBe(0);
  expect(stderr).toContain("Test iPhone is locked. Waiting 1 h 0 min for it to be unlocked.");
  expect(clock.slept.filter((ms) => ms === 2_000)).toHaveLength(3);
});

test("one that stays locked ends it with 1 when --wait is over, not before", async () => {
  await using mock = await startMock({ files });
  const home = await paired(mock);
  mock.phone.locked = true;
  const clock = new TestClock();
  const { code, stdout, stderr } = await home.run(["backup", place(), "--wait", "5s", "--json"], { clock });
  expect([code, lastLine(stdout).error?.code]).toEqual([1, "device-locked"]);
  expect(stderr).toContain("(device-locked)");
  expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(5_000);
});

test("--quiet keeps back no failure, and its code stands in the JSON", async () => {
  await using mock = await startMock({
    files,
    faults: [
      {
        when: { operation: "open", path: "/DCIM/100APPLE/IMG_0002.JPG" },
        do: { type: "status", status: 32 },
        times: 0,
      },
    ],
  });
  const home = await paired(mock);
  const to = place();
  const quiet = await home.run(["backup", to, "--quiet"], { clock: new TestClock() });
  expect(quiet.code).toBe(3);
  expect(quiet.stderr).toContain("/DCIM/100APPLE/IMG_0002.JPG");
  expect(quiet.stderr).toContain("iCloud");
  const json = await home.run(["backup", to, "--json"], { clock: new TestClock() });
  expect([json.code, lastLine(json.stdout).error?.code]).toEqual([3, "items-failed"]);
});

test("a dry run gives counts first, and every file only with --verbose", async () => {
  await using mock = await startMock({ files });
  const home = await paired(mock);
  const to = place();
  const short = await home.run(["export", to, "--dry-run"]);
  expect([short.code, short.stdout]).toEqual([0, expect.stringContaining("2 files, 7.0 kB to copy")]);
  expect(short.stdout).not.toContain("IMG_0001.JPG");
  const { stdout } = await home.run(["export", to, "--dry-run", "-v"]);
  expect(stdout.split("\n")[0]).toContain("2 files, 7.0 kB to copy");
  expect(stdout).toMatch(/^copy {5}\/DCIM\/100APPLE\/IMG_0001\.JPG -> .*IMG_0001\.JPG$/m);
});
