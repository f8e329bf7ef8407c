/** Copies in other forms of what a destination has, under its lock. */
import { isAbsolute, relative } from "node:path";
import { DestinationError, UsageError } from "../shared/errors.ts";
import { printable } from "../shared/text.ts";
import { type ChangeOptions, changeCatalog } from "../transfer/check/index.ts";
import { type DestinationFolder, inspectDestination, openPlace } from "../transfer/destination/index.ts";
import { type ApartPlace, type FormsMade, type MakingProgress, makeForms } from "../transfer/extras/index.ts";
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
    const made = tree.apart ? await inFolder(tree.apart, change, { of: folder.id ?? "", make }) : await make();
    return { root: folder.root, ...made };
  });
}

/** A tree of copies, by its name in the destination or by the path of any folder. */
interface Tree {
  readonly within?: string | undefined;
  readonly apart?: DestinationFolder;
}

async function treeOf(named: string | undefined, folder: DestinationFolder, cwd: string): Promise<Tree> {
  if (named === undefined || !isAbsolute(named)) return { within: named };
  const apart = await inspectDestination(named, cwd);
  const below = relative(folder.root, apart.root);
  if (below !== "" && isBelow(below)) return { within: below };
  if (isBelow(relative(apart.root, folder.root)))
    throw new UsageError(
      "usage",
      `The photos lie in ${printable(apart.root)}: copies of them need a folder of their own.`,
      {
        remedy: "Name another folder, or one in the destination: --jpeg-to JPEG",
      },
    );
  return { apart };
}

function isBelow(path: string): boolean {
  return !/^\.\.(?:[/\\]|$)/.test(path) && !isAbsolute(path);
}

/** Of a folder that nothing was copied to: what `convert` is for, and how other pictures get their copies. */
function notOurs(error: unknown, path: string): unknown {
  const isIt = error instanceof DestinationError && error.code === "nothing-here";
  if (!isIt || error.message.endsWith("does not exist.") || !error.message.includes("holds no photos")) return error;
  return new DestinationError("nothing-here", `${error.message} Nothing was converted or changed there.`, {
    remedy: `\`convert\` is for folders that offroll filled. Pictures of another origin are copied first: OFFROLL_VIA=folder:${printable(path)} offroll export OTHER-FOLDER --jpeg`,
  });
}

interface MadeThere {
  readonly of: string;
  make(apart: ApartPlace): Promise<FormsMade>;
}

/** @throws {UsageError} where photos of another phone are backed up: copies would lie among them */
async function inFolder(apart: DestinationFolder, change: ChangeOptions, { of, make }: MadeThere): Promise<FormsMade> {
  const { lock, id } = await openPlace(apart).claim({ ...change, wait: false, breakStale: change.breakLock });
  lock[Symbol.dispose]();
  const claimed = { ...apart, isThere: true, isNew: false, id };
  return await changeCatalog(claimed, change, async (catalog) => {
    if (!catalog.items.eachRow({ state: "done" })[Symbol.iterator]().next().done)
      throw new UsageError(
        "usage",
        `${printable(apart.root)} holds photos that offroll copied; their copies would lie among them.`,
        {
          remedy: "Name another folder after --jpeg-to.",
        },
      );
    await using destination = openPlace(claimed).destination(id);
    return await make({ destination, catalog, of });
  });
}
