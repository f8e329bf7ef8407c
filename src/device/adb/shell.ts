/** Commands for a phone's shell. Nothing here writes to the phone: programs that read, and paths in quotes that nothing gets out of. */
import type { AbortOptions } from "../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../shared/errors.ts";
import type { AdbConnection } from "./adb-connection.ts";
import { isUnknownService } from "./adb-errors.ts";
import type { AdbServer, ServiceOptions } from "./adb-server.ts";

/** Everything literal, in single quotes; a quote itself is closed, escaped and opened again. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Bytes of a file from `offset` on, up to but not including `end`. */
export interface Stretch extends AbortOptions {
  readonly offset: number;
  readonly end: number;
}

/** Blocks that `dd` reads: a stretch begins and ends between two, because old phones can skip by whole blocks only. */
const blockBytes = 64 * 1024;
/** No phone hashes more slowly; until it is done it says nothing. */
const slowestHashBytesPerMs = 10_000;

/** The shell of one phone at an adb server; each command has a connection of its own. */
export class AdbShell {
  readonly #server: AdbServer;
  readonly #serial: string;

  /** @param serial as adb calls the phone */
  constructor(server: AdbServer, serial: string) {
    this.#server = server;
    this.#serial = serial;
  }

  /** What a command prints, without an exit code: `exec:` has none. @throws {ProtocolError} when it is more than `mostBytes` */
  async text(command: string, mostBytes: number, options: ServiceOptions = {}): Promise<string> {
    await using output = await this.#open(command, options);
    const bytes = await output.readAll(mostBytes);
    this.#server.note(output.connection, "received", { bytes: bytes.length });
    return bytes.toString("utf8");
  }

  /** The caller counts the bytes: `dd` does not say why it ended. */
  async *readStretch(path: string, { offset, end, ...options }: Stretch): AsyncGenerator<Buffer, void, undefined> {
    const first = Math.floor(offset / blockBytes);
    const count = Math.ceil(end / blockBytes) - first;
    const command = `dd if=${quote(path)} bs=${blockBytes} skip=${first} count=${count} 2>/dev/null`;
    await using output = await this.#open(command, options);
    let skip = offset - first * blockBytes;
    let left = end - offset;
    while (left > 0) {
      const chunk = await output.readSome(blockBytes);
      if (!chunk) return;
      const fresh = chunk.subarray(Math.min(skip, chunk.length), skip + left);
      skip -= Math.min(skip, chunk.length);
      left -= fresh.length;
      if (fresh.length > 0) yield fresh;
    }
  }

  /** @returns undefined where the phone has no such program, or may not read the file */
  async sha256(path: string, sizeBytes: number, options: AbortOptions = {}): Promise<string | undefined> {
    const stallMs = 30_000 + Math.ceil(sizeBytes / slowestHashBytesPerMs);
    const text = await this.text(`sha256sum ${quote(path)} 2>/dev/null`, 16 * 1024, { ...options, stallMs });
    if (text.trim() === "") return undefined;
    const match = /^\\?([0-9a-f]{64})\s/.exec(text);
    if (!match) throw new ProtocolError("the phone's sha256sum prints something else than a hash");
    return match[1];
  }

  async #open(command: string, options: ServiceOptions): Promise<ShellOutput> {
    const server = this.#server;
    const serial = this.#serial;
    if (!server.withoutExec.has(serial)) {
      try {
        return plainOutput(await server.service(serial, `exec:${command}`, options));
      } catch (error) {
        if (!(error instanceof DeviceError && isUnknownService(error))) throw error;
      }
      // A phone that was lost meanwhile refuses this one too.
      const output = terminalOutput(await server.service(serial, `shell:${command}`, options));
      server.withoutExec.add(serial);
      return output;
    }
    return terminalOutput(await server.service(serial, `shell:${command}`, options));
  }
}

/** What a command prints, as it comes. */
interface ShellOutput extends AsyncDisposable {
  readonly connection: AdbConnection;
  /** At most `most` bytes; undefined at the end. */
  readSome(most: number): Promise<Buffer | undefined>;
  /** @throws {ProtocolError} when it is more than `most` */
  readAll(most: number): Promise<Buffer>;
}

function plainOutput(connection: AdbConnection): ShellOutput {
  return {
    connection,
    readSome: (most) => connection.readSome(most),
    readAll: (most) => connection.readAll(most),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/**
 * Before `exec:` a command ran at a terminal, which puts a carriage return before each line feed. Each line feed has one, so that
 * taking them away again gives the very bytes.
 */
function terminalOutput(connection: AdbConnection): ShellOutput {
  let held: Buffer = Buffer.alloc(0);
  const readSome = async (most: number): Promise<Buffer | undefined> => {
    for (;;) {
      const chunk = await connection.readSome(most);
      if (!chunk) {
        const rest = held;
        held = Buffer.alloc(0);
        return rest.length > 0 ? rest : undefined;
      }
      const all = Buffer.concat([held, chunk]);
      const endsOpen = all.at(-1) === carriageReturn;
      held = endsOpen ? Buffer.of(carriageReturn) : Buffer.alloc(0);
      const fresh = withoutReturns(endsOpen ? all.subarray(0, -1) : all);
      if (fresh.length > 0) return fresh;
    }
  };
  return {
    connection,
    readSome,
    async readAll(most) {
      const parts: Buffer[] = [];
      let bytes = 0;
      for (let chunk = await readSome(most); chunk; chunk = await readSome(most)) {
        bytes += chunk.length;
        if (bytes > most) throw new ProtocolError(`the phone answers with more than ${most} bytes`);
        parts.push(chunk);
      }
      return Buffer.concat(parts);
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

const carriageReturn = 13;
const lineFeed = 10;

function withoutReturns(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] === carriageReturn && bytes[i + 1] === lineFeed) continue;
    out[length] = bytes[i] as number;
    length += 1;
  }
  return out.subarray(0, length);
}
