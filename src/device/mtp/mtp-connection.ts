/**
 * Transactions over a bulk pipe, one at a time: command, data, response. Bytes are taken by container, whatever the transfers
 * they come in; a transaction that was begun is always brought to its end, because phones wedge when it is not
 * (vdavid/mtp-rs#18). Source: USB Still Image Capture Device Definition 1.0, chapter 7; AOSP, MtpServer.cpp and MtpFfsHandle.cpp.
 * Read first: `transact`.
 */
import { type AbortOptions, throwIfAborted, unlessAborted } from "../../shared/abort.ts";
import { Semaphore, within } from "../../shared/async.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { DeviceError, ProtocolError } from "../../shared/errors.ts";
import { LinkMeter } from "../link-meter.ts";
import { nextConnectionNumber, type Trace } from "../trace.ts";
import { type BulkPipe, UsbError, wholePackets } from "../usb/usb-bus.ts";
import { MtpError } from "./mtp-errors.ts";
import {
  type ContainerHeader,
  classRequest,
  containerHeader,
  containerType,
  decodeParameters,
  encodeCommand,
  eventCode,
  maxParameters,
  type Operation,
  operation,
  responseCode,
  unknownLength,
} from "./mtp-format.ts";

export interface MtpConnectionOptions {
  readonly trace?: Trace | undefined;
  readonly clock?: Clock | undefined;
  /** Of the phone: one for all its sessions. */
  readonly meter?: LinkMeter | undefined;
  /** Nothing arriving for so long ends the session. Phones prepare a whole listing before its first byte. */
  readonly stallMs?: number | undefined;
}

export interface TransactOptions extends AbortOptions {
  /** Most bytes of data that are accepted; a device that announces more is not believed. */
  readonly maxBytes?: number;
  /** How many bytes will come, where that is known: lets several reads wait in the queue. */
  readonly expectBytes?: number;
  /** In place of the connection's, for an answer that needs no preparing. */
  readonly stallMs?: number;
}

export interface MtpReply {
  readonly data: Buffer[];
  readonly bytes: number;
  readonly parameters: readonly number[];
}

export interface MtpEvent {
  readonly code: number;
  readonly parameters: readonly number[];
}

/** A dataset larger than this is nobody's: 50,000 names of 254 units are 26 MB. */
const maxDatasetBytes = 64 * 1024 * 1024;
const firstReadBytes = 64 * 1024;
/** Reads in the queue and the size of each: the bus never waits for us, and a chunk is soon passed on. */
const queuedReads = 4;
const chunkBytes = 256 * 1024;
const defaultStallMs = 120_000;
/** Containers of earlier transactions, or of another host's, that are thrown away before the device is given up. */
const maxStaleContainers = 64;
const maxStaleBytes = 64 * 1024 * 1024;
const maxEmptyReads = 8;
const busyAttempts = 10;

export class MtpConnection {
  readonly #pipe: BulkPipe;
  readonly #options: MtpConnectionOptions;
  readonly #number = nextConnectionNumber();
  readonly #clock: Clock;
  readonly #meter: LinkMeter;
  readonly #turn = new Semaphore(1);
  /** What came behind the end of a container, in the same transfer. */
  #surplus: Buffer = Buffer.alloc(0);
  #nextTransaction = 0;
  readonly #stallMs: number;
  /** Bytes that came for a reader that had left. */
  #passedOver = 0;
  /** Of the transaction that runs. */
  #patienceMs: number;
  #dead: Error | undefined;

  constructor(pipe: BulkPipe, options: MtpConnectionOptions = {}) {
    this.#pipe = pipe;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#meter = options.meter ?? new LinkMeter();
    this.#stallMs = options.stallMs ?? defaultStallMs;
    this.#patienceMs = this.#stallMs;
  }

