/** Figures with many photos. Counts decide; times are printed beside a plain page of the same run. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { randomFrom } from "../../../fixtures/make/random.ts";
import { makeMany } from "../many.ts";
import { type Answer, opened } from "../opened.ts";
import { countsIn, openPage, type Running, shots, startGallery } from "./browser.ts";
import { besidePlain } from "./harness-first.ts";

/** Of the server, at any time: its most, after scrolling through everything, and when it is idle. */
const mostMb = 150;
/** Of both, while pictures are made. */
const mostTogetherMb = 190;
/** Decoders end when nothing was asked of them for ten seconds. */
const idleMs = 13_000;

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

/** @param options.isAll also what is measured, besides what is counted */
export async function numbers(
  browser: Browser,
  { count, seed, isAll }: { readonly count: number; readonly seed: number; readonly isAll: boolean },
  step: Step,
): Promise<void> {
  const root = await makeMany(count, seed);
  const home = mkdtempSync(join(tmpdir(), "offroll-home-"));
  if (isAll)
    await step(
      "the page is there before its index, and gives way to the photos",
      async () => await atOnce(browser, root, home),
    );
  await using server = await startGallery([root], home);
  await indexed(server);
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
  await step(
    "dragged along the edge, it asks for pictures where the hand rests",
    async () => await drag(browser, server),
  );
  if (isAll) {
    await step("first picture and long tasks, beside a plain page", async () => await besidePlain(browser, server));
    await step("the server's memory", async () => await memory(browser, server));
    await step("what searches and small pictures cost", async () => await costs(root, count));
  }
  rmSync(root, { recursive: true, force: true });
}

/** What the server tells of its index ends with it. */
async function indexed({ url, origin }: Running): Promise<void> {
  const welcome = await fetch(url, { redirect: "manual" });
  const cookie = String(welcome.headers.get("set-cookie")).split(";")[0] ?? "";
  const told = await (await fetch(`${origin}/api/index`, { headers: { cookie } })).text();
  assert.match(told, /"state":"ready"/);
}

/** What the page says while the index is made goes on from step to step, never back, and ends with the photos, all in the same window. */
async function atOnce(browser: Browser, root: string, home: string): Promise<void> {
  const begun = performance.now();
  const since = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  await using server = await startGallery([root], home);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  // How long it takes is told, and nothing that is judged.
  page.setDefaultTimeout(300_000);
  const shares: number[] = [];
  await page.exposeFunction("onShare", (share: number) => shares.push(share));
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      const bar = document.querySelector("progress");
      const told = window as never as { onShare: (share: number) => void };
      if (bar) new MutationObserver(() => told.onShare(bar.value)).observe(bar, { attributes: true });
    });
  });
  await page.goto(server.url);
  assert.equal(await page.locator("h1").first().innerText(), "Reading your photos");
  const there = since();
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 1) > 0.3);
  await page.screenshot({ path: `${shots}/waiting-1280.png` });
  await page.waitForSelector(".tile.there");
  console.log(
    `        the page after ${there}, the photos after ${since()}; how far it was, told ${shares.length} times: ${shares
      .filter((_, i) => i % 12 === 0)
      .map((s) => s.toFixed(2))
      .join(" ")}`,
  );
  assert.ok(shares.length > 20, `told ${shares.length} times`);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
    "it never goes back",
  );
  await context.close();
}

/** Of the server at any time, of what makes pictures for it, and of both; what both have in common is there once, and counted so. */
async function memory(browser: Browser, server: Running): Promise<void> {
  let [making, together] = [0, 0];
  await throughEverything(browser, server, () => {
    making = Math.max(making, server.childrenMb());
    together = Math.max(together, server.togetherMb());
  });
  const scrolled = server.rssMb();
  await new Promise((done) => setTimeout(done, idleMs));
  const [idle, peak] = [server.rssMb(), server.peakMb()];
  const mb = (n: number): string => `${n.toFixed(0)} MB`;
  console.log(
    `        the server: ${mb(scrolled)} after scrolling through everything, ${mb(idle)} idle; ${mb(peak)} at most, which is what is bounded (${mb(mostMb)})`,
  );
  console.log(
    `        the process that makes pictures: ${mb(making)} while it does, ${mb(server.childrenMb())} idle; both together, the program's own pages counted once: ${mb(together)} at most`,
  );
  assert.ok(Math.max(scrolled, idle, peak) <= mostMb, `${mb(peak)}; ${mostMb} are allowed`);
  assert.ok(together <= mostTogetherMb, `${mb(together)} together; ${mostTogetherMb} are allowed`);
  assert.equal(server.childrenMb(), 0, "whoever makes pictures ends when nobody asks for one");
}

