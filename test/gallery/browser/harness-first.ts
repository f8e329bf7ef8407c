/** How soon the first picture is there, and whether the page holds the browser up, beside a plain page of the same pictures. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openPage } from "./browser.ts";

/** Loads of each page; odd, and one after the other, so that a busy moment strikes both. */
const loads = 11;
const traced = 3;
const mostRatio = 1.5;
/** A task is long from here on. Source: the Long Tasks API. */
const longMs = 50;

interface PlainPage extends AsyncDisposable {
  readonly url: string;
}

export async function besidePlain(browser: Browser, server: { url: string; origin: string }): Promise<void> {
  const { page, context } = await openPage(browser, server);
  const cookies = await context.cookies();
  await page.waitForFunction(() => document.querySelectorAll(".tile:not(.there)").length === 0);
  await using plain = await plainPage(page, context);
  await context.close();
  const pages = { ours: `${server.origin}/`, plain: plain.url };
  const first = { ours: [] as number[], plain: [] as number[] };
  const long = { ours: 0, plain: 0 };
  for (let i = 0; i < loads; i += 1)
    for (const which of ["ours", "plain"] as const)
      await inContext(browser, cookies, async (p) => {
        const seen = await loaded(p, pages[which]);
        first[which].push(seen.firstMs);
        long[which] += seen.long;
      });
  const busy = { ours: [] as number[], plain: [] as number[] };
  for (let i = 0; i < traced; i += 1)
    for (const which of ["ours", "plain"] as const)
      await inContext(browser, cookies, async (p) => void busy[which].push(...(await tasks(browser, p, pages[which]))));
  const [ours, theirs] = [median(first.ours), median(first.plain)];
  const longCpu = { ours: count(busy.ours), plain: count(busy.plain) };
  const of = (all: readonly number[]): string => all.map((ms) => ms.toFixed(0)).join(" ");
  console.log(`        first picture: ${ours.toFixed(0)} ms (${of(first.ours)})`);
  console.log(`        plain page:    ${theirs.toFixed(0)} ms (${of(first.plain)}); ${(ours / theirs).toFixed(2)} ×`);
  console.log(
    `        tasks of ${longMs} ms and more: ${long.ours} in ${loads} loads, plain ${long.plain}, waiting for the processor counted; by the processor's own time ${longCpu.ours} in ${traced}, plain ${longCpu.plain}; the longest ${Math.max(...busy.ours).toFixed(0)} ms, plain ${Math.max(...busy.plain).toFixed(0)} ms`,
  );
  assert.ok(ours <= mostRatio * theirs, `${(ours / theirs).toFixed(2)} × the plain page's; ${mostRatio} at most`);
  assert.ok(longCpu.ours <= longCpu.plain, `${longCpu.ours} long tasks, plain ${longCpu.plain}`);
}

const count = (all: readonly number[]): number => all.filter((ms) => ms >= longMs).length;
const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0;

async function inContext(
  browser: Browser,
  cookies: Awaited<ReturnType<BrowserContext["cookies"]>>,
  run: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies(cookies);
  await run(await context.newPage());
  await context.close();
}

/** The same pictures, in the same sizes, and nothing else. */
async function plainPage(page: Page, context: BrowserContext): Promise<PlainPage> {
  const shown = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".tile.there")].map((t) => ({
      url: new URL(t.style.backgroundImage.slice(5, -2), location.href).href,
      width: t.clientWidth,
      height: t.clientHeight,
    })),
  );
  assert.ok(shown.length > 8, `${shown.length} pictures`);
  const folder = mkdtempSync(join(tmpdir(), "offroll-plain-"));
  for (const [i, { url }] of shown.entries())
    writeFileSync(join(folder, `${i}.jpg`), await (await context.request.get(url)).body());
  const pictures = shown.map(({ width, height }, i) => `<img src="${i}.jpg" width="${width}" height="${height}">`);
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${pictures.join("")}`,
  );
  const child = spawn(process.execPath, [join(import.meta.dirname, "plain-server.ts"), folder], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const port = await new Promise<string>((done) => child.stdout.once("data", (said: Buffer) => done(`${said}`.trim())));
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      const over = new Promise((done) => child.once("exit", done));
      child.stdin.end();
      await over;
      rmSync(folder, { recursive: true });
    },
  };
}

/** When the first picture was drawn, as the browser itself says it of both pages; and long tasks until all pictures are there. */
async function loaded(page: Page, url: string): Promise<{ firstMs: number; long: number }> {
  await page.addInitScript(() => {
    const kept = window as never as { long: number; firstMs: number | undefined };
    kept.long = 0;
    new PerformanceObserver((list) => {
      kept.long += list.getEntries().length;
    }).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if ((entry as never as { url: string }).url !== "") kept.firstMs ??= entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(() => (window as never as { firstMs?: number }).firstMs !== undefined);
  await page.waitForFunction(allThere);
  return await page.evaluate(() => {
    const { long, firstMs } = window as never as { long: number; firstMs: number };
    return { long, firstMs };
  });
}

/** All pictures in view, and whatever the page does after them. */
function allThere(): boolean {
  const images = [...document.querySelectorAll("img")];
  if (document.querySelector(".canvas") === null)
    return images.length > 0 && images.every((i) => i.complete && i.naturalWidth > 0);
  const { offroll } = window as never as { offroll?: { counts: { isWhole: boolean } } };
  return offroll?.counts.isWhole === true && document.querySelector(".tile:not(.there)") === null;
}

/** What each task of the page took of the processor, in milliseconds, from a trace: others' work beside it does not count. */
async function tasks(browser: Browser, page: Page, url: string): Promise<number[]> {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(allThere);
  const trace = JSON.parse((await browser.stopTracing()).toString("utf8")) as { traceEvents: TraceEvent[] };
  const mains = new Set(
    trace.traceEvents
      .filter((e) => e.name === "thread_name" && e.args?.["name"] === "CrRendererMain")
      .map((e) => `${e.pid} ${e.tid}`),
  );
  const run = trace.traceEvents.filter((e) => e.name.endsWith("RunTask") && mains.has(`${e.pid} ${e.tid}`));
  assert.ok(run.length > 10, `${run.length} tasks in the trace`);
  return run.map((e) => (e.tdur ?? 0) / 1000);
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}
