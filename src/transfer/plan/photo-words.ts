/** Where words that a person types are looked for in a photo. */
import { cameraName, isBelow } from "../../library/index.ts";
import type { RollItem } from "../../library/roll.ts";

/** Names that mean the same to a person: composed or not, upper or lower case. */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

export function cameraOf(photo: RollItem): string {
  return fold(cameraNames(photo)[0] ?? "");
}

export function cameraNames(photo: RollItem): string[] {
  const name = cameraName(photo.parts[0].facts ?? {});
  return name === "" ? [] : [name];
}

export function textsOf(photo: RollItem): string[] {
  const { library } = photo;
  return [
    library?.caption,
    library?.title,
    library?.originalFilename,
    photo.parts[0].item.name,
    ...(library?.keywords ?? []),
    ...(library?.people ?? []),
    ...(library?.albums ?? []).map((a) => a.path),
  ].filter((t) => t !== undefined);
}

/** @param wanted folded: a whole label, "dog", or a part of text that the phone read in the picture */
export function hasLabel({ library }: RollItem, wanted: string): boolean {
  const { labels = [], textInPicture = [] } = library?.seen ?? {};
  return labels.some((label) => fold(label) === wanted) || textInPicture.some((text) => fold(text).includes(wanted));
}

export function inFolder(path: string, folder: string): boolean {
  const wanted = folder.replace(/\/+$/, "");
  return wanted === "" || wanted.startsWith("/") ? isBelow(path, `${wanted}/`) : path.includes(`/${wanted}/`);
}
