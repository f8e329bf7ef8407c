/** Requests as nobody's browser writes them, and a tree of photos that becomes another one while it is shown. */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type MadePhoto, makeDestination } from "../helpers/made-destination.ts";
import { type Opened, opened } from "./opened.ts";

const letters = Buffer.from(Array.from({ length: 1_000 }, (_, i) => i % 251));
const file = (id: string, name: string, bytes: Buffer): MadePhoto => ({
  id,
  captured: "2024-05-01T12:00:00+02:00",
  files: [{ target: `2024/05/${name}`, bytes }],
});

async function withFiles(photos: readonly MadePhoto[]): Promise<Opened & { root: string }> {
  const root = makeDestination(photos);
  return Object.assign(await opened([root]), { root });
}

/** What is answered to these very bytes, until the server hangs up or `until` was said. */
async function raw(port: number, text: string, until?: RegExp): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let said = "";
    socket.on("data", (chunk) => {
      said += chunk.toString("latin1");
      if (until?.test(said)) socket.destroy();
    });
    socket.on("close", () => resolve(said));
    socket.on("error", () => resolve(said));
  });
}

const statuses = (said: string): number[] => [...said.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, s]) => Number(s));

test("a request that two readers would read in two ways is refused, and what hides in it is not answered", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const host = `Host: 127.0.0.1:${g.port}`;
  const own = `${host}\r\nCookie: ${g.cookie}`;
  const hidden = `GET /api/start HTTP/1.1\r\n${own}\r\nConnection: close\r\n\r\n`;
  const post = `POST /api/basket HTTP/1.1\r\n${own}\r\nOrigin: http://127.0.0.1:${g.port}\r\nContent-Type: application/json\r\n`;
  const tries: Readonly<Record<string, string>> = {
    "a length and chunks": `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    "two lengths": `${post}Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}  ${hidden}`,
    "chunks by another name": `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    "chunks that are not the last coding": `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    "a chunk longer than numbers are": `${post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${hidden}`,
    "a negative length": `${post}Content-Length: -1\r\n\r\n${hidden}`,
    "a length with a sign": `${post}Content-Length: +2\r\n\r\n{}${hidden}`,
    "a space before the colon": `${post}Content-Length : 2\r\n\r\n{}${hidden}`,
    "a header that goes on": `GET /api/start HTTP/1.1\r\nHost:\r\n 127.0.0.1:${g.port}\r\nX:\r\n y\r\n\r\n${hidden}`,
    "a name with a line feed": `GET /api/start HTTP/1.1\r\n${host}\nCookie: ${g.cookie}\r\n\r\n${hidden}`,
    "a nul": `GET /api/start HTTP/1.1\r\n${own}\r\nX: \0\r\n\r\n${hidden}`,
    "two hosts": `GET /api/start HTTP/1.1\r\n${own}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    "another version": `GET /api/start HTTP/3.7\r\n${own}\r\n\r\n${hidden}`,
    "headers without end": `GET /api/start HTTP/1.1\r\n${own}\r\n${"X: y\r\n".repeat(20_000)}\r\n${hidden}`,
    "a header without end": `GET /api/start HTTP/1.1\r\n${own}\r\nX: ${"y".repeat(200_000)}\r\n\r\n${hidden}`,
    "an address without end": `GET /${"y".repeat(200_000)} HTTP/1.1\r\n${own}\r\n\r\n${hidden}`,
  };
  for (const [what, text] of Object.entries(tries))
    expect([what, statuses(await raw(g.port, text)).filter((status) => status < 400)]).toEqual([what, []]);
  expect((await g.ask("/api/start")).status).toBe(200);
});

test("each request of a connection is let in by itself, and the body of one is not the next", async () => {
  await using g = await withFiles([file("00000001", "a.mp4", letters)]);
  const host = `Host: 127.0.0.1:${g.port}`;
  const mine = `GET /api/day HTTP/1.1\r\n${host}\r\nCookie: ${g.cookie}\r\n`;
  const stranger = `GET /api/day HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`;
  expect(statuses(await raw(g.port, `${mine}\r\n${stranger}`))).toEqual([200, 403]);
  // A body where none belongs is not read as a request.
  const inside = `${mine}\r\n`;
  const carried = `${mine}Content-Length: ${inside.length}\r\nConnection: close\r\n\r\n${inside}`;
  expect(statuses(await raw(g.port, carried))).toEqual([200]);
});

