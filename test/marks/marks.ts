/**
 * Figures of the code's shape, for reading and comparing. They are no limits: a figure that is reached by a trick says nothing.
 *
 *   npm run marks [-- SEED]      in full; SEED picks the documented names that are shown
 *
 * The last lines of `npm run check` are the same with short lists.
 */
import { resolve } from "node:path";
import { cycles, importGraph } from "./cycles.ts";
import { type Documentable, exportsOf, indexNames, seamMembers } from "./documented.ts";
import { type Parsed, parseFolders } from "./parse.ts";
import { seams } from "./seams.ts";
import { commentLines, functionShapes, type Shape } from "./shape.ts";
import { testsWithoutAssertion } from "./tests.ts";

/** What was measured; lists name what stands out. */
export interface Marks {
  readonly cycles: readonly string[][];
  /** What lets files through a fence, in the table and in the test that holds it: `(?!…)`, lists of exceptions. */
  readonly fenceExceptions: number;
  /** Words that a fence lets through because of what stands before them: `(?<!…)`. */
  readonly fenceContexts: number;
  readonly functions: { readonly count: number; readonly median: number; readonly p95: number };
  /** Functions of more than 80 lines that are no tables, longest first. */
  readonly longFunctions: readonly Shape[];
  readonly files: { readonly count: number; readonly p95: number; readonly longest: string };
  /** Functions with more than four positional parameters. */
  readonly manyParameters: readonly Shape[];
  readonly exports: readonly Documentable[];
  readonly seams: readonly Documentable[];
  /** Seams that nothing exports under that name. */
  readonly seamsMissing: readonly string[];
  /** Names that each index passes on, most first. */
  readonly indexes: readonly { readonly path: string; readonly names: number }[];
  /** Share of lines, blank ones left out, on which a comment stands. */
  readonly comments: number;
  readonly lines: { readonly source: number; readonly tests: number };
  readonly tests: { readonly total: number; readonly idle: readonly string[] };
}

