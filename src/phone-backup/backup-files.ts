/** A backup as the files of a phone: `PhoneFiles` over its manifest, its stored files, and the keys of its keybag. */
import { createHash, type Hash } from "node:crypto";
import type {
  PhoneFile,
  PhoneFileRange,
  PhoneFiles,
  PhoneFilesDevice,
  PhoneFilesQuery,
} from "../device/phone-files.ts";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { AppError, ItemError } from "../shared/errors.ts";
import { damagedFile, missingFile, nameOf } from "./errors.ts";
import { type ClassKeys, KeybagError } from "./keybag.ts";
import type { BackupFolder } from "./layout.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";
import { encryptedSize, StoredFile } from "./stored-file.ts";

/** An opened backup. Disposing it removes what was decrypted. */
export class BackupFiles implements PhoneFiles {
  readonly device: PhoneFilesDevice;
  readonly takenAt: Date | undefined;
  readonly isEncrypted: boolean;
  /** What its folder told. */
  readonly backup: BackupFolder;
  readonly manifest: Manifest;
  readonly #keys: ClassKeys | undefined;
  /** Rows of the entries that were given out: their keys are nobody else's business. */
  readonly #rows = new WeakMap<PhoneFile, ManifestEntry>();

  /** @param keys of an encrypted one */
  constructor(backup: BackupFolder, manifest: Manifest, keys: ClassKeys | undefined) {
    const { udid: id, name, productType, osVersion } = backup;
    this.device = { id, name, productType, osVersion };
    this.takenAt = backup.takenAt;
    this.isEncrypted = backup.isEncrypted;
    this.backup = backup;
    this.manifest = manifest;
    this.#keys = keys;
  }

  async domains(options: AbortOptions = {}): Promise<readonly string[]> {
    return await this.manifest.domains(options);
  }

  async *list(query: PhoneFilesQuery = {}): AsyncGenerator<PhoneFile, void, undefined> {
    for await (const row of this.manifest.rows(query)) {
      if ("odd" in row) continue; // `verify` tells of them
      if (query.under !== undefined && row.path === "") continue;
      yield this.#given(row);
    }
  }

  async find(domain: string, path: string, options: AbortOptions = {}): Promise<PhoneFile | undefined> {
    const row = await this.manifest.find(domain, path, options);
    return row && this.#given(row);
  }

  async *read(file: PhoneFile, range: PhoneFileRange = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal } = range;
    throwIfAborted(signal);
    const row =
      this.#rows.get(file) ?? (await this.manifest.find(file.domain, file.path, { ...(signal && { signal }) }));
    if (row?.kind !== "file") throw notAFile(file, row);
    const sizeBytes = row.details?.sizeBytes;
    if (sizeBytes === undefined) throw damagedFile(row.domain, row.path, "the manifest does not tell its size");
    const offset = Math.min(range.offset ?? 0, sizeBytes);
    const end = Math.min(range.length === undefined ? sizeBytes : offset + range.length, sizeBytes);
    await using stored = await openStored(this.backup.folder, row);
    const key = this.#keyOf(row);
    assertStoredSize(row, stored.storedBytes, key !== undefined);
    const isWhole = offset === 0 && end === sizeBytes;
    const digests = isWhole ? digestsOf(row, key !== undefined) : undefined;
    let at = offset;
    try {
      for await (const slice of slicesOf(stored, key, { offset, end, digests })) {
        throwIfAborted(signal);
        digests?.plain?.update(slice);
        at += slice.length;
        yield slice;
      }
    } catch (error) {
      throw asItem(row, error);
    }
    if (at < end) throw damagedFile(row.domain, row.path, `it ended at byte ${at} of ${sizeBytes}`);
    if (digests) assertDigest(row, digests);
  }

  /**
   * Reads a file whole, as it is stored, and compares what there is to compare. Nothing of it is kept.
   * @returns its plain bytes' number, and whether its padding is as programs of Apple's make it
   * @throws {ItemError}
   */
  async check(row: ManifestEntry, options: AbortOptions = {}): Promise<{ bytes: number; isPaddingOdd: boolean }> {
    const sizeBytes = row.details?.sizeBytes;
    if (sizeBytes === undefined) throw damagedFile(row.domain, row.path, "the manifest does not tell its size");
    await using stored = await openStored(this.backup.folder, row);
    const key = this.#keyOf(row);
    assertStoredSize(row, stored.storedBytes, key !== undefined);
    const digests = digestsOf(row, key !== undefined);
    // Decrypted only where a digest may be of the plain bytes; its key and its end are looked at all the same.
    const slices = digests?.plain
      ? slicesOf(stored, key, { offset: 0, end: sizeBytes, digests })
      : slicesOf(stored, undefined, { offset: 0, end: stored.storedBytes, digests });
    try {
      for await (const slice of slices) {
        throwIfAborted(options.signal);
        digests?.plain?.update(slice);
      }
      if (digests) assertDigest(row, digests);
      return { bytes: sizeBytes, isPaddingOdd: key !== undefined && !(await stored.hasPadding(key, sizeBytes)) };
    } catch (error) {
      throw asItem(row, error);
    }
  }

  /** The key of an encrypted file; undefined for what lies there as it is. @throws {ItemError} */
  #keyOf(row: ManifestEntry): Buffer | undefined {
    if (!this.#keys) return undefined;
    const wrapped = row.details?.encryptionKey;
    if (!wrapped) {
      // Some programs speak of empty files without one.
      if (row.details?.sizeBytes === 0) return undefined;
      throw damagedFile(row.domain, row.path, "the manifest does not have its key");
    }
    try {
      return this.#keys.keyOf(wrapped);
    } catch (error) {
      if (error instanceof KeybagError) throw damagedFile(row.domain, row.path, error.message, error);
      throw error;
    }
  }

  #given(row: ManifestEntry): PhoneFile {
    const { domain, path, kind, details } = row;
    const file: PhoneFile = {
      ...{ domain, path, kind },
      sizeBytes: kind === "file" ? (details?.sizeBytes ?? 0) : 0,
      modifiedAt: details?.modifiedAt,
      createdAt: details?.createdAt,
      ...(kind === "link" && details?.target !== undefined ? { target: details.target } : {}),
    };
    this.#rows.set(file, row);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manifest[Symbol.asyncDispose]();
  }
}

