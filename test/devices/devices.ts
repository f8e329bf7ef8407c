/**
 * Every recorded device through the real route, with both ways of refusing a property, and with a file of more than 4 GiB. Prints
 * what went wrong, and makes docs/dev/real-devices.md of what was done.
 * node test/devices/devices.ts [--write] [--no-large] [PART OF A NAME]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type RecordedFacts, recordedFacts } from "../fakes/recorded-device.ts";
import { type Replayed, replay } from "./replay.ts";
import { type Row, realDevicesPage } from "./table.ts";

const page = join(import.meta.dirname, "../../docs/dev/real-devices.md");
const largeBytes = 2 ** 32 + 5_000;

const { values, positionals } = parseArgs({
  options: { write: { type: "boolean" }, "no-large": { type: "boolean" } },
  allowPositionals: true,
});
const [part = ""] = positionals;
const chosen = recordedFacts().filter(({ name }) => name.includes(part));

const problems: string[] = [];
const note = (what: string, { name }: RecordedFacts, detail = ""): void => {
  problems.push(`${what}: ${name} ${detail}`);
};

/** No device of these has anything to be copied from, and each is told so. */
const noCard = (seen: Replayed): boolean => seen.shown?.state === "no-card";

function check(facts: RecordedFacts, mode: string, seen: Replayed): void {
  if (!seen.shown) return note("not seen", facts, mode);
  if (seen.shown.state !== "ready" && !noCard(seen)) return note("not opened", facts, seen.shown.state);
  const { name, model } = seen.shown;
  if ([name, model].some((text) => text === "" || text !== text.trim() || /\s\s/.test(text)))
    note("odd name", facts, `"${name}", "${model}"`);
  if (noCard(seen)) return;
  if (seen.listed !== seen.there) note("listed short", facts, `${mode} ${seen.listed}/${seen.there}`);
  for (const failed of seen.failed) note("file failed", facts, `${mode} ${failed}`);
}

const rows: Row[] = [];
for (const facts of chosen) {
  const looks = [];
  for (const missingProperty of ["error", "empty"] as const) {
    const seen = await replay(facts, { missingProperty });
    check(facts, missingProperty, seen);
    looks.push(seen);
  }
  const [seen] = looks as [Replayed, Replayed];
  const large =
    values["no-large"] || noCard(seen) ? undefined : await replay(facts, { missingProperty: "error", largeBytes });
  if (large) check(facts, "4 GiB", large);
  rows.push({ facts, seen, large });
}

const count = (what: string): number => problems.filter((p) => p.startsWith(what)).length;
for (const problem of problems) console.log(problem);
const modes = `both ways of refusing a property${values["no-large"] ? "" : ", a file of 4 GiB"}`;
console.log(`${chosen.length} devices, ${modes}: ${count("not seen")} not seen, ${count("not opened")} not opened,`);
console.log(
  `${count("listed short")} listed short, ${count("file failed")} files failed, ${count("odd name")} odd names;`,
);
console.log(`${rows.filter((r) => noCard(r.seen)).length} without a card, and told so.`);

let isStale = false;
if (part === "" && !values["no-large"]) {
  const text = realDevicesPage(rows);
  if (values.write) {
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(page, text);
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
    isStale = true;
    console.log("docs/dev/real-devices.md says something else: npm run test:devices -- --write");
  }
}
process.exit(problems.length > 0 || isStale ? 1 : 0);
