/** `offroll copies`: what a person types, what is printed, and how it ends. */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { placeNow } from "../../src/app/places-there.ts";
import type { CliResult } from "../helpers/cli.ts";
import { backedUp, contentsOf } from "../helpers/copies.ts";
import { mountDisk } from "../helpers/disks.ts";
import { type Home, homeOf } from "../helpers/program.ts";
import { assertSchema } from "../helpers/schemas.ts";

const photos = { "2024/IMG_1.HEIC": "one", "2024/IMG_2.HEIC": "two" };

async function homeWithBackup(): Promise<{ home: Home; one: string; two: string }> {
  const home = homeOf();
  const [one, two] = [join(home.folder, "one"), join(home.folder, "two")];
  await backedUp(one, { files: photos });
  return { home, one, two };
}

interface Line {
  readonly type: string;
  readonly ok?: boolean;
  readonly name?: string;
  readonly error?: { readonly code: string };
}

function linesOf({ stdout }: CliResult): Line[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => assertSchema("copies-event", line) as Line);
}

test("a copy is named, tried, made, verified, shown and forgotten, in JSON as published", async () => {
  const { home, one, two } = await homeWithBackup();
  const ask = async (schema: string, ...args: string[]): Promise<unknown> => {
    const result = await home.run(["copies", ...args, "--from", one, "--json"]);
    expect([result.code, result.stderr], args.join(" ")).toEqual([0, ""]);
    return assertSchema(schema, result.stdout);
  };
  expect(await ask("copies-add", "add", "usb", two)).toMatchObject({ first: one, path: two, wasDestination: false });
  expect(await ask("copies-test", "test", "usb")).toMatchObject({ ok: true, place: two });
  const run = await home.run(["copies", "run", "--json"]);
  expect(run.code).toBe(0);
  expect(linesOf(run).map((line) => line.type)).toEqual(["start", "file", "file", "summary"]);
  expect(contentsOf(two)).toEqual(photos);
  expect(await ask("copies-verify", "verify", "usb")).toMatchObject({
    ok: true,
    copy: { checked: 2 },
    first: { checked: 2 },
  });
  expect(await ask("copies-status", "status")).toMatchObject({
    destinations: [
      { path: one, state: "there", files: 2, copies: [{ name: "usb", behind: 0, files: 2 }], picture: { copies: 2 } },
    ],
  });
  expect(await ask("copies-remove", "remove", "usb")).toMatchObject({ removed: "usb" });
  expect(contentsOf(two)).toEqual(photos);
  const known = readdirSync(join(home.data, "copies"));
  expect(known).toEqual([]);
});

test("verify of a copy that was never made proves nothing, and says so with 3", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  const verified = await home.run(["copies", "verify", "usb", "--json"]);
  expect(verified.code).toBe(3);
  expect(assertSchema("copies-verify", verified.stdout)).toMatchObject({
    ...{ ok: false, copy: { checked: 0 }, first: { checked: 2 }, error: { code: "copy-incomplete" } },
  });
  const told = await home.run(["copies", "verify", "usb"]);
  expect([told.code, told.stderr]).toEqual([3, expect.stringContaining("nothing was copied yet")]);
});

test("what the copy holds is a backup by itself: verify, why and history know it", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  await home.run(["copies", "run"]);
  rmSync(one, { recursive: true });
  const verified = await home.run(["verify", two, "--json"]);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, checked: 2, foreign: [] });
  expect((await home.run(["history", two])).stdout).toContain("Anna  complete");
  expect((await home.run(["why", "2024/IMG_1.HEIC", "--in", two])).code).toBe(0);
});

