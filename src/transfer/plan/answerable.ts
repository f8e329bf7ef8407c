/** Whether this phone can answer what was asked for: nothing found and nothing known look alike otherwise. */
import { posix } from "node:path";
import { onThe } from "../../device/media-source.ts";
import type { LibraryFeature } from "../../library/index.ts";
import type { Album, CameraRoll, RollItem } from "../../library/roll.ts";
import { ItemError, UsageError } from "../../shared/errors.ts";
import { plural, printable } from "../../shared/text.ts";
import { cameraNames, cameraOf, fold, hasLabel, inFolder, textsOf } from "./photo-words.ts";
import type { SelectionOptions } from "./selection.ts";

/**
 * What was asked for must be something this phone can answer: nothing found and nothing known look alike otherwise.
 * @throws {UsageError} naming the filter, and for a name that matches nothing those that there are
 */
export function assertAnswerable(options: SelectionOptions, roll: CameraRoll): void {
  const { favourites, albums, people, hidden, recentlyDeleted } = options;
  const asked: [boolean, string, LibraryFeature][] = [
    [favourites === true, "--favourites", "favourite"],
    [albums !== undefined, "--album", "albums"],
    [people !== undefined, "--person", "people"],
    [hidden === true, "--hidden", "hidden"],
    [recentlyDeleted === true, "--recently-deleted", "trashed"],
  ];
  const { source, unknown, neverTold, why } = roll.knowledge;
  const { noun, system } = roll.device;
  for (const [isAsked, flag, feature] of asked) {
    if (!isAsked) continue;
    // Taking hidden or deleted ones too needs no answer where nothing tells them apart: they are taken.
    if ((feature === "hidden" || feature === "trashed") && (source === "tree" || !neverTold)) continue;
    if (source === "tree")
      throw new UsageError("usage", `${flag} needs the ${noun}'s photo library, and ${why ?? "it could not be read"}.`);
    if (neverTold?.has(feature))
      throw new UsageError("usage", `${flag} cannot be answered: the ${noun} does not tell it.`);
    if (unknown.has(feature) && neverTold)
      throw new UsageError(
        "usage",
        // Where there is a system, it keeps an index, to which another way leads.
        system === undefined
          ? `${flag} cannot be answered: the ${noun} does not tell it.`
          : `${flag} needs adb: over MTP the ${noun} does not tell it.`,
      );
    if (unknown.has(feature))
      throw new UsageError(
        "usage",
        `${flag} cannot be answered: this ${noun}'s library keeps it where offroll does not look.`,
      );
  }
  if (options.labels) assertLabels(options.labels, roll);
  assertNames(options, roll);
}

function assertLabels(wanted: readonly string[], { knowledge, device, items }: CameraRoll): void {
  const { labels, source, why = "it could not be read" } = knowledge;
  if (labels !== "read") {
    const reason = labels?.why ?? (source === "tree" ? why : `this ${device.noun} keeps none`);
    throw new UsageError("usage", `--label needs the ${device.noun}'s own search index, and ${reason}.`, {
      remedy:
        "What the phone sees in its photos cannot be had by cable from every release of its system. Choose by date, album or person.",
    });
  }
  const there = new Set(items.flatMap((photo) => photo.library?.seen?.labels ?? []));
  for (const label of wanted.filter((name) => !items.some((photo) => hasLabel(photo, fold(name)))))
    throw nothingOf(`The ${device.noun} has seen no "${printable(label)}" in its photos.`, there);
}

/** A name that nothing on the phone has is a slip of the keyboard more often than a wish. */
function assertNames(options: SelectionOptions, roll: CameraRoll): void {
  const { albums, people, camera, folder, text } = options;
  const on = onThe(roll.device.noun);
  const all = <T>(of: (photo: RollItem) => readonly T[]): Set<T> => new Set(roll.items.flatMap(of));
  if (albums) {
    const there = all((photo) => photo.library?.albums ?? []);
    const names = new Set([...there].flatMap((a) => [fold(a.path), fold(a.title)]));
    for (const album of albums.filter((a) => !names.has(fold(a)))) throw noAlbum(album, there, roll);
  }
  if (people) {
    const there = all((photo) => photo.library?.people ?? []);
    const isKnown = (wanted: string): boolean => [...there].some((p) => fold(p).includes(fold(wanted)));
    for (const person of people.filter((p) => !isKnown(p)))
      throw nothingOf(`There is nobody called "${printable(person)}" in the photos ${on}.`, there);
  }
  if (camera !== undefined && !roll.items.some((photo) => cameraOf(photo).includes(fold(camera))))
    throw nothingOf(`No photo ${on} is from a camera called "${printable(camera)}".`, all(cameraNames));
  if (folder !== undefined && !roll.items.some((photo) => inFolder(photo.parts[0].item.path, folder)))
    throw noFolder(folder, roll);
  const wanted = text === undefined ? undefined : fold(text);
  if (wanted !== undefined && !roll.items.some((photo) => textsOf(photo).some((t) => fold(t).includes(wanted))))
    throw new UsageError("usage", `Nothing ${on} has "${printable(text ?? "")}" in its names, words or albums.`);
}

function noAlbum(wanted: string, there: ReadonlySet<Album>, roll: CameraRoll): UsageError {
  if (roll.knowledge.sharedAlbums?.some((title) => fold(title) === fold(wanted)))
    return new UsageError(
      "usage",
      `"${printable(wanted)}" is an album shared in iCloud: the ${roll.device.noun} has reduced copies of it, and offroll takes none.`,
      { remedy: "Open the album in Photos, and save the photos you want to the library. Then run this again." },
    );
  const paths = new Set([...there].map((a) => a.path));
  return nothingOf(`There is no album "${printable(wanted)}" with photos ${onThe(roll.device.noun)}.`, paths);
}

/** What the phone did not let us look at may be the folder: only where all was seen is it known not to be there. */
function noFolder(wanted: string, { device, items, unreadable }: CameraRoll): Error {
  const what = `There is no folder "${printable(wanted)}" with photos ${onThe(device.noun)}`;
  if (unreadable.length === 0)
    return nothingOf(`${what}.`, new Set(items.map((photo) => posix.dirname(photo.parts[0].item.path))));
  const unseen = `${plural(unreadable.length, "entry", "entries")} could not be read`;
  return new ItemError("item-unreadable", `${what}, as far as it can be seen: ${unseen}.`, {
    remedy: "Unlock it and try again; `offroll ls` names what could not be read.",
  });
}

const mostNamed = 30;

function nothingOf(what: string, there: ReadonlySet<string>): UsageError {
  const names = [...new Set([...there].map(printable))].sort();
  const more = names.length > mostNamed ? " …" : "";
  const list = names.length === 0 ? "It has none." : `There are: ${names.slice(0, mostNamed).join(", ")}${more}.`;
  return new UsageError("usage", `${what} ${list}`);
}
