/** One run of the built program as a person starts it, and what it took: of it and of every process below it. Linux only. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const program = join(import.meta.dirname, "../../dist/offroll.cjs");
const lookMs = 50;

/** What a run took. */
export interface Measured {
  readonly code: number | null;
  readonly stdout: string;
  /** The processor's, of all processes, as the shell's `time` tells it. */
  readonly cpuSeconds: number;
  /** The most memory that the program's own process ever had, and the largest of those that it started. */
  readonly peakMb: number;
  readonly childPeakMb: number;
}

/** @param home in which it finds and leaves its own files */
export async function measured(args: readonly string[], home: string): Promise<Measured> {
  const env = { PATH: process.env["PATH"], HOME: home, TIMEFORMAT: "times %U %S" };
  // The shell is there for its sum alone: it has what every process took whose end was waited for.
  const run = spawn("bash", ["-c", 'time "$@"', "time", process.execPath, program, ...args], { env });
  const peaks = new Map<number, number>();
  let shell: number | undefined;
  const look = (): void => {
    shell ??= run.pid;
    for (const pid of below(shell ?? 0)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
  };
  const looking = setInterval(look, lookMs);
  let [stdout, stderr] = ["", ""];
  run.stdout.on("data", (chunk) => (stdout += chunk));
  run.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => run.on("close", resolve));
  clearInterval(looking);
  const times = /times ([\d.]+) ([\d.]+)\s*$/.exec(stderr);
  if (!times) throw new Error(`it told no times: ${stderr}`);
  const [own = 0, ...children] = [...peaks.values()];
  return {
    ...{ code, stdout, cpuSeconds: Number(times[1]) + Number(times[2]) },
    ...{ peakMb: own, childPeakMb: Math.max(0, ...children) },
  };
}

/** Processes below one, each before those that it started. */
function below(pid: number): number[] {
  const own = tasksOf(pid).flatMap((task) => textOf(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean));
  return own.map(Number).flatMap((child) => [child, ...below(child)]);
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

function peakOf(pid: number): number {
  return Number(/VmHWM:\s*(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
