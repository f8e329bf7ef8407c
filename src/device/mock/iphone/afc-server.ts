/**
 * The phone's side of AFC, from what open clients expect of it (libimobiledevice, src/afc.c): requests of a connection are served one after the other, replies come in
 * order, handles belong to the connection. Whatever would change the phone is refused and remembered.
 */
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { AsyncQueue } from "../../../shared/async.ts";
import { AfcHeader } from "../../iphone/afc/afc-format.ts";
import type { Fault, FileNode } from "../described-phone.ts";
import type { FaultEvent } from "../faults.ts";
import { ServiceQueue } from "../link-model.ts";
import { isChangeable, lockOrRelease, makeFolder, openForChange, removePath, writeAt } from "./backup/afc-changes.ts";
import type { MockPhone } from "./mock-phone.ts";

const op = {
  status: 1,
  data: 2,
  readDir: 3,
  getFileInfo: 0x0a,
  getDeviceInfo: 0x0b,
  open: 0x0d,
  opened: 0x0e,
  read: 0x0f,
  seek: 0x11,
  tell: 0x12,
  told: 0x13,
  close: 0x14,
  remove: 0x08,
  makeFolder: 0x09,
  write: 0x10,
  lock: 0x1b,
} as const;
const operationNames: Record<number, FaultEvent["operation"]> = {
  [op.readDir]: "list",
  [op.getFileInfo]: "stat",
  [op.open]: "open",
  [op.read]: "read",
  [op.seek]: "seek",
  [op.close]: "close",
};
const status = {
  ok: 0,
  noResources: 3,
  readError: 4,
  invalid: 7,
  notFound: 8,
  isFolder: 9,
  denied: 10,
  tooMuch: 13,
  unsupported: 15,
};

/** Pieces in which bytes share the wire with other connections. */
const wirePieceBytes = 64 * 1024;
const maxReadBytes = 8 * 1024 * 1024;

interface Request {
  readonly number: bigint;
  readonly operation: number;
  readonly args: Buffer;
  /** What follows the arguments: bytes to write. */
  readonly data: Buffer;
  readonly arrivedAt: number;
}
interface Handle {
  readonly path: string;
  readonly file: FileNode;
  position: number;
}

/** Serves one connection until it ends. Resolves, whatever ends it. */
export async function serveAfc(phone: MockPhone, stream: Duplex): Promise<void> {
  phone.afcConnections += 1;
  const session = new AfcSession(phone, stream);
  try {
    await session.serve();
  } finally {
    phone.afcConnections -= 1;
    session.closeHandles();
    stream.destroy();
  }
}

class AfcSession {
  readonly #phone: MockPhone;
  readonly #stream: Duplex;
  readonly #requests = new AsyncQueue<Request>();
  readonly #service: ServiceQueue;
  /** When what is answered next could leave, by the link's model. */
  #readyAt = 0;
  #trickleMs: number | undefined;
  readonly #handles = new Map<bigint, Handle>();
  #nextHandle = 1n;
  #buffered: Buffer = Buffer.alloc(0);
  #idle: NodeJS.Timeout | undefined;

