/** The server under load and against people who have time. */
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { connect } from "node:net";
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

  await step("Ctrl-C ends it", async () => {
    const code = await server.interrupt();
    assert.ok(code === 0 || code === 130, `exit code ${code}`);
  });
}
