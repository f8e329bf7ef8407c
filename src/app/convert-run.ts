/** Copies in other forms of what a destination has, under its lock. */
import { DestinationError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { changeCatalog } from "../transfer/check/index.ts";
import { openPlace } from "../transfer/destination/index.ts";
import { type ApartPlace, type FormsMade, type MakingProgress, makeForms } from "../transfer/extras/index.ts";
import { claimApart } from "../transfer/index.ts";
import { treeOf } from "./copies-tree.ts";
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
  const { clock, pid, signal, cwd } = session.context;
  const { copiesTo: named, ...choices } = wishes.choices;
  const { folder, catalog } = await openFolder(session, wishes.path).catch((error: unknown) => {
    throw notOurs(error, wishes.path);
  });
  catalog[Symbol.dispose]();
  const tree = await treeOf(named, folder, cwd);
  const forms = formsOf({ ...choices, ...(tree.within === undefined ? {} : { copiesTo: tree.within }) });
  const change = { clock, pid, dataFolder: session.paths.dataFolder, signal, breakLock: wishes.breakLock };
  wishes.onPlace?.(tree.apart?.root ?? folder.root);
  return await changeCatalog(folder, change, async (own) => {
    await using destination = openPlace(folder).destination(folder.id);
    const options = { signal, ...(wishes.onProgress ? { onProgress: wishes.onProgress } : {}) };
    const make = async (apart?: ApartPlace): Promise<FormsMade> => {
      const made = await makeForms({ destination, catalog: own, apart }, forms, options);
      // What a stop left half-written.
      await (apart?.destination ?? destination).sweep(() => false).catch(() => {});
      return made;
    };
    if (!tree.apart) return { root: folder.root, ...(await make()) };
    await using apart = await claimApart(tree.apart, folder.id ?? "", {
      ...change,
      wait: false,
      breakStale: change.breakLock,
    });
    apart.begin();
    return { root: folder.root, ...(await make(apart)) };
  });
}

/** Of a folder that nothing was copied to: what `convert` is for, and how other pictures get their copies. */
function notOurs(error: unknown, path: string): unknown {
  const isIt = error instanceof DestinationError && error.code === "nothing-here";
  if (!isIt || error.message.endsWith("does not exist.") || !error.message.includes("holds no photos")) return error;
  return new DestinationError("nothing-here", `${error.message} Nothing was converted or changed there.`, {
    remedy: `\`convert\` is for folders that offroll filled. Pictures of another origin are copied first: OFFROLL_VIA=folder:${printable(path)} offroll export OTHER-FOLDER --jpeg`,
  });
}
