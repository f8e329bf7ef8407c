/** From the address to an album, and back, without a mouse. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { openPage, startGallery } from "./browser.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

export async function keyboard(browser: Browser, root: string, step: Step): Promise<void> {
  await using server = await startGallery([root]);
  const said: string[] = [];
  await step("by keyboard alone: search, look, go on, zoom, select, album, back", async () => {
    const { page, context, errors } = await openPage(browser, server, { reducedMotion: "reduce" });
    await run(page, said);
    assert.deepEqual(errors, []);
    await context.close();
  });
  console.log(`        ${said.join(" → ")}`);
  await step("Tab goes through the page in reading order, and every stop can be seen", async () => {
    const { page, context } = await openPage(browser, server);
    await tabs(page);
    await context.close();
  });
}

const focused = async (page: Page): Promise<string> =>
  await page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
  );

async function run(page: Page, said: string[]): Promise<void> {
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press("/");
  assert.equal(await focused(page), "Search photos");
  await page.keyboard.type("lisbon");
  await page.waitForFunction(() => document.querySelector(".heading")?.textContent === "“lisbon”");
  said.push(await page.locator(".found").innerText());
  await press("Enter");
  await page.waitForFunction(() => /IMG_.*\./.test(document.activeElement?.getAttribute("aria-label") ?? ""));
  const first = await focused(page);
  said.push(first);
  await press("ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft");
  assert.equal(await focused(page), first);
  await press("End");
  const last = await focused(page);
  assert.notEqual(last, first);
  await press("Home", "Enter");
  await page.waitForSelector('[role="dialog"]:not([hidden])');
  assert.equal(await page.evaluate(() => document.querySelector(".viewer")!.contains(document.activeElement)), true);
  const name = await page.locator(".viewer-title strong").innerText();
  assert.ok(first.startsWith(name));
  said.push(`opened ${name}`);
  await press("ArrowRight");
  await page.waitForFunction((n) => document.querySelector(".viewer-title strong")?.textContent !== n, name);
  await press("ArrowLeft");
  await page.waitForFunction((n) => document.querySelector(".viewer-title strong")?.textContent === n, name);
  await press("i");
  await page.locator(".panel h3").first().waitFor();
  for (let i = 0; i < 40; i += 1) {
    await press("Tab");
    assert.equal(
      await page.evaluate(() => document.querySelector(".viewer")!.contains(document.activeElement)),
      true,
      "Tab stays in the dialog",
    );
  }
  await controlStays(page);
  await press("Escape");
  await page.waitForFunction(() => document.querySelector(".viewer")?.hasAttribute("hidden"));
  assert.equal(await focused(page), first);
  said.push("closed, where it was opened");
  await press("x", "ArrowRight", "x");
  await page.getByText("2 photos selected").waitFor();
  await press("Shift+ArrowRight");
  await page.getByText("3 photos selected").waitFor();
  said.push("3 selected");
  // From the grid on to the bar that came.
  await page.getByRole("button", { name: "Add to album" }).focus();
  await press("Enter");
  await page.getByText("Add 3 photos to").waitFor();
  await press("Enter");
  await page.getByRole("textbox", { name: "Name" }).waitFor();
  await page.keyboard.type("By keyboard");
  await press("Enter");
  await page.getByText("Added to By keyboard").waitFor();
  said.push("in a new album");
  await press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog[open]") === null);
}

/** Tools and information are made anew for each photo: the keyboard is not lost with those of the last. */
async function controlStays(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Information" }).focus();
  for (const key of ["ArrowRight", "ArrowLeft"]) {
    const before = await page.locator(".viewer-title strong").innerText();
    await page.keyboard.press(key);
    await page.waitForFunction(
      (name) =>
        document.querySelector(".viewer-title strong")?.textContent !== name &&
        document.querySelector(".viewer-title span") !== null,
      before,
    );
    assert.equal(await focused(page), "Information", "the control keeps the keyboard");
  }
}

async function tabs(page: Page): Promise<void> {
  const seen: string[] = [];
  let before = -1;
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let i = 0; i < 120; i += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement;
      const box = e.getBoundingClientRect();
      const style = getComputedStyle(e.closest(".search") ?? e);
      const isMarked = style.outlineStyle !== "none" || style.boxShadow !== "none";
      return {
        name: (e.getAttribute("aria-label") ?? e.textContent ?? "").trim(),
        index: e.dataset["i"] === undefined ? -1 : Number(e.dataset["i"]),
        isSeen: box.bottom > 0 && box.top < innerHeight && box.width > 0 && (e === document.body || isMarked),
      };
    });
    if (stop.index >= 0) {
      assert.equal(stop.index, before + 1, "photo after photo");
      before = stop.index;
    }
    assert.ok(stop.isSeen, `“${stop.name}” can be seen`);
    seen.push(stop.name);
  }
  assert.ok(before > 40, `${before} photos were reached`);
}
