/** One socket to usbmuxd in its command phase: framing, tags, reply time-outs. Knows no command. */
import net from "node:net";
import { type AbortOptions, abortReason, throwIfAborted } from "../../../../shared/abort.ts";
import { DeviceError, ProtocolError } from "../../../../shared/errors.ts";
import { connectionNumber, type Trace } from "../../../trace.ts";
import { destroyQuietly, readExact } from "../../../wire/byte-stream.ts";
import { decodePlistDict, encodePlist, type PlistDict } from "../../../wire/plist.ts";
import { formatUsbmuxAddress, type UsbmuxAddress } from "./usbmux-address.ts";
import { maxUsbmuxMessageBytes, UsbmuxHeader, usbmuxMessage, usbmuxVersion } from "./usbmux-format.ts";

const connectTimeoutMs = 5_000;
/** The daemon answers `Connect` only after the phone did, so this bounds a phone as well. */
const replyTimeoutMs = 15_000;

/** As `UsbmuxClientOptions`, for one socket. */
export interface UsbmuxConnectionOptions extends AbortOptions {
  readonly trace?: Trace | undefined;
  readonly replyTimeoutMs?: number | undefined;
}

/** Becomes a stream to a phone after `Connect`, and is no command connection any more. */
export class UsbmuxConnection implements AsyncDisposable {
  readonly #socket: net.Socket;
  readonly #trace: Trace | undefined;
  readonly #number: number;
  readonly #replyTimeoutMs: number;
  #tag = 0;
  #released = false;

  private constructor(socket: net.Socket, options: UsbmuxConnectionOptions) {
    this.#socket = socket;
    this.#number = connectionNumber(socket);
    this.#trace = options.trace;
    this.#replyTimeoutMs = options.replyTimeoutMs ?? replyTimeoutMs;
  }

  /** @throws {DeviceError} `daemon-not-running`, `daemon-no-permission`, `daemon-timeout` */
  static async open(address: UsbmuxAddress, options: UsbmuxConnectionOptions = {}): Promise<UsbmuxConnection> {
    return new UsbmuxConnection(await openSocket(address, options.signal), options);
  }

  /** Sends one command and waits for the reply that carries its tag. After any throw the connection is closed. */
  async request(message: PlistDict, options: AbortOptions = {}): Promise<PlistDict> {
    this.#tag += 1;
    const tag = this.#tag;
    this.#send(message, tag);
    try {
      for (;;) {
        const reply = await this.receive({ ...options, timeoutMs: this.#replyTimeoutMs });
        if (reply.tag === tag || reply.tag === 0) return reply.body;
      }
    } catch (error) {
      destroyQuietly(this.#socket);
      throw error;
    }
  }

  /** The next message, whatever it is: events of a listening connection have tag 0. */
  async receive(options: AbortOptions & { timeoutMs?: number } = {}): Promise<{ tag: number; body: PlistDict }> {
    const read = { ...options, onTimeout: () => new DeviceError("daemon-timeout", "usbmuxd did not answer in time.") };
    const header = UsbmuxHeader.decode(await readExact(this.#socket, UsbmuxHeader.size, read));
    if (header.version === usbmuxVersion.binary && header.message === usbmuxMessage.result)
      throw new DeviceError("daemon-too-old", "This usbmuxd does not speak property lists.");
    if (header.version !== usbmuxVersion.plist)
      throw new ProtocolError(`usbmux header version ${header.version}: this is not usbmuxd`);
    if (header.length < UsbmuxHeader.size || header.length > maxUsbmuxMessageBytes)
      throw new ProtocolError(`usbmux message of ${header.length} bytes: outside 16..${maxUsbmuxMessageBytes}`);
    const body = decodePlistDict(await readExact(this.#socket, header.length - UsbmuxHeader.size, read));
    this.#trace?.({ layer: "usbmux", connection: this.#number, direction: "received", message: body });
    return { tag: header.tag, body };
  }

  /**
   * Gives the socket away after a successful Connect. Bytes that came with the Result are still in it, unread.
   * The connection is over for commands.
   */
  release(): net.Socket {
    this.#released = true;
    return this.#socket;
  }

  #send(message: PlistDict, tag: number): void {
    const body = encodePlist(message);
    const header = UsbmuxHeader.encode({
      length: UsbmuxHeader.size + body.length,
      version: usbmuxVersion.plist,
      message: usbmuxMessage.plist,
      tag,
    });
    this.#trace?.({ layer: "usbmux", connection: this.#number, direction: "sent", message });
    this.#socket.write(Buffer.concat([header, body]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#released) destroyQuietly(this.#socket);
  }
}

async function openSocket(address: UsbmuxAddress, signal: AbortSignal | undefined): Promise<net.Socket> {
  throwIfAborted(signal);
  const socket =
    address.kind === "unix"
      ? net.connect({ path: address.path })
      : net.connect({ host: address.host, port: address.port, noDelay: true });
  return await new Promise<net.Socket>((resolve, reject) => {
    const timer = setTimeout(
      () => fail(new DeviceError("daemon-timeout", `No answer from usbmuxd at ${formatUsbmuxAddress(address)}.`)),
      connectTimeoutMs,
    );
    const onAbort = (): void => fail(abortReason(signal as AbortSignal));
    const onError = (error: NodeJS.ErrnoException): void => fail(connectError(error, address));
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
    };
    const fail = (error: Error): void => {
      settle();
      destroyQuietly(socket);
      reject(error);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("connect", () => {
      settle();
      socket.on("error", () => {}); // readers see it through the stream's state
      resolve(socket);
    });
  });
}

function connectError(error: NodeJS.ErrnoException, address: UsbmuxAddress): DeviceError {
  const where = formatUsbmuxAddress(address);
  if (error.code === "EACCES" || error.code === "EPERM")
    return new DeviceError("daemon-no-permission", `The usbmuxd socket ${where} may not be opened.`, { cause: error });
  return new DeviceError("daemon-not-running", `Nothing answers at ${where}, where usbmuxd should be.`, {
    cause: error,
    retryable: true,
  });
}