test("a disk that is away ends with 1, and keeps no other copy from being made", async () => {
  const { home, one, two } = await homeWithBackup();
  const three = join(home.folder, "three");
  for (const [name, to] of [
    ["attic", three],
    ["usb", two],
  ] as const)
    expect((await home.run(["copies", "add", name, to, "--from", one])).code).toBe(0);
  renameSync(three, `${three}.away`);
  const run = await home.run(["copies", "run", "--json"]);
  expect(run.code).toBe(1);
  const summaries = linesOf(run).filter((line) => line.type === "summary");
  expect(summaries.map((s) => [s.name, s.ok, s.error?.code])).toEqual([
    ["attic", false, "destination-not-there"],
    ["usb", true, undefined],
  ]);
  expect(contentsOf(two)).toEqual(photos);
  const verified = await home.run(["copies", "verify", "attic", "--json"]);
  expect(verified.code).toBe(1);
  expect(assertSchema("error", verified.stdout)).toMatchObject({ error: { code: "destination-not-there" } });
  expect((await home.run(["copies", "status"])).stdout).toMatch(/attic .*away/);
});

test("while the first is away its copies are known, and a backup to the copy's place is refused while that is away", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  await home.run(["copies", "run"]);
  renameSync(one, `${one}.away`);
  const status = await home.run(["copies", "status", "--json"]);
  expect(assertSchema("copies-status", status.stdout)).toMatchObject({
    destinations: [
      { path: one, state: "not-there", copies: [{ name: "usb", state: "there", behind: null, files: 2 }] },
    ],
  });
  expect((await home.run(["copies", "run"])).code).toBe(1);
  renameSync(two, `${two}.away`);
  const backup = await home.run(["copies", "add", "other", two, "--from", `${one}.away`]);
  expect(backup.code).toBe(1);
  expect(backup.stderr).toContain("destination-not-there");
});

test("files that cannot be copied end with 3, each with its reason", async () => {
  const { home, one, two } = await homeWithBackup();
  mkdirSync(join(two, "2024"), { recursive: true });
  writeFileSync(join(two, "2024/IMG_1.HEIC"), "mine");
  await home.run(["copies", "add", "usb", two, "--from", one]);
  const run = await home.run(["copies", "run", "usb"]);
  expect(run.code).toBe(3);
  expect(run.stdout).toContain("2024/IMG_1.HEIC: Another file has its name in the copy. (destination-name-taken)");
  const json = linesOf(await home.run(["copies", "run", "usb", "--json"])).at(-1);
  expect(json).toMatchObject({ ok: false, error: { code: "copy-incomplete" } });
});

test("a repair asks on a terminal, and needs --yes without one", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  await home.run(["copies", "run"]);
  writeFileSync(join(two, "2024/IMG_1.HEIC"), "0ne");
  writeFileSync(join(one, "2024/IMG_2.HEIC"), "tw0");
  const found = await home.run(["copies", "verify", "usb"]);
  expect(found.code).toBe(3);
  expect(found.stdout).toContain(`damaged    ${two}: 2024/IMG_1.HEIC`);
  const unattended = await home.run(["copies", "verify", "usb", "--repair"]);
  expect(unattended.code).toBe(2);
  expect(unattended.stderr).toContain("not-interactive");
  expect((await home.run(["copies", "verify", "usb", "--repair"], { answers: ["n"] })).code).toBe(3);
  expect(contentsOf(two)["2024/IMG_1.HEIC"]).toBe("0ne");
  const mended = await home.run(["copies", "verify", "usb", "--repair", "--yes", "--json"]);
  expect(mended.code).toBe(0);
  expect(assertSchema("copies-verify", mended.stdout)).toMatchObject({
    ok: true,
    repaired: [{ side: "copy" }, { side: "first" }],
  });
  for (const root of [one, two]) expect(contentsOf(root)).toEqual(photos);
});

test("a copy that was never made is not called whole", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  const verified = await home.run(["copies", "verify", "usb"]);
  const said = verified.stdout + verified.stderr;
  expect(said).toContain(`${two}: nothing was copied yet.`);
  expect(said).toContain("offroll copies run usb");
  expect(said).not.toContain("Both are whole");
});

