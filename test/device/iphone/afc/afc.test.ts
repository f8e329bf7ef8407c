import { type Duplex, duplexPair } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeName, encodeName } from "../../../../src/device/file-name.ts";
import {
  afcOperation,
  decodeAfcHeader,
  decodePairs,
  decodeStrings,
  encodeAfcRequest,
  encodePath,
  encodeU64s,
} from "../../../../src/device/iphone/afc/afc-format.ts";
import { AfcClient, AfcConnection, AfcPool } from "../../../../src/device/iphone/afc/index.ts";
import { AppError, DeviceError, ProtocolError } from "../../../../src/shared/errors.ts";
import { generated, listItems, readAll, startMock, truth } from "../../../helpers/mock.ts";

const hex = (bytes: Buffer): string => bytes.toString("hex");
const vector = (text: string): string => text.replaceAll(/\s/g, "").toLowerCase();

test("requests are the bytes that open clients send", () => {
  expect(hex(encodeAfcRequest(afcOperation.readDir, 1, encodePath("/DCIM")))).toBe(
    vector(`43 46 41 36 4C 50 41 41 2E 00 00 00 00 00 00 00 2E 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
            03 00 00 00 00 00 00 00 2F 44 43 49 4D 00`),
  );
  expect(hex(encodeAfcRequest(afcOperation.fileOpen, 3, Buffer.concat([encodeU64s(1), encodePath("/a.jpg")])))).toBe(
    vector(`43 46 41 36 4C 50 41 41 37 00 00 00 00 00 00 00 37 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00
            0D 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 2F 61 2E 6A 70 67 00`),
  );
  expect(hex(encodeAfcRequest(afcOperation.fileRead, 4, encodeU64s(1, 1024 * 1024)))).toBe(
    vector(`43 46 41 36 4C 50 41 41 38 00 00 00 00 00 00 00 38 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00
            0F 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 10 00 00 00 00 00`),
  );
  expect(hex(encodeAfcRequest(afcOperation.fileSeek, 5, encodeU64s(1, 0, 4096)))).toBe(
    vector(`43 46 41 36 4C 50 41 41 40 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00
            11 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00`),
  );
  expect(hex(encodeAfcRequest(afcOperation.fileClose, 6, encodeU64s(1)))).toBe(
    vector(`43 46 41 36 4C 50 41 41 30 00 00 00 00 00 00 00 30 00 00 00 00 00 00 00 06 00 00 00 00 00 00 00
            14 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00`),
  );
});

test("replies as phones send them decode", () => {
  expect(decodeStrings(Buffer.from("2e002e2e003130304150504c4500", "hex"))).toEqual([".", "..", "100APPLE"]);
  const info = decodePairs(
    Buffer.from("st_size\0" + "64\0st_ifmt\0S_IFDIR\0st_mtime\0" + "1700000000123456789\0", "latin1"),
  );
  expect(info.get("st_size")).toBe("64");
  expect(info.get("st_mtime")).toBe("1700000000123456789");
  expect(
    decodeAfcHeader(
      Buffer.from(
        vector(`43 46 41 36 4C 50 41 41 30 00 00 00 00 00 00 00 30 00 00 00 00 00 00 00
    07 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00`),
        "hex",
      ),
    ),
  ).toEqual({
    operation: 1,
    packetNumber: 7,
    bodyBytes: 8,
  });
});

test("every name survives the way to text and back, UTF-8 or not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(encodeName(decodeName(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }),
  );
  expect(() => encodePath("/a\0b")).toThrow(ProtocolError);
});

/** A client whose phone is whatever the test writes. */
function scripted(stallMs = 2_000) {
  const [ours, theirs] = duplexPair();
  return { client: new AfcClient(new AfcConnection(ours, { stallMs })), phone: theirs };
}

test("random bytes from the phone end in a typed error, without a crash or a hang", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 40, maxLength: 300 }), fc.boolean(), async (bytes, withMagic) => {
      const { client, phone } = scripted(50);
      const reply = Buffer.from(bytes);
      if (withMagic) reply.write("CFA6LPAA", "latin1");
      phone.on("data", () => phone.end(reply));
      await expect(client.readDir("/DCIM")).rejects.toBeInstanceOf(AppError);
    }),
    { numRuns: 150 },
  );
});

test("an absurd length kills the connection before anything is allocated", async () => {
  const { client, phone } = scripted();
  const reply = encodeAfcRequest(afcOperation.data, 1, Buffer.alloc(0));
  reply.writeBigUInt64LE(2n ** 50n, 8);
  phone.on("data", () => phone.write(reply));
  await expect(client.readDir("/DCIM")).rejects.toBeInstanceOf(ProtocolError);
  expect(client.alive).toBe(false);
});

