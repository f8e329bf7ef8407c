/**
 * Many requests in flight on one AFC stream, matched by packet number. Replies to reads are gathered in their asker's memory as
 * they arrive: the one copy of a byte between TLS and the disk. The reader is always active, whatever the consumers do, so that
 * a phone with a full send window never stops taking requests; consumers bound what they ask for instead.
 */
import net from "node:net";
import type { Duplex } from "node:stream";
import { type AppError, DeviceError, ItemError, ProtocolError } from "../../../shared/errors.ts";
import { LinkMeter } from "../../link-meter.ts";
import { Pace } from "../../pace.ts";
import { connectionNumber, type Trace } from "../../trace.ts";
import { destroyQuietly } from "../../wire/byte-stream.ts";
import { AfcHeader, type AfcRequestOperation, afcOperation, decodeAfcHeader, encodeAfcRequest } from "./afc-format.ts";

/** A connection on which too little arrived for so long while something was asked is dead; see `Pace`. */
const stallMs = 30_000;

/** Nothing is wrong with the way: the phone does not answer on it, or a byte at a time. */
export class StalledError extends DeviceError {}

/** A reply, of whatever operation. */
export interface AfcReply {
  readonly operation: number;
  /** Arguments and data together. */
  readonly body: Buffer;
}

/** A request, and where its answer goes. */
export interface AfcRequest {
  readonly operation: AfcRequestOperation;
  readonly args: Buffer;
  /** The longest body that this request can be answered with. */
  readonly maxBodyBytes: number;
  /** Where a Data reply's bytes go, as they come: `maxBodyBytes` long. `body` is then a part of it. */
  readonly into?: Buffer;
  /** Told of each piece that came into `into`: what is there is good even when the connection dies before the rest. */
  readonly onFilled?: (bytes: number) => void;
  /** For the trace. */
  readonly about?: string;
}

interface Pending extends AfcRequest {
  resolve(reply: AfcReply): void;
  reject(error: AppError): void;
}

interface Incoming {
  readonly pending: Pending;
  readonly operation: number;
  readonly body: Buffer;
  filled: number;
  remaining: number;
  readonly tooLong: AppError | undefined;
}

/** Who is told of each packet, and how long a phone may be silent. */
export interface AfcConnectionOptions {
  readonly trace?: Trace | undefined;
  readonly stallMs?: number | undefined;
  /** Shared by a phone's connections. */
  readonly meter?: LinkMeter | undefined;
}

/** Owns its stream. Any number of requests may be outstanding; a reply that nobody waits for ends the connection. */
export class AfcConnection implements AsyncDisposable {
  readonly #stream: Duplex;
  readonly #trace: Trace | undefined;
  readonly #number: number;
  readonly #pending = new Map<number, Pending>();
  readonly #header = Buffer.alloc(AfcHeader.size);
  #headerFilled = 0;
  #incoming: Incoming | undefined;
  #packetNumber = 0;
  #failure: AppError | undefined;
  #stall: NodeJS.Timeout | undefined;
  #isGathering = false;
  readonly #stallMs: number;
  readonly #pace: Pace;
  readonly #meter: LinkMeter;

