/** Does a run go where it went before? A folder that is remembered and not what it was is asked about, or refused. */
import type { DeviceInfo } from "../device/media-source.ts";
import { AppError, DestinationError, toAppError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { assertRightPlace, type DestinationFolder, openPlace } from "../transfer/destination/index.ts";
import { type ExportSettings, rememberChoices } from "./export-choices.ts";
import { placesKnownTo } from "./remembered-places.ts";
import type { Session } from "./session.ts";
import { updateConfig } from "./settings/index.ts";
import { confirm } from "./voice.ts";

/**
 * @returns whether a new destination begins at a place that is remembered, because a person says so
 * @throws {DestinationError} `destination-not-there` where nobody says so
 */
export async function settlePlace(
  session: Session,
  flags: { readonly newDestination?: boolean; readonly dryRun?: boolean },
  folder: DestinationFolder,
): Promise<boolean> {
  if (flags.newDestination) return true;
  try {
    await assertRightPlace(folder, placesKnownTo(session.config, session.paths.dataFolder));
    return false;
  } catch (error) {
    if (!(error instanceof DestinationError) || !session.interactive || flags.dryRun) throw error;
    session.voice.complain(printable(error.message));
    if (await confirm(session.voice, `Begin a new destination in ${printable(folder.root)}?`, false)) return true;
    throw error;
  }
}

/**
 * Where this phone's backup goes from now on. The photos are copied: that this cannot be written is no failure.
 * @returns why it is not remembered, in words
 */
export async function rememberBackup(
  session: Session,
  device: DeviceInfo,
  folder: DestinationFolder,
): Promise<string | undefined> {
  const id = await openPlace(folder).metadata.readId();
  const known = session.config.backups?.[device.id];
  if (!id || (known?.path === folder.root && known.id === id)) return undefined;
  const entry = { path: folder.root, id, name: device.name };
  try {
    updateConfig(session.paths.configFile, (config) => ({
      ...config,
      backups: { ...config.backups, [device.id]: entry },
    }));
    return undefined;
  } catch (error) {
    return unrememberedWords(error);
  }
}

/** What was chosen for this phone, for its next sheet. @returns why it is not remembered, in words */
export function rememberSheet(session: Session, device: DeviceInfo, sheet: ExportSettings): string | undefined {
  try {
    rememberChoices(session.paths.configFile, device.id, sheet);
    return undefined;
  } catch (error) {
    const { message, remedy } = toAppError(error);
    return `What you chose is not remembered: ${printable(message).replace(/\.?$/, ".")} ${remedy}`;
  }
}

/** This destination is no longer anybody's backup, by the settings. */
export function forgetBackup(session: Session, id: string): void {
  if (!Object.values(session.config.backups ?? {}).some((b) => b.id === id)) return;
  updateConfig(session.paths.configFile, (config) => ({
    ...config,
    backups: Object.fromEntries(Object.entries(config.backups ?? {}).filter(([, b]) => b.id !== id)),
  }));
}

/**
 * The sentence for a place that could not be written down on this computer.
 * @param error whatever the disk said
 */
export function unrememberedWords(error: unknown): string {
  const why = error instanceof AppError ? error.message : ((error as NodeJS.ErrnoException).code ?? String(error));
  return `This place could not be remembered on this computer (${printable(why)}): name it again the next time, and look whether its disk is there.`;
}
