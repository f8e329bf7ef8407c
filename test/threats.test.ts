/** What docs/dev/threats.md names is there: a promise without its test is none. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const text = readFileSync(join(root, "docs/dev/threats.md"), "utf8");
const named = [...text.matchAll(/`(test\/[^`]+\.ts)`(?::\s+"([^"]+)")?/g)].map(([, file, title]) => ({ file, title }));

test("there are many, and every command is a script of the project", () => {
  expect(named.length).toBeGreaterThan(30);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  for (const [, name] of text.matchAll(/`npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name as string]);
});

test.each(named)("$file $title", ({ file, title }) => {
  const path = join(root, file as string);
  expect(existsSync(path)).toBe(true);
  if (title !== undefined) expect(readFileSync(path, "utf8")).toContain(title);
});
