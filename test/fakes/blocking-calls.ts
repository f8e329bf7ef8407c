/** Counts what `node:fs` does below a folder while this thread stands still for it. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

export interface BlockingCalls extends Disposable {
  /** Name and path of each, in order. */
  readonly calls: readonly string[];
}

export function blockingCalls(below: string): BlockingCalls {
  const calls: string[] = [];
  const module = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const originals = Object.entries(module).filter(
    ([name, value]) => name.endsWith("Sync") && typeof value === "function",
  );
  for (const [name, original] of originals)
    module[name] = (...args) => {
      const [path] = args;
      if (typeof path === "string" && path.startsWith(below)) calls.push(`${name} ${path.slice(below.length)}`);
      return original(...args);
    };
  syncBuiltinESMExports();
  return {
    calls,
    [Symbol.dispose]() {
      for (const [name, original] of originals) module[name] = original;
      syncBuiltinESMExports();
    },
  };
}
