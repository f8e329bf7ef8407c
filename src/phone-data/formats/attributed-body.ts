/** The body of a message: its text in runs, each with attributes. Source: NSAttributedString as typedstream has it; IMCore's attributes. */
import {
  isStreamObject,
  readTypedstream,
  type StreamObject,
  type StreamValue,
  TypedstreamError,
} from "./typedstream.ts";

/** A stretch of text that has the same attributes. */
export interface BodyRun {
  readonly text: string;
  readonly attributes: ReadonlyMap<string, StreamValue>;
}

const none: ReadonlyMap<string, StreamValue> = new Map();

/** Runs in order; all of the text is in one of them. @throws {TypedstreamError} */
export function readAttributedBody(bytes: Uint8Array): BodyRun[] {
  const root = readTypedstream(bytes);
  if (!root) throw new TypedstreamError("it holds no text");
  const text = textOf(root.groups[0]?.values[0]);
  if (text === undefined) throw new TypedstreamError("it holds no text");
  const runs: BodyRun[] = [];
  const known = new Map<number, ReadonlyMap<string, StreamValue>>();
  let at = 0;
  for (let i = 1; i < root.groups.length; i += 1) {
    const { type, values } = root.groups[i] as StreamObject["groups"][number];
    const [id, length] = values;
    if (type !== "iI" || typeof id !== "number" || typeof length !== "number") continue;
    if (!known.has(id)) {
      i += 1;
      known.set(id, dictionaryOf(root.groups[i]?.values[0]));
    }
    runs.push({ text: text.slice(at, at + length), attributes: known.get(id) ?? none });
    at += length;
  }
  if (at < text.length) runs.push({ text: text.slice(at), attributes: none });
  return runs;
}

/** Of an `NSString` and what is below it. */
export function textOf(value: StreamValue): string | undefined {
  if (typeof value === "string") return value;
  if (!isStreamObject(value)) return undefined;
  if (!value.classes.includes("NSString")) return undefined;
  const bytes = value.groups[0]?.values[0];
  if (!(bytes instanceof Uint8Array)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Of an `NSURL`: whether it is relative to another, then its text. */
export function urlOf(value: StreamValue): string | undefined {
  if (!isStreamObject(value) || !value.classes.includes("NSURL")) return undefined;
  return textOf(value.groups.at(-1)?.values[0]);
}

/** Of an `NSNumber`. */
export function numberOf(value: StreamValue): number | undefined {
  if (typeof value === "number") return value;
  if (!isStreamObject(value) || !value.classes.includes("NSValue")) return undefined;
  const number = value.groups.at(-1)?.values[0];
  return typeof number === "number" ? number : undefined;
}

function dictionaryOf(value: StreamValue): ReadonlyMap<string, StreamValue> {
  if (!isStreamObject(value) || !value.classes.includes("NSDictionary")) return none;
  const values = value.groups.slice(1).flatMap((group) => group.values);
  const entries = new Map<string, StreamValue>();
  for (let i = 0; i + 1 < values.length; i += 2) {
    const key = textOf(values[i]);
    if (key !== undefined) entries.set(key, values[i + 1]);
  }
  return entries;
}
