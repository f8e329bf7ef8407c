/** Opens a backup's manifest: as it lies there, or decrypted to a private file of this computer that goes when it is closed. */
import { randomBytes } from "node:crypto";
import { constants, lstatSync, readdirSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { makeFolders } from "../shared/make-folders.ts";
import { isProcessGone } from "../shared/process.ts";
import { damagedBackup } from "./errors.ts";
import { backupFiles } from "./layout.ts";
import { Manifest } from "./manifest.ts";
import { decipherFor } from "./stored-file.ts";

/** Where what was decrypted lies meanwhile. */
export interface PrivateFolder {
  /** Of this computer, made for its owner alone; on a disk with room for the manifest, which may have a gigabyte. */
  readonly folder: string;
  readonly pid: number;
}

const pageHeaderBytes = 100;
const chunkBytes = 1024 * 1024;
const magic = "SQLite format 3\0";
const ours = /^manifest-(\d+)-[0-9a-f]{16}\.db(?:-\w+)?$/;

/** @throws {DeviceError} `phone-backup-damaged` */
export async function openPlainManifest(folder: string, options: AbortOptions = {}): Promise<Manifest> {
  const file = join(folder, backupFiles.database);
  if (!lstatSync(file).isFile()) throw damagedBackup(folder, "its Manifest.db is no plain file");
  const manifest = new Manifest(file, folder);
  await manifest.assertIsOne(options);
  return manifest;
}

/** @param key of Manifest.db. @throws {DeviceError} `phone-backup-damaged`; what the disk of `privately.folder` refuses */
export async function openEncryptedManifest(
  folder: string,
  key: Uint8Array,
  privately: PrivateFolder,
  options: AbortOptions = {},
): Promise<Manifest> {
  await makeFolders(privately.folder, 0o700);
  sweep(privately.folder);
  const file = join(privately.folder, `manifest-${privately.pid}-${randomBytes(8).toString("hex")}.db`);
  try {
    await decryptManifest(folder, key, file, options);
    const manifest = new Manifest(file, folder, async () => await rm(file, { force: true }));
    await manifest.assertIsOne(options);
    return manifest;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** What a run that was killed left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = ours.exec(name)?.[1];
    if (pid !== undefined && isProcessGone(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

async function decryptManifest(folder: string, key: Uint8Array, to: string, options: AbortOptions): Promise<void> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  await using from = await open(join(folder, backupFiles.database), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stat = await from.stat();
  if (!stat.isFile()) throw damagedBackup(folder, "its Manifest.db is no plain file");
  if (stat.size % 16 !== 0) throw damagedBackup(folder, `its Manifest.db was cut: it has ${stat.size} bytes`);
  await using out = await open(to, "wx", 0o600);
  const decipher = decipherFor(key);
  let end: number | undefined;
  for (let at = 0; at < stat.size; ) {
    throwIfAborted(options.signal);
    const bytes = Buffer.allocUnsafe(Math.min(chunkBytes, stat.size - at));
    const { bytesRead } = await from.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) throw damagedBackup(folder, "its Manifest.db was cut while it was read");
    const plain = decipher.update(bytes.subarray(0, bytesRead));
    end ??= databaseBytes(folder, plain, stat.size);
    const slice = plain.subarray(0, Math.max(0, end - at));
    if (slice.length > 0) await out.write(slice, 0, slice.length, at);
    at += bytesRead;
  }
}

/** What is behind the last page is padding. Source: sqlite.org/fileformat2.html, 1.3. */
function databaseBytes(folder: string, head: Buffer, size: number): number {
  if (head.length < pageHeaderBytes || head.toString("latin1", 0, magic.length) !== magic)
    throw damagedBackup(
      folder,
      "its Manifest.db does not open with its key: it belongs to another backup, or was damaged",
    );
  const declared = head.readUInt16BE(16);
  const bytes = (declared === 1 ? 65_536 : declared) * head.readUInt32BE(28);
  if (bytes === 0) return size;
  if (bytes > size) throw damagedBackup(folder, `its Manifest.db was cut: ${size} of ${bytes} bytes are there`);
  return bytes;
}
