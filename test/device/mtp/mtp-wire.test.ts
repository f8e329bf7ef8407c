/** MTP's bytes: the reference's vectors, and whatever else a device may send. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { MtpClient } from "../../../src/device/mtp/mtp-client.ts";
import {
  decodeDeviceInfo,
  decodeObjectInfo,
  decodePropList,
  decodeStorageInfo,
  encodeObjectInfo,
  encodePropList,
  parseMtpDate,
} from "../../../src/device/mtp/mtp-datasets.ts";
import {
  containerType,
  DatasetWriter,
  dataType,
  encodeCommand,
  encodeContainer,
  operation,
  parametersOf,
  responseCode,
} from "../../../src/device/mtp/mtp-format.ts";
import { windowAt } from "../../../src/device/mtp/mtp-source.ts";
import { AppError } from "../../../src/shared/errors.ts";
import { MemoryPipe } from "../../fakes/memory-pipe.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

test("commands, responses and datasets are the reference's bytes", () => {
  expect(encodeCommand(operation.getDeviceInfo, 0, [])).toEqual(hex("0C 00 00 00 01 00 01 10 00 00 00 00"));
  expect(encodeCommand(operation.openSession, 0, [1])).toEqual(hex("10 00 00 00 01 00 02 10 00 00 00 00 01 00 00 00"));
  expect(encodeCommand(operation.getObjectHandles, 3, [0x00010001, 0, 0xffffffff])).toEqual(
    hex("18 00 00 00 01 00 07 10 03 00 00 00 01 00 01 00 00 00 00 00 FF FF FF FF"),
  );
  expect(encodeCommand(operation.getObjectPropList, 7, [0x0a, 0, 0xdc04, 0, 1])).toEqual(
    hex("20 00 00 00 01 00 05 98 07 00 00 00 0A 00 00 00 00 00 00 00 04 DC 00 00 00 00 00 00 01 00 00 00"),
  );
  expect(encodeCommand(operation.getPartialObject64, 9, [0x2a, 0x20000000, 1, 1 << 20])).toEqual(
    hex("1C 00 00 00 01 00 C1 95 09 00 00 00 2A 00 00 00 00 00 00 20 01 00 00 00 00 00 10 00"),
  );
  const sizes = hex(
    "02 00 00 00 2A 00 00 00 04 DC 08 00 56 34 12 00 00 00 00 00 2B 00 00 00 04 DC 08 00 00 00 00 20 01 00 00 00",
  );
  expect(decodePropList(sizes)).toEqual([
    { handle: 0x2a, property: 0xdc04, value: 0x123456n },
    { handle: 0x2b, property: 0xdc04, value: 0x120000000n },
  ]);
  const name = hex("01 00 00 00 2A 00 00 00 07 DC FF FF 06 61 00 2E 00 6A 00 70 00 67 00 00 00");
  expect(decodePropList(name)).toEqual([{ handle: 0x2a, property: 0xdc07, value: "a.jpg" }]);
  expect(encodePropList([{ handle: 0x2a, property: 0xdc07, type: dataType.string, value: "a.jpg" }])).toEqual(name);
  const storage = hex(
    "03 00 02 00 00 00 00 00 00 00 20 00 00 00 00 00 00 00 10 00 00 00 00 00 00 40 05 44 00 43 00 49 00 4D 00 00 00 00",
  );
  expect(decodeStorageInfo(storage)).toMatchObject({
    capacity: 128n * 2n ** 30n,
    free: 64n * 2n ** 30n,
    description: "DCIM",
  });
  const info = hex(`01 00 01 00 01 38 00 00 56 34 12 00 01 38 00 20 00 00 00 00 00 00 00 00 00 00 A0 0F 00 00 B8 0B
    00 00 00 00 00 00 0A 00 00 00 00 00 00 00 00 00 00 00 00 00 06 61 00 2E 00 6A 00 70 00 67 00 00
    00 10 32 00 30 00 32 00 34 00 30 00 31 00 33 00 31 00 54 00 32 00 33 00 35 00 39 00 35 00 39 00
    00 00 10 32 00 30 00 32 00 34 00 30 00 31 00 33 00 31 00 54 00 32 00 33 00 35 00 39 00 35 00 39 00
    00 00 00 00`);
  const decoded = decodeObjectInfo(info);
  expect(decoded).toEqual({
    storageId: 0x00010001,
    format: 0x3801,
    size: 0x123456,
    thumbBytes: 0x2000,
    parent: 10,
    name: "a.jpg",
    dateCreated: "20240131T235959",
    dateModified: "20240131T235959",
  });
  expect(decodeObjectInfo(encodeObjectInfo(decoded))).toEqual(decoded);
  // Samsung's old stack: the size in 64 bits moves everything behind it.
  const wide = Buffer.concat([info.subarray(0, 12), Buffer.alloc(4), info.subarray(12)]);
  expect(decodeObjectInfo(wide)).toEqual(decoded);
});

test("dates: Android's, with tenths and zones; nonsense is none", () => {
  expect(parseMtpDate("20240131T235959")).toEqual(new Date(2024, 0, 31, 23, 59, 59));
  expect(parseMtpDate("20130310T164557.7+0400")?.toISOString()).toBe("2013-03-10T12:45:57.000Z");
  expect(parseMtpDate("20130310T164557Z")?.toISOString()).toBe("2013-03-10T16:45:57.000Z");
  const local = new Date(2024, 0, 31, 23, 59);
  for (const text of ["2024-01-31T23:59:00", "20240131T2359", "20240131T235900.0", " 20240131T235900 "])
    expect(parseMtpDate(text), text).toEqual(local);
  expect(parseMtpDate("20240131T235959+02:00")?.toISOString()).toBe("2024-01-31T21:59:59.000Z");
  const none = ["", "00000000T000000", "20241331T000000Z", "20480000T000000", "20480101T000000Z", "20240231T000000"];
  for (const bad of [...none, "20240131", "yesterday", "-20240131T000000", "20240131T250000"])
    expect(parseMtpDate(bad), bad).toBeUndefined();
});

test("any bytes as any dataset: a value or a typed error, never an allocation that a count asks for", () => {
  const decoders = [decodeDeviceInfo, decodeObjectInfo, decodePropList, decodeStorageInfo];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(...decoders), (bytes, decode) => {
      try {
        decode(Buffer.from(bytes));
      } catch (error) {
        expect(error).toMatchObject({ code: "protocol-error" });
      }
    }),
    { numRuns: 3_000 },
  );
  for (const count of [0xffffffff, 0x10000000, 1000])
    expect(() => decodePropList(new DatasetWriter().u32(count).bytes())).toThrow(/announces/);
});

/** A device that opens a session properly and then answers one operation with these transfers. */
function device(answer: (transaction: number) => readonly Buffer[]): MemoryPipe {
  return new MemoryPipe((command) => {
    const [code, transaction] = [command.readUInt16LE(6), command.readUInt32LE(8)];
    const ok = encodeContainer(containerType.response, responseCode.ok, transaction, Buffer.alloc(0));
    if (code === operation.openSession || code === operation.closeSession) return [ok];
    if (code === operation.getDeviceInfo) {
      const w = new DatasetWriter().u16(100).u32(6).u16(100).string("").u16(0);
      w.array16(Object.values(operation)).array16([]).array16([]).array16([]).array16([]).string("M").string("P");
      return [encodeContainer(containerType.data, code, transaction, w.bytes()), ok];
    }
    return answer(transaction);
  });
}

