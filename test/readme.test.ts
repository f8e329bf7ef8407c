/** What the README claims of speed is what the bench found. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readmeFile, readResults, speedSection, withSection } from "./bench/readme.ts";

test("the README's section on speed is made from the results file", () => {
  const readme = readFileSync(readmeFile, "utf8");
  expect(withSection(readme, speedSection(readResults()))).toBe(readme);
  expect(readResults().copies.length).toBeGreaterThan(0);
});
