/** The mock's keys, entries and files against bytes of the format's description: it shares no code with what reads backups. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bufferContent } from "../../../src/device/mock/described-phone.ts";
import {
  BackupKeys,
  keyFromPassword,
  openKeyBag,
  storedBytes,
  storedSize,
  unwrapFor,
} from "../../../src/device/mock/iphone/backup/backup-keys.ts";
import { fileIdOf } from "../../../src/device/mock/iphone/backup/backup-tree.ts";
import { readManifest, writeManifest } from "../../../src/device/mock/iphone/backup/manifest-db.ts";
import { decodeMbFile, encodeMbFile } from "../../../src/device/mock/iphone/backup/mb-file.ts";

const keyBag = Buffer.from(
  "5645525300000004000000055459504500000004000000015555494400000010b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0484d434b0000002800000000" +
    "00000000000000000000000000000000000000000000000000000000000000000000000057524150000000040000000053414c540000001400010203" +
    "0405060708090a0b0c0d0e0f1011121349544552000000040000000a4450575400000004000000014450494300000004000003e84450534c00000014" +
    "6465666768696a6b6c6d6e6f707172737475767755554944000000100b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b434c4153000000040000000b57524150" +
    "00000004000000034b545950000000040000000057504b59000000280fdf7863e3f270b288020566a97d0cd7ae8e988912b8c75ebe47d4b789b3e67f" +
    "1f38a14e77e78067555549440000001004040404040404040404040404040404434c415300000004000000045752415000000004000000024b545950" +
    "000000040000000057504b5900000028ea6015124ff0f8abe5c9eaf5cb1c352d93aaaed7b0af34bfe315d17dc4ac66ed2faab0cf87b608ac55554944" +
    "0000001003030303030303030303030303030303434c415300000004000000035752415000000004000000024b545950000000040000000057504b59" +
    "00000028514cac727b760dc7b3f158d1313adb5eae482656e8807b0854b408bbcf1273462e846c522d0ed37455554944000000100101010101010101" +
    "0101010101010101434c415300000004000000015752415000000004000000024b545950000000040000000057504b59000000283a014b41e448a127" +
    "31a888bcba614ec6692c24ff01ab4b46ddd2d51ebee8a5733bac58ea84548796",
  "hex",
);
const mbFile = Buffer.from(
  "62706c6973743030d401020304050634375924617263686976657258246f626a656374735424746f70582476657273696f6e5f100f4e534b65796564" +
    "4172636869766572a70708242529303155246e756c6cde090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122231c5624636c6173735542" +
    "69727468564469676573745d456e6372797074696f6e4b657955466c6167735747726f757049445b496e6f64654e756d6265725c4c6173744d6f6469" +
    "666965645f10104c6173745374617475734368616e6765544d6f64655f100f50726f74656374696f6e436c6173735c52656c61746976655061746854" +
    "53697a65565573657249448006126553f0ff8005800310001101f5111267126553f100126553f1011181a41003800210055f10114c6962726172792f" +
    "68656c6c6f2e747874d209262728574e532e6461746180044f102c03000000568b7f9ade491543dc05f8acdc953969e81cbc308adba6840433733868" +
    "d94bb51aa7582c9abd7c7ad22a2b2c2d5824636c61737365735a24636c6173736e616d65a32d2e2f5d4e534d757461626c6544617461564e53446174" +
    "61584e534f626a6563744f101405ee09516f8382f84113672ec80fa7c3d55d8d49d22a2b3233a2332f564d4246696c65d1353654726f6f7480011200" +
    "0186a000080011001b0024002900320044004c0052006f0076007c008300910097009f00ab00b800cb00d000e200ef00f400fb00fd01020104010601" +
    "08010b010e01130118011b011d011f01210135013a01420144017301780181018c0190019e01a501ae01c501ca01cd01d401d701dc01de0000000000" +
    "0002010000000000000038000000000000000000000000000001e3",
  "hex",
);
const fileKey = Buffer.from("065d0cf7490bb9ecd14a36328492e9cacb716ce6e78f7526e92b366c2267b5c3", "hex");
const wrappedFileKey = Buffer.from(
  "03000000568b7f9ade491543dc05f8acdc953969e81cbc308adba6840433733868d94bb51aa7582c9abd7c7a",
  "hex",
);

test("a file's name is made of its domain and path", () => {
  expect(fileIdOf("HomeDomain", "Library/SMS/sms.db")).toBe("3d0d7e5fb2ce288813306e4d4636395e047a3d28");
  expect(fileIdOf("HomeDomain", "Library/Grüße 😀")).toBe("1e60e3f2dd03c62841fbc770e20238bbbb4c1192");
  expect(fileIdOf("AppDomain-com.example.empty", "")).toBe("df95d5b0a1199766192684113503f44a6e440c71");
});

test("a password opens the key bag, and its keys open a file's", async () => {
  const key = await keyFromPassword("geheim ü", {
    salt: Buffer.from("000102030405060708090a0b0c0d0e0f10111213", "hex"),
    outerSalt: Buffer.from("6465666768696a6b6c6d6e6f7071727374757677", "hex"),
    outer: 1000,
    inner: 10,
  });
  expect(key.toString("hex")).toBe("ac8c67e0734c08b72473a7dd40582f38f0b907b29ea945e4e204fa6ac32772ba");
  const keys = await openKeyBag(keyBag, "geheim ü");
  expect(keys?.get(3)?.toString("hex")).toBe("3ceac4eec5cac3b227ae2d741d00cce4fcc8f3260ecbfb324b3cb123d4d2a596");
  expect(keys?.has(11)).toBe(false);
  expect(keys && unwrapFor(keys, wrappedFileKey)?.equals(fileKey)).toBe(true);
  expect(await openKeyBag(keyBag, "geheim u")).toBeUndefined();
});

test("a key bag of the mock's own opens with its password alone, and has eleven classes", async () => {
  const keys = new BackupKeys("A");
  const bag = await keys.keyBag("pass", { outer: 10, inner: 2 });
  expect(bag.toString("latin1").split("CLAS").length - 1).toBe(11);
  expect((await openKeyBag(bag, "pass"))?.get(4)).toEqual(keys.classKeys.get(4));
  expect(await openKeyBag(bag, "Pass")).toBeUndefined();
  expect(new BackupKeys("A").classKeys).toEqual(keys.classKeys);
  expect(new BackupKeys("B").classKeys.get(4)).not.toEqual(keys.classKeys.get(4));
});

test.each([
  ["", "22f47d8f5d6d8e22957add4fe5f4c095"],
  ["hello", "d97cbabb6ca49db8e469ed22fec5137c"],
  ["0123456789abcdef", "170029f7cf656de0fd95e7046d31eb91a9bb42594006951df0c82e68d5d6cb60"],
  ["0123456789abcdef0", "170029f7cf656de0fd95e7046d31eb91707d0b210d15e4c1a71db37cd095d168"],
])("%j is stored as on a phone, in pieces of any size", async (plain, hex) => {
  for (const piece of [1, 7, 16, 4096]) {
    const parts: Buffer[] = [];
    for await (const part of storedBytes(bufferContent(Buffer.from(plain)), fileKey, piece)) parts.push(part);
    expect(Buffer.concat(parts).toString("hex")).toBe(hex);
    expect(storedSize(plain.length, true)).toBe(hex.length / 2);
  }
});

test("an entry of a phone's database is read, and ours is one", () => {
  const file = decodeMbFile(mbFile);
  expect(file).toMatchObject({ size: 5, protectionClass: 3, mode: 0o100644 });
  expect(file.encryptionKey && Buffer.from(file.encryptionKey).equals(wrappedFileKey)).toBe(true);
  expect(file.digest && Buffer.from(file.digest).toString("hex")).toBe("05ee09516f8382f84113672ec80fa7c3d55d8d49");
  const stored = Buffer.from("d97cbabb6ca49db8e469ed22fec5137c", "hex");
  const digest = createHash("sha1").update(stored).digest();
  const written = encodeMbFile(
    {
      domain: "HomeDomain",
      path: "Library/hello.txt",
      kind: "file",
      mode: file.mode,
      content: bufferContent(Buffer.from("hello")),
      modified: file.modified,
      born: file.born,
      inode: file.inode,
      protectionClass: 3,
      onlyEncrypted: false,
    },
    { encryptionKey: wrappedFileKey, digest },
  );
  expect(decodeMbFile(written)).toEqual(file);
});

test("the database has the header of a phone's, and a damaged one is told", async () => {
  const rows = [{ fileId: "00".repeat(20), domain: "HomeDomain", path: "a\nb", flags: 1, file: mbFile }];
  const bytes = await writeManifest(rows);
  expect([bytes.readUInt16BE(16), bytes[18], bytes[19], bytes.readUInt32BE(60)]).toEqual([4096, 2, 2, 2]);
  expect(await readManifest(bytes)).toEqual(rows);
  bytes.fill(0x5a, 4096);
  expect(await readManifest(bytes)).toBeUndefined();
});