  /** @param stream of a socket the chunks are nobody else's: their memory is given back as soon as they were copied */
  constructor(stream: Duplex, options: AfcConnectionOptions = {}) {
    this.#stream = stream;
    this.#number = connectionNumber(stream);
    this.#trace = options.trace;
    this.#meter = options.meter ?? new LinkMeter();
    this.#stallMs = options.stallMs ?? stallMs;
    this.#pace = new Pace(this.#stallMs);
    const isOwn = stream instanceof net.Socket;
    stream.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
      if (isOwn) giveBack(chunk);
    });
    stream.on("end", () => this.#fail(lost("it was closed")));
    stream.on("close", () => this.#fail(lost("it was closed")));
    stream.on("error", (error) => this.#fail(lost(error.message, error)));
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  /** How fast bytes come to this computer from the phone; undefined before there was time to see. */
  get bytesPerSecond(): number | undefined {
    return this.#meter.bytesPerSecond;
  }

  get outstanding(): number {
    return this.#pending.size;
  }

  /** @throws {DeviceError} `device-disconnected` when the connection is or gets lost; `ProtocolError` kills it */
  request(request: AfcRequest): Promise<AfcReply> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#packetNumber += 1;
    const packetNumber = this.#packetNumber;
    this.#traceNote("sent", packetNumber, request.operation, request.about);
    return new Promise<AfcReply>((resolve, reject) => {
      this.#pending.set(packetNumber, { ...request, resolve, reject });
      this.#meter.asked();
      this.#watch();
      this.#gather();
      this.#stream.write(encodeAfcRequest(afcOperation[request.operation], packetNumber, request.args));
    });
  }

  /** What is asked in one turn leaves in one piece: a record and a system call each would cost more than the requests. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      this.#stream.uncork();
    });
  }

  #watch(): void {
    if (this.#stall) return;
    this.#pace.restart();
    this.#stall = setInterval(() => {
      if (this.#pace.isStalled()) this.#fail(stalled(this.#stallMs));
    }, this.#pace.sliceMs);
  }

  #unwatch(): void {
    clearInterval(this.#stall);
    this.#stall = undefined;
  }

  #receive(chunk: Buffer): void {
    if (this.#failure) return;
    this.#pace.received(chunk.length);
    this.#meter.received(chunk.length);
    try {
      let at = 0;
      while (at < chunk.length) {
        if (this.#incoming) at = this.#takeBody(this.#incoming, chunk, at);
        else at = this.#takeHeader(chunk, at);
      }
    } catch (error) {
      this.#fail(error instanceof ProtocolError ? error : new ProtocolError(String(error), { cause: error }));
    }
  }

  #takeHeader(chunk: Buffer, at: number): number {
    if (this.#headerFilled === 0 && chunk.length - at >= AfcHeader.size) {
      this.#begin(decodeAfcHeader(chunk, at));
      return at + AfcHeader.size;
    }
    const take = Math.min(AfcHeader.size - this.#headerFilled, chunk.length - at);
    chunk.copy(this.#header, this.#headerFilled, at, at + take);
    this.#headerFilled += take;
    if (this.#headerFilled === AfcHeader.size) {
      this.#headerFilled = 0;
      this.#begin(decodeAfcHeader(this.#header));
    }
    return at + take;
  }

  #begin(header: ReturnType<typeof decodeAfcHeader>): void {
    const pending = this.#pending.get(header.packetNumber);
    if (!pending) throw new ProtocolError(`AFC reply to packet ${header.packetNumber}, which was not asked`);
    const isData = header.operation === afcOperation.data;
    const limit = isData ? pending.maxBodyBytes : 4096;
    const what = `AFC reply of ${header.bodyBytes} bytes to ${pending.operation}: at most ${limit}`;
    const isTooLong = header.bodyBytes > limit;
    // A listing that is too long costs its folder: what comes of it is passed over. Anything else is out of step.
    if (isTooLong && !(isData && pending.operation === "readDir")) throw new ProtocolError(what);
    const into = isData ? pending.into : undefined;
    this.#incoming = {
      pending,
      operation: header.operation,
      body: into ? into.subarray(0, header.bodyBytes) : Buffer.allocUnsafe(isTooLong ? 0 : header.bodyBytes),
      tooLong: isTooLong ? new ItemError("item-unreadable", what) : undefined,
      filled: 0,
      remaining: header.bodyBytes,
    };
    this.#traceNote("received", header.packetNumber, header.operation, `${header.bodyBytes} bytes`);
    this.#pending.delete(header.packetNumber);
    if (header.bodyBytes === 0) this.#finish(this.#incoming);
  }

  #takeBody(incoming: Incoming, chunk: Buffer, at: number): number {
    const take = Math.min(incoming.remaining, chunk.length - at);
    if (!incoming.tooLong) chunk.copy(incoming.body, incoming.filled, at, at + take);
    incoming.filled += take;
    if (incoming.operation === afcOperation.data) incoming.pending.onFilled?.(take);
    incoming.remaining -= take;
    if (incoming.remaining === 0) this.#finish(incoming);
    return at + take;
  }

  #finish(incoming: Incoming): void {
    this.#incoming = undefined;
    this.#meter.answered();
    if (this.#pending.size === 0) this.#unwatch();
    if (incoming.tooLong) incoming.pending.reject(incoming.tooLong);
    else incoming.pending.resolve({ operation: incoming.operation, body: incoming.body });
  }

  #fail(error: AppError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#unwatch();
    destroyQuietly(this.#stream);
    if (this.#incoming) {
      this.#meter.answered();
      this.#incoming.pending.reject(error);
      this.#incoming = undefined;
    }
    const waiting = [...this.#pending.values()];
    this.#meter.answered(waiting.length);
    this.#pending.clear();
    for (const pending of waiting) pending.reject(error);
  }

  #traceNote(
    direction: "sent" | "received",
    packet: number,
    operation: string | number,
    about: string | undefined,
  ): void {
    this.#trace?.({ layer: "afc", connection: this.#number, direction, message: { packet, operation, about } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(lost("it was closed here"));
  }
}

/**
 * Frees a chunk that has its buffer to itself. There is one for every 16 KiB: left to the collector they cost it more time than
 * decrypting them took.
 */
function giveBack(chunk: Buffer): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.length) buffer.transfer(0);
}

function stalled(windowMs: number): StalledError {
  return new StalledError("device-stalled", `The phone did not answer for ${Math.round(windowMs / 1000)} s.`, {
    retryable: true,
  });
}

function lost(detail: string, cause?: unknown): DeviceError {
  return new DeviceError("device-disconnected", `The file connection to the phone was lost: ${detail}.`, {
    cause,
    retryable: true,
  });
}
