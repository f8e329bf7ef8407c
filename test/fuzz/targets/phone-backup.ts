/** What a backup of a whole phone holds in bytes: its keybag, and the rows of its manifest. */
import { Keybag, KeybagError } from "../../../src/phone-backup/keybag.ts";
import { decodeMbFile } from "../../../src/phone-backup/mb-file.ts";
import { binaryPlist, Uid } from "../../helpers/binary-plist.ts";
import { keybagFor } from "../../helpers/phone-backup.ts";
import { type FuzzTarget, fail } from "../target.ts";

const row = binaryPlist({
  $version: 100_000,
  $archiver: "NSKeyedArchiver",
  $top: { root: new Uid(1) },
  $objects: [
    "$null",
    { Size: 5, LastModified: 1_700_000_000, EncryptionKey: new Uid(2), Digest: new Uid(3), Target: new Uid(4) },
    { "NS.data": new Uint8Array(44) },
    new Uint8Array(20),
    { "NS.string": "/var/mobile" },
  ],
});

export const phoneBackupTargets: readonly FuzzTarget[] = [
  {
    name: "keybag",
    run(input) {
      try {
        return Keybag.parse(input);
      } catch (error) {
        if (error instanceof KeybagError) return undefined;
        throw error;
      }
    },
    seeds: () => [keybagFor("fuzz", Buffer.from("x"), { first: 1, second: 1 })],
    words: ["UUID", "SALT", "ITER", "DPSL", "DPIC", "WRAP", "CLAS", "WPKY"],
  },
  {
    name: "mb-file",
    run(input) {
      const { sizeBytes, digest, modifiedAt } = decodeMbFile(input);
      if (sizeBytes !== undefined && !(sizeBytes >= 0)) fail("a size below zero");
      if (digest !== undefined && digest.length !== 20) fail("a digest of another length");
      if (modifiedAt !== undefined && Number.isNaN(modifiedAt.getTime())) fail("a date that is none");
      return sizeBytes;
    },
    seeds: () => [row],
    words: ["$objects", "$top", "root", "Size", "Digest", "NS.data", Buffer.from([0x80, 1])],
  },
];
