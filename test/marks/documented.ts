/** Which exported names and which members of seams carry a comment that says more than the name does. */

import { ModifierFlags, type Node, SyntaxKind } from "typescript/unstable/ast";
import {
  isClassDeclaration,
  isExportDeclaration,
  isInterfaceDeclaration,
  isIntersectionTypeNode,
  isTypeAliasDeclaration,
  isTypeLiteralNode,
  isTypeReferenceNode,
  isUnionTypeNode,
  isVariableStatement,
} from "typescript/unstable/ast/is";
import { getLeadingCommentRanges, getTrailingCommentRanges } from "typescript/unstable/ast/scanner";
import type { Parsed } from "./parse.ts";

/** One name that should be documented; `text` is its comment, empty where there is none or where it only repeats the name. */
export interface Documentable {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

const declared = [
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.InterfaceDeclaration,
  SyntaxKind.TypeAliasDeclaration,
  SyntaxKind.EnumDeclaration,
  SyntaxKind.VariableStatement,
];

/** Every name that a file declares and exports. Names that an index only passes on are counted where they are declared. */
export function exportsOf({ path, tree }: Parsed): Documentable[] {
  return tree.statements
    .filter((s) => declared.includes(s.kind) && isExported(s))
    .flatMap((s) => namesOf(s).map((name) => documentable(path, name, docBefore(s.pos, tree.text))));
}

/** The declaration of `seam` and each of its members: of an interface or class the public ones, of a union the alternatives. */
export function seamMembers({ path, tree }: Parsed, seam: string): Documentable[] {
  const declaration = tree.statements.find((s) => isExported(s) && namesOf(s).includes(seam));
  if (!declaration) return [];
  const members = membersOf(declaration).map((m) =>
    documentable(path, `${seam}.${memberName(m, tree.text)}`, memberComment(m, tree.text)),
  );
  return [documentable(path, seam, docBefore(declaration.pos, tree.text)), ...members];
}

/** Names that a reader of an index gets: its own, those it names, and those of every file that it passes on whole. */
export function indexNames(index: Parsed, all: ReadonlyMap<string, Parsed>): string[] {
  return index.tree.statements.flatMap((s) => {
    if (!isExportDeclaration(s)) return isExported(s) ? namesOf(s) : [];
    const clause = s.exportClause;
    if (clause) return "elements" in clause ? clause.elements.map((e) => e.name.text) : [clause.name.text];
    const from = s.moduleSpecifier?.getText(index.tree).slice(1, -1) ?? "";
    const target = all.get(new URL(from, `file:///${index.path}`).pathname.slice(1));
    return target ? indexNames(target, all) : [];
  });
}

function isExported(statement: Node): boolean {
  return "modifierFlags" in statement && ((statement.modifierFlags as number) & ModifierFlags.Export) !== 0;
}

function namesOf(statement: Node): string[] {
  if (isVariableStatement(statement)) return statement.declarationList.declarations.map((d) => d.name.getText());
  const name = (statement as { readonly name?: Node }).name;
  return name ? [name.getText()] : [];
}

function membersOf(declaration: Node): readonly Node[] {
  if (isInterfaceDeclaration(declaration)) return declaration.members;
  if (isClassDeclaration(declaration)) return declaration.members.filter(isPublic);
  return isTypeAliasDeclaration(declaration) ? alternatives(declaration.type) : [];
}

/** Disposal is the language's word and needs no other. */
function isPublic(member: Node): boolean {
  const name = (member as { readonly name?: Node }).name;
  if (!name || name.getText().startsWith("[Symbol.") || name.kind === SyntaxKind.PrivateIdentifier) return false;
  const hidden = ModifierFlags.Private | ModifierFlags.Protected | ModifierFlags.Override;
  return !("modifierFlags" in member && ((member.modifierFlags as number) & hidden) !== 0);
}

/** What a reference names is documented where it is declared, and so is no member here. */
function alternatives(type: Node): readonly Node[] {
  if (isUnionTypeNode(type)) return type.types.filter((t) => !isTypeReferenceNode(t));
  if (isIntersectionTypeNode(type)) return type.types.flatMap(alternatives);
  return isTypeLiteralNode(type) ? type.members : [];
}

function memberName(member: Node, text: string): string {
  const name = (member as { readonly name?: Node }).name;
  if (name) return name.getText();
  const source = text.slice(member.pos, member.end);
  return /\btype: ("[^"]+")/.exec(source)?.[1] ?? source.trim().split("\n").at(-1) ?? "";
}

function documentable(path: string, name: string, comment: string): Documentable {
  return { path, name, text: saysMore(name, comment) ? comment : "" };
}

/** The doc comment right before what begins at `position`. */
function docBefore(position: number, text: string): string {
  const last = (getLeadingCommentRanges(text, position) ?? []).map((r) => text.slice(r.pos, r.end)).at(-1);
  return last?.startsWith("/**") ? plain(last) : "";
}

/** The doc comment before a member (of an alternative, before its bar), or else what stands behind it on its line. */
function memberComment(member: Node, text: string): string {
  const bar = text.lastIndexOf("|", member.getStart());
  const before = text.slice(bar, member.getStart()).trim() === "|" ? text.slice(0, bar).trimEnd() : "";
  if (before.endsWith("*/")) return plain(before.slice(before.lastIndexOf("/**")));
  const behind = /[;,]/.test(text.charAt(member.end)) ? member.end + 1 : member.end;
  const trailing = (getTrailingCommentRanges(text, behind) ?? []).map((r) => text.slice(r.pos, r.end)).join(" ");
  return docBefore(member.pos, text) || plain(trailing);
}

function plain(comment: string): string {
  return comment
    .replaceAll(/^\/\*\*?|\*\/$|^\/\/|^\s*\* ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const empty = new Set(
  "a an the of to in on at by for from with and or is are be it its this that as one all any".split(" "),
);

/** Whether a comment has at least two words that are neither in the name nor empty ("the", "of"). */
export function saysMore(name: string, comment: string): boolean {
  const stem = (word: string): string => word.toLowerCase().slice(0, 5);
  const known = new Set((name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map(stem));
  const words = (comment.match(/[\p{L}\d]+/gu) ?? []).filter((w) => !empty.has(w.toLowerCase()) && !known.has(stem(w)));
  return new Set(words.map(stem)).size >= 2;
}
