/** A note as Markdown and as a page of HTML. */

import { localMinute, localZone } from "../../shared/local-time.ts";
import type { Note } from "../contract.ts";
import { baseStyle, fileUrl, html, htmlPage, linked, safeUrl } from "../formats/html.ts";
import { plainText } from "../messages/text-messages.ts";
import { type Block, numbered, type Span } from "./note-body.ts";

/** What stands in the place of an attachment. */
export interface ShownAttachment {
  readonly name: string;
  /** Beside the note. */
  readonly file?: string;
  /** What browsers show or play of it, where they do not open the file itself. */
  readonly copy?: string;
  readonly isPicture: boolean;
  readonly isSound: boolean;
  readonly url?: string;
  readonly missing?: string;
  readonly table?: readonly (readonly string[])[];
  readonly inline?: string;
}

export interface NoteToWrite {
  readonly note: Note;
  readonly blocks: readonly Block[];
  /** By the id that the text has. */
  readonly shown: ReadonlyMap<string, ShownAttachment>;
}

/** In the place of its text. */
export const lockedWords: Readonly<Record<NonNullable<Note["locked"]>, string>> = {
  classic: "This note is locked with a password of its own.",
  newer: "This note is locked in the newer way, which came with iOS 16: only the phone itself opens it.",
};

const untitled = "Untitled note";

export function noteTitle({ title, text }: Note): string {
  return (
    title ??
    (text
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.slice(0, 80) ||
      untitled)
  );
}

/** With front matter, which other programs for notes read. */
export function noteMarkdown({ note, blocks, shown }: NoteToWrite): string {
  const fields: [string, string | undefined][] = [
    ["title", noteTitle(note)],
    ["created", note.createdAt],
    ["modified", note.modifiedAt],
    ["folder", note.folder],
    ["account", note.account],
    ["id", note.id],
    ["pinned", note.pinned && "true"],
    ["shared", note.shared && "true"],
    ["trashed", note.trashed && "true"],
    ["locked", note.locked],
  ];
  const tags = note.inline.filter((tag) => /^#\S+$/.test(tag)).map((tag) => tag.slice(1));
  const head = fields.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${yamlText(value)}`]));
  if (tags.length > 0) head.push(`tags: [${tags.map(yamlText).join(", ")}]`);
  const body = note.locked ? [`*${lockedWords[note.locked]}*`] : markdownBlocks(blocks, shown);
  const left = [...shown.values()].filter((each) => !placed(blocks, shown).has(each)).map(markdownAttachment);
  return `---\n${head.join("\n")}\n---\n\n${[...body, ...left].join("\n")}\n`;
}

function yamlText(text: string): string {
  return JSON.stringify(plainText(text)).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function placed(blocks: readonly Block[], shown: NoteToWrite["shown"]): Set<ShownAttachment | undefined> {
  return new Set(
    blocks.flatMap(({ spans }) => spans.flatMap(({ attachment }) => (attachment ? [shown.get(attachment.id)] : []))),
  );
}

function markdownBlocks(blocks: readonly Block[], shown: NoteToWrite["shown"]): string[] {
  const lines: string[] = [];
  let isMono = false;
  for (const [block, number] of numbered(blocks)) {
    if (isMono !== (block.kind === "mono")) lines.push("```");
    isMono = block.kind === "mono";
    const text = isMono
      ? plainText(block.spans.map((span) => span.text).join("")).replaceAll("```", "'''")
      : block.spans.map((span) => markdownSpan(span, shown)).join("");
    const indent = "    ".repeat(block.indent);
    const quote = block.quote ? "> " : "";
    lines.push(
      `${quote}${indent}${markdownPrefix(block, number)}${text}${block.kind === "text" && text !== "" ? "  " : ""}`,
    );
  }
  if (isMono) lines.push("```");
  return lines;
}

function markdownPrefix({ kind, done }: Block, number: number): string {
  switch (kind) {
    case "title":
      return "# ";
    case "heading":
      return "## ";
    case "subheading":
      return "### ";
    case "bullet":
    case "dash":
      return "- ";
    case "number":
      return `${number}. `;
    case "check":
      return done ? "- [x] " : "- [ ] ";
    default:
      return "";
  }
}

