/** A folder in the place of a phone, through the whole program: `--via folder:PATH`. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectionFlags } from "../../src/cli/command-flags.ts";
import { parseVia } from "../../src/device/index.ts";
import { deviceRoutes, viaForms } from "../../src/device/media-source.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { writeTree } from "../helpers/folder.ts";
import { everyKind, libraryPhone } from "../helpers/library-phone.ts";
import { generated } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

const files = [
  generated("/DCIM/100CANON/IMG_0001.JPG", 70_000),
  generated("/DCIM/100CANON/IMG_0002.JPG", 80_000, "2024-06-01T10:00:00Z"),
  generated("/DCIM/100CANON/MVI_0003.MP4", 3_000_000, "2024-06-02T10:00:00Z"),
  generated("/DCIM/101CANON/naïve — 写真 😀.jpg", 12_345),
  generated("/PRIVATE/M4ROOT/CLIP/C0001.MP4", 30_000),
];

interface Card {
  readonly home: Home;
  /** Where the card is. */
  readonly card: string;
  /** Where its backup goes. */
  readonly to: string;
  run(args: readonly string[], card?: string): ReturnType<Home["run"]>;
}

async function plugIn(described = files, baseFolder = "."): Promise<Card> {
  const home = homeOf();
  const root = mkdtempSync(join(tmpdir(), "offroll-card-"));
  const card = join(root, "EOS_DIGITAL");
  await writeTree(card, described, baseFolder);
  return {
    home,
    card,
    to: join(root, "backup"),
    run: (args, at = card) => home.run(args, { env: { OFFROLL_VIA: `folder:${at}` } }),
  };
}

const hashOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
const hashesBelow = (folder: string): string[] =>
  filesBelow(folder)
    .map((path) => hashOf(join(folder, path)))
    .sort();
/** Everything that a changed folder would show. */
const looksOf = (folder: string): string[] =>
  filesBelow(folder).map((path) => {
    const { mtimeMs, size, ino, mode } = statSync(join(folder, path));
    return [path, mtimeMs, size, ino, mode].join();
  });