/** Before that the timeline is as high as its first photos: a jump would not go through all of them. */
async function laidOut(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (window as never as { offroll: { counts: { isWhole: boolean } } }).offroll.counts.isWhole,
  );
}

/** Every element of the grid has its picture. */
const allThere = (): boolean =>
  document.querySelector(".tile") !== null && document.querySelector(".tile:not(.there):not(.none)") === null;

/** From the newest to the oldest photo in 60 stops, each with its pictures there. */
async function throughEverything(browser: Browser, server: { url: string }, onStop: () => void): Promise<void> {
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
    await page.waitForFunction(allThere);
    onStop();
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
  await page.waitForFunction(allThere);
  await page.screenshot({ path: `${shots}/many-${width}.png` });
  await context.close();
}

async function jump(browser: Browser, server: { url: string }): Promise<void> {
  const { page, context } = await openPage(browser, server);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  await laidOut(page);
  for (const share of [0.5, 0.1, 0.9, 0.33]) {
    await page.waitForFunction(allThere);
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
    await page.waitForFunction(allThere);
    const stretches = asked.filter((a) => a.startsWith("/api/items"));
    const pictures = asked.filter((a) => a.startsWith("/t/"));
    assert.ok(stretches.length >= 1 && stretches.length <= 2, `${stretches.length} stretches asked for`);
    assert.ok(pictures.length <= filled.tiles, `${pictures.length} pictures for ${filled.tiles} tiles`);
  }
  await context.close();
}

/**
 * Along the whole edge with the mouse: what flies past is not asked for, and where the hand rests the pictures are. The page's clock
 * goes on by what the hand takes, and not by what the machine does: whether a rest is one is no question of how busy that is.
 */
async function drag(browser: Browser, server: { url: string }): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.clock.install();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const stretches = (): number => asked.filter((path) => path === "/api/items").length;
  await page.goto(server.url);
  await page.waitForSelector(".tile.there");
  await laidOut(page);
  await page.clock.pauseAt(new Date(Date.now() + 60_000));
  asked.length = 0;
  const edge = (await page.locator(".scrubber").boundingBox())!;
  const [x, top, length] = [edge.x + 20, edge.y + 10, edge.height - 20];
  await page.mouse.move(x, top);
  await page.mouse.down();
  const to = async (from: number, until: number): Promise<void> => {
    for (let i = from; i <= until; i += 1) {
      await page.mouse.move(x, top + length * (i / moves));
      await page.clock.runFor(frameMs);
    }
  };
  await to(1, moves / 2);
  assert.equal(stretches(), 0, "nothing is asked for while the hand moves");
  await page.clock.runFor(restedMs);
  await page.waitForFunction(() => document.querySelector(".tile[data-id]") !== null);
  const rested = stretches();
  assert.ok(rested >= 1 && rested <= 2, `${rested} stretches asked for where it rested`);
  await to(moves / 2 + 1, moves);
  assert.equal(stretches(), rested, "nor when it goes on");
  await page.mouse.up();
  await page.clock.runFor(restedMs);
  await page.waitForFunction(() => document.querySelector(".tile[data-id]") !== null);
  console.log(`        dragged over everything, with one rest: ${stretches()} stretches asked for`);
  assert.ok(stretches() > rested && stretches() <= rested + 2, `${stretches()}`);
  await context.close();
}

/** Of a mouse dragged over the whole edge in two thirds of a second, as a person does. */
const moves = 40;
const frameMs = 16;
/** Longer than the page waits for. */
const restedMs = 400;

async function costs(root: string, count: number): Promise<void> {
  await using g = await opened([root]);
  await g.gallery.ready;
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
