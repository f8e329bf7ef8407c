/** Which way to phones a person asked for, as `--via` and the settings have it. */
import { UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type DeviceRoute, deviceRoutes, viaForms } from "./media-source.ts";

export interface Via {
  readonly route: DeviceRoute;
  /** Which folder, as it was typed. */
  readonly folder?: string;
}

const folderMark = "folder:";

/** "usbmux", "mtp", "adb", "folder:PATH". @throws {UsageError} for anything else */
export function parseVia(text: string): Via {
  if (text.startsWith(folderMark)) {
    const folder = text.slice(folderMark.length);
    if (folder.trim() !== "") return { route: "folder", folder };
    throw new UsageError("usage", "--via folder: names no folder: write --via folder:/media/me/CARD.");
  }
  const route = deviceRoutes.find((name) => name === text && name !== "folder");
  if (route) return { route };
  throw new UsageError("usage", `--via is one of ${viaForms.join(", ")}, not "${printable(text)}".`);
}
