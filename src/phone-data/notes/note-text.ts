/** A note as lines of plain text, as a person reads it on a terminal. */
import { plainText } from "../messages/text-messages.ts";
import { type Block, numbered } from "./note-body.ts";
import type { FoundNote, FoundNoteAttachment } from "./read-notes.ts";
import { lockedWords } from "./write-notes.ts";

/** Already safe to print; tables have a line a row, with bars between their cells. */
export function noteLines({ note, blocks, attachments }: Pick<FoundNote, "note" | "blocks" | "attachments">): string[] {
  if (note.locked) {
    const how = lockedWords[note.locked];
    return [how, ...(note.hint === undefined ? [] : [`Its hint: ${plainText(note.hint)}`])];
  }
  const byId = new Map(attachments.map((each) => [each.id, each]));
  const lines: string[] = [];
  const placed = new Set<string>();
  for (const [block, number] of numbered(blocks)) {
    const text = block.spans
      .map((span) => {
        if (!span.attachment) return span.text;
        placed.add(span.attachment.id);
        return attachmentWords(byId.get(span.attachment.id));
      })
      .join("");
    const prefix = "  ".repeat(block.indent) + (block.quote ? "> " : "") + prefixOf(block, number);
    const own = plainText(text).split("\n");
    lines.push(...own.map((line, i) => (i === 0 ? prefix : " ".repeat(prefix.length)) + line));
  }
  if (blocks.length === 0) lines.push(...plainText(note.text).split("\n"));
  const left = attachments.filter(({ id }) => !placed.has(id));
  return [...lines, ...left.flatMap((each) => plainText(attachmentWords(each)).split("\n"))];
}

function prefixOf({ kind, done }: Block, number: number): string {
  switch (kind) {
    case "check":
      return done ? "[x] " : "[ ] ";
    case "bullet":
      return "• ";
    case "dash":
      return "– ";
    case "number":
      return `${number}. `;
    default:
      return "";
  }
}

function attachmentWords(found: FoundNoteAttachment | undefined): string {
  if (!found) return "<attachment>";
  if (found.inline !== undefined) return found.inline;
  if (found.table) return `\n${tableLines(found.table).join("\n")}\n`;
  const { name, uti, url, missing } = found.attachment;
  return `<${name ?? url ?? utiWords(uti)}${missing === undefined ? "" : `: ${missing}`}>`;
}

/** Of the phone's own kinds a word; of others what the phone calls them. */
function utiWords(uti: string | undefined): string {
  if (uti === undefined) return "attachment";
  if (/^com\.apple\.(drawing|paper)\b/.test(uti)) return "drawing";
  return uti === "com.apple.notes.gallery" ? "scanned document" : uti;
}

function tableLines(rows: readonly (readonly string[])[]): string[] {
  return rows.map((row) => `| ${row.map((cell) => cell.replaceAll(/\s+/g, " ")).join(" | ")} |`);
}
