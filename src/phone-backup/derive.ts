/**
 * From a password to the key that opens a keybag: PBKDF2 twice, in Node's pool of threads. What takes seconds is told as a share of
 * the time that it will take on this computer, which was measured on a fiftieth of the rounds: the derivation itself tells nothing.
 */
import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { type AbortOptions, throwIfAborted, unlessAborted } from "../shared/abort.ts";
import { type Clock, systemClock } from "../shared/clock.ts";

/** The rounds and salts by which a password becomes a key. */
export interface KeyDerivation {
  readonly salt: Buffer;
  readonly rounds: number;
  /** Of the first derivation, since iOS 10.2. */
  readonly first: { readonly salt: Buffer; readonly rounds: number } | undefined;
}

/** Who is told how far it is. */
export interface DeriveOptions extends AbortOptions {
  readonly clock?: Clock;
  /** @param share of the time that it is expected to take, below 1 until it is done; @param leftMs as expected */
  readonly onProgress?: (share: number, leftMs: number) => void;
}

const derive = promisify(pbkdf2);
const keyBytes = 32;
/** Fewer rounds are done in the time that measuring them takes. */
const worthTelling = 1_000_000;
const sampleShare = 50;
const tellMs = 250;

/** @returns 32 bytes. Source: Apple Platform Security; iphone_backup_decrypt. */
export async function deriveKey(
  password: Uint8Array,
  { first, salt, rounds }: KeyDerivation,
  options: DeriveOptions = {},
): Promise<Buffer> {
  throwIfAborted(options.signal);
  const once = first ? await firstKey(password, first, options) : password;
  return await unlessAborted(derive(once, salt, rounds, keyBytes, "sha1"), options.signal);
}

async function firstKey(
  password: Uint8Array,
  { salt, rounds }: { readonly salt: Buffer; readonly rounds: number },
  { signal, clock = systemClock, onProgress }: DeriveOptions,
): Promise<Buffer> {
  const work = (count: number): Promise<Buffer> =>
    unlessAborted(derive(password, salt, count, keyBytes, "sha256"), signal);
  if (!onProgress || rounds < worthTelling) return await work(rounds);
  const before = clock.now();
  await work(Math.ceil(rounds / sampleShare));
  const expectedMs = (clock.now() - before) * sampleShare;
  const from = clock.now();
  const timer = setInterval(() => {
    const passed = clock.now() - from;
    onProgress(Math.min(0.99, passed / expectedMs), Math.max(0, expectedMs - passed));
  }, tellMs);
  try {
    onProgress(0, expectedMs);
    const key = await work(rounds);
    onProgress(1, 0);
    return key;
  } catch (error) {
    onProgress(1, 0);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
