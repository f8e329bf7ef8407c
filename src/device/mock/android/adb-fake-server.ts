/**
 * A fake adb server with mock phones behind it, at the socket: Debian's `adb` speaks to it as to its own. Never started by a client
 * of ours, never killed by one. Source: AOSP, packages/modules/adb, SERVICES.TXT, SYNC.TXT, shell_protocol.h.
 */
import { once } from "node:events";
import net from "node:net";
import {
  adbServerVersion,
  encodeAdbText,
  fileType,
  maxSyncDataBytes,
  shellPacket,
  shellPacketId,
  syncRequest,
  syncStat,
  syncStat2,
} from "../../adb/adb-format.ts";
import { destroyQuietly, readExact } from "../../wire/byte-stream.ts";
import type { FileNode, FolderNode } from "../described-phone.ts";
import { type MockAndroid, readFileNode } from "./mock-android.ts";
import { describedPath, namesIn, nodeAt, runShell } from "./phone-shell.ts";

const hostFeatures = ["shell_v2", "cmd", "stat_v2", "ls_v2", "fixed_push_mkdir", "apex", "abb", "sendrecv_v2"];
const deviceFeatures = ["shell_v2", "cmd", "stat_v2", "ls_v2"];
const longestPath = 1024;
const denied = 13;
const noEntry = 2;

/** How the server behaves besides its phones. */
export interface AdbFakeOptions {
  readonly port?: number;
  /** Of the protocol; another than the client's makes adb want to restart the server. */
  readonly version?: number;
}

/** An adb server on a port of its own. Disposing it cuts every connection. */
export class AdbFakeServer implements AsyncDisposable {
  readonly #server = net.createServer();
  readonly #phones: readonly MockAndroid[];
  readonly #options: AdbFakeOptions;
  readonly #sockets = new Set<net.Socket>();
  /** Sockets that lead to a phone: its cable ends them. */
  readonly #toPhone = new Map<net.Socket, MockAndroid>();
  readonly #trackers = new Map<net.Socket, boolean>();
  readonly #away = new Set<MockAndroid>();
  readonly #states = new Map<MockAndroid, string>();
  #onSilence: (() => void) | undefined;
  /** How often somebody wanted to end the server. */
  kills = 0;

  private constructor(phones: readonly MockAndroid[], options: AdbFakeOptions) {
    this.#phones = phones;
    this.#options = options;
    for (const phone of phones) this.#states.set(phone, phone.description.android?.adb?.state ?? "device");
  }

  static async start(phones: readonly MockAndroid[], options: AdbFakeOptions = {}): Promise<AdbFakeServer> {
    const fake = new AdbFakeServer(phones, options);
    fake.#server.on("connection", (socket) => void fake.#serve(socket));
    fake.#server.listen(options.port ?? 0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get address(): string {
    const { address, port } = this.#server.address() as net.AddressInfo;
    return `${address}:${port}`;
  }

  /** From now on nothing is answered: each request is told of instead. Undefined ends it. */
  silence(onRequest: (() => void) | undefined): void {
    this.#onSilence = onRequest;
  }

  setState(phone: MockAndroid, state: string): void {
    this.#states.set(phone, state);
    this.#tell();
  }

  unplug(phone: MockAndroid): void {
    this.#away.add(phone);
    for (const [socket, p] of this.#toPhone) if (p === phone) destroyQuietly(socket);
    this.#tell();
  }

  plug(phone: MockAndroid): void {
    this.#away.delete(phone);
    this.#tell();
  }

  #tell(): void {
    for (const [socket, long] of this.#trackers) socket.write(encodeAdbText(this.#list(long)));
  }

  #present(): MockAndroid[] {
    return this.#phones.filter((p) => !this.#away.has(p));
  }

