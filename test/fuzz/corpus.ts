/** Inputs that fuzzing found worth keeping, one a line in base64: a file for each target, made by this project alone. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const corpus = join(import.meta.dirname, "corpus");
const regressions = join(import.meta.dirname, "regressions");
/** Longer ones are left out: what they reach shorter ones reach too, in time. */
const maxKeptBytes = 1_024;
const maxFileBytes = 24_000;

export function readCorpus(target: string): Buffer[] {
  return [...linesOf(join(corpus, `${target}.txt`)), ...linesOf(join(regressions, `${target}.txt`))];
}

/** What once was a finding. */
export function readRegressions(): { target: string; inputs: Buffer[] }[] {
  if (!existsSync(regressions)) return [];
  return readdirSync(regressions).map((name) => ({
    target: name.replace(/\.txt$/, ""),
    inputs: linesOf(join(regressions, name)),
  }));
}

export function addToCorpus(target: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(corpus, { recursive: true });
  const file = join(corpus, `${target}.txt`);
  let size = existsSync(file) ? readFileSync(file).length : 0;
  for (const input of inputs) {
    const line = `${Buffer.from(input).toString("base64")}\n`;
    if (input.length > maxKeptBytes || size + line.length > maxFileBytes) continue;
    appendFileSync(file, line);
    size += line.length;
  }
}

function linesOf(file: string): Buffer[] {
  if (!existsSync(file)) return [];
  // A line may end with words about it.
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => Buffer.from(line.split(" ")[0] as string, "base64"));
}
