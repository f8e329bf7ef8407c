import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import type { RouteChange } from "./device-route.ts";

/** Between looks at what is a folder: no system tells of every kind of mount. */
const lookMs = 2_000;

/** Tells of each change of what `seen` says, a word to compare, looking every two seconds until aborted. */
export async function* changesOf(
  seen: () => Promise<string>,
  clock: Clock,
  options: AbortOptions,
): AsyncGenerator<RouteChange, void, undefined> {
  let last = await seen();
  while (!options.signal?.aborted) {
    try {
      await clock.sleep(lookMs, options);
    } catch {
      return;
    }
    const now = await seen();
    if (now !== last) yield { type: "changed" };
    last = now;
  }
}
