/**
 * Apple's typedstream, the archive of `NSArchiver`, in which the body of a message lies. Everything in one is counted: depth, objects
 * and lengths have bounds, and nothing is allocated on a stream's word alone.
 * Source: GNUstep and NeXT's NSArchiver; checked against archives of Apple's.
 */

/** An object: the name of its class, those above it, and its contents in groups as they were written. */
export interface StreamObject {
  readonly classes: readonly string[];
  readonly groups: StreamGroup[];
}

/** Values that were written together. */
export interface StreamGroup {
  readonly type: string;
  readonly values: readonly StreamValue[];
}

export type StreamValue = StreamObject | string | number | Uint8Array | undefined;

/** What is wrong with one, in words that follow a colon. */
export class TypedstreamError extends Error {
  override readonly name = "TypedstreamError";
}

const header = Buffer.from("040b73747265616d747970656481e803", "hex");
const maxDepth = 64;
const maxObjects = 100_000;
const label = { int16: 0x81, int32: 0x82, real: 0x83, fresh: 0x84, nil: 0x85, end: 0x86 } as const;
const integers = "sSiIlLqQ";
const none: readonly string[] = [];
/** The byte of the first reference, as a signed number. */
const firstReference = -110;

/** The first object of a stream; undefined where there is none. @throws {TypedstreamError} */
export function readTypedstream(bytes: Uint8Array): StreamObject | undefined {
  const [first] = new Reader(bytes).group(0)?.values ?? [];
  return isStreamObject(first) ? first : undefined;
}

export function isStreamObject(value: StreamValue): value is StreamObject {
  return typeof value === "object" && "classes" in value;
}

interface ClassEntry {
  names: readonly string[];
}
type Shared = StreamObject | ClassEntry | string;

class Reader {
  // A byte is read by its number: a million bodies would leave a view of memory behind for each byte that is looked at.
  readonly #bytes: Buffer;
  readonly #end: number;
  #at = header.length;
  readonly #strings: string[] = [];
  readonly #shared: Shared[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = this.#bytes.length;
    if (this.#end < header.length || header.compare(this.#bytes, 0, header.length) !== 0)
      throw new TypedstreamError("it is none");
  }

