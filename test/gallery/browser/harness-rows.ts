/** What the page promises, row by row, on the demo phone's photos: real HEICs, Live Photos, movies and edits. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { openPage, type Running, startGallery } from "./browser.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

/** A backup of the demo phone, hidden photos too. */
export async function demoBackup(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "offroll-gallery-"));
  const program = resolve(import.meta.dirname, "../../../dist/offroll.cjs");
  const env = {
    ...process.env,
    HOME: home,
    OFFROLL_CACHE_DIR: join(home, "c"),
    OFFROLL_DATA_DIR: join(home, "d"),
    OFFROLL_CONFIG_DIR: join(home, "f"),
  };
  execFileSync(process.execPath, [program, "demo", "--to", join(home, "photos")], { env, stdio: "ignore", cwd: home });
  return join(home, "photos");
}

export async function rows(browser: Browser, root: string, step: Step): Promise<void> {
  await using server = await startGallery([root]);
  const at = async (
    hash: string,
    run: (page: Page) => Promise<void>,
    size = { width: 1280, height: 800 },
  ): Promise<void> => {
    const { page, context, errors } = await openPage(browser, server, { viewport: size });
    if (hash !== "") {
      await page.goto(`${server.origin}/#/${hash}`);
      await page.waitForTimeout(300);
    }
    await run(page);
    assert.deepEqual(errors, []);
    await context.close();
  };
  await step("the timeline: days, months, every photo a named control", async () => await at("", timeline));
  await step("nothing jumps while pictures come", async () => await at("", nothingJumps));
  await step("a HEIC is shown as a picture, and zoomed", async () => await at("search/IMG_7184", heic));
  await step("a Live Photo plays while it is held", async () => await at("photos/kind%3Dlive%2Bphoto", live));
  await step("a movie plays and seeks, asked for in ranges", async () => await at("photos/kind%3Dvideo", movie));
  await step(
    "a movie that the browser cannot play is shown by a smaller copy, which seeks",
    async () => await at("photos/kind%3Dvideo", async (page) => await hevc(page, root)),
  );
  await step("original and edited are switched", async () => await at("photos/kind%3Dedited", edited));
  await step(
    "information: camera, place with a dot on the map, files with hashes, copies, the run",
    async () => await at("search/lisbon", information),
  );
  await step("the search finds as it is typed, and says how many", async () => await at("", search));
  await step(
    "albums in their folders; one's own are made, renamed, removed",
    async () => await at("", async (page) => await albums(page, root)),
  );
  await step("people, places on a map, trips, this day", async () => await at("", pages));
  await step(
    "a selection is downloaded as ZIP, whole",
    async () => await at("", async (page) => await download(page, root)),
  );
  await step(
    "a selection becomes a static album, which opens as a file",
    async () => await at("search/lisbon", async (page) => await staticAlbum(browser, page)),
  );
  await step("highlights: years lead to months, to days, to photos", async () => await at("highlights", highlights));
  await step(
    "the address names the view and the photo; back closes, reloading opens it again",
    async () => await at("", address),
  );
  await step("another site's page gets nothing", async () => await foreign(browser, server));
  await step("a contact sheet is printed, on as many pages as it takes", async () => await at("", printed));
  await step("a disk that is unplugged is said to be, and what was seen of it stays", async () => {
    await unplugged(browser, root);
  });
  await step("390 px, touch: swipe, no control off the edge", async () => await narrow(browser, server));
}

async function timeline(page: Page): Promise<void> {
  assert.match(await page.locator(".month").first().innerText(), /^\w+ \d{4}$/);
  const tiles = page.locator(".tile");
  assert.ok((await tiles.count()) > 8);
  const names = await tiles.evaluateAll((all) => all.map((t) => t.getAttribute("aria-label") ?? ""));
  for (const name of names) assert.match(name, /\.(?:HEIC|JPE?G|PNG|MOV|MP4|DNG|GIF|WEBP)\b/i);
  // In the order of the page: by rows, in each from left to right.
  const places = await tiles.evaluateAll((all) =>
    all.map((t) => ({ x: t.getBoundingClientRect().x, y: t.getBoundingClientRect().y })),
  );
  for (const [i, p] of places.entries())
    if (i > 0) assert.ok(p.y > places[i - 1]!.y - 1 && (p.y > places[i - 1]!.y + 1 || p.x > places[i - 1]!.x));
  const unnamed = await page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, [role=slider]")]
      .filter((e) => !(e.getAttribute("aria-label") ?? e.textContent ?? "").trim())
      .map((e) => e.outerHTML),
  );
  assert.deepEqual(unnamed, []);
}

