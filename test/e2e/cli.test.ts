import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { graphicsModes } from "../../src/app/settings/index.ts";
import { connectionFlags } from "../../src/cli/command-flags.ts";
import { viaForms } from "../../src/device/media-source.ts";
import { readDescription } from "../../src/device/mock/described-phone.ts";
import { entry, freshHome, mockProcess, offroll } from "../helpers/cli.ts";
import { demoFiles, demoItems, demoItemsHere, shownShots } from "../helpers/demo.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { startMock } from "../helpers/mock.ts";
import { assertSchema, schemas } from "../helpers/schemas.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "offroll-e2e-"));

test("demo: the main job end to end, nothing of the person's touched; a second run copies nothing", async () => {
  const home = freshHome();
  const cwd = folder();
  const first = await offroll(["demo"], { env: home, cwd });
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toBe("");
  expect(first.stderr).toContain("tap Trust");
  expect(first.stderr).toContain(`${demoFiles} files`);
  expect(first.stderr).not.toMatch(/\r|\x1b/);
  expect([...filesBelow(join(cwd, "demo-photos"))]).toHaveLength(demoFiles);
  const second = await offroll(["demo"], { env: home, cwd });
  expect(second.code).toBe(0);
  expect(second.stderr).toContain("nothing new");
  expect(second.stderr).toContain("Nothing was copied");
  expect(second.stderr).not.toContain("tap Trust");
  expect(readdirSync(home["HOME"]!), "the person's own folders stay empty").toEqual([]);
  expect(existsSync(join(cwd, "demo-photos/.offroll/catalog.sqlite"))).toBe(true);
});

