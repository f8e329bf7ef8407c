/** JPEG copies through the whole program: made by a backup, found again, listed apart, made of what is there already. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rememberedChoices } from "../../src/app/export-choices.ts";
import { choicesOf, requestOf } from "../../src/app/export-request.ts";
import { commandLine } from "../../src/ui/export-settings.ts";
import { offroll } from "../helpers/cli.ts";
import { iphoneHeic } from "../helpers/iphone-heic.ts";
import { homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

interface Forms {
  readonly jpegCopies: { readonly written: number; readonly there: number; readonly notMade: object };
  readonly movieCopies: { readonly notMade: object } | null;
}

function card() {
  const home = homeOf();
  const root = mkdtempSync(join(tmpdir(), "offroll-card-"));
  const folder = join(root, "card/DCIM/100APPLE");
  mkdirSync(folder, { recursive: true });
  const beside = ["urn:com:apple:photo:2020:aux:hdrgainmap"];
  writeFileSync(join(folder, "IMG_0001.HEIC"), iphoneHeic({ width: 300, height: 200, beside }));
  writeFileSync(join(folder, "IMG_0002.HEIC"), iphoneHeic({ width: 280, height: 200 }));
  writeFileSync(
    join(folder, "IMG_0003.MOV"),
    Buffer.from("00000014667479707174202000000000717420200000000866726565", "hex"),
  );
  const to = join(root, "backup");
  const run = async (args: readonly string[], env: Record<string, string> = {}) =>
    await home.run(args, { env: { OFFROLL_VIA: `folder:${join(root, "card")}`, ...env } });
  const jpegs = (below = ""): string[] =>
    readdirSync(join(to, below))
      .filter((name) => name.endsWith(".jpg"))
      .sort();
  return { run, to, folder, jpegs };
}

test("a backup with --jpeg makes them once the photos are there, says what is not in them, and verify lists them apart", async () => {
  const { run, to, jpegs } = card();
  const backup = await run(["backup", to, "--jpeg", "--template", "{name}", "--json"]);
  const lines = backup.stdout.trim().split("\n");
  for (const line of lines) assertSchema("transfer-event", line);
  const events = lines.map((line) => JSON.parse(line) as { type: string; outcome?: string });
  const lastCopied = events.findLastIndex(({ type }) => type === "item");
  expect(events.findIndex(({ type }) => type === "making")).toBeGreaterThan(lastCopied);
  expect(events.at(-1)).toMatchObject({
    ok: true,
    outcomes: { copied: { items: 3 } },
    extras: { jpegCopies: { written: 2, lost: { hdr: 1 } } },
  });
  expect(jpegs()).toEqual(["IMG_0001.jpg", "IMG_0002.jpg"]);
  const again = await run(["backup", to, "--jpeg", "--template", "{name}"]);
  expect(again.stdout + again.stderr).toMatch(/JPEG copies +nothing new, 2 there already/);
  writeFileSync(join(to, "IMG_0002.jpg"), "drawn on");
  const verified = await run(["verify", to, "--json"]);
  expect(verified.code).toBe(0);
  const forms = { whole: 1, changed: ["IMG_0002.jpg"], gone: [] };
  expect(assertSchema("verify", verified.stdout)).toMatchObject({ ok: true, checked: 3, foreign: [], forms });
  const words = await run(["verify", to]);
  expect(words.stdout + words.stderr).toContain(
    "2 copies in other forms, which count as no backup: 1 as they were made",
  );
});

test("offroll convert makes them of what is there, and takes them away with it", async () => {
  const { run, to, jpegs } = card();
  await run(["backup", to, "--template", "{name}"]);
  expect(jpegs()).toEqual([]);
  const made = await run(["convert", to, "--max-size", "100", "--jpeg-to", "JPEG", "--json"]);
  const forms = assertSchema("convert", made.stdout) as Forms;
  expect(forms).toMatchObject({ jpegCopies: { written: 2, notMade: {} }, movieCopies: null });
  expect(jpegs("JPEG")).toEqual(["IMG_0001.jpg", "IMG_0002.jpg"]);
  rmSync(join(to, "IMG_0002.HEIC"));
  const after = await run(["convert", to, "--max-size", "100", "--jpeg-to", "JPEG"]);
  expect(after.stdout + after.stderr).toContain("1 copy taken away");
  expect(jpegs("JPEG")).toEqual(["IMG_0001.jpg"]);
});

test("a tree of copies may lie in any folder, and is known there", async () => {
  const { run, to, jpegs } = card();
  await run(["backup", to, "--template", "{name}"]);
  const [inside, apart] = [join(to, "Small"), join(to, "../television")];
  await run(["convert", to, "--max-size", "100", "--jpeg-to", inside]);
  expect(jpegs("Small")).toEqual(["IMG_0001.jpg", "IMG_0002.jpg"]);
  const convert = async () => await run(["convert", to, "--jpeg-to", apart, "--json"]);
  expect(assertSchema("convert", (await convert()).stdout)).toMatchObject({ jpegCopies: { written: 2 } });
  expect(jpegs()).toEqual([]);
  // One that somebody changed, and one whose photo goes: neither is lost by mistake, nor made by mistake.
  writeFileSync(join(apart, "IMG_0001.jpg"), "drawn on");
  rmSync(join(to, "IMG_0002.HEIC"));
  expect(JSON.parse((await convert()).stdout)).toMatchObject({ jpegCopies: { written: 0, there: 1, removed: 1 } });
  expect(jpegs("../television")).toEqual(["IMG_0001.jpg"]);
  const verified = await run(["verify", apart, "--json"]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ forms: { whole: 0, changed: ["IMG_0001.jpg"] } });
  // Copies among the photos of a destination would be taken for its own.
  const second = join(to, "../second");
  await run(["backup", second, "--template", "{name}", "--new-destination"]);
  const refused = await run(["convert", to, "--jpeg-to", second]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("holds photos that offroll copied")]);
  expect(jpegs("../second")).toEqual([]);
  // Two destinations share a folder: neither takes away the other's.
  await run(["convert", second, "--jpeg-to", apart]);
  expect(JSON.parse((await convert()).stdout)).toMatchObject({ jpegCopies: { written: 0, removed: 0 } });
  expect(jpegs("../television")).toEqual(["IMG_0001.jpg", "IMG_0001_heic.jpg", "IMG_0002.jpg"]);
  const nowhere = await run(["convert", to, "--jpeg-to", join(to, "../no/disk")]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("does not exist")]);
});

test("a folder that offroll did not fill is told what convert is for, and stays as it is", async () => {
  const { run, folder } = card();
  const { code, stderr } = await run(["convert", folder]);
  expect(code).toBe(1);
  expect(stderr).toContain("Nothing was converted or changed there.");
  expect(stderr.replace(/\s+/g, " ")).toContain(`OFFROLL_VIA=folder:${folder} offroll export OTHER-FOLDER --jpeg`);
  expect(readdirSync(folder).length).toBe(3);
});

test("a backup puts its copies into a folder elsewhere, and says before it copies why it cannot", async () => {
  const { run, to, folder, jpegs } = card();
  const apart = join(to, "../television");
  const backup = async (at: string, ...more: string[]) =>
    await run(["backup", to, "--jpeg-to", at, "--template", "{name}", ...more]);
  // Nothing is copied where the copies could not go.
  const nowhere = await backup(join(to, "../no/disk"));
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("no")]);
  const inPhone = await backup(join(folder, "JPEG"));
  expect([inPhone.code, inPhone.stderr]).toEqual([1, expect.stringContaining(folder)]);
  expect(existsSync(to)).toBe(false);
  await backup(apart, "--dry-run");
  expect(existsSync(apart)).toBe(false);
  const made = await backup(apart, "--json");
  const events = made.stdout.trim().split("\n");
  const summary = assertSchema("transfer-event", events.at(-1) ?? "");
  expect(summary).toMatchObject({ ok: true, extras: { jpegCopies: { written: 2, folder: apart } } });
  expect([jpegs(), jpegs("../television")]).toEqual([[], ["IMG_0001.jpg", "IMG_0002.jpg"]]);
  // `convert` there goes on, and takes them for its own.
  const convert = await run(["convert", to, "--jpeg-to", apart, "--json"]);
  expect(assertSchema("convert", convert.stdout)).toMatchObject({
    jpegCopies: { written: 0, there: 2, folder: apart },
  });
  expect((await run(["verify", apart])).code).toBe(0);
  const again = await backup(apart);
  expect((again.stdout + again.stderr).replace(/\s+/g, " ")).toContain(`nothing new, 2 there already, in ${apart}`);
  // Where photos were copied to is no place for copies of others; who writes there is told, and nothing is copied meanwhile.
  const second = join(to, "../second");
  await run(["backup", second, "--new-destination", "--template", "{name}"]);
  writeFileSync(join(folder, "IMG_0004.HEIC"), iphoneHeic({ width: 240, height: 200 }));
  const refused = await backup(second);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("holds photos that offroll copied")]);
  expect(existsSync(join(to, "IMG_0004.HEIC"))).toBe(false);
  expect((await backup(join(to, "Small"))).code).toBe(0);
  expect(jpegs("Small")).toEqual(["IMG_0001.jpg", "IMG_0002.jpg", "IMG_0004.jpg"]);
});

test("where nothing is found it says what was not looked for", async () => {
  const { run, to, folder } = card();
  for (const name of ["IMG_0001.HEIC", "IMG_0002.HEIC"]) rmSync(join(folder, name));
  await run(["backup", to, "--template", "{name}"]);
  const { code, stdout, stderr } = await run(["convert", to]);
  expect([code, (stdout + stderr).replace(/\s+/g, " ")]).toEqual([
    0,
    expect.stringContaining("no HEIC, no AVIF. Looked at only if asked for: RAW: --jpeg-raw; movies: --mp4."),
  ]);
});

test("for once without the copies that the settings ask for, and the next run makes them", async () => {
  const { run, to, jpegs } = card();
  const forms = { OFFROLL_JPEG: "full", OFFROLL_MP4: "full" };
  const backup = async (...more: string[]) =>
    await run(["backup", to, "--template", "{name}", "--json", ...more], forms);
  const without = await backup("--no-jpeg", "--no-mp4");
  expect([without.code, jpegs()]).toEqual([0, []]);
  expect(JSON.parse(without.stdout.trim().split("\n").at(-1) ?? "").extras?.movieCopies).toBeUndefined();
  expect(await backup("--no-jpeg", "--quality", "80")).toMatchObject({ code: 2 });
  await run(["backup", to, "--template", "{name}"], { OFFROLL_JPEG: "full" });
  expect(jpegs()).toEqual(["IMG_0001.jpg", "IMG_0002.jpg"]);
});

test("the sheet begins with the setting in force; turned off once, the setting holds again", () => {
  const usual = { destination: "/p", template: undefined, jpeg: "full" };
  expect(rememberedChoices({}, "phone", usual).jpeg).toBe("full");
  const sheet = rememberedChoices({ exports: { phone: { to: "/p", jpeg: "none" } } }, "phone", usual);
  expect(sheet.jpeg).toBe("full");
  expect(rememberedChoices({ exports: { phone: { to: "/p", jpeg: "small" } } }, "phone", usual).jpeg).toBe("small");
  const off = { ...sheet, jpeg: "none" } as const;
  const settings = (key: string, flag?: string) => flag ?? { jpeg: "full", template: "{name}", wait: "2m" }[key];
  expect(requestOf(settings, "export", choicesOf(off, "{name}")).extras.jpeg).toBeUndefined();
  expect(requestOf(settings, "export", choicesOf(sheet, "{name}")).extras.jpeg).toBeDefined();
  expect(commandLine(off, off.template, "full")).toBe("offroll export --to /p --no-jpeg");
});

test("MP4 copies by setting: every backup makes them, a typing error is none, and `config` tells both", async () => {
  const { run, to } = card();
  const backup = async (value: string) =>
    await run(["backup", to, "--template", "{name}", "--json"], { OFFROLL_MP4: value });
  const summary = (stdout: string) => JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(summary((await backup("full")).stdout).extras.movieCopies.notMade).not.toEqual({});
  expect(summary((await backup("none")).stdout).extras?.movieCopies).toBeUndefined();
  const wrong = await backup("small");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('mp4 is one of none, full; got "small"')]);
  const told = JSON.parse((await run(["config", "--json"], { OFFROLL_MP4: "small", OFFROLL_JPEG: "full" })).stdout);
  expect(told.values).toContainEqual({
    key: "mp4",
    value: "small",
    origin: "environment",
    problem: expect.stringContaining("mp4 is one of none, full"),
  });
  expect(told.values).toContainEqual({ key: "jpeg", value: "full", origin: "environment" });
});

test("without ffmpeg movies are told, the pictures are made, and it ends with 0", async () => {
  const { run, to } = card();
  await run(["backup", to, "--template", "{name}"]);
  const nothing = mkdtempSync(join(tmpdir(), "offroll-empty-"));
  const { code, stdout } = await offroll(["convert", to, "--mp4", "--json"], { env: { PATH: nothing } });
  expect(code).toBe(0);
  expect(assertSchema("convert", stdout)).toMatchObject({
    jpegCopies: { written: 2 },
    movieCopies: { written: 0, notMade: { "no-ffmpeg": 1 } },
  });
});

test.each([
  [["--max-size", "large"], "--max-size is a number from 16 to 65500"],
  [["--quality", "0"], "--quality is a number from 1 to 100"],
  [["--jpeg-to", "/"], "The photos lie in /"],
  [["--jpeg-to", "../up"], "--jpeg-to names a folder in the destination"],
])("convert %j says what is wrong with it, and writes nothing", async (flags, words) => {
  const { run, to } = card();
  await run(["backup", to, "--template", "{name}"]);
  const names = readdirSync(to).sort();
  const { code, stderr } = await run(["convert", to, ...flags]);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
  expect(readdirSync(to).sort()).toEqual(names);
});
