/** What a signal that fired means to those who wait. */
import { expect, test } from "vitest";
import { abortReason, throwIfAborted, unlessAborted } from "../../src/shared/abort.ts";
import { DeviceError } from "../../src/shared/errors.ts";

const fired = (reason?: unknown): AbortSignal => AbortSignal.abort(reason);

test("a plain abort is a cancellation, a typed reason is itself, and anything else does not leak", () => {
  const typed = new DeviceError("device-disconnected", "The cable was pulled.");
  expect(abortReason(fired(typed))).toBe(typed);
  for (const reason of [undefined, "enough", { code: "x" }, null, 7])
    expect(abortReason(fired(reason))).toMatchObject({ code: "cancelled", name: "CancelledError" });
  // A deadline says of itself what it is.
  const late = new DOMException("too late", "TimeoutError");
  expect(abortReason(fired(late))).toBe(late);
});

test("no signal, and one that has not fired, stop nothing", () => {
  expect(() => throwIfAborted(undefined)).not.toThrow();
  expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  expect(() => throwIfAborted(fired())).toThrow(expect.objectContaining({ code: "cancelled" }));
});

test("work ends for its waiter when the signal fires, and its late failure is nobody's unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): number => unhandled.push(error);
  process.on("unhandledRejection", note);
  const { promise, reject } = Promise.withResolvers<string>();
  const leave = new AbortController();
  const waiting = unlessAborted(promise, leave.signal);
  leave.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  reject(new Error("later"));
  const other = Promise.withResolvers<string>();
  await expect(unlessAborted(other.promise, fired())).rejects.toMatchObject({ code: "cancelled" });
  other.reject(new Error("later, too"));
  await new Promise((done) => setImmediate(done));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("a signal that fired already wins over work that is done; one that does not fire changes nothing", async () => {
  await expect(unlessAborted(Promise.resolve(1), fired())).rejects.toMatchObject({ code: "cancelled" });
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  expect(await unlessAborted(Promise.resolve(2), undefined)).toBe(2);
  await expect(unlessAborted(Promise.reject(new Error("its own")), signal)).rejects.toThrow("its own");
});

test("a thousand waits on one signal leave no listener behind", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  for (let i = 0; i < 1000; i += 1) await unlessAborted(Promise.resolve(i), signal);
  expect(listeners).toBe(0);
});
