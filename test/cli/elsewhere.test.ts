/** What is not on the phone, what is left out, and what is said of it: by backup, verify, ls and status, in one unit each. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { uuidFrom } from "../../fixtures/make/random.ts";
import { cameraName } from "../../src/library/index.ts";
import { planWords } from "../../src/present/plan-words.ts";
import { summaryLines } from "../../src/present/summary-lines.ts";
import type { RunSummary } from "../../src/transfer/events.ts";
import type { Plan } from "../../src/transfer/plan/index.ts";
import { asset, libraryPhone } from "../helpers/library-phone.ts";
import { generated, type MockSetup, startMock } from "../helpers/mock.ts";
import { homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

const plain = { bold: String, dim: String, good: String, warn: String, bad: String };
const place = (): string => join(mkdtempSync(join(tmpdir(), "offroll-elsewhere-")), "photos");

/** Something of everything that a backup does not bring. */
const burst = uuidFrom(77_000);
const library = {
  assets: [
    asset({ filename: "IMG_0001.JPG" }),
    asset({ filename: "IMG_0002.JPG", original: "cloud", originalSize: 9_000 }),
    asset({ filename: "IMG_0003.JPG", original: "gone" }),
    asset({ filename: "IMG_0004.HEIC", kindSubtype: 2, liveVideo: "cloud" }),
    asset({ filename: "IMG_0005.HEIC", kindSubtype: 2, original: "cloud", liveVideo: "cloud", originalSize: 5_000 }),
    asset({ filename: "IMG_0006.JPG", originalSize: 0 }),
    asset({ filename: "IMG_0007.JPG", original: "cloud" }), // its stub is there, by `start`
    asset({ filename: "IMG_0008.JPG", trashed: Date.UTC(2024, 5, 1) / 1000 }),
    asset({ filename: "IMG_0009.JPG", hidden: true }),
    asset({ filename: "IMG_0010.JPG", burst: { uuid: burst, pick: 24, visible: true } }),
    asset({ filename: "IMG_0011.JPG", burst: { uuid: burst, pick: 2, visible: false } }),
    asset({ directory: "PhotoData/PhotoCloudSharingData/1/x/100CLOUD", filename: "IMG_0001.JPG", shared: true }),
  ],
  albums: [{ title: "Everybody's", shared: true, assets: [] }],
};

async function start(): Promise<MockSetup> {
  const extraFiles = [generated("/DCIM/100APPLE/IMG_0007.JPG", 0), generated("/DCIM/100APPLE/notes.txt", 300)];
  const phone = libraryPhone(library, { extraFiles });
  return await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
}

const summaryOf = (stdout: string): RunSummary =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find((event) => event.type === "summary");

