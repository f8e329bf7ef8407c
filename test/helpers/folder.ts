/** A described phone written into a folder of this computer, as a card or an old copy has it, and a hub that looks there. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DeviceHub, type DeviceHubOptions } from "../../src/device/index.ts";
import type { MediaSource } from "../../src/device/media-source.ts";
import { buildTree, type FileDescription, findNode } from "../../src/device/mock/described-phone.ts";
import { describedPhone, truth } from "./mock.ts";

export interface FolderSetup extends AsyncDisposable {
  /** What is named. */
  readonly folder: string;
  /** Every described file's bytes, by path. */
  readonly truth: ReadonlyMap<string, Buffer>;
  hubWith(options?: Partial<DeviceHubOptions>): DeviceHub;
  open(options?: Partial<DeviceHubOptions>): Promise<MediaSource>;
}

/** @param within what of the tree is named: "" for all of it, "/DCIM" */
export async function startFolder(files: readonly FileDescription[], within = ""): Promise<FolderSetup> {
  const home = await mkdtemp(join(tmpdir(), "offroll-folder-"));
  const root = join(home, "EOS_DIGITAL");
  const bytes = await writeTree(root, files);
  return folderSetup(home, `${root}${within}`, bytes);
}

/** @param baseFolder where described files lie that have their bytes on this disk */
export async function writeTree(
  root: string,
  files: readonly FileDescription[],
  baseFolder = ".",
): Promise<Map<string, Buffer>> {
  const tree = await buildTree(describedPhone({ files }), baseFolder, []);
  const bytes = new Map<string, Buffer>();
  await mkdir(root, { recursive: true });
  for (const { path, modified } of files) {
    const content = await truth({ node: (wanted) => findNode(tree, wanted) }, path);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    await utimes(join(root, path), new Date(modified), new Date(modified));
    bytes.set(path, content);
  }
  return bytes;
}

export function folderSetup(home: string, folder: string, bytes: ReadonlyMap<string, Buffer>): FolderSetup {
  const hubWith = (over: Partial<DeviceHubOptions> = {}): DeviceHub =>
    new DeviceHub({
      via: `folder:${folder}`,
      recordFolder: "/nonexistent",
      hostName: "test-host",
      platform: "linux",
      ...over,
    });
  return {
    folder,
    truth: bytes,
    hubWith,
    async open(over = {}) {
      const hub = hubWith(over);
      return await hub.open((await hub.find(undefined)).info);
    },
    async [Symbol.asyncDispose]() {
      await rm(home, { recursive: true, force: true });
    },
  };
}
