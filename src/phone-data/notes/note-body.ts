/**
 * The body of a note: gzip around protobuf, a text with runs of attributes, as blocks that can be written in any form.
 * Source: the schema as apple_cloud_notes_parser documents it; compared with bodies of real notes by others.
 */
import { gunzipSync } from "node:zlib";
import { ProtoMessage } from "../formats/protobuf.ts";

/** What a body may unpack to. */
const maxBodyBytes = 64 * 1024 * 1024;
const maxRuns = 200_000;

/** A stretch of text of one look, or an attachment's place. */
export interface Span {
  readonly text: string;
  readonly bold?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly link?: string;
  readonly attachment?: { readonly id: string; readonly uti: string | undefined };
}

export type BlockKind = "title" | "heading" | "subheading" | "mono" | "bullet" | "dash" | "number" | "check" | "text";

/** One paragraph. */
export interface Block {
  readonly kind: BlockKind;
  readonly indent: number;
  readonly done?: boolean;
  /** Of a checklist's item: its runs may be several, and it stays one. */
  readonly item?: string;
  readonly quote?: true;
  readonly spans: readonly Span[];
}

/** Numbers of paragraphs as the phone shows them: a list goes on below what is nested in it. */
export function* numbered(blocks: readonly Block[]): Generator<readonly [Block, number], void, undefined> {
  let counts: (number | undefined)[] = [];
  for (const block of blocks) {
    const isItem = block.kind === "number";
    const isNested = block.indent > 0 || isItem;
    // What is not deeper ends the lists that are.
    counts = isNested ? counts.slice(0, block.indent + 1) : [];
    if (isItem) counts[block.indent] = (counts[block.indent] ?? 0) + 1;
    else if (isNested) counts[block.indent] = 0;
    yield [block, isItem ? (counts[block.indent] as number) : 0];
  }
}

export interface NoteBody {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** @throws {ProtobufError}, or zlib's own, where it cannot be read */
export function readNoteBody(packed: Uint8Array): NoteBody {
  const note = new ProtoMessage(gunzip(packed)).path(2, 3);
  return note ? bodyFrom(note) : { text: "", blocks: [] };
}

/** @throws what is wrong with the packing, or where it holds more than any note does */
export function gunzip(packed: Uint8Array): Uint8Array {
  return packed[0] === 0x1f && packed[1] === 0x8b ? gunzipSync(packed, { maxOutputLength: maxBodyBytes }) : packed;
}

/** From the message that holds text and runs, of a note or of a table's cell. */
export function bodyFrom(note: ProtoMessage): NoteBody {
  const text = note.text(2) ?? "";
  const runs = note.messages(5).slice(0, maxRuns);
  return { text: text.toWellFormed(), blocks: blocksOf(text, runs) };
}

const kinds: Readonly<Record<number, BlockKind>> = {
  0: "title",
  1: "heading",
  2: "subheading",
  4: "mono",
  100: "bullet",
  101: "dash",
  102: "number",
  103: "check",
};

type Head = Omit<Block, "spans">;
const plainHead: Head = { kind: "text", indent: 0 };

function blocksOf(text: string, runs: readonly ProtoMessage[]): Block[] {
  const blocks: Block[] = [];
  let [head, spans] = [undefined as Head | undefined, [] as Span[]];
  const end = (): void => {
    blocks.push({ ...(head ?? plainHead), spans });
    [head, spans] = [undefined, []];
  };
  const take = (piece: string, run: ProtoMessage | undefined): void => {
    const lines = piece.split("\n");
    for (const [i, line] of lines.entries()) {
      if (i > 0) end();
      if (line === "" && i === lines.length - 1) continue;
      head ??= headOf(run);
      if (line !== "") spans.push(spanOf(line, run));
    }
  };
  let at = 0;
  for (const run of runs) {
    const length = run.number(1) ?? 0;
    take(text.slice(at, at + length), run);
    at += length;
  }
  if (at < text.length) take(text.slice(at), undefined);
  if (spans.length > 0 || head) end();
  return blocks;
}

function headOf(run: ProtoMessage | undefined): Head {
  const style = run?.message(2);
  if (!style) return plainHead;
  const kind = kinds[style.number(1) ?? -1] ?? "text";
  const list = style.message(5);
  const item = list?.bytes(1);
  return {
    kind,
    indent: Math.min(12, style.number(4) ?? 0),
    ...(kind === "check" && { done: (list?.number(2) ?? 0) !== 0 }),
    ...(kind === "check" && item && { item: Buffer.from(item).toString("hex") }),
    ...((style.number(8) ?? 0) !== 0 && { quote: true as const }),
  };
}

function spanOf(text: string, run: ProtoMessage | undefined): Span {
  const weight = run?.number(5) ?? 0;
  const link = run?.text(9);
  const attachment = run?.message(12);
  const id = attachment?.text(1);
  return {
    text: text.toWellFormed(),
    ...((weight === 1 || weight === 3) && { bold: true as const }),
    ...((weight === 2 || weight === 3) && { italic: true as const }),
    ...((run?.number(6) ?? 0) !== 0 && { underline: true as const }),
    ...((run?.number(7) ?? 0) !== 0 && { strike: true as const }),
    ...(link !== undefined && link !== "" && { link }),
    ...(id !== undefined && { attachment: { id, uti: attachment?.text(2) } }),
  };
}
