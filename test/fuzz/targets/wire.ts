/** What comes from a socket or a USB pipe: property lists, structs, frames, datasets, descriptors. */

import { duplexPair } from "node:stream";
import { AdbConnection } from "../../../src/device/adb/adb-connection.ts";
import { shellPacket, syncStat, syncStat2 } from "../../../src/device/adb/adb-format.ts";
import { parseAdbDevices } from "../../../src/device/adb/adb-server.ts";
import { AdbSync } from "../../../src/device/adb/adb-sync.ts";
import { parseContentRows } from "../../../src/device/adb/media-store.ts";
import { decodeName, encodeName } from "../../../src/device/file-name.ts";
import { decodeAfcHeader, decodePairs, decodeStrings } from "../../../src/device/iphone/afc/afc-format.ts";
import { AfcClient, AfcConnection } from "../../../src/device/iphone/afc/index.ts";
import {
  decodeLockdownLength,
  encodeLockdownFrame,
  LockdownConnection,
} from "../../../src/device/iphone/lockdown/lockdown-connection.ts";
import { decodePairRecord } from "../../../src/device/iphone/lockdown/pair-record.ts";
import { UsbmuxHeader } from "../../../src/device/iphone/usbmux/daemon/usbmux-format.ts";
import {
  decodeDeviceInfo,
  decodeObjectInfo,
  decodePropList,
  decodeStorageInfo,
  encodeDeviceInfo,
  encodeObjectInfo,
  encodePropList,
  encodeStorageInfo,
  parseMtpDate,
} from "../../../src/device/mtp/mtp-datasets.ts";
import { containerHeader, decodeParameters, encodeContainer } from "../../../src/device/mtp/mtp-format.ts";
import { parseConfiguration, parseString } from "../../../src/device/usb/usb-descriptors.ts";
import {
  commandHeader,
  decodeUsbipDevice,
  decodeUsbipInterfaces,
  operationHeader,
  replyBody,
  submitBody,
  usbipInterfaceCount,
} from "../../../src/device/usb/usbip-format.ts";
import { decodePlist, encodePlist } from "../../../src/device/wire/plist.ts";
import { AppError } from "../../../src/shared/errors.ts";
import { binaryPlist } from "../../helpers/binary-plist.ts";
import { type FuzzTarget, fail } from "../target.ts";

const answer = {
  Request: "GetValue",
  Value: { DeviceName: "Test — iPhone", Count: 7, Big: 2n ** 60n, On: true, Data: Buffer.from("bytes") },
  List: ["a", 1, [new Date(0)]],
  Real: 1.5,
};
const u64 = (...values: number[]): Buffer => {
  const out = Buffer.alloc(values.length * 8);
  for (const [i, v] of values.entries()) out.writeBigUInt64LE(BigInt(v), i * 8);
  return out;
};
const packet = (number: number, operation: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from("CFA6LPAA"), u64(40 + body.length, 40 + body.length, number, operation), body]);
const fileInfo =
  "st_size\x00123\x00st_blocks\x001\x00st_nlink\x001\x00st_ifmt\x00S_IFREG\x00st_mtime\x001700000000123456789\x00";

/** A stream that brings these bytes and ends. */
function streamOf(input: Buffer) {
  const [ours, phones] = duplexPair();
  phones.on("error", () => {});
  phones.resume();
  phones.end(input);
  return ours;
}