  constructor(phone: MockPhone, stream: Duplex) {
    this.#phone = phone;
    this.#stream = stream;
    this.#service = new ServiceQueue(phone.link);
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("error", () => this.#requests.end());
    stream.on("end", () => this.#requests.end());
    stream.on("close", () => this.#requests.end());
  }

  async serve(): Promise<void> {
    this.#watchIdle();
    for await (const request of this.#requests) {
      if (this.#stream.destroyed) return;
      this.#readyAt = Math.max(this.#readyAt, await this.#service.serve(request.arrivedAt));
      if (!(await this.#answer(request))) return;
      this.#watchIdle();
    }
  }

  closeHandles(): void {
    clearTimeout(this.#idle);
    this.#phone.openHandles -= this.#handles.size;
    this.#handles.clear();
    lockOrRelease(this.#phone.backup.lock, this, 12n);
  }

  #watchIdle(): void {
    const ms = this.#phone.description.afc?.idleCloseMs;
    if (!ms) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#stream.destroy(), ms);
  }

  #take(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= AfcHeader.size) {
      const header = AfcHeader.decode(this.#buffered);
      const total = Number(header.entireLength);
      if (header.magic !== "CFA6LPAA" || total < AfcHeader.size || total > 16 * 1024 * 1024) {
        this.#stream.destroy();
        return;
      }
      if (this.#buffered.length < total) return;
      this.#requests.push({
        number: header.packetNumber,
        operation: Number(header.operation),
        args: Buffer.from(this.#buffered.subarray(AfcHeader.size, Number(header.thisLength))),
        data: Buffer.from(this.#buffered.subarray(Number(header.thisLength), total)),
        arrivedAt: performance.now(),
      });
      this.#buffered = this.#buffered.subarray(total);
    }
  }

  /** False when the connection is over. */
  async #answer(request: Request): Promise<boolean> {
    const name = operationNames[request.operation];
    const path = this.#pathOf(request);
    this.#phone.count(name ?? `0x${request.operation.toString(16)}`);
    const fault = name && this.#phone.strike({ operation: name, ...(path === undefined ? {} : { path }) });
    if (fault && !this.#phone.applyToPhone(fault, path)) return await this.#misbehave(fault, request);
    if (this.#stream.destroyed) return false;
    if (this.#phone.locked && name !== undefined && name !== "close") {
      await this.#sendStatus(request, status.denied);
      return true;
    }
    await this.#perform(request);
    return true;
  }

  async #misbehave(fault: Fault["do"], request: Request): Promise<boolean> {
    switch (fault.type) {
      case "status":
        await this.#sendStatus(request, fault.status);
        return true;
      case "disconnect":
        this.#stream.end();
        return false;
      case "reset":
        // A reply that breaks off in its middle. What came of it is the file's own: a client may have passed it on already.
        await this.#send(
          Buffer.concat([header(request, op.data, 40n + 65_536n, 40n), await this.#beginningOf(request, 1000)]),
        );
        this.#stream.destroy();
        return false;
      case "garbage":
        await this.#send(Buffer.alloc(4096, 0xa7));
        return true;
      case "stall":
        await new Promise<void>((resolve) => this.#stream.once("close", resolve));
        return false;
      case "trickle":
        this.#trickleMs = fault.everyMs;
        await this.#perform(request);
        return true;
      case "empty":
        await this.#sendData(request, Buffer.alloc(0));
        return true;
      case "short":
        await this.#read(request, fault.bytes);
        return true;
      default:
        return true;
    }
  }

  async #perform(request: Request): Promise<void> {
    switch (request.operation) {
      case op.readDir:
        return await this.#readDir(request);
      case op.getFileInfo:
        return await this.#getFileInfo(request);
      case op.getDeviceInfo:
        return await this.#getDeviceInfo(request);
      case op.open:
        return await this.#open(request);
      case op.read:
        return await this.#read(request);
      case op.seek:
        return await this.#seek(request);
      case op.tell:
        return await this.#tell(request);
      case op.close:
        return await this.#close(request);
      case op.remove:
      case op.makeFolder:
      case op.write:
      case op.lock:
        return await this.#change(request);
      default:
        this.#phone.refusedOperations.push(request.operation);
        return await this.#sendStatus(request, status.unsupported);
    }
  }

  /** What a backup and a restore may do; of anything else nothing happens, and it is remembered. */
  async #change(request: Request): Promise<void> {
    const { root, backup } = this.#phone;
    const path = this.#pathOf(request) ?? text(request.args);
    if (!isChangeable(path)) {
      this.#phone.refusedOperations.push(request.operation);
      return await this.#sendStatus(request, status.denied);
    }
    const handle = this.#handleOf(request);
    this.#phone.changes.push(`${request.operation.toString(16)} ${path}`);
    if (request.operation === op.makeFolder) return await this.#sendStatus(request, makeFolder(root, path));
    if (request.operation === op.remove) return await this.#sendStatus(request, removePath(root, path));
    if (!handle) return await this.#sendStatus(request, status.invalid);
    if (request.operation === op.lock)
      return await this.#sendStatus(request, lockOrRelease(backup.lock, this, request.args.readBigUInt64LE(8)));
    await writeAt(handle.file, handle.position, request.data);
    handle.position += request.data.length;
    await this.#sendStatus(request, status.ok);
  }

  async #readDir(request: Request): Promise<void> {
    const node = this.#phone.node(text(request.args));
    if (!node) return await this.#sendStatus(request, status.notFound);
    if (node.type !== "folder") return await this.#sendStatus(request, status.readError);
    await this.#sendData(request, strings([".", "..", ...node.children.keys()]));
  }

  async #getFileInfo(request: Request): Promise<void> {
    const node = this.#phone.node(text(request.args));
    if (!node) return await this.#sendStatus(request, status.notFound);
    const isFile = node.type === "file";
    const size = isFile ? node.size : 64;
    const pairs: [string, string][] = [
      ["st_size", String(size)],
      ["st_blocks", String(isFile ? Math.ceil(size / 512) : 0)],
      ["st_nlink", String(isFile ? node.linkCount : node.children.size + 2)],
      ["st_ifmt", isFile ? "S_IFREG" : "S_IFDIR"],
      ["st_mtime", String(node.modifiedNs)],
      ["st_birthtime", String(isFile ? node.bornNs : node.modifiedNs)],
    ];
    await this.#sendData(request, strings(pairs.flat()));
  }

  async #getDeviceInfo(request: Request): Promise<void> {
    const { productType, totalBytes, freeBytes } = this.#phone.description;
    const pairs = ["Model", productType, "FSTotalBytes", String(totalBytes), "FSFreeBytes", String(freeBytes)];
    await this.#sendData(request, strings([...pairs, "FSBlockSize", "4096"]));
  }

  async #open(request: Request): Promise<void> {
    const mode = request.args.length >= 8 ? request.args.readBigUInt64LE(0) : 0n;
    const path = text(request.args.subarray(8));
    const changed = mode === 1n ? undefined : openForChange(this.#phone.root, path, mode);
    if (mode !== 1n && !changed) {
      this.#phone.refusedOperations.push(request.operation);
      return await this.#sendStatus(request, status.denied);
    }
    if (changed) this.#phone.changes.push(`open ${mode} ${path}`);
    const node = this.#phone.node(path);
    if (!node) return await this.#sendStatus(request, status.notFound);
    if (node.type !== "file") return await this.#sendStatus(request, status.isFolder);
    const limit = this.#phone.description.afc?.maxHandles ?? 64;
    if (this.#handles.size >= limit) return await this.#sendStatus(request, status.noResources);
    const handle = this.#nextHandle++;
    this.#handles.set(handle, { path, file: node, position: 0 });
    this.#phone.openHandles += 1;
    this.#phone.maxOpenHandlesSeen = Math.max(this.#phone.maxOpenHandlesSeen, this.#handles.size);
    await this.#sendArgs(request, op.opened, handle);
  }

  async #read(request: Request, capBytes?: number): Promise<void> {
    const handle = this.#handleOf(request);
    if (!handle) return await this.#sendStatus(request, status.invalid);
    const asked = request.args.readBigUInt64LE(8);
    if (asked > BigInt(maxReadBytes)) return await this.#sendStatus(request, status.tooMuch);
    const cap = Math.min(capBytes ?? maxReadBytes, this.#phone.description.afc?.readCapBytes ?? maxReadBytes);
    const bytes = await handle.file.content.read(handle.position, Math.min(Number(asked), cap));
    handle.position += bytes.length;
    this.#phone.fileBytesSent += bytes.length;
    await this.#sendData(request, bytes);
  }

  /** The first bytes of what a read would be answered with; of any other answer, bytes that mean nothing. */
  async #beginningOf(request: Request, length: number): Promise<Buffer> {
    const handle = operationNames[request.operation] === "read" ? this.#handleOf(request) : undefined;
    if (!handle) return Buffer.alloc(length, 0x55);
    return await handle.file.content.read(handle.position, length);
  }

  async #seek(request: Request): Promise<void> {
    const handle = this.#handleOf(request);
    if (!handle || request.args.length < 24) return await this.#sendStatus(request, status.invalid);
    const whence = request.args.readBigUInt64LE(8);
    const offset = Number(request.args.readBigInt64LE(16));
    const base = whence === 0n ? 0 : whence === 1n ? handle.position : handle.file.content.size;
    if (whence > 2n || base + offset < 0) return await this.#sendStatus(request, status.invalid);
    handle.position = base + offset;
    await this.#sendStatus(request, status.ok);
  }

  async #tell(request: Request): Promise<void> {
    const handle = this.#handleOf(request);
    if (!handle) return await this.#sendStatus(request, status.invalid);
    await this.#sendArgs(request, op.told, BigInt(handle.position));
  }

  async #close(request: Request): Promise<void> {
    const known = request.args.length >= 8 && this.#handles.delete(request.args.readBigUInt64LE(0));
    if (known) this.#phone.openHandles -= 1;
    await this.#sendStatus(request, known ? status.ok : status.invalid);
  }

  #handleOf(request: Request): Handle | undefined {
    return request.args.length >= 8 ? this.#handles.get(request.args.readBigUInt64LE(0)) : undefined;
  }

