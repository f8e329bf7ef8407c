/**
 * How long planning holds the thread that draws and reads keys: a first plan, and one of a night with nothing new. With the folder
 * of another checkout its numbers stand beside.
 *
 *   npm run bench:planning -- [COUNT] [OTHER_CHECKOUT]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [countText = "20000", other] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "offroll-planning-"));
const child = join(import.meta.dirname, "planning-child.ts");
const checkouts = {
  "this one": resolve(import.meta.dirname, "../.."),
  ...(other ? { "the other": resolve(other) } : {}),
};

interface Measured {
  readonly seconds: number;
  readonly blockMs: number;
  /** What other programs take is not in it. */
  readonly blockCpuMs: number;
  readonly toCopy: number;
  readonly present: number;
}

function measure(checkout: string, folder: string, ...more: string[]): Measured {
  const args = [child, checkout, folder, countText, ...more];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1e8 })) as Measured;
}

for (const [name, checkout] of Object.entries(checkouts)) {
  const folder = join(work, name.replace(" ", "-"));
  const tell = (what: string, { seconds, blockMs, blockCpuMs, toCopy, present }: Measured): void =>
    console.log(
      `${name.padEnd(10)} ${what.padEnd(16)} ${seconds.toFixed(2)} s, longest block ${blockMs.toFixed(0)} ms (${blockCpuMs.toFixed(0)} ms of the processor); ${toCopy} to copy, ${present} there`,
    );
  tell("first plan", measure(checkout, folder, "run"));
  for (let i = 0; i < 3; i += 1) tell("nothing new", measure(checkout, folder));
}
rmSync(work, { recursive: true, force: true });
