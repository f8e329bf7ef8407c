/** What property lists hold, and how a field of one is asked for. */

export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue | undefined };
export type PlistDict = { readonly [key: string]: PlistValue | undefined };

/** Deepest nesting accepted; real replies stay below ten. A bound keeps hostile input from exhausting the stack. */
export const maxPlistDepth = 64;

export function isDict(value: PlistValue | undefined): value is PlistDict {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}

/** A number where it holds the integer exactly, as small ones are. */
export function fitting(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Field access for dictionaries from outside: the value when it has the asked type, else undefined. */
export const plistField = {
  string: (dict: PlistDict, key: string) => (typeof dict[key] === "string" ? (dict[key] as string) : undefined),
  number(dict: PlistDict, key: string): number | undefined {
    const value = dict[key];
    return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
  },
  boolean: (dict: PlistDict, key: string) => (typeof dict[key] === "boolean" ? (dict[key] as boolean) : undefined),
  data: (dict: PlistDict, key: string) => (dict[key] instanceof Uint8Array ? (dict[key] as Uint8Array) : undefined),
  dict: (dict: PlistDict, key: string) => (isDict(dict[key]) ? (dict[key] as PlistDict) : undefined),
};
