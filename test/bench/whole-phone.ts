/**
 * How near the cable's limit a backup of a whole phone comes: see whole-phone-rows.ts. Nothing here was seen on a real phone. A run
 * of all rows is kept for docs/benchmarks.md.
 *
 *   npm run bench:phone -- [MEGABYTES of the large file, 400] [small FILES, 10000] [ROUNDS, 3] [ONLY a part of a row's name]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { median, type Results, resultsFile } from "./results.ts";
import { measureWholePhone } from "./whole-phone-rows.ts";

const [megabytes = "400", files = "10000", rounds = "3", only = ""] = process.argv.slice(2);
const asked = { megabytes: Number(megabytes), files: Number(files), rounds: Number(rounds), only };
const whole = await measureWholePhone(asked, ({ what, values }) =>
  console.log(`${what}: ${median(values).toFixed(2)} s`),
);
console.log(`load ${whole.load.map((value) => value.toFixed(1)).join(" to ")}`);
if (only === "") {
  const results = JSON.parse(readFileSync(resultsFile, "utf8")) as Results;
  writeFileSync(resultsFile, `${JSON.stringify({ ...results, whole }, null, 1)}\n`);
}