/** Errors with a type are answers too. */
async function typed(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

const mtpDevice = encodeDeviceInfo({
  ...({} as Parameters<typeof encodeDeviceInfo>[0]),
  ...decodeDeviceInfo(Buffer.concat([Buffer.from([100, 0, 6, 0, 0, 0, 100, 0, 0, 0, 0]), Buffer.alloc(40)])),
  manufacturer: "Maker",
  model: "Model",
});

export const wireTargets: readonly FuzzTarget[] = [
  {
    name: "plist-xml",
    run: (input) => decodePlist(input),
    seeds: () => [encodePlist(answer), encodePlist({ A: { B: [] } })],
    words: [
      "<dict>",
      "</dict>",
      "<key>",
      "</key>",
      "<array>",
      "</array>",
      "<string>",
      "<integer>",
      "<real>",
      "<date>",
      "<data>",
      "<true/>",
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "&amp;",
      "&#x41;",
      "&#",
      "<!DOCTYPE",
      "<!ENTITY",
      "<plist",
      "<?xml",
    ],
  },
  {
    name: "plist-binary",
    run: (input) => decodePlist(Buffer.concat([Buffer.from("bplist00"), input])),
    seeds: () => [binaryPlist(answer).subarray(8), binaryPlist(["x".repeat(20), 1]).subarray(8)],
  },
  {
    name: "structs",
    run(input) {
      const structs = [
        UsbmuxHeader,
        operationHeader,
        commandHeader,
        submitBody,
        replyBody,
        containerHeader,
        syncStat,
        syncStat2,
        shellPacket,
      ];
      const chosen = structs[(input[0] ?? 0) % structs.length]!;
      const decoded = chosen.decode(input.subarray(1)) as never;
      const again = chosen.encode(decoded) as Buffer;
      // Text is decoded as Latin-1 and must come back; nothing else is lost either.
      if (!again.equals(input.subarray(1, 1 + chosen.size))) fail("what was decoded is not what is encoded");
    },
    seeds: () => Array.from({ length: 9 }, (_, i) => Buffer.concat([Buffer.from([i]), Buffer.alloc(128, 0x41)])),
  },
  {
    name: "usbmux",
    run(input) {
      const header = UsbmuxHeader.decode(input);
      return { header, body: decodePlist(input.subarray(16)) };
    },
    seeds: () => [
      Buffer.concat([UsbmuxHeader.encode({ length: 200, version: 1, message: 8, tag: 1 }), encodePlist(answer)]),
    ],
  },
  {
    name: "lockdown",
    async run(input) {
      decodeLockdownLength(Buffer.concat([input.subarray(0, 4), Buffer.alloc(4)]).subarray(0, 4));
      await using connection = new LockdownConnection(streamOf(input));
      await typed(connection.request({ Request: "GetValue" }));
      await typed(connection.request({ Request: "QueryType" }));
    },
    seeds: () => [
      encodeLockdownFrame(answer),
      Buffer.concat([encodeLockdownFrame({ Error: "PairingDialogResponsePending" }), encodeLockdownFrame(answer)]),
    ],
  },
  {
    name: "pair-record",
    run: (input) => decodePairRecord(input),
    seeds: () => [
      encodePlist({
        HostID: "A-B-C",
        SystemBUID: "D-E-F",
        HostCertificate: Buffer.from("cert"),
        HostPrivateKey: Buffer.from("key"),
        DeviceCertificate: Buffer.from("cert"),
        RootCertificate: Buffer.from("cert"),
        RootPrivateKey: Buffer.from("key"),
        EscrowBag: Buffer.from("bag"),
        WiFiMACAddress: "02:00:00:00:00:01",
      }),
    ],
    words: ["HostID", "SystemBUID", "HostCertificate", "HostPrivateKey", "DeviceCertificate", "EscrowBag"],
  },
  {
    name: "afc-strings",
    run(input) {
      const name = decodeName(input);
      if (!encodeName(name).equals(input)) fail("a name does not come back as its bytes");
      decodePairs(input);
      return decodeStrings(input);
    },
    seeds: () => [
      Buffer.from(fileInfo),
      Buffer.from(".\x00..\x00IMG_0001.HEIC\x00naïve — 写真\x00"),
      Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x82]),
    ],
    words: ["st_size", "st_ifmt", "S_IFDIR", "\x00"],
  },
  {
    name: "afc-connection",
    async run(input) {
      if (input.length >= 40)
        try {
          decodeAfcHeader(input);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      const client = new AfcClient(new AfcConnection(streamOf(input)));
      const into = async (): Promise<void> => {
        for await (const _ of client.read("/a", { offset: 0, length: 100_000 }));
      };
      await Promise.all([
        typed(client.readDir("/DCIM")),
        typed(client.getFileInfo("/DCIM/a")),
        typed(client.getDeviceInfo()),
        typed(into()),
      ]);
      await client[Symbol.asyncDispose]();
    },
    seeds: () => [
      Buffer.concat([
        packet(1, 2, Buffer.from(".\x00..\x00100APPLE\x00")),
        packet(2, 2, Buffer.from(fileInfo)),
        packet(3, 2, Buffer.from("Model\x00iPhone15,2\x00FSTotalBytes\x00128000000000\x00")),
        packet(4, 0x0e, u64(7)),
        packet(5, 2, Buffer.alloc(1000, 0x55)),
      ]),
      Buffer.concat([packet(1, 1, u64(8)), packet(2, 1, u64(10)), packet(3, 1, u64(0)), packet(4, 1, u64(12))]),
    ],
    words: ["CFA6LPAA", u64(40), u64(48), u64(1), u64(2)],
    maxAllocation: (bytes) => 64 * 1024 * 1024 + 64 * bytes,
  },
  {
    name: "mtp-datasets",
    run(input) {
      const bytes = input.subarray(1);
      switch ((input[0] ?? 0) % 5) {
        case 0:
          return decodeDeviceInfo(bytes);
        case 1:
          return decodeStorageInfo(bytes);
        case 2:
          return decodeObjectInfo(bytes);
        case 3:
          return decodePropList(bytes);
        default:
          return parseMtpDate(bytes.toString("latin1"));
      }
    },
    seeds: () => [
      Buffer.concat([Buffer.from([0]), mtpDevice]),
      Buffer.concat([Buffer.from([1]), encodeStorageInfo(decodeStorageInfo(Buffer.alloc(40)))]),
      Buffer.concat([Buffer.from([2]), encodeObjectInfo(decodeObjectInfo(Buffer.alloc(60)))]),
      Buffer.concat([
        Buffer.from([3]),
        encodePropList([{ handle: 1, code: 0xdc07, type: 0xffff, value: "IMG.JPG" } as never]),
      ]),
      Buffer.from("\x0420240501T123456.7+0200"),
    ],
  },
  {
    name: "mtp-container",
    run(input) {
      const header = containerHeader.decode(input);
      return { header, parameters: decodeParameters(input.subarray(12)) };
    },
    seeds: () => [encodeContainer(3, 0x2001, 1, Buffer.alloc(20, 1))],
  },
  {
    name: "adb-sync",
    async run(input) {
      const features = new Set((input[0] ?? 0) % 2 === 0 ? ["stat_v2", "ls_v2"] : []);
      const socket = {
        readable: new ReadableStream({
          start(controller) {
            for (let at = 1; at < input.length; at += 100)
              controller.enqueue(new Uint8Array(input.subarray(at, at + 100)));
            controller.close();
          },
        }),
        writable: new WritableStream(),
        close: async () => {},
      };
      await using sync = new AdbSync(new AdbConnection(socket as never, 60_000), features);
      const list = async (): Promise<void> => {
        for await (const _ of sync.list("/sdcard/DCIM"));
      };
      const read = async (): Promise<void> => {
        for await (const _ of sync.pull("/sdcard/DCIM/a"));
      };
      switch ((input[0] ?? 0) >> 6) {
        case 0:
          return await typed(sync.stat("/sdcard"));
        case 1:
          return await typed(read());
        default:
          return await typed(list());
      }
    },
    seeds: () => {
      const u32 = (...v: number[]): Buffer => {
        const out = Buffer.alloc(v.length * 4);
        for (const [i, n] of v.entries()) out.writeUInt32LE(n >>> 0, i * 4);
        return out;
      };
      const entry = (id: string): Buffer =>
        Buffer.concat([Buffer.from(id), u32(0o100644, 100, 1_700_000_000, 5), Buffer.from("a.jpg")]);
      const entry2 = Buffer.concat([Buffer.from("DNT2"), Buffer.alloc(68, 1), u32(5), Buffer.from("a.jpg")]);
      return [
        Buffer.concat([Buffer.from([1]), Buffer.from("STAT"), u32(0o100644, 5, 6)]),
        Buffer.concat([Buffer.from([0]), Buffer.from("LST2"), Buffer.alloc(68, 0)]),
        Buffer.concat([Buffer.from([0x40]), Buffer.from("DATA"), u32(3), Buffer.from("abcDONE"), u32(0)]),
        Buffer.concat([Buffer.from([0x81]), entry("DENT"), entry("DENT"), Buffer.from("DONE"), u32(0, 0, 0, 0)]),
        Buffer.concat([Buffer.from([0x80]), entry2, Buffer.from("DONE"), Buffer.alloc(72)]),
      ];
    },
    words: ["DENT", "DNT2", "DONE", "FAIL", "DATA", "STAT", "LST2"],
  },
  {
    name: "adb-text",
    run(input) {
      const text = input.toString("utf8");
      parseAdbDevices(text);
      return parseContentRows(text, ["_id", "_data", "is_favorite", "datetaken"]);
    },
    seeds: () => [
      Buffer.from(
        "0A1B2C device usb:1-1 product:p model:Pixel_8 device:d transport_id:3\n1234 unauthorized transport_id:4\n",
      ),
      Buffer.from(
        "Row: 0 _id=12, _data=/storage/emulated/0/DCIM/a, b=c.jpg, is_favorite=1, datetaken=NULL\nRow: 1 _id=13, _data=/x, is_favorite=0, datetaken=5\n",
      ),
    ],
    words: ["Row: ", "_id=", "_data=", ", ", "NULL", "device", "unauthorized", "\n"],
  },
  {
    name: "usb-descriptors",
    run(input) {
      parseString(input);
      return parseConfiguration(input);
    },
    seeds: () => [
      Buffer.from("0902200001010080fa09040000030601010007058102000200070501020002000705830310001c", "hex"),
      Buffer.from("0a034d005400500020", "hex"),
    ],
  },
  {
    name: "usbip",
    run(input) {
      if ((input[0] ?? 0) % 2 === 0 || input.length < 400) return decodeUsbipInterfaces(input.subarray(1));
      usbipInterfaceCount(input.subarray(1));
      return decodeUsbipDevice(input.subarray(1));
    },
    seeds: () => [Buffer.concat([Buffer.from([1]), Buffer.alloc(420, 0x31)]), Buffer.alloc(13, 6)],
  },
];
