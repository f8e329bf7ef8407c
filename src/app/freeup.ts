/** The places whose copies of a phone's photos are counted, as a person names them, and what a person keeps whatever is proven. */
import type { CameraRoll, RollItem } from "../library/roll.ts";
import { DestinationError, UsageError } from "../shared/errors.ts";
import { type CopyRow, readCatalog } from "../transfer/catalog/index.ts";
import { findCopy, type IdentifiedFolder, knownCopies } from "../transfer/copies/index.ts";
import { type DestinationFolder, openPlace } from "../transfer/destination/index.ts";
import type { FoundProofPlace } from "../transfer/freeup/index.ts";
import { assertAnswerable, Selection, type SelectionOptions } from "../transfer/plan/index.ts";
import { lookAtPlaces, openFolder } from "./destination-folder.ts";
import type { Session } from "./session.ts";

/** Where this phone's photos are, as far as it can be looked at now. */
export interface PlacesOfPhone {
  readonly found: readonly FoundProofPlace[];
  /** Places that are known and away: what they hold counts for nothing now. */
  readonly away: readonly { readonly name: string | undefined; readonly path: string }[];
  /** Where lists are kept: the phone's own backup, or the first of them. */
  readonly home: IdentifiedFolder;
}

/**
 * With a folder: that destination and its copies. Without: every place that this computer remembers.
 * @param ownDisks names of copies, or paths of destinations, that a person says to be on disks of their own
 * @throws {DestinationError} `nothing-here` where no place of this phone is there; {UsageError} for a name that none has
 */
export async function placesOfPhone(
  session: Session,
  {
    dir,
    device,
    ownDisks = [],
  }: { readonly dir: string | undefined; readonly device: string; readonly ownDisks?: readonly string[] | undefined },
): Promise<PlacesOfPhone> {
  const gathering = new Gathering(session, device);
  if (dir === undefined) await gathering.remembered();
  else await gathering.named(dir);
  const { found, away } = gathering;
  const home = found.find(({ folder }) => folder.id === session.config.backups?.[device]?.id) ?? found[0];
  if (!home)
    throw new DestinationError("nothing-here", nothingWords(away), {
      remedy: "Back the phone up first: offroll backup DIR. Two disks are needed: offroll copies add NAME PLACE.",
    });
  const said = new Set(ownDisks);
  const isNamed = ({ name, folder }: Omit<FoundProofPlace, "isSaidApart">): boolean =>
    said.has(name ?? "") || said.has(folder.root) || said.has(folder.typed);
  const all = [
    ...found.flatMap(({ name, folder }) => [name ?? "", folder.root, folder.typed]),
    ...away.flatMap((a) => [a.name ?? "", a.path]),
  ];
  const strange = ownDisks.find((name) => !all.includes(name));
  if (strange !== undefined)
    throw new UsageError("usage", `--own-disk "${strange}" is neither a copy nor a backup that is known here.`, {
      remedy: `There are: ${found.map(({ name, folder }) => name ?? folder.root).join(", ")}.`,
    });
  return { found: found.map((place) => ({ ...place, isSaidApart: isNamed(place) })), away, home: home.folder };
}

function nothingWords(away: PlacesOfPhone["away"]): string {
  if (away.length === 0) return "No backup of this phone is known on this computer.";
  return `No disk with a backup of this phone is there: ${away.map(({ path }) => path).join(", ")} ${away.length === 1 ? "is" : "are"} away.`;
}

class Gathering {
  readonly found: Omit<FoundProofPlace, "isSaidApart">[] = [];
  readonly away: { name: string | undefined; path: string }[] = [];
  readonly #session: Session;
  readonly #device: string;
  readonly #seen = new Set<string>();

  constructor(session: Session, device: string) {
    this.#session = session;
    this.#device = device;
  }

  async named(dir: string): Promise<void> {
    const { folder, catalog } = await openFolder(this.#session, dir);
    using _catalog = catalog;
    await this.#take(folder, undefined);
    await this.#copies(catalog.copies.all());
  }

  async remembered(): Promise<void> {
    const { dataFolder } = this.#session.paths;
    const copies = knownCopies(dataFolder);
    const names = new Map(copies.map((copy) => [copy.id, copy.name]));
    for (const { id, path, known, look } of await lookAtPlaces(this.#session)) {
      if (known?.replaced) continue;
      if (look.state === "there") await this.#take(look.folder, names.get(id));
      // Only of this phone's places it matters that they are away.
      else if (known?.phones.some((phone) => phone.device === this.#device)) this.#isAway(id, names.get(id), path);
    }
    await this.#copies(copies);
  }

  async #copies(copies: readonly Pick<CopyRow, "id" | "name" | "path">[]): Promise<void> {
    for (const copy of copies) {
      if (this.#seen.has(copy.id)) continue;
      const there = await findCopy(copy, this.#session.paths.dataFolder).catch(() => undefined);
      if (there) await this.#take(there, copy.name);
      else this.#isAway(copy.id, copy.name, copy.path);
    }
  }

  #isAway(id: string, name: string | undefined, path: string): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.away.push({ name, path });
  }

  /** One place by its id, under whatever names and paths it is reached; and only where something of this phone is. */
  async #take(folder: DestinationFolder, name: string | undefined): Promise<void> {
    const { id } = folder;
    if (id === undefined || this.#seen.has(id)) return;
    this.#seen.add(id);
    using catalog = await readCatalog(openPlace(folder).metadata);
    const isOfPhone = catalog?.devices.all().some((device) => device.id === this.#device);
    if (isOfPhone) this.found.push({ folder: { ...folder, id }, name });
  }
}

/**
 * `--except favourites,album=Lisbon,person=Ann`: what stays whatever is proven.
 * @throws {UsageError} for what is neither, or what this phone cannot tell, or has not
 */
export function exceptions(texts: readonly string[], roll: CameraRoll): (photo: RollItem) => boolean {
  const kept = texts.flatMap(splitExceptions).map((text) => selectionOf(text));
  for (const selection of kept) assertAnswerable(selection.options, roll);
  return (photo) => kept.some((selection) => selection.verdict(photo) === "chosen");
}

/** An album's name may hold a comma: only one before the next exception parts them. */
function splitExceptions(text: string): string[] {
  return text.split(/,(?=\s*(?:favou?rites\s*(?:,|$)|album=|person=))/i).map((part) => part.trim());
}

const everything = { hidden: true, recentlyDeleted: true, unpickedBursts: true } as const;

function selectionOf(text: string): Selection {
  const [, key, name] = /^(album|person)=(.+)$/i.exec(text) ?? [];
  const options: SelectionOptions | undefined = /^favou?rites$/i.test(text)
    ? { favourites: true }
    : key && name
      ? key.toLowerCase() === "album"
        ? { albums: [name] }
        : { people: [name] }
      : undefined;
  if (!options)
    throw new UsageError("usage", `--except "${text}" is not understood.`, {
      remedy: "Write favourites, album=NAME or person=NAME; several with commas, or the flag again.",
    });
  return new Selection({ ...everything, ...options });
}
