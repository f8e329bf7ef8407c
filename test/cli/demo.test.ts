/** What is done with the demo phone by every command, in this process: words, files, and JSON by its schemas. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readDescription } from "../../src/device/mock/described-phone.ts";
import type { MockPhoneOptions } from "../../src/device/mock/iphone/index.ts";
import { demoItems, demoItemsHere, shownShots } from "../helpers/demo.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { type MockSetup, startMock } from "../helpers/mock.ts";
import { type Home, homeOf } from "../helpers/program.ts";
import { assertSchema, schemas } from "../helpers/schemas.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-demo-"));

interface DemoPhone extends AsyncDisposable {
  readonly mock: MockSetup;
  readonly home: Home;
}

async function demoPhone(options: MockPhoneOptions = {}): Promise<DemoPhone> {
  const baseFolder = resolve(import.meta.dirname, "../../dist/demo-phone");
  const { description } = await readDescription(join(baseFolder, "phone.json"));
  const mock = await startMock(description, { ...options, baseFolder });
  return { mock, home: homeOf(mock.daemon.address), [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose]() };
}

test("devices, pair, ls, info, library, config, doctor: words and validated JSON", async () => {
  await using demo = await demoPhone({ trust: { type: "pending", polls: 1 } });
  const run = (...args: string[]) => demo.home.run(args);
  expect((await run("devices")).stdout).toMatch(/Demo iPhone\s+iPhone 14 Pro\s+iOS 17\.5\.1\s+waiting for Trust/);
  assertSchema("devices", (await run("devices", "--json")).stdout);
  const paired = await run("pair", "--json");
  assertSchema("pair", paired.stdout);
  expect(paired.stderr).toContain("tap Trust");
  expect((await run("devices")).stdout).toContain("ready");
  const ls = await run("ls");
  expect(ls.stdout).toContain("/PhotoData/CPLAssets/group16");
  const roll = assertSchema("ls", (await run("ls", "--json")).stdout) as { items: { id: string; path: string }[] };
  expect(roll.items).toHaveLength(demoItems);
  expect((await run("ls", "100APPLE")).stdout.split("\n").filter(Boolean)).toHaveLength(
    shownShots.filter((s) => s.path.includes("100APPLE")).length,
  );
  const albums = await run("ls", "--albums");
  expect(albums.stdout).toMatch(/^Trips\/By the sea\/Lisbon\s+24 photos and videos/m);
  expect((await run("ls", "--album", "Lisbon")).stdout.split("\n").filter(Boolean)).toHaveLength(24);
  const favourites = await run("ls", "--favourites", "--limit", "2");
  expect(favourites.stdout.split("\n").filter(Boolean)).toHaveLength(2);
  expect((await run("ls", "--favorites", "--limit", "2")).stdout).toBe(favourites.stdout);
  expect((await run("library", "--album", "Lisbon")).stdout).toContain("24 photos and videos chosen");
  const info = await run("info", "IMG_0012.HEIC");
  for (const word of ["iPhone 14 Pro", "ISO", "f/1.8", "1/", "mm", "paired by library"])
    expect(info.stdout).toContain(word);
  const shortId = roll.items.find((i) => i.path.endsWith("IMG_0012.HEIC"))!.id;
  const byId = assertSchema("info", (await run("info", shortId, "--json")).stdout) as { item: { path: string } };
  expect(byId.item.path).toBe("/DCIM/101APPLE/IMG_0012.HEIC");
  const ambiguous = await run("info", "IMG_0001.JPG", "--json");
  expect(ambiguous.code).toBe(2);
  expect(assertSchema("error", ambiguous.stdout)).toMatchObject({ error: { code: "item-ambiguous" } });
  assertSchema("library", (await run("library", "--json")).stdout);
  assertSchema("config", (await run("config", "--json")).stdout);
  assertSchema("doctor", (await run("doctor", "--json")).stdout);
  assertSchema("template-preview", (await run("template", "preview", "--json")).stdout);
  const unasked = await run("unpair");
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toContain("Other programs");
  assertSchema("unpair", (await run("unpair", "--yes", "--json")).stdout);
});

test("export: every line is valid, the last is the summary, the sums add up; backup remembers; verify finds damage", async () => {
  await using demo = await demoPhone();
  const { run } = demo.home;
  const to = join(folder(), "photos");
  const dry = await run(["export", "--to", to, "--dry-run", "--json"]);
  expect(dry.code, dry.stderr).toBe(0);
  expect(existsSync(to), "a dry run writes nothing").toBe(false);
  const ten = await run(["export", "--to", to, "--limit", "10", "--json", "--report", join(to, "report.csv")]);
  expect(ten.code, ten.stderr).toBe(0);
  const lines = ten.stdout.trim().split("\n");
  const events = lines.map(
    (line) =>
      assertSchema("transfer-event", line) as {
        type: string;
        outcome?: string;
        outcomes?: Record<string, { items: number }>;
        listed?: { items: number };
      },
  );
  const summary = events.at(-1)!;
  expect(summary.type).toBe("summary");
  expect(summary.outcomes!["copied"]!.items).toBe(10);
  expect(Object.values(summary.outcomes!).reduce((n, o) => n + o.items, 0)).toBe(summary.listed!.items);
  expect(events.filter((e) => e.type === "item")).toHaveLength(summary.listed!.items);
  const csv = readFileSync(join(to, "report.csv"), "utf8");
  expect(csv.startsWith("\ufeffpath,outcome")).toBe(true);
  expect(csv.trim().split("\r\n")).toHaveLength(summary.listed!.items + 1);

  const backup = await run(["backup", to, "--quiet"]);
  expect(backup.code, backup.stderr).toBe(0);
  expect(backup.stderr).toBe("");
  const again = await run(["backup"]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("nothing new");
  assertSchema("status", (await run(["status", "--json"])).stdout);
  assertSchema("history", (await run(["history", to, "--json"])).stdout);
  const why = assertSchema("why", (await run(["why", "IMG_9931.JPG", "--in", to, "--json"])).stdout) as {
    items: unknown[];
    now: unknown[];
  };
  // Copied once; that it was there since is no news.
  expect([why.items.length, why.now]).toEqual([1, [expect.objectContaining({ isThere: true, ignored: null })]]);
  expect((await run(["status", to, "--stale-after", "1d"])).code).toBe(0);
  assertSchema("verify", (await run(["verify", to, "--json"])).stdout);
  const complete = await run(["verify", to, "--against-phone"]);
  expect([complete.code, complete.stderr.includes("Everything on Demo iPhone")]).toEqual([0, true]);
  expect((await run(["status", to])).stdout).toContain("0 new files on the phone");
  const few = join(to, "..", "few");
  expect((await run(["export", "--to", few, "--limit", "3"])).code).toBe(0);
  const partial = await run(["verify", few, "--against-phone", "--json"]);
  expect(partial.code).toBe(3);
  expect(assertSchema("verify", partial.stdout)).toMatchObject({
    ok: false,
    problems: [],
    againstPhone: { complete: false },
  });
  const [victim] = [...filesBelow(to)].filter((f) => f.endsWith(".JPG"));
  writeFileSync(join(to, victim!), "damaged");
  const damaged = await run(["verify", to]);
  expect(damaged.code).toBe(3);
  expect(damaged.stdout).toContain(victim);
  const unmended = await run(["backup", "--quiet"]);
  expect([unmended.code, readFileSync(join(to, victim!), "utf8")]).toEqual([3, "damaged"]);
  const repaired = await run(["verify", to, "--repair", "--json"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(assertSchema("verify", repaired.stdout)).toMatchObject({
    ok: true,
    problems: [{ target: victim, problem: "damaged" }],
    repaired: [{ target: victim, from: "Demo iPhone", aside: `.offroll/damaged/${victim}` }],
  });
  expect((await run(["verify", to])).stderr).toContain("are whole");
  expect((await run(["backup"])).code).toBe(0);
  assertSchema("catalog-rebuild", (await run(["catalog", "rebuild", to, "--json"])).stdout);
  const exported = await run([
    "info",
    join(to, [...filesBelow(to)].find((f) => f.endsWith("IMG_0012.HEIC"))!),
    "--json",
  ]);
  expect(assertSchema("info", exported.stdout)).toMatchObject({ copied: { from: "/DCIM/101APPLE/IMG_0012.HEIC" } });
});

test("selection: local dates, kinds and folders", async () => {
  await using demo = await demoPhone();
  const { run } = demo.home;
  const chosen = async (...flags: string[]): Promise<string[]> => {
    const { stdout, code, stderr } = await run([
      "export",
      "--to",
      join(folder(), "x"),
      "--dry-run",
      "--json",
      ...flags,
    ]);
    expect(code, stderr).toBe(0);
    const plan = JSON.parse(stdout.split("\n")[0]!) as { entries: { path: string; action: string }[] };
    return plan.entries
      .filter((e) => e.action === "copy")
      .map((e) => e.path)
      .sort();
  };
  const roll = shownShots;
  const render = (path: string): string =>
    `/PhotoData/Mutations${path.replace(/\.[^.]+$/, "")}/Adjustments/FullSizeRender.jpg`;
  const paths = (shots: typeof roll): string[] =>
    shots
      .flatMap((s) => [
        s.path,
        ...(s.type === "live" ? [s.path.replace(/HEIC$/, "MOV")] : []),
        ...(s.edited ? [render(s.path)] : []),
      ])
      .sort();
  expect(await chosen("--kind", "live")).toEqual(paths(roll.filter((s) => s.type === "live")));
  expect(await chosen("--folder", "103IMPRT")).toEqual(paths(roll.filter((s) => s.path.includes("103IMPRT"))));
  const dated = roll.filter((s) => s.exif.dateTimeOriginal);
  const got = await chosen("--since", "2023-01", "--until", "2023-06", "--kind", "photo,video");
  for (const s of dated) {
    const inside = s.taken.local >= "2023-01-01" && s.taken.local < "2023-07-01";
    expect(got.includes(s.path), s.path).toBe(inside);
  }
});

test("what is only in iCloud is said up front, listed, reported, and is exit 3 where completeness is required", async () => {
  await using demo = await demoPhone();
  const run = async (...args: string[]) => await demo.home.run(args);
  const words = `${demoItems} photos and videos in the library, ${demoItemsHere} on this phone, ${demoItems - demoItemsHere} only in iCloud`;
  const missing = await run("ls", "--missing");
  expect(missing.stdout.trim().split("\n")).toHaveLength(demoItems - demoItemsHere);
  expect(missing.stderr).toContain(words);
  expect(missing.stderr).toContain("Download and Keep Originals");
  const json = assertSchema("ls", (await run("ls", "--missing", "--json")).stdout) as {
    items: { availability: string }[];
    availability: { icloud: number };
  };
  expect(json.items.every((i) => i.availability === "icloud")).toBe(true);
  expect(json.availability.icloud).toBe(demoItems - demoItemsHere);
  const all = assertSchema("ls", (await run("ls", "--all", "--json")).stdout) as { items: unknown[] };
  const shown = assertSchema("ls", (await run("ls", "--json")).stdout) as {
    items: unknown[];
    excluded: Record<string, number>;
  };
  const left = Object.values(shown.excluded).reduce((a, b) => a + b, 0);
  expect(all.items).toHaveLength(shown.items.length + left);
  expect(left).toBeGreaterThan(10);
  const to = join(folder(), "photos");
  const strict = await run("export", "--to", to, "--yes", "--require-complete");
  expect(strict.code).toBe(3);
  expect(strict.stderr).toContain(words);
  const lines = (
    await run("export", "--to", to, "--yes", "--derivatives", "--sidecar", "xmp", "--albums-as", "links", "--json")
  ).stdout;
  const events = lines
    .trim()
    .split("\n")
    .map((line) => assertSchema("transfer-event", line) as Record<string, unknown>);
  expect(events.at(-1)).toMatchObject({
    type: "summary",
    ok: true,
    availability: { icloud: demoItems - demoItemsHere },
  });
  expect([...filesBelow(to)].filter((f) => f.includes("_preview."))).toHaveLength(demoItems - demoItemsHere);
  const verify = await run("verify", to, "--json");
  expect(JSON.parse(verify.stdout)).toMatchObject({ ok: true, foreign: [] });
});

test("info finds a photo by its original name and by its UUID, and writes its small picture", async () => {
  await using demo = await demoPhone();
  const { run } = demo.home;
  const cwd = folder();
  const byName = await run(["info", "übersicht der wege.JPG", "--preview", "small.jpg"], { cwd });
  expect(byName.stdout).toContain("/DCIM/102APPLE/IMG_0071.JPG");
  expect(readFileSync(join(cwd, "small.jpg")).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  const { item } = JSON.parse((await run(["info", "IMG_0071.JPG", "--json"])).stdout) as {
    item: { uuid: string };
  };
  expect((await run(["info", item.uuid.toLowerCase()])).stdout).toContain("IMG_0071.JPG");
});

test("the camera roll's form is documented field by field", () => {
  const schema = JSON.parse(readFileSync(resolve(schemas, "ls.schema.json"), "utf8")) as {
    properties: Record<
      string,
      { description?: string; items?: { properties: Record<string, { description?: string }> } }
    >;
  };
  const fields = { ...schema.properties, ...schema.properties["items"]!.items!.properties };
  for (const [name, field] of Object.entries(fields)) expect(field.description, name).toBeTruthy();
});

test.each([
  [["export"], 2, "usage"],
  [["export", "--to", "x", "--since", "yesterday"], 2, "usage"],
  [["export", "--to", "x", "--kind", "selfies"], 2, "usage"],
  [["export", "--to", "x", "--place", "Bern"], 2, "usage"],
  [["export", "--to", "x", "--edits", "none"], 2, "usage"],
  [["export", "--to", "x", "--sidecar", "txt"], 2, "usage"],
  [["export", "--to", "x", "--template", "{nope}"], 2, "template-invalid"],
  [["export", "--to", "x", "--report", "report.txt"], 2, "usage"],
  [["export", "--to", "x", "--since", "2025", "--until", "2024"], 2, "usage"],
  [["export", "--to", "/nonexistent/a/b"], 1, "destination-not-there"],
  [["devices", "--usbmux", "not an address"], 2, "socket-address-invalid"],
  [["devices", "--usbmux", "/nonexistent/socket"], 1, "daemon-not-running"],
  [["verify", "."], 1, "nothing-here"],
  [["backup"], 1, "daemon-not-running"],
])("%s fails with code %i and says %s, in words and in JSON", async (args, code, expected) => {
  const { run } = homeOf("/nonexistent/usbmuxd");
  const words = await run(args);
  expect(words.code).toBe(code);
  expect(words.stdout).toBe("");
  expect(words.stderr).toContain(`(${expected})`);
  const json = await run([...args, "--json"]);
  expect(json.code).toBe(code);
  const last = json.stdout.trim().split("\n").at(-1)!;
  const isRun = ["export", "backup"].includes(args[0]!);
  expect(assertSchema(isRun ? "transfer-event" : "error", last)).toMatchObject({ error: { code: expected } });
});

test("no command changes the phone: every one is driven, no writing opcode is sent, the tree is the same", async () => {
  await using demo = await demoPhone();
  const { mock } = demo;
  const { run } = demo.home;
  const tree = (): string => {
    const walk = (node: ReturnType<typeof mock.phone.node>, path: string): string[] =>
      node?.type === "folder"
        ? [path, ...[...node.children].flatMap(([name, child]) => walk(child, `${path}/${name}`))]
        : [`${path} ${node?.size} ${node?.modifiedNs}`];
    return walk(mock.phone.root, "").join("\n");
  };
  const before = tree();
  const to = join(folder(), "photos");
  const commands = [
    ["devices"],
    ["pair"],
    ["ls"],
    ["ls", "100APPLE"],
    ["ls", "--json"],
    ["info", "IMG_0012.HEIC"],
    ["library"],
    ["doctor"],
    ["config"],
    ["export", "--to", to, "--limit", "4", "--dry-run"],
    ["export", "--to", to, "--limit", "4", "--yes"],
    ["backup", to],
    ["backup"],
    ["verify", to],
    ["status", to],
    ["history", to],
    ["why", "IMG_0012.HEIC", "--in", to],
    ["catalog", "rebuild", to],
    ["template", "preview"],
    ["unpair", "--yes"],
  ];
  for (const command of commands) {
    const result = await run(command);
    expect(result.code, `${command.join(" ")}: ${result.stderr}`).toBe(0);
  }
  expect(mock.phone.refusedOperations).toEqual([]);
  expect(tree()).toBe(before);
  expect(mock.phone.operationCounts.get("read")).toBeGreaterThan(200);
});

test("backup never goes to the wrong disk: the remembered id must be at the remembered path", async () => {
  await using demo = await demoPhone();
  const { run } = demo.home;
  const disk = join(folder(), "disk");
  expect((await run(["backup", disk, "--limit", "3"])).code).toBe(0);
  renameSync(disk, `${disk}-unplugged`);
  for (const state of ["missing", "empty", "another"] as const) {
    if (state !== "missing") mkdirSync(disk, { recursive: true });
    if (state === "another") {
      mkdirSync(join(disk, ".offroll"));
      writeFileSync(join(disk, ".offroll/destination.json"), JSON.stringify({ id: "some-other-disk" }));
    }
    const result = await run(["backup"]);
    expect(result.code, state).toBe(1);
    expect(result.stderr, state).toContain("(destination-not-there)");
  }
  rmSync(disk, { recursive: true });
  renameSync(`${disk}-unplugged`, disk);
  expect((await run(["backup", "--limit", "5"])).code).toBe(0);
});