async function nothingJumps(page: Page): Promise<void> {
  const where = async (): Promise<string> =>
    await page
      .locator(".tile")
      .evaluateAll((all) =>
        all.map((t) => (t as HTMLElement).style.cssText.replace(/background-image:[^;]*;?/, "")).join("\n"),
      );
  await page.reload();
  await page.waitForSelector(".tile");
  const before = await where();
  await page.waitForFunction(() => document.querySelectorAll(".tile:not(.there):not(.none)").length === 0);
  assert.equal((await where()).replaceAll(/ +/g, ""), before.replaceAll(/ +/g, ""));
}

async function open(page: Page, index = 0): Promise<void> {
  await page.waitForSelector(".tile[data-id]");
  await page
    .locator(".tile")
    .nth(index)
    .click({ position: { x: 60, y: 60 } });
  await page.waitForSelector('[role="dialog"]:not([hidden])');
}

async function heic(page: Page): Promise<void> {
  await open(page);
  await page.waitForFunction(() => {
    const picture = document.querySelector<HTMLImageElement>(".picture:not(.small)");
    return picture?.complete === true && picture.naturalWidth > 0;
  });
  assert.match(await page.locator(".picture").getAttribute("src").then(String), /^l\//);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  assert.match(await page.locator(".picture").getAttribute("style").then(String), /scale\(2\.25\)/);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".zoomed").count(), 0);
}

async function live(page: Page): Promise<void> {
  await open(page);
  const button = page.getByRole("button", { name: "Play the Live Photo" });
  await button.hover();
  await page.mouse.down();
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>("video.live")?.currentTime ?? 0) > 0.05);
  await page.waitForTimeout(200);
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelector("video.live") === null);
  // The picture itself is held, by a finger that trembles; one that moves away wants something else.
  await page.waitForFunction(
    () => (document.querySelector<HTMLImageElement>(".picture:not(.small)")?.naturalWidth ?? 0) > 0,
  );
  const { width, height } = page.viewportSize()!;
  const [x, y] = [width / 2, height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const by of [1, -2, 3, -1]) await page.mouse.move(x + by, y - by);
  await page.waitForSelector("video.live");
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelector("video.live") === null);
}

async function movie(page: Page): Promise<void> {
  const ranges: string[] = [];
  page.on(
    "response",
    (response) =>
      response.request().url().includes("/f/") &&
      ranges.push(`${response.status()} ${response.headers()["content-type"]}`),
  );
  await open(page);
  await page.waitForFunction(() => (document.querySelector("video")?.readyState ?? 0) >= 2);
  const to = await page.evaluate(async () => {
    const video = document.querySelector("video")!;
    const wanted = video.duration * 0.6;
    const seeked = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
    video.currentTime = wanted;
    await seeked;
    return { wanted, at: video.currentTime };
  });
  assert.ok(Math.abs(to.wanted - to.at) < 0.5);
  assert.ok(ranges.includes("206 video/mp4"), ranges.join());
}

/** Debian's Chromium has no decoder for HEVC: the first movie is given that. */
async function hevc(page: Page, root: string): Promise<void> {
  await page.waitForSelector(".tile[data-id]");
  const id = await page.locator(".tile").first().getAttribute("data-id");
  const { parts } = await page.evaluate(
    async (n) => (await (await fetch(`api/photo/${n}`)).json()) as { parts: { path: string }[] },
    id,
  );
  const file = join(root, parts[0]!.path);
  const before = readFileSync(file);
  const made = join(mkdtempSync(join(tmpdir(), "offroll-hevc-")), "hevc.mov");
  execFileSync("ffmpeg", [
    "-v",
    "error",
    "-f",
    "lavfi",
    "-i",
    "testsrc=d=3:s=640x480",
    "-c:v",
    "libx265",
    "-x265-params",
    "log-level=none",
    "-tag:v",
    "hvc1",
    made,
  ]);
  try {
    writeFileSync(file, readFileSync(made));
    await open(page);
    await page.getByText("A smaller copy is being made").waitFor();
    await page.waitForFunction(
      () =>
        /^\/?v\//.test(document.querySelector("video")?.getAttribute("src") ?? "") &&
        document.querySelector("video")!.readyState >= 2,
    );
    const at = await page.evaluate(async () => {
      const video = document.querySelector("video")!;
      const seeked = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
      video.currentTime = 2;
      await seeked;
      return video.currentTime;
    });
    assert.ok(Math.abs(at - 2) < 0.3, `${at}`);
  } finally {
    writeFileSync(file, before);
  }
}

