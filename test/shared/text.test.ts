import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import {
  displayWidth,
  formatBytes,
  formatCount,
  formatDuration,
  formatRoom,
  jsonLine,
  localeOf,
  padEnd,
  plural,
  printable,
  setLocale,
  truncate,
  wrap,
} from "../../src/shared/text.ts";

/** What a terminal obeys: C0 and C1 controls, and what turns text around or hides. */
const obeyed = "\x00\x07\x1b[31m\x9b31m\x9d0;title\x9c\u200b\u200e\u202ereversed\u2066\u2069\ufeff\u2028";

test("JSON on a terminal says everything, and does nothing", () => {
  const value = { name: `IMG${obeyed}.JPG`, [`key${obeyed}`]: ["ü", "写真", "\ud800"] };
  const line = jsonLine(value);
  expect(printable(line)).toBe(line);
  expect(line).toMatch(/^[^\x00-\x1f\x7f-\x9f]+$/);
  const read = JSON.parse(line) as typeof value;
  expect(read.name).toBe(value.name);
  expect(Object.keys(read)).toEqual(Object.keys(value));
});

afterEach(() => setLocale("en-US"));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [999.5, "1.0 kB"],
  [1_000, "1.0 kB"],
  [99_949, "99.9 kB"],
  [99_950, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [1_234_567, "1.2 MB"],
  [5e15, "5000 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("room is rounded up, so that it suffices", () => {
  expect([0, 1, 1_000_000, 1_000_001].map(formatRoom)).toEqual(["0 MB", "1 MB", "1 MB", "2 MB"]);
});

test.each([
  [-5, "0 s"],
  [0, "0 s"],
  [0.2, "less than a second"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [75, "1 min 15 s"],
  [3_600, "1 h 0 min"],
  [4_000, "1 h 6 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("numbers are written as the person's language does, in digits that everybody reads", () => {
  expect([plural(1, "item"), plural(0, "item"), plural(1_234_567, "copy", "copies")]).toEqual([
    "1 item",
    "0 items",
    "1,234,567 copies",
  ]);
  setLocale("de-DE");
  expect([formatCount(12_345), formatBytes(1_234_567)]).toEqual(["12.345", "1,2 MB"]);
  setLocale("ar-EG");
  expect(formatCount(12)).toBe("12");
});

test.each([
  [{}, "en-US"],
  [{ LANG: "C" }, "en-US"],
  [{ LANG: "de_DE.UTF-8" }, "de-DE"],
  [{ LANG: "de_DE.UTF-8", LC_ALL: "fr_FR@euro" }, "fr-FR"],
  [{ LC_ALL: "", LC_TIME: "en_GB" }, "en-GB"],
  [{ LANG: "../../etc/passwd" }, "en-US"],
])("of %o the language is %s", (env, locale) => {
  expect(localeOf(env)).toBe(locale);
});

test("whatever the text, it is cut and broken to the cells that there are, and no word is lost", () => {
  const words = fc.array(
    fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("漢字", "👩‍👩‍👧", "é")),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 30 }), (list, width) => {
      const text = list.join(" ");
      expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      if (displayWidth(text) <= width) expect(truncate(text, width)).toBe(text);
      const lines = wrap(text, width);
      expect(lines.join(" ").split(/\s+/).filter(Boolean)).toEqual(text.split(/\s+/).filter(Boolean));
      for (const line of lines) expect(displayWidth(line) <= width || !line.trim().includes(" ")).toBe(true);
    }),
  );
  expect([displayWidth("漢a"), padEnd("漢", 4), padEnd("long", 2)]).toEqual([3, "漢  ", "long"]);
});

test("a colour takes no room on a line, and what follows a break keeps the indentation", () => {
  expect(wrap("  \u001b[1mone\u001b[0m two three", 9)).toEqual(["  \u001b[1mone\u001b[0m two", "  three"]);
});

test("a heart that is drawn as a picture, and a flag, take two cells", () => {
  expect(displayWidth("\u2764\ufe0f")).toBe(2);
  expect(displayWidth("\u2764")).toBe(1);
  expect(displayWidth("\u{1f1e9}\u{1f1ea}")).toBe(2);
});

test("pictures take two cells as terminals draw them, and their neighbours that are none take one", () => {
  expect([..."⌚⚡✅⭐😀🚀🈁ꥠ"].map(displayWidth)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  expect([..."🛆🙐🜀☀"].map(displayWidth)).toEqual([1, 1, 1, 1]);
});
