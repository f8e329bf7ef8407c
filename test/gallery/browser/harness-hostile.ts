/** Pictures that would take gigabytes if they were decoded whole, asked for by the page: the memory of everybody who serves it is measured. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import type { Browser } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { tiledHeic } from "../../helpers/heic.ts";
import { makeDestination } from "../../helpers/made-destination.ts";
import { openPage, shots, startGallery } from "./browser.ts";

/** Of the process that makes pictures. */
const mostMb = 400;
/** Of the server itself. */
const serverMb = 150;
const waitMs = 180_000;

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

const pictures: readonly { readonly name: string; readonly make: () => Promise<Buffer> }[] = [
  { name: "a JPEG of 30,000 × 30,000.jpg", make: async () => await of(30_000).jpeg({ quality: 30 }).toBuffer() },
  {
    name: "a progressive JPEG of 20,000 × 20,000.jpg",
    make: async () => await of(20_000).jpeg({ quality: 30, progressive: true }).toBuffer(),
  },
  { name: "a PNG of 30,000 × 30,000.png", make: async () => await of(30_000).png({ compressionLevel: 1 }).toBuffer() },
  { name: "a HEIC of many tiles.heic", make: async () => tiledHeic(30_000, 30_000) },
];

export async function hostile(browser: Browser, step: Step): Promise<void> {
  for (const { name, make } of pictures)
    await step(`memory: ${name.replace(/\.\w+$/, "")}`, async () => await oneOf(browser, name, await make()));
}

function of(side: number): Sharp {
  const create = { width: side, height: side, channels: 3, background: "#c03020" } as const;
  return sharp({ create, limitInputPixels: false });
}

async function oneOf(browser: Browser, name: string, bytes: Buffer): Promise<void> {
  const good = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#2a6" } })
    .jpeg()
    .toBuffer();
  const root = makeDestination([
    { id: "00000001", captured: "2024-05-02T12:00:00+02:00", files: [{ target: `2024/05/${name}`, bytes }] },
    { id: "00000002", captured: "2024-05-01T12:00:00+02:00", files: [{ target: "2024/05/good.jpg", bytes: good }] },
  ]);
  await using server = await startGallery([root]);
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, childPeakMb());
  }, 20);
  try {
    const { page, context } = await openPage(browser, server);
    await page.waitForFunction(
      () => document.querySelectorAll(".tile").length === 2 && !document.querySelector(".tile:not(.there):not(.none)"),
      undefined,
      { timeout: waitMs },
    );
    const tiles = await page.evaluate(() => [...document.querySelectorAll(".tile")].map((t) => t.className));
    await page.locator(".tile").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=dialog]");
    await page.waitForFunction(
      () => {
        const text = document.querySelector("[role=dialog] .no-picture")?.textContent;
        const picture = document.querySelector<HTMLImageElement>("[role=dialog] .picture:not(.small)");
        return text || (picture?.complete && picture.naturalWidth > 0);
      },
      undefined,
      { timeout: waitMs },
    );
    const told = await page.evaluate(() => {
      const text = document.querySelector("[role=dialog] .no-picture")?.textContent;
      const picture = document.querySelector<HTMLImageElement>("[role=dialog] .picture:not(.small)");
      return (
        text ?? `shown, ${picture?.naturalWidth} × ${picture?.naturalHeight}, ${new URL(picture!.src).pathname[1]}`
      );
    });
    // A browser that shows 400 megapixels takes longer to photograph than anybody waits.
    if (!told.startsWith("shown"))
      await page.screenshot({ path: `${shots}/hostile-${name.replaceAll(/\W+/g, "-")}.png` });
    const [large, other] = await page.evaluate(async () => {
      const { id } = (await (await fetch("/api/items?view=&from=0&count=2")).json()) as { id: number[] };
      return await Promise.all(id.map(async (photo) => (await fetch(`/l/${photo}/0/x`)).status));
    });
    await context.close();
    const serverPeak = server.peakMb();
    console.log(
      `        ${(bytes.length / 1e6).toFixed(1)} MB of file: in the grid ${tiles[0]}; opened: “${told}”; for a screen ${large}, the other photo ${other}`,
    );
    console.log(
      `        ${most.toFixed(0)} MB at most for who makes pictures, ${serverPeak.toFixed(0)} MB for the server`,
    );
    assert.equal(other, 200);
    assert.ok(tiles[1]!.includes("there"), "the photo beside it is shown");
    assert.ok(most > 0 && most <= mostMb, `${most.toFixed(0)} MB; ${mostMb} are allowed`);
    assert.ok(serverPeak <= serverMb, `${serverPeak.toFixed(0)} MB for the server; ${serverMb} are allowed`);
  } finally {
    clearInterval(watching);
    rmSync(root, { recursive: true, force: true });
  }
}

/** The most that any process which makes pictures ever had, of those that are alive. */
function childPeakMb(): number {
  let most = 0;
  for (const pid of readdirSync("/proc").filter((p) => /^\d+$/.test(p)))
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pictures-child")) continue;
      if (!isOurs(pid)) continue;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      most = Math.max(most, (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6);
    } catch {
      // It ended meanwhile.
    }
  return most;
}

/** Started by a server that this harness started. */
function isOurs(pid: string): boolean {
  const parent = (of: string): string => readFileSync(`/proc/${of}/stat`, "utf8").split(") ")[1]!.split(" ")[1]!;
  return parent(parent(pid)) === String(process.pid);
}