async function edited(page: Page): Promise<void> {
  await open(page);
  const src = async (): Promise<string> => String(await page.locator(".picture:not(.small)").getAttribute("src"));
  await page.waitForSelector(".picture:not(.small)");
  const first = await src();
  await page.getByRole("button", { name: "Show the original" }).click();
  await page.waitForFunction(
    (before) => document.querySelector(".picture:not(.small)")?.getAttribute("src") !== before,
    first,
  );
  await page.getByRole("button", { name: "Show the edited photo" }).click();
  await page.waitForFunction(
    (before) => document.querySelector(".picture:not(.small)")?.getAttribute("src") === before,
    first,
  );
  // By keyboard the control that was pressed keeps it, under its other name.
  for (const [name, then] of [
    ["Show the original", "Show the edited photo"],
    ["Slideshow", "Stop the slideshow"],
  ] as const) {
    await page.getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: then }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), then);
  }
}

async function information(page: Page): Promise<void> {
  await open(page);
  await page.keyboard.press("i");
  const panel = page.locator(".panel");
  await panel.getByText("Camera", { exact: true }).waitFor();
  await panel.locator("summary").first().click();
  const text = await panel.innerText();
  for (const wanted of [/Lisbon/, /iPhone/, /SHA-256 [0-9a-f]{64}/, /\d+\.\d+° N/, /Run \d{8}T/, /Copied on/])
    assert.match(text, wanted);
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".little-map")!;
    const [red = 0, green = 0] = canvas.getContext("2d")!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
    return green > red + 20;
  });
}

async function search(page: Page): Promise<void> {
  const field = page.locator('input[type="search"]');
  await field.fill("tokyo");
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "“tokyo”");
  const n = Number.parseInt(await page.locator(".found").innerText(), 10);
  assert.ok(n > 3 && n < 100, `${n}`);
  await field.fill("tokyo june 2023");
  await page.waitForFunction(() => document.querySelector(".found")?.textContent?.includes("june 2023"));
  await field.fill("no such thing anywhere");
  await page.getByText("Nothing found").waitFor();
  await field.fill("");
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "Photos");
}

async function albums(page: Page, root: string): Promise<void> {
  await page.getByRole("button", { name: "Albums" }).click();
  await page.getByRole("heading", { name: "Trips › By the sea", level: 3 }).waitFor();
  await page.getByRole("button", { name: /^Lisbon, Trips › By the sea/ }).click();
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "Lisbon");
  await page.waitForSelector(".tile[data-id]");
  for (const i of [0, 1, 2])
    await page
      .locator(".tile")
      .nth(i)
      .click({ position: { x: 12, y: 12 } });
  await page.getByText("3 photos selected").waitFor();
  await page.getByRole("button", { name: "Add to album" }).click();
  await page.getByRole("button", { name: "New album …" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill('Mine <b>"&amp;</b>');
  await page.keyboard.press("Enter");
  await page.getByText("Added to").waitFor();
  const file = join(root, ".offroll/gallery.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).albums[0].photos.length, 3);
  await page.getByRole("button", { name: "Albums", exact: true }).click();
  await page.getByRole("button", { name: 'Mine <b>"&amp;</b>, 3 photos' }).click();
  await page.waitForFunction(() => document.querySelector(".found")?.textContent === "3 photos");
  assert.equal(await page.locator(".heading b").count(), 0);
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Renamed");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Renamed, 3 photos" }).click();
  await page.getByRole("button", { name: "Remove album" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("None yet.").waitFor();
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")).albums, []);
}

async function pages(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^People/ }).click();
  await page.locator(".card").first().click();
  await page.waitForSelector(".tile[data-id]");
  await page.getByRole("button", { name: /^Places/ }).click();
  await page.waitForSelector("canvas.map");
  await page.waitForTimeout(400);
  await page.locator("canvas.map").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /photos? here/.test(document.querySelector(".heading")?.textContent ?? ""));
  for (const name of ["Trips", "On this day"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForFunction((n) => document.querySelector(".heading")?.textContent === n, name);
    await page.waitForSelector(".cards-page");
  }
}

