/** Every view as people see it: looked at by axe-core, which knows WCAG, and kept as a picture, small and large, by day and by night. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { openPage, type Running, shots, startGallery } from "./browser.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

interface Look {
  readonly name: string;
  readonly hash: string;
  /** Brings it to what is to be seen. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
] as const;
/** Wider than this nothing else is shown: pictures are taken, of what is laid out anew there. */
const widestLookedAt = 1280;
const laidOutAnew = new Set(["photos", "highlights-months", "albums", "places", "viewer-info", "selection"]);

const openFirst = async (page: Page): Promise<void> => {
  await page.locator(".tile[data-id]").first().waitFor();
  await page.locator(".tile[data-id]").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector('.viewer[role="dialog"]:not([hidden])');
};
const select = async (page: Page): Promise<void> => {
  await page.locator(".tile[data-id]").first().waitFor();
  for (const i of [0, 1, 2]) {
    await page.locator(".tile[data-id]").nth(i).focus();
    await page.keyboard.press("x");
  }
  await page.getByText("3 photos selected").waitFor();
};
const press =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await select(page);
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForSelector("dialog[open]");
  };

const looks: readonly Look[] = [
  { name: "photos", hash: "" },
  { name: "favourites", hash: "photos/kind%3Dfavourite/Favourites" },
  { name: "highlights-years", hash: "highlights" },
  { name: "highlights-months", hash: "highlights/months" },
  { name: "highlights-days", hash: "highlights/days" },
  { name: "search", hash: "search/lisbon" },
  { name: "search-nothing", hash: "search/zebra%20crossing" },
  { name: "albums", hash: "albums" },
  { name: "people", hash: "people" },
  { name: "places", hash: "places", prepare: async (page) => page.waitForTimeout(500) },
  { name: "trips", hash: "trips" },
  { name: "day", hash: "day" },
  { name: "hidden", hash: "hidden" },
  { name: "viewer", hash: "", prepare: openFirst },
  {
    name: "viewer-info",
    hash: "search/lisbon",
    prepare: async (page) => {
      await openFirst(page);
      await page.keyboard.press("i");
      await page.locator(".panel h3").first().waitFor();
      await page.locator(".panel summary").first().click();
    },
  },
  { name: "viewer-movie", hash: "photos/kind%3Dvideo/Videos", prepare: openFirst },
  { name: "selection", hash: "", prepare: select },
  { name: "dialog-album", hash: "", prepare: press("Add to album") },
  { name: "dialog-static", hash: "", prepare: press("Static album") },
  {
    name: "dialog-keys",
    hash: "",
    prepare: async (page) => {
      await page.keyboard.press("?");
      await page.waitForSelector("dialog[open]");
    },
  },
  {
    name: "menu",
    hash: "",
    prepare: async (page) => {
      const button = page.getByRole("button", { name: "Menu", exact: true });
      if (await button.isVisible()) await button.click();
    },
  },
];

export async function looked(browser: Browser, root: string, step: Step): Promise<void> {
  await using server = await startGallery([root]);
  for (const size of sizes)
    await step(
      `${size.width} px: every view, light and dark${size.width > widestLookedAt ? "" : ", by axe-core"}`,
      async () => {
        const { page, context, errors } = await openPage(browser, server, { viewport: size, reducedMotion: "reduce" });
        const wrong: string[] = [];
        for (const look of looks.filter(({ name }) => size.width <= widestLookedAt || laidOutAnew.has(name)))
          for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            await show(page, server, look);
            if (size.width <= widestLookedAt) wrong.push(...(await violations(page, `${look.name} ${colorScheme}`)));
            await page.screenshot({ path: `${shots}/${look.name}-${size.width}-${colorScheme}.png` });
          }
        assert.deepEqual(wrong, []);
        assert.deepEqual(errors, []);
        await context.close();
      },
    );
}

async function show(page: Page, { origin }: Running, { hash, prepare }: Look): Promise<void> {
  // From a page of its own each time: nothing of the view before is left.
  await page.goto("about:blank");
  await page.goto(`${origin}/#/${hash}`);
  await page.waitForSelector(".tile.there, .tile.none, .nothing, .cards-page, .places, .cards");
  await page.waitForFunction(() => document.querySelectorAll(".tile:not(.there):not(.none)").length === 0);
  await prepare?.(page);
  await page.waitForTimeout(100);
}
