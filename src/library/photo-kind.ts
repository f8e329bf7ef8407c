/** What kind of photo it is, in one word, and how large: for filters, names, reports and people alike. */
import { kindOf, type RollItem } from "./roll.ts";

/** Bytes of the parts that are on the phone. */
export function photoSize(photo: RollItem): number {
  return photo.parts.reduce((sum, p) => sum + (p.availability === "phone" ? p.item.sizeBytes : 0), 0);
}

const subtypeWords: Partial<Record<NonNullable<RollItem["subtype"]>, string>> = {
  slomo: "slo-mo",
  timelapse: "time-lapse",
  screenrecording: "screen recording",
};

/** One word: the special kind where it has one (`slo-mo`, `portrait`), else `raw`, `photo` or `video`. */
export function kindWords(photo: RollItem): string {
  if (photo.subtype === undefined) return isRaw(photo) ? "raw" : photo.kind;
  return subtypeWords[photo.subtype] ?? photo.subtype;
}

/** A RAW by itself, or with the picture that the camera made of it. */
export function isRaw(photo: RollItem): boolean {
  return photo.parts.some((p) => p.role === "raw") || kindOf(photo.parts[0]) === "raw";
}
