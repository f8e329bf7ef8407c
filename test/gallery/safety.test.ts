/** Who is let in, and what is sent: attacks as a hostile page, a hostile name and a hostile file would try them. */

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Opened, opened, send } from "./opened.ts";

const file = (id: string, name: string, bytes: Buffer): MadePhoto => ({
  id,
  captured: "2024-05-01T12:00:00+02:00",
  files: [{ target: `2024/05/${name}`, bytes }],
});
const letters = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 251));

async function withFiles(photos: readonly MadePhoto[]): Promise<Opened & { root: string }> {
  const root = makeDestination(photos);
  return Object.assign(await opened([root]), { root });
}

test("nobody is let in without the key, under another name, from another site, or with a forged cookie", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const key = new URL(g.url).searchParams.get("key")!;
  const own = `127.0.0.1:${g.port}`;
  const tries: readonly [string, number, string, Record<string, string>][] = [
    ["no cookie", 403, "/", {}],
    ["no cookie for a file", 403, "/f/1/0/x", {}],
    ["a key that is nearly right", 403, `/?key=${key.slice(0, -1)}_`, {}],
    ["an empty key", 403, "/?key=", {}],
    ["the key where it is none", 403, `/api/start?key=${key}`, {}],
    ["a forged cookie", 403, "/", { cookie: `offroll_${g.port}=${"A".repeat(32)}` }],
    ["the key as cookie", 403, "/", { cookie: `offroll_${g.port}=${key}` }],
    ["a cookie of another port", 403, "/", { cookie: g.cookie.replace(String(g.port), String(g.port + 1)) }],
    ["a name that leads here", 421, "/", { cookie: g.cookie, host: `evil.example:${g.port}` }],
    ["localhost by name", 421, "/", { cookie: g.cookie, host: `localhost:${g.port}` }],
    ["no port", 421, "/", { cookie: g.cookie, host: "127.0.0.1" }],
    ["the key under a foreign name", 421, `/?key=${key}`, { host: `evil.example:${g.port}` }],
    ["a foreign origin", 403, "/api/start", { cookie: g.cookie, origin: "http://evil.example" }],
    ["this origin on another port", 403, "/api/start", { cookie: g.cookie, origin: `http://127.0.0.1:${g.port + 1}` }],
    ["this name with https", 403, "/api/start", { cookie: g.cookie, origin: `https://${own}` }],
    ["a file's page", 403, "/api/start", { cookie: g.cookie, origin: "null" }],
    ["a picture in another site's page", 403, "/f/1/0/x", { cookie: g.cookie, "sec-fetch-site": "cross-site" }],
    ["another port's page", 403, "/f/1/0/x", { cookie: g.cookie, "sec-fetch-site": "same-site" }],
  ];
  for (const [what, status, path, headers] of tries)
    expect([what, (await send(g.port, path, { headers })).status]).toEqual([what, status]);
  for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    expect((await g.ask("/api/start", { method })).status, method).toBe(405);
  expect((await g.ask("/api/start")).status).toBe(200);
});

test("the key gives a cookie for this server alone, and leads to an address without it", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const path = g.url.slice(g.url.indexOf("/", 8));
  const answer = await send(g.port, path, {});
  expect(answer.status).toBe(302);
  expect(answer.headers["location"]).toBe("/");
  expect(String(answer.headers["set-cookie"])).toMatch(/^offroll_\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
  const led = await send(g.port, path, { headers: { "sec-fetch-site": "cross-site" } });
  expect(led.status).toBe(200);
  expect(`${led.body}`).not.toContain(new URL(g.url).searchParams.get("key"));
});

test("a change needs this page's origin and JSON, and no more of it than can be taken", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const body = JSON.stringify({ do: "make", title: "A", photos: [1] });
  const json = { "content-type": "application/json" };
  const origin = { origin: `http://127.0.0.1:${g.port}` };
  const post = async (headers: Record<string, string>, text = body): Promise<number> =>
    (await g.ask("/api/albums", { method: "POST", headers, body: text })).status;
  expect(await post(json)).toBe(403);
  expect(await post({ ...json, origin: "http://evil.example" })).toBe(403);
  expect(await post({ ...origin, "content-type": "text/plain" })).toBe(400);
  expect(await post({ ...origin, ...json }, "{")).toBe(400);
  expect(await post({ ...origin, ...json }, '{"do":"burn"}')).toBe(400);
  expect(await post({ ...origin, ...json }, JSON.stringify("x".repeat(9_000_000)))).toBe(400);
  expect(await post({ ...origin, ...json })).toBe(200);
});