test("old and rare kinds of asking: HTTP/1.0, HEAD of a range, OPTIONS, an address with a name in it, TRACE, CONNECT, Upgrade", async () => {
  await using g = await withFiles([file("00000001", "a.mov", letters)]);
  const host = `Host: 127.0.0.1:${g.port}`;
  const cookie = `Cookie: ${g.cookie}`;
  const ask = async (line: string, ...headers: string[]): Promise<string> =>
    await raw(g.port, `${[line, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`);
  expect(statuses(await ask("GET /api/start HTTP/1.0", host, cookie))).toEqual([200]);
  expect(statuses(await ask("GET /api/start HTTP/1.0", cookie))).toEqual([421]);
  const head = await ask("HEAD /f/1/0/x HTTP/1.1", host, cookie, "Range: bytes=-10");
  expect([statuses(head), head.includes("Content-Range: bytes 990-999/1000"), head.endsWith("\r\n\r\n")]).toEqual([
    [206],
    true,
    true,
  ]);
  for (const line of ["OPTIONS /api/start HTTP/1.1", "OPTIONS * HTTP/1.1"]) {
    const said = await ask(line, host, cookie, "Origin: http://evil.example", "Access-Control-Request-Method: POST");
    expect([statuses(said), /access-control/i.test(said)]).toEqual([[405], false]);
  }
  expect(statuses(await ask(`GET http://127.0.0.1:${g.port}/api/start HTTP/1.1`, host, cookie))).toEqual([404]);
  expect(statuses(await ask("GET http://evil.example/ HTTP/1.1", "Host: evil.example", cookie))).toEqual([421]);
  expect(statuses(await ask("TRACE / HTTP/1.1", host, cookie))).toEqual([405]);
  expect(statuses(await ask("CONNECT evil.example:80 HTTP/1.1", host, cookie))).toEqual([]);
  expect(statuses(await ask("GET /api/start HTTP/1.1", host, cookie, "Upgrade: websocket"))).not.toContain(101);
  for (const name of ["127.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "0x7f000001", "user@127.0.0.1", "127.0.0.1.nip.io"])
    expect([name, statuses(await ask("GET /api/start HTTP/1.1", `Host: ${name}:${g.port}`, cookie))]).toEqual([
      name,
      [421],
    ]);
  // Two of what there is one of.
  const origins = [`Origin: http://127.0.0.1:${g.port}`, "Origin: http://evil.example"];
  expect(statuses(await ask("GET /api/start HTTP/1.1", host, cookie, ...origins))).toEqual([403]);
});

test("a file that became a link, a folder, a pipe, or lies behind a link by now, is gone, for whoever asks", async () => {
  const names = ["link", "folder", "pipe", "deep", "stays"];
  const photos = names.map((name, i) => ({
    id: `0000000${i}`,
    captured: `2024-05-0${i + 1}T12:00:00+02:00`,
    files: [{ target: name === "deep" ? "2023/deep.mp4" : `2024/${name}.mp4`, bytes: Buffer.from(`whole ${name}`) }],
  }));
  await using g = await withFiles(photos);
  const { id, name } = await g.json<{ id: number[]; name: string[] }>("/api/items?view=&from=0&count=9");
  const at = (of: string): number => id[name.indexOf(`${of}.mp4`)]!;
  for (const of of ["link", "folder", "pipe"]) rmSync(join(g.root, `2024/${of}.mp4`));
  mkdirSync(join(g.root, "elsewhere"));
  writeFileSync(join(g.root, "elsewhere/deep.mp4"), "secret");
  symlinkSync(join(g.root, "elsewhere/deep.mp4"), join(g.root, "2024/link.mp4"));
  mkdirSync(join(g.root, "2024/folder.mp4"));
  execFileSync("mkfifo", [join(g.root, "2024/pipe.mp4")]);
  renameSync(join(g.root, "2023"), join(g.root, "2023-away"));
  symlinkSync(join(g.root, "elsewhere"), join(g.root, "2023"));
  for (const of of ["link", "folder", "pipe", "deep"])
    for (const address of [`/f/${at(of)}/0/x`, `/d/${at(of)}/0`, `/l/${at(of)}/0/x`, `/t/${at(of)}/x.jpg`]) {
      const { status, body } = await g.ask(address);
      expect([of, address, status, `${body}`.includes("secret")]).toEqual([of, address, 404, false]);
    }
  for (const how of ["reveal", "play"])
    expect((await g.post(`/api/${how}`, { id: at("link"), n: 0 })).status).toBe(404);
  expect(g.outside).toEqual([]);
  const { body } = await g.post("/api/basket", { photos: id, what: "all" });
  const filled = JSON.parse(`${body}`) as { url: string; files: number; missing: number };
  expect(filled).toMatchObject({ files: 1, missing: 4 });
  expect(`${(await g.ask(filled.url)).body}`).not.toContain("secret");
  expect(`${(await g.ask(`/f/${at("stays")}/0/x`)).body}`).toBe("whole stays");
});

test("a file that becomes shorter while it is sent ends the connection: no whole answer is pretended", async () => {
  const bytes = Buffer.alloc(24 * 1024 * 1024, 7);
  await using g = await withFiles([file("00000001", "a.mp4", bytes)]);
  const got = await new Promise<{ bytes: number; complete: boolean }>((resolve) => {
    const headers = { host: `127.0.0.1:${g.port}`, cookie: g.cookie };
    const asked = request({ port: g.port, path: "/f/1/0/x", headers, agent: false }, (response) => {
      let length = 0;
      response.once("data", () => truncateSync(join(g.root, "2024/05/a.mp4"), 1_000));
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
      });
      response.on("error", () => {});
      response.on("close", () => resolve({ bytes: length, complete: response.complete }));
    });
    asked.on("error", () => {});
    asked.end();
  });
  expect(got.complete).toBe(false);
  expect(got.bytes).toBeLessThan(bytes.length);
  expect((await g.ask("/api/start")).status).toBe(200);
});
