/**
 * A phone, a backup and two copies of it on real folders, and everything that may happen to them. What lies where is known here by the
 * bytes themselves; `isSafe` says from them, without the program's rule, whether a photo could be let go.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LibraryAsset } from "../../fixtures/make/photos-library.ts";
import { randomFrom, uuidFrom } from "../../fixtures/make/random.ts";
import type { MediaSource } from "../../src/device/media-source.ts";
import type { FileDescription } from "../../src/device/mock/described-phone.ts";
import { buildCameraRoll } from "../../src/library/index.ts";
import type { Clock } from "../../src/shared/clock.ts";
import type { DiskIdentity } from "../../src/shared/disks.ts";
import { readCatalog } from "../../src/transfer/catalog/catalog-home.ts";
import { changeCatalog } from "../../src/transfer/check/change-catalog.ts";
import { keepFindings } from "../../src/transfer/check/findings.ts";
import { type Finding, verifyDestination } from "../../src/transfer/check/verify.ts";
import { addCopy } from "../../src/transfer/copies/add-copy.ts";
import { bringUpToDate } from "../../src/transfer/copies/bring-up-to-date.ts";
import { inspectDestination, openPlace } from "../../src/transfer/destination/open-place.ts";
import { type FreeupPlan, ProofPlaces, planFreeup } from "../../src/transfer/freeup/index.ts";
import { openTransfer } from "../../src/transfer/index.ts";
import { PathTemplate, Selection } from "../../src/transfer/plan/index.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { asset, filesOf, libraryOptions, libraryPhone } from "../helpers/library-phone.ts";
import { type MockSetup, startMock, truth } from "../helpers/mock.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const placeNames = ["one", "usb", "attic"] as const;
type PlaceName = (typeof placeNames)[number];

export interface Wishes {
  readonly copies: number;
  readonly reread: boolean;
  readonly againstPhone: boolean;
}

interface Place {
  readonly root: string;
  isThere: boolean;
  /** Which disk it is on; undefined where the system does not tell. */
  disk: string | undefined;
}

const device = "00008110-001A2B3C4D5E6F7A";

