/**
 * Archives of `NSKeyedArchiver`: a property list whose objects name one another by number. What a reference is and what a number
 * cannot be told apart after decoding, so that a field is asked for by what it should be. Bounded in depth and in objects.
 * Source: Apple's Foundation; the layout is the same since Mac OS X 10.2.
 */
import { decodePlistDict, isDict, type PlistDict, type PlistValue, plistField } from "../../device/wire/plist.ts";

const maxDepth = 32;
const maxObjects = 20_000;

/** What an object of an archive can be asked for. */
export class KeyedArchive {
  readonly #objects: readonly PlistValue[];
  readonly #top: PlistDict;
  #left = maxObjects;

  /** @throws {ProtocolError} where it is no archive */
  constructor(bytes: Uint8Array) {
    const plist = decodePlistDict(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const objects = plist["$objects"];
    this.#objects = Array.isArray(objects) ? (objects as readonly PlistValue[]) : [];
    this.#top = plistField.dict(plist, "$top") ?? {};
  }

  get root(): PlistValue | undefined {
    return this.#at(this.#top["root"]);
  }

  /** What stands in a field of an object, or under a key of a dictionary. */
  field(object: PlistValue | undefined, name: string): PlistValue | undefined {
    if (!isDict(object)) return undefined;
    const keys = object["NS.keys"];
    if (!Array.isArray(keys)) return this.#at(object[name]);
    const at = keys.findIndex((key: PlistValue) => this.text(this.#at(key)) === name);
    const values = object["NS.objects"];
    return at < 0 || !Array.isArray(values) ? undefined : this.#at(values[at] as PlistValue);
  }

  /** As text: a string, or an address. */
  text(value: PlistValue | undefined, depth = 0): string | undefined {
    if (typeof value === "string") return value === "$null" ? undefined : value;
    if (!isDict(value) || depth > maxDepth) return undefined;
    const inner = value["NS.string"] ?? value["NS.relative"];
    return typeof inner === "string" ? inner : this.text(this.#at(inner), depth + 1);
  }

  /** As bytes. */
  data(value: PlistValue | undefined): Uint8Array | undefined {
    if (value instanceof Uint8Array) return value;
    return isDict(value) && value["NS.data"] instanceof Uint8Array ? value["NS.data"] : undefined;
  }

  #at(reference: PlistValue | undefined): PlistValue | undefined {
    if (typeof reference !== "number") return reference;
    this.#left -= 1;
    return this.#left < 0 ? undefined : this.#objects[reference];
  }
}
