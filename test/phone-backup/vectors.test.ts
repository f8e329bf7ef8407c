/** Keys, names and rows of backups against bytes that were computed from the layouts alone, by no code of ours. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { decodeBinaryPlist } from "../../src/device/wire/binary-plist.ts";
import { deriveKey } from "../../src/phone-backup/derive.ts";
import { type ClassKeys, Keybag, KeybagError } from "../../src/phone-backup/keybag.ts";
import { fileIdOf } from "../../src/phone-backup/manifest.ts";
import { decodeMbFile } from "../../src/phone-backup/mb-file.ts";
import { decipherFor, encryptedSize, storedPath } from "../../src/phone-backup/stored-file.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const password = hex("67656865696d20c3bc");
const salt = hex("000102030405060708090a0b0c0d0e0f10111213");
const firstSalt = hex("6465666768696a6b6c6d6e6f7071727374757677");
const keybag = Buffer.from(
  [
    "5645525300000004000000055459504500000004000000015555494400000010b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0484d434b000000",
    "28000000000000000000000000000000000000000000000000000000000000000000000000000000005752415000000004000000005341",
    "4c5400000014000102030405060708090a0b0c0d0e0f1011121349544552000000040000000a4450575400000004000000014450494300",
    "000004000003e84450534c000000146465666768696a6b6c6d6e6f707172737475767755554944000000100b0b0b0b0b0b0b0b0b0b0b0b",
    "0b0b0b0b434c4153000000040000000b5752415000000004000000034b545950000000040000000057504b59000000280fdf7863e3f270",
    "b288020566a97d0cd7ae8e988912b8c75ebe47d4b789b3e67f1f38a14e77e7806755554944000000100404040404040404040404040404",
    "0404434c415300000004000000045752415000000004000000024b545950000000040000000057504b5900000028ea6015124ff0f8abe5",
    "c9eaf5cb1c352d93aaaed7b0af34bfe315d17dc4ac66ed2faab0cf87b608ac555549440000001003030303030303030303030303030303",
    "434c415300000004000000035752415000000004000000024b545950000000040000000057504b5900000028514cac727b760dc7b3f158",
    "d1313adb5eae482656e8807b0854b408bbcf1273462e846c522d0ed374555549440000001001010101010101010101010101010101434c",
    "415300000004000000015752415000000004000000024b545950000000040000000057504b59000000283a014b41e448a12731a888bcba",
    "614ec6692c24ff01ab4b46ddd2d51ebee8a5733bac58ea84548796",
  ].join(""),
  "hex",
);
const mbFile = Buffer.from(
  [
    "62706c6973743030d401020304050634375924617263686976657258246f626a656374735424746f70582476657273696f6e5f100f4e53",
    "4b657965644172636869766572a70708242529303155246e756c6cde090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223",
    "1c5624636c617373554269727468564469676573745d456e6372797074696f6e4b657955466c6167735747726f757049445b496e6f6465",
    "4e756d6265725c4c6173744d6f6469666965645f10104c6173745374617475734368616e6765544d6f64655f100f50726f74656374696f",
    "6e436c6173735c52656c6174697665506174685453697a65565573657249448006126553f0ff8005800310001101f5111267126553f100",
    "126553f1011181a41003800210055f10114c6962726172792f68656c6c6f2e747874d209262728574e532e6461746180044f102c030000",
    "00568b7f9ade491543dc05f8acdc953969e81cbc308adba6840433733868d94bb51aa7582c9abd7c7ad22a2b2c2d5824636c6173736573",
    "5a24636c6173736e616d65a32d2e2f5d4e534d757461626c6544617461564e5344617461584e534f626a6563744f101405ee09516f8382",
    "f84113672ec80fa7c3d55d8d49d22a2b3233a2332f564d4246696c65d1353654726f6f74800112000186a000080011001b002400290032",
    "0044004c0052006f0076007c008300910097009f00ab00b800cb00d000e200ef00f400fb00fd0102010401060108010b010e0113011801",
    "1b011d011f01210135013a01420144017301780181018c0190019e01a501ae01c501ca01cd01d401d701dc01de00000000000002010000",
    "000000000038000000000000000000000000000001e3",
  ].join(""),
  "hex",
);
const wrappedFileKey = hex("03000000568b7f9ade491543dc05f8acdc953969e81cbc308adba6840433733868d94bb51aa7582c9abd7c7a");
const wrappedManifestKey = hex(
  "04000000f35497442f73760557dabc720b25d9a8b2bfe1e3f9585ba8436e554a5325e787da0d4752811050e4",
);
const fileKey = hex("065d0cf7490bb9ecd14a36328492e9cacb716ce6e78f7526e92b366c2267b5c3");

test.each([
  ["HomeDomain", "Library/SMS/sms.db", "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28"],
  ["HomeDomain", "Library/AddressBook/AddressBook.sqlitedb", "31/31bb7ba8914766d4ba40d6dfb6113c8b614be442"],
  ["CameraRollDomain", "Media/PhotoData/Photos.sqlite", "12/12b144c0bd44f2b3dffd9186d3f9c05b917cee25"],
  ["CameraRollDomain", "Media/DCIM/100APPLE/IMG_0001.HEIC", "78/78564230ecf97df163e76713ce779e028c679bb6"],
  ["KeychainDomain", "keychain-backup.plist", "51/51a4616e576dd33cd2abadfea874eb8ff246bf0e"],
  ["HomeDomain", "Library/Grüße 😀", "1e/1e60e3f2dd03c62841fbc770e20238bbbb4c1192"],
  ["AppDomain-com.example.empty", "", "df/df95d5b0a1199766192684113503f44a6e440c71"],
])("%s %s lies where the phone puts it", (domain, path, where) => {
  expect(storedPath(fileIdOf(domain, path))).toBe(where);
});

test("a password becomes the key of Apple's keybags, with the first derivation and without", async () => {
  const kek = async (rounds: number, first?: number) =>
    (
      await deriveKey(password, { salt, rounds, first: first ? { salt: firstSalt, rounds: first } : undefined })
    ).toString("hex");
  expect(await kek(10, 1_000)).toBe("ac8c67e0734c08b72473a7dd40582f38f0b907b29ea945e4e204fa6ac32772ba");
  expect(await kek(10_000)).toBe("d5d9e299bf7de20c7438fc6df94be98114a4f31548f963e40403006a2185b3dc");
});

test("a keybag opens to the keys of files and of the manifest, and to no key that the phone alone can have", async () => {
  const keys = (await Keybag.parse(keybag).unlock(password)) as ClassKeys;
  expect(keys.keyOf(wrappedFileKey)).toEqual(fileKey);
  expect(keys.keyOf(wrappedManifestKey).toString("hex")).toBe(
    "4c8b70f486a2dbfbdc48280ff35248f85de62594e4a2963644fdde9b3e1b73d8",
  );
  // Class 11 is locked by the phone's own key too: what the password alone gives of it is no key.
  const ofEleven = Buffer.concat([hex("0b000000"), wrappedFileKey.subarray(4)]);
  expect(() => keys.keyOf(ofEleven)).toThrow(/class 11/);
  expect(() => keys.keyOf(Buffer.concat([hex("04000000"), wrappedFileKey.subarray(4)]))).toThrow(KeybagError);
  expect(() => keys.keyOf(wrappedFileKey.subarray(1))).toThrow(/43 bytes/);
});

test.each(["geheim u", "", "geheim \u00fc ", "geheim u\u0308", "GEHEIM \u00dc"])(
  "the password %j is another",
  async (other) => {
    expect(await Keybag.parse(keybag).unlock(Buffer.from(other))).toBeUndefined();
  },
);

test("a keybag that is cut, or asks for endless work, is refused before anything is derived", () => {
  for (let length = 0; length < keybag.length; length += 7)
    try {
      Keybag.parse(keybag.subarray(0, length));
    } catch (error) {
      expect(error).toBeInstanceOf(KeybagError);
    }
  const withRounds = (tag: string, rounds: number): Buffer => {
    const bytes = Buffer.from(keybag);
    bytes.writeUInt32BE(rounds, bytes.indexOf(tag) + 8);
    return bytes;
  };
  for (const tag of ["ITER", "DPIC"])
    for (const rounds of [0, 0xffff_ffff])
      expect(() => Keybag.parse(withRounds(tag, rounds)), tag).toThrow(KeybagError);
});

test.each([
  ["", "22f47d8f5d6d8e22957add4fe5f4c095"],
  ["hello", "d97cbabb6ca49db8e469ed22fec5137c"],
  ["0123456789abcdef", "170029f7cf656de0fd95e7046d31eb91a9bb42594006951df0c82e68d5d6cb60"],
  ["0123456789abcdef0", "170029f7cf656de0fd95e7046d31eb91707d0b210d15e4c1a71db37cd095d168"],
])("a stored file of %j decrypts to it", (plain, stored) => {
  const bytes = hex(stored);
  expect(bytes).toHaveLength(encryptedSize(plain.length));
  const got = Buffer.concat([decipherFor(fileKey).update(bytes)]);
  expect(got.subarray(0, plain.length).toString()).toBe(plain);
});

test("the first page of an encrypted manifest decrypts to SQLite's header", () => {
  const key = hex("4c8b70f486a2dbfbdc48280ff35248f85de62594e4a2963644fdde9b3e1b73d8");
  const cipher = hex(
    "561185a759c4d6c5856c216e95c5875cfb01b599bfe7a466b0dfa59a8c6eea1675fa05f4db831f4940a788204693fa08",
  );
  expect(decipherFor(key).update(cipher).subarray(0, 32).toString("hex")).toBe(
    "53514c69746520666f726d617420330010000202004020200000000300000004",
  );
});

test("a row of the manifest tells size, times, key and digest", () => {
  expect(decodeMbFile(mbFile)).toEqual({
    sizeBytes: 5,
    modifiedAt: new Date(0x6553f100 * 1000),
    createdAt: new Date(0x6553f0ff * 1000),
    mode: 0o100644,
    encryptionKey: new Uint8Array(wrappedFileKey),
    digest: new Uint8Array(hex("05ee09516f8382f84113672ec80fa7c3d55d8d49")),
    target: undefined,
  });
  expect(createHash("sha1").update(hex("d97cbabb6ca49db8e469ed22fec5137c")).digest("hex")).toBe(
    "05ee09516f8382f84113672ec80fa7c3d55d8d49",
  );
});

test("an archive whose objects name each other without end is refused", () => {
  // One array of fifteen that are arrays of fifteen, eight deep: what it stands for has two thousand million objects.
  const objects = Array.from({ length: 8 }, (_, i) => Buffer.from([0xaf, 0x10, 15, ...Array(15).fill(i + 1)]));
  objects.push(Buffer.from([0x51, 0x78]));
  const offsets: number[] = [];
  let at = 8;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(1, 6);
  trailer.writeUInt8(1, 7);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  const bomb = Buffer.concat([Buffer.from("bplist00"), ...objects, Buffer.from(offsets), trailer]);
  expect(() => decodeBinaryPlist(bomb, { maxObjects: 2_000 })).toThrow(/more than 2000 objects/);
  // Looked into, it is not what it should be before it is anything.
  expect(() => decodeMbFile(bomb)).toThrow("not an archive of objects");
});
