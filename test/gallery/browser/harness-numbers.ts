/** Figures with many photos. Counts decide; times are printed beside a plain page of the same run. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { randomFrom } from "../../../fixtures/make/random.ts";
import { makeMany } from "../many.ts";
import { type Answer, opened } from "../opened.ts";
import { countsIn, openPage, shots, startGallery } from "./browser.ts";
import { besidePlain } from "./harness-first.ts";

/** Of the server, at any time: its most, after scrolling through everything, and when it is idle. */
const mostMb = 150;
/** Decoders end when nothing was asked of them for ten seconds. */
const idleMs = 13_000;

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

export async function numbers(browser: Browser, count: number, seed: number, step: Step): Promise<void> {
  const root = await makeMany(count, seed);
  const begun = performance.now();
  await using server = await startGallery([root]);
  console.log(
    `        first start, with its index: ${((performance.now() - begun) / 1000).toFixed(1)} s, ${server.cpuSeconds().toFixed(1)} s of CPU`,
  );
  await step("what travels before the first picture", async () => await travel(browser, server, count));
  for (const [width, height] of [
    [390, 844],
    [1280, 800],
    [2560, 1440],
    [3840, 2160],
  ] as const)
    await step(`elements and rows at ${width} px`, async () => await scroll(browser, server, { width, height, seed }));
  await step(
    "a jump reaches placeholders in one frame, and asks only for what is near",
    async () => await jump(browser, server),
  );
  await step("first picture and long tasks, beside a plain page", async () => await besidePlain(browser, server));
  await step("the server's memory", async () => {
    await throughEverything(browser, server);
    const [scrolled, making] = [server.rssMb(), server.childrenMb()];
    await new Promise((done) => setTimeout(done, idleMs));
    const idle = server.rssMb();
    const told = [scrolled, idle, server.peakMb()].map((mb) => mb.toFixed(0));
    console.log(
      `        the process that makes pictures: ${making.toFixed(0)} MB while it does, ${server.childrenMb().toFixed(0)} MB idle`,
    );
    console.log(`        ${told[0]} MB after scrolling through everything, ${told[1]} MB idle; ${told[2]} MB at most`);
    assert.ok(Math.max(scrolled, idle, server.peakMb()) <= mostMb, `${told.join(", ")} MB; ${mostMb} are allowed`);
    assert.equal(server.childrenMb(), 0, "whoever makes pictures ends when nobody asks for one");
  });
  await step("what searches and small pictures cost", async () => await costs(root, count));
  rmSync(root, { recursive: true, force: true });
}

/** Before that the timeline is as high as its first photos: a jump would not go through all of them. */
async function laidOut(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (window as never as { offroll: { counts: { isWhole: boolean } } }).offroll.counts.isWhole,
  );
}

/** From the newest to the oldest photo in 60 stops, each with its pictures there. */
async function throughEverything(browser: Browser, server: { url: string }): Promise<void> {
  const { page, context } = await openPage(browser, server);
  await laidOut(page);
  for (let stop = 0; stop <= 60; stop += 1) {
    await page.evaluate((share) => {
      const box = document.querySelector(".timeline")!;
      box.scrollTop = share * (box.scrollHeight - box.clientHeight);
    }, stop / 60);
    await page.evaluate(
      async () => await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    await page.waitForFunction(
      () => document.querySelector(".tile") !== null && document.querySelector(".tile:not(.there):not(.none)") === null,
    );
  }
  await context.close();
}

async function travel(browser: Browser, server: { url: string }, count: number): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  let bytes = 0;
  const names = new Map<string, string>();
  const parts: string[] = [];
  cdp.on("Network.responseReceived", ({ requestId, response }) => names.set(requestId, new URL(response.url).pathname));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const name = names.get(requestId) ?? "";
    if (name.startsWith("/t/")) return;
    bytes += encodedDataLength;
    parts.push(`${name} ${(encodedDataLength / 1000).toFixed(1)}`);
  });
  await page.goto(server.url);
  await page.waitForSelector(".tile.there");
  console.log(`        ${(bytes / 1000).toFixed(0)} kB for ${count} photos: ${parts.join(", ")}`);
  assert.ok(bytes > 10_000 && bytes <= 300_000, `${bytes} bytes`);
  await context.close();
}