/** Measures `src` and `test` below `root`. */
export function measure(root: string, wanted: readonly string[] = seams): Marks {
  const all = parseFolders(root, ["src", "test"]);
  const source = all.filter((f) => f.path.startsWith("src/"));
  const tests = all.filter((f) => f.path.startsWith("test/"));
  const fence = tests.filter((f) => /^test\/(fences|architecture\.test)\.ts$/.test(f.path));
  const shapes = source.flatMap(functionShapes);
  const sizes = source.map((f) => ({ path: f.path, lines: lineTotal([f]) })).sort((a, b) => a.lines - b.lines);
  const comments = source.map(commentLines);
  const members = wanted.map((seam) => source.flatMap((file) => seamMembers(file, seam)));
  return {
    cycles: cycles(importGraph(source)),
    fenceExceptions: count(fence, /\(\?!|\b(except|exempt|allowlist|exclusions?)\b/gi),
    fenceContexts: count(fence, /\(\?<!/g),
    functions: { count: shapes.length, ...quantiles(shapes.map((s) => s.lines)) },
    longFunctions: shapes.filter((s) => s.lines > 80 && !s.isTable).sort((a, b) => b.lines - a.lines),
    files: {
      count: sizes.length,
      p95: quantiles(sizes.map((s) => s.lines)).p95,
      longest: `${sizes.at(-1)?.path} ${sizes.at(-1)?.lines}`,
    },
    manyParameters: shapes.filter((s) => s.parameters > 4),
    exports: source.flatMap(exportsOf),
    seams: members.flat(),
    seamsMissing: wanted.filter((_, i) => members[i]?.length === 0),
    indexes: indexes(source),
    comments: sum(comments.map((c) => c.comment)) / sum(comments.map((c) => c.filled)),
    lines: { source: lineTotal(source), tests: lineTotal(tests) },
    tests: testsWithoutAssertion(tests),
  };
}

function count(files: readonly Parsed[], pattern: RegExp): number {
  return sum(files.map(({ tree }) => (tree.text.match(pattern) ?? []).length));
}

function indexes(source: readonly Parsed[]): Marks["indexes"] {
  const byPath = new Map(source.map((f) => [f.path, f]));
  return source
    .filter((f) => f.path.endsWith("/index.ts"))
    .map((f) => ({ path: f.path, names: new Set(indexNames(f, byPath)).size }))
    .sort((a, b) => b.names - a.names);
}

/** The figures in words, a line each. */
export function report(marks: Marks, seed: number, shown: number): string[] {
  const list = (names: readonly string[]): string => indented(names, shown);
  const documented = marks.exports.filter((e) => e.text !== "");
  const { functions, files, lines, tests } = marks;
  return [
    `cycles ${marks.cycles.length}${list(marks.cycles.map((c) => c.join(" <-> ")))}; exceptions in the fence ${marks.fenceExceptions}, words let through by their context ${marks.fenceContexts}`,
    `functions ${functions.count}, median ${functions.median} lines, p95 ${functions.p95}; over 80 and no table: ${marks.longFunctions.length}${list(marks.longFunctions.map((f) => `${f.name} ${f.lines} (${f.at})`))}`,
    `more than 4 positional parameters: ${marks.manyParameters.length}${list(marks.manyParameters.map((f) => `${f.name} ${f.parameters} (${f.at})`))}`,
    `files ${files.count}, p95 ${files.p95} lines; longest ${files.longest}`,
    `names from an index: ${marks.indexes.filter((i) => i.names > 20).length} of ${marks.indexes.length} pass on more than 20${list(marks.indexes.filter((i) => i.names > 20).map((i) => `${i.path} ${i.names}`))}`,
    `comments ${percent(marks.comments)} of lines; test lines / source lines ${(lines.tests / lines.source).toFixed(2)} (${lines.tests} / ${lines.source})`,
    `tests ${tests.total}, without an assertion ${tests.idle.length}${list(tests.idle)}`,
    seamLine(marks, list),
    `exports documented ${percent(documented.length / marks.exports.length)} (${documented.length} of ${marks.exports.length}); ${Math.min(20, documented.length)} of them, seed ${seed}:`,
    ...pick(documented, 20, seed).map((e) => `  ${e.name} (${e.path}): ${e.text.slice(0, 110)}`),
  ];
}

function seamLine({ seams: members, seamsMissing }: Marks, list: (names: readonly string[]) => string): string {
  const bare = members.filter((m) => m.text === "").map((m) => m.name);
  const missing = seamsMissing.length > 0 ? `; not found: ${seamsMissing.join(", ")}` : "";
  const share = percent((members.length - bare.length) / members.length);
  return `seams documented ${share} (${members.length} names)${missing}${list(bare)}`;
}

function indented(names: readonly string[], shown: number): string {
  const lines = names.slice(0, shown).map((n) => `\n    ${n}`);
  return `${lines.join("")}${names.length > shown ? `\n    … and ${names.length - shown} more` : ""}`;
}

/** `count` of them in the order of a small generator (mulberry32), so that a seed shows the same again. */
function pick<T>(from: readonly T[], count: number, seed: number): T[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const rest = [...from];
  return Array.from({ length: Math.min(count, rest.length) }, () =>
    rest.splice(Math.floor(random() * rest.length), 1),
  ).flat();
}

/** Of numbers in any order: the middle one, and the one that 95 % do not pass. */
export function quantiles(values: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}

function lineTotal(files: readonly Parsed[]): number {
  return sum(files.map((f) => f.tree.text.trimEnd().split("\n").length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

if (process.argv[1] === import.meta.filename) {
  const [first] = process.argv.slice(2);
  const brief = first === "--brief";
  const seed = Number((brief ? undefined : first) ?? Math.floor(Math.random() * 1e6));
  const marks = measure(resolve(import.meta.dirname, "../.."));
  console.log(report(marks, seed, brief ? 5 : Number.POSITIVE_INFINITY).join("\n"));
}
