/** Counts what holds, and tells what does not. */
import { execFileSync, spawnSync } from "node:child_process";

export interface Part {
  readonly judge: Judge;
  /** Gone afterwards. */
  readonly folder: string;
  readonly count: number;
  readonly seed: number;
}

export class Judge {
  checks = 0;
  violations = 0;
  skipped = 0;

  holds(what: string, isSo: boolean, detail: unknown = ""): void {
    this.checks += 1;
    if (isSo) return;
    this.violations += 1;
    console.log(`✗ ${what}  ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
  }

  /** Whether these programs are there. In CI all are; elsewhere what needs them is left out, and counted. */
  has(...programs: readonly string[]): boolean {
    const absent = programs.filter((name) => spawnSync("sh", ["-c", 'command -v "$1"', "sh", name]).status !== 0);
    if (absent.length === 0) return true;
    if (process.env["CI"] === "true") this.holds(`${absent.join(", ")} installed`, false);
    else console.log(`skipped: ${absent.join(", ")} not installed`);
    this.skipped += 1;
    return false;
  }
}

export const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 });

/** Processor seconds and peak memory of one command, as the system counted them. */
export function measured(
  command: readonly string[],
  env: Record<string, string> = {},
): { cpu: number; peakMb: number } {
  const script =
    "import resource,subprocess,sys\nr=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)\n" +
    "u=resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(r.returncode,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)";
  const text = execFileSync("python3", ["-c", script, ...command], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  const [code, cpu, peakMb] = text.trim().split(" ").map(Number) as [number, number, number];
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
  return { cpu, peakMb };
}
