/** Cancellation: what a signal that fired means. */
import { CancelledError } from "./errors.ts";

export interface AbortOptions {
  readonly signal?: AbortSignal;
}

/** Throws `cancelled` when the signal has fired; a typed reason of the caller's is thrown as it is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name !== "AbortError" ? reason : new CancelledError();
}
