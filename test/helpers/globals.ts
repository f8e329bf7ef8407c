/** Which files use which globals, read from the syntax tree: strings and comments say nothing, templates and destructuring do. */
import { type Node, type SourceFile, SyntaxKind } from "typescript/unstable/ast";
import {
  isBindingElement,
  isCallExpression,
  isElementAccessExpression,
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
} from "typescript/unstable/ast/is";
import { type Parsed, walk } from "../marks/parse.ts";

/** What the clock is asked by: `Date.now` in any spelling, and a date of no argument. */
export const clock = "Date.now";
/** An import of what is known only when it runs: nobody could say what it reaches. */
export const unknownImport = "import(…)";

/** Every use in a file: the global's name, `clock`, or `unknownImport`. Names of members and of what is declared are none. */
export function globalsIn({ tree }: Parsed): Set<string> {
  const used = new Set<string>();
  walk(tree, (node) => {
    if (isIdentifier(node) && !isOnlyAName(node)) used.add(asksTheClock(node, tree) ? clock : node.getText(tree));
    if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword)
      if (!node.arguments[0] || !isStringLiteral(node.arguments[0])) used.add(unknownImport);
  });
  return used;
}

/** The name of a member or of a declaration, which says nothing of the global of that name. */
function isOnlyAName(node: Node): boolean {
  const parent = node.parent as Node & { readonly name?: Node; readonly propertyName?: Node };
  return isBindingElement(parent)
    ? parent.name === node || parent.propertyName === node
    : parent.name === node && parent.kind !== SyntaxKind.ShorthandPropertyAssignment;
}

function asksTheClock(node: Node, tree: SourceFile): boolean {
  if (node.getText(tree) !== "Date") return false;
  const { parent } = node;
  if (isNewExpression(parent)) return parent.expression === node && !parent.arguments?.length;
  if (isPropertyAccessExpression(parent)) return parent.name.getText(tree) === "now";
  if (isElementAccessExpression(parent)) return true;
  return isCallExpression(parent) && parent.expression === node;
}