test("every answer says what it is, that it is nothing else, and that nothing foreign may run in it", async () => {
  await using g = await withFiles([
    file("00000001", "a.svg", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")),
    file("00000002", "page.jpg", Buffer.from("<!doctype html><script>1</script>")),
    file("00000003", "raw.dng", letters),
  ]);
  for (const path of ["/api/start", "/f/1/0/x", "/f/2/0/x", "/d/1/0", "/t/1/x.jpg", "/nothing", "/"]) {
    const { headers } = await g.ask(path);
    expect([path, headers["x-content-type-options"]]).toEqual([path, "nosniff"]);
    const csp = String(headers["content-security-policy"]);
    expect(csp).toContain("default-src 'none'");
    expect(csp).not.toMatch(/unsafe|\*|https?:/);
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(String(headers["content-type"])).not.toMatch(/svg/);
  }
  const page = await g.ask("/f/1/0/x");
  expect([page.status, page.headers["content-type"]]).toEqual([422, "application/json; charset=utf-8"]);
  const raw = await g.ask("/f/2/0/x");
  expect([raw.headers["content-type"], raw.headers["content-disposition"]]).toEqual([
    "application/octet-stream",
    "attachment; filename=\"raw.dng\"; filename*=UTF-8''raw.dng",
  ]);
});

test("files are had by number alone: no path of a request leads to one, however it is written", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const tries = [
    "/../../../../etc/passwd",
    "/f/../../etc/passwd",
    "/f/1/0/../../../../etc/passwd",
    "/f/%2e%2e%2f%2e%2e%2fetc%2fpasswd/0/x",
    "/f/1/0/%00",
    "/f/1/0/..%2f..%2fetc",
    "/t/1/..%2f..%2fx.jpg",
    "/land.json/../../../package.json",
    "/page.js%00.css",
    "/.offroll/catalog.sqlite",
    "/f/99999/0/x",
    "/f/1/99/x",
    "/f/-1/0/x",
    "/f/1e0/0/x",
    "/f/1 OR 1=1/0/x",
    "/zip/../../../etc/passwd",
    "//etc/passwd",
  ];
  for (const path of tries) {
    const { status, body } = await g.ask(path.replaceAll(" ", "%20"));
    expect([path, status]).toEqual([path, 404]);
    expect(`${body}`).not.toMatch(/root:|SQLite|"name": "offroll"/);
  }
});

test("ranges: the beginning, the middle, the end, too far, and what is no range", async () => {
  await using g = await withFiles([file("00000001", "a.MOV", letters)]);
  const range = async (header: string | undefined, more: Record<string, string> = {}) =>
    await g.ask("/f/1/0/x", { headers: { ...(header === undefined ? {} : { range: header }), ...more } });
  const whole = await range(undefined);
  expect([
    whole.status,
    whole.headers["content-type"],
    whole.headers["accept-ranges"],
    whole.body.equals(letters),
  ]).toEqual([200, "video/mp4", "bytes", true]);
  const cases: readonly [string, number, string | undefined, Buffer][] = [
    ["bytes=0-", 206, "bytes 0-999/1000", letters],
    ["bytes=10-19", 206, "bytes 10-19/1000", letters.subarray(10, 20)],
    ["bytes=-500", 206, "bytes 500-999/1000", letters.subarray(500)],
    ["bytes=-5000", 206, "bytes 0-999/1000", letters],
    ["bytes=990-5000", 206, "bytes 990-999/1000", letters.subarray(990)],
    ["bytes=999-999", 206, "bytes 999-999/1000", letters.subarray(999)],
    ["bytes=1000-", 416, "bytes */1000", Buffer.alloc(0)],
    ["bytes=-0", 416, "bytes */1000", Buffer.alloc(0)],
    ["bytes=99999999999999999999-", 416, "bytes */1000", Buffer.alloc(0)],
    ["bytes=5-2", 200, undefined, letters],
    ["bytes=0-1,5-6", 200, undefined, letters],
    ["lines=0-1", 200, undefined, letters],
    ["bytes=-", 200, undefined, letters],
  ];
  for (const [header, status, content, bytes] of cases) {
    const answer = await range(header);
    expect([header, answer.status, answer.headers["content-range"]]).toEqual([header, status, content]);
    expect(answer.body.equals(bytes), header).toBe(true);
  }
  const etag = String(whole.headers["etag"]);
  expect((await range("bytes=0-9", { "if-range": etag })).status).toBe(206);
  expect((await range("bytes=0-9", { "if-range": '"other"' })).status).toBe(200);
  expect((await range(undefined, { "if-none-match": etag })).status).toBe(304);
  const head = await g.ask("/f/1/0/x", { method: "HEAD" });
  expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "1000", 0]);
});

