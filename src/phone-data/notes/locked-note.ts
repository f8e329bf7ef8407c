/**
 * Notes that their owner has locked. The classic kind opens with its password; of the newer one, which came with the lock by the
 * phone's own passcode, nobody has published how. Which it is tells the length of the wrapped key, per note.
 * Source: apple_cloud_notes_parser's notes on encryption; RFC 8018, RFC 3394, NIST SP 800-38D.
 */
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { KeyedArchive } from "../formats/keyed-archive.ts";

/** What a classic note is locked with. */
export interface NoteLock {
  readonly wrappedKey: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
}

const wrappedBytes = 24;
/** Phones use 20,000; more than this only makes somebody wait. */
const maxIterations = 1_000_000;
const unwrapIv = Buffer.alloc(8, 0xa6);

/** Whether its wrapped key is one that a password opens. */
export function isClassicLock(wrappedKey: Uint8Array | undefined): boolean {
  return wrappedKey?.length === wrappedBytes;
}

/** What the archived record of iCloud says of a note's lock. @returns undefined where it says nothing of one */
export function lockOfRecord(record: Uint8Array): NoteLock | undefined {
  try {
    const archive = new KeyedArchive(record);
    const values = archive.field(archive.field(archive.root, "ValueStore"), "RecordValues");
    const bytes = (name: string): Uint8Array => archive.data(archive.field(values, name)) ?? new Uint8Array();
    const iterations = archive.field(values, "CryptoIterationCount");
    const wrappedKey = bytes("CryptoWrappedKey");
    if (wrappedKey.length === 0) return undefined;
    return {
      ...{ wrappedKey, salt: bytes("CryptoSalt"), iterations: typeof iterations === "number" ? iterations : 0 },
      ...{ iv: bytes("CryptoInitializationVector"), tag: bytes("CryptoTag") },
    };
  } catch {
    return undefined;
  }
}

/** The clear body; undefined where the password is not its. */
export function openLockedNote(cipherText: Uint8Array, lock: NoteLock, password: string): Uint8Array | undefined {
  if (lock.iterations < 1 || lock.iterations > maxIterations) return undefined;
  try {
    const kek = pbkdf2Sync(password, lock.salt, lock.iterations, 16, "sha256");
    const unwrap = createDecipheriv("id-aes128-wrap", kek, unwrapIv);
    const key = Buffer.concat([unwrap.update(lock.wrappedKey), unwrap.final()]);
    const decipher = createDecipheriv("aes-128-gcm", key, lock.iv, { authTagLength: 16 });
    decipher.setAuthTag(lock.tag);
    return Buffer.concat([decipher.update(cipherText), decipher.final()]);
  } catch {
    return undefined;
  }
}
