import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { graphicsModes } from "../../src/app/settings/index.ts";
import { connectionFlags } from "../../src/cli/command-flags.ts";
import { viaForms } from "../../src/device/media-source.ts";
import { entry, freshHome, mockProcess, offroll } from "../helpers/cli.ts";
import { demoFiles } from "../helpers/demo.ts";
import { filesBelow } from "../helpers/files-below.ts";
import { assertSchema } from "../helpers/schemas.ts";

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
  const sizes = loaded.map((line) => readFileSync(fileURLToPath(line.slice(7))).length);
  // The bundler cuts what several entries share into pieces of its own, more of them with each entry, some of which are a line or two.
  expect(sizes.filter((bytes) => bytes > 1_000).length).toBeLessThanOrEqual(6);
  expect(sizes.length).toBeLessThanOrEqual(12);
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(120_000);
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
