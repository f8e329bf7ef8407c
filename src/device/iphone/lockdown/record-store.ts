/**
 * Where pair records are found and kept: the daemon's store first, our own folder as the fallback.
 * Records are secrets: our copies have mode 0600 in a folder of mode 0700.
 */

import { chmod, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AbortOptions } from "../../../shared/abort.ts";
import { makeFolders } from "../../../shared/make-folders.ts";
import { readPlainFile } from "../../../shared/plain-file.ts";
import type { Muxer } from "../usbmux/index.ts";
import { decodePairRecord, encodePairRecord, type PairRecord } from "./pair-record.ts";

/** A pair record, and who had it. */
export interface StoredRecord {
  readonly record: PairRecord;
  readonly from: "daemon" | "own-copy";
}

/** Our own copies have mode 0600, in a folder of mode 0700. */
export class PairRecordStore {
  readonly #muxer: Muxer;
  readonly #folder: string;

  /** @param folder where our own copies lie; made when first needed */
  constructor(muxer: Muxer, folder: string) {
    this.#muxer = muxer;
    this.#folder = folder;
  }

  /** Records worth trying, the daemon's first. An unreadable one is left out: it cannot open a session. */
  async read(udid: string, options: AbortOptions = {}): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    const add = (bytes: Uint8Array | undefined, from: StoredRecord["from"]): void => {
      if (!bytes) return;
      try {
        found.push({ record: decodePairRecord(bytes), from });
      } catch {
        // A torn or foreign record is as good as none; pairing replaces our own copy.
      }
    };
    add(await this.#muxer.readPairRecord(udid, options), "daemon");
    add(this.#readOwnCopy(udid), "own-copy");
    return found;
  }

  /** Offers the record to the daemon; keeps our own copy only where the daemon would not take it. */
  async save(udid: string, deviceId: number, record: PairRecord, options: AbortOptions = {}): Promise<void> {
    const bytes = encodePairRecord(record);
    const taken = await this.#muxer.savePairRecord(udid, bytes, deviceId, options).catch(() => false);
    if (taken) await rm(this.#path(udid), { force: true });
    else await this.#writeOwnCopy(udid, bytes);
  }

  async delete(udid: string, options: AbortOptions = {}): Promise<void> {
    await rm(this.#path(udid), { force: true });
    await this.#muxer.deletePairRecord(udid, options);
  }

  #readOwnCopy(udid: string): Buffer | undefined {
    try {
      return readPlainFile(this.#path(udid));
    } catch {
      return undefined;
    }
  }

  async #writeOwnCopy(udid: string, bytes: Buffer): Promise<void> {
    await makeFolders(this.#folder, 0o700);
    await chmod(this.#folder, 0o700);
    const temporary = `${this.#path(udid)}.new`;
    await rm(temporary, { force: true });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path(udid));
  }

  /** A UDID is hexadecimal and dashes; anything else a daemon may claim must not become a path. */
  #path(udid: string): string {
    return join(this.#folder, `${udid.replace(/[^0-9A-Za-z-]/g, "_").slice(0, 64)}.plist`);
  }
}
