/** Sizes: of functions and files, of parameter lists, and how much of the text is comment. */

import type { Node, SourceFile } from "typescript/unstable/ast";
import {
  isArrayLiteralExpression,
  isConstructorDeclaration,
  isFunctionLikeDeclaration,
  isObjectLiteralExpression,
} from "typescript/unstable/ast/is";
import { getLeadingCommentRanges, getTrailingCommentRanges } from "typescript/unstable/ast/scanner";
import { lineCount, type Parsed, walk } from "./parse.ts";

/** One function, method or arrow function with a body. */
export interface Shape {
  /** Where it begins: `path:line`. */
  readonly at: string;
  readonly name: string;
  readonly lines: number;
  readonly parameters: number;
  /** More than half of its lines are one literal: a table, which may be long. */
  readonly isTable: boolean;
}

export function functionShapes({ path, tree }: Parsed): Shape[] {
  const shapes: Shape[] = [];
  walk(tree, (node) => {
    if (!isFunctionLikeDeclaration(node) || !("body" in node) || !node.body) return;
    const lines = lineCount(node, tree);
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
    shapes.push({
      at: `${path}:${line}`,
      name: nameOf(node),
      lines,
      parameters: node.parameters.length,
      isTable: largestLiteral(node, tree) > lines / 2,
    });
  });
  return shapes;
}

function nameOf(node: Node): string {
  if (isConstructorDeclaration(node)) return "constructor";
  const named = node as { readonly name?: Node };
  const holder = node.parent as { readonly name?: Node } | undefined;
  return (named.name ?? holder?.name)?.getText() ?? "(anonymous)";
}

function largestLiteral(node: Node, tree: SourceFile): number {
  let largest = 0;
  walk(node, (below) => {
    if (isObjectLiteralExpression(below) || isArrayLiteralExpression(below))
      largest = Math.max(largest, lineCount(below, tree));
  });
  return largest;
}

/** Lines on which a comment stands, and lines that are not blank. */
export function commentLines({ tree }: Parsed): { readonly comment: number; readonly filled: number } {
  const lines = new Set<number>();
  const line = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  walk(tree, (node) => {
    const ranges = [
      ...(getLeadingCommentRanges(tree.text, node.pos) ?? []),
      ...(getTrailingCommentRanges(tree.text, node.end) ?? []),
    ];
    for (const { pos, end } of ranges) for (let l = line(pos); l <= line(end); l++) lines.add(l);
  });
  return { comment: lines.size, filled: tree.text.split("\n").filter((l) => l.trim() !== "").length };
}
