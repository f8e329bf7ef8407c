/** Which way to phones a person asked for, as `--via` and the settings have it. */
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type DeviceRoute, deviceRoutes, viaForms } from "./media-source.ts";

export interface Via {
  readonly route: DeviceRoute;
  /** Which folder or backup, as it was typed. */
  readonly folder?: string;
}

/** Ways that lead to a folder of this computer, with what is said where none is named. */
const toFolders = {
  folder: "--via folder: names no folder: write --via folder:/media/me/CARD.",
  backup: "--via backup: names no backup: write --via backup:/mnt/disk/phones.",
} as const;

/** "usbmux", "mtp", "adb", "folder:PATH", "backup:PATH". @throws {UsageError} for anything else */
export function parseVia(text: string): Via {
  for (const route of ["folder", "backup"] as const) {
    if (!text.startsWith(`${route}:`)) continue;
    const folder = text.slice(route.length + 1);
    if (folder.trim() !== "") return { route, folder };
    throw new UsageError("usage", toFolders[route]);
  }
  const route = deviceRoutes.find((name) => name === text && !(name in toFolders));
  if (route) return { route };
  throw new UsageError("usage", `--via is one of ${viaForms.join(", ")}, not "${printable(text)}".`);
}