async function scroll(
  browser: Browser,
  server: { url: string },
  { width, height, seed }: { width: number; height: number; seed: number },
): Promise<void> {
  const { page, context, errors } = await openPage(browser, server, { viewport: { width, height } });
  await laidOut(page);
  const random = randomFrom(seed);
  const whole = await page.evaluate(() => document.querySelector(".timeline")!.scrollHeight);
  let [most, mostInPage, mostBuilt] = [0, 0, 0];
  for (let i = 0; i < 60; i += 1) {
    // Some jumps, and some steps of a wheel.
    const to = i % 3 === 0 ? Math.floor(random() * whole) : undefined;
    const before = (await countsIn(page)).rowsBuilt;
    await page.evaluate(async (top) => {
      const box = document.querySelector(".timeline")!;
      box.scrollTop = top ?? box.scrollTop + 240;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }, to);
    const seen = await page.evaluate(() => {
      const box = document.querySelector(".timeline")!.getBoundingClientRect();
      const tiles = [...document.querySelectorAll(".tile")].map((t) => t.getBoundingClientRect());
      const shown = new Set(
        tiles.filter((t) => t.bottom > box.top && t.top < box.bottom).map((t) => Math.round(t.top)),
      );
      return {
        timeline: document.querySelectorAll(".timeline *").length,
        page: document.querySelectorAll("*").length,
        rows: shown.size,
      };
    });
    const built = (await countsIn(page)).rowsBuilt - before;
    assert.ok(seen.rows > 0, "rows in view");
    assert.ok(built <= seen.rows + 10, `${built} rows built for ${seen.rows} in view`);
    [most, mostInPage, mostBuilt] = [
      Math.max(most, seen.timeline),
      Math.max(mostInPage, seen.page),
      Math.max(mostBuilt, built),
    ];
  }
  console.log(
    `        at most ${most} elements in the timeline, ${mostInPage} in the page, ${mostBuilt} rows built in a step`,
  );
  assert.ok(most <= 200 && mostInPage <= 500, `${most}, ${mostInPage}`);
  assert.deepEqual(errors, []);
  await page.evaluate(() => {
    document.querySelector(".timeline")!.scrollTop = 4_000;
  });
  await page.waitForTimeout(900);
  await page.screenshot({ path: `${shots}/many-${width}.png` });
  await context.close();
}

async function jump(browser: Browser, server: { url: string }): Promise<void> {
  const { page, context } = await openPage(browser, server);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  await laidOut(page);
  for (const share of [0.5, 0.1, 0.9, 0.33]) {
    await page.waitForTimeout(400);
    asked.length = 0;
    const filled = await page.evaluate(async (at) => {
      const box = document.querySelector(".timeline")!;
      box.scrollTop = at * box.scrollHeight;
      await new Promise((done) => requestAnimationFrame(done));
      await new Promise((done) => requestAnimationFrame(done));
      const of = box.getBoundingClientRect();
      const bottoms = [...document.querySelectorAll(".tile")].map((t) => t.getBoundingClientRect().bottom);
      return { top: of.top, bottom: of.bottom, lowest: Math.max(...bottoms), tiles: bottoms.length };
    }, share);
    assert.ok(filled.lowest >= filled.bottom - 4, `placeholders reach ${filled.lowest} of ${filled.bottom}`);
    await page.waitForTimeout(700);
    const stretches = asked.filter((a) => a.startsWith("/api/items"));
    const pictures = asked.filter((a) => a.startsWith("/t/"));
    assert.ok(stretches.length <= 2, `${stretches.length} stretches asked for`);
    assert.ok(pictures.length <= filled.tiles, `${pictures.length} pictures for ${filled.tiles} tiles`);
  }
  // Dragging along the whole edge: what flies past is not asked for.
  asked.length = 0;
  const edge = (await page.locator(".scrubber").boundingBox())!;
  await page.mouse.move(edge.x + 20, edge.y + 10);
  await page.mouse.down();
  for (let i = 0; i <= 40; i += 1) await page.mouse.move(edge.x + 20, edge.y + 10 + (edge.height - 20) * (i / 40));
  await page.mouse.up();
  await page.waitForTimeout(800);
  const stretches = asked.filter((a) => a.startsWith("/api/items")).length;
  console.log(`        dragged over everything: ${stretches} stretches asked for`);
  assert.ok(stretches <= 12, `${stretches}`);
  await context.close();
}

async function costs(root: string, count: number): Promise<void> {
  await using g = await opened([root]);
  for (const q of ["lisbon", "iphone 8 2020", "桜", "urlaub", "img_12", "anna trips", "last summer", "zzzz"]) {
    const view = encodeURIComponent(new URLSearchParams({ q }).toString());
    const [rows, cpu] = [g.gallery.counts.rowsRead, process.cpuUsage()];
    const found = await g.json<{ count: number }>(`/api/view?view=${view}`);
    const used = process.cpuUsage(cpu);
    const read = g.gallery.counts.rowsRead - rows;
    console.log(
      `        “${q}”: ${found.count} found, ${read} rows read, ${((used.user + used.system) / 1000).toFixed(0)} ms of CPU`,
    );
    assert.ok(read <= found.count + 8, `${read} rows read for ${found.count}`);
  }
  const items = await g.json<{ id: number[]; v: string[] }>("/api/items?view=&from=0&count=120");
  const answers: Answer[] = [];
  for (const [i, id] of items.id.entries()) answers.push(await g.ask(`/t/${id}/${items.v[i]}.jpg`));
  assert.ok(answers.every(({ status }) => status === 200));
  const { counts } = g.gallery;
  console.log(
    `        120 of ${count} small pictures: ${counts.phone} the phone's own, ${counts.embedded} embedded, ${counts.shrunk} by a JPEG's own structure, ${counts.full} from a whole picture`,
  );
  assert.equal(counts.full, 0);
}
