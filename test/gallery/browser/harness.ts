/**
 * The gallery in a real browser: every row of what it promises, by keyboard alone, and its figures with many photos.
 * npm run test:gallery -- [photos] [seed] [parts: rows,keyboard,looks,firefox,export,attacks,samples,hostile,numbers]. In CI with fewer photos; screenshots stay in the temporary folder that is printed at the end.
 */
import { rmSync } from "node:fs";
import { launch, shots } from "./browser.ts";
import { attacks } from "./harness-attacks.ts";
import { exported } from "./harness-export.ts";
import { inFirefox } from "./harness-firefox.ts";
import { hostile } from "./harness-hostile.ts";
import { keyboard } from "./harness-keyboard.ts";
import { looked } from "./harness-looks.ts";
import { numbers } from "./harness-numbers.ts";
import { demoBackup, rows } from "./harness-rows.ts";
import { samples } from "./harness-samples.ts";

const [count = "100000", seed = "1", parts = "rows,keyboard,looks,firefox,export,attacks,samples,hostile,numbers"] =
  process.argv.slice(2);
const isWanted = (part: string): boolean => parts.split(",").includes(part);
console.log(`gallery: ${count} photos, seed ${seed}`);
const browser = await launch();
let failed = 0;
let again = 0;
const attempt = async (run: () => Promise<void>): Promise<string | undefined> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
};
/** A browser on a busy machine may miss a moment: what fails is tried once more, and both are told. Every step opens its own page. */
const step = async (name: string, run: () => Promise<void>): Promise<void> => {
  const from = performance.now();
  const first = await attempt(run);
  const second = first === undefined ? undefined : await attempt(run);
  if (first !== undefined) console.log(`${second === undefined ? "AGAIN " : "FAILED"}  ${name}: ${first}`);
  if (second !== undefined) failed += 1;
  else {
    again += first === undefined ? 0 : 1;
    console.log(`ok      ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  }
};
try {
  const demo = await demoBackup();
  if (isWanted("rows")) await rows(browser, demo, step);
  if (isWanted("keyboard")) await keyboard(browser, demo, step);
  if (isWanted("looks")) await looked(browser, demo, step);
  if (isWanted("firefox")) await inFirefox(demo, step);
  if (isWanted("export")) await exported(browser, demo, step);
  if (isWanted("attacks")) await attacks(demo, step);
  if (isWanted("samples")) await samples(step);
  if (isWanted("hostile")) await hostile(browser, step);
  if (isWanted("numbers")) await numbers(browser, Number(count), Number(seed), step);
  rmSync(demo, { recursive: true, force: true });
} finally {
  await browser.close();
}
console.log(`screenshots: ${shots}`);
if (again > 0) console.log(`${again} steps passed at the second try`);
console.log(failed === 0 ? "every step passed" : `${failed} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
