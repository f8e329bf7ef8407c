/** The plain files of a place. One odd entry costs that entry: links, pipes and what may not be read are passed over. */
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Destination, ListedName } from "./destination.ts";
import { metadataFolder } from "./metadata-folder.ts";

/** What systems keep at the root of a disk; nothing there is anybody's photo, and a deleted one is meant to be deleted. */
const systemFolders =
  /^(lost\+found|System Volume Information|\$RECYCLE\.BIN|RECYCLER|FOUND\.\d{3}|\.Trash(es|-\d+)?|\.Spotlight-V100|\.fseventsd|\.DocumentRevisions-V100|\.TemporaryItems|\.MobileBackups)$/i;

/** Whether it is a system's own folder, or ours. @param path below the root */
export function isNobodysPhotos(path: string): boolean {
  return path === metadataFolder || systemFolders.test(path);
}

/**
 * Paths below the root, folder by folder, without our own folder and the system's.
 * @param onUnreadable told of each folder that could not be looked into
 */
export async function* filesIn(
  destination: Pick<Destination, "list">,
  onUnreadable: (folder: string) => void = () => {},
  options: AbortOptions = {},
  folder = "",
): AsyncGenerator<string, void, undefined> {
  throwIfAborted(options.signal);
  let entries: readonly ListedName[];
  try {
    entries = await destination.list(folder);
  } catch {
    onUnreadable(folder === "" ? "." : folder);
    return;
  }
  for (const { name, type } of entries) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (path === metadataFolder) continue;
    if (type === "file") yield path;
    else if (type === "folder" && isNobodysPhotos(path)) await destination.list(path).catch(() => onUnreadable(path));
    else if (type === "folder") yield* filesIn(destination, onUnreadable, options, path);
  }
}
