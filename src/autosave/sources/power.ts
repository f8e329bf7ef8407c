/** Whether this computer runs on a battery that should be spared. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { readPlainText } from "../../shared/plain-file.ts";
import { findProgram } from "../../shared/program.ts";

/** A phone charges from the same battery while it is read. */
const lowPercent = 30;
const sysfs = "/sys/class/power_supply";

/** Source: Linux, Documentation/ABI/testing/sysfs-class-power; pmset(1). False where nothing tells. */
export async function isPowerLow(platform: NodeJS.Platform, folder = sysfs): Promise<boolean> {
  if (platform === "linux") return isLowIn(folder);
  if (platform === "darwin") return await isLowByPmset();
  return false;
}

function isLowIn(folder: string): boolean {
  const supplies = namesIn(folder).map((name) => (file: string) => textOf(join(folder, name, file)));
  const batteries = supplies.filter((read) => read("type") === "Battery" && read("scope") !== "Device");
  const mains = supplies.filter((read) => read("type") === "Mains" || read("type") === "USB");
  if (batteries.length === 0 || mains.some((read) => read("online") === "1")) return false;
  if (batteries.some((read) => read("status") === "Charging" || read("status") === "Full")) return false;
  const charges = batteries.map((read) => Number.parseInt(read("capacity") ?? "", 10)).filter(Number.isFinite);
  return charges.length > 0 && Math.max(...charges) < lowPercent;
}

async function isLowByPmset(): Promise<boolean> {
  const program = findProgram("pmset");
  if (!program) return false;
  const { stdout } = await promisify(execFile)(program, ["-g", "batt"], { timeout: 5_000 }).catch(() => ({
    stdout: "",
  }));
  const percent = Number(/(\d+)%/.exec(stdout)?.[1] ?? 100);
  return stdout.includes("'Battery Power'") && percent < lowPercent;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readPlainText(file, { maxBytes: 4096 }).trim();
  } catch {
    return undefined;
  }
}
