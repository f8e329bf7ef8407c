/** Copies in other forms of what a destination has, under its lock. */
import { changeCatalog } from "../transfer/check/index.ts";
import { openPlace } from "../transfer/destination/index.ts";
import { type FormsMade, type MakingProgress, makeForms } from "../transfer/extras/index.ts";
import { type ChosenForms, formsOf } from "./copy-forms.ts";
import { openFolder } from "./destination-folder.ts";
import type { Session } from "./session.ts";

export interface ConvertWishes {
  /** As a person wrote it. */
  readonly path: string;
  readonly choices: ChosenForms;
  readonly breakLock?: ((lock: string) => boolean | Promise<boolean>) | undefined;
  readonly onPlace?: (root: string) => void;
  readonly onProgress?: (progress: MakingProgress) => void;
}

/** @throws {DestinationError} where nothing of ours is, where it is locked, when the disk refuses; {UsageError}; {CancelledError} */
export async function convertFolder(
  session: Session,
  wishes: ConvertWishes,
): Promise<FormsMade & { readonly root: string }> {
  const { clock, pid, signal } = session.context;
  const forms = formsOf(wishes.choices);
  const { folder, catalog } = await openFolder(session, wishes.path);
  catalog[Symbol.dispose]();
  wishes.onPlace?.(folder.root);
  const change = { clock, pid, dataFolder: session.paths.dataFolder, signal, breakLock: wishes.breakLock };
  return await changeCatalog(folder, change, async (own) => {
    await using destination = openPlace(folder).destination(folder.id);
    const { onProgress } = wishes;
    const made = await makeForms({ destination, catalog: own }, forms, {
      signal,
      ...(onProgress ? { onProgress } : {}),
    });
    // What a stop left half-written.
    await destination.sweep(() => false).catch(() => {});
    return { root: folder.root, ...made };
  });
}
