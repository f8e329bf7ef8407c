/** Facts are kept in catalogs: when there is more in them, what was kept before must be read anew, and a number tells it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { factsVersion } from "../../src/media/index.ts";

/** By version: what the facts of it look like, in short. A new one gets its line here; an old line is never edited. */
const shapes: Readonly<Record<number, string>> = {
  2: "76cfcbc4b6e35437",
};

/** The declarations that the facts are made of. */
const declarations = [
  ["media-facts.ts", "export interface MediaFacts {"],
  ["capture-time.ts", "export interface CaptureTime {"],
  ["capture-time.ts", "export const captureSources = ["],
  ["kinds.ts", "export type MediaKind ="],
  ["kinds.ts", "export type FileFormat ="],
] as const;

/** From its first word to the end of its statement, without comments and line breaks. */
function declaration(file: string, begins: string): string {
  const text = readFileSync(join(import.meta.dirname, "../../src/media", file), "utf8")
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
    .replaceAll(/\/\/.*$/gm, "");
  const at = text.indexOf(begins);
  if (at < 0) throw new Error(`${begins} is not in ${file}`);
  const rest = text.slice(at);
  return rest.slice(0, rest.search(begins.endsWith("=") ? /;\n/ : /\n[}\]]/)).replaceAll(/[\s,]+/g, " ");
}

test("a change of the facts' shape comes with a new number, so that rows of before are read anew", () => {
  const text = declarations.map(([file, begins]) => declaration(file, begins)).join("\n");
  const shape = createHash("sha256").update(text).digest("hex").slice(0, 16);
  expect(
    shapes[factsVersion],
    `What facts hold has changed. Count factsVersion in src/media/facts.ts up, and write the line ${factsVersion + 1}: "${shape}" here.\n${text}`,
  ).toBe(shape);
});