const data = (transaction: number, payload: Buffer): Buffer =>
  encodeContainer(containerType.data, operation.getPartialObject64, transaction, payload);
const ok = (transaction: number): Buffer =>
  encodeContainer(containerType.response, responseCode.ok, transaction, parametersOf([1]));

test("whatever way a container is cut into transfers, the same bytes come out and the next operation works", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3_000 }),
      fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      async (length, cuts, joined, emptyPacket) => {
        const payload = Buffer.from(Array.from({ length }, (_, i) => i & 0xff));
        const pipe = device((t) => {
          let rest = data(t, payload);
          const transfers: Buffer[] = [];
          for (const cut of cuts) {
            if (rest.length === 0) break;
            transfers.push(rest.subarray(0, cut));
            rest = rest.subarray(cut);
          }
          // The response in the same transfer as the end of the data: an empty packet was swallowed.
          if (joined) return [...transfers, Buffer.concat([rest, ok(t)])];
          return [...transfers, ...(rest.length > 0 ? [rest] : []), ...(emptyPacket ? [Buffer.alloc(0)] : []), ok(t)];
        });
        await using client = await MtpClient.open(pipe, { stallMs: 1_000 });
        for (let i = 0; i < 2; i += 1) expect(Buffer.concat(await client.partialObject(1, 0, length))).toEqual(payload);
      },
    ),
    { numRuns: 300 },
  );
});