async function download(page: Page, root: string): Promise<void> {
  await page.waitForSelector(".tile[data-id]");
  await page
    .locator(".tile")
    .nth(0)
    .click({ position: { x: 12, y: 12 } });
  await page
    .locator(".tile")
    .nth(2)
    .click({ modifiers: ["Shift"] });
  await page.getByText("3 photos selected").waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "All files" }).click(),
  ]);
  const path = await file.path();
  assert.equal(file.suggestedFilename(), "3 photos.zip");
  const listed = execFileSync(
    "python3",
    [
      "-c",
      "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint('\\n'.join(z.namelist()))",
      path,
    ],
    { encoding: "utf8" },
  )
    .trim()
    .split("\n");
  assert.ok(listed.length >= 3, listed.join());
  assert.ok(existsSync(root));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector(".selection-bar")?.hasAttribute("hidden"));
}

async function address(page: Page): Promise<void> {
  await open(page, 2);
  const name = await page.locator(".viewer-title strong").innerText();
  assert.match(page.url(), /!\d+$/);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((n) => document.querySelector(".viewer-title strong")?.textContent !== n, name);
  await page.reload();
  await page.waitForSelector('[role="dialog"]:not([hidden])');
  await page.goBack();
  await page.waitForFunction(() => document.querySelector(".viewer")?.hasAttribute("hidden"));
  assert.doesNotMatch(page.url(), /!\d+$/);
  await page.locator('input[type="search"]').fill("Lisbon!2");
  await page.waitForFunction(() => document.title.startsWith("“Lisbon!2” – "));
  await page.reload();
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "“Lisbon!2”");
  assert.ok(await page.locator(".viewer").evaluate((viewer) => viewer.hasAttribute("hidden")));
  await page.goto(`${new URL(page.url()).origin}/#/photos/hidden%3D1`);
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "Hidden");
  assert.equal(await page.locator(".tile").count(), 0);
}

async function foreign(browser: Browser, server: Running): Promise<void> {
  const { context } = await openPage(browser, server);
  const other = await context.newPage();
  await other.route("http://other.example/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>other</title>" }),
  );
  await other.goto("http://other.example/");
  const got = await other.evaluate(async (origin) => {
    const tried = async (what: () => Promise<unknown>): Promise<string> =>
      await what().then(
        () => "got",
        () => "refused",
      );
    const picture = (src: string): Promise<unknown> =>
      new Promise((done, fail) => {
        const image = new Image();
        image.onload = done;
        image.onerror = fail;
        image.src = src;
      });
    return [
      await tried(() => fetch(`${origin}/api/start`, { credentials: "include" })),
      await tried(() => fetch(`${origin}/api/albums`, { method: "POST", credentials: "include", body: "{}" })),
      await tried(() => picture(`${origin}/t/1/x.jpg`)),
    ];
  }, server.origin);
  assert.deepEqual(got, ["refused", "refused", "refused"]);
  await context.close();
}

