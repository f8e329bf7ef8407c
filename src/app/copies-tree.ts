/** Where a tree of copies in other forms lies: in the photos' destination, or in a folder of its own anywhere. */
import { isAbsolute } from "node:path";
import { UsageError } from "../shared/errors.ts";
import { wayInside } from "../shared/inside.ts";
import { printable } from "../shared/text.ts";
import { type DestinationFolder, inspectDestination } from "../transfer/destination/index.ts";

/** A tree of copies, by its name in the destination or as a folder elsewhere; neither where they lie beside their photos. */
export interface CopiesTree {
  readonly within?: string | undefined;
  readonly apart?: DestinationFolder;
}

/** @param named as it was typed: a name in the destination, or a whole path @throws {UsageError}; {DestinationError} */
export async function treeOf(named: string | undefined, folder: DestinationFolder, cwd: string): Promise<CopiesTree> {
  if (named === undefined || !isAbsolute(named)) return { within: named };
  const apart = await inspectDestination(named, cwd);
  const within = wayInside(folder.root, apart.root);
  if (within) return { within };
  if (wayInside(apart.root, folder.root) !== undefined)
    throw new UsageError(
      "usage",
      `The photos lie in ${printable(apart.root)}: copies of them need a folder of their own.`,
      { remedy: "Name another folder, or one in the destination: --jpeg-to JPEG" },
    );
  return { apart };
}
