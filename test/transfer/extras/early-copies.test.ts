/** JPEG copies that are made while photos come: where there is spare, of what is there, and never at a photo's cost. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Converter } from "../../../src/media/convert/index.ts";
import { Catalog } from "../../../src/transfer/catalog/index.ts";
import type { Destination } from "../../../src/transfer/destination/destination.ts";
import { LocalDestination } from "../../../src/transfer/destination/local/local-destination.ts";
import type { ItemOutcome } from "../../../src/transfer/events.ts";
import type { SingleConversions } from "../../../src/transfer/extras/convert-files.ts";
import { EarlyCopies } from "../../../src/transfer/extras/early-copies.ts";
import { earlyJpegs, makeJpegs } from "../../../src/transfer/extras/jpeg-copies.ts";
import type { Workplace } from "../../../src/transfer/extras/maker.ts";
import { type Load, SpareCore } from "../../../src/transfer/extras/spare-core.ts";
import { temporaryFolder } from "../../helpers/engine.ts";
import { iphoneHeic } from "../../helpers/iphone-heic.ts";
import { startMock } from "../../helpers/mock.ts";
import { homeOf } from "../../helpers/program.ts";

const heic = iphoneHeic({ width: 200, height: 150 });
const other = iphoneHeic({ width: 180, height: 150 });
const jpeg = { quality: 90, raw: false };

class Bench {
  readonly root = temporaryFolder();
  readonly at: Workplace;
  readonly early: EarlyCopies;
  hasSpare = true;
  free = 10e9;

  constructor(toCopyBytes: number, reserved: readonly string[] = []) {
    mkdirSync(join(this.root, ".offroll"));
    writeFileSync(join(this.root, ".offroll", "destination.json"), '{"id":"one"}');
    const catalog = Catalog.open(join(this.root, ".offroll"), { create: true }) as Catalog;
    const destination: Destination = new LocalDestination(this.root, {});
    this.at = {
      destination,
      catalog,
      device: "phone",
      options: { albumsAs: "none", jpeg },
    } as Partial<Workplace> as Workplace;
    const conversions = earlyJpegs(this.at, reserved, new Converter({ workers: 1 }));
    if (!conversions) throw new Error("no JPEGs are asked for");
    this.early = new EarlyCopies(this.watched(conversions), {
      plan: { toCopy: { items: 9, bytes: toCopyBytes } },
      destination: { freeBytes: async () => this.free },
      hasSpare: () => this.hasSpare,
    });
  }

  /** Conversions. */
  begun = 0;
  /** When the first conversion has ended, however. */
  readonly first = Promise.withResolvers<void>();

  watched({ make, ...rest }: SingleConversions): SingleConversions {
    return {
      ...rest,
      make: (source, options) => {
        this.begun += 1;
        const made = make(source, options);
        const ended = (): void => this.first.resolve();
        made.then(ended, ended);
        return made;
      },
    };
  }

  arrives(target: string, over: Partial<ItemOutcome> = {}): void {
    writeFileSync(join(this.root, target), heic);
    const item = { type: "item", path: `/DCIM/${target}`, outcome: "copied", role: "original", target } as const;
    this.early.note({ ...item, sizeBytes: heic.length, ...over });
    this.early.next();
  }

  jpegs(): string[] {
    return readdirSync(this.root)
      .filter((name) => name.endsWith(".jpg"))
      .sort();
  }

  /** What the run makes when everything is copied. */
  async afterwards(...targets: string[]) {
    const early = await this.early.end();
    const photos = targets.map((target) => [{ role: "original", target } as const]);
    return await makeJpegs(photos, { jpeg, copiesTo: undefined }, this.at, { early });
  }
}

test("what came is converted meanwhile, one at a time, and counted as made by this run", async () => {
  const bench = new Bench(3 * heic.length);
  await using early = bench.early;
  bench.arrives("IMG_1.HEIC");
  bench.arrives("IMG_2.HEIC");
  bench.arrives("IMG_3.MOV", { role: "live-video" });
  await bench.first.promise;
  const made = await early.end();
  // The second waited for the first, and nothing begins at the end.
  expect([...made.keys(), ...bench.jpegs()]).toEqual(["IMG_1.HEIC", "IMG_1.jpg"]);
  expect(await bench.afterwards("IMG_1.HEIC", "IMG_2.HEIC")).toMatchObject({ written: 2, there: 0, notMade: {} });
  expect(bench.jpegs()).toEqual(["IMG_1.jpg", "IMG_2.jpg"]);
});

