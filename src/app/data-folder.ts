/** Which folder a phone's data go to, where nobody says it: that of the last time, remembered for each phone. */
import { join } from "node:path";
import { printable } from "../shared/text.ts";
import { inspectDestination } from "../transfer/destination/index.ts";
import type { Session } from "./session.ts";
import { updateConfig } from "./settings/index.ts";

/** A folder that is proposed. */
export interface ProposedFolder {
  readonly to: string;
  /** It is that of the last time, and not there now. */
  readonly isGone: boolean;
}

/** @param device whose data; undefined where the backup does not say it */
export async function proposedDataFolder(
  { config, context }: Session,
  device: { readonly id: string | undefined; readonly name: string },
): Promise<ProposedFolder> {
  const last = device.id === undefined ? undefined : config.dataExports?.[device.id]?.to;
  if (last !== undefined) return { to: last, isGone: !(await isThere(last, context.cwd)) };
  const name = device.name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  return { to: join(context.home, name === "" ? "phone-data" : `phone-data-${name.slice(0, 60)}`), isGone: false };
}

async function isThere(folder: string, cwd: string): Promise<boolean> {
  try {
    return (await inspectDestination(folder, cwd)).isThere;
  } catch {
    return false;
  }
}

/** For the next time, on the screen, in questions and on the command line. Settings that cannot be written cost the memory and no export. */
export function rememberDataFolder({ paths, voice }: Session, device: string | undefined, to: string): void {
  if (device === undefined) return;
  try {
    updateConfig(paths.configFile, (config) => ({
      ...config,
      dataExports: { ...config.dataExports, [device]: { to } },
    }));
  } catch (error) {
    voice.complain(`The folder is not remembered: ${printable((error as Error).message)}`);
  }
}
