/**
 * The phone's side of an encrypted backup: key bag, class keys, a key for each file. Written from the format's description and pinned
 * by its byte vectors; it shares nothing with what reads backups.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  pbkdf2 as derive,
  randomBytes,
  randomUUID,
} from "node:crypto";
import { promisify } from "node:util";
import type { Content } from "../../described-phone.ts";

const pbkdf2 = promisify(derive);
const keyWrapIv = Buffer.from("A6A6A6A6A6A6A6A6", "hex");

/** With the password alone, or with the device's own key as well: those stay on this phone. */
const classes: readonly { readonly number: number; readonly wrap: number }[] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(
  (number) => ({ number, wrap: [5, 9, 10, 11].includes(number) ? 3 : 2 }),
);

/** Of key derivation. */
export interface Rounds {
  readonly outer: number;
  readonly inner: number;
}

/** A phone's class keys, which stay the same when its password changes. */
export class BackupKeys {
  readonly #secret: Buffer;
  readonly classKeys: ReadonlyMap<number, Buffer>;

  /** @param seed the same phone has the same keys */
  constructor(seed: string) {
    this.#secret = createHash("sha256").update(`offroll mock keys ${seed}`).digest();
    this.classKeys = new Map(classes.map(({ number }) => [number, this.#make(`class ${number}`)]));
  }

  #make(what: string): Buffer {
    return createHmac("sha256", this.#secret).update(what).digest();
  }

  /** The key bag in the form of a backup. */
  async keyBag(password: string | Buffer, rounds: Rounds): Promise<Buffer> {
    const [salt, outerSalt] = [randomBytes(20), randomBytes(20)];
    const kek = await keyFromPassword(password, { salt, outerSalt, ...rounds });
    const header = [
      tag("VERS", number(5)),
      tag("TYPE", number(1)),
      tag("UUID", uuid()),
      tag("HMCK", randomBytes(40)),
      tag("WRAP", number(0)),
      tag("SALT", salt),
      tag("ITER", number(rounds.inner)),
      tag("DPWT", number(1)),
      tag("DPIC", number(rounds.outer)),
      tag("DPSL", outerSalt),
    ];
    const blocks = classes.flatMap((each) => [
      tag("UUID", uuid()),
      tag("CLAS", number(each.number)),
      tag("WRAP", number(each.wrap)),
      tag("KTYP", number(0)),
      tag("WPKY", wrapKey(kek, this.#storedClassKey(each))),
    ]);
    return Buffer.concat([...header, ...blocks]);
  }

  /** What the password alone gives: of classes that stay on the phone the key is still encrypted with the device's own. */
  #storedClassKey({ number: id, wrap }: { readonly number: number; readonly wrap: number }): Buffer {
    const key = this.classKeys.get(id) as Buffer;
    if (wrap === 2) return key;
    const cipher = createCipheriv("aes-256-cbc", this.#make("0x835"), Buffer.alloc(16)).setAutoPadding(false);
    return Buffer.concat([cipher.update(key), cipher.final()]);
  }

  fileKey(fileId: string): Buffer {
    return this.#make(`file ${fileId}`);
  }

  /** As `EncryptionKey` and `ManifestKey` hold it: the class in little-endian, then the key wrapped with the class's. */
  wrapFor(classNumber: number, key: Buffer): Buffer {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(classNumber);
    return Buffer.concat([prefix, wrapKey(this.classKeys.get(classNumber) as Buffer, key)]);
  }
}

/** The class keys of any phone's key bag, as far as its password gives them; undefined where it does not open. */
export async function openKeyBag(bag: Uint8Array, password: string): Promise<ReadonlyMap<number, Buffer> | undefined> {
  const tags = readTags(Buffer.from(bag));
  const value = (name: string): Buffer => tags.find((each) => each.name === name)?.value ?? Buffer.alloc(4);
  const kek = await keyFromPassword(password, {
    salt: value("SALT"),
    outerSalt: value("DPSL"),
    outer: value("DPIC").readUInt32BE(0),
    inner: value("ITER").readUInt32BE(0),
  });
  const keys = new Map<number, Buffer>();
  for (const [i, each] of tags.entries()) {
    if (each.name !== "CLAS" || tags[i + 1]?.value.readUInt32BE(0) !== 2) continue;
    const wrapped = tags.slice(i).find(({ name }) => name === "WPKY")?.value;
    const key = wrapped && unwrapKey(kek, wrapped);
    if (!key) return undefined;
    keys.set(each.value.readUInt32BE(0), key);
  }
  return keys.size > 0 ? keys : undefined;
}

/** The key that `EncryptionKey` or `ManifestKey` holds; undefined where it is for other class keys. */
export function unwrapFor(classKeys: ReadonlyMap<number, Buffer>, wrapped: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(wrapped);
  const key = bytes.length === 44 ? classKeys.get(bytes.readUInt32LE(0)) : undefined;
  return key && unwrapKey(key, bytes.subarray(4));
}

/** PBKDF2 twice, as phones do since iOS 10.2. */
export async function keyFromPassword(
  password: string | Buffer,
  { salt, outerSalt, outer, inner }: Rounds & { readonly salt: Buffer; readonly outerSalt: Buffer },
): Promise<Buffer> {
  const first = await pbkdf2(password, outerSalt, outer, 32, "sha256");
  return await pbkdf2(first, salt, inner, 32, "sha1");
}

function wrapKey(kek: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv("id-aes256-wrap", kek, keyWrapIv);
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

function unwrapKey(kek: Buffer, wrapped: Buffer): Buffer | undefined {
  try {
    const cipher = createDecipheriv("id-aes256-wrap", kek, keyWrapIv);
    return Buffer.concat([cipher.update(wrapped), cipher.final()]);
  } catch {
    return undefined;
  }
}

/** Bytes of a file as they are stored, in pieces, from its beginning. @param key undefined where nothing is encrypted */
export async function* storedBytes(content: Content, key: Buffer | undefined, piece: number): AsyncGenerator<Buffer> {
  const cipher = key && createCipheriv("aes-256-cbc", key, Buffer.alloc(16));
  for (let at = 0; at < content.size; at += piece) {
    const bytes = await content.read(at, Math.min(piece, content.size - at));
    const out = cipher ? cipher.update(bytes) : bytes;
    if (out.length > 0) yield out;
  }
  if (cipher) yield cipher.final();
}

/** How many bytes that is. */
export function storedSize(size: number, isEncrypted: boolean): number {
  return isEncrypted ? (Math.floor(size / 16) + 1) * 16 : size;
}

/** The plain bytes of a stored file, cut at its size. */
export function decryptStored(stored: Buffer, key: Buffer, size: number): Buffer {
  const cipher = createDecipheriv("aes-256-cbc", key, Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(stored), cipher.final()]).subarray(0, size);
}

/** A database, whose pages need no padding. */
export function encryptPages(plain: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-cbc", key, Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

interface Tag {
  readonly name: string;
  readonly value: Buffer;
}

function readTags(bag: Buffer): Tag[] {
  const out: Tag[] = [];
  for (let at = 0; at + 8 <= bag.length; ) {
    const length = bag.readUInt32BE(at + 4);
    out.push({ name: bag.toString("latin1", at, at + 4), value: bag.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  return out;
}

function tag(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name, "latin1"), number(value.length), value]);
}

function number(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

function uuid(): Buffer {
  return Buffer.from(randomUUID().replaceAll("-", ""), "hex");
}
