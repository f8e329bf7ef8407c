/** What happens to an export that goes on, on whichever screen its owner is. */
import type { Action, Effect } from "../actions.ts";
import type { RunningExport } from "../state.ts";

const maxFailuresShown = 5;

/** An export of which nothing is known yet. */
export function startedRun(destination: string): RunningExport {
  return {
    destination,
    done: { items: 0, bytes: 0 },
    toCopy: { items: 0, bytes: 0 },
    bytesPerSecond: 0,
    active: [],
    failures: [],
    failureCount: 0,
    paused: false,
    cancelling: false,
  };
}

/** @returns undefined for what is none of its business */
export function onRun(
  run: RunningExport,
  action: Action,
): { readonly run: RunningExport; readonly effects: readonly Effect[] } | undefined {
  const now = (next: RunningExport, ...effects: Effect[]) => ({ run: next, effects });
  switch (action.type) {
    case "progress": {
      const { done, toCopy, bytesPerSecond, active } = action;
      return now({ ...run, done, toCopy, bytesPerSecond, active, waiting: undefined });
    }
    case "failure":
      return now({
        ...run,
        failures: [...run.failures, action.line].slice(-maxFailuresShown),
        failureCount: run.failureCount + 1,
      });
    case "waiting":
      return now({ ...run, waiting: action });
    case "making":
      return now({ ...run, making: { what: action.what, done: action.done, total: action.total }, active: [] });
    case "resumed":
      return now({ ...run, waiting: undefined });
    case "exportFailed":
      return now({ ...run, outcome: [`✗ ${action.message}`] });
    case "finished":
      return now(
        { ...run, outcome: action.lines, offer: action.offer },
        { type: "inspectDestination", destination: run.destination },
      );
    default:
      return undefined;
  }
}

/** Keys of the export's own screen. */
export function onRunKey(
  run: RunningExport,
  action: Action,
): { readonly run: RunningExport; readonly effects: readonly Effect[] } | undefined {
  if (action.type === "pause" && !run.cancelling)
    return { run: { ...run, paused: !run.paused }, effects: [{ type: "pauseExport", paused: !run.paused }] };
  return undefined;
}
