/** `offroll gallery` and `gallery export` as a person starts them. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { send } from "../gallery/opened.ts";
import { makeDestination } from "../helpers/made-destination.ts";
import { assertSchema } from "../helpers/schemas.ts";

const program = resolve(import.meta.dirname, "../../dist/offroll.cjs");

function start(words: readonly string[]) {
  const home = mkdtempSync(join(tmpdir(), "offroll-home-"));
  const folders = {
    OFFROLL_CACHE_DIR: join(home, "c"),
    OFFROLL_DATA_DIR: join(home, "d"),
    OFFROLL_CONFIG_DIR: join(home, "f"),
  };
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, HOME: home, ...folders } });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<number | null>((done) => child.on("exit", (code) => done(code)));
  const firstLine = new Promise<string>((done) => {
    child.stdout.on("data", () => said.out.includes("\n") && done(said.out));
    child.on("exit", () => done(said.out));
  });
  return { child, said, ended, firstLine };
}

const heic = readFileSync(
  resolve(import.meta.dirname, "../../fixtures/demo-media/09C20950-966F-4CF7-E0A7-70B602A698C7.heic"),
);

test("gallery prints an address that opens the page, and Ctrl-C ends it with 0", async () => {
  const root = makeDestination([
    { id: "00000001", captured: "2024-05-01T12:00:00Z", files: [{ target: "2024/a.heic", bytes: heic }] },
  ]);
  const { child, said, ended, firstLine } = start(["gallery", root, "--no-open", "--json"]);
  const { url, photos, destinations } = assertSchema("gallery", await firstLine) as {
    url: string;
    photos: number;
    destinations: string[];
  };
  expect([photos, destinations]).toEqual([1, [root]]);
  const { port, search } = new URL(url);
  const welcome = await send(Number(port), `/${search}`, {});
  const cookie = String(welcome.headers["set-cookie"]).split(";")[0]!;
  const page = `${(await send(Number(port), "/", { headers: { cookie } })).body}`;
  expect(page).toMatch(/<script>.*"page\.js"/s);
  expect(page).toContain('"name":["a.heic"]');
  expect((await send(Number(port), "/page.js", { headers: { cookie } })).headers["content-type"]).toContain(
    "javascript",
  );
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(said.err).toContain("the photos themselves are only read");
});

test("gallery export makes a folder, and refuses one that holds something", async () => {
  const root = makeDestination([
    { id: "00000001", captured: "2024-05-01T12:00:00Z", files: [{ target: "2024/a.heic", bytes: heic }] },
  ]);
  const to = join(mkdtempSync(join(tmpdir(), "offroll-album-")), "album");
  const made = start(["gallery", "export", root, "--to", to, "--json"]);
  expect(await made.ended).toBe(0);
  expect(assertSchema("gallery-export", made.said.out)).toMatchObject({ to, photos: 1, without: 0 });
  expect(existsSync(join(to, "files/large/00001.jpg"))).toBe(true);
  const again = start(["gallery", "export", root, "--to", to]);
  expect(await again.ended).toBe(2);
  expect(again.said.err).toContain("is not empty");
});
