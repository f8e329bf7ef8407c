/** Which files of a photo are converted, and what their copies are called. */
import { posix } from "node:path";
import type { RollRole } from "../../library/roll.ts";
import { fileKind, splitName } from "../../media/kinds.ts";
import { foldName } from "../../shared/safe-name.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Destination } from "../destination/destination.ts";
import { hiddenFolder } from "../plan/plan.ts";
import type { PhotoFile } from "./stored-files.ts";

/** Files that a picture program opens. The movie of a Live Photo belongs to its still, and stays as it is. */
const ownRoles: ReadonlySet<RollRole> = new Set(["original", "raw", "edit"]);
const heif = /\.(?:heic|heif|hif|avif)$/i;
const movie = /\.(?:mov|qt)$/i;

/** HEIC and AVIF; and of a photo that has no picture beside its RAW file, that one, if it is asked for. */
export function pictures(photo: readonly PhotoFile[], withRaw: boolean): string[] {
  const own = photo.filter(({ role }) => ownRoles.has(role));
  const hasPicture = own.some(({ target }) => fileKind(target) === "photo");
  return own
    .map(({ target }) => target)
    .filter((target) => heif.test(target) || (withRaw && !hasPicture && fileKind(target) === "raw"));
}

/** Movies that are photos of their own. */
export function movies(photo: readonly PhotoFile[]): string[] {
  return photo.flatMap(({ role, target }) => (ownRoles.has(role) && movie.test(target) ? [target] : []));
}

/**
 * Whether a copy of it may lie in a tree of copies: that is for a television, or for others to look at, and photos that are hidden on the
 * phone are not.
 */
export function isForTrees(target: string): boolean {
  return !target.startsWith(`${hiddenFolder}/`);
}

/** A name for a copy. */
export interface CopyName {
  readonly target: string;
  /**
   * Tried where a file of unknown origin has the name and is not what would be written: a copy of ours that was named and not noted
   * any more would be just that.
   */
  readonly otherwise?: string;
}

/** What names are wanted for. */
interface NamedCopies {
  readonly maker: { readonly name: string };
  readonly extension: string;
  /** Of the tree; undefined for beside the photo. */
  readonly folder: string | undefined;
}

/** Names for copies, beside their photos or in a tree of their own. A folder is listed once. */
export class CopyNames {
  readonly #destination: Destination;
  readonly #catalog: Pick<Catalog, "items" | "made">;
  /** By folder: what is there, in whatever case, and what was given out since. */
  readonly #taken = new Map<string, Map<string, string>>();

  readonly #reserved: ReadonlyMap<string, readonly string[]>;

  /** @param reserved paths of files that will come */
  constructor(
    { destination, catalog }: { destination: Destination; catalog: Pick<Catalog, "items" | "made"> },
    reserved: Iterable<string> = [],
  ) {
    this.#destination = destination;
    this.#catalog = catalog;
    this.#reserved = Map.groupBy(reserved, (path) => posix.dirname(path));
  }

  readonly #given = new Set<string>();

  /** @param known what the catalog calls the source */
  async of(source: string, known: string, { maker, extension, folder }: NamedCopies): Promise<CopyName> {
    const dir = posix.join(folder ?? "", posix.dirname(source));
    const before = this.#catalog.made.of(known).find((f) => f.maker === maker.name && posix.dirname(f.target) === dir);
    if (before) return { target: before.target };
    const { stem, extension: own } = splitName(posix.basename(source));
    const [plain, marked] = [`${stem}.${extension}`, `${stem}_${own.toLowerCase()}.${extension}`];
    const taken = await this.#namesIn(dir);
    const holder = taken.get(foldName(plain));
    const at = posix.join(dir, holder === undefined ? plain : marked);
    taken.set(foldName(posix.basename(at)), posix.basename(at));
    const isOfNobody = holder === plain && !this.#isKnown(posix.join(dir, plain));
    this.#given.add(at);
    if (!isOfNobody) return { target: at };
    return { target: posix.join(dir, plain), otherwise: at };
  }

  #isKnown(target: string): boolean {
    return (
      this.#given.has(target) ||
      this.#catalog.items.atTarget(target) !== undefined ||
      this.#catalog.made.find(target) !== undefined
    );
  }

  async #namesIn(folder: string): Promise<Map<string, string>> {
    const known = this.#taken.get(folder);
    if (known) return known;
    const names = await this.#destination.list(folder === "." ? "" : folder);
    const coming = this.#reserved.get(folder)?.map((path) => posix.basename(path)) ?? [];
    const taken = new Map([...names.map(({ name }) => name), ...coming].map((name) => [foldName(name), name]));
    this.#taken.set(folder, taken);
    return taken;
  }
}
