/** An index that is made beside this process, so that the memory it takes is given back. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { abortReason } from "../../shared/abort.ts";
import { type AppError, DestinationError, InternalError } from "../../shared/errors.ts";
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

/** Why the child made none. */
export type IndexFailure = Pick<AppError, "code" | "message" | "remedy">;

/** Small steps for what was just made, as for the program itself: see `entry.cjs`. */
const flags = ["--max-semi-space-size=4", "--disable-warning=ExperimentalWarning"];

/**
 * Makes it. Where the cache cannot be written, or no process can be started, there is none afterwards, and who wants one makes it
 * himself.
 * @throws {DestinationError} with what was wrong; the signal's reason
 */
export async function indexBeside(wish: IndexWish, { signal, onProgress }: BuildOptions): Promise<void> {
  const child = fork(fileURLToPath(workerUrl(import.meta.url, "index-child")), [], {
    execArgv: flags,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const end = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", end, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("message", (told: IndexProgress | IndexFailure) => {
        if ("step" in told) onProgress?.(told);
        else reject(new DestinationError(told.code, told.message, { remedy: told.remedy }));
      });
      child.once("exit", (_, by) => (by === null ? resolve() : reject(endedBy(by))));
      child.once("error", () => resolve());
      if (signal?.aborted) end();
      else child.send(wish, () => {});
    });
  } catch (error) {
    throw signal?.aborted ? abortReason(signal) : error;
  } finally {
    signal?.removeEventListener("abort", end);
  }
  if (signal?.aborted) throw abortReason(signal);
}

/** As the system does when memory is short. */
const endedBy = (signal: string): InternalError =>
  new InternalError(new Error(`the process that made the index was ended by ${signal}`));
