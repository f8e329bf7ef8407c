/** Cancellation: what a signal that fired means. */
import { CancelledError } from "./errors.ts";

/**
 * Every call that may take long takes one, last. Fired, the call ends with `CancelledError`, or with the signal's own typed reason.
 */
export interface AbortOptions {
  readonly signal?: AbortSignal;
}

/** Throws `cancelled` when the signal has fired; a typed reason of the caller's is thrown as it is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** A typed error of the caller's as it is; anything else becomes `CancelledError`. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name !== "AbortError" ? reason : new CancelledError();
}

/** The work's result, or the signal's reason as soon as it fires; what the work does then is nobody's concern any more. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  work.catch(() => {});
  throwIfAborted(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** As `unlessAborted`, of something that is to be disposed of: what comes after nobody waits for it any more is. */
export async function openedUnlessAborted<T extends AsyncDisposable | undefined>(
  opening: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await unlessAborted(opening, signal);
  } catch (error) {
    if (signal?.aborted) void opening.then((late) => late?.[Symbol.asyncDispose]()).catch(() => {});
    throw error;
  }
}