test("a backup says in one unit what is only in iCloud, what is missing, and what to do about either", async () => {
  await using mock = await start();
  const home = homeOf(mock.daemon.address);
  const to = place();
  const run = await home.run(["backup", to]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain(
    "8 photos and videos in the library, 2 on this phone, 4 only in iCloud, 1 missing, 1 empty",
  );
  expect(run.stderr).toContain("4 photos and videos (5 files): in iCloud only, not on this phone");
  expect(run.stderr).toContain(
    "1 photo or video (1 file): in the phone's library, but neither on the phone nor in iCloud",
  );
  expect(run.stderr).toMatch(/1 file: empty on the phone\n/);
  expect(run.stderr).toContain("Download and Keep Originals");
  expect(run.stderr).toContain("What is missing neither this phone nor its iCloud has");
  expect(run.stderr).toContain("But for what is left out above, everything chosen is on this disk.");
  const again = summaryOf((await home.run(["backup", "--json"])).stdout);
  expect(again).toMatchObject({
    ok: true,
    iCloudOnly: 4,
    missing: 1,
    skippedByReason: { "icloud-only": 5, missing: 1, empty: 1, trashed: 1, shared: 1, "not-media": 1 },
    availability: { library: 8, phone: 2, icloud: 4, missing: 1, empty: 1 },
    notMedia: ["/DCIM/100APPLE/notes.txt"],
  });
  expect((await home.run(["status"])).stdout).toContain("; 4 photos only in iCloud; 1 photo missing;");
});

test("`verify --against-phone` names what it does not count, and keeps iCloud and missing apart", async () => {
  await using mock = await start();
  const home = homeOf(mock.daemon.address);
  const to = place();
  expect((await home.run(["backup", to])).code).toBe(0);
  const said = await home.run(["verify", to, "--against-phone"]);
  expect(said.code, said.stderr).toBe(0);
  const notCounted = "not counting 1 file recently deleted, 1 in shared albums, 1 not a photo or video.";
  expect(said.stderr).toContain(`5 files of Test iPhone are in this backup, ${notCounted}`);
  expect(said.stderr).not.toContain("Everything on");
  expect(said.stderr).toContain("1 file is empty on the phone.");
  expect(said.stderr).toContain("4 photos and videos only in iCloud, and not here.");
  expect(said.stderr).toContain("1 photo or video missing: neither here, nor on the phone, nor in iCloud.");
  const { againstPhone } = assertSchema(
    "verify",
    (await home.run(["verify", to, "--against-phone", "--json"])).stdout,
  ) as {
    againstPhone: object;
  };
  expect(againstPhone).toMatchObject({
    complete: true,
    kind: "backup",
    files: 5,
    notHere: [],
    iCloudOnly: 4,
    missing: 1,
    notCounted: { trashed: 1, shared: 1, pending: 0, empty: 1, ignored: 0, notMedia: 1, hidden: 0, burstUnpicked: 0 },
  });
});

test("what was copied before it went to iCloud, or was emptied, is here", async () => {
  const assets = ["IMG_0001.JPG", "IMG_0002.JPG"].map((filename) => asset({ filename }));
  const before = libraryPhone({ assets });
  const home = homeOf();
  const at = (mock: MockSetup) => ({ env: { OFFROLL_USBMUX: mock.daemon.address } });
  const to = place();
  {
    await using mock = await startMock({ files: before.files }, { baseFolder: before.baseFolder });
    expect((await home.run(["backup", to], at(mock))).code).toBe(0);
  }
  const after = libraryPhone({
    assets: [
      { ...assets[0]!, original: "cloud" },
      { ...assets[1]!, originalSize: 0 },
    ],
  });
  await using mock = await startMock({ files: after.files }, { baseFolder: after.baseFolder });
  expect(summaryOf((await home.run(["backup", "--json"], at(mock))).stdout)).toMatchObject({
    outcomes: { present: { items: 2 } },
    skippedByReason: {},
    iCloudOnly: 0,
  });
  const said = await home.run(["verify", to, "--against-phone"], at(mock));
  expect([said.code, said.stderr]).toEqual([0, expect.not.stringContaining("iCloud")]);
});

test("without a library an empty file may be only in iCloud: nobody says Everything", async () => {
  await using mock = await startMock({
    files: [generated("/DCIM/100APPLE/IMG_0001.JPG", 500), generated("/DCIM/100APPLE/IMG_0002.JPG", 0)],
  });
  const home = homeOf(mock.daemon.address);
  const to = place();
  const run = await home.run(["backup", to]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain("1 file: empty on the phone; the originals may be only in iCloud");
  expect(run.stderr).not.toMatch(/^Everything/m);
  expect(existsSync(join(to, "2024/05/IMG_0002.JPG"))).toBe(false);
  const said = await home.run(["verify", to, "--against-phone"]);
  expect(said.stderr).not.toContain("Everything on");
  expect(said.stderr).toContain("1 file is empty on the phone; the originals may be only in iCloud.");
  expect(said.stderr).toContain("Whether anything is only in iCloud is not known");
  expect((await home.run(["backup", "--require-complete"])).code).toBe(3);
});

test("`ls --missing` tells each kind's remedy, and gives no all-clear when the library cannot be read", async () => {
  {
    await using mock = await start();
    const said = await homeOf(mock.daemon.address).run(["ls", "--missing"]);
    expect(said.code).toBe(0);
    expect(said.stdout.trim().split("\n")).toHaveLength(6);
    expect(said.stdout).toContain("movie in iCloud only");
    expect(said.stdout).toContain("empty on the phone");
    expect(said.stderr).toContain("Download and Keep Originals");
    expect(said.stderr).toContain("What is missing neither this phone nor its iCloud has");
  }
  const gone = libraryPhone({ assets: [asset({ filename: "IMG_0003.JPG", original: "gone" })] });
  {
    await using mock = await startMock({ files: gone.files }, { baseFolder: gone.baseFolder });
    const said = await homeOf(mock.daemon.address).run(["ls", "--missing"]);
    expect(said.stderr).toContain("What is missing neither this phone nor its iCloud has");
    expect(said.stderr).not.toContain("Download and Keep Originals");
  }
  writeFileSync(gone.database, "no database at all, and of no use to anybody".repeat(100));
  writeFileSync(`${gone.database}-wal`, "");
  await using mock = await startMock({ files: gone.files }, { baseFolder: gone.baseFolder });
  const said = await homeOf(mock.daemon.address).run(["ls", "--missing"]);
  expect(said.code).toBe(1);
  expect(said.stderr).not.toContain("Everything in the library is on this phone");
  expect(said.stderr).toContain("What is only in iCloud cannot be told");
});

test("an export that left burst frames and hidden photos out on purpose is verified as that", async () => {
  await using mock = await start();
  const home = homeOf(mock.daemon.address);
  const to = place();
  expect((await home.run(["export", "--to", to, "--yes"])).code).toBe(0);
  const said = await home.run(["verify", to, "--against-phone"]);
  expect(said.code, said.stdout).toBe(0);
  expect(said.stdout).not.toContain("not here");
  expect(said.stderr).toContain(
    "are in this export, not counting 1 file recently deleted, 1 in shared albums, 1 hidden, 1 of burst frames",
  );
  expect((await home.run(["status", to])).stdout).toContain("0 new files on the phone");
});

test("what is listed because it was asked for is not called left out", async () => {
  const phone = libraryPhone({
    assets: [
      asset({ filename: "IMG_0001.JPG" }),
      asset({ filename: "IMG_0002.JPG", hidden: true }),
      asset({ filename: "IMG_0003.JPG", trashed: Date.UTC(2024, 5, 1) / 1000 }),
    ],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  const told = async (...flags: string[]): Promise<string | undefined> =>
    /Not listed: .*/.exec((await home.run(["ls", "--since", "1990", ...flags])).stderr)?.[0];
  expect(await told()).toBe("Not listed: 1 hidden, 1 recently deleted; --all lists them.");
  expect(await told("--hidden")).toBe("Not listed: 1 recently deleted; --all lists them.");
  expect(await told("--hidden", "--recently-deleted")).toBeUndefined();
  const json = JSON.parse((await home.run(["ls", "--json", "--hidden"])).stdout);
  expect(json.excluded).toMatchObject({ hidden: 0, trashed: 1 });
});

test("a folder in a destination is told which; one that is not there is told so; why gives reasons in words", async () => {
  const phone = libraryPhone({
    assets: [
      asset({ filename: "IMG_0001.JPG" }),
      asset({ filename: "IMG_0002.JPG", trashed: Date.UTC(2024, 5, 1) / 1000 }),
    ],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  const to = place();
  expect((await home.run(["export", to, "--yes", "--template", "all/{name}"])).code).toBe(0);
  for (const command of ["verify", "history"])
    expect((await home.run([command, join(to, "all")])).stderr).toContain(`It lies in ${to}, which does`);
  expect((await home.run(["verify", `${to}-none`])).stderr).toContain(`${to}-none does not exist.`);
  expect((await home.run(["why", "IMG_0002.JPG", "--in", to])).stdout).toContain("skipped: recently deleted");
});

test("before it begins, and in a dry run, a plan that does not fit says what it lacks, as the run that stops for it", () => {
  const none = { items: 0, bytes: 0 };
  const plan = {
    chosenPhotos: 3,
    toCopy: { items: 4, bytes: 2_000_000 },
    alike: none,
    present: none,
    entries: [],
  } as never as Plan;
  const free = 16 * 1024 * 1024 + 1_000_000;
  expect(planWords(plan, free)).toContain("(17.8 MB free: 1 MB more is needed)");
  expect(planWords(plan, free + 1_000_000)).toMatch(/ MB free\)\.$/);
  expect(planWords(plan, Number.POSITIVE_INFINITY)).toMatch(/to copy\.$/);
  // What is there already needs no room.
  expect(planWords({ ...plan, toCopy: none }, 0)).toMatch(/0 B free\)\.$/);
});

test("a camera whose maker is in its model is named once", () => {
  expect(cameraName({ make: "Canon", model: "Canon EOS R6" })).toBe("Canon EOS R6");
  expect(cameraName({ make: "Apple", model: "iPhone 8" })).toBe("Apple iPhone 8");
  expect([cameraName({ make: "LG", model: "LGM-V300" }), cameraName({ model: "X" }), cameraName({})]).toEqual([
    "LG LGM-V300",
    "X",
    "",
  ]);
});

test("names that nothing has are told with those that there are, exit 2", async () => {
  const phone = libraryPhone({
    assets: [
      asset({ filename: "IMG_0001.JPG", people: ["Person One"], camera: { make: "Apple", model: "iPhone 14 Pro" } }),
    ],
    albums: [{ title: "Everybody's", shared: true, assets: [] }],
  });
  await using mock = await startMock({ files: phone.files }, { baseFolder: phone.baseFolder });
  const home = homeOf(mock.daemon.address);
  const to = place();
  const cases: [string[], string][] = [
    [["--person", "Persn"], 'nobody called "Persn" in the photos on the phone. There are: Person One.'],
    [["--person", "one", "--person", "Two"], 'nobody called "Two"'],
    [["--camera", "Nikon"], 'from a camera called "Nikon". There are: Apple iPhone 14 Pro.'],
    [["--folder", "101APPLE"], 'no folder "101APPLE" with photos on the phone. There are: /DCIM/100APPLE.'],
    [["--text", "sunset"], 'Nothing on the phone has "sunset"'],
    [["--album", "Everybodys"], 'no album "Everybodys"'],
    [["--album", "everybody's"], "is an album shared in iCloud"],
    // As in a script whose variable is not set: it chose what has any.
    [["--person", ""], "--person is empty: it names nothing."],
    [["--label", " "], "--label is empty"],
    [["--text", ""], "--text is empty"],
  ];
  for (const [flags, words] of cases) {
    const said = await home.run(["export", "--to", to, "--yes", ...flags]);
    expect([said.code, said.stderr]).toEqual([2, expect.stringContaining(words)]);
  }
  for (const flags of [
    ["--person", "one"],
    ["--camera", "iphone 14"],
    ["--folder", "/DCIM"],
    ["--folder", "DCIM/100APPLE/"],
    ["--text", "img_0001"],
  ])
    expect((await home.run(["export", "--to", to, "--yes", ...flags])).code, flags.join(" ")).toBe(0);
});

test("a run that was stopped before it copied anything does not say that the files were copied", () => {
  const none = { items: 0, bytes: 0 };
  const stopped = {
    type: "summary",
    outcomes: { copied: none, present: none, skipped: none, failed: none, cancelled: { items: 2, bytes: 9 } },
    skippedByReason: {},
    failures: [],
    moreFailures: 0,
    notMedia: [],
    iCloudOnly: 0,
    missing: 0,
    extras: {},
    seconds: 1,
    bytesPerSecond: 9,
    undated: 0,
    halfPairs: 0,
    library: { source: "tree", why: "it was damaged", unknown: [] },
    destination: "/x",
    stoppedBy: { code: "destination-full", message: "The disk is full.", remedy: "Free some space." },
  } as unknown as RunSummary;
  const lines = summaryLines(stopped, plain, "phone").join("\n");
  expect(lines).toContain("it was damaged.");
  expect(lines).not.toContain("copied all the same");
  const { stoppedBy: _, ...finished } = {
    ...stopped,
    outcomes: { ...stopped.outcomes, copied: { items: 1, bytes: 9 } },
  };
  expect(summaryLines(finished as RunSummary, plain, "phone").join("\n")).toContain(
    "The files were copied all the same.",
  );
});
