/** The plain files below a folder. One odd entry costs that entry: links, pipes and what may not be read are passed over. */
import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { metadataFolder } from "./local/destination-id.ts";

/** What systems keep at the root of a disk; nothing there is anybody's photo, and a deleted one is meant to be deleted. */
export const systemFolders =
  /^(lost\+found|System Volume Information|\$RECYCLE\.BIN|RECYCLER|FOUND\.\d{3}|\.Trash(es|-\d+)?|\.Spotlight-V100|\.fseventsd|\.DocumentRevisions-V100|\.TemporaryItems|\.MobileBackups)$/i;

/**
 * Paths below the root, `/`-separated, without our own folder and the system's. Folders that are links are not entered.
 * @param onUnreadable told of each folder that could not be looked into
 */
export function* filesBelow(
  root: string,
  onUnreadable: (folder: string) => void = () => {},
): Generator<string, void, undefined> {
  yield* below(root, "", onUnreadable);
}

function* below(
  root: string,
  folder: string,
  onUnreadable: (folder: string) => void,
): Generator<string, void, undefined> {
  let entries: ReturnType<typeof entriesOf>;
  try {
    entries = entriesOf(posix.join(root, folder));
  } catch {
    onUnreadable(folder === "" ? "." : folder);
    return;
  }
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (path === metadataFolder) continue;
    if (entry.isFile()) yield path;
    else if (!entry.isDirectory()) continue;
    else if (folder === "" && systemFolders.test(path)) {
      if (!canRead(posix.join(root, path))) onUnreadable(path);
    } else yield* below(root, path, onUnreadable);
  }
}

function entriesOf(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}

function canRead(folder: string): boolean {
  try {
    entriesOf(folder);
    return true;
  } catch {
    return false;
  }
}
