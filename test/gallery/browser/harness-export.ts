/** An exported album, opened by a double click: nothing of the originals in it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { shots } from "./browser.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

const program = resolve(import.meta.dirname, "../../../dist/offroll.cjs");

export async function exported(browser: Browser, root: string, step: Step): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "offroll-export-"));
  const env = {
    ...process.env,
    HOME: home,
    OFFROLL_CACHE_DIR: join(home, "c"),
    OFFROLL_DATA_DIR: join(home, "d"),
    OFFROLL_CONFIG_DIR: join(home, "f"),
  };
  const run = (to: string, ...more: string[]): void => {
    execFileSync(process.execPath, [program, "gallery", "export", root, "--to", to, ...more], { env, stdio: "ignore" });
  };
  await step("an exported album opens as a file, and nothing in it says where, when or by what", async () => {
    const to = join(home, "album");
    run(to, "--album", "Trips/Oslo");
    await opensAsFile(browser, to);
    tellsNothing(to);
  });
  await step(
    "an exported album on a phone: a swipe turns the page",
    async () => await swiped(browser, join(home, "album")),
  );
  for (const width of [390, 1280])
    await step(`${width} px: the exported album, light and dark, by axe-core; by keyboard alone`, async () => {
      const told = join(home, `looked-${width}`);
      run(told, "--album", "Trips/Oslo", "--with", "place,caption");
      await looked(browser, told, width);
    });
  await step("what was asked for with --with is told, and no more", async () => {
    const to = join(home, "told");
    run(to, "--album", "Trips/Oslo", "--with", "place");
    const data = readFileSync(join(to, "files/data.js"), "utf8");
    assert.match(data, /Oslo/);
    assert.doesNotMatch(data, /iPhone|IMG_/);
  });
  await step("a folder that holds something is left alone", async () => {
    assert.throws(() => run(join(home, "album")));
  });
}

async function opensAsFile(browser: Browser, to: string): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, offline: true });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("requestfailed", (request) => errors.push(request.url()));
  page.on("request", (request) => !/^(?:file|data):/.test(request.url()) && errors.push(request.url()));
  await page.goto(pathToFileURL(join(to, "index.html")).href);
  await page.waitForSelector(".tile");
  await page.screenshot({ path: `${shots}/export-1280.png` });
  await page.locator(".tile").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => (document.querySelector<HTMLImageElement>("img.picture")?.naturalWidth ?? 0) > 0);
  // On to the first movie.
  for (let i = 0; i < 20 && (await page.locator("video.picture").count()) === 0; i += 1)
    await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>("video.picture")?.readyState ?? 0) >= 2);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector(".viewer")?.hasAttribute("hidden"));
  assert.deepEqual(errors, []);
  await context.close();
}

/** As a reader of screens and a hand without a mouse have it. */
async function looked(browser: Browser, to: string, width: number): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    offline: true,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(to, "index.html")).href);
  await page.waitForSelector(".tile");
  const wrong: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    wrong.push(...(await violations(page, `album ${colorScheme}`)));
    await page.screenshot({ path: `${shots}/export-${width}-${colorScheme}.png` });
    await page.locator(".tile").first().focus();
    const name = await focusedName(page);
    assert.match(name, /^Photo 1, /);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => (document.querySelector<HTMLImageElement>("img.picture")?.naturalWidth ?? 0) > 0);
    wrong.push(...(await violations(page, `album's photo ${colorScheme}`)));
    await page.screenshot({ path: `${shots}/export-photo-${width}-${colorScheme}.png` });
    for (let i = 0; i < 8; i += 1) {
      await page.keyboard.press("Tab");
      const isOut = await page.evaluate(() => document.activeElement?.closest(".album, .album-head") !== null);
      assert.equal(isOut, false, "what lies behind the dialog is not reached");
    }
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Escape");
    assert.match(await focusedName(page), /^Photo 2, /, "the keyboard is where one looked last");
    assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0, "nothing moves");
  }
  assert.deepEqual(wrong, []);
  await context.close();
}

async function swiped(browser: Browser, to: string): Promise<void> {
  const context = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, offline: true },
  });
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(to, "index.html")).href);
  await page.locator(".tile").first().tap();
  const client = await context.newCDPSession(page);
  const swipe = async (from: number, until: number): Promise<void> => {
    const touch = async (type: "touchStart" | "touchMove" | "touchEnd", x: number): Promise<void> => {
      await client.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: 420 }] });
    };
    await touch("touchStart", from);
    for (let i = 1; i <= 6; i += 1) await touch("touchMove", from + ((until - from) * i) / 6);
    await touch("touchEnd", until);
  };
  const shown = async (n: number): Promise<void> =>
    void (await page.waitForFunction(
      (alt) => document.querySelector(".stage > *")?.getAttribute("alt") === alt,
      `Photo ${n}`,
    ));
  await shown(1);
  await swipe(320, 60);
  await shown(2);
  await swipe(60, 320);
  await shown(1);
  await context.close();
}

const focusedName = async (page: Page): Promise<string> =>
  await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

/** By exiftool, which knows more of what files say than we do. */
function tellsNothing(to: string): void {
  const told = JSON.parse(
    execFileSync("exiftool", ["-json", "-G", "-a", "-r", to, "-ext", "jpg", "-ext", "mp4"], { encoding: "utf8" }),
  ) as Record<string, unknown>[];
  assert.ok(told.length > 10);
  for (const file of told) {
    const groups = Object.entries(file).filter(([tag]) =>
      /^(?:EXIF|XMP|IPTC|MakerNotes|ICC_Profile|Keys|UserData|ItemList):|GPS|Make$|Model$|CreationDate/.test(tag),
    );
    // A profile of colours, and the name of the program that packed the movie, say nothing of the photo.
    const kept = groups.filter(([tag]) => !/^ICC_Profile:|:(?:Encoder|HandlerVendorID|MediaDataSize)$/.test(tag));
    assert.deepEqual(kept, [], String(file["SourceFile"]));
    for (const [tag, value] of Object.entries(file))
      if (/^QuickTime:.*Date$/.test(tag)) assert.match(String(value), /^0000/);
  }
  const originals = /\.(?:HEIC|MOV|DNG|AAE|PNG)$/i;
  assert.deepEqual(
    readdirSync(to, { recursive: true }).filter((name) => originals.test(String(name))),
    [],
  );
  assert.doesNotMatch(readFileSync(join(to, "files/data.js"), "utf8"), /Oslo"[^,}]*lat|iPhone|IMG_|DCIM|[0-9a-f]{64}/);
}
