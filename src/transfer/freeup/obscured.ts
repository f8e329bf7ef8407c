/** Places on the phone that could not be looked at, and the photos that may have a further part there. */
import { posix } from "node:path";
import type { UnreadableEntry } from "../../device/media-source.ts";
import type { RollItem } from "../../library/roll.ts";
import { splitName } from "../../media/kinds.ts";

/** Where the phone keeps edits, in folders named after their photos. */
const edits = "/PhotoData/Mutations";

/** Parts of a photo lie beside it under its stem, in its folder, and where edits are kept. */
export function isObscuredBy(
  unreadable: readonly Pick<UnreadableEntry, "path">[],
): (photo: Pick<RollItem, "parts">) => boolean {
  if (unreadable.length === 0) return () => false;
  const paths = new Set(unreadable.map(({ path }) => path));
  // A file that is refused is known by its stem, a folder of edits by anything within.
  const stems = new Set(unreadable.flatMap(({ path }) => [stemOf(path), ...foldersAbove(path)]));
  return ({ parts }) =>
    parts.some(({ item }) => {
      const stem = stemOf(item.path);
      if (stems.has(stem) || stems.has(edits + stem)) return true;
      return [stem, edits + stem].some((at) => foldersAbove(at).some((folder) => paths.has(folder)));
    });
}

function stemOf(path: string): string {
  return posix.join(posix.dirname(path), splitName(posix.basename(path)).stem);
}

/** With the path itself, without the root. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path; at !== "/" && at !== "."; at = posix.dirname(at)) folders.push(at);
  return folders;
}
