/** Which value of a setting holds, and what its text means. */
import { expect, test } from "vitest";
import { parseDuration, parseVerify, resolveSetting, settings } from "../../../src/app/settings/index.ts";

const none = { env: {} };

test("the flag goes before the environment, that before the file, that before the default", () => {
  const env = { OFFROLL_TEMPLATE: "env" };
  const config = { template: "file" };
  const all = [
    resolveSetting("template", "flag", { env }, config),
    resolveSetting("template", undefined, { env }, config),
    resolveSetting("template", undefined, none, config),
    resolveSetting("template", undefined, none, {}),
  ];
  expect(all).toEqual([
    { value: "flag", origin: "flag" },
    { value: "env", origin: "environment" },
    { value: "file", origin: "file" },
    { value: settings.template.default, origin: "default" },
  ]);
});

test("a flag that is given empty is given; a variable that is empty is not", () => {
  expect(resolveSetting("device", "", { env: { OFFROLL_DEVICE: "x" } }, {})).toEqual({ value: "", origin: "flag" });
  expect(resolveSetting("device", undefined, { env: { OFFROLL_DEVICE: "" } }, { device: "d" })).toEqual({
    value: "d",
    origin: "file",
  });
});

test("our own variable goes before the one that other programs know, too", () => {
  const env = { OFFROLL_USBMUX: "ours", USBMUXD_SOCKET_ADDRESS: "theirs" };
  expect(resolveSetting("usbmux", undefined, { env }, {}).value).toBe("ours");
  expect(resolveSetting("usbmux", undefined, { env: { ...env, OFFROLL_USBMUX: "" } }, {}).value).toBe("theirs");
  // Names from elsewhere are no settings.
  expect(resolveSetting("adb", undefined, { env: { constructor: "x" } as never }, {}).origin).toBe("default");
});

test.each([
  ["0", 0],
  ["90", 90_000],
  [" 90s ", 90_000],
  ["250ms", 250],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["999999h", 999_999 * 3_600_000],
])("%s is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "m", "-1", "1.5m", "1e9", "1234567", "2 m", "1d", "2m30s", "٣m", "0x10"])(
  "%o is no length of time, and says how one is written",
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: "usage", message: expect.stringContaining("Write 90s") }),
    );
  },
);

test("a way to check is one of three, to the letter", () => {
  expect(["size", "hash", "reread"].map(parseVerify)).toEqual(["size", "hash", "reread"]);
  for (const text of ["", "HASH", "hash ", "toString"])
    expect(() => parseVerify(text)).toThrow(expect.objectContaining({ code: "usage" }));
});
