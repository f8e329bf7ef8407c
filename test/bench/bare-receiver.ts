/** A DeviceLink receiver that writes what it is sent and does nothing else: no checks, no fsync, no lock, no second tree. For the bench. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DeviceHub } from "../../src/device/index.ts";
import { Inbox } from "../../src/device/iphone/mobilebackup2/inbox.ts";
import { encodeBinaryPlist, PlistReal, type WritablePlist } from "../../src/device/wire/binary-plist-writer.ts";
import { decodePlist, type PlistDict } from "../../src/device/wire/plist.ts";

const root = process.argv[2] as string;
const hub = new DeviceHub({
  usbmuxAddress: process.env["USBMUXD_SOCKET_ADDRESS"],
  recordFolder: join(root, "records"),
  hostName: "bench",
  platform: "linux",
});
const device = await hub.find(undefined);
const phone = await hub.iphone(device);
const stream = await phone.openService("com.apple.mobilebackup2");
const inbox = new Inbox(stream);

function send(message: WritablePlist): void {
  const body = encodeBinaryPlist(message);
  stream.write(Buffer.concat([u32(body.length), body]));
}
function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
const receive = async (): Promise<unknown[]> => decodePlist(await inbox.take(await inbox.u32())) as unknown[];
const status = (code: number, value: WritablePlist = {}): void => send(["DLMessageStatusResponse", code, "", value]);

async function upload(): Promise<void> {
  for (;;) {
    const length = await inbox.u32();
    if (length === 0) return;
    await inbox.take(length);
    const path = join(root, (await inbox.take(await inbox.u32())).toString());
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, "w");
    for (;;) {
      let left = (await inbox.u32()) - 1;
      if ((await inbox.take(1))[0] !== 0x0c) break;
      while (left > 0) {
        const bytes = await inbox.some(left);
        left -= bytes.length;
        writeSync(fd, bytes);
      }
    }
    closeSync(fd);
  }
}

function download(paths: readonly string[]): void {
  const missing: Record<string, WritablePlist> = {};
  for (const path of paths) {
    stream.write(Buffer.concat([u32(Buffer.byteLength(path)), Buffer.from(path)]));
    try {
      const bytes = readFileSync(join(root, path));
      for (let at = 0; at < bytes.length; at += 32_768) {
        const part = bytes.subarray(at, at + 32_768);
        stream.write(Buffer.concat([u32(part.length + 1), Buffer.from([0x0c]), part]));
      }
      stream.write(Buffer.from([0, 0, 0, 1, 0]));
    } catch {
      stream.write(Buffer.from([0, 0, 0, 1, 6]));
      missing[path] = { DLFileErrorString: "", DLFileErrorCode: -6 };
    }
  }
  stream.write(u32(0));
  if (Object.keys(missing).length > 0) status(-13, missing);
  else status(0);
}

function list(path: string): WritablePlist {
  try {
    return Object.fromEntries(
      readdirSync(join(root, path)).map((name) => {
        const stat = statSync(join(root, path, name));
        const DLFileType = stat.isDirectory() ? "DLFileTypeDirectory" : "DLFileTypeRegular";
        return [name, { DLFileType, DLFileSize: stat.size, DLFileModificationDate: stat.mtime }];
      }),
    );
  } catch {
    return {};
  }
}

await receive();
send(["DLMessageVersionExchange", "DLVersionsOk", 400]);
await receive();
send([
  "DLMessageProcessMessage",
  { MessageName: "Hello", SupportedProtocolVersions: [new PlistReal(2), new PlistReal(2.1)] },
]);
await receive();
send([
  "DLMessageProcessMessage",
  { MessageName: "Backup", TargetIdentifier: phone.udid, SourceIdentifier: phone.udid },
]);
for (;;) {
  const [name, first] = await receive();
  if (name === "DLMessageProcessMessage") {
    process.exit(Number((first as PlistDict)["ErrorCode"]) === 0 ? 0 : 1);
  } else if (name === "DLMessageUploadFiles") {
    await upload();
    status(0);
  } else if (name === "DLMessageDownloadFiles") download(first as string[]);
  else if (name === "DLMessageGetFreeDiskSpace") status(0, 1e12);
  else if (name === "DLContentsOfDirectory") status(0, list(first as string));
  else if (name === "DLMessageMoveItems") {
    for (const [from, to] of Object.entries(first as Record<string, string>)) {
      mkdirSync(dirname(join(root, to)), { recursive: true });
      renameSync(join(root, from), join(root, to));
    }
    status(0);
  } else if (name === "DLMessageRemoveItems") {
    for (const path of first as string[]) rmSync(join(root, path), { recursive: true, force: true });
    status(0);
  } else status(0);
}