export class World implements AsyncDisposable {
  readonly log: string[] = [];
  readonly #random: () => number;
  readonly #folder = mkdtempSync(join(tmpdir(), "offroll-world-"));
  readonly #places: Record<PlaceName, Place>;
  #assets: LibraryAsset[];
  readonly #files = new Map<string, FileDescription>();
  readonly #ignored = new Set<string>();
  /** What time it is, and what this computer's clock shows. The phone's shows what it is. */
  #now = start;
  #wrongBy = 0;
  #phoneTellsTime = true;
  #mock: MockSetup | undefined;
  #source: MediaSource | undefined;
  /** Files that rotted without a trace, and when. */
  readonly #rots = new Map<string, number>();
  #seed = 1;
  #writes = 0;
  #step = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    const place = (name: string, disk: string): Place => ({ root: join(this.#folder, name), isThere: true, disk });
    this.#places = { one: place("one", "a"), usb: place("usb", "b"), attic: place("attic", "c") };
    const burst = { uuid: uuidFrom(seed + 70_000), pick: 16 + 4, visible: true };
    const old = (n: number): Partial<LibraryAsset> => ({
      uuid: uuidFrom(seed * 100 + n),
      created: start / 1000 - n * 86_400 * 20,
    });
    this.#assets = [
      asset({ filename: "IMG_0001.HEIC", ...old(3) }),
      asset({ filename: "IMG_0002.HEIC", kindSubtype: 2, ...old(4) }),
      asset({ filename: "IMG_0003.JPG", edited: true, render: "local", ...old(5) }),
      asset({ filename: "IMG_0004.MOV", kind: "video", ...old(6) }),
      asset({ filename: "IMG_0005.JPG", raw: "local", ...old(7) }),
      asset({ filename: "IMG_0006.JPG", burst, ...old(8) }),
      asset({ filename: "IMG_0007.JPG", burst: { ...burst, pick: 2, visible: false }, ...old(9) }),
    ];
  }

  get #clock(): Clock {
    const now = (): number => this.#now + this.#wrongBy;
    return {
      now,
      sleep: async (ms) => {
        this.#now += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  get #around() {
    return { clock: this.#clock, pid: process.pid, dataFolder: join(this.#folder, "data") };
  }

  /** The whole of it as a person would begin: backed up, and copied twice. */
  async begin(): Promise<void> {
    await this.#backup("reread", "all");
    const first = await this.#folderOf("one");
    for (const name of ["usb", "attic"] as const)
      await addCopy(first, { name, place: await inspectDestination(this.#places[name].root, "/") }, this.#around);
    for (const name of ["usb", "attic"] as const) await this.#copy(name);
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)] as T;
  }

  async #open(): Promise<MediaSource> {
    if (this.#source) return this.#source;
    const { files, baseFolder } = libraryPhone(
      { assets: this.#assets },
      { iCloud: false, inWal: 0, modified: new Date(start + 1000 * ++this.#writes).toISOString() },
    );
    const wanted = new Set(filesOf(this.#assets).map(({ path }) => path));
    const own = filesOf(this.#assets).map((file) => this.#fileAt(file));
    const database = files.filter(({ path }) => !wanted.has(path));
    this.#mock = await startMock({ files: [...own, ...database] }, { baseFolder });
    this.#source = await this.#mock.open();
    return this.#source;
  }

  /** A file keeps its bytes and times until something happens to it. */
  #fileAt(file: FileDescription): FileDescription {
    const known = this.#files.get(file.path);
    if (known) return known;
    const modified = new Date(start - dayMs * 100 + 1000 * this.#seed).toISOString();
    const made = { ...file, modified, generated: { bytes: file.generated?.bytes ?? 100, seed: this.#seed++ } };
    this.#files.set(file.path, made);
    return made;
  }

  async #unplug(): Promise<void> {
    await this.#source?.[Symbol.asyncDispose]();
    await this.#mock?.[Symbol.asyncDispose]();
    this.#source = undefined;
    this.#mock = undefined;
  }

  async #folderOf(name: PlaceName) {
    const found = await inspectDestination(this.#places[name].root, "/");
    return { ...found, id: found.id as string };
  }

  async #backup(verify: "hash" | "reread", edits: "all" | "both"): Promise<void> {
    const source = await this.#open();
    await using transfer = await openTransfer(source, {
      ...this.#around,
      ...{ folder: await inspectDestination(this.#places.one.root, "/"), template: new PathTemplate("{year}/{name}") },
      selection: new Selection({ hidden: true, unpickedBursts: true }),
      ...{ parts: { edits, live: "both", raw: "both" }, extras: { albumsAs: "none" }, verify, waitMs: 0 },
      ...{ waitForLock: false, command: "test", dryRun: false, adopt: false, targetFileSystem: "auto" },
      ...{ kind: "backup", library: libraryOptions() },
    });
    for await (const _ of transfer.run()) this.#now += 1;
  }

  async #copy(name: PlaceName): Promise<void> {
    const first = await this.#folderOf("one");
    await bringUpToDate({ firstId: first.id, firstPath: first.root, name }, this.#around);
  }

  async #verify(name: PlaceName): Promise<void> {
    const folder = await this.#folderOf(name);
    const findings: Finding[] = [];
    {
      using catalog = await readCatalog(openPlace(folder).metadata);
      if (!catalog) return;
      await using destination = openPlace(folder).destination(folder.id);
      await verifyDestination(catalog, destination, { onFinding: (finding) => findings.push(finding) });
    }
    await keepFindings(folder, findings, this.#around);
  }

  #there(): PlaceName[] {
    return placeNames.filter((name) => this.#places[name].isThere);
  }

  /** Something happens. What cannot happen now happens not. */
  async act(): Promise<void> {
    const [name, happen] = this.#pick(Object.entries(this.#actions));
    this.#step += 1;
    this.#now += 60_000;
    this.log.push(name);
    try {
      await happen();
    } catch (error) {
      // A disk that is away, a phone that refuses: part of life.
      this.log.push(`  ${(error as Error).message}`);
    }
  }

  readonly #actions: Readonly<Record<string, () => void | Promise<void>>> = {
    backup: async () => await this.#backup("reread", "all"),
    "backup by size of trust": async () => await this.#backup("hash", "both"),
    "copies run": async () => {
      for (const name of ["usb", "attic"] as const) await this.#copy(name);
    },
    verify: async () => await this.#verify(this.#pick(this.#there())),
    "verify all": async () => {
      for (const name of this.#there()) await this.#verify(name);
    },
    "bit rot": async () => this.#rot(true),
    "bit rot that shows": async () => this.#rot(false),
    "copy removed": async () => {
      const file = this.#someCopy();
      if (file) rmSync(file);
    },
    "disk unplugged, or plugged in": async () => {
      const place = this.#places[this.#pick(placeNames)];
      const away = `${place.root}-away`;
      if (place.isThere) {
        renameSync(place.root, away);
        // The mount point stays, empty.
        if (this.#random() < 0.5) mkdirSync(place.root);
      } else {
        rmSync(place.root, { recursive: true, force: true });
        renameSync(away, place.root);
      }
      place.isThere = !place.isThere;
    },
    "two on one disk, or apart": async () => {
      const { usb, attic } = this.#places;
      const [first, second] = this.#pick([
        ["b", "c"],
        ["b", "b"],
        ["a", "c"],
        ["a", "b"],
      ] as const);
      usb.disk = first;
      attic.disk = second;
    },
    "a disk that nobody can tell": async () => {
      this.#places[this.#pick(placeNames)].disk = undefined;
    },
    "days pass": async () => {
      this.#now += Math.round((0.1 + this.#random() * 25) * dayMs);
    },
    "the clock is wrong, or right": async () => {
      this.#wrongBy = this.#wrongBy === 0 ? (this.#random() - 0.5) * 200 * dayMs : 0;
      this.#wrongBy = Math.round(this.#wrongBy);
    },
    "the phone tells the time, or not": async () => {
      this.#phoneTellsTime = !this.#phoneTellsTime;
    },
    "changed on the phone": async () => await this.#onPhone(() => this.#rewrite("new bytes, new time")),
    "longer on the phone": async () => await this.#onPhone(() => this.#rewrite("longer")),
    "restored on the phone": async () => await this.#onPhone(() => this.#rewrite("same bytes, new time")),
    "hidden, or shown": async () => await this.#turn("hidden", true),
    "thrown away, or back": async () => await this.#turn("trashed", start / 1000),
    "in a shared library, or not": async () => await this.#turn("sharedLibrary", true),
    "edited, or reverted": async () =>
      await this.#onPhone(() =>
        this.#replace((a) => (a.edited ? without(a) : { ...a, edited: true, render: "local" })),
      ),
    "original to iCloud, or back": async () =>
      await this.#onPhone(() => this.#replace((a) => ({ ...a, original: a.original === "cloud" ? "local" : "cloud" }))),
    "a new photo": async () =>
      await this.#onPhone(() => {
        const created = this.#now / 1000;
        const n = this.#assets.length;
        this.#assets = [
          ...this.#assets,
          asset({ filename: `IMG_1${n}.JPG`, uuid: uuidFrom(90_000 + n + this.#seed), created }),
        ];
      }),
    ignored: async () => await this.#ignore(),
  };

  async #onPhone(change: () => void): Promise<void> {
    await this.#unplug();
    change();
  }

  #replace(change: (asset: LibraryAsset) => LibraryAsset): void {
    const chosen = this.#pick(this.#assets);
    this.#assets = this.#assets.map((a) => (a === chosen ? change(a) : a));
  }

  async #turn(key: "hidden" | "trashed" | "sharedLibrary", value: boolean | number): Promise<void> {
    await this.#onPhone(() => this.#replace((a) => ({ ...a, [key]: a[key] === undefined ? value : undefined })));
  }

  #rewrite(how: "new bytes, new time" | "longer" | "same bytes, new time"): void {
    const path = this.#pick([...this.#files.keys()]);
    const file = this.#files.get(path) as FileDescription;
    const { bytes, seed } = file.generated as { bytes: number; seed: number };
    const next = how === "same bytes, new time" ? seed : this.#seed++;
    const modified = new Date(Date.parse(file.modified) + 1000 * (1 + this.#step)).toISOString();
    this.#files.set(path, { path, modified, generated: { bytes: how === "longer" ? bytes + 7 : bytes, seed: next } });
  }

  async #ignore(): Promise<void> {
    const { uuid } = this.#pick(this.#assets);
    const source = await this.#open();
    const roll = await buildCameraRoll(source, { now: this.#now, library: libraryOptions(), heads: "none" });
    const photo = roll.items.find((item) => item.library?.uuid === uuid);
    const item = photo?.parts[0].item;
    if (!item || !this.#places.one.isThere) return;
    const times = { createdMs: item.createdAt?.getTime() ?? 0, modifiedMs: item.modifiedAt?.getTime() ?? 0 };
    const { path, sizeBytes } = item;
    await changeCatalog(await this.#folderOf("one"), this.#around, (catalog) =>
      catalog.settled.ignore({ device, path, sizeBytes, ...times, uuid, role: "original" }, "asked", this.#now),
    );
    this.#ignored.add(uuid);
  }

  #someCopy(): string | undefined {
    const { root } = this.#places[this.#pick(this.#there())] ?? {};
    if (root === undefined) return undefined;
    const files = [...filesBelow(root)];
    return files.length > 0 ? join(root, this.#pick(files)) : undefined;
  }

  #rot(isSilent: boolean): void {
    const file = this.#someCopy();
    if (file === undefined) return;
    const { mtime, atime } = statSync(file);
    const bytes = readFileSync(file);
    bytes[Math.floor(this.#random() * bytes.length)]! ^= 1;
    writeFileSync(file, bytes);
    if (isSilent) {
      utimesSync(file, atime, mtime);
      this.#rots.set(file, this.#clock.now());
    }
  }

  /** What the program lists now. */
  async plan(wishes: Wishes): Promise<FreeupPlan> {
    const source = await this.#open();
    const roll = await buildCameraRoll(source, { now: this.#clock.now(), library: libraryOptions(), heads: "none" });
    const found = [];
    for (const name of placeNames) {
      const folder = await inspectDestination(this.#places[name].root, "/").catch(() => undefined);
      if (folder?.id !== undefined) found.push({ folder: { ...folder, id: folder.id }, name, isSaidApart: false });
    }
    await using places = await ProofPlaces.open(found, (root) => this.#identify(root));
    return await planFreeup(source, roll, places, {
      ...this.#around,
      ...wishes,
      ...{ rereadWithinMs: 30 * dayMs, olderThanMs: 30 * dayMs, excepts: () => false },
      phoneAheadMs: this.#phoneTellsTime ? -this.#wrongBy : undefined,
    });
  }

  #identify(root: string): DiskIdentity {
    const name = placeNames.find((n) => this.#places[n].root === root) as PlaceName;
    const { disk } = this.#places[name];
    return { fileSystem: placeNames.indexOf(name), disks: disk === undefined ? undefined : [disk] };
  }

  /** The rule once more, from bytes on the phone and on the disks. @returns why the photo must not be listed; undefined where it may */
  async whyUnsafe(uuid: string | undefined, { copies, reread }: Wishes): Promise<string | undefined> {
    const asset = this.#assets.find((a) => a.uuid === uuid);
    if (!asset) return "it is not on the phone";
    if (asset.hidden || asset.trashed !== undefined || asset.shared || asset.sharedLibrary)
      return "hidden, deleted or shared";
    if (asset.original === "cloud") return "only in iCloud";
    if (this.#ignored.has(asset.uuid) && this.#places.one.isThere) return "ignored";
    const today = this.#phoneTellsTime ? this.#now : this.#clock.now();
    if (today - (asset.created ?? 0) * 1000 < 29 * dayMs) return "too new";
    for (const { path } of filesOf([asset])) {
      const sha256 = hashOf(await truth((this.#mock as MockSetup).phone, path));
      const disks = new Set(this.#there().flatMap((name) => this.#disksWith(name, sha256, { today, reread })));
      // What nobody can tell may be any of the others.
      const known = [...disks].filter((disk) => disk !== "?").length;
      const count = Math.max(known, disks.has("?") ? 1 : 0);
      if (count < copies) return `${path} is whole on ${count} of ${copies} disks`;
    }
    return undefined;
  }

  /** The place's disk, if it has a file of these bytes that was read back within a month. */
  #disksWith(name: PlaceName, sha256: string, { today, reread }: { today: number; reread: boolean }): string[] {
    const { root, disk } = this.#places[name];
    const db = new DatabaseSync(join(root, ".offroll/catalog.sqlite"), { readOnly: true });
    const rows = db.prepare("SELECT target, read_at, found FROM item WHERE sha256 = ? AND state = 'done'").all(sha256);
    db.close();
    const isProven = ({ target, read_at, found }: Record<string, unknown>): boolean => {
      const file = join(root, target as string);
      const readAt = read_at as number;
      if (found !== "whole" || readAt === null || !statSync(file, { throwIfNoEntry: false })) return false;
      // A day for what a phone's clock may differ before anybody doubts it.
      if (today - readAt > 31 * dayMs || readAt > this.#clock.now()) return false;
      if (hashOf(readFileSync(file)) === sha256) return true;
      // What rots between two readings nobody can see.
      const rottedAt = this.#rots.get(file);
      return !reread && rottedAt !== undefined && rottedAt >= readAt;
    };
    return rows.some(isProven) ? [disk ?? "?"] : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unplug();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function without({ edited: _, render: __, ...rest }: LibraryAsset): LibraryAsset {
  return rest;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What came of one sequence. */
export interface Told {
  readonly plans: number;
  readonly listed: number;
  readonly violations: readonly string[];
}

/** One life of a world: after each thing that happens a plan is made, and every photo that it lists held against the naive rule. */
export async function liveThrough(seed: number, steps: number): Promise<Told> {
  const random = randomFrom(seed + 1);
  await using world = new World(seed);
  await world.begin();
  const violations: string[] = [];
  let listed = 0;
  for (let step = 0; step <= steps; step += 1) {
    if (step > 0) await world.act();
    const wishes = { copies: 1 + Math.floor(random() * 3), reread: random() < 0.25, againstPhone: random() < 0.25 };
    const plan = await world.plan(wishes);
    for (const { photo } of plan.proven) {
      listed += 1;
      const why = await world.whyUnsafe(photo.library?.uuid, wishes);
      if (why === undefined) continue;
      const history = world.log.join("; ");
      violations.push(
        `seed ${seed}, step ${step}, ${JSON.stringify(wishes)}: ${photo.parts[0].item.path} was listed: ${why}. ${history}`,
      );
    }
  }
  return { plans: steps + 1, listed, violations };
}