async function narrow(browser: Browser, server: Running): Promise<void> {
  const { page, context, errors } = await openPage(browser, server, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const inRow = await page.locator(".tile").evaluateAll((all) => {
    const tops = all.map((t) => Math.round(t.getBoundingClientRect().top));
    return Math.max(...tops.map((top) => tops.filter((t) => t === top).length));
  });
  assert.ok(inRow >= 2 && inRow <= 5, `${inRow} beside each other`);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page
    .locator(".tile")
    .nth(1)
    .tap({ position: { x: 60, y: 60 } });
  await page.waitForSelector('[role="dialog"]:not([hidden])');
  await page.waitForSelector(".viewer-tools button");
  const off = await page
    .locator(".viewer-bar button")
    .evaluateAll(
      (all) =>
        all.filter(
          (b) =>
            (b as HTMLElement).offsetParent !== null &&
            (b.getBoundingClientRect().right > innerWidth || b.getBoundingClientRect().left < 0),
        ).length,
    );
  assert.equal(off, 0);
  const name = await page.locator(".viewer-title strong").innerText();
  const client = await context.newCDPSession(page);
  const touch = async (type: string, x: number): Promise<void> =>
    void (await client.send("Input.dispatchTouchEvent", {
      type: type as never,
      touchPoints: type === "touchEnd" ? [] : [{ x, y: 400 }],
    }));
  await touch("touchStart", 320);
  for (let x = 300; x >= 60; x -= 40) await touch("touchMove", x);
  await touch("touchEnd", 60);
  await page.waitForFunction((n) => document.querySelector(".viewer-title strong")?.textContent !== n, name);
  assert.deepEqual(errors, []);
  await context.close();
}

async function printed(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.print = () => document.body.classList.add("printed");
  });
  await page.locator(".tile[data-id]").first().focus();
  await page.keyboard.press("x");
  for (let i = 0; i < 40; i += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+X");
  await page.getByText("41 photos selected").waitFor();
  await page.getByRole("button", { name: "Print" }).click();
  await page.waitForSelector("body.printed", { state: "attached" });
  assert.equal(await page.locator(".sheet figure").count(), 41);
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  assert.ok((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length >= 2, "more than one page");
}

async function unplugged(browser: Browser, root: string): Promise<void> {
  await using server = await startGallery([root]);
  const { page, context } = await openPage(browser, server);
  await page.locator(".tile.there").first().waitFor();
  renameSync(root, `${root}-away`);
  try {
    await page.locator(".tile[data-id]").first().focus();
    await page.keyboard.press("Enter");
    await page.getByText(/^The disk with .* is not connected\.$/).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("x");
    for (const name of ["Download", "All files"]) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.getByText("None of these files is there now.").waitFor();
    }
  } finally {
    renameSync(`${root}-away`, root);
  }
  // While something is selected Enter selects, too.
  await page.keyboard.press("Escape");
  await page.locator(".tile[data-id]").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => (document.querySelector<HTMLImageElement>(".picture:not(.small)")?.naturalWidth ?? 0) > 0,
  );
  await context.close();
}

async function staticAlbum(browser: Browser, page: Page): Promise<void> {
  await page.locator(".tile[data-id]").first().focus();
  await page.keyboard.press("x");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("x");
  await page.getByRole("button", { name: "Static album" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("By the sea");
  await page.getByRole("checkbox", { name: "Places" }).check();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).last().click(),
  ]);
  assert.equal(file.suggestedFilename(), "By the sea.zip");
  const to = mkdtempSync(join(tmpdir(), "offroll-album-"));
  execFileSync("python3", ["-m", "zipfile", "-e", await file.path(), to]);
  await page.getByText("The album has 2 photos.").waitFor();
  const context = await browser.newContext({ offline: true });
  const album = await context.newPage();
  await album.goto(pathToFileURL(join(to, "By the sea/index.html")).href);
  await album.locator(".tile").first().click();
  await album.waitForFunction(() => (document.querySelector<HTMLImageElement>("img.picture")?.naturalWidth ?? 0) > 0);
  assert.match(await album.locator(".words").innerText(), /Lisbon/);
  assert.equal(await album.locator(".tile").count(), 2);
  await context.close();
}

async function highlights(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^2022, \d+ photos/ }).click();
  await page.locator(".cards-section h2", { hasText: /^2022$/ }).waitFor();
  await page.getByRole("button", { name: /^October 2022/ }).click();
  await page.locator(".highlights .card").first().click();
  await page.locator(".tile[data-id]").first().waitFor();
  assert.match(await page.locator(".found").innerText(), /^\d+ photos?$/);
  await page.goBack();
  await page.goBack();
  await page.locator(".cards-section h2", { hasText: /^2022$/ }).waitFor();
}
