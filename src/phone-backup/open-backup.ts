/** Opens a backup: its keys, where it is encrypted, then its manifest. */
import { createHash } from "node:crypto";
import type { AbortOptions } from "../shared/abort.ts";
import type { Clock } from "../shared/clock.ts";
import { DeviceError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { BackupFiles } from "./backup-files.ts";
import { damagedBackup } from "./errors.ts";
import { type ClassKeys, Keybag, KeybagError } from "./keybag.ts";
import { assertReadable, type BackupFolder } from "./layout.ts";
import type { PrivateFolder } from "./open-manifest.ts";
import { openEncryptedManifest, openPlainManifest } from "./open-manifest.ts";

/** How an encrypted backup is opened. */
export interface OpenBackupOptions extends AbortOptions {
  /**
   * Asked once, for an encrypted one alone: the bytes as they were typed. They are kept nowhere, and filled with zeros afterwards.
   * Absent where nobody can say it.
   */
  readonly password?: ((backup: BackupFolder) => Promise<Uint8Array | undefined>) | undefined;
  readonly privately: PrivateFolder;
  /** Keys of keybags that were opened before: where they are there, nothing is asked and nothing derived. In memory alone. */
  readonly keyring?: Keyring | undefined;
  readonly clock?: Clock;
  /** As of `DeriveOptions`: it takes seconds. */
  readonly onUnlocking?: ((share: number, leftMs: number) => void) | undefined;
}

/** Opened keybags, by what they are. */
export type Keyring = Map<string, ClassKeys>;

/**
 * One derivation for each opening of a keybag that is not in the keyring. The caller disposes it.
 * @throws {DeviceError} `phone-backup-password`, `phone-backup-password-wrong`, `phone-backup-damaged`, `phone-backup-too-old`,
 *   `phone-backup-unfinished`
 */
export async function openBackup(backup: BackupFolder, options: OpenBackupOptions): Promise<BackupFiles> {
  assertReadable(backup);
  if (!backup.isEncrypted) return new BackupFiles(backup, await openPlainManifest(backup.folder, options), undefined);
  const keys = await unlock(backup, options);
  const manifestKey = keyed(backup, () => keys.keyOf(backup.manifestKey ?? new Uint8Array()));
  const manifest = await openEncryptedManifest(backup.folder, manifestKey, options.privately, options);
  return new BackupFiles(backup, manifest, keys);
}

async function unlock(backup: BackupFolder, options: OpenBackupOptions): Promise<ClassKeys> {
  const { signal, clock, onUnlocking } = options;
  const bag = backup.keybag ?? new Uint8Array();
  const name = createHash("sha256").update(bag).digest("hex");
  const known = options.keyring?.get(name);
  if (known) return known;
  const keybag = keyed(backup, () => Keybag.parse(bag));
  const password = await options.password?.(backup);
  const where = printable(backup.folder);
  if (!password) throw new DeviceError("phone-backup-password", `The backup in ${where} is encrypted.`);
  try {
    const keys = await keybag.unlock(password, {
      ...(signal && { signal }),
      ...(clock && { clock }),
      ...(onUnlocking && { onProgress: onUnlocking }),
    });
    if (keys) {
      options.keyring?.set(name, keys);
      return keys;
    }
    throw new DeviceError("phone-backup-password-wrong", `The password does not open the backup in ${where}.`);
  } catch (error) {
    throw asDamage(backup, error);
  } finally {
    password.fill(0);
  }
}

function keyed<T>(backup: BackupFolder, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asDamage(backup, error);
  }
}

function asDamage(backup: BackupFolder, error: unknown): unknown {
  return error instanceof KeybagError ? damagedBackup(backup.folder, error.message, error) : error;
}