test("any transfers as an answer: bytes, or a typed error with a remedy; never a hang, never too much", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }),
      fc.constantFrom("bytes", "wrong-transaction", "huge", "truncated") as fc.Arbitrary<string>,
      async (noise, kind) => {
        const pipe = device((t) => {
          const head = data(t, Buffer.alloc(100));
          if (kind === "wrong-transaction") head.writeUInt32LE(t + 5, 8);
          if (kind === "huge") head.writeUInt32LE(0x7fffffff, 0);
          const first = kind === "bytes" ? [] : [kind === "truncated" ? head.subarray(0, 60) : head];
          return [...first, ...noise.map((n) => Buffer.from(n))];
        });
        await using client = await MtpClient.open(pipe, { stallMs: 15 });
        try {
          const got = Buffer.concat(await client.partialObject(1, 0, 100));
          expect(got.length).toBeLessThanOrEqual(100);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).remedy).not.toBe("");
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("an answer to another transaction is thrown away, with the data behind it", async () => {
  const payload = Buffer.from("the right bytes");
  const pipe = device((t) => [ok(t - 1), data(t + 7, Buffer.alloc(70_000, 9)), data(t, payload), ok(t)]);
  await using client = await MtpClient.open(pipe, { stallMs: 1_000 });
  for (let i = 0; i < 2; i += 1)
    expect(Buffer.concat(await client.partialObject(1, 0, payload.length))).toEqual(payload);
});

test("a device that breaks its data off and answers is short, not silent", async () => {
  const pipe = device((t) => {
    const whole = data(t, Buffer.alloc(300_000));
    const refusal = encodeContainer(containerType.response, responseCode.incompleteTransfer, t, Buffer.alloc(0));
    return [whole.subarray(0, 65_536), whole.subarray(65_536, 70_000), refusal];
  });
  await using client = await MtpClient.open(pipe, { stallMs: 1_000 });
  await expect(client.partialObject(1, 0, 300_000)).rejects.toMatchObject({
    response: responseCode.incompleteTransfer,
  });
});

test("four GiB and more: the length does not fit, the object's size tells", async () => {
  const pipe = device((t) => {
    const whole = data(t, Buffer.alloc(5_000, 7));
    whole.writeUInt32LE(0xffffffff, 0);
    return [whole, ok(t)];
  });
  await using client = await MtpClient.open(pipe, { stallMs: 1_000 });
  let bytes = 0;
  for await (const chunk of client.wholeObject(1, 5_000)) bytes += chunk.length;
  expect(bytes).toBe(5_000);
});

test("no window goes beyond the end, is empty, or ends in a full packet", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40_000_000 }), fc.nat(), fc.nat(), (size, a, b) => {
      const [at, end] = [Math.min(a % size, b % size), Math.max(a % size, b % size) + 1].map(Number) as [
        number,
        number,
      ];
      const length = windowAt(at, end, size);
      expect(length).toBeGreaterThan(0);
      expect(at + length).toBeLessThanOrEqual(Math.min(end, size));
      expect((12 + length) % 512).not.toBe(0);
    }),
  );
});
