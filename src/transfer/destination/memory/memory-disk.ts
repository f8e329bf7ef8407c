/**
 * What a place in memory keeps, whoever has it open: the stand-in for a disk, or for the far side of a network. Everything here
 * survives the end of a process (`endSessions`); what a session still holds by itself does not.
 */
import { DestinationError } from "../../../shared/errors.ts";
import { metadataFolder } from "../metadata-folder.ts";

export interface MemoryFile {
  readonly bytes: Buffer;
  readonly modifiedMs: number;
}

/** Of a file that has no name yet: what arrived for certain. */
export interface MemoryPart {
  bytes: Buffer;
  crc32: number;
  sizeBytes: number;
}

/** What is kept beside the files. */
export interface MemoryMetadata {
  id: string | undefined;
  catalog: Buffer | undefined;
  albums: Buffer | undefined;
  readonly runs: Map<string, Buffer>;
  readonly freeup: Map<string, Buffer>;
}

/** Who has it open. Dead when its process ended. */
export interface Session {
  isAlive: boolean;
}

export class MemoryDisk {
  readonly name: string;
  readonly capacityBytes: number;
  /** By path; those that were set aside lie below our own folder. */
  readonly files = new Map<string, MemoryFile>();
  readonly folders = new Set<string>();
  /** By key. */
  readonly parts = new Map<string, MemoryPart>();
  metadata: MemoryMetadata | undefined;
  lock: { readonly mark: string; readonly pid: number; readonly session: Session } | undefined;
  isAttached = true;
  #sessions: Session[] = [];

  constructor(name: string, capacityBytes: number) {
    this.name = name;
    this.capacityBytes = capacityBytes;
  }

  begin(): Session {
    const session = { isAlive: true };
    this.#sessions.push(session);
    return session;
  }

  /** As `kill -9` of every process that has it open: none of their calls does anything any more, and their locks end. */
  endSessions(): void {
    for (const session of this.#sessions) session.isAlive = false;
    this.#sessions = [];
  }

  /** @throws {DestinationError} `destination-not-there` */
  assertFor(session: Session): void {
    if (this.isAttached && session.isAlive) return;
    throw new DestinationError("destination-not-there", `${this.name} is no longer at its place.`);
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) bytes += file.bytes.length;
    for (const part of this.parts.values()) bytes += part.bytes.length;
    return bytes;
  }

  /** @throws {DestinationError} `destination-full` */
  assertRoom(bytes: number): void {
    if (this.usedBytes + bytes > this.capacityBytes)
      throw new DestinationError("destination-full", `The disk is full: ${this.name}`);
  }

  /** Folders are made with the files in them. */
  store(path: string, file: MemoryFile): void {
    const parts = path.split("/");
    for (let i = 1; i < parts.length; i += 1) this.folders.add(parts.slice(0, i).join("/"));
    this.files.set(path, file);
  }

  /** Whether a file or a folder has the name. */
  has(path: string): boolean {
    return path === "" || this.files.has(path) || this.folders.has(path);
  }

  /** Names in a folder. */
  *in(folder: string): Generator<{ readonly name: string; readonly type: "file" | "folder" }, void, undefined> {
    const start = folder === "" ? "" : `${folder}/`;
    const isHere = (path: string): boolean => path.startsWith(start) && !path.slice(start.length).includes("/");
    if (folder === "" && this.metadata) yield { name: metadataFolder, type: "folder" };
    for (const path of this.folders)
      if (isHere(path) && path !== metadataFolder) yield { name: path.slice(start.length), type: "folder" };
    for (const path of this.files.keys()) if (isHere(path)) yield { name: path.slice(start.length), type: "file" };
  }
}
