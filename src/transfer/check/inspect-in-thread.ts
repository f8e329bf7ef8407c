/**
 * Inspects a destination from another thread: where it lies on a share that answers slowly, or not at all, a program with a screen
 * would stand still for as long. Nothing is written.
 */
import { Worker } from "node:worker_threads";
import type { AbortOptions } from "../../shared/abort.ts";
import { CancelledError, DestinationError, type ErrorCode } from "../../shared/errors.ts";
import { workerUrl } from "../../shared/worker-url.ts";
import type { RememberedPlace } from "../destination/known-destinations.ts";
import type { DestinationFolder } from "../destination/place.ts";

/** What the other thread shall look at. */
export interface InspectRequest {
  /** As a person wrote it, without `~`. */
  readonly path: string;
  readonly cwd: string;
  /** Only what came from this phone; from any where undefined. */
  readonly device?: string | undefined;
  /** Whether what is there is to be told, file by file. */
  readonly copied: boolean;
  /** Where this computer remembers destinations; see `assertRightPlace`. */
  readonly remembered?: readonly RememberedPlace[] | undefined;
}

/** What it found. */
export interface InspectedDestination {
  readonly folder: DestinationFolder;
  /** Why another destination may be meant than the one that would be written; a person may know better. */
  readonly doubt: string | undefined;
  /** Where the folder is, or will be; undefined where nobody tells. */
  readonly freeBytes: number | undefined;
  /** The path template that was kept there for the phone that was asked about; only where its files were asked for. */
  readonly keptTemplate?: string | undefined;
}

/** Some of what is there: the phone's own ids and paths of photos. */
export interface CopiedPart {
  readonly uuids: readonly string[];
  readonly paths: readonly string[];
}

/** What it sends back: any number of `copied`, then one of the others. */
export type InspectReply =
  | ({ readonly type: "copied" } & CopiedPart)
  | { readonly type: "done"; readonly inspected: InspectedDestination }
  | { readonly type: "failed"; readonly code: ErrorCode; readonly message: string; readonly remedy: string };

/**
 * @param onCopied called for every few thousand files that are there, in no order
 * @throws {DestinationError} as `inspectDestination`; {CancelledError}
 */
export async function inspectInThread(
  request: InspectRequest,
  { signal, onCopied = () => {} }: AbortOptions & { readonly onCopied?: (part: CopiedPart) => void } = {},
): Promise<InspectedDestination> {
  const worker = new Worker(workerUrl(import.meta.url, "inspect-worker"), { workerData: request });
  const answer = Promise.withResolvers<InspectedDestination>();
  worker.on("message", (reply: InspectReply) => {
    if (reply.type === "copied") onCopied(reply);
    else if (reply.type === "done") answer.resolve(reply.inspected);
    else answer.reject(new DestinationError(reply.code, reply.message, { remedy: reply.remedy }));
  });
  worker.on("error", (error) => answer.reject(error));
  worker.on("exit", () => answer.reject(new Error("the thread that looks at the destination ended")));
  const stop = (): void => answer.reject(new CancelledError());
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await answer.promise;
  } finally {
    signal?.removeEventListener("abort", stop);
    // A call that never returns holds its thread; nobody waits for it.
    worker.unref();
    void worker.terminate();
  }
}