  #list(long: boolean): string {
    return this.#present()
      .map((phone, i) => {
        const { serialNumber, productType } = phone.description;
        const state = this.#states.get(phone) as string;
        if (!long) return `${serialNumber}\t${state}\n`;
        const model = state === "device" ? ` product:mock model:${productType.replaceAll(" ", "_")} device:mock` : "";
        return `${serialNumber.padEnd(22)} ${state} usb:1-${i + 1}${model} transport_id:${i + 1}\n`;
      })
      .join("");
  }

  async #serve(socket: net.Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#toPhone.delete(socket);
      this.#trackers.delete(socket);
    });
    try {
      const request = await readText(socket);
      if (this.#onSilence) return this.#onSilence();
      await this.#host(socket, request);
    } catch {
      destroyQuietly(socket);
    }
  }

  async #host(socket: net.Socket, request: string): Promise<void> {
    const okay = (text?: string): void => {
      const parts = [Buffer.from("OKAY"), ...(text === undefined ? [] : [encodeAdbText(text)])];
      socket.end(Buffer.concat(parts));
    };
    const command = request.replace(/^host:/, "");
    if (request === "host:version")
      return okay((this.#options.version ?? adbServerVersion).toString(16).padStart(4, "0"));
    if (request === "host:kill") {
      this.kills += 1;
      return okay();
    }
    if (command === "host-features") return okay(hostFeatures.join(","));
    if (command === "features") {
      const phone = this.#find("", socket);
      return phone && okay(featuresOf(phone).join(","));
    }
    if (command === "devices" || command === "devices-l") return okay(this.#list(command === "devices-l"));
    if (command === "track-devices" || command === "track-devices-l") {
      const long = command === "track-devices-l";
      socket.write(Buffer.concat([Buffer.from("OKAY"), encodeAdbText(this.#list(long))]));
      this.#trackers.set(socket, long);
      socket.resume();
      return;
    }
    if (command === "get-state" || command === "get-serialno") {
      const phone = this.#find("", socket);
      return phone && okay(command === "get-state" ? this.#states.get(phone) : phone.description.serialNumber);
    }
    const onPhone = /^host-serial:(.+?):(features|get-state|get-serialno)$/.exec(request);
    if (onPhone) {
      const phone = this.#find(onPhone[1] as string, socket);
      if (!phone) return;
      if (onPhone[2] === "get-state") return okay(this.#states.get(phone));
      return okay(onPhone[2] === "features" ? featuresOf(phone).join(",") : phone.description.serialNumber);
    }
    const transport = /^(tport|transport)(?:-(id|any|usb))?:?(?:(serial|any|usb)(?::|$))?(.*)$/.exec(command);
    if (!transport) return fail(socket, "unknown host service");
    const phone = this.#find(transport[4] ?? "", socket, transport[2] === "id");
    if (!phone) return;
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(BigInt(this.#present().indexOf(phone) + 1));
    socket.write(Buffer.concat([Buffer.from("OKAY"), ...(transport[1] === "tport" ? [id] : [])]));
    this.#toPhone.set(socket, phone);
    await this.#service(socket, phone, await readText(socket));
  }

  /** The phone that is meant and usable; otherwise the client has been told why not. */
  #find(which: string, socket: net.Socket, byId = false): MockAndroid | undefined {
    const there = this.#present();
    const phone =
      which === ""
        ? there[0]
        : byId
          ? there[Number(which) - 1]
          : there.find((p) => p.description.serialNumber === which);
    if (!phone) return void fail(socket, which === "" ? "no devices/emulators found" : `device '${which}' not found`);
    const state = this.#states.get(phone) as string;
    if (state === "device") return phone;
    const words = {
      unauthorized: "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set",
      offline: "device offline",
    };
    return void fail(socket, words[state as keyof typeof words] ?? `device ${state}`);
  }

  async #service(socket: net.Socket, phone: MockAndroid, service: string): Promise<void> {
    const isOld = phone.description.android?.adb?.exec === false;
    phone.count(service.split(":")[0] ?? service);
    if (isOld && service.startsWith("exec:")) return fail(socket, "closed");
    socket.write("OKAY");
    if (service === "sync:") return await serveSync(socket, phone, () => this.#onSilence);
    const [, kind, line] = /^(exec|shell|shell,[^:]*):(.*)$/s.exec(service) ?? [];
    if (kind === undefined) return void socket.end();
    const packets = kind.includes("v2");
    for await (const printed of runShell(phone, line as string)) {
      const bytes = isOld ? atTerminal(printed) : printed;
      await phone.wire.pass(bytes.length);
      if (packets) socket.write(shellPacket.encode({ id: shellPacketId.stdout, length: bytes.length }));
      if (!socket.write(bytes)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
      if (socket.destroyed) return;
    }
    if (packets) socket.write(Buffer.concat([shellPacket.encode({ id: shellPacketId.exit, length: 1 }), Buffer.of(0)]));
    socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) destroyQuietly(socket);
    this.#server.close();
    await once(this.#server, "close").catch(() => {});
  }
}

/** What a terminal makes of it: a carriage return before each line feed. */
function atTerminal(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
}

function featuresOf(phone: MockAndroid): readonly string[] {
  return phone.description.android?.adb?.features ?? deviceFeatures;
}

function fail(socket: net.Socket, words: string): void {
  socket.end(Buffer.concat([Buffer.from("FAIL"), encodeAdbText(words)]));
}

async function readText(socket: net.Socket): Promise<string> {
  const length = Number.parseInt((await readExact(socket, 4)).toString("latin1"), 16);
  if (Number.isNaN(length)) throw new Error("no length");
  return (await readExact(socket, length)).toString("utf8");
}

async function serveSync(
  socket: net.Socket,
  phone: MockAndroid,
  silence: () => (() => void) | undefined,
): Promise<void> {
  for (;;) {
    const { id, length } = syncRequest.decode(await readExact(socket, syncRequest.size));
    const isSilent = silence();
    if (isSilent) return isSilent();
    if (id === "QUIT") return void socket.end();
    if (length > longestPath) {
      syncFail(socket, "path too long");
      return void socket.end();
    }
    const path = (await readExact(socket, length)).toString("utf8");
    phone.count(id);
    if (id === "STAT" || id === "LST2" || id === "STA2") sendStat(socket, phone, id, path);
    else if (id === "LIST" || id === "LIS2") await sendList(socket, phone, id, path);
    else if (id === "RECV" || id === "RCV2") await sendFile(socket, phone, id, path);
    else {
      // SEND and its kin would change the phone.
      phone.refusedOperations.push(syncRequest.encode({ id, length: 0 }).readUInt32LE());
      syncFail(socket, "read-only");
      return void socket.end();
    }
    if (socket.destroyed) return;
  }
}

function syncFail(socket: net.Socket, words: string): void {
  const bytes = Buffer.from(words, "utf8");
  socket.write(Buffer.concat([syncRequest.encode({ id: "FAIL", length: bytes.length }), bytes]));
}

function modeOf(node: FileNode | FolderNode): number {
  return node.type === "folder" ? fileType.folder | 0o771 : fileType.file | 0o660;
}

function encodeStat(node: FileNode | FolderNode | undefined, isV2: boolean, error: number): Buffer {
  const seconds = node ? node.modifiedNs / 1_000_000_000n : 0n;
  const size = node?.type === "file" ? node.size : 0;
  const mode = node && error === 0 ? modeOf(node) : 0;
  if (!isV2) return syncStat.encode({ mode, size: size % 2 ** 32, mtime: Number(seconds) });
  const times = { atime: seconds, mtime: seconds, ctime: seconds };
  return syncStat2.encode({ error, dev: 1n, ino: 1n, mode, nlink: 1, uid: 0, gid: 0, size: BigInt(size), ...times });
}

function sendStat(socket: net.Socket, phone: MockAndroid, id: string, path: string): void {
  const node = nodeAt(phone, path);
  const fault = phone.strike({ operation: "stat", path: describedPath(path) });
  const error = fault?.type === "status" ? fault.status : node ? 0 : noEntry;
  socket.write(Buffer.concat([Buffer.from(id, "latin1"), encodeStat(node, id !== "STAT", error)]));
}

async function sendList(socket: net.Socket, phone: MockAndroid, id: string, path: string): Promise<void> {
  const isV2 = id === "LIS2";
  const node = nodeAt(phone, path);
  const size = (isV2 ? syncStat2 : syncStat).size + 4;
  const fault = phone.strike({ operation: "list", path: describedPath(path) });
  if (fault?.type === "disconnect") return destroyQuietly(socket);
  const parts: Buffer[] = [];
  if (node?.type === "folder" && fault === undefined) {
    const entry = (name: string, child: FileNode | FolderNode | undefined): void => {
      const bytes = Buffer.from(name, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      const broken = phone.strike({ operation: "stat", path: describedPath(`${path}/${name}`) });
      const stat = encodeStat(child, isV2, broken?.type === "status" ? broken.status : 0);
      parts.push(Buffer.from(isV2 ? "DNT2" : "DENT", "latin1"), stat, length, bytes);
    };
    entry(".", node);
    entry("..", node);
    for (const name of namesIn(phone, path, node))
      entry(
        name,
        path === "/storage" ? { type: "folder", children: new Map(), modifiedNs: 0n } : node.children.get(name),
      );
  }
  parts.push(Buffer.from("DONE", "latin1"), Buffer.alloc(size));
  socket.write(Buffer.concat(parts));
}

async function sendFile(socket: net.Socket, phone: MockAndroid, id: string, path: string): Promise<void> {
  // Version 2 says in a second message which compression; none is all we have.
  if (id === "RCV2") await readExact(socket, 8);
  const node = nodeAt(phone, path);
  const fault = phone.strike({ operation: "read", path: describedPath(path) });
  if (node?.type !== "file") return syncFail(socket, "open failed: No such file or directory");
  if (fault?.type === "disconnect") return destroyQuietly(socket);
  if (fault?.type === "stall") return void (await once(socket, "close"));
  if (fault?.type === "garbage") return void socket.write("A5A5A5A5A5A5");
  if (fault?.type === "status")
    return syncFail(socket, `open failed: ${fault.status === denied ? "Permission denied" : "I/O error"}`);
  const end = fault?.type === "short" ? Math.min(fault.bytes, node.size) : fault?.type === "empty" ? 0 : node.size;
  for (let at = 0; at < end && !socket.destroyed; at += maxSyncDataBytes) {
    const bytes = await readFileNode(node, at, Math.min(maxSyncDataBytes, end - at));
    await phone.wire.pass(bytes.length);
    phone.fileBytesSent += bytes.length;
    const head = syncRequest.encode({ id: "DATA", length: bytes.length });
    if (!socket.write(Buffer.concat([head, bytes])))
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
    if (phone.strike({ operation: "read", path: `${describedPath(path)}#block` })) return destroyQuietly(socket);
  }
  socket.write(syncRequest.encode({ id: "DONE", length: 0 }));
}
