/** Tests that assert nothing: neither themselves nor through a helper that does. */

import type { Node, SourceFile } from "typescript/unstable/ast";
import { isCallExpression, isFunctionLikeDeclaration, isVariableDeclaration } from "typescript/unstable/ast/is";
import { type Parsed, walk } from "./parse.ts";

/** `expect` alone looks at nothing: a matcher does. */
const asserting = /^(assert\b|expectTypeOf\b|expect\.(fail|unreachable)$|expect(\.\w+)?\(.*\)\.)/s;
const declaring = /^(test|it)(\.(each|runIf|skipIf|for|concurrent|fails)\b.*)?$/s;

/** Titles of tests without an assertion, with their file; and how many tests there are. */
export function testsWithoutAssertion(files: readonly Parsed[]): { readonly total: number; readonly idle: string[] } {
  const helpers = assertingHelpers(files);
  const asserts = (name: string): boolean => asserting.test(name) || helpers.has(lastName(name));
  const idle: string[] = [];
  let total = 0;
  for (const { path, tree } of files)
    for (const { title, body } of declaredTests(tree)) {
      total++;
      if (!callees(body, tree).some(asserts)) idle.push(`${path}: ${title}`);
    }
  return { total, idle };
}

function declaredTests(tree: SourceFile): { readonly title: string; readonly body: Node }[] {
  const found: { title: string; body: Node }[] = [];
  walk(tree, (node) => {
    if (!isCallExpression(node) || !declaring.test(node.expression.getText(tree))) return;
    const [title, ...rest] = node.arguments;
    const body = rest.find((a) => isFunctionLikeDeclaration(a)) ?? rest.at(-1);
    if (title && body) found.push({ title: title.getText(tree).slice(0, 100), body });
  });
  return found;
}

/** Functions and methods that assert, directly or through each other, by their names. */
function assertingHelpers(files: readonly Parsed[]): ReadonlySet<string> {
  const calls = new Map<string, string[]>();
  for (const { tree } of files)
    walk(tree, (node) => {
      const name = helperName(node, tree);
      if (name !== undefined) calls.set(name, [...(calls.get(name) ?? []), ...callees(node, tree)]);
    });
  const found = new Set([...calls].filter(([, called]) => called.some((c) => asserting.test(c))).map(([name]) => name));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [name, called] of calls) if (called.some((c) => found.has(lastName(c)))) found.add(name);
  }
  return found;
}

function helperName(node: Node, tree: SourceFile): string | undefined {
  const isHelper =
    isFunctionLikeDeclaration(node) ||
    (isVariableDeclaration(node) && node.initializer !== undefined && isFunctionLikeDeclaration(node.initializer));
  const name = isHelper ? (node as { readonly name?: Node }).name : undefined;
  return name?.getText(tree);
}

/** What is called below a node, as written, and functions that are passed on by name. */
function callees(node: Node, tree: SourceFile): string[] {
  const names: string[] = [];
  walk(node, (below) => {
    if (!isCallExpression(below)) return;
    names.push(below.expression.getText(tree));
    for (const argument of below.arguments)
      if (/^\w+$/.test(argument.getText(tree))) names.push(argument.getText(tree));
  });
  return names;
}

function lastName(callee: string): string {
  return /([\w$]+)$/.exec(callee)?.[1] ?? "";
}