test("a tree that changes underneath: a file that is gone, shorter, or a link by now", async () => {
  await using g = await withFiles([
    file("00000001", "a.mp4", letters),
    file("00000002", "b.mp4", letters),
    file("00000003", "c.mp4", letters),
  ]);
  rmSync(join(g.root, "2024/05/a.mp4"));
  expect((await g.ask("/f/1/0/x")).status).toBe(404);
  truncateSync(join(g.root, "2024/05/b.mp4"), 10);
  expect((await g.ask("/f/2/0/x")).body.length).toBe(10);
  rmSync(join(g.root, "2024/05/c.mp4"));
  writeFileSync(join(g.root, "secret"), "secret");
  symlinkSync(join(g.root, "secret"), join(g.root, "2024/05/c.mp4"));
  const link = await g.ask("/f/3/0/x");
  expect([link.status, `${link.body}`.includes("secret")]).toEqual([404, false]);
});

test("what is said badly is answered or hung up on, and the server goes on", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const raw = async (text: string): Promise<string> =>
    await new Promise((resolve) => {
      const socket = connect(g.port, "127.0.0.1", () => socket.end(text));
      let said = "";
      socket.on("data", (chunk) => {
        said += chunk;
      });
      socket.on("close", () => resolve(said));
      socket.on("error", () => resolve(said));
    });
  for (const text of [
    "GET / HTTP/1.1\r\n\r\n",
    "GET /\r\n\r\n",
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${g.port}\r\nHost: evil\r\nConnection: close\r\n\r\n`,
    `GET http://evil/ HTTP/1.1\r\nHost: 127.0.0.1:${g.port}\r\nConnection: close\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${g.port}\r\nX: ${"a".repeat(100_000)}\r\n\r\n`,
    "\0\0\0\0",
    "",
  ])
    expect(await raw(text)).not.toMatch(/ 200 /);
  expect((await g.ask("/api/start")).status).toBe(200);
});

test("no word of a photo becomes a part of the page that brings it", async () => {
  const evil = "</script><script>alert(1)</script><!--.jpg";
  const root = makeDestination([
    {
      id: "00000001",
      captured: "2024-05-01T12:00:00+02:00",
      kept: { originalFilename: evil, caption: evil, place: evil, people: [evil] },
      files: [{ target: "2024/05/a.jpg", bytes: letters }],
    },
  ]);
  const assets = mkdtempSync(join(tmpdir(), "offroll-assets-"));
  const [style, script] = ["body{margin:0}", "void 0"];
  cpSync(resolve(import.meta.dirname, "../../src/gallery/page/index.html"), join(assets, "index.html"));
  writeFileSync(join(assets, "first.css"), style);
  writeFileSync(join(assets, "first.js"), script);
  await using g = await opened([root], { assets });
  const { body, headers } = await g.ask("/");
  const page = `${body}`;
  expect(page.match(/<script/g)).toHaveLength(2);
  const policy = String(headers["content-security-policy"]);
  for (const [what, text] of [
    ["script-src 'self'", script],
    ["style-src 'self'", style],
  ] as const)
    expect(policy).toContain(`${what} 'sha256-${createHash("sha256").update(text).digest("base64")}';`);
  expect(policy).not.toContain("unsafe");
  expect(page).not.toContain("<script>alert");
  const [, json = ""] = /id="first">(.*?)<\/script>/s.exec(page) ?? [];
  expect(JSON.parse(json).items.name).toEqual([evil]);
  for (const path of ["/api/photo/1", "/api/groups/person", "/api/places"])
    expect((await g.ask(path)).headers["content-type"]).toBe("application/json; charset=utf-8");
});
