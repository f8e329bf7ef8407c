/** Tells one start of this computer from the next. */
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import type { Clock } from "../../../shared/clock.ts";

/** Changes with every start of the computer. */
export function currentBootId(clock: Clock): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return `boot-${Math.round((clock.now() - uptime() * 1000) / 60_000)}`;
  }
}
