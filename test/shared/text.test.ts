import { expect, test } from "vitest";
import { jsonLine, printable } from "../../src/shared/text.ts";

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