  /** Undefined at the end of the stream. */
  group(depth: number): StreamGroup | undefined {
    if (this.#at >= this.#end) return undefined;
    const type = this.#sharedString();
    if (type === undefined) throw new TypedstreamError("a group has no type");
    if (type.length === 1 && type !== "[" && type !== "{") return { type, values: [this.#scalar(type, depth)] };
    const values: StreamValue[] = [];
    for (let i = 0; i < type.length; ) i = this.#value(type, i, { values, depth });
    return { type, values };
  }

  /** Reads what one type stands for. @returns where the next begins */
  #value(type: string, at: number, into: { values: StreamValue[]; depth: number }): number {
    const { values, depth } = into;
    const letter = type[at] as string;
    if (letter === "[") return this.#array(type, at, into);
    if (letter === "{") return this.#struct(type, at, into);
    values.push(this.#scalar(letter, depth));
    return at + 1;
  }

  #scalar(letter: string, depth: number): StreamValue {
    switch (letter) {
      case "@":
        return this.#object(depth);
      case "+":
        return this.#view(this.#length());
      case "*":
        return this.#cString();
      case ":":
      case "%":
        return this.#sharedString();
      case "#":
        this.#class(depth);
        return undefined;
      case "c":
        return (this.#head() << 24) >> 24;
      case "C":
      case "B":
        return this.#head();
      case "f":
      case "d":
        return this.#real(letter);
      default:
        if (integers.includes(letter)) return this.#integer();
        throw new TypedstreamError(`a value of unknown type ${JSON.stringify(letter)}`);
    }
  }

  /** `[582c]`: so many values of one type; of bytes, the bytes themselves. */
  #array(type: string, at: number, { values, depth }: { values: StreamValue[]; depth: number }): number {
    const [whole, digits = "", element = ""] = /^\[(\d{1,9})(.)\]/.exec(type.slice(at, at + 16)) ?? [];
    if (whole === undefined) throw new TypedstreamError("an array of an unknown kind");
    const count = Number(digits);
    if (element === "c" || element === "C") values.push(this.#view(count));
    else {
      if (count > this.#end - this.#at) throw new TypedstreamError("an array goes beyond the stream");
      for (let i = 0; i < count; i += 1) values.push(this.#scalar(element, depth));
    }
    return at + whole.length;
  }

  /** `{_NSRange=II}`: its values one after the other. */
  #struct(type: string, at: number, into: { values: StreamValue[]; depth: number }): number {
    if (into.depth > maxDepth) throw new TypedstreamError(`nested deeper than ${maxDepth}`);
    const inner = { values: into.values, depth: into.depth + 1 };
    let i = type.indexOf("=", at) + 1;
    if (i === 0) throw new TypedstreamError("a structure of an unknown kind");
    while (i < type.length && type[i] !== "}") i = this.#value(type, i, inner);
    return i + 1;
  }

  #object(depth: number): StreamObject | string | undefined {
    if (depth > maxDepth) throw new TypedstreamError(`nested deeper than ${maxDepth}`);
    const head = this.#head();
    if (head === label.nil) return undefined;
    if (head !== label.fresh) {
      const known = this.#referred(head);
      if (typeof known === "string" || "groups" in known) return known;
      throw new TypedstreamError("a class stands where an object should");
    }
    const groups: StreamGroup[] = [];
    const object = { classes: none, groups };
    this.#remember(object);
    object.classes = this.#class(depth);
    while (this.#peek() !== label.end) {
      const group = this.group(depth + 1);
      if (!group) throw new TypedstreamError("an object has no end");
      groups.push(group);
    }
    this.#at += 1;
    return object;
  }

  /** Names of a class and of those above it. */
  #class(depth: number): readonly string[] {
    const head = this.#head();
    if (head === label.nil) return none;
    if (head !== label.fresh) {
      const known = this.#referred(head);
      if (typeof known === "string" || !("names" in known)) throw new TypedstreamError("an object is no class");
      return known.names;
    }
    if (depth > maxDepth) throw new TypedstreamError(`nested deeper than ${maxDepth}`);
    const name = this.#sharedString() ?? "";
    this.#integer(); // its version
    const entry: ClassEntry = { names: none };
    this.#remember(entry);
    entry.names = [name, ...this.#class(depth + 1)];
    return entry.names;
  }

  #cString(): string | undefined {
    const head = this.#head();
    if (head === label.nil) return undefined;
    if (head !== label.fresh) {
      const known = this.#referred(head);
      if (typeof known === "string") return known;
      throw new TypedstreamError("an object stands where a text should");
    }
    const place = this.#remember("");
    const text = this.#sharedString() ?? "";
    this.#shared[place] = text;
    return text;
  }

  #sharedString(): string | undefined {
    const head = this.#head();
    if (head === label.nil) return undefined;
    if (head !== label.fresh) {
      const known = this.#strings[this.#index(head)];
      if (known === undefined) throw new TypedstreamError("a text that there is not");
      return known;
    }
    const from = this.#pass(this.#length());
    // Nearly all are one letter, and those that a body has are few.
    const text =
      this.#at - from === 1
        ? String.fromCharCode(this.#bytes[from] as number)
        : this.#bytes.toString("latin1", from, this.#at);
    if (this.#strings.length >= maxObjects) throw new TypedstreamError(`more than ${maxObjects} objects`);
    this.#strings.push(text);
    return text;
  }

  #remember(value: Shared): number {
    if (this.#shared.length >= maxObjects) throw new TypedstreamError(`more than ${maxObjects} objects`);
    this.#shared.push(value);
    return this.#shared.length - 1;
  }

  #referred(head: number): Shared {
    const known = this.#shared[this.#index(head)];
    if (known === undefined) throw new TypedstreamError("an object that there is not");
    return known;
  }

  /** Of a reference, from its first byte. */
  #index(head: number): number {
    return this.#integerFrom(head) - firstReference;
  }

  #length(): number {
    const head = this.#head();
    if (head === label.int16) return this.#bytes.readUInt16LE(this.#pass(2));
    if (head === label.int32) return this.#bytes.readUInt32LE(this.#pass(4));
    return head; // one byte; those above 127 are labels
  }

  #integer(): number {
    return this.#integerFrom(this.#head());
  }

  #integerFrom(head: number): number {
    if (head === label.int16) return this.#bytes.readInt16LE(this.#pass(2));
    if (head === label.int32) return this.#bytes.readInt32LE(this.#pass(4));
    if (head >= label.real && head <= label.end) throw new TypedstreamError("a label stands where a number should");
    return head > 127 ? head - 256 : head;
  }

  #real(letter: "f" | "d"): number {
    const head = this.#head();
    if (head !== label.real) return this.#integerFrom(head);
    return letter === "f" ? this.#bytes.readFloatLE(this.#pass(4)) : this.#bytes.readDoubleLE(this.#pass(8));
  }

  #peek(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  #head(): number {
    if (this.#at >= this.#end) throw new TypedstreamError("it ends too early");
    return this.#bytes[this.#at++] as number;
  }

  #view(length: number): Uint8Array {
    const from = this.#pass(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Goes on by so many bytes. @returns where they begin */
  #pass(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw new TypedstreamError("it ends too early");
    this.#at = from + length;
    return from;
  }
}
