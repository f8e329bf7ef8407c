/**
 * The gallery in a real browser: every row of what it promises, by keyboard alone, and its figures with many photos.
 * npm run test:gallery -- [photos] [seed] [parts: rows,keyboard,looks,firefox,export,attacks,patient,samples,hostile,numbers; counts are the numbers that take seconds] [words: only steps that are called so]. In CI with fewer photos; screenshots stay in the temporary folder that is printed at the end.
 */
import { rmSync } from "node:fs";
import { launch, shots } from "./browser.ts";
import { attacks, patient } from "./harness-attacks.ts";
import { exported } from "./harness-export.ts";
import { inFirefox } from "./harness-firefox.ts";
import { hostile } from "./harness-hostile.ts";
import { keyboard } from "./harness-keyboard.ts";
import { looked } from "./harness-looks.ts";
import { numbers } from "./harness-numbers.ts";
import { renewed } from "./harness-renewed.ts";
import { demoBackup, rows } from "./harness-rows.ts";
import { samples } from "./harness-samples.ts";

const [
  count = "100000",
  seed = "1",
  parts = "rows,keyboard,looks,firefox,export,attacks,patient,samples,hostile,numbers",
  words = "",
] = process.argv.slice(2);
const isWanted = (part: string): boolean => parts.split(",").includes(part);
console.log(`gallery: ${count} photos, seed ${seed}`);
const browser = await launch();
let failed = 0;
/** Every step opens its own page, and is tried once: what fails on a busy machine fails for a person there, too. */
const step = async (name: string, run: () => Promise<void>): Promise<void> => {
  if (!name.includes(words)) return;
  const from = performance.now();
  try {
    await run();
    console.log(`ok      ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
};
try {
  const demo = await demoBackup();
  if (isWanted("rows")) {
    await rows(browser, demo, step);
    await renewed(browser, step);
  }
  if (isWanted("keyboard")) await keyboard(browser, demo, step);
  if (isWanted("looks")) await looked(browser, demo, step);
  if (isWanted("firefox")) await inFirefox(demo, step);
  if (isWanted("export")) await exported(browser, demo, step);
  if (isWanted("attacks")) await attacks(demo, step);
  if (isWanted("patient")) await patient(demo, step);
  if (isWanted("samples")) await samples(step);
  if (isWanted("hostile")) await hostile(browser, step);
  if (isWanted("numbers") || isWanted("counts"))
    await numbers(browser, { count: Number(count), seed: Number(seed), isAll: isWanted("numbers") }, step);
  rmSync(demo, { recursive: true, force: true });
} finally {
  await browser.close();
}
console.log(`screenshots: ${shots}`);
console.log(failed === 0 ? "every step passed" : `${failed} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
