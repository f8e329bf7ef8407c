/** `offroll freeup`: what a person types, what is printed, and how it ends. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LibraryAsset } from "../../fixtures/make/photos-library.ts";
import { FreeupBench, plugged } from "../helpers/freeup.ts";
import { asset, libraryPhone } from "../helpers/library-phone.ts";
import { truth } from "../helpers/mock.ts";
import { writeBackup } from "../helpers/phone-backup.ts";
import { assertSchema } from "../helpers/schemas.ts";

interface Plan {
  readonly proven: { readonly items: number; readonly photos: { readonly name: string }[] };
  readonly stays: { readonly items: number; readonly photos: { readonly name: string; readonly reason: string }[] };
}

const namesOf = (photos: readonly { readonly name: string }[]): string[] => photos.map(({ name }) => name).sort();
const ownDisk = ["--own-disk", "usb"];

const assets: LibraryAsset[] = [
  asset({ filename: "IMG_0001.HEIC" }),
  asset({ filename: "IMG_0002.HEIC", kindSubtype: 2, favourite: true }),
  asset({ filename: "IMG_0003.MOV", kind: "video", seconds: 12, originalSize: 9_000 }),
  asset({ filename: "IMG_0004.JPG", edited: true, render: "local" }),
  asset({ filename: "IMG_0005.JPG", hidden: true }),
];

test("planned, listed, deleted by hand, checked; what is gone besides is told", async () => {
  const bench = new FreeupBench();
  {
    await using mock = await plugged({ assets });
    await bench.backedUp(mock);
    const refused = await bench.run(mock, ["freeup", "plan", "--json"]);
    const none = assertSchema("freeup-plan", refused.stdout) as Plan;
    expect([refused.code, none.proven.items]).toEqual([0, 0]);
    expect(new Set(none.stays.photos.map(({ reason }) => reason))).toEqual(new Set(["too-few-disks", "hidden"]));
    const planned = await bench.run(mock, ["freeup", "plan", "--json", ...ownDisk]);
    const plan = assertSchema("freeup-plan", planned.stdout) as Plan;
    expect(namesOf(plan.proven.photos)).toEqual(namesOf(assets.slice(0, 4).map((a) => ({ name: a.filename }))));
    expect(plan.proven.photos[0]?.name).toBe("IMG_0003.MOV");
    expect(plan.stays.photos.map(({ name, reason }) => [name, reason])).toEqual([["IMG_0005.JPG", "hidden"]]);
    // The copy is in memory: nothing tells its disk, and what is read there never came from one.
    const caveats = [
      "That usb is on a disk that holds none of the other places is your word (--own-disk): offroll cannot see it.",
      expect.stringMatching(/^What is read from usb may come from memory/),
    ];
    expect(plan).toMatchObject({ caveats, places: [{ reads: "disk" }, { name: "usb", disk: "said", reads: "cache" }] });
    const words = await bench.run(mock, ["freeup", "plan", ...ownDisk]);
    expect(words.stdout.replace(/\s+/g, " ")).toContain("your word (--own-disk): offroll cannot see it. What is read");
    const except = await bench.run(mock, ["freeup", "plan", "--json", ...ownDisk, "--except", "favourites"]);
    expect((JSON.parse(except.stdout) as Plan).proven.items).toBe(3);
    const page = join(bench.home.folder, "page.html");
    const listed = await bench.run(mock, ["freeup", "list", "--json", "--html", page, ...ownDisk]);
    expect(assertSchema("freeup-list", listed.stdout)).toMatchObject({ items: 4, iCloudPhotos: false, html: page });
    const html = readFileSync(page, "utf8");
    // The same again writes over what it made; what somebody else wrote stays, and no list is kept for it.
    const letter = join(bench.home.folder, "letter.html");
    writeFileSync(letter, '<!doctype html>\n<html lang="en"><p>Dear Ann</p></html>');
    const refusal = await bench.run(mock, ["freeup", "list", "--html", letter, ...ownDisk]);
    expect([refusal.code, refusal.stderr.replace(/\s+/g, " ")]).toEqual([2, expect.stringContaining("is left alone")]);
    expect(readFileSync(letter, "utf8")).toContain("Dear Ann");
    expect(html.indexOf("iCloud Photos is off")).toBeLessThan(html.indexOf("IMG_0001.HEIC"));
    expect(html).toContain("holds none of the other places is your word");
    expect(html).not.toMatch(/IMG_0005|<script|src="http|href=/);
    expect(readdirSync(join(bench.one, ".offroll/freeup"))).toHaveLength(1);
  }
  const left = [
    { ...assets[0]!, trashed: Date.UTC(2026, 10, 20) / 1000 },
    assets[1]!,
    // Of the list; and the hidden one besides.
    assets[3]!,
  ];
  await using mock = await plugged({ assets: left });
  const checked = await bench.run(mock, ["freeup", "check", "--json"]);
  expect(checked.code).toBe(0);
  expect(assertSchema("freeup-check", checked.stdout)).toMatchObject({
    listed: { gone: { items: 1, bytes: 9_000 }, recentlyDeleted: { items: 1 }, stillThere: { items: 2 } },
    besides: { items: 1, photos: [{ name: "IMG_0005.JPG", fate: "gone", wholeOn: 2 }] },
    ...{ freedBytes: 12_000, laterBytes: 3_000, unproven: [], filesRead: 6 },
  });
  const words = await bench.run(mock, ["freeup", "check"]);
  expect(words.stdout).toContain("Gone BESIDES the list: 1 photo or video, 3.0 kB");
  expect(words.stdout).toMatch(/in Recently Deleted +1 +3\.0 kB +can be put back until Dec 20/);
  // One of the copies of what is gone rots.
  const victim = readdirSync(bench.two, { recursive: true, encoding: "utf8" }).find((f) => f.endsWith("IMG_0003.MOV"));
  writeFileSync(join(bench.two, victim as string), "rot");
  const rotten = await bench.run(mock, ["freeup", "check", "--json"]);
  expect(rotten.code).toBe(3);
  expect(assertSchema("freeup-check", rotten.stdout)).toMatchObject({
    error: { code: "freed-unproven" },
    unproven: [expect.any(String)],
    listed: { photos: expect.arrayContaining([expect.objectContaining({ name: "IMG_0003.MOV", wholeOn: 1 })]) },
  });
  rmSync(join(bench.two, ".."), { recursive: true });
});

test("where deleting deletes everywhere it is said before anything else; a cut list is refused", async () => {
  const bench = new FreeupBench();
  await using mock = await plugged({ assets: assets.slice(0, 1) }, { iCloud: true });
  await bench.backedUp(mock);
  const { stdout, code } = await bench.run(mock, ["freeup", "list", "--text", ...ownDisk]);
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    "iCloud Photos is on.",
    "What you delete on this phone is deleted EVERYWHERE: from iCloud, and from every device with your account.",
  ]);
  expect(stdout).toMatch(/^ {2}\[ \] 14:00 {2}IMG_0001\.HEIC/m);
  const lists = join(bench.one, ".offroll/freeup");
  const [file] = readdirSync(lists) as [string];
  const whole = readFileSync(join(lists, file), "utf8");
  // Cut where a line ends, as a disk that was pulled leaves it.
  writeFileSync(join(lists, file), whole.split("\n").slice(0, -2).join("\n"));
  expect(await bench.run(mock, ["freeup", "check"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("list-damaged"),
  });
  const unknown = await bench.run(mock, ["freeup", "check", "--list", "20200101-abcdef"]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("list-unknown") });
  const odd = await bench.run(mock, ["freeup", "plan", "--own-disk", "nas"]);
  expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('--own-disk "nas"') });
  rmSync(join(bench.two, ".."), { recursive: true });
});

test("what a phone had when it was backed up is not what it has now: a backup or a folder in its place lists nothing", async () => {
  const bench = new FreeupBench();
  await using mock = await plugged({ assets });
  await bench.backedUp(mock);
  const { files } = libraryPhone({ assets });
  const root = join(bench.home.folder, "backups");
  const password = "of the test";
  const seconds = (text: string): number => Math.floor(Date.parse(text) / 1000);
  writeBackup(root, {
    ...{ udid: "00008110-001A2B3C4D5E6F7A", name: "Test iPhone", password },
    files: await Promise.all(
      files
        .filter(({ path }) => mock.phone.node(path))
        .map(async ({ path, modified }) => ({
          ...{ domain: "CameraRollDomain", path: `Media${path}`, bytes: await truth(mock.phone, path) },
          ...{ modified: seconds(modified), born: seconds(modified) },
        })),
    ),
  });
  const backup = ["--via", `backup:${root}`, "--password-command", `echo ${password}`];
  for (const via of [backup, ["--via", `folder:${bench.one}`]])
    for (const verb of ["plan", "list", "check"]) {
      const own = verb === "check" ? [] : ownDisk;
      const answer = await bench.run(mock, ["freeup", verb, ...own, ...via]);
      expect(answer, `${verb} ${via[1]}`).toMatchObject({
        ...{ code: 2, stdout: "" },
        stderr: expect.stringMatching(/phone itself/),
      });
    }
  rmSync(join(bench.two, ".."), { recursive: true });
});
