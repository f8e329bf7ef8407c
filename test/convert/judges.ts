/**
 * JPEG and MP4 copies, judged by programs that are not ours: exiftool, heif-convert, ffprobe, Chromium. `npm run test:convert -- COUNT SEED PART`
 * makes so many pictures at random beside the rows of the table. Ends with 1 when something differs.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browser } from "./browser.ts";
import { colours } from "./colours.ts";
import { costs } from "./costs.ts";
import { Judge } from "./judge.ts";
import { metadata } from "./metadata.ts";
import { movies } from "./movies.ts";

const [count = "12", seed = "1", only] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "offroll-convert-"));
const judge = new Judge();
const began = performance.now();
try {
  for (const part of [metadata, colours, costs, movies, browser])
    if (only === undefined || part.name === only)
      await part({ judge, folder, count: Number(count), seed: Number(seed) });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${judge.checks} checks, ${judge.violations} violations, ${judge.skipped} skipped, ${Math.round((performance.now() - began) / 1000)} s`,
);
process.exitCode = judge.violations > 0 || judge.checks === 0 ? 1 : 0;
