/**
 * Fuzzes the readers of everything that comes from outside, guided by which blocks of the source an input reaches.
 *
 *   npm run test:fuzz [SECONDS] [TARGET]        SECONDS in all (60); TARGET one of those that `list` names, or the beginning of some
 *   OFFROLL_FUZZ_SEED=N                         the same inputs again; printed at the start
 *   OFFROLL_FUZZ_KEEP=1                         adds what reached something new to test/fuzz/corpus
 *
 * Ends with 1 when something was found; its input is then in test/fuzz/found, ready to become a regression.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { addToCorpus, readCorpus } from "./corpus.ts";
import { type Finding, type FuzzWork, hangMs, type LoopResult, presentHeader } from "./loop.ts";
import { usualBytes } from "./target.ts";
import { targets } from "./targets/index.ts";

const lookMs = 100;
const heapMb = 512;

/** When it is enough. */
interface FuzzEnd {
  readonly returnsWithinMs?: number;
  readonly mostKept?: number;
}

/** Fuzzes in a thread of its own, which is ended when it no longer returns. */
export async function fuzz(
  name: string,
  seed: number,
  milliseconds: number,
  { returnsWithinMs = 5 * hangMs, mostKept }: FuzzEnd = {},
): Promise<LoopResult> {
  const target = targets.find((t) => t.name === name);
  const room = presentHeader + (target?.maxBytes ?? usualBytes) + 65_536;
  const present = new SharedArrayBuffer(room);
  const work: FuzzWork = { target: name, seed, milliseconds, mostKept, corpus: readCorpus(name), present };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const counters = new Int32Array(present, 0, 2);
  const input = (): Buffer => Buffer.from(new Uint8Array(present, presentHeader, counters[1] as number));
  return await new Promise<LoopResult>((resolve) => {
    const end = (result: LoopResult): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    };
    const stopped = (kind: Finding["kind"], about: string): void =>
      end({ executions: counters[0] as number, blocks: 0, kept: [], finding: { kind, about, input: input() } });
    let last = -1;
    let since = process.cpuUsage();
    const watch = setInterval(() => {
      const { user, system } = process.cpuUsage(since);
      // By the processor's time, so that a busy computer hangs nothing. The first input waits for the thread to begin.
      if (counters[0] === last && last > 0) {
        if ((user + system) / 1000 > returnsWithinMs) stopped("hang", "it did not return");
        return;
      }
      last = counters[0] as number;
      since = process.cpuUsage();
    }, lookMs);
    worker.on("message", (result: LoopResult) => {
      const { finding } = result;
      end(finding ? { ...result, finding: { ...finding, input: Buffer.from(finding.input) } } : result);
    });
    worker.on("error", (error) =>
      stopped(
        (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY" ? "out of memory" : "untyped throw",
        String(error.stack),
      ),
    );
  });
}

function told({ kind, about, input }: Finding, name: string): string {
  const folder = join(import.meta.dirname, "found");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${createHash("sha256").update(input).digest("hex").slice(0, 12)}`);
  writeFileSync(file, input);
  return `${name}: ${kind}\n  ${about.split("\n").slice(0, 8).join("\n  ")}\n  ${input.length} bytes in ${file}`;
}

async function main(seconds: number, wanted: string): Promise<number> {
  const chosen = targets.filter((t) => t.name.startsWith(wanted));
  if (chosen.length === 0) {
    console.log(`There is no target ${wanted}. There are: ${targets.map((t) => t.name).join(", ")}.`);
    return 2;
  }
  const seed = Number(process.env["OFFROLL_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`seed ${seed}, ${chosen.length} targets, ${seconds} s`);
  let executions = 0;
  let findings = 0;
  for (const [i, { name }] of chosen.entries()) {
    const result = await fuzz(name, seed + i, (seconds * 1000) / chosen.length);
    executions += result.executions;
    if (process.env["OFFROLL_FUZZ_KEEP"]) addToCorpus(name, result.kept);
    console.log(
      `${name.padEnd(20)} ${String(result.executions).padStart(9)} executions  ${String(result.blocks).padStart(5)} blocks`,
    );
    if (!result.finding) continue;
    findings += 1;
    console.log(told(result.finding, name));
  }
  console.log(`${executions} executions of ${chosen.length} targets: ${findings} findings (seed ${seed})`);
  return findings > 0 ? 1 : 0;
}

if (import.meta.main) {
  const [seconds = "60", wanted = ""] = process.argv.slice(2);
  process.exitCode = await main(Number(seconds), wanted);
}
