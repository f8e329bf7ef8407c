/** The main rows in a second browser. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { shots, startGallery } from "./browser.ts";
import { Firefox, hasFirefox, key } from "./firefox.ts";

type Step = (name: string, run: () => Promise<void>) => Promise<void>;

const text = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})?.textContent`;
const dialog = `document.querySelector('.viewer[role="dialog"]:not([hidden])')`;

export async function inFirefox(root: string, step: Step): Promise<void> {
  if (!hasFirefox()) return console.log("skipped Firefox: apt-get install firefox-esr");
  mkdirSync(shots, { recursive: true });
  await using server = await startGallery([root]);
  await using firefox = await Firefox.start();
  const at = async (hash: string): Promise<void> => {
    await firefox.go("about:blank");
    await firefox.go(`${server.origin}/#/${hash}`);
  };
  await firefox.size(1280, 800);
  await step("Firefox: the timeline, with pictures", async () => {
    await firefox.go(server.url);
    await firefox.until(`document.querySelectorAll(".tile.there").length > 5`);
    await firefox.shot(`${shots}/firefox-photos.png`);
  });
  await step("Firefox: search by keyboard, open, go on, close", async () => {
    await at("");
    await firefox.until(`document.querySelector(".tile.there")`);
    await firefox.press("/", ..."lisbon", key.enter);
    await firefox.until(`/IMG_/.test(document.activeElement?.getAttribute("aria-label") ?? "")`);
    await firefox.pressFocused();
    await firefox.until(dialog);
    const name = await firefox.ask<string>(text(".viewer-title strong"));
    await firefox.press(key.right);
    await firefox.until(`${text(".viewer-title strong")} !== ${JSON.stringify(name)}`);
    await firefox.until(`document.querySelector(".picture:not(.small)")?.naturalWidth > 0`);
    await firefox.press("i");
    await firefox.until(`document.querySelector(".panel h3")`);
    await firefox.shot(`${shots}/firefox-info.png`);
    await firefox.press(key.escape, key.escape);
    await firefox.until(`!${dialog}`);
  });
  await step("Firefox: a HEIC is shown", async () => {
    await at("search/IMG_7184");
    await firefox.until(`document.querySelector(".tile[data-id]")`);
    await firefox.ask(`document.querySelector(".tile[data-id]").focus()`);
    await firefox.pressFocused();
    await firefox.until(`document.querySelector(".picture:not(.small)")?.naturalWidth > 0`);
  });
  await step("Firefox: a movie plays and seeks, or is shown by a copy", async () => {
    await at("photos/kind%3Dvideo");
    await firefox.until(`document.querySelector(".tile[data-id]")`);
    await firefox.ask(`document.querySelector(".tile[data-id]").focus()`);
    await firefox.pressFocused();
    await firefox.until(`document.querySelector("video")?.readyState >= 2`);
    await firefox.ask(`document.querySelector("video").currentTime = 0.5`);
    await firefox.until(
      `Math.abs(document.querySelector("video").currentTime - 0.5) < 3 && !document.querySelector("video").seeking`,
    );
    await firefox.shot(`${shots}/firefox-movie.png`);
  });
  await step("Firefox: highlights, albums, places, selection", async () => {
    for (const [hash, there] of [
      ["highlights", ".card"],
      ["albums", ".card"],
      ["places", "canvas.map"],
    ] as const) {
      await at(hash);
      await firefox.until(`document.querySelector("${there}")`);
      await firefox.shot(`${shots}/firefox-${hash}.png`);
    }
    await at("");
    await firefox.until(`document.querySelector(".tile[data-id]")`);
    await firefox.ask(`document.querySelector(".tile[data-id]").focus()`);
    await firefox.press("x");
    await firefox.until(`${text(".selection-bar strong")} === "1 photo selected"`);
  });
  await step("Firefox: 390 px, nothing beside the edge", async () => {
    await firefox.size(390, 844);
    await at("");
    await firefox.until(`document.querySelector(".tile.there")`);
    await firefox.shot(`${shots}/firefox-390.png`);
    assert.equal(await firefox.ask(`document.documentElement.scrollWidth <= innerWidth`), true);
  });
}