test("devices, pair, ls, info, library, config, doctor: words and validated JSON", async () => {
  await using mock = await mockProcess(["--trust", "pending:1"]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const run = (...args: string[]) => offroll(args, { env });
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
  await using mock = await mockProcess();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const to = join(folder(), "photos");
  const dry = await offroll(["export", "--to", to, "--dry-run", "--json"], { env });
  expect(dry.code, dry.stderr).toBe(0);
  expect(existsSync(to), "a dry run writes nothing").toBe(false);
  const ten = await offroll(["export", "--to", to, "--limit", "10", "--json", "--report", join(to, "report.csv")], {
    env,
  });
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

  const backup = await offroll(["backup", to, "--quiet"], { env });
  expect(backup.code, backup.stderr).toBe(0);
  expect(backup.stderr).toBe("");
  const again = await offroll(["backup"], { env });
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain("nothing new");
  assertSchema("status", (await offroll(["status", "--json"], { env })).stdout);
  assertSchema("history", (await offroll(["history", to, "--json"], { env })).stdout);
  const why = assertSchema("why", (await offroll(["why", "IMG_9931.JPG", "--in", to, "--json"], { env })).stdout) as {
    items: unknown[];
    now: unknown[];
  };
  // Copied once; that it was there since is no news.
  expect([why.items.length, why.now]).toEqual([1, [expect.objectContaining({ isThere: true, ignored: null })]]);
  expect((await offroll(["status", to, "--stale-after", "1d"], { env })).code).toBe(0);
  assertSchema("verify", (await offroll(["verify", to, "--json"], { env })).stdout);
  const complete = await offroll(["verify", to, "--against-phone"], { env });
  expect([complete.code, complete.stderr.includes("Everything on Demo iPhone")]).toEqual([0, true]);
  expect((await offroll(["status", to], { env })).stdout).toContain("0 new files on the phone");
  const few = join(to, "..", "few");
  expect((await offroll(["export", "--to", few, "--limit", "3"], { env })).code).toBe(0);
  const partial = await offroll(["verify", few, "--against-phone", "--json"], { env });
  expect(partial.code).toBe(3);
  expect(assertSchema("verify", partial.stdout)).toMatchObject({
    ok: false,
    problems: [],
    againstPhone: { complete: false },
  });
  const [victim] = [...filesBelow(to)].filter((f) => f.endsWith(".JPG"));
  writeFileSync(join(to, victim!), "damaged");
  const damaged = await offroll(["verify", to], { env });
  expect(damaged.code).toBe(3);
  expect(damaged.stdout).toContain(victim);
  const unmended = await offroll(["backup", "--quiet"], { env });
  expect([unmended.code, readFileSync(join(to, victim!), "utf8")]).toEqual([3, "damaged"]);
  const repaired = await offroll(["verify", to, "--repair", "--json"], { env });
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(assertSchema("verify", repaired.stdout)).toMatchObject({
    ok: true,
    problems: [{ target: victim, problem: "damaged" }],
    repaired: [{ target: victim, from: "Demo iPhone", aside: `.offroll/damaged/${victim}` }],
  });
  expect((await offroll(["verify", to], { env })).stderr).toContain("are whole");
  expect((await offroll(["backup"], { env })).code).toBe(0);
  assertSchema("catalog-rebuild", (await offroll(["catalog", "rebuild", to, "--json"], { env })).stdout);
  const exported = await offroll(
    ["info", join(to, [...filesBelow(to)].find((f) => f.endsWith("IMG_0012.HEIC"))!), "--json"],
    { env },
  );
  expect(assertSchema("info", exported.stdout)).toMatchObject({ copied: { from: "/DCIM/101APPLE/IMG_0012.HEIC" } });
});

test("selection: local dates, kinds and folders", async () => {
  await using mock = await mockProcess();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const chosen = async (...flags: string[]): Promise<string[]> => {
    const { stdout, code, stderr } = await offroll(
      ["export", "--to", join(folder(), "x"), "--dry-run", "--json", ...flags],
      { env },
    );
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
  await using mock = await mockProcess();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const run = async (...args: string[]) => await offroll(args, { env });
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
  await using mock = await mockProcess();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const cwd = folder();
  const byName = await offroll(["info", "übersicht der wege.JPG", "--preview", "small.jpg"], { env, cwd });
  expect(byName.stdout).toContain("/DCIM/102APPLE/IMG_0071.JPG");
  expect(readFileSync(join(cwd, "small.jpg")).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  const { item } = JSON.parse((await offroll(["info", "IMG_0071.JPG", "--json"], { env })).stdout) as {
    item: { uuid: string };
  };
  expect((await offroll(["info", item.uuid.toLowerCase()], { env })).stdout).toContain("IMG_0071.JPG");
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

test("--plain: the same choices as questions and answers, in words alone", async () => {
  await using mock = await mockProcess(["--trust", "pending:1"]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const to = join(folder(), "photos");
  // Favourites; a wrong number first; where to; what is usual; yes.
  const { code, stdout, stderr } = await offroll(["--plain"], { env, input: `9\n2\n${to}\n\n\n` });
  expect(code, stderr).toBe(0);
  for (const words of ["This phone is plugged in: Demo iPhone", "2. favourites: 12", '"9" is not in the list', "[yes]"])
    expect(stdout).toContain(words);
  expect(stderr).toContain("tap Trust");
  expect(/\u001b/.test(stdout + stderr)).toBe(false);
  expect([...filesBelow(to)].length).toBeGreaterThanOrEqual(12);
  // Another choice for the edits and for sidecars is remembered, here and on the command line.
  const other = await offroll(["--plain"], { env, input: "2\n\nno\n\n2\n\n\n2\n\n\n" });
  expect(other.code, other.stdout + other.stderr).toBe(0);
  expect([...filesBelow(to)].filter((f) => f.endsWith(".xmp")).length).toBeGreaterThanOrEqual(12);
  const album = await offroll(["--plain"], { env, input: `4\n3\n\n\nno\n` });
  for (const words of [
    "As the last time:",
    "Edited photos: the original only",
    "Sidecar files: yes, as .xmp",
    `[${to}]`,
  ])
    expect(album.stdout).toContain(words);
  expect([album.code, album.stdout.includes("Nothing was copied.")]).toEqual([130, true]);
  expect(album.stdout).toContain("Trips/Best of: 4");
  expect((await offroll(["--plain"], { env, input: "" })).code).toBe(130);
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
  const env = { USBMUXD_SOCKET_ADDRESS: "/nonexistent/usbmuxd" };
  const words = await offroll(args, { env });
  expect(words.code).toBe(code);
  expect(words.stdout).toBe("");
  expect(words.stderr).toContain(`(${expected})`);
  const json = await offroll([...args, "--json"], { env });
  expect(json.code).toBe(code);
  const last = json.stdout.trim().split("\n").at(-1)!;
  const isRun = ["export", "backup"].includes(args[0]!);
  expect(assertSchema(isRun ? "transfer-event" : "error", last)).toMatchObject({ error: { code: expected } });
});

test("unknown commands and flags exit 2; without a terminal and a command, short help and 2", async () => {
  const typo = await offroll(["exprt"]);
  expect([typo.code, typo.stderr.includes("export")]).toEqual([2, true]);
  expect((await offroll(["devices", "--jason"])).code).toBe(2);
  const asked = await offroll(["devices", "--jason", "--json"]);
  expect(assertSchema("error", asked.stdout)).toMatchObject({ error: { code: "usage" } });
  const run = await offroll(["export", "--too", "x", "--json"]);
  expect(assertSchema("transfer-event", run.stdout)).toMatchObject({
    type: "summary",
    ok: false,
    error: { code: "usage" },
  });
  const none = await offroll([]);
  expect([none.code, none.stdout]).toEqual([2, ""]);
  expect(none.stderr).toContain("offroll demo");
  const help = await offroll(["export", "--help"]);
  expect([help.code, help.stdout.includes("Examples:")]).toEqual([0, true]);
  expect((await offroll(["--version"])).stdout).toMatch(/^offroll \d+\.\d+\.\d+ \(Node v/);
  for (const shell of ["bash", "zsh", "fish"])
    expect((await offroll(["--completions", shell])).stdout).toContain("offroll");
});

test("two phones: ask on a terminal, fail clearly otherwise, take the one that is named", async () => {
  const demo = resolve(import.meta.dirname, "../../dist/demo-phone/phone.json");
  const other = join(folder(), "other.json");
  const description = JSON.parse(readFileSync(demo, "utf8")) as { name: string; udid: string; files: unknown[] };
  writeFileSync(
    other,
    JSON.stringify({ ...description, name: "Évil \x1b[31m\u202eiPhone", udid: "00008110-00AA11BB22CC33DD", files: [] }),
  );
  await using mock = await mockProcess(["--phone", demo, other]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const ambiguous = await offroll(["ls"], { env });
  expect([ambiguous.code, ambiguous.stderr.includes("(device-ambiguous)")]).toEqual([2, true]);
  const listed = await offroll(["devices"], { env });
  expect(listed.stdout).not.toMatch(/\x1b|\u202e/);
  expect(listed.stdout).toContain("Évil");
  expect((await offroll(["ls", "--device", "demo iphone"], { env })).code).toBe(0);
  expect((await offroll(["pair", "--device", "00008110-00AA11BB22CC33DD"], { env })).code).toBe(0);
  expect((await offroll(["ls", "--device", "nobody"], { env })).stderr).toContain("Demo iPhone");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends a run cleanly: summary last, exit 130, the next run finishes",
  async (signal) => {
    await using mock = await mockProcess(["--rate", "1"]);
    const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
    const to = join(folder(), "photos");
    const stopped = await offroll(["export", "--to", to, "--json"], {
      env,
      during: (child) => {
        let sent = false;
        child.stdout.on("data", (d) => {
          if (sent || !String(d).includes('"outcome":"copied"')) return;
          sent = true; // a second one would end it at once
          child.kill(signal);
        });
      },
    });
    expect(stopped.code).toBe(130);
    const last = assertSchema("transfer-event", stopped.stdout.trim().split("\n").at(-1)!) as {
      type: string;
      ok: boolean;
      stoppedBy?: { code: string };
    };
    expect(last).toMatchObject({ type: "summary", ok: false, stoppedBy: { code: "cancelled" } });
    const next = await offroll(["export", "--to", to], { env });
    expect(next.code, next.stderr).toBe(0);
    expect([...filesBelow(to)]).toHaveLength(demoFiles);
    expect(existsSync(join(to, ".offroll/lock"))).toBe(false);
  },
);

test("a copy whose reader goes away (`backup --json | head`) ends cleanly, and not with 0", async () => {
  await using mock = await mockProcess(["--rate", "1"]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const to = join(folder(), "photos");
  const left = await offroll(["backup", to, "--json"], {
    env,
    during: (child) => child.stdout.once("data", () => child.stdout.destroy()),
  });
  expect(left.code).toBe(130);
  expect(existsSync(join(to, ".offroll/lock"))).toBe(false);
  expect((await offroll(["status"], { env })).stdout).not.toContain("last complete");
  expect((await offroll(["backup"], { env })).code).toBe(0);
});

test("kill -9 in the middle: the next run finishes, copies nothing twice and leaves no litter", async () => {
  await using mock = await mockProcess(["--rate", "1"]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const to = join(folder(), "photos");
  for (let kills = 0; kills < 3; kills += 1)
    await offroll(["export", "--to", to, "--json"], {
      env,
      during: (child) => {
        let copied = 0;
        child.stdout.on("data", (d) => {
          copied += String(d).split('"outcome":"copied"').length - 1;
          if (copied > 15) child.kill("SIGKILL");
        });
      },
    });
  const before = [...filesBelow(to)].length;
  expect(before).toBeGreaterThan(30);
  const finished = await offroll(["export", "--to", to, "--json"], { env });
  expect(finished.code, finished.stderr).toBe(0);
  const summary = JSON.parse(finished.stdout.trim().split("\n").at(-1)!) as {
    outcomes: Record<string, { items: number }>;
  };
  expect(summary.outcomes["copied"]!.items + summary.outcomes["present"]!.items).toBe(demoFiles);
  expect([...filesBelow(to)]).toHaveLength(demoFiles);
  expect(readdirSync(join(to, ".offroll/partials"))).toEqual([]);
  expect((await offroll(["verify", to], { env })).code).toBe(0);
});

test("--debug records every message in order, and none of the phone's or computer's secrets", async () => {
  const state = folder();
  await using mock = await mockProcess(["--trust", "pending:1", "--state", state]);
  const home = freshHome();
  const env = { ...home, USBMUXD_SOCKET_ADDRESS: mock.address };
  const trace = join(folder(), "trace.ndjson");
  expect((await offroll(["pair", "--debug", `${trace}.pair`], { env })).code).toBe(0);
  expect((await offroll(["export", "--to", join(folder(), "p"), "--limit", "3", "--debug", trace], { env })).code).toBe(
    0,
  );
  const text = readFileSync(`${trace}.pair`, "utf8") + readFileSync(trace, "utf8");
  expect(text.split("\n").length).toBeGreaterThan(100);
  for (const word of ["ListDevices", "Pair", "StartSession", "StartService", "fileRead"]) expect(text).toContain(word);
  const records = JSON.parse(readFileSync(join(state, "pair-records.json"), "utf8")) as Record<string, string>;
  const [udid, record] = Object.entries(records)[0]!;
  const plist = Buffer.from(record, "base64").toString();
  const secrets = [
    udid,
    "Demo iPhone",
    "DEMO0PHONE0",
    "02:00:00:de:40:01",
    ...[...plist.matchAll(/<string>([^<]+)<\/string>/g)].map((m) => m[1]!),
    ...[...plist.matchAll(/<data>([^<]+)<\/data>/g)].map((m) => m[1]!.replaceAll(/\s/g, "").slice(8, 48)),
  ];
  expect(secrets.length).toBeGreaterThan(10);
  for (const secret of secrets) expect(text.includes(secret), secret).toBe(false);
  expect(text).not.toMatch(/BEGIN|PRIVATE KEY/);
});

const canUnshare = (() => {
  try {
    execFileSync("unshare", ["-n", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
test.skipIf(!canUnshare)(
  "an export needs no network but the socket: it runs in an empty network namespace",
  async () => {
    await using mock = await mockProcess();
    const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
    const to = join(folder(), "photos");
    const result = await offroll(["export", "--to", to, "--limit", "5"], { env, wrap: ["unshare", "-n"] });
    expect(result.code, result.stderr).toBe(0);
    expect([...filesBelow(to)].length).toBeGreaterThanOrEqual(5);
  },
);

test("the entry file parses on old Nodes and says what is needed", () => {
  const text = readFileSync(entry, "utf8");
  expect(text).not.toMatch(/\?\.|\?\?|\bawait\b|^import /m);
  const old = spawnSync(
    process.execPath,
    [
      "-e",
      `Object.defineProperty(process, "versions", { value: { node: "18.19.0" } }); require(${JSON.stringify(entry)})`,
    ],
    { encoding: "utf8" },
  );
  expect(old.status).toBe(1);
  expect(old.stderr.trim().split("\n")).toHaveLength(1);
  expect(old.stderr).toContain("Node 24 or newer");
});

test("--help loads the entry, the program and nothing that a command needs", () => {
  const script = `
    const { registerHooks } = require("node:module");
    registerHooks({ load(url, context, next) { if (url.startsWith("file:")) console.error("LOADED " + url); return next(url, context); } });
    process.argv = [process.argv[0], ${JSON.stringify(entry)}, "--help"];
    require(${JSON.stringify(entry)});`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  expect(stdout).toContain("Usage: offroll");
  for (const mode of graphicsModes) expect(stdout).toContain(`"${mode}"`);
  expect(connectionFlags.via.choices, "what is named twice is the same").toEqual(viaForms);
  const loaded = stderr.split("\n").filter((line) => line.startsWith("LOADED ") && line.endsWith(".js"));
  expect(loaded.length).toBeGreaterThan(0);
  // The bundler cuts what several entries share into pieces of its own, some of which are a line or two.
  expect(loaded.length).toBeLessThanOrEqual(8);
  const bytes = loaded.reduce((sum, line) => sum + readFileSync(fileURLToPath(line.slice(7))).length, 0);
  expect(bytes).toBeLessThan(120_000);
});

test("no command changes the phone: every one is driven, no writing opcode is sent, the tree is the same", async () => {
  const demo = resolve(import.meta.dirname, "../../dist/demo-phone");
  const { description } = await readDescription(join(demo, "phone.json"));
  await using mock = await startMock(description, { baseFolder: demo });
  const tree = (): string => {
    const walk = (node: ReturnType<typeof mock.phone.node>, path: string): string[] =>
      node?.type === "folder"
        ? [path, ...[...node.children].flatMap(([name, child]) => walk(child, `${path}/${name}`))]
        : [`${path} ${node?.size} ${node?.modifiedNs}`];
    return walk(mock.phone.root, "").join("\n");
  };
  const before = tree();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.daemon.address };
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
    const result = await offroll(command, { env });
    expect(result.code, `${command.join(" ")}: ${result.stderr}`).toBe(0);
  }
  expect(mock.phone.refusedOperations).toEqual([]);
  expect(tree()).toBe(before);
  expect(mock.phone.operationCounts.get("read")).toBeGreaterThan(200);
});

test("backup never goes to the wrong disk: the remembered id must be at the remembered path", async () => {
  await using mock = await mockProcess();
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const disk = join(folder(), "disk");
  expect((await offroll(["backup", disk, "--limit", "3"], { env })).code).toBe(0);
  renameSync(disk, `${disk}-unplugged`);
  for (const state of ["missing", "empty", "another"] as const) {
    if (state !== "missing") mkdirSync(disk, { recursive: true });
    if (state === "another") {
      mkdirSync(join(disk, ".offroll"));
      writeFileSync(join(disk, ".offroll/destination.json"), JSON.stringify({ id: "some-other-disk" }));
    }
    const result = await offroll(["backup"], { env });
    expect(result.code, state).toBe(1);
    expect(result.stderr, state).toContain("(destination-not-there)");
  }
  rmSync(disk, { recursive: true });
  renameSync(`${disk}-unplugged`, disk);
  expect((await offroll(["backup", "--limit", "5"], { env })).code).toBe(0);
});

test.skipIf(process.platform === "win32")("the computer sleeps in mid-run and wakes up: the run goes on", async () => {
  await using mock = await mockProcess(["--rate", "1"]);
  const env = { ...freshHome(), USBMUXD_SOCKET_ADDRESS: mock.address };
  const to = join(folder(), "photos");
  let slept = false;
  const result = await offroll(["export", "--to", to, "--json"], {
    env,
    during: (child) =>
      child.stdout.on("data", (d) => {
        if (slept || !String(d).includes('"outcome":"copied"')) return;
        slept = true;
        child.kill("SIGSTOP");
        // The phone does not sleep: its connections are gone when the computer wakes.
        mock.type("unplug");
        mock.type("plug");
        setTimeout(() => child.kill("SIGCONT"), 1_500);
      }),
  });
  expect(slept).toBe(true);
  expect(result.code, result.stderr).toBe(0);
  expect([...filesBelow(to)]).toHaveLength(demoFiles);
  expect((await offroll(["verify", to], { env })).code).toBe(0);
});
