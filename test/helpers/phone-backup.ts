/**
 * Makes whole-phone backups as a phone and its computer lay them on a disk, clear or encrypted: for readers of backups, with whom it
 * shares no code. Layout, keybag and archives as the real ones that other projects describe. Read first: `writeBackup`.
 */
import { createCipheriv, createHash, pbkdf2Sync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { binaryPlist, Uid } from "./binary-plist.ts";

/** One entry, as the phone has it. */
export interface BackedUp {
  readonly domain: string;
  readonly path: string;
  readonly kind?: "file" | "folder" | "link";
  readonly bytes?: Uint8Array;
  readonly target?: string;
  /** Unix seconds. */
  readonly modified?: number;
  readonly born?: number;
  /** Apple gives one to the files of some domains. */
  readonly digest?: boolean;
  /** NSKeyedArchiver's `ExtendedAttributes`: a property list of its own. */
  readonly attributes?: Uint8Array;
  /** Over what the row would say: a size that is wrong, a key that is another's. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** Over what would be stored; null: the row has no file. */
  readonly stored?: Uint8Array | null;
}

export interface BackupDescription {
  readonly udid?: string;
  readonly name?: string;
  readonly productType?: string;
  readonly osVersion?: string;
  readonly date?: Date;
  /** Encrypted where there is one. */
  readonly password?: string | Uint8Array;
  /** Of the two derivations; few, so that a test takes no time. A real phone: ten million and ten thousand. */
  readonly rounds?: { readonly first: number; readonly second: number };
  readonly snapshotState?: string;
  readonly files: readonly BackedUp[];
  /** Another one, another phone's keys. */
  readonly keys?: string;
  /** Statements on the finished Manifest.db, before it is encrypted. */
  readonly sql?: readonly string[];
}

export const backupUdid = "00008101-000A1B2C3D4E001E";
const usualDate = new Date("2026-10-04T18:30:00Z");
const usualSeconds = 1_790_000_000;
const flags = { file: 1, folder: 2, link: 4 } as const;
const modes = { file: 0o100644, folder: 0o040755, link: 0o120755 } as const;
const kwIv = Buffer.from("A6A6A6A6A6A6A6A6", "hex");

/** Bytes that differ from seed to seed, and from run to run never. */
export function bytesOf(seed: string, length: number): Buffer {
  const key = createHash("sha256").update(seed).digest();
  const zeros = Buffer.alloc(Math.ceil(length / 16) * 16);
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(zeros).subarray(0, length);
}

/** A key of a test: 32 bytes of no secret. @param keys tells one phone's from another's */
function keyFor(keys: string, name: string): Buffer {
  return createHash("sha256").update(`key ${keys} ${name}`).digest();
}

export function fileIdFor(domain: string, path: string): string {
  return createHash("sha1")
    .update(Buffer.from(`${domain}-${path}`))
    .digest("hex");
}

function wrap(kek: Buffer, key: Buffer): Buffer {
  const cipher = createCipheriv("id-aes256-wrap", kek, kwIv);
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

function encrypt(key: Buffer, plain: Uint8Array, padding = true): Buffer {
  const cipher = createCipheriv("aes-256-cbc", key, Buffer.alloc(16)).setAutoPadding(padding);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** Its class in front, little-endian. */
function wrappedBy(keys: string, protectionClass: number, key: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(protectionClass);
  return Buffer.concat([head, wrap(keyFor(keys, `class ${protectionClass}`), key)]);
}

function tlv(tag: string, value: Uint8Array | number): Buffer {
  const bytes = typeof value === "number" ? Buffer.alloc(4) : Buffer.from(value);
  if (typeof value === "number") bytes.writeUInt32BE(value);
  const head = Buffer.alloc(8);
  head.write(tag, "latin1");
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** Eleven classes, in the order of a phone; some are locked by the phone's own key as well. */
export function keybagFor(
  keys: string,
  password: Uint8Array,
  { first, second }: { first: number; second: number },
): Buffer {
  const [salt, firstSalt] = [bytesOf("salt", 20), bytesOf("first salt", 20)];
  const kek = pbkdf2Sync(pbkdf2Sync(password, firstSalt, first, 32, "sha256"), salt, second, 32, "sha1");
  const header = [
    ...[tlv("VERS", 5), tlv("TYPE", 1), tlv("UUID", bytesOf("bag", 16)), tlv("HMCK", Buffer.alloc(40)), tlv("WRAP", 0)],
    ...[tlv("SALT", salt), tlv("ITER", second), tlv("DPWT", 1), tlv("DPIC", first), tlv("DPSL", firstSalt)],
  ];
  const classes = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].flatMap((number) => {
    const byDevice = [5, 9, 10, 11].includes(number);
    const key = byDevice ? bytesOf(`device ${number}`, 32) : keyFor(keys, `class ${number}`);
    return [
      ...[tlv("UUID", bytesOf(`uuid ${number}`, 16)), tlv("CLAS", number), tlv("WRAP", byDevice ? 3 : 2)],
      ...[tlv("KTYP", 0), tlv("WPKY", wrap(kek, key))],
    ];
  });
  return Buffer.concat([...header, ...classes]);
}

/** The `file` column. */
function archived(
  file: BackedUp,
  stored: Uint8Array | undefined,
  { keys, key }: { readonly keys: string; readonly key: Buffer | undefined },
): Buffer {
  const kind = file.kind ?? "file";
  const objects: unknown[] = ["$null"];
  const add = (value: unknown): Uid => new Uid(objects.push(value) - 1);
  const root = add(undefined);
  const values: Record<string, unknown> = {
    RelativePath: add(file.path),
    ...{ Mode: modes[kind], Size: kind === "file" ? (file.bytes?.length ?? 0) : 0, Flags: 0 },
    ...{ UserID: 501, GroupID: 501, InodeNumber: 4_711, ProtectionClass: kind === "file" ? 3 : 0 },
    ...{
      LastModified: file.modified ?? usualSeconds,
      LastStatusChange: usualSeconds,
      Birth: file.born ?? usualSeconds,
    },
  };
  if (key) {
    const data = add(undefined);
    const of = add({ $classname: "NSMutableData", $classes: ["NSMutableData", "NSData", "NSObject"] });
    objects[data.index] = { $class: of, "NS.data": wrappedBy(keys, 3, key) };
    values["EncryptionKey"] = data;
  }
  if (file.digest && stored) values["Digest"] = add(createHash("sha1").update(stored).digest());
  if (file.target !== undefined) values["Target"] = add(file.target);
  if (file.attributes) values["ExtendedAttributes"] = add(file.attributes);
  values["$class"] = add({ $classname: "MBFile", $classes: ["MBFile", "NSObject"] });
  objects[root.index] = { ...values, ...file.row };
  return binaryPlist({
    $version: 100_000,
    $archiver: "NSKeyedArchiver",
    $top: { root },
    $objects: objects,
  } as Parameters<typeof binaryPlist>[0]);
}

/** Manifest.db as the phone's: in WAL mode, without a log. */
function writeManifest(file: string, rows: readonly [BackedUp, Buffer][], sql: readonly string[]): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA page_size = 4096; PRAGMA auto_vacuum = 2; PRAGMA journal_mode = WAL; PRAGMA user_version = 2;
    CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
    CREATE INDEX FilesDomainIdx ON Files(domain); CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
    CREATE INDEX FilesFlagsIdx ON Files(flags); CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB); BEGIN`);
  const insert = db.prepare("INSERT INTO Files VALUES (?, ?, ?, ?, ?)");
  for (const [f, mbFile] of rows)
    insert.run(fileIdFor(f.domain, f.path), f.domain, f.path, flags[f.kind ?? "file"], mbFile);
  db.exec("COMMIT");
  for (const statement of sql) db.exec(statement);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  for (const beside of ["-wal", "-shm"]) rmSync(`${file}${beside}`, { force: true });
}

/** Writes `root/UDID`. @returns that folder */
export function writeBackup(root: string, description: BackupDescription): string {
  const { udid = backupUdid, files, rounds = { first: 1_000, second: 10 }, keys = udid } = description;
  const password = description.password === undefined ? undefined : Buffer.from(description.password as string);
  const folder = join(root, udid);
  mkdirSync(folder, { recursive: true });
  const rows = files.map((file): [BackedUp, Buffer] => {
    const id = fileIdFor(file.domain, file.path);
    const key = password && (file.kind ?? "file") === "file" ? keyFor(keys, id) : undefined;
    const plain = file.bytes ?? new Uint8Array();
    const stored = (file.kind ?? "file") !== "file" ? null : (file.stored ?? (key ? encrypt(key, plain) : plain));
    if (stored && file.stored !== null) {
      mkdirSync(join(folder, id.slice(0, 2)), { recursive: true });
      writeFileSync(join(folder, id.slice(0, 2), id), stored);
    }
    return [file, archived(file, stored ?? undefined, { keys, key })];
  });
  const database = join(folder, "Manifest.db");
  rmSync(database, { force: true });
  writeManifest(database, rows, description.sql ?? []);
  if (password) encryptInPlace(database, keyFor(keys, "manifest"));
  writePlists(folder, description, password && { bag: keybagFor(keys, password, rounds), of: keys });
  return folder;
}

function encryptInPlace(file: string, key: Buffer): void {
  const plain = process.getBuiltinModule("node:fs").readFileSync(file);
  writeFileSync(file, encrypt(key, plain, false));
}

function writePlists(
  folder: string,
  description: BackupDescription,
  keys: { readonly bag: Buffer; readonly of: string } | undefined,
): void {
  const { udid = backupUdid, name = "Ada's iPhone", productType = "iPhone14,2", osVersion = "17.5.1" } = description;
  const { date = usualDate, snapshotState = "finished" } = description;
  const write = (file: string, value: Parameters<typeof binaryPlist>[0]): void =>
    writeFileSync(join(folder, file), binaryPlist(value));
  write("Status.plist", {
    ...{ BackupState: "new", Date: date, IsFullBackup: true, SnapshotState: snapshotState },
    ...{ UUID: "0F8FAD5B-D9CB-469F-A165-70867728950E", Version: "3.3" },
  });
  write("Manifest.plist", {
    ...{ Version: "10.0", Date: date, IsEncrypted: keys !== undefined, WasPasscodeSet: true },
    SystemDomainsVersion: "24.0",
    Applications: {},
    Lockdown: {
      ...{ DeviceName: name, ProductType: productType, ProductVersion: osVersion, UniqueDeviceID: udid },
      ...{ BuildVersion: "21F90", SerialNumber: "DNXTEST00000" },
    },
    // A clear backup has one too, locked by the phone's own key: of no use here.
    BackupKeyBag: keys ? keys.bag : keybagFor(udid, bytesOf("device key", 32), { first: 1, second: 1 }),
    ...(keys ? { ManifestKey: wrappedBy(keys.of, 4, keyFor(keys.of, "manifest")) } : {}),
  });
  write("Info.plist", {
    ...{ "Device Name": name, "Display Name": name, "Last Backup Date": date, "Product Type": productType },
    ...{ "Product Version": osVersion, "Target Identifier": udid, "Target Type": "Device" },
    ...{ "Unique Identifier": udid.toUpperCase(), GUID: "0123456789ABCDEF0123456789ABCDEF" },
  });
}
