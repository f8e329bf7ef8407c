/** What a disk says, as errors with a remedy. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertPlain, diskError, errno, unlessOdd } from "../../src/shared/disk-errors.ts";
import { CancelledError, DestinationError } from "../../src/shared/errors.ts";

const said = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ["ENOSPC", "destination-full"],
  ["EDQUOT", "destination-full"],
  ["EROFS", "destination-read-only"],
  ["EACCES", "destination-no-permission"],
  ["ENODEV", "destination-not-there"],
  ["ESTALE", "destination-not-there"],
  ["ELOOP", "destination-unsafe"],
  ["EIO", "destination-io"],
  ["EWHATEVER", "destination-io"],
])("%s becomes %s, with the place named and the system's word kept", (code, ours) => {
  const cause = said(code);
  const error = diskError(cause, "/media/usb") as DestinationError;
  expect(error).toBeInstanceOf(DestinationError);
  expect(error).toMatchObject({ code: ours, cause });
  expect(error.message).toContain("/media/usb");
  expect(error.remedy).not.toBe("");
});

test("what is ours passes, and what the system did not say stays what it is: a bug is not the disk's fault", () => {
  const cancelled = new CancelledError();
  expect(diskError(cancelled, "x")).toBe(cancelled);
  for (const other of [new TypeError("x is not a function"), "text", undefined, { code: "ENOSPC" }, said(5 as never)])
    expect(diskError(other, "x")).toBe(other);
  expect([errno(said("EIO")), errno({ code: "EIO" }), errno(new Error("EIO"))]).toEqual(["EIO", undefined, undefined]);
});

test("one odd entry costs itself; a disk that is full or away costs the run", async () => {
  expect(await unlessOdd(Promise.resolve(7))).toBe(7);
  for (const code of [
    "destination-unsafe",
    "destination-io",
    "destination-no-permission",
    "destination-mismatch",
  ] as const)
    expect(await unlessOdd(Promise.reject(new DestinationError(code, "x")))).toBeUndefined();
  for (const error of [new DestinationError("destination-full", "x"), new CancelledError(), new Error("a bug")])
    await expect(unlessOdd(Promise.reject(error))).rejects.toBe(error);
});

test("a link or a folder where a file of ours belongs is refused, wherever the link leads; a file and nothing are not", () => {
  const folder = mkdtempSync(join(tmpdir(), "offroll-plain-"));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("file"), "");
  mkdirSync(at("folder"));
  symlinkSync("file", at("link"));
  symlinkSync("nowhere", at("dangling"));
  for (const name of ["file", "none"]) expect(() => assertPlain(at(name))).not.toThrow();
  for (const name of ["folder", "link", "dangling"])
    expect(() => assertPlain(at(name)), name).toThrow(expect.objectContaining({ code: "destination-unsafe" }));
});