test("a card is backed up whole, checked, compared and left as it was; the next backup finds nothing new", async () => {
  const { card, to, run } = await plugIn();
  const before = looksOf(card);
  const first = await run(["backup", to]);
  expect(first.code, first.stderr).toBe(0);
  expect(hashesBelow(to)).toEqual(hashesBelow(card));
  expect(first.stderr).not.toContain("Looked into");
  expect((await run(["verify", to])).code).toBe(0);
  const compared = await run(["verify", to, "--against-phone"]);
  expect(compared.code, compared.stderr).toBe(0);
  const again = await run(["backup"]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("nothing new");
  expect(looksOf(card)).toEqual(before);
});

test("a damaged copy is repaired from the card", async () => {
  const { card, to, run } = await plugIn();
  await run(["backup", to]);
  const victim = filesBelow(to).find((path) => path.endsWith("IMG_0001.JPG")) as string;
  writeFileSync(join(to, victim), Buffer.alloc(70_000, 7));
  expect((await run(["verify", to])).code).toBe(3);
  const repaired = await run(["verify", to, "--repair"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(hashOf(join(to, victim))).toBe(hashOf(join(card, "DCIM/100CANON/IMG_0001.JPG")));
});

test("a run that is stopped goes on where it was, and copies nothing twice", async () => {
  const { card, to, home } = await plugIn();
  const stop = new AbortController();
  const env = { OFFROLL_VIA: `folder:${card}` };
  const running = home.run(["backup", to, "--json"], { env, signal: stop.signal });
  const watch = setInterval(() => {
    if (existsSync(to) && filesBelow(to).length > 0) stop.abort();
  }, 1);
  const stopped = await running;
  clearInterval(watch);
  const kept = filesBelow(to).length;
  const rest = await home.run(["backup", to, "--json"], { env });
  expect(rest.code, rest.stderr).toBe(0);
  const summary = JSON.parse(rest.stdout.trim().split("\n").at(-1) as string) as {
    outcomes: Record<string, { items: number }>;
  };
  expect(summary.outcomes["copied"]?.items).toBe(files.length - kept);
  if (stopped.code === 130) expect(kept).toBeLessThan(files.length);
  expect(hashesBelow(to)).toEqual(hashesBelow(card));
});

test("a card whose mount point changes stays itself; another card in its place is not let into its backup", async () => {
  const { card, to, run } = await plugIn();
  await run(["backup", to]);
  renameSync(card, `${card}1`);
  const moved = await run(["backup"], `${card}1`);
  expect(moved.code, moved.stderr).toBe(0);
  expect(moved.stderr).toContain("nothing new");
  await writeTree(card, [generated("/DCIM/100CANON/IMG_0001.JPG", 50_000)]);
  const other = await run(["backup"]);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("offroll backup DIR");
  expect(filesBelow(to)).toHaveLength(files.length);
});

test("a folder that its path alone tells is asked about before it goes where that path went before", async () => {
  const { home, to } = await plugIn();
  // What the kernel shows as files keeps no time of making, and lies on no disk.
  const env = { OFFROLL_VIA: "folder:/proc/sys/fs" };
  expect((await home.run(["backup", to], { env })).code).toBe(0);
  const refused = await home.run(["backup"], { env });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("(device-indistinct)");
  expect((await home.run(["backup"], { env, answers: ["y"] })).code).toBe(0);
});

test("a destination in the folder, or round it, is refused before anything is made", async () => {
  const { card, to, run } = await plugIn();
  for (const inside of [join(card, "backup"), join(card, "DCIM"), card, join(card, "..")]) {
    const refused = await run(["export", inside]);
    expect(refused.code, inside).toBe(1);
    expect(refused.stderr).toContain("(destination-overlaps)");
  }
  symlinkSync(card, `${card}-link`);
  expect((await run(["backup", join(`${card}-link`, "new"), "--dry-run"])).stderr).toContain("(destination-overlaps)");
  expect(filesBelow(card)).toHaveLength(files.length);
  expect(existsSync(join(card, "backup"))).toBe(false);
  expect((await run(["export", to])).code).toBe(0);
});

test("what cannot be read is told and makes the run incomplete; everything else is copied", async () => {
  const { card, to, run } = await plugIn();
  symlinkSync("/etc/hostname", join(card, "DCIM", "IMG_9999.JPG"));
  const first = await run(["backup", to]);
  expect(first.code).toBe(3);
  expect(first.stderr).toContain("(item-elsewhere)");
  expect(filesBelow(to)).toHaveLength(files.length);
});

test("the commands that look do so with a folder, and call it one", async () => {
  const { card, run } = await plugIn();
  const { devices } = assertSchema("devices", (await run(["devices", "--json"])).stdout) as {
    devices: Record<string, unknown>[];
  };
  expect(devices).toMatchObject([{ platform: "folder", route: "folder", folder: card, state: "ready" }]);
  expect((await run(["devices"])).stdout).toContain(card);
  expect((await run(["ls", "/DCIM/100CANON"])).stdout).toContain("IMG_0001.JPG");
  expect((await run(["info", "/DCIM/100CANON/IMG_0001.JPG"])).code).toBe(0);
  expect((await run(["library"])).code).toBe(0);
  const doctor = await run(["doctor"]);
  expect(doctor.code, doctor.stdout).toBe(0);
  expect(doctor.stdout).toMatch(/EOS_DIGITAL.* keeps \d+ promises/);
  expect(doctor.stdout).not.toMatch(/usbmuxd|adb|iPhone|Android/);
  for (const command of ["pair", "unpair"])
    expect((await run([command])).stderr, command).toMatch(/folder|photos already/);
});

test("a folder that is not there is told by its name, and no phone is looked for", async () => {
  const { home } = await plugIn();
  for (const args of [["devices"], ["ls"], ["backup", "/tmp/nowhere"]]) {
    const { code, stderr } = await home.run(args, { env: { OFFROLL_VIA: "folder:/no/such/card" } });
    expect(code).toBe(1);
    expect(stderr).toContain("There is no folder /no/such/card");
  }
  expect((await home.run(["devices", "--via", "folder:"])).code).toBe(2);
});

test("an old copy of an iPhone is read with its library: albums, edits and what is hidden", async () => {
  const phone = libraryPhone(everyKind(), { iCloud: false });
  const { card, to, run } = await plugIn(phone.files, phone.baseFolder);
  const library = await run(["library"]);
  expect(library.stdout, library.stderr).toMatch(/Albums|albums/);
  const exported = await run(["export", to, "--json"]);
  expect(exported.stdout).toContain('"edit"');
  expect(filesBelow(to).length).toBeGreaterThan(10);
  // Without its database it is a tree like any other, with the same photos.
  rmSync(join(card, "PhotoData", "Photos.sqlite"));
  rmSync(join(card, "PhotoData", "Photos.sqlite-wal"));
  const plain = await run(["export", join(to, "..", "plain")]);
  expect(plain.stderr).toContain("Without the folder's photo library");
});

test("the flag names every way to phones that there is", () => {
  expect(connectionFlags.via.choices).toEqual(viaForms);
  for (const form of viaForms) expect(deviceRoutes).toContain(parseVia(form).route);
  for (const route of deviceRoutes)
    expect(
      viaForms.some((form) => form.startsWith(route)),
      route,
    ).toBe(true);
});