test("a reply longer than what was asked for is refused", async () => {
  const { client, phone } = scripted();
  const answers = [
    encodeAfcRequest(afcOperation.fileOpenResult, 1, encodeU64s(1)),
    encodeAfcRequest(afcOperation.data, 2, Buffer.alloc(5000)),
  ];
  phone.on("data", () => {
    const answer = answers.shift();
    if (answer) phone.write(answer);
  });
  await expect(readAll(client.read("/a", { offset: 0, length: 100 }))).rejects.toBeInstanceOf(ProtocolError);
});

/** Tells of every request, and opens what is asked to be opened. */
function onRequests(phone: Duplex, tell: (operation: number, number: number) => void, after = (): void => {}): void {
  let buffered = Buffer.alloc(0);
  phone.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 40) {
      const length = Number(buffered.readBigUInt64LE(8));
      const number = Number(buffered.readBigUInt64LE(24));
      const operation = Number(buffered.readBigUInt64LE(32));
      buffered = buffered.subarray(length);
      if (operation === afcOperation.fileOpen)
        phone.write(encodeAfcRequest(afcOperation.fileOpenResult, number, encodeU64s(1)));
      else tell(operation, number);
    }
    after();
  });
}

test("replies to reads of one handle out of order are noticed, never put together wrongly", async () => {
  const { client, phone } = scripted();
  const reads: number[] = [];
  onRequests(phone, (operation, number) => {
    if (operation === afcOperation.fileRead) reads.push(number);
    if (reads.length < 2) return;
    for (const read of reads.splice(0).reverse())
      phone.write(encodeAfcRequest(afcOperation.data, read, Buffer.alloc(1000, read)));
  });
  await expect(
    readAll(client.read("/a", { offset: 0, length: 2000, requestBytes: 1000, windowBytes: 4000 })),
  ).rejects.toThrow(/out of order/);
});

test.each([
  ["in order", false, /^ok$/],
  ["overtaken by the read behind it", true, /out of order/],
])("a seek that the read does not wait for: %s", async (_, overtaken, outcome) => {
  const { client, phone } = scripted();
  let answers: Buffer[] = [];
  const answer = (operation: number, number: number): void => {
    if (operation === afcOperation.fileSeek) answers.push(encodeAfcRequest(afcOperation.status, number, encodeU64s(0)));
    if (operation === afcOperation.fileRead)
      answers.push(encodeAfcRequest(afcOperation.data, number, Buffer.alloc(100)));
  };
  onRequests(phone, answer, () => {
    // Neither is answered before both were asked.
    if (answers.length < 2) return;
    phone.write(Buffer.concat(overtaken ? answers.reverse() : answers));
    answers = [];
  });
  const result = readAll(client.read("/a", { offset: 4096, length: 100 })).then(
    () => "ok",
    (error: Error) => error.message,
  );
  expect(await result).toMatch(outcome);
});

test("silence with something asked ends the connection", async () => {
  const { client } = scripted(30);
  await expect(client.getFileInfo("/DCIM")).rejects.toMatchObject({ code: "device-stalled" });
});

test("frames cut at every byte boundary are the same replies", async () => {
  const { client, phone } = scripted();
  const reply = encodeAfcRequest(afcOperation.data, 1, Buffer.from(".\0..\0IMG_0001.JPG\0", "latin1"));
  phone.once("data", async () => {
    for (const byte of reply) {
      phone.write(Buffer.from([byte]));
      await new Promise((done) => setImmediate(done));
    }
  });
  expect(await client.readDir("/DCIM")).toEqual(["IMG_0001.JPG"]);
});

test("windowed reads deliver the file, also where the phone caps each read", async () => {
  for (const readCapBytes of [undefined, 100_000, 65_536]) {
    await using mock = await startMock({
      files: [generated("/DCIM/100APPLE/IMG_0001.MOV", 9_000_001)],
      afc: readCapBytes === undefined ? {} : { readCapBytes },
    });
    await using source = await mock.open();
    const [item] = await listItems(source);
    const bytes = await readAll(source.read(item!));
    expect(bytes.equals(await truth(mock.phone, item!.path))).toBe(true);
    const part = await readAll(source.read(item!, { offset: 5_000_000, length: 1_234_567 }));
    expect(part.equals(bytes.subarray(5_000_000, 6_234_567))).toBe(true);
  }
});

