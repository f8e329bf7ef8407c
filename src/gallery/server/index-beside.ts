/** An index that is made beside this process, so that the memory it takes is given back. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { abortReason } from "../../shared/abort.ts";
import { workerUrl } from "../../shared/worker-url.ts";
import type { BuildOptions, IndexProgress } from "./index-breath.ts";

/** What the child is asked to make. */
export interface IndexWish {
  /** Of the destinations, in their order. */
  readonly roots: readonly string[];
  /** Where the index goes. */
  readonly folder: string;
  /** What it is made from. */
  readonly key: string;
}

/** Small steps for what was just made, as for the program itself: see `entry.cjs`. */
const flags = ["--max-semi-space-size=4", "--disable-warning=ExperimentalWarning"];

/** Makes it, or leaves it: whoever finds none afterwards makes it himself, and meets what was wrong. @throws the signal's reason */
export async function indexBeside(wish: IndexWish, { signal, onProgress }: BuildOptions): Promise<void> {
  const child = fork(fileURLToPath(workerUrl(import.meta.url, "index-child")), [], {
    execArgv: flags,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const end = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", end, { once: true });
  try {
    await new Promise<void>((resolve) => {
      child.on("message", (progress: IndexProgress) => onProgress?.(progress));
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
      if (signal?.aborted) end();
      else child.send(wish, () => {});
    });
  } finally {
    signal?.removeEventListener("abort", end);
  }
  if (signal?.aborted) throw abortReason(signal);
}
