/** The server under load and against people who have time. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { flag } from "../../../src/gallery/wire.ts";
import { send } from "../opened.ts";
import { openPageless } from "./pageless.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

export async function attacks(root: string, step: Step): Promise<void> {
  await using server = await openPageless(root);
  const { port, cookie } = server;
  const host = `127.0.0.1:${port}`;
  const get = async (path: string, agent: Agent): Promise<number> =>
    await new Promise((done) => {
      const asked = request({ port, path, agent, headers: { host, cookie } }, (response) => {
        response.resume();
        response.on("end", () => done(response.statusCode ?? 0));
        response.on("error", () => done(0));
      });
      asked.on("error", () => done(0));
      asked.end();
    });

  await step("10,000 requests at once", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    const paths = ["/api/view?view=", "/api/items?view=&from=0&count=60", "/t/1/x.jpg", "/api/photo/3", "/nothing"];
    const statuses = await Promise.all(Array.from({ length: 10_000 }, (_, i) => get(paths[i % paths.length]!, agent)));
    agent.destroy();
    const counted = Object.fromEntries([...Map.groupBy(statuses, (s) => s)].map(([s, all]) => [s, all.length]));
    console.log(`        ${JSON.stringify(counted)}; ${server.rssMb().toFixed(0)} MB`);
    assert.deepEqual(counted, { 200: 8_000, 404: 2_000 });
  });

  await step("300 clients that say nothing, or read nothing, keep nobody else waiting", async () => {
    const sockets = Array.from({ length: 300 }, (_, i) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      if (i % 2 === 0) socket.write("GET / HTTP/1.1\r\nHost: ");
      else {
        socket.pause();
        socket.write(`GET /f/1/0/x HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`);
      }
      return socket;
    });
    const from = performance.now();
    const agent = new Agent();
    // Those that are too many are turned away, so it may take another try until the silent ones are given up.
    let status = 0;
    while (status !== 200 && performance.now() - from < 45_000) status = await get("/api/start", agent);
    console.log(`        answered after ${((performance.now() - from) / 1000).toFixed(1)} s`);
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    assert.equal(status, 200);
  });

  await step("Ctrl-C in the middle of downloads and of a movie's copy ends all of it, and leaves nothing", async () => {
    await interrupted(root);
  });

  await step("a destination that is unmounted is said to be away, and comes back", async () => {
    await unmounted(root);
  });

  await step("Ctrl-C ends it", async () => {
    const code = await server.interrupt();
    assert.ok(code === 0 || code === 130, `exit code ${code}`);
  });
}

/** Takes half a minute of waiting. */
export async function patient(root: string, step: Step): Promise<void> {
  await using server = await openPageless(root);
  const { port, cookie } = server;
  const host = `127.0.0.1:${port}`;
  await step("bodies that never come to their end are hung up on", async () => {
    const head = `POST /api/basket HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    const ends = Array.from({ length: 50 }, async () => {
      const socket = connect(port, "127.0.0.1", () => socket.write(head));
      const dribbling = setInterval(() => socket.write(" "), 1_000);
      socket.on("error", () => {});
      socket.resume();
      await once(socket, "close");
      clearInterval(dribbling);
    });
    await server.json("/api/start");
    const limit = new Promise<never>((_, fail) => {
      setTimeout(() => fail(new Error("still connected after 75 s")), 75_000).unref();
    });
    await Promise.race([Promise.all(ends), limit]);
  });
}

async function interrupted(root: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "offroll-home-"));
  await using server = await openPageless(root, home);
  const { port, cookie, post } = server;
  const { id, flags } = await server.json<{ id: number[]; flags: number[] }>("/api/items?view=&from=0&count=200");
  const zip = (await post<{ url: string }>("/api/basket", { photos: id, what: "all" })).url;
  const album = (await post<{ url: string }>("/api/album", { photos: id, title: "A", with: [] })).url;
  const movie = id[flags.findIndex((f) => f & flag.video)] as number;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const asked = [zip, album, `/api/proxy/${movie}/0`].map((path) => {
    const sent = request({ port, path, agent: false, headers: { host: `127.0.0.1:${port}`, cookie } });
    const whole = new Promise<boolean>((done) => {
      sent.on("response", (response) => {
        // Read slowly enough that none of them is through.
        response.once("data", () => response.pause());
        stopped.then(() => response.resume());
        response.on("error", () => {});
        response.on("close", () => done(response.complete));
      });
      sent.on("error", () => done(false));
    });
    const begun = path.startsWith("/api") ? Promise.resolve() : once(sent, "response");
    sent.end();
    return { whole, begun };
  });
  await Promise.all(asked.map(({ begun }) => begun));
  const code = await server.interrupt();
  stop();
  assert.ok(code === 0 || code === 130, `exit code ${code}`);
  const wholes = await Promise.all(asked.map(({ whole }) => whole));
  assert.equal(wholes[1], false, "an album that was cut off is not whole");
  const left = readdirSync(join(home, "cache"), { recursive: true, encoding: "utf8" }).filter((n) =>
    n.endsWith(".mp4"),
  );
  assert.deepEqual(left, [], "movies in the cache");
}

/** On a file system of its own, as root; elsewhere it is said that it was not tried. */
async function unmounted(root: string): Promise<void> {
  const at = mkdtempSync(join(tmpdir(), "offroll-mount-"));
  const disk = join(tmpdir(), `offroll-disk-${process.pid}`);
  const mount = (...words: string[]): boolean => spawnSync("mount", words, { stdio: "ignore" }).status === 0;
  cpSync(root, disk, { recursive: true });
  if (!mount("--bind", disk, at)) return console.log("        skipped: mounting takes root");
  try {
    await using server = await openPageless(at);
    const reason = async (path: string): Promise<unknown> => {
      const { status, body } = await send(server.port, path, { headers: { cookie: server.cookie } });
      return status === 200 ? 200 : (JSON.parse(`${body}`) as { reason?: string }).reason;
    };
    assert.equal(await reason("/d/1/0"), 200);
    spawnSync("umount", ["--lazy", at]);
    assert.equal(await reason("/d/1/0"), "disk-gone");
    assert.equal(await reason("/l/2/0/x"), "disk-gone");
    assert.ok(mount("--bind", disk, at));
    for (const path of ["/d/1/0", "/l/2/0/x", "/t/3/x.jpg"]) assert.equal(await reason(path), 200, path);
  } finally {
    spawnSync("umount", ["--lazy", at]);
    rmSync(disk, { recursive: true, force: true });
  }
}
