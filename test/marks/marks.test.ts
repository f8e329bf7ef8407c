/** The marks count what is there: a planted project with known figures. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { exportsOf, saysMore } from "./documented.ts";
import { measure, quantiles, report } from "./marks.ts";
import { parseFolders } from "./parse.ts";
import { seams } from "./seams.ts";

const long = (name: string, lines: number, line: string): string =>
  `export function ${name}() {\n${`${line}\n`.repeat(lines - 2)}}\n`;

const planted: Record<string, string> = {
  "src/a.ts": `import { b } from "./b.ts";
/** Bytes of one chunk, as the wire counts them. */
export const size = b;
/** The size of it. */
export const sizeOf = 1;
export function bare() {}
`,
  "src/b.ts": `import type { Seam } from "./inner/c.ts";
export const b: number = 1; // counted by hand
export type Keys = keyof Seam;
`,
  "src/inner/c.ts": `import "../a.ts";
/** Where two parts of the program meet. */
export interface Seam {
  /** Milliseconds since the connection was opened. */
  readonly idleMs: number;
  readonly name: string;
  readonly resume: boolean; // \`read\` accepts another offset
  /** The dispose. */
  dispose(): void;
}
/** Either of two answers. */
export type Answer =
  /** What nobody waits for any more. */
  | { readonly type: "late" }
  | { readonly type: "early" }
  | Seam;
/** One connection, owned by its opener. */
export class Client {
  constructor(a: 1, b: 2, c: 3, d: 4, e: 5) {}
  #hidden() {}
  open() {}
}
`,
  "src/inner/index.ts": `export * from "./c.ts";\nexport { b as renamed } from "../b.ts";\nexport const own = 1;\n`,
  "src/long.ts": `${long("winding", 81, "bare();")}${long("short", 80, "bare();")}
export function table() {
  return [
${"    1,\n".repeat(90)}  ];
}
`,
  "test/a.test.ts": `import { shows } from "./helper.ts";
test("asserts", () => { expect(1).toBe(1); });
test("asserts through a helper's helper", () => { shows(1); });
test.each([1])("only calls %s", () => { idle(); });
test("expects nothing of it", () => { expect(1); });
`,
  "test/fences.ts": "export const fences = [/^(?!main)/, { except: [] }, /(?<!via) x/];\n",
  "test/helper.ts": `export const shows = (n: number) => inner(n);
function inner(n: number) { expect(n).toBe(1); }
function idle() {}
`,
};

function plant(): string {
  const root = mkdtempSync(join(tmpdir(), "offroll-planted-"));
  for (const [path, text] of Object.entries(planted)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const marks = measure(plant(), ["Seam", "Answer", "Client", "Absent"]);

test("a cycle is found however far around it goes, also through a type", () => {
  expect(marks.cycles.map((c) => [...c].sort())).toEqual([["src/a.ts", "src/b.ts", "src/inner/c.ts"]]);
});

test("what lets something through the fence is counted", () => {
  expect(marks.fenceExceptions).toBe(2);
  expect(marks.fenceContexts).toBe(1);
});

test("functions over 80 lines are named, a table is not", () => {
  expect(marks.longFunctions.map((f) => `${f.name} ${f.lines} ${f.at}`)).toEqual(["winding 81 src/long.ts:1"]);
  expect(marks.functions).toEqual({ count: 7, median: 1, p95: 94 });
});

test("five positional parameters are too many", () => {
  expect(marks.manyParameters.map((f) => `${f.name} ${f.parameters}`)).toEqual(["constructor 5"]);
});

test("an export counts as documented when its comment says more than its name", () => {
  expect(marks.exports.filter((e) => e.text !== "").map((e) => e.name)).toEqual(["size", "Seam", "Answer", "Client"]);
  expect(marks.exports.map((e) => e.name)).toContain("sizeOf");
  expect(saysMore("sizeBytes", "The size, in bytes.")).toBe(false);
  expect(saysMore("sizeBytes", "What the phone declares, before anything was read.")).toBe(true);
});

test("of a seam every public member and every alternative counts, and a seam that is nowhere is named", () => {
  expect(marks.seams.filter((m) => m.text === "").map((m) => m.name)).toEqual([
    "Seam.name",
    "Seam.dispose",
    'Answer."early"',
    "Client.open",
  ]);
  expect(marks.seams).toHaveLength(10);
  expect(marks.seamsMissing).toEqual(["Absent"]);
});

test("names that an index passes on are counted through files that it passes on whole", () => {
  expect(marks.indexes).toEqual([{ path: "src/inner/index.ts", names: 5 }]);
});

test("a test that asserts nothing is named; one that does through a helper is not", () => {
  expect(marks.tests).toEqual({
    total: 4,
    idle: ['test/a.test.ts: "only calls %s"', 'test/a.test.ts: "expects nothing of it"'],
  });
});

test("lines, comments and quantiles are counted", () => {
  expect(marks.lines).toEqual({ source: 290, tests: 9 });
  expect(Math.round(marks.comments * 289)).toBe(10);
  expect(quantiles([3, 1, 2])).toEqual({ median: 2, p95: 3 });
});

test("a seed shows the same names again, another seed others", () => {
  const many = { ...marks, exports: Array.from({ length: 99 }, (_, i) => ({ path: "p", name: `n${i}`, text: "t" })) };
  const names = (seed: number): string[] => report(many, seed, 5).filter((l) => l.startsWith("  n"));
  expect(names(1)).toEqual(names(1));
  expect(names(1)).toHaveLength(20);
  expect(names(1)).not.toEqual(names(2));
});

test("every seam of the table is exported somewhere", () => {
  const names = new Set(
    parseFolders(resolve(import.meta.dirname, "../.."), ["src"])
      .flatMap(exportsOf)
      .map((e) => e.name),
  );
  expect(seams.filter((seam) => !names.has(seam))).toEqual([]);
});
