/** Damaged files get good ones in their place, under the same names; what is damaged is never thrown away. */
import {
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MediaSource } from "../../../src/device/media-source.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import {
  changeCatalog,
  type Finding,
  filesInDestination,
  filesOnPhone,
  type GoodFiles,
  keepFindings,
  type Repaired,
  repairFiles,
  type VerifyResult,
  verifyDestination,
} from "../../../src/transfer/check/index.ts";
import type { Destination } from "../../../src/transfer/destination/index.ts";
import { LocalDestination } from "../../../src/transfer/destination/local/local-destination.ts";
import { inspectFolder } from "../../../src/transfer/destination/local/local-folder.ts";
import { PathTemplate } from "../../../src/transfer/plan/index.ts";
import { exportOnce, temporaryFolder } from "../../helpers/engine.ts";
import { filesBelow } from "../../helpers/files-below.ts";
import { asset, libraryOptions, libraryPhone } from "../../helpers/library-phone.ts";
import { type MockSetup, startMock } from "../../helpers/mock.ts";

const live = asset({ filename: "IMG_0001.HEIC", kindSubtype: 2 });
const other = asset({ filename: "IMG_0002.JPG" });
const library = { assets: [live, other], albums: [{ title: "Lisbon", assets: [live.uuid] }] };

async function phone(): Promise<MockSetup> {
  const described = libraryPhone(library);
  return await startMock({ files: described.files }, { baseFolder: described.baseFolder });
}

const template = new PathTemplate("{name}");
const extras = { albumsAs: "links", sidecar: "xmp" } as const;

async function backedUp(source: MediaSource): Promise<string> {
  const to = join(temporaryFolder(), "photos");
  const { summary } = await exportOnce(source, to, { template, extras, verify: "reread", library: libraryOptions() });
  expect(summary.ok).toBe(true);
  return to;
}

/** As a disk does it: the bytes change, size and time stay. */
function damage(file: string): void {
  const { mtime } = statSync(file);
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.from("??"), 0, 2, 100);
  closeSync(handle);
  expect(statSync(file).mtimeMs).toBeGreaterThanOrEqual(mtime.getTime());
}

const change = (to: string) => ({ clock: systemClock, pid: process.pid, dataFolder: join(to, "..", "data") });
const openDestination = (to: string): Destination => new LocalDestination(to);

async function verify(to: string): Promise<VerifyResult> {
  const findings: Finding[] = [];
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  const onFinding = (finding: Finding): void => void findings.push(finding);
  const result = await verifyDestination(catalog, openDestination(to), { onFinding });
  expect(await keepFindings(inspectFolder(to, "/"), findings, change(to))).toBeUndefined();
  return result;
}

async function repair(
  to: string,
  places: (catalog: Catalog) => GoodFiles[] | Promise<GoodFiles[]>,
): Promise<Repaired[]> {
  return await changeCatalog(inspectFolder(to, "/"), change(to), async (catalog) => {
    const done: Repaired[] = [];
    const destination = openDestination(to);
    for await (const result of repairFiles(catalog, destination, await places(catalog), { clock: systemClock }))
      done.push(result);
    return done;
  });
}

function readBacks(to: string): Record<string, string | undefined> {
  using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
  return Object.fromEntries(catalog.items.rows().map((r) => [r.target, r.readBack?.found]));
}

const everything = (to: string): Record<string, string> =>
  Object.fromEntries([...filesBelow(to)].sort().map((f) => [f, readFileSync(join(to, f)).toString("base64")]));

test("a damaged half of a Live Photo comes back from the phone under its name, with pair, sidecar and album link", async () => {
  await using mock = await phone();
  await using source = await mock.open();
  const to = await backedUp(source);
  const before = everything(to);
  expect(Object.keys(before)).toEqual([
    "Albums/Lisbon/IMG_0001.HEIC",
    "Albums/Lisbon/IMG_0001.MOV",
    "IMG_0001.HEIC",
    "IMG_0001.HEIC.xmp",
    "IMG_0001.MOV",
    "IMG_0002.JPG",
    "IMG_0002.JPG.xmp",
  ]);
  expect(readBacks(to)).toEqual({ "IMG_0001.HEIC": "whole", "IMG_0001.MOV": "whole", "IMG_0002.JPG": "whole" });
  const dated = statSync(join(to, "IMG_0001.HEIC")).mtimeMs;
  damage(join(to, "IMG_0001.HEIC"));
  const damaged = readFileSync(join(to, "IMG_0001.HEIC"));
  expect((await verify(to)).problems).toMatchObject([{ target: "IMG_0001.HEIC", problem: "damaged" }]);
  expect(readBacks(to)["IMG_0001.HEIC"]).toBe("damaged");

  const done = await repair(to, async () => [
    await filesOnPhone(source, { now: Date.now(), library: libraryOptions() }),
  ]);
  expect(done).toEqual([
    { target: "IMG_0001.HEIC", from: source.device.name, aside: ".offroll/damaged/IMG_0001.HEIC" },
  ]);
  expect(everything(to)).toEqual(before);
  expect(statSync(join(to, "IMG_0001.HEIC")).mtimeMs).toBe(dated);
  expect(statSync(join(to, "Albums/Lisbon/IMG_0001.HEIC")).ino).toBe(statSync(join(to, "IMG_0001.HEIC")).ino);
  expect(readFileSync(join(to, ".offroll/damaged/IMG_0001.HEIC")).equals(damaged)).toBe(true);
  expect(readBacks(to)["IMG_0001.HEIC"]).toBe("whole");

  const again = await exportOnce(source, to, { template, extras, library: libraryOptions() });
  expect(again.summary.outcomes.copied.items).toBe(0);
  expect(everything(to)).toEqual(before);
  // A second time the first damaged one stays too.
  damage(join(to, "IMG_0001.HEIC"));
  await verify(to);
  const second = await repair(to, async () => [
    await filesOnPhone(source, { now: Date.now(), library: libraryOptions() }),
  ]);
  expect(second[0]?.aside).toBe(".offroll/damaged/IMG_0001.HEIC.2");
  expect(readFileSync(join(to, ".offroll/damaged/IMG_0001.HEIC")).equals(damaged)).toBe(true);
});

