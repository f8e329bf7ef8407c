/** The backup of a whole iPhone in the place of phones at a cable: the one that was named. */
import { createHash } from "node:crypto";
import { type AbortOptions, unlessAborted } from "../../shared/abort.ts";
import type { Clock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { modelName } from "../apple/models.ts";
import { changesOf } from "../changes-of.ts";
import type { ConsentOptions, DeviceSummary, PhoneRoute, RouteChange } from "../device-route.ts";
import type { DeviceInfo, MediaSource } from "../media-source.ts";
import type { PhoneFiles, PhoneFilesDevice } from "../phone-files.ts";
import { backupGone } from "./backup-errors.ts";
import { BackupSource } from "./backup-source.ts";

/** What a backup tells without its password. */
export interface FoundBackup {
  readonly device: PhoneFilesDevice;
  /** Absolute. */
  readonly folder: string;
  /** Changes whenever its phone is backed up anew. */
  readonly stateId: string | undefined;
}

/** How backups are read: given by whoever knows their layout, which no route does. */
export interface BackupOpener {
  /** @param folder of the backup, or one that holds it. @throws {DeviceError}; {UsageError} where it holds several */
  look(folder: string, options: AbortOptions): Promise<FoundBackup>;
  /** Asks for its password where it has one. The caller disposes it. @throws {DeviceError} */
  open(folder: string, options: AbortOptions): Promise<PhoneFiles>;
}

/** Which backup, and how it is read. */
export interface BackupRouteOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly backups: BackupOpener;
}

/** Has one phone, the backup's. Nothing is asked of its owner but the password. */
export class BackupRoute implements PhoneRoute {
  readonly name = "backup";
  readonly #options: BackupRouteOptions;

  constructor(options: BackupRouteOptions) {
    this.#options = options;
  }

  async devices(options: AbortOptions = {}): Promise<DeviceSummary[]> {
    return [{ info: infoOf(await this.#look(options)), state: "ready", route: this.name }];
  }

  changes(options: AbortOptions = {}): AsyncGenerator<RouteChange, void, undefined> {
    return changesOf(() => this.#seen(), this.#options.clock, options);
  }

  /** Which one is there now, as a word to compare. */
  async #seen(): Promise<string> {
    try {
      const found = await this.#look({});
      return `${infoOf(found).id} ${found.stateId}`;
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  }

  async trust(_id: string, _options: ConsentOptions = {}): Promise<void> {}

  async open(id: string, options: AbortOptions = {}): Promise<MediaSource> {
    const { backups, clock } = this.#options;
    const found = await this.#look(options);
    const info = infoOf(found);
    if (info.id !== id) throw backupGone(found.folder);
    const files = await backups.open(found.folder, options);
    return new BackupSource({ info, files, clock, isThere: () => this.#isThere(found) });
  }

  /** The very state of the backup that was opened. */
  async #isThere({ folder, stateId }: FoundBackup): Promise<boolean> {
    try {
      const now = await this.#options.backups.look(folder, {});
      return now.stateId === stateId;
    } catch {
      return false;
    }
  }

  async #look(options: AbortOptions): Promise<FoundBackup> {
    return await unlessAborted(this.#options.backups.look(this.#options.folder, options), options.signal);
  }
}

function infoOf({ device, folder }: FoundBackup): DeviceInfo {
  const { id, name, productType, osVersion } = device;
  return {
    // The same phone as at the cable: what was copied from it there is not copied again.
    id: id ?? `backup-${createHash("sha256").update(folder).digest("hex").slice(0, 24)}`,
    hasSerial: id !== undefined,
    platform: "ios",
    noun: "backup",
    system: productType?.startsWith("iPad") ? "iPadOS" : "iOS",
    keepsPairing: false,
    folder,
    name: name || "iPhone",
    model: modelName(productType, undefined),
    productType,
    osVersion,
    // A backup does not say where its phone believed to be.
    timeZone: undefined,
    totalBytes: undefined,
    freeBytes: undefined,
  };
}
