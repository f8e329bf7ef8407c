/** A backup that was made while the page is open. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { type MadePhoto, makeDestination } from "../../helpers/made-destination.ts";
import { openPage, startGallery } from "./browser.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

export async function renewed(browser: Browser, step: Step): Promise<void> {
  await step("a backup made meanwhile is shown by itself; who looks at something is asked first", async () => {
    const root = makeDestination([await photo(1), await photo(2)]);
    await using server = await startGallery([root]);
    const { page, context, errors } = await openPage(browser, server);
    await found(page, "2 photos");
    await comesBack(page);
    makeDestination([await photo(3)], { root, runId: "20240602T120000Z-000002" });
    await comesBack(page);
    await found(page, "3 photos");
    await page.locator(".tile[data-id]").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('[role="dialog"]:not([hidden])');
    const name = await page.locator(".viewer-title strong").innerText();
    makeDestination([await photo(4)], { root, runId: "20240603T120000Z-000003" });
    await comesBack(page);
    await page.getByText("There are new photos.").waitFor();
    // Its numbers are those of before, and still its own.
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((n) => document.querySelector(".viewer-title strong")?.textContent === n, name);
    await page.waitForFunction(
      () => (document.querySelector<HTMLImageElement>(".picture:not(.small)")?.naturalWidth ?? 0) > 0,
    );
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Show them" }).click();
    await found(page, "4 photos");
    await page.locator(".tile.there").nth(3).waitFor();
    assert.deepEqual(errors, []);
    await context.close();
    rmSync(root, { recursive: true });
  });
}

/** From another window. */
async function comesBack(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event("focus")));
}

async function found(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelector(".found")?.textContent === wanted, text);
}

async function photo(n: number): Promise<MadePhoto> {
  const bytes = await sharp({
    create: { width: 800, height: 600, channels: 3, background: { r: n * 40, g: 120, b: 160 } },
  })
    .jpeg()
    .toBuffer();
  return {
    id: `0000000${n}`,
    captured: `2024-05-0${n}T12:00:00+02:00`,
    files: [{ target: `2024/05/IMG_000${n}.JPG`, bytes }],
  };
}
