/** Files that import each other, however far around: a group each, type-only imports counted. */
import { posix } from "node:path";
import type { Node } from "typescript/unstable/ast";
import type { Parsed } from "./parse.ts";

/** The files of ours that each file imports, by path. */
export function importGraph(files: readonly Parsed[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(files.map((f) => f.path));
  return new Map(
    files.map(({ path, tree }) => {
      const specifiers = tree.imports.map((node: Node) => node.getText(tree).slice(1, -1));
      const targets = specifiers.filter((s) => s.startsWith(".")).map((s) => posix.join(posix.dirname(path), s));
      return [path, targets.filter((t) => known.has(t))];
    }),
  );
}

/** Groups of two files and more of which each reaches each other (Tarjan's strongly connected components). */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.size - 1);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1) found.push(group);
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