  #pathOf(request: Request): string | undefined {
    if (request.operation === op.readDir || request.operation === op.getFileInfo) return text(request.args);
    if (request.operation === op.open) return text(request.args.subarray(8));
    if (request.operation === op.remove || request.operation === op.makeFolder) return text(request.args);
    return this.#handleOf(request)?.path;
  }

  async #sendStatus(request: Request, code: number): Promise<void> {
    await this.#sendArgs(request, op.status, BigInt(code));
  }

  async #sendArgs(request: Request, operation: number, value: bigint): Promise<void> {
    const args = Buffer.alloc(8);
    args.writeBigUInt64LE(value);
    await this.#send(Buffer.concat([header(request, operation, 48n, 48n), args]));
  }

  async #sendData(request: Request, data: Buffer): Promise<void> {
    await this.#send(header(request, op.data, 40n + BigInt(data.length), 40n));
    for (let at = 0; at < data.length; at += wirePieceBytes) await this.#send(data.subarray(at, at + wirePieceBytes));
  }

  async #trickle(bytes: Buffer, everyMs: number): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#stream.destroyed; at += 1) {
      this.#stream.write(bytes.subarray(at, at + 1));
      await delay(everyMs);
    }
  }

  async #send(bytes: Buffer): Promise<void> {
    this.#readyAt = await this.#phone.wire.pass(bytes.length, this.#readyAt);
    if (this.#trickleMs !== undefined) return await this.#trickle(bytes, this.#trickleMs);
    if (this.#stream.destroyed) return;
    this.#stream.write(bytes);
    const window = this.#phone.link.windowBytes || 4 * 1024 * 1024;
    if (this.#stream.writableLength <= window) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off("drain", done).off("close", done);
        resolve();
      };
      this.#stream.on("drain", done).on("close", done);
    });
    this.#readyAt = performance.now();
  }
}

function header(request: Request, operation: number, entireLength: bigint, thisLength: bigint): Buffer {
  return AfcHeader.encode({
    magic: "CFA6LPAA",
    entireLength,
    thisLength,
    packetNumber: request.number,
    operation: BigInt(operation),
  });
}

/** A path with or without its NUL: some clients leave it out. */
function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
}

function strings(values: string[]): Buffer {
  return Buffer.from(values.map((value) => `${value}\0`).join(""), "utf8");
}