test("without a good one the damaged file stays, is remembered, and a run does not count it as a copy", async () => {
  await using mock = await phone();
  await using source = await mock.open();
  const to = await backedUp(source);
  damage(join(to, "IMG_0002.JPG"));
  await verify(to);
  const damaged = readFileSync(join(to, "IMG_0002.JPG"));
  const bad: GoodFiles = {
    label: "a copy that is damaged too",
    async *candidates(row) {
      yield {
        sizeBytes: row.sizeBytes,
        modified: undefined,
        async *read() {
          yield damaged;
        },
      };
    },
  };
  expect(await repair(to, () => [bad])).toEqual([{ target: "IMG_0002.JPG", from: undefined }]);
  expect(readFileSync(join(to, "IMG_0002.JPG")).equals(damaged)).toBe(true);
  expect(existsSync(join(to, ".offroll/damaged"))).toBe(false);
  {
    using catalog = Catalog.open(join(to, ".offroll"), { create: false, readOnly: true }) as Catalog;
    expect(catalog.items.notWhole().map((r) => [r.target, r.readBack?.found])).toEqual([["IMG_0002.JPG", "damaged"]]);
  }
  const { summary } = await exportOnce(source, to, { template, library: libraryOptions() });
  expect(summary.ok).toBe(false);
  expect(summary.failures).toMatchObject([{ path: "/DCIM/100APPLE/IMG_0002.JPG", code: "copy-damaged" }]);
});

test("another copy gives what is damaged and what is gone; a whole one of several is found", async () => {
  await using mock = await phone();
  await using source = await mock.open();
  const to = await backedUp(source);
  const copy = join(temporaryFolder(), "second");
  cpSync(to, copy, { recursive: true });
  damage(join(to, "IMG_0001.MOV"));
  rmSync(join(to, "IMG_0002.JPG"));
  await verify(to);
  using otherCatalog = Catalog.open(join(copy, ".offroll"), { create: false, readOnly: true }) as Catalog;
  const done = await repair(to, (catalog) => [
    filesInDestination(openDestination(copy), otherCatalog, catalog.items.notWhole()),
  ]);
  expect(done).toEqual([
    { target: "IMG_0001.MOV", from: copy, aside: ".offroll/damaged/IMG_0001.MOV" },
    { target: "IMG_0002.JPG", from: copy },
  ]);
  expect((await verify(to)).problems).toEqual([]);
});

test("a file that a person put right meanwhile is left alone", async () => {
  await using mock = await phone();
  await using source = await mock.open();
  const to = await backedUp(source);
  const good = readFileSync(join(to, "IMG_0002.JPG"));
  damage(join(to, "IMG_0002.JPG"));
  await verify(to);
  cpSync(join(to, "IMG_0001.HEIC"), join(to, "IMG_0002.JPG")); // still wrong
  const handle = openSync(join(to, "IMG_0002.JPG"), "w");
  writeSync(handle, good);
  closeSync(handle);
  expect(await repair(to, () => [])).toEqual([]);
  expect(readBacks(to)["IMG_0002.JPG"]).toBe("whole");
});

test("a link in a photo's place costs that photo: the others are repaired", async () => {
  await using mock = await phone();
  await using source = await mock.open();
  const to = await backedUp(source);
  const replaced = join(to, "IMG_0001.HEIC");
  renameSync(replaced, join(to, "..", "elsewhere"));
  symlinkSync("/dev/zero", replaced);
  damage(join(to, "IMG_0002.JPG"));
  await verify(to);
  const done = await repair(to, async () => [
    await filesOnPhone(source, { now: Date.now(), library: libraryOptions() }),
  ]);
  expect(done).toMatchObject([
    { target: "IMG_0001.HEIC", from: undefined, problem: { code: "destination-unsafe" } },
    { target: "IMG_0002.JPG", from: "Test iPhone" },
  ]);
  expect(lstatSync(replaced).isSymbolicLink()).toBe(true);
  expect((await verify(to)).problems.map((p) => p.target)).toEqual(["IMG_0001.HEIC"]);
});
