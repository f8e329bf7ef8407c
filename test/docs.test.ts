/** What docs/ says is what the program is: generated pages are fresh, links lead somewhere, the README stays short. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { pages } from "../docs/make/generate.ts";
import { lintFences } from "../docs/make/lint.ts";

const root = resolve(import.meta.dirname, "..");
const texts = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((f) => f.endsWith(".md"))
    .map((f) => join("docs", f)),
];

test.each([...pages()])("docs/%s is what `npm run docs` makes", (name, text) => {
  expect(readFileSync(join(root, "docs", name), "utf8")).toBe(text);
});

test("the linter's fences are what `npm run docs` makes of test/fences.ts", () => {
  expect(JSON.parse(readFileSync(join(root, "test/fences.biome.json"), "utf8"))).toEqual(lintFences());
});

test("every link from a page to a file of the project leads to one", () => {
  const broken = texts.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((m) => m[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(resolve(root, dirname(file), target)))
      .map((target) => `${file} -> ${target}`);
  });
  expect(broken).toEqual([]);
});

test("what strangers looked for and did not find is asked by name on the page of questions", () => {
  const page = readFileSync(join(root, "docs/using/questions.md"), "utf8");
  const questions = [...page.matchAll(/^\*\*(.*?)\*\*/gm)].map((m) => m[1]).join("\n");
  const looked =
    "install|uninstall|config|folder on the disk look|HEIC|photos back|Immich|two phones|three in the morning|change computers|`.offroll`|delete it|exFAT|NAS|How long|report a bug|exit code|error codes|jq";
  expect(looked.split("|").filter((words) => !questions.includes(words))).toEqual([]);
});

test("the README is for the person with the phone: 120 lines at most", () => {
  expect(readFileSync(join(root, "README.md"), "utf8").split("\n").length).toBeLessThanOrEqual(121);
});