function notAFile(file: PhoneFile, row: ManifestEntry | undefined): ItemError {
  const name = nameOf(file.domain, file.path);
  if (row) return new ItemError("item-refused", `${name} is a ${row.kind}, which has no bytes.`);
  return new ItemError("item-gone", `${name} is not in the backup.`);
}

/** @throws {ItemError} */
async function openStored(folder: string, { fileId, domain, path }: ManifestEntry): Promise<StoredFile> {
  try {
    return await StoredFile.open(folder, fileId);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw missingFile(domain, path, error);
    if (code === "ENOTPLAIN" || code === "ELOOP" || code === "ENOTDIR")
      throw damagedFile(domain, path, "something else than a file stands in its place", error);
    throw asItem({ domain, path }, error);
  }
}

/** What the disk refuses costs the file that lies there. */
function asItem({ domain, path }: Pick<ManifestEntry, "domain" | "path">, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || code === undefined) return error;
  const words = `${nameOf(domain, path)} cannot be read (${code}).`;
  return new ItemError(code === "EACCES" || code === "EPERM" ? "item-no-permission" : "item-io", words, {
    cause: error,
  });
}

/** @throws {ItemError} */
function assertStoredSize({ domain, path, details }: ManifestEntry, storedBytes: number, isEncrypted: boolean): void {
  const why = wrongSize(details?.sizeBytes ?? 0, storedBytes, isEncrypted);
  if (why !== undefined) throw damagedFile(domain, path, why);
}

/** In words; undefined where it is right. An empty file may lie there empty, encrypted or not. */
export function wrongSize(sizeBytes: number, storedBytes: number, isEncrypted: boolean): string | undefined {
  const expected = isEncrypted ? encryptedSize(sizeBytes) : sizeBytes;
  if (storedBytes === expected || (sizeBytes === 0 && (storedBytes === 0 || storedBytes === encryptedSize(0))))
    return undefined;
  return `${storedBytes} bytes are stored, and ${expected} were sent`;
}

interface Digests {
  readonly stored: Hash;
  /** Of an encrypted file: programs differ in which of the two the phone means. */
  readonly plain: Hash | undefined;
}

function digestsOf({ details }: ManifestEntry, isEncrypted: boolean): Digests | undefined {
  if (!details?.digest) return undefined;
  return { stored: createHash("sha1"), plain: isEncrypted ? createHash("sha1") : undefined };
}

function slicesOf(
  stored: StoredFile,
  key: Buffer | undefined,
  { offset, end, digests }: { readonly offset: number; readonly end: number; readonly digests: Digests | undefined },
): AsyncGenerator<Buffer, void, undefined> {
  const seen = digests ? (bytes: Buffer): void => void digests.stored.update(bytes) : undefined;
  if (key) return stored.plain(key, offset, end, seen);
  return told(stored.stored(offset, end), seen);
}

async function* told(
  slices: AsyncIterable<Buffer>,
  seen: ((bytes: Buffer) => void) | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const slice of slices) {
    seen?.(slice);
    yield slice;
  }
}

/** @throws {ItemError} */
function assertDigest({ domain, path, details }: ManifestEntry, { stored, plain }: Digests): void {
  const wanted = Buffer.from(details?.digest ?? []);
  if (stored.digest().equals(wanted) || plain?.digest().equals(wanted)) return;
  throw damagedFile(domain, path, "its bytes are not those that the phone sent");
}