test("none without spare, none that takes room which photos need, and none of a RAW file before its photo is whole", async () => {
  const bench = new Bench(1e9);
  await using early = bench.early;
  bench.hasSpare = false;
  bench.arrives("IMG_1.HEIC");
  bench.hasSpare = true;
  bench.free = 1e9 + 500e6;
  early.next();
  bench.arrives("IMG_2.DNG", { role: "raw" });
  expect([(await early.end()).size, bench.begun, bench.jpegs()]).toEqual([0, 0, []]);
  expect(await bench.afterwards("IMG_1.HEIC")).toMatchObject({ written: 1 });
});

test("the one on its way when everything is copied is made afterwards, and leaves nothing half", async () => {
  const bench = new Bench(0);
  await using early = bench.early;
  bench.arrives("IMG_1.HEIC");
  expect([(await early.end()).size, bench.jpegs()]).toEqual([0, []]);
  expect(readdirSync(join(bench.root, ".offroll"))).not.toContain("partials");
  expect(await bench.afterwards("IMG_1.HEIC")).toMatchObject({ written: 1 });
});

test("a name that a photo of the plan will get is left to it", async () => {
  const bench = new Bench(0, ["IMG_1.HEIC", "img_1.JPG"]);
  await using early = bench.early;
  bench.arrives("IMG_1.HEIC");
  await bench.first.promise;
  await early.end();
  expect(bench.jpegs()).toEqual(["IMG_1_heic.jpg"]);
});

test("a disk that refuses stops it in silence: what could not be made is told when it is made at the end", async () => {
  const bench = new Bench(0);
  await using early = bench.early;
  const { destination } = bench.at;
  const create = destination.create.bind(destination);
  destination.create = async () => {
    throw new Error("EIO");
  };
  bench.arrives("IMG_1.HEIC");
  await bench.first.promise;
  expect([(await early.end()).size, bench.jpegs()]).toEqual([0, []]);
  destination.create = create;
  expect(await bench.afterwards("IMG_1.HEIC")).toMatchObject({ written: 1 });
});

test("spare is a whole core that nobody uses, while the phone is what is waited for", () => {
  const now = { at: 0, cores: 0, phone: 0 as number | undefined };
  const load: Load = { now: () => now.at, coresIdleMs: () => now.cores, phoneIdleMs: () => now.phone };
  const spare = new SpareCore(load);
  const after = (ms: number, cores: number, phone: number): boolean => {
    now.at += ms;
    now.cores += cores * ms;
    now.phone = (now.phone ?? 0) + phone;
    return spare.has();
  };
  expect(spare.has()).toBe(false); // nothing was measured yet
  expect(after(400, 4, 0)).toBe(false); // too short to tell
  expect(after(200, 1.5, 0)).toBe(true);
  expect(after(1000, 1.1, 0)).toBe(false); // the copying takes the other
  expect(after(1000, 3, 80)).toBe(false); // the phone waits for the disk
  expect(after(1000, 3, 40)).toBe(true);
  now.phone = undefined; // a route that does not tell
  now.at += 1000;
  expect(spare.has()).toBe(false);
});

test("a run tells it of every outcome, asks at every event, and ends it before the rest is made", async () => {
  const calls: string[] = [];
  for (const name of ["note", "next", "end"] as const) {
    const real = EarlyCopies.prototype[name] as (...args: unknown[]) => unknown;
    vi.spyOn(EarlyCopies.prototype, name).mockImplementation(function (this: EarlyCopies, ...args: unknown[]) {
      calls.push(name);
      return real.apply(this, args) as never;
    });
  }
  const base64 = heic.toString("base64");
  const file = (n: number) => ({ path: `/DCIM/100APPLE/IMG_000${n}.HEIC`, modified: "2024-05-01T10:00:00Z", base64 });
  await using mock = await startMock({ files: [file(1), { ...file(2), base64: other.toString("base64") }] });
  const home = homeOf(mock.daemon.address);
  const to = join(home.folder, "to");
  const run = await home.run(["backup", to, "--jpeg", "--template", "{name}", "--json"]);
  expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
  const { extras } = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "");
  expect(extras.jpegCopies).toMatchObject({ written: 2, there: 0 });
  expect(calls.filter((name) => name === "note")).toHaveLength(2);
  expect(calls.indexOf("next")).toBeGreaterThanOrEqual(0);
  expect(calls.lastIndexOf("note")).toBeLessThan(calls.indexOf("end"));
});
