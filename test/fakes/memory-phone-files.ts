/** A phone's files in memory, for tests of whoever reads them. */
import type { PhoneFile, PhoneFileRange, PhoneFiles, PhoneFilesQuery } from "../../src/device/phone-files.ts";
import { ItemError } from "../../src/shared/errors.ts";

export interface MemoryFile {
  readonly domain: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly modifiedAt?: Date;
  /** It is listed and cannot be read. */
  readonly isDamaged?: boolean;
}

export class MemoryPhoneFiles implements PhoneFiles {
  readonly device = {
    id: "00008101-000A1B2C3D4E001E",
    name: "Test Phone",
    productType: "iPhone13,2",
    osVersion: "17.5",
  };
  readonly takenAt = new Date("2026-10-04T18:30:00Z");
  readonly isEncrypted: boolean;
  readonly #files: readonly MemoryFile[];
  reads = 0;
  readBytes = 0;

  constructor(files: readonly MemoryFile[], { isEncrypted = true } = {}) {
    this.#files = files.toSorted((a, b) => compare(`${a.domain}\0${a.path}`, `${b.domain}\0${b.path}`));
    this.isEncrypted = isEncrypted;
  }

  async domains(): Promise<readonly string[]> {
    return [...new Set(this.#files.map((file) => file.domain))];
  }

  async *list({ domain, under }: PhoneFilesQuery = {}): AsyncGenerator<PhoneFile, void, undefined> {
    for (const file of this.#files)
      if (
        (domain === undefined || file.domain === domain) &&
        (under === undefined || file.path.startsWith(`${under}/`))
      )
        yield entry(file);
  }

  async find(domain: string, path: string): Promise<PhoneFile | undefined> {
    const found = this.#files.find((file) => file.domain === domain && file.path === path);
    return found && entry(found);
  }

  async *read(
    file: PhoneFile,
    { offset = 0, length }: PhoneFileRange = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const found = this.#files.find((each) => each.domain === file.domain && each.path === file.path);
    if (!found || found.isDamaged)
      throw new ItemError("item-unreadable", `${file.domain}/${file.path} cannot be read.`);
    const end = length === undefined ? found.bytes.length : Math.min(found.bytes.length, offset + length);
    this.reads += 1;
    this.readBytes += end - offset;
    for (let at = offset; at < end; at += 65_536) yield found.bytes.subarray(at, Math.min(end, at + 65_536));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function entry({ domain, path, bytes, modifiedAt }: MemoryFile): PhoneFile {
  return { domain, path, kind: "file", sizeBytes: bytes.length, modifiedAt, createdAt: undefined };
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
