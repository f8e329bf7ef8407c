/**
 * Property lists as XML: the nine elements of Apple's PropertyList-1.0 document type, and nothing else of XML that could be
 * expanded or fetched. The libraries for it load two general XML parsers, a fourth of what `offroll devices` took to start; the
 * tests hold ours against them.
 */
import { ProtocolError } from "../../shared/errors.ts";
import { fitting, maxPlistDepth, type PlistDict, type PlistValue } from "./plist-value.ts";

const prolog = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
`;

/** Keys whose value is `undefined` are left out. */
export function writeXmlPlist(value: PlistDict): string {
  return `${prolog}<plist version="1.0">${element(value)}</plist>\n`;
}

function element(value: PlistValue): string {
  if (typeof value === "string") return `<string>${escaped(value)}</string>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (typeof value === "bigint") return `<integer>${value}</integer>`;
  if (typeof value === "number")
    return Number.isInteger(value) ? `<integer>${BigInt(value)}</integer>` : `<real>${value}</real>`;
  if (value instanceof Date) return `<date>${value.toISOString().replace(/\.\d+/, "")}</date>`;
  if (value instanceof Uint8Array)
    return `<data>${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}</data>`;
  if (Array.isArray(value)) return `<array>${(value as readonly PlistValue[]).map(element).join("")}</array>`;
  let entries = "";
  for (const [key, v] of Object.entries(value as PlistDict))
    if (v !== undefined) entries += `<key>${escaped(key)}</key>${element(v)}`;
  return `<dict>${entries}</dict>`;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escaped = (text: string): string => withoutControl(text).replace(/[&<>]/g, (c) => escapes[c] as string);

/** Control characters are not XML, but some phones put them raw into strings (names, carriers): spaces, as libimobiledevice does. */
function withoutControl(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ");
}

/** Data comes back as Uint8Array, integers beyond 2^53 as bigint. @throws {ProtocolError} on anything else than one plist */
export function parseXmlPlist(text: string): PlistValue {
  return new Parser(withoutControl(text)).plist();
}

interface Tag {
  readonly name: string;
  readonly kind: "start" | "end" | "empty";
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  plist(): PlistValue {
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    const { name, kind } = this.#tag();
    if (name !== "plist" || kind !== "start") throw new ProtocolError("no <plist> element");
    const value = this.#value(this.#tag(), 0);
    this.#end("plist");
    this.#skip();
    if (this.#at < this.#text.length) throw new ProtocolError("something follows the property list");
    return value;
  }

  #value({ name, kind }: Tag, depth: number): PlistValue {
    if (depth > maxPlistDepth) throw new ProtocolError(`property list nested deeper than ${maxPlistDepth}`);
    if (kind === "end") throw new ProtocolError(`</${name}> where a value should be`);
    switch (name) {
      case "dict":
        return kind === "empty" ? {} : this.#dict(depth);
      case "array":
        return kind === "empty" ? [] : this.#array(depth);
      case "true":
      case "false":
        if (kind === "start") this.#end(name);
        return name === "true";
      case "string":
      case "integer":
      case "real":
      case "date":
      case "data":
        return scalars[name](kind === "empty" ? "" : this.#content(name));
      default:
        throw new ProtocolError(`a property list has no <${name.slice(0, 20)}>`);
    }
  }

  #dict(depth: number): PlistDict {
    const dict: Record<string, PlistValue> = {};
    for (;;) {
      const { name, kind } = this.#tag();
      if (name === "dict" && kind === "end") return dict;
      if (name !== "key" || kind === "end") throw new ProtocolError(`<${name.slice(0, 20)}> where a key should be`);
      const key = kind === "empty" ? "" : this.#content("key");
      const value = this.#value(this.#tag(), depth + 1);
      if (key !== "__proto__") dict[key] = value;
    }
  }

  #array(depth: number): PlistValue[] {
    const array: PlistValue[] = [];
    for (;;) {
      const tag = this.#tag();
      if (tag.name === "array" && tag.kind === "end") return array;
      array.push(this.#value(tag, depth + 1));
    }
  }

  #end(name: string): void {
    const tag = this.#tag();
    if (tag.name !== name || tag.kind !== "end") throw new ProtocolError(`the <${name}> element does not end`);
  }

  /** The text up to the element's end. */
  #content(name: string): string {
    let content = "";
    for (;;) {
      const open = this.#find("<");
      content += unescaped(this.#text.slice(this.#at, open));
      this.#at = open;
      if (this.#text.startsWith("<![CDATA[", open)) {
        const end = this.#find("]]>");
        content += this.#text.slice(open + 9, end);
        this.#at = end + 3;
      } else if (this.#text.startsWith("<!--", open)) this.#at = this.#find("-->") + 3;
      else {
        this.#end(name);
        return content;
      }
    }
  }

  #tag(): Tag {
    this.#skip();
    if (this.#text[this.#at] !== "<") throw new ProtocolError("text where an element should be");
    const close = this.#find(">");
    const inside = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    const kind = inside.startsWith("/") ? "end" : inside.endsWith("/") ? "empty" : "start";
    return { name: /[^\s/]+/.exec(inside)?.[0] ?? "", kind };
  }

  /** White space, comments, the XML declaration, and the document type, which may declare nothing. */
  #skip(): void {
    for (;;) {
      while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
      if (this.#text.startsWith("<!--", this.#at)) this.#at = this.#find("-->") + 3;
      else if (this.#text.startsWith("<?", this.#at)) this.#at = this.#find("?>") + 2;
      else if (this.#text.startsWith("<!DOCTYPE", this.#at)) {
        const end = this.#find(">");
        if (this.#text.slice(this.#at, end).includes("[")) throw new ProtocolError("a document type that declares");
        this.#at = end + 1;
      } else return;
    }
  }

  #find(what: string): number {
    const at = this.#text.indexOf(what, this.#at);
    if (at < 0) throw new ProtocolError("the property list ends early");
    return at;
  }
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

const scalars = {
  string: (text: string): string => text,
  integer(text: string): number | bigint {
    const match = /^\s*([+-]?)(\d{1,40}|0[xX][0-9a-fA-F]{1,32})\s*$/.exec(text);
    if (!match) throw new ProtocolError(`"${text.slice(0, 40)}" is not an integer`);
    const value = BigInt(match[2] as string);
    return fitting(match[1] === "-" ? -value : value);
  },
  real(text: string): number {
    const value = Number(text.trim() === "" ? "none" : text);
    if (Number.isNaN(value)) throw new ProtocolError(`"${text.slice(0, 40)}" is not a number`);
    return value;
  },
  date(text: string): Date {
    const value = new Date(text.trim());
    if (Number.isNaN(value.getTime())) throw new ProtocolError(`"${text.slice(0, 40)}" is not a date`);
    return value;
  },
  data(text: string): Uint8Array {
    const { buffer, byteOffset, byteLength } = Buffer.from(text, "base64");
    return new Uint8Array(buffer, byteOffset, byteLength);
  },
} as const;

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** What stands for nothing stays as it is: a name with a bare "&" must not cost the phone. */
function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:(lt|gt|amp|quot|apos)|#x([0-9a-fA-F]{1,6})|#(\d{1,7}));/g, (whole, name, hex, decimal) => {
    if (name !== undefined) return entities[name] as string;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
