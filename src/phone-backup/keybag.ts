/**
 * The keybag of an encrypted backup: from a password to the keys of Manifest.db and of every file.
 * Sources: Apple Platform Security, "Keybags for Data Protection"; the layout as jsharkey13/iphone_backup_decrypt and
 * matan1008/pyiosbackup read it; RFC 3394; RFC 8018.
 */
import { createDecipheriv } from "node:crypto";
import { throwIfAborted } from "../shared/abort.ts";
import { type DeriveOptions, deriveKey, type KeyDerivation } from "./derive.ts";

/** One protection class's key, wrapped. */
interface WrappedClassKey {
  readonly protectionClass: number;
  readonly isByPasswordAlone: boolean;
  readonly wrapped: Buffer;
}

/** What is wrong with a keybag, in words that follow a colon. */
export class KeybagError extends Error {
  override readonly name = "KeybagError";
}

const tagBytes = 4;
const maxKeybagBytes = 64 * 1024;
const maxClasses = 64;
const wrappedBytes = 40;
const keyBytes = 32;
/** A phone asks for ten million and ten thousand: ten times that is a computer held for nothing. */
const mostFirstRounds = 100_000_000;
const mostRounds = 1_000_000;
/** Bits of WRAP. */
const byDeviceKey = 1;
const byPassword = 2;
const wrapIv = Buffer.from("A6A6A6A6A6A6A6A6", "hex");

/** A keybag as it lies in Manifest.plist: tags of four letters, lengths and values, big-endian. */
export class Keybag {
  readonly #derivation: KeyDerivation;
  readonly #classes: readonly WrappedClassKey[];

  private constructor(derivation: KeyDerivation, classes: readonly WrappedClassKey[]) {
    this.#derivation = derivation;
    this.#classes = classes;
  }

  /** @throws {KeybagError} */
  static parse(bytes: Uint8Array): Keybag {
    if (bytes.length > maxKeybagBytes) throw new KeybagError(`its keybag has ${bytes.length} bytes`);
    const [header = new Map(), ...blocks] = blocksOf(Buffer.from(bytes));
    if (blocks.length > maxClasses) throw new KeybagError(`its keybag has ${blocks.length} keys`);
    return new Keybag(derivationOf(header), blocks.flatMap(classKeyOf));
  }

  /**
   * One derivation. @param password as it was typed, UTF-8; nothing is trimmed or normalised
   * @returns undefined where the password is another
   * @throws {KeybagError} where no class is locked by a password; {CancelledError}
   */
  async unlock(password: Uint8Array, options: DeriveOptions = {}): Promise<ClassKeys | undefined> {
    const own = this.#classes.filter((key) => key.isByPasswordAlone);
    if (own.length === 0) throw new KeybagError("no key in its keybag is locked by a password");
    const kek = await deriveKey(password, this.#derivation, options);
    throwIfAborted(options.signal);
    const keys = new Map<number, Buffer>();
    for (const { protectionClass, wrapped } of own) {
      const key = unwrap(kek, wrapped);
      if (key === undefined) return undefined;
      keys.set(protectionClass, key);
    }
    return new ClassKeys(keys);
  }
}

/** The keys of a keybag that was unlocked. They are held in memory alone. */
export class ClassKeys {
  readonly #keys: ReadonlyMap<number, Buffer>;

  constructor(keys: ReadonlyMap<number, Buffer>) {
    this.#keys = keys;
  }

  /**
   * The key of a file or of Manifest.db. @param wrapped its class, 32 bits little-endian, and the key wrapped by that class's
   * @throws {KeybagError}
   */
  keyOf(wrapped: Uint8Array): Buffer {
    if (wrapped.length !== tagBytes + wrappedBytes)
      throw new KeybagError(`its key has ${wrapped.length} bytes, not 44`);
    const bytes = Buffer.from(wrapped);
    const protectionClass = bytes.readUInt32LE(0);
    const classKey = this.#keys.get(protectionClass);
    if (!classKey)
      throw new KeybagError(`its key is locked by class ${protectionClass}, which the keybag does not have`);
    const key = unwrap(classKey, bytes.subarray(tagBytes));
    if (!key) throw new KeybagError("its key does not belong to this keybag");
    return key;
  }
}

/** RFC 3394. Undefined where the wrapping key is another. */
function unwrap(kek: Buffer, wrapped: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv("id-aes256-wrap", kek, wrapIv);
    const key = Buffer.concat([decipher.update(wrapped), decipher.final()]);
    return key.length === keyBytes ? key : undefined;
  } catch {
    return undefined;
  }
}

type Block = Map<string, Buffer>;

/** The header, then a block for each class: each begins with a UUID, of which the header has one too. */
function blocksOf(bytes: Buffer): Block[] {
  const blocks: Block[] = [new Map()];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 2 * tagBytes) throw new KeybagError("its keybag ends in the middle of a tag");
    const tag = bytes.toString("latin1", at, at + tagBytes);
    const length = bytes.readUInt32BE(at + tagBytes);
    at += 2 * tagBytes;
    if (length > bytes.length - at) throw new KeybagError("its keybag is cut");
    let block = blocks.at(-1) as Block;
    if (tag === "UUID" && block.has("UUID")) {
      block = new Map();
      blocks.push(block);
    }
    block.set(tag, bytes.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

function derivationOf(block: Block): KeyDerivation {
  const salt = block.get("SALT");
  const rounds = number(block, "ITER");
  if (!salt || rounds === undefined) throw new KeybagError("its keybag names no salt and no rounds");
  const firstSalt = block.get("DPSL");
  const firstRounds = number(block, "DPIC");
  const first = firstSalt && firstRounds !== undefined ? { salt: firstSalt, rounds: firstRounds } : undefined;
  if (rounds < 1 || rounds > mostRounds || (first && (first.rounds < 1 || first.rounds > mostFirstRounds)))
    throw new KeybagError("its keybag asks for more rounds of key derivation than any phone does");
  return { salt, rounds, first };
}

function classKeyOf(block: Block): WrappedClassKey[] {
  const protectionClass = number(block, "CLAS");
  const wrapped = block.get("WPKY");
  const wrap = number(block, "WRAP") ?? 0;
  if (protectionClass === undefined || wrapped?.length !== wrappedBytes) return [];
  return [{ protectionClass, wrapped, isByPasswordAlone: (wrap & (byPassword | byDeviceKey)) === byPassword }];
}

function number(block: Block, tag: string): number | undefined {
  const value = block.get(tag);
  return value?.length === 4 ? value.readUInt32BE(0) : undefined;
}
