/**
 * Exact reads from a Node stream in paused mode. What is not read stays in the stream, so that a connection which changes
 * its meaning (usbmux `Connect`, the TLS upgrade) loses no byte that came early.
 */
import type { Duplex } from "node:stream";
import { type AbortOptions, abortReason } from "../../shared/abort.ts";
import { DeviceError } from "../../shared/errors.ts";

export interface ReadExactOptions extends AbortOptions {
  /** Gives up after this long without the whole amount. */
  readonly timeoutMs?: number;
  readonly onTimeout?: () => Error;
}

/**
 * Reads exactly `length` bytes.
 * @throws {DeviceError} `device-disconnected` when the stream ends first. After any throw the stream is in an unknown state.
 */
export async function readExact(stream: Duplex, length: number, options: ReadExactOptions = {}): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  const { signal, timeoutMs } = options;
  const deadline = timeoutMs === undefined ? undefined : setTimeout(() => expire(), timeoutMs);
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const stop = (error: Error): void => {
    failure ??= error;
    wake?.();
  };
  const expire = (): void => stop(options.onTimeout?.() ?? disconnected("timed out"));
  const onAbort = (): void => stop(abortReason(signal as AbortSignal));
  const onError = (error: Error): void => stop(disconnected(error.message, error));
  const onWake = (): void => wake?.();
  signal?.addEventListener("abort", onAbort, { once: true });
  stream.on("readable", onWake).on("end", onWake).on("close", onWake).on("error", onError);
  try {
    for (;;) {
      if (signal?.aborted) throw abortReason(signal);
      if (failure) throw failure;
      const chunk = stream.read(length) as Buffer | null;
      if (chunk !== null) {
        if (chunk.length < length) throw disconnected(`ended after ${chunk.length} of ${length} bytes`);
        return chunk;
      }
      if (stream.readableEnded || stream.destroyed || stream.errored)
        throw disconnected(stream.errored?.message ?? "the connection ended", stream.errored ?? undefined);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener("abort", onAbort);
    stream.off("readable", onWake).off("end", onWake).off("close", onWake).off("error", onError);
  }
}

function disconnected(detail: string, cause?: unknown): DeviceError {
  return new DeviceError("device-disconnected", `The connection to the phone broke off (${detail}).`, {
    cause,
    retryable: true,
  });
}

/** Closes at once, from either side's point of view; errors that follow are nobody's concern any more. */
export function destroyQuietly(stream: Duplex): void {
  stream.on("error", () => {});
  stream.destroy();
}
