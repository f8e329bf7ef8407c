/**
 * The seam between a phone's own files and what reads contacts, messages, notes or photos out of them. A whole-phone backup is one;
 * a phone on the cable can be another. Nothing above it knows how a backup is laid out or how it is encrypted.
 * Read first: `PhoneFiles`. Every implementation passes the conformance suite in test/conformance/phone-files.ts.
 */
import type { AbortOptions } from "../shared/abort.ts";

/** The phone whose files these are, as far as they tell. Text is as it was stored: make it `printable` before showing it. */
export interface PhoneFilesDevice {
  /** The UDID; undefined where nothing says it. */
  readonly id: string | undefined;
  /** What its owner named it. May be empty, and may hold any character. */
  readonly name: string;
  /** In the maker's code: "iPhone15,2". */
  readonly productType: string | undefined;
  /** As the phone writes it, "17.5.1". */
  readonly osVersion: string | undefined;
}

/** One entry of a phone's file system. */
export interface PhoneFile {
  /** A part of the phone, as its backup service names it: "HomeDomain", "AppDomain-org.example.app". */
  readonly domain: string;
  /** Below the domain, by `/`, without one at its beginning: "Library/SMS/sms.db". Hostile: look it up, never build a path of ours from it. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** Of a file's bytes as `read` gives them; 0 of anything else. */
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
  readonly createdAt: Date | undefined;
  /** Of a link: where it points, as stored. Never followed. */
  readonly target?: string;
}

/** Which entries to list; all of them by default. */
export interface PhoneFilesQuery extends AbortOptions {
  /** One domain, exactly. */
  readonly domain?: string;
  /** Only what lies below this folder of `domain`, at any depth. Case counts. */
  readonly under?: string;
}

/** Which bytes of a file to read; all of them by default. */
export interface PhoneFileRange extends AbortOptions {
  readonly offset?: number;
  /** To the end of the file by default. A range past the end yields what there is. */
  readonly length?: number;
}

/** The files of one phone, by domain and path, decrypted. Read-only: nothing here changes a phone or a backup. */
export interface PhoneFiles extends AsyncDisposable {
  readonly device: PhoneFilesDevice;
  /** When the phone was as it is here; undefined where that is now, or not known. */
  readonly takenAt: Date | undefined;
  /** Whether they lay encrypted: a phone gives calls, health, passwords and Safari's history to an encrypted backup only. */
  readonly isEncrypted: boolean;

  /** Every domain that has an entry, once, sorted. */
  domains(options?: AbortOptions): Promise<readonly string[]>;

  /** Every matching entry once, by domain and path in the order of their bytes. Rows are streamed, never all held. */
  list(query?: PhoneFilesQuery): AsyncIterable<PhoneFile>;

  /** The entry of exactly this name; undefined where there is none. */
  find(domain: string, path: string, options?: AbortOptions): Promise<PhoneFile | undefined>;

  /**
   * The bytes of a file, in slices that belong to the caller.
   * @throws {AppError} the bytes are missing or damaged, or their key is not had: says which domain and path
   */
  read(file: PhoneFile, range?: PhoneFileRange): AsyncIterable<Uint8Array>;
}