  get packetBytes(): number {
    return this.#pipe.packetBytes;
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  /** Transaction ids start anew: 0 outside a session and for OpenSession, then 1, 2, 3. */
  sessionOpened(): void {
    this.#nextTransaction = 1;
  }

  /**
   * One operation with its data, if it has any. Waits for its turn. Whoever leaves meanwhile is let go at once; what was sent already
   * is brought to its end all the same, before the next begins.
   * @throws {MtpError} the device's answer; {DeviceError} it is gone, or silent; {ProtocolError} what it sent makes no sense
   */
  async transact(
    code: Operation,
    parameters: readonly number[] = [],
    options: TransactOptions = {},
  ): Promise<MtpReply> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#inTurn(options, async () => {
          this.#patienceMs = Math.min(options.stallMs ?? Number.POSITIVE_INFINITY, this.#stallMs);
          const chunks: Buffer[] = [];
          const result = await this.#run(code, parameters, options, (chunk) => void chunks.push(chunk));
          return { data: chunks, ...result };
        });
      } catch (error) {
        if (!(error instanceof MtpError && error.response === responseCode.deviceBusy) || attempt >= busyAttempts)
          throw error;
        await this.#clock.sleep(Math.min(2_000, 100 * 2 ** attempt), options);
      }
    }
  }

  /**
   * The data of one operation as it comes, for devices that can only send whole objects. Leaving early reads a short rest and
   * throws it away; a long one is cancelled on the device. Whoever leaves by the signal does not wait for that.
   */
  async *stream(
    code: Operation,
    parameters: readonly number[],
    expectBytes: number,
    { signal }: AbortOptions = {},
  ): AsyncGenerator<Buffer, void, undefined> {
    const release = await this.#turn.acquire(signal);
    this.#meter.asked();
    const ending = (): void => {
      this.#meter.answered();
      release();
    };
    const chunks = this.#streamed(code, parameters, expectBytes);
    let next: Promise<IteratorResult<Buffer, void>> | undefined;
    try {
      this.#assertAlive();
      this.#patienceMs = this.#stallMs;
      for (;;) {
        next = chunks.next();
        const { done, value } = await unlessAborted(next, signal);
        next = undefined;
        if (done) return;
        yield value;
      }
    } finally {
      const left = (next ?? Promise.resolve()).then(() => chunks.return(undefined)).finally(ending);
      if (signal?.aborted) left.catch(() => {});
      else await left;
    }
  }

  /**
   * How many bytes of data an operation has: as the container announces, or, where that does not fit its 32 bits, as come until the
   * short packet. What need not be read is not.
   */
  async measure(code: Operation, parameters: readonly number[], options: AbortOptions = {}): Promise<number> {
    return await this.#inTurn(options, async () => {
      this.#patienceMs = this.#stallMs;
      const transaction = await this.#send(code, parameters);
      try {
        const header = await this.#nextContainer(code, transaction);
        if (header.type !== containerType.data) throw await this.#refused(code, header);
        const announced = payloadLength(header, undefined);
        if (announced !== undefined) {
          const left = announced - this.#surplus.length;
          if (left < 0) this.#surplus = this.#surplus.subarray(announced);
          else this.#surplus = Buffer.alloc(0);
          await this.#abandon(code, transaction, Math.max(0, left));
          return announced;
        }
        let bytes = 0;
        for await (const chunk of this.#untilShortPacket(transaction)) {
          bytes += chunk.length;
          if (!options.signal?.aborted) continue;
          await this.#abandon(code, transaction, Number.POSITIVE_INFINITY);
          throwIfAborted(options.signal);
        }
        const last = await this.#nextContainer(code, transaction);
        if (last.code !== responseCode.ok) throw await this.#refused(code, last);
        await this.#answer(last);
        this.#note("received", { response: last.code, transaction, measured: bytes });
        return bytes;
      } catch (error) {
        if (options.signal?.aborted && !this.#dead) throw error;
        throw await this.#lost(error, code);
      }
    });
  }

  async #refused(code: Operation, header: ContainerHeader): Promise<MtpError> {
    return new MtpError(code, header.code, await this.#answer(header));
  }

  async #inTurn<T>({ signal }: AbortOptions, work: () => Promise<T>): Promise<T> {
    const release = await this.#turn.acquire(signal);
    this.#meter.asked();
    const whole = Promise.try(async () => {
      throwIfAborted(signal);
      this.#assertAlive();
      return await work();
    }).finally(() => {
      this.#meter.answered();
      release();
    });
    return await unlessAborted(whole, signal);
  }

  #assertAlive(): void {
    if (this.#dead) throw this.#dead;
  }

  async #run(
    code: Operation,
    parameters: readonly number[],
    options: TransactOptions,
    onData: (chunk: Buffer) => void,
  ): Promise<{ bytes: number; parameters: readonly number[] }> {
    const transaction = await this.#send(code, parameters);
    try {
      let header = await this.#nextContainer(code, transaction);
      let bytes = 0;
      while (header.type === containerType.data) {
        const length = payloadLength(header, options.expectBytes);
        const most = options.maxBytes ?? options.expectBytes ?? maxDatasetBytes;
        if (length !== undefined && length > most)
          throw new ProtocolError(`the device announces ${length} bytes where at most ${most} were asked for`);
        for await (const chunk of this.#payload(length, transaction)) {
          bytes += chunk.length;
          if (bytes > most) throw new ProtocolError(`the device sends more than the ${most} bytes asked for`);
          onData(chunk);
        }
        header = await this.#nextContainer(code, transaction);
        if (length !== undefined && bytes < length && header.code === responseCode.ok)
          header = { ...header, code: responseCode.incompleteTransfer };
      }
      const answer = await this.#answer(header);
      this.#note("received", { response: header.code, transaction, parameters: answer, bytes });
      if (header.code !== responseCode.ok) throw new MtpError(code, header.code, answer);
      return { bytes, parameters: answer };
    } catch (error) {
      throw await this.#lost(error, code);
    }
  }

  async *#streamed(
    code: Operation,
    parameters: readonly number[],
    expectBytes: number,
  ): AsyncGenerator<Buffer, void, undefined> {
    const transaction = await this.#send(code, parameters);
    let unread = expectBytes;
    let ended = false;
    this.#passedOver = 0;
    try {
      const header = await this.#nextContainer(code, transaction);
      if (header.type === containerType.data) {
        const length = payloadLength(header, expectBytes);
        for await (const chunk of this.#payload(length, transaction)) {
          unread -= chunk.length;
          if (unread < 0) throw new ProtocolError("the device sends more than the object has");
          yield chunk;
        }
      }
      ended = true;
      const last = header.type === containerType.data ? await this.#nextContainer(code, transaction) : header;
      const answer = await this.#answer(last);
      if (last.code !== responseCode.ok) throw new MtpError(code, last.code, answer);
    } catch (error) {
      ended = true;
      throw await this.#lost(error);
    } finally {
      if (!ended && !this.#dead) await this.#abandon(code, transaction, unread - this.#passedOver);
    }
  }

  /** The reader left. A rest that takes less than a second is read; for more the device is asked to stop, in the one order that works. */
  async #abandon(code: number, transaction: number, unread: number): Promise<void> {
    try {
      if (unread > drainBytes) {
        const cancel = Buffer.alloc(6);
        cancel.writeUInt16LE(eventCode.cancelTransaction, 0);
        cancel.writeUInt32LE(transaction, 2);
        await this.#pipe.control({ requestType: 0x21, request: classRequest.cancel, value: 0, index: 0 }, cancel);
        await this.#drainUntilQuiet();
        return;
      }
      let left = unread;
      while (left > 0)
        left -= (await this.#readSome(wholePackets(Math.min(left, chunkBytes), this.packetBytes))).length;
      const header = await this.#nextContainer(code as Operation, transaction);
      await this.#answer(header);
    } catch (error) {
      await this.#lost(error);
    }
  }

  async #drainUntilQuiet(): Promise<void> {
    this.#surplus = Buffer.alloc(0);
    for (let bytes = 0; bytes < maxStaleBytes; ) {
      const chunk = await this.#within(this.#pipe.read(chunkBytes), quietMs).catch(() => undefined);
      if (chunk === undefined) break;
      bytes += chunk.length;
    }
    await this.#pipe.cancelReads();
  }

  async #send(code: Operation, parameters: readonly number[]): Promise<number> {
    const transaction = code === operation.openSession || this.#nextTransaction === 0 ? 0 : this.#nextTransaction;
    if (transaction > 0) this.#nextTransaction = transaction >= 0xfffffffe ? 1 : transaction + 1;
    this.#note("sent", { operation: code, transaction, parameters });
    try {
      await this.#within(this.#pipe.write(encodeCommand(code, transaction, parameters)));
    } catch (error) {
      throw await this.#lost(error);
    }
    return transaction;
  }

  /** The header of the next container that belongs to this transaction. Its payload, as far as it came along, is in the surplus. */
  async #nextContainer(code: Operation, transaction: number): Promise<ContainerHeader> {
    let staleBytes = 0;
    for (let stale = 0; stale < maxStaleContainers && staleBytes < maxStaleBytes; stale += 1) {
      await this.#fill(containerHeader.size);
      const header = containerHeader.decode(this.#surplus);
      const fits =
        header.type >= containerType.data &&
        header.type <= containerType.event &&
        (header.length === unknownLength || header.length >= containerHeader.size);
      const mine = header.transaction === transaction;
      if (fits && header.type === containerType.response && mine) return this.#take(header);
      if (fits && header.type === containerType.data && (mine || isJunk(header)))
        // A few devices put the response's code into a data container; others put nonsense there, which Windows ignores too.
        return this.#take(isResponseCode(header.code, code) ? { ...header, type: containerType.response } : header);
      // Left over from an aborted predecessor, this host's or another's.
      this.#note("note", { stale: header });
      staleBytes += this.#surplus.length;
      if (!fits || header.length === unknownLength || header.length <= this.#surplus.length)
        this.#surplus =
          fits && header.length !== unknownLength ? this.#surplus.subarray(header.length) : Buffer.alloc(0);
      else {
        let left = header.length - this.#surplus.length;
        this.#surplus = Buffer.alloc(0);
        while (left > 0 && staleBytes < maxStaleBytes) {
          const chunk = await this.#readSome(chunkBytes);
          if (chunk.length === 0) break;
          staleBytes += chunk.length;
          if (chunk.length > left) this.#surplus = chunk.subarray(left);
          left -= chunk.length;
        }
      }
    }
    throw new ProtocolError(`no answer to operation 0x${code.toString(16)} among what the device sends`);
  }

  #take(header: ContainerHeader): ContainerHeader {
    this.#surplus = this.#surplus.subarray(containerHeader.size);
    return header;
  }

  /** Reads until so many bytes are there. Empty packets, and the zeros that some phones send for nothing, are passed over. */
  async #fill(bytes: number): Promise<void> {
    let empty = 0;
    while (this.#surplus.length < bytes) {
      const chunk = await this.#readSome(wholePackets(firstReadBytes, this.packetBytes));
      const stray = chunk.length < containerHeader.size && this.#surplus.length === 0 && chunk.every((b) => b === 0);
      if (chunk.length === 0 || stray) {
        empty += 1;
        if (empty > maxEmptyReads) throw new ProtocolError("the device sends empty packets instead of an answer");
        continue;
      }
      this.#surplus = this.#surplus.length === 0 ? chunk : Buffer.concat([this.#surplus, chunk]);
    }
  }

  /**
   * Ends early where a device breaks its data off with a short packet and answers instead.
   * @param length undefined when only a short packet will tell
   */
  async *#payload(length: number | undefined, transaction: number): AsyncGenerator<Buffer, void, undefined> {
    if (length === undefined) return yield* this.#untilShortPacket(transaction);
    let left = length;
    const first = this.#surplus.subarray(0, left);
    this.#surplus = this.#surplus.subarray(first.length);
    left -= first.length;
    if (first.length > 0) yield first;
    if (left <= 0) return;
    // Never more than what is announced is asked for: a read too many would swallow the response.
    const queue: { size: number; read: Promise<Buffer> }[] = [];
    let toAsk = left;
    const ask = (): void => {
      while (toAsk > 0 && queue.length < queuedReads) {
        const size = Math.min(chunkBytes, wholePackets(toAsk, this.packetBytes));
        const read = this.#pipe.read(size);
        read.catch(() => {}); // awaited in its turn
        queue.push({ size, read });
        toAsk -= size;
      }
    };
    let wasShort = false;
    let isLeft = true;
    try {
      while (left > 0) {
        ask();
        const next = queue.shift();
        if (!next) {
          // Transfers that ended short have left a rest that was asked for already.
          toAsk = left;
          continue;
        }
        const chunk = this.#counted(await this.#within(next.read));
        if (wasShort && isResponseTo(chunk, transaction)) {
          this.#surplus = chunk;
          break;
        }
        wasShort = chunk.length < next.size;
        if (chunk.length > left) {
          this.#surplus = chunk.subarray(left);
          yield chunk.subarray(0, left);
          left = 0;
        } else if (chunk.length > 0) {
          left -= chunk.length;
          yield chunk;
        }
      }
      isLeft = false;
    } catch (error) {
      isLeft = false;
      throw error;
    } finally {
      if (isLeft) await this.#passOver(queue);
    }
    if (queue.length > 0) await this.#pipe.cancelReads();
  }

  /** What was asked for already, by a reader that has left: it comes all the same. */
  async #passOver(queue: readonly { readonly read: Promise<Buffer> }[]): Promise<void> {
    try {
      for (const { read } of queue) this.#passedOver += (await this.#within(read)).length;
    } catch (error) {
      await this.#lost(error);
    }
  }

  async *#untilShortPacket(transaction: number): AsyncGenerator<Buffer, void, undefined> {
    const first = this.#surplus;
    this.#surplus = Buffer.alloc(0);
    if (first.length > 0) yield first;
    // The header and what came with it filled less than was asked for: if that was a short packet, this was all. A header alone is
    // a transfer of its own: an empty object announces its length.
    if (first.length > 0 && (first.length + containerHeader.size) % this.packetBytes !== 0) return;
    for (;;) {
      const chunk = await this.#readSome(chunkBytes);
      if (isResponseTo(chunk, transaction)) {
        // The empty packet that should have ended the data was forgotten.
        this.#surplus = chunk;
        return;
      }
      if (chunk.length > 0) yield chunk;
      if (chunk.length < chunkBytes) return;
    }
  }

  async #answer(header: ContainerHeader): Promise<number[]> {
    const length = Math.min(Math.max(0, header.length - containerHeader.size), 20);
    if (header.length !== unknownLength) await this.#fill(length);
    const parameters = decodeParameters(this.#surplus.subarray(0, length));
    this.#surplus = this.#surplus.subarray(length);
    // Stray bytes behind a response are nobody's.
    if (this.#surplus.length < containerHeader.size) this.#surplus = Buffer.alloc(0);
    return parameters;
  }

  async #readSome(maxBytes: number): Promise<Buffer> {
    return this.#counted(await this.#within(this.#pipe.read(wholePackets(maxBytes, this.packetBytes))));
  }

  #counted(bytes: Buffer): Buffer {
    this.#meter.received(bytes.length);
    return bytes;
  }

  /** Waiting, but not for ever. What was silent once has lost its place in the conversation: nothing more is said on this pipe. */
  async #within<T>(work: Promise<T>, ms = this.#patienceMs): Promise<T> {
    return await within(work, ms, silent);
  }

  /** After anything but a proper answer, and a stall that could be cleared, the connection is over. */
  async #lost(error: unknown, code = 0): Promise<unknown> {
    if (error instanceof MtpError) return error;
    this.#note("note", { failed: error instanceof Error ? error.message : String(error) });
    this.#surplus = Buffer.alloc(0);
    if (error instanceof UsbError && error.fault === "stall") {
      // Cameras refuse what they do not know this way: the transaction is over and the next may begin.
      await this.#pipe.cancelReads().catch(() => {});
      await this.#pipe.clearHalt("in").catch(() => {});
      await this.#pipe.clearHalt("out").catch(() => {});
      return new MtpError(code, responseCode.operationNotSupported);
    }
    this.#dead = error instanceof Error ? error : new Error(String(error));
    await this.#pipe.cancelReads().catch(() => {});
    return error;
  }

  /** The next event the device sends; waits as long as it takes. @throws {UsbError} when the pipe is closed */
  async nextEvent(): Promise<MtpEvent> {
    for (;;) {
      const bytes = await this.#pipe.readEvent();
      if (bytes.length < containerHeader.size) continue;
      const header = containerHeader.decode(bytes);
      if (header.type !== containerType.event) continue;
      return { code: header.code, parameters: decodeParameters(bytes.subarray(containerHeader.size)) };
    }
  }

  #note(direction: "sent" | "received" | "note", message: unknown): void {
    this.#options.trace?.({ layer: "mtp", connection: this.#number, direction, message });
  }

  /** Ends the session's pipe after the transaction that is running. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dead ??= new DeviceError("device-disconnected", "The connection to the device was closed.");
    await this.#pipe[Symbol.asyncDispose]();
  }
}

const maxResponseBytes = containerHeader.size + 4 * maxParameters;
const drainBytes = 16 * 1024 * 1024;
const quietMs = 300;

/** What is announced; where it does not fit 32 bits, what the object's size tells. */
function payloadLength(header: ContainerHeader, expected: number | undefined): number | undefined {
  if (header.length !== unknownLength) return header.length - containerHeader.size;
  return expected;
}

function isResponseTo(chunk: Buffer, transaction: number): boolean {
  if (chunk.length < containerHeader.size || chunk.length > maxResponseBytes) return false;
  const header = containerHeader.decode(chunk);
  return header.type === containerType.response && header.length === chunk.length && header.transaction === transaction;
}

/**
 * Code and transaction of a data container are nonsense on some players; Windows ignores both. What an aborted transaction left
 * over carries the code of an operation. Source: libmtp, device-flags.h (DEVICE_FLAG_IGNORE_HEADER_ERRORS: "0xd101", "0xd201d102").
 */
function isJunk({ code }: ContainerHeader): boolean {
  return (code & 0x7000) !== 0x1000 && !isResponseCode(code, 0);
}

function isResponseCode(code: number, asked: number): boolean {
  return code !== asked && ((code >= 0x2000 && code <= 0x20ff) || (code >= 0xa800 && code <= 0xa8ff));
}

function silent(): DeviceError {
  return new DeviceError("device-disconnected", "The device stopped answering.", { retryable: true });
}
