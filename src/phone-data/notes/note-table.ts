/**
 * A table in a note: a structure of which two phones may each have changed a part. Rows and columns are ordered sets of ids, cells lie
 * under pairs of them. Source: the schema as apple_cloud_notes_parser documents it.
 */
import { ProtoMessage } from "../formats/protobuf.ts";
import { bodyFrom, gunzip } from "./note-body.ts";

const maxCells = 100_000;
const tableType = "com.apple.notes.ICTable";

/** Texts of its cells, row by row; undefined where it holds no table. @throws {ProtobufError}, or zlib's own */
export function readNoteTable(packed: Uint8Array): string[][] | undefined {
  const data = new ProtoMessage(gunzip(packed)).path(2, 3);
  return data ? new Table(data).cells() : undefined;
}

class Table {
  readonly #entries: readonly ProtoMessage[];
  readonly #keys: readonly string[];
  readonly #types: readonly string[];
  readonly #ids: readonly string[];

  constructor(data: ProtoMessage) {
    const texts = (field: number): string[] => data.allBytes(field).map((bytes) => Buffer.from(bytes).toString("utf8"));
    this.#entries = data.messages(3);
    this.#keys = texts(4);
    this.#types = texts(5);
    this.#ids = data.allBytes(6).map((bytes) => Buffer.from(bytes).toString("hex"));
  }

  cells(): string[][] | undefined {
    const root = this.#entries
      .map((entry) => entry.message(13))
      .find((map) => map && this.#types[map.number(1) ?? -1] === tableType);
    if (!root) return undefined;
    const parts = new Map(
      root.messages(3).map((entry) => [this.#keys[entry.number(1) ?? -1] ?? "", this.#entry(entry.message(2))]),
    );
    const [rows, columns] = [this.#order(parts.get("crRows")), this.#order(parts.get("crColumns"))];
    const [height, width] = [sizeOf(rows), sizeOf(columns)];
    if (height * width > maxCells) return undefined;
    const cells = Array.from({ length: height }, () => new Array<string>(width).fill(""));
    for (const column of this.#elements(parts.get("cellColumns"))) {
      const x = columns.get(this.#idOf(column.key));
      for (const row of this.#elements(column.value)) {
        const y = rows.get(this.#idOf(row.key));
        const note = row.value?.message(10);
        if (x !== undefined && y !== undefined && note) (cells[y] as string[])[x] = bodyFrom(note).text;
      }
    }
    return this.#isRightToLeft() ? cells.map((row) => row.toReversed()) : cells;
  }

  #entry(reference: ProtoMessage | undefined): ProtoMessage | undefined {
    return this.#entries[reference?.number(6) ?? -1];
  }

  /** Pairs of a dictionary. */
  #elements(entry: ProtoMessage | undefined): { key: ProtoMessage | undefined; value: ProtoMessage | undefined }[] {
    return this.#pairs(entry?.message(6));
  }

  #pairs(dictionary: ProtoMessage | undefined): { key: ProtoMessage | undefined; value: ProtoMessage | undefined }[] {
    return (dictionary?.messages(1) ?? []).map((pair) => ({
      key: this.#entry(pair.message(1)),
      value: this.#entry(pair.message(2)),
    }));
  }

  /** Which of the table's ids an entry stands for. */
  #idOf(entry: ProtoMessage | undefined): number {
    return entry?.message(13)?.messages(3)[0]?.message(2)?.number(2) ?? -1;
  }

  /** Places by id: those of the order itself, then those of ids that stand for one of them. */
  #order(entry: ProtoMessage | undefined): Map<number, number> {
    const ordering = entry?.path(16, 1);
    const places = new Map<number, number>();
    for (const [place, attachment] of (ordering?.message(1)?.messages(2) ?? []).entries()) {
      const id = this.#ids.indexOf(Buffer.from(attachment.bytes(2) ?? []).toString("hex"));
      if (id >= 0) places.set(id, place);
    }
    for (const { key, value } of this.#pairs(ordering?.message(2))) {
      const place = places.get(this.#idOf(key));
      if (place !== undefined) places.set(this.#idOf(value), place);
    }
    return places;
  }

  #isRightToLeft(): boolean {
    return this.#entries.some((entry) =>
      (entry.message(13)?.messages(3) ?? []).some((pair) => pair.message(2)?.text(4)?.endsWith("RightToLeft") === true),
    );
  }
}

function sizeOf(places: ReadonlyMap<number, number>): number {
  return Math.max(-1, ...places.values()) + 1;
}
