/** The mutations can be made: code that moves takes them along. Whether a test notices each is what `npm run test:mutation` shows. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutations } from "./mutations.ts";

const top = join(import.meta.dirname, "../..");

test.each(mutations.map((mutation) => [mutation.what, mutation] as const))("%s", (_, { file, from, to, tests }) => {
  expect(existsSync(join(top, file)), file).toBe(true);
  const places = readFileSync(join(top, file), "utf8").split(from).length - 1;
  expect(places, `places in ${file} of:\n${from}`).toBe(1);
  expect(to).not.toBe(from);
  expect(tests.length).toBeGreaterThan(0);
  expect(tests.filter((path) => !existsSync(join(top, path)))).toEqual([]);
});
