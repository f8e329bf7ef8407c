/** A folder that was named, looked at: who it is, what it is a copy of, and its files. */
import { basename, dirname } from "node:path";
import type { DeviceInfo } from "../media-source.ts";
import { folderRefused } from "./folder-errors.ts";
import { FolderFiles } from "./folder-files.ts";
import { identifyFolder } from "./folder-identity.ts";
import { type FolderLayout, layoutOf } from "./folder-layout.ts";

/** A folder as it was found; it may be away again when it is used. */
export interface FoundFolder {
  /** As it was typed. */
  readonly named: string;
  readonly info: DeviceInfo;
  readonly files: Pick<FolderFiles, keyof FolderFiles>;
  readonly layout: FolderLayout;
  /** Of the folder itself; while both are the same nothing else was mounted in its place. */
  readonly fileSystem: bigint;
  readonly number: bigint;
}

/** @throws {DeviceError} `device-not-found`, `device-no-permission` */
export async function openFolder(named: string): Promise<FoundFolder> {
  try {
    const files = await FolderFiles.at(named);
    const names = await files.names("/");
    const { fileSystem, number } = await files.look("/");
    const layout = layoutOf(basename(files.root), names);
    // A card's DCIM is the card, whichever of the two was named.
    const whole = layout.prefix === "" ? files.root : dirname(files.root);
    const info: DeviceInfo = {
      ...(await identifyFolder(whole)),
      platform: "folder",
      noun: "folder",
      system: undefined,
      keepsPairing: false,
      folder: files.root,
      name: basename(whole) || files.root,
      model: layout.kind === "iphone" ? "Copy of an iPhone" : "Folder",
      productType: undefined,
      osVersion: undefined,
      // Its times are this computer's.
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      totalBytes: undefined,
      freeBytes: undefined,
      ...(await files.space()),
    };
    return { named, info, files, layout, fileSystem, number };
  } catch (error) {
    throw folderRefused(named, error);
  }
}
