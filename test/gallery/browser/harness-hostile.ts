/**
 * Files that would take gigabytes if they were decoded whole, that are not what they are called, or that end early: each is opened through
 * the page. The page says what it is, the photo behind it opens, and nobody who serves it takes more memory than may be.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { makeDestination } from "../../helpers/made-destination.ts";
import { openPage, type Running, shots, startGallery } from "./browser.ts";
import { type HostileFile, hostileFiles } from "./hostile-files.ts";

/** Of the process that makes pictures. */
const mostMb = 400;
/** Of the server itself. */
const serverMb = 150;
/** Of the browser's process that shows the page: a photo of 67 megapixels is the most it is given, with four bytes a pixel. */
const rendererMb = 700;
const waitMs = 60_000;
const screenshotMs = 10_000;

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

export async function hostile(browser: Browser, step: Step): Promise<void> {
  const files = await hostileFiles();
  await step(`${files.length} hostile files: the page says what each is, and what comes behind it opens`, async () => {
    const good = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#2a6" } })
      .jpeg()
      .toBuffer();
    const root = makeDestination(
      files.flatMap(({ name, bytes }, i) =>
        [
          [name, bytes] as const,
          // Each of its own, so that none is taken from the cache of another.
          [`good ${i}.jpg`, Buffer.concat([good, Buffer.from([i])])] as const,
        ].map(([target, content], side) => ({
          id: String(2 * i + side).padStart(8, "0"),
          captured: new Date(Date.UTC(2024, 4, 1, 12) - (2 * i + side) * 60_000).toISOString(),
          files: [{ target: `2024/05/${target}`, bytes: content }],
        })),
      ),
    );
    try {
      await using server = await startGallery([root]);
      await openedAll(browser, server, files);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
}

async function openedAll(browser: Browser, server: Running, files: readonly HostileFile[]): Promise<void> {
  const most = { maker: 0, renderer: 0 };
  const watching = setInterval(() => {
    most.maker = Math.max(most.maker, childPeakMb());
    most.renderer = Math.max(most.renderer, rendererPeakMb());
  }, 50);
  const { page, context, errors } = await openPage(browser, server);
  const crashed = Promise.withResolvers<never>();
  page.on("crash", () => crashed.reject(new Error("the page crashed")));
  try {
    await Promise.race([crashed.promise, walked(page, files)]);
    assert.notEqual(await page.title(), "taken over");
    assert.deepEqual(
      errors.filter((e) => !/status of (404|422|501)/.test(e)),
      [],
    );
    const serverPeak = server.peakMb();
    console.log(
      `        at most: ${most.maker.toFixed(0)} MB for who makes pictures, ${serverPeak.toFixed(0)} MB for the server, ${most.renderer.toFixed(0)} MB for the page`,
    );
    assert.ok(most.maker > 0 && most.maker <= mostMb, `${most.maker.toFixed(0)} MB; ${mostMb} are allowed`);
    assert.ok(serverPeak <= serverMb, `${serverPeak.toFixed(0)} MB for the server; ${serverMb} are allowed`);
    assert.ok(most.renderer > 0 && most.renderer <= rendererMb, `${most.renderer.toFixed(0)} MB for the page`);
  } finally {
    clearInterval(watching);
    await context.close();
  }
}

/** By keyboard, one like the other. */
async function walked(page: Page, files: readonly HostileFile[]): Promise<void> {
  await page.locator(".tile").first().focus();
  await page.keyboard.press("Enter");
  const wrong: string[] = [];
  for (const [i, { name, bytes, opened }] of files.entries()) {
    const told = await settled(page, name);
    console.log(`        ${name} (${(bytes.length / 1e6).toFixed(1)} MB): ${told}`);
    if (typeof opened === "string" ? !told.startsWith(opened) : !opened.test(told)) wrong.push(`${name}: ${told}`);
    if (typeof opened !== "string")
      await page.screenshot({ path: `${shots}/hostile-${name.replaceAll(/\W+/g, "-")}.png`, timeout: screenshotMs });
    await page.keyboard.press("ArrowRight");
    const behind = await settled(page, `good ${i}.jpg`);
    if (!behind.startsWith("own, 900")) wrong.push(`behind ${name}: ${behind}`);
    await page.keyboard.press("ArrowRight");
  }
  assert.deepEqual(wrong, []);
}

/** What the dialog shows of a photo, once it shows it: which picture, or which words. */
async function settled(page: Page, name: string): Promise<string> {
  const handle = await page.waitForFunction(
    (wanted) => {
      const dialog = document.querySelector(`[role=dialog][aria-label="${wanted}"]`);
      const words = dialog?.querySelectorAll(".no-picture p, .no-picture button") ?? [];
      const text = [...words].map((e) => e.textContent).join(" | ");
      if (text !== "" && !text.includes("is being made")) return text;
      const movie = dialog?.querySelector<HTMLVideoElement>("video:not(.live)");
      if (movie && movie.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
        return `movie, ${movie.videoWidth} x ${movie.videoHeight}`;
      const picture = dialog?.querySelector<HTMLImageElement>("img.picture:not(.small)");
      if (!picture?.complete || picture.naturalWidth === 0) return undefined;
      const kind = new URL(picture.src).pathname.startsWith("/f/") ? "own" : "made";
      return `${kind}, ${picture.naturalWidth} x ${picture.naturalHeight}`;
    },
    name,
    { timeout: waitMs },
  );
  return String(await handle.jsonValue());
}

/** The most that any process which makes pictures ever had, of those that are alive. */
function childPeakMb(): number {
  return peakMb((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pictures-child") && isOurs(pid));
}

function peakMb(isMeant: (pid: string) => boolean): number {
  let most = 0;
  for (const pid of readdirSync("/proc").filter((p) => /^\d+$/.test(p)))
    try {
      if (!isMeant(pid)) continue;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      most = Math.max(most, (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6);
    } catch {
      // It ended meanwhile.
    }
  return most;
}

/** The most that any of the browser's renderers ever had. */
function rendererPeakMb(): number {
  return peakMb((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer") && isOurs(pid));
}

/** This harness began it, or somebody whom it began. */
function isOurs(pid: string): boolean {
  const parent = (of: string): string => readFileSync(`/proc/${of}/stat`, "utf8").split(") ").at(-1)!.split(" ")[1]!;
  for (let at = pid; at !== "0"; at = parent(at)) if (at === String(process.pid)) return true;
  return false;
}
