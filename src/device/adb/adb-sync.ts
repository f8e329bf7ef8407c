/**
 * The `sync:` service: folders, what files are, and their bytes. Our own framing over the library's connection, for three reasons:
 * its listing leaves out entries that the phone could not look at, a read of it that is left early fetches the rest of the file, and
 * it takes any length for a name. Source: AOSP, packages/modules/adb, SYNC.TXT and file_sync_protocol.h.
 */
import { ItemError, ProtocolError } from "../../shared/errors.ts";
import type { AdbConnection } from "./adb-connection.ts";
import { errnoError, fileError, noSuchFile } from "./adb-errors.ts";
import {
  encodeSyncRequest,
  fileType,
  maxSyncDataBytes,
  maxSyncMessageBytes,
  maxSyncNameBytes,
  maxSyncPathBytes,
  nameLength,
  syncStat,
  syncStat2,
} from "./adb-format.ts";

/** What the phone tells of one path. Links are not followed. */
export interface AdbFile {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** One name in a folder. */
export interface AdbEntry extends AdbFile {
  readonly name: string;
  /** errno of the phone when it could not look at this one. */
  readonly error: number;
}

const statNames = { v1: { request: "STAT", reply: "STAT" }, v2: { request: "LST2", reply: "LST2" } } as const;
const listNames = { v1: { request: "LIST", reply: "DENT" }, v2: { request: "LIS2", reply: "DNT2" } } as const;

/** One `sync:` connection. One request at a time; a failed one leaves it unusable. */
export class AdbSync implements AsyncDisposable {
  readonly #connection: AdbConnection;
  readonly #statVersion: "v1" | "v2";
  readonly #listVersion: "v1" | "v2";

  readonly #note: (direction: "sent" | "received", message: unknown) => void;

  /** @param features of server and phone both; @param note told of what is said, for `--debug` */
  constructor(
    connection: AdbConnection,
    features: ReadonlySet<string>,
    note: (direction: "sent" | "received", message: unknown) => void = () => {},
  ) {
    this.#connection = connection;
    this.#note = note;
    this.#statVersion = features.has("stat_v2") ? "v2" : "v1";
    this.#listVersion = features.has("ls_v2") ? "v2" : "v1";
  }

  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  /** Whether sizes of 4 GiB and more are told. */
  get hasLargeSizes(): boolean {
    return this.#listVersion === "v2";
  }

  /** Undefined when there is no such file. Links are not followed. */
  async stat(path: string): Promise<AdbFile | undefined> {
    const { request, reply } = statNames[this.#statVersion];
    await this.#send(request, path);
    await this.#expect(reply, path);
    if (this.#statVersion === "v1") {
      const { mode, size, mtime } = syncStat.decode(await this.#connection.readExactly(syncStat.size));
      return mode === 0 ? undefined : file(mode, size, mtime);
    }
    const { error, mode, size, mtime } = syncStat2.decode(await this.#connection.readExactly(syncStat2.size));
    if (error === noSuchFile) return undefined;
    if (error !== 0) throw errnoError(path, error);
    return file(mode, Number(size), Number(mtime));
  }

  /** Entries of a folder, "." and ".." among them: a folder that cannot be opened looks like one with no entry at all. */
  async *list(path: string): AsyncGenerator<AdbEntry, void, undefined> {
    const { request, reply } = listNames[this.#listVersion];
    await this.#send(request, path);
    const isV1 = this.#listVersion === "v1";
    const size = (isV1 ? syncStat.size : syncStat2.size) + nameLength.size;
    while (await this.#expect(reply, path)) {
      const bytes = await this.#connection.readExactly(size);
      const { length } = nameLength.decode(bytes, size - nameLength.size);
      if (length > maxSyncNameBytes) throw new ProtocolError(`a name of ${length} bytes`);
      const name = (await this.#connection.readExactly(length)).toString("utf8");
      if (isV1) {
        const { mode, size: sizeBytes, mtime } = syncStat.decode(bytes);
        yield { name, error: 0, ...file(mode, sizeBytes, mtime) };
      } else {
        const { error, mode, size: sizeBytes, mtime } = syncStat2.decode(bytes);
        yield { name, error, ...file(mode, Number(sizeBytes), Number(mtime)) };
      }
    }
    await this.#connection.readExactly(size); // DONE is as long as an entry
  }

  /** A whole file. Who leaves early must dispose this connection: the service cannot be told to stop. */
  async *pull(path: string): AsyncGenerator<Buffer, void, undefined> {
    await this.#send("RECV", path);
    while (await this.#expect("DATA", path)) {
      const { length } = nameLength.decode(await this.#connection.readExactly(nameLength.size));
      if (length > maxSyncDataBytes) throw new ProtocolError(`a block of ${length} bytes`);
      for (let left = length; left > 0; ) {
        const chunk = await this.#connection.readSome(left);
        if (!chunk) throw new ProtocolError("the stream ended within a block");
        left -= chunk.length;
        yield chunk;
      }
    }
    await this.#connection.readExactly(nameLength.size);
  }

  async #send(id: string, path: string): Promise<void> {
    if (Buffer.byteLength(path) > maxSyncPathBytes)
      throw new ItemError("item-refused", `The path of ${path.slice(0, 60)}… is longer than adb can name.`);
    this.#note("sent", { sync: id, path });
    await this.#connection.write(encodeSyncRequest(id, path));
  }

  /** True for the reply that is waited for, false for DONE. @throws {ItemError} on FAIL */
  async #expect(id: string, path: string): Promise<boolean> {
    const got = (await this.#connection.readExactly(4)).toString("latin1");
    // One line for each file's stat, and one for the end of what has many parts.
    if (got !== "DATA" && got !== "DENT" && got !== "DNT2") this.#note("received", { sync: got });
    if (got === id) return true;
    if (got === "DONE") return false;
    if (got !== "FAIL") {
      await this[Symbol.asyncDispose]();
      throw new ProtocolError(`the phone's sync service says "${got.replaceAll(/[^ -~]/g, "?")}" instead of ${id}`);
    }
    const { length } = nameLength.decode(await this.#connection.readExactly(nameLength.size));
    if (length > maxSyncMessageBytes) throw new ProtocolError(`words of ${length} bytes`);
    throw fileError(path, (await this.#connection.readExactly(length)).toString("utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}

function file(mode: number, sizeBytes: number, mtime: number): AdbFile {
  const type = mode & fileType.mask;
  const kind =
    type === fileType.folder ? "folder" : type === fileType.file ? "file" : type === fileType.link ? "link" : "other";
  return { kind, sizeBytes, modifiedAt: new Date(mtime * 1000) };
}