test("no handle leaks: a thousand files, early ends and refusals", async () => {
  const files = Array.from({ length: 200 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 30_000));
  await using mock = await startMock({ files, afc: { maxHandles: 20 } });
  await using source = await mock.open();
  const items = await listItems(source);
  for (let round = 0; round < 5; round += 1)
    await Promise.all(
      items.map(async (item, i) => {
        if (i % 3 === 0) await readAll(source.read(item));
        else if (i % 3 === 1) {
          for await (const _ of source.read(item)) break;
        } else
          await expect(readAll(source.read({ ...item, path: `${item.path}.gone` }))).rejects.toMatchObject({
            code: "item-gone",
          });
      }),
    );
  await expect.poll(() => mock.phone.openHandles).toBe(0);
  expect(mock.phone.maxOpenHandlesSeen).toBeLessThanOrEqual(16);
});

test("a dead connection is replaced and the read goes on where it was", async () => {
  await using mock = await startMock({
    files: [generated("/DCIM/100APPLE/IMG_0001.MOV", 6_000_000)],
    faults: [
      { when: { operation: "read", nth: 3 }, do: { type: "disconnect" } },
      { when: { operation: "read", nth: 5 }, do: { type: "reset" } },
    ],
  });
  await using source = await mock.open();
  const [item] = await listItems(source);
  expect((await readAll(source.read(item!))).equals(await truth(mock.phone, item!.path))).toBe(true);
});

test("ServiceLimit costs connections, not the work", async () => {
  const files = Array.from({ length: 60 }, (_, i) => generated(`/DCIM/100APPLE/IMG_${i}.JPG`, 30_000));
  await using mock = await startMock({ files, afc: { maxConnections: 1 } });
  await using source = await mock.open();
  const items = await listItems(source);
  const sizes = await Promise.all(items.map(async (i) => (await readAll(source.read(i))).length));
  expect(sizes.every((s) => s === 30_000)).toBe(true);
  expect(mock.phone.afcConnections).toBe(1);
});

test("long files are read on connections of their own, where the phone allows it", async () => {
  const files = [1, 2, 3, 4].map((i) => generated(`/DCIM/100APPLE/IMG_${i}.MOV`, 20_000_000));
  for (const [allowed, used] of [
    [8, 3],
    [2, 2],
    [1, 1],
  ] as const) {
    await using mock = await startMock({ files, afc: { maxConnections: allowed } });
    await using source = await mock.open();
    const items = await listItems(source);
    expect(mock.phone.afcConnections).toBe(1);
    const whole = await Promise.all(
      items.map(async (item) => (await readAll(source.read(item))).equals(await truth(mock.phone, item.path))),
    );
    expect(whole).toEqual([true, true, true, true]);
    expect(mock.phone.afcConnections).toBe(used);
  }
});

test("a phone that closes what it has just opened is asked a few times, not for ever", async () => {
  let opened = 0;
  await using pool = new AfcPool(async () => {
    opened += 1;
    const { client } = scripted();
    if (opened > 1) await client[Symbol.asyncDispose]();
    return client;
  }, 3);
  using first = await pool.forFile(20_000_000);
  using second = await pool.forFile(20_000_000);
  expect(second.client).toBe(first.client);
  expect(opened).toBe(4);
});

test("a pool keeps idle connections and hands out the least busy", async () => {
  let opened = 0;
  await using pool = new AfcPool(async () => {
    opened += 1;
    return scripted().client;
  }, 3);
  const first = await pool.client();
  expect(await pool.client()).toBe(first);
  expect(opened).toBe(1);
});

test("the phone's size may exceed 4 GiB and its offsets too", async () => {
  const size = 6 * 1024 ** 3;
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/IMG_0001.MOV", size)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  expect(item!.sizeBytes).toBe(size);
  const node = mock.phone.node(item!.path);
  const want = node?.type === "file" ? await node.content.read(size - 5000, 5000) : undefined;
  expect((await readAll(source.read(item!, { offset: size - 5000 }))).equals(want!)).toBe(true);
});

test("an unplugged phone is a device error, not an item's", async () => {
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/IMG_0001.MOV", 5_000_000)] });
  await using source = await mock.open();
  const [item] = await listItems(source);
  mock.daemon.unplug(mock.phone);
  await expect(readAll(source.read(item!))).rejects.toBeInstanceOf(DeviceError);
});

test("a connection that the phone closed while idle is opened anew", async () => {
  await using mock = await startMock({ files: [generated("/DCIM/100APPLE/a.JPG", 1000)], afc: { idleCloseMs: 50 } });
  await using source = await mock.open();
  const [item] = await listItems(source);
  await expect.poll(() => mock.phone.afcConnections).toBe(0);
  expect((await readAll(source.read(item!))).length).toBe(1000);
});
