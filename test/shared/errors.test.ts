/** Every error says what happened, how much it ends, and what to do. */
import { expect, test } from "vitest";
import {
  type AppError,
  CancelledError,
  DestinationError,
  DeviceError,
  type ErrorCode,
  errorToJson,
  InternalError,
  ItemError,
  ProtocolError,
  remedies,
  SystemError,
  toAppError,
  UsageError,
  verdictJson,
} from "../../src/shared/errors.ts";

test("every code is kebab-case and has a remedy of a sentence", () => {
  for (const [code, remedy] of Object.entries(remedies)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(remedy, code).toMatch(/^\S.*[.!?)]$/s);
  }
});

test("a class says how much it ends; its remedy is its code's unless somebody knows better", () => {
  const errors: [AppError, string][] = [
    [new DeviceError("device-locked", "x"), "device"],
    [new ProtocolError("x"), "device"],
    [new ItemError("item-gone", "x"), "item"],
    [new DestinationError("destination-full", "x"), "run"],
    [new UsageError("usage", "x"), "run"],
    [new CancelledError(), "run"],
  ];
  for (const [error, scope] of errors) {
    expect([error.scope, error.remedy, error.retryable, error.name]).toEqual([
      scope,
      remedies[error.code],
      false,
      error.constructor.name,
    ]);
  }
  const better = new ItemError("item-unreadable", "x", { remedy: "Unlock it.", retryable: true, cause: 7 });
  expect([better.remedy, better.retryable, better.cause]).toEqual(["Unlock it.", true, 7]);
});

test("whatever is thrown becomes one of ours, and keeps what it was", () => {
  const ours = new ItemError("item-gone", "x");
  expect(toAppError(ours)).toBe(ours);
  expect(toAppError(new DOMException("stop", "AbortError"))).toBeInstanceOf(CancelledError);
  const system = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE", syscall: "open" });
  expect(toAppError(system)).toMatchObject({ name: "SystemError", code: "system-refused", cause: system });
  for (const bug of [new TypeError("no function"), "text", undefined, null, { message: "an object" }]) {
    const error = toAppError(bug);
    expect([error.name, error.code, error.cause]).toEqual(["InternalError", "internal", bug]);
  }
  expect(toAppError(new TypeError("no function")).message).toBe("TypeError: no function");
});

test("what failed first is told, not what failed while it was cleared away", () => {
  const first = new DestinationError("destination-full", "The disk is full");
  const suppressed = new SuppressedError(new Error("close failed"), new SuppressedError(new Error("flush"), first));
  expect(toAppError(suppressed)).toBe(first);
});

test("JSON has the code, the message, the remedy and the scope, and nothing of the cause", () => {
  const error = new SystemError(new Error("a path of somebody's"));
  expect(Object.keys(errorToJson(error)).sort()).toEqual(["code", "message", "remedy", "scope"]);
  expect(errorToJson(new InternalError("x"))).toMatchObject({ code: "internal", scope: "run" });
  expect(verdictJson(undefined, "all is well")).toEqual({});
  const code: ErrorCode = "destination-full";
  expect(verdictJson(code, "no")).toEqual({ error: { code, message: "no", remedy: remedies[code], scope: "run" } });
});