test("a repair that a link keeps from its place says so, and nothing of the other disk", async () => {
  const { home, one, two } = await homeWithBackup();
  await home.run(["copies", "add", "usb", two, "--from", one]);
  await home.run(["copies", "run"]);
  rmSync(join(two, "2024/IMG_1.HEIC"));
  symlinkSync(join(one, "2024/IMG_1.HEIC"), join(two, "2024/IMG_1.HEIC"));
  writeFileSync(join(two, "2024/IMG_2.HEIC"), "tw0");
  const mended = await home.run(["copies", "verify", "usb", "--repair", "--yes"]);
  expect(mended.code).toBe(3);
  expect(mended.stdout).toContain("left       2024/IMG_1.HEIC: ");
  expect(mended.stdout + mended.stderr).not.toContain("no good one either");
});

test("a name that nothing has, and a backup that is not meant, are told with what there is", async () => {
  const { home, one, two } = await homeWithBackup();
  const none = await home.run(["copies", "run", "nix"]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("copy-unknown")]);
  expect((await home.run(["copies", "run"])).code).toBe(2);
  expect((await home.run(["copies", "add", "usb", two])).code).toBe(1);
  await home.run(["copies", "add", "usb", two, "--from", one]);
  const other = await home.run(["copies", "run", "nix", "--from", one]);
  expect(other.stderr).toContain("It has: usb.");
});

test("a copy and its first are found by their ids, wherever their disks are mounted", async ({ skip }) => {
  const disks = [0, 1, 2, 3].map(() => mountDisk("tmpfs"));
  const [oneA, oneB, twoA, twoB] = disks;
  if (!oneA || !oneB || !twoA || !twoB) return skip("nothing can be mounted here");
  try {
    for (const disk of disks) disk?.grow("300m");
    const home = homeOf();
    const card = join(home.folder, "card/DCIM/100APPLE");
    mkdirSync(card, { recursive: true });
    for (const name of ["IMG_1.JPG", "IMG_2.JPG"]) writeFileSync(join(card, name), `\xff\xd8${name}`, "latin1");
    const backup = ["backup", join(oneA.root, "Phone"), "--template", "{name}"];
    const { code } = await home.run(backup, { env: { OFFROLL_VIA: `folder:${join(home.folder, "card")}` } });
    expect(code).toBe(0);
    const add = ["copies", "add", "usb", join(twoA.root, "Phone"), "--from", join(oneA.root, "Phone")];
    expect((await home.run(add)).code).toBe(0);
    expect((await home.run(["copies", "run"])).code).toBe(0);
    // The same disk at another mount point; where it was another folder of that name, which is not it.
    const moves = (from: string, to: string): void => {
      cpSync(join(from, "Phone"), join(to, "Phone"), { recursive: true, preserveTimestamps: true });
      rmSync(join(from, "Phone"), { recursive: true });
      mkdirSync(join(from, "Phone"));
    };
    moves(twoA.root, twoB.root);
    const status = async () => assertSchema("copies-status", (await home.run(["copies", "status", "--json"])).stdout);
    const there = { name: "usb", state: "there", path: join(twoB.root, "Phone") };
    expect(await status()).toMatchObject({ destinations: [{ copies: [there] }] });
    expect((await home.run(["copies", "run", "usb"])).code).toBe(0);
    expect(await placeNow(home.host(), { to: join(oneA.root, "Phone"), copy: "usb" })).toBe(there.path);
    moves(oneA.root, oneB.root);
    const run = await home.run(["copies", "verify", "usb", "--json"]);
    expect(assertSchema("copies-verify", run.stdout)).toMatchObject({ ok: true, first: { checked: 2 } });
    // A folder of that name on a disk that is not it, is left as it is.
    expect([oneA, twoA].map(({ root }) => readdirSync(join(root, "Phone")))).toEqual([[], []]);
  } finally {
    for (const disk of disks) disk?.[Symbol.dispose]();
  }
});