/** What Markdown, and the HTML in it, would take for its own. */
function markdownText(text: string): string {
  return plainText(text)
    .replaceAll(/[\\`*_[\]<>&|]/g, (char) => (char === "<" ? "&lt;" : char === "&" ? "&amp;" : `\\${char}`))
    .replace(/^([#+-]|\d+[.)])(?=\s)/, "\\$1");
}

function markdownSpan({ text, bold, italic, strike, link, attachment }: Span, shown: NoteToWrite["shown"]): string {
  const found = attachment && shown.get(attachment.id);
  if (attachment) return found ? markdownAttachment(found) : "";
  if (text.trim() === "") return text;
  const [, before = "", inner = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
  let out = markdownText(inner);
  if (bold) out = `**${out}**`;
  if (italic) out = `*${out}*`;
  if (strike) out = `~~${out}~~`;
  if (link !== undefined) out = safeUrl(link) ? `[${out}](<${encodeURI(link).replaceAll(/[<>]/g, "")}>)` : out;
  return `${before}${out}${after}`;
}

function markdownAttachment({ name, file, copy, isPicture, url, missing, table, inline }: ShownAttachment): string {
  if (inline !== undefined) return markdownText(inline);
  if (table) return markdownTable(table);
  if (file !== undefined && isPicture && copy !== undefined)
    return `[![${markdownText(name)}](<${fileUrl(copy)}>)](<${fileUrl(file)}>)`;
  if (file !== undefined) return `${isPicture ? "!" : ""}[${markdownText(name)}](<${fileUrl(file)}>)`;
  if (url !== undefined && safeUrl(url)) return `[${markdownText(name)}](<${encodeURI(url).replaceAll(/[<>]/g, "")}>)`;
  return `*(${markdownText(name)}${missing === undefined ? "" : `: ${missing}`})*`;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => markdownText(cell).replaceAll("\n", "<br>")).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  return ["", line(head), `|${" --- |".repeat(head.length)}`, ...rest.map(line), ""].join("\n");
}

const style = `${baseStyle}
main p{margin:.35rem 0;white-space:pre-wrap}main h2,main h3,main h4{margin:1rem 0 .3rem}
pre{background:var(--card);padding:.6rem;border-radius:.5rem;white-space:pre-wrap}
table{border-collapse:collapse;margin:.6rem 0}td{border:1px solid var(--line);padding:.25rem .6rem;white-space:pre-wrap;vertical-align:top}
img{max-width:100%;border-radius:.4rem}blockquote{border-left:3px solid var(--line);margin:.3rem 0;padding-left:.8rem}
.item{margin:.15rem 0}`;

export function noteHtml({ note, blocks, shown }: NoteToWrite): string {
  const facts = [
    note.folder,
    note.account,
    note.modifiedAt && `changed ${localMinute(new Date(note.modifiedAt))} (${localZone()})`,
    note.pinned && "pinned",
    note.shared && "shared",
    note.trashed && "deleted",
  ].filter(Boolean);
  const used = placed(blocks, shown);
  const left = [...shown.values()].filter((each) => !used.has(each)).map((each) => `<p>${htmlAttachment(each)}</p>`);
  const body = note.locked ? [`<p><i>${html(lockedWords[note.locked])}</i></p>`] : htmlBlocks(blocks, shown);
  return htmlPage({
    title: noteTitle(note),
    style,
    body: `<header><h1>${html(noteTitle(note))}</h1><div class="dim">${html(facts.join(" · "))}</div></header><main>${[...body, ...left].join("\n")}</main>`,
  });
}

const tags: Partial<Record<Block["kind"], string>> = { title: "h2", heading: "h3", subheading: "h4", mono: "pre" };

function htmlBlocks(blocks: readonly Block[], shown: NoteToWrite["shown"]): string[] {
  return [...numbered(blocks)].map(([block, number]) => {
    const text = block.spans.map((span) => htmlSpan(span, shown)).join("");
    const tag = tags[block.kind];
    const style = block.indent > 0 ? ` style="margin-left:${block.indent * 1.5}rem"` : "";
    if (tag !== undefined) return `<${tag}${style}>${text}</${tag}>`;
    const sign = { bullet: "•", dash: "–", number: `${number}.`, check: block.done ? "☑" : "☐" }[
      block.kind as "bullet"
    ];
    const line = sign === undefined ? `<p${style}>${text}</p>` : `<div class="item"${style}>${sign} ${text}</div>`;
    return block.quote ? `<blockquote>${line}</blockquote>` : line;
  });
}

function htmlSpan(
  { text, bold, italic, underline, strike, link, attachment }: Span,
  shown: NoteToWrite["shown"],
): string {
  const found = attachment && shown.get(attachment.id);
  if (attachment) return found ? htmlAttachment(found) : "";
  let out = link === undefined ? linked(text) : html(text);
  for (const [isOn, tag] of [
    [bold, "b"],
    [italic, "i"],
    [underline, "u"],
    [strike, "s"],
  ] as const)
    if (isOn) out = `<${tag}>${out}</${tag}>`;
  const address = link === undefined ? undefined : safeUrl(link);
  return address === undefined ? out : `<a href="${html(address)}" rel="noreferrer noopener">${out}</a>`;
}

function htmlAttachment({
  name,
  file,
  copy,
  isPicture,
  isSound,
  url,
  missing,
  table,
  inline,
}: ShownAttachment): string {
  if (inline !== undefined) return html(inline);
  if (table)
    return `<table>${table.map((row) => `<tr>${row.map((cell) => `<td>${html(cell)}</td>`).join("")}</tr>`).join("")}</table>`;
  if (file !== undefined) {
    const [address, opened] = [html(fileUrl(file)), html(fileUrl(copy ?? file))];
    if (isPicture) return `<a href="${address}"><img src="${opened}" alt="${html(name)}" loading="lazy"></a>`;
    const player = isSound ? `<audio src="${opened}" controls preload="none"></audio> ` : "";
    return `${player}<a href="${address}" download>${html(name)}</a>`;
  }
  const address = url === undefined ? undefined : safeUrl(url);
  if (address !== undefined) return `<a href="${html(address)}" rel="noreferrer noopener">${html(name)}</a>`;
  return `<i>${html(name)}${missing === undefined ? "" : `: ${html(missing)}`}</i>`;
}
