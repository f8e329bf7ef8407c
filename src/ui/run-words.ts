/** A run on the screen: one line of it, and what came of it. */
import { numbers, shareDone } from "../present/progress-words.ts";
import type { RunningExport } from "./state.ts";

/** What came of it first: the end of the lines, behind the last empty one. A small screen shows the beginning. */
export function verdictFirst(lines: readonly string[]): string[] {
  const at = lines.lastIndexOf("") + 1;
  return at === 0 ? [...lines] : ["", ...lines.slice(at), ...lines.slice(0, at - 1)];
}

/** One line for those who look at photos meanwhile. */
export function runLine(run: RunningExport): string {
  if (run.outcome !== undefined) return `The export has ended: ${run.outcome.find((l) => l.trim() !== "") ?? ""}`;
  const far = `Copying, ${Math.floor(shareDone(run) * 100)} %`;
  if (run.waiting) return `${far}. ${run.waiting.message} ${run.waiting.remedy}`;
  if (run.cancelling) return `${far}: stopping`;
  return `${far}${run.paused ? ", paused" : ""}: ${numbers(run)}`;
}
