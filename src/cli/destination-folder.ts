/** Folders with a catalog, as the commands about them find them. */
import { resolve } from "node:path";
import { DestinationError } from "../shared/errors.ts";
import { Catalog, type DestinationFolder, inspectDestination } from "../transfer/index.ts";
import type { CliContext } from "./context.ts";
import type { Session } from "./session.ts";

/** The folder that is meant, with its catalog. @throws {DestinationError} `nothing-here` */
export function openFolder(context: CliContext, path: string): { folder: DestinationFolder; catalog: Catalog } {
  const folder = inspectDestination(path, context.cwd);
  const catalog = Catalog.open(folder.metadata, { create: false, readOnly: true });
  if (!catalog) throw new DestinationError("nothing-here", `${folder.root} holds no photos copied by offroll.`);
  return { folder, catalog };
}

/** The folder named, or every remembered backup that is there now. */
export function foldersOf(
  session: Session,
  path: string | undefined,
): { folder: DestinationFolder; catalog: Catalog }[] {
  if (path !== undefined) return [openFolder(session.context, path)];
  const paths = [...new Set(Object.values(session.config.backups ?? {}).map((b) => b.path))];
  const found = paths.flatMap((p) => {
    try {
      return [openFolder(session.context, resolve(p))];
    } catch (error) {
      session.output.say(`${p}: ${(error as Error).message}`);
      return [];
    }
  });
  if (found.length === 0)
    throw new DestinationError("nothing-here", "No backup is known on this computer, or its disk is not plugged in.", {
      remedy: "Name the folder, or run `offroll backup DIR` first.",
    });
  return found;
}
