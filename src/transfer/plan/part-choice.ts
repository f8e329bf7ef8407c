/** Which files of a photo are wanted, and what each is called behind the photo's stem. */
import type { RollItem, RollPart } from "../../library/roll.ts";
import { fileKind, splitName } from "../../media/kinds.ts";

/** The values of `--edits`. */
export const editChoices = ["both", "original", "edited", "all"] as const;
/** The values of `--live`. */
export const liveChoices = ["both", "still", "video"] as const;
/** The values of `--raw`. */
export const rawChoices = ["both", "raw", "jpeg"] as const;

/** Which versions of a photo a person wants. */
export interface PartChoice {
  /** `all` is `both` with the recipe of the edit, as `.AAE`. */
  readonly edits: (typeof editChoices)[number];
  readonly live: (typeof liveChoices)[number];
  readonly raw: (typeof rawChoices)[number];
}

/** Nothing is left out, but the instructions of edits. */
export const everyPart: PartChoice = { edits: "both", live: "both", raw: "both" };

/** A choice between two versions leaves one out only where the other can be had. */
export function isPartWanted(part: RollPart, photo: RollItem, choice: PartChoice): boolean {
  const onPhone = (role: RollPart["role"]): boolean =>
    photo.parts.some((p) => p.role === role && p.availability === "phone");
  switch (part.role) {
    case "recipe":
      return choice.edits === "all";
    case "edit":
      return choice.edits !== "original" && !(choice.live === "video" && onPhone("edit-live-video"));
    case "edit-live-video":
      return choice.edits !== "original" && choice.live !== "still";
    case "live-video":
      return choice.live !== "still" && !(choice.edits === "edited" && onPhone("edit"));
    case "raw":
      return choice.raw !== "jpeg" || !onPhone("original");
    case "sidecar":
      return choice.edits !== "edited";
    case "derivative":
      return true;
    case "original":
      if (choice.edits === "edited" && onPhone("edit")) return false;
      if (choice.live === "video" && onPhone("live-video")) return false;
      return !(choice.raw === "raw" && onPhone("raw"));
  }
}

/**
 * `IMG_1.HEIC`, `IMG_1.MOV`, `IMG_1_edited.HEIC`, `IMG_1.AAE`, `IMG_1_preview.JPG`: one stem for all files of a photo, so that
 * other programs know a Live Photo again.
 */
export function targetName(stem: string, part: RollPart, photo: RollItem): string {
  const { extension } = splitName(part.item.name);
  const safe = extension.replace(/[^0-9A-Za-z]/g, "").slice(0, 16);
  switch (part.role) {
    case "edit":
    case "edit-live-video":
      return withExtension(`${stem}${editSuffix}`, safe);
    case "recipe": {
      const taken = photo.parts.some((p) => p.role === "sidecar" && fileKind(p.item.name) === "sidecar");
      return `${stem}${taken ? editSuffix : ""}.AAE`;
    }
    case "derivative":
      return withExtension(`${stem}${previewSuffix}`, safe);
    case "sidecar":
      return withExtension(isOriginalsRecipe(part, photo) ? `${stem}${originalSuffix}` : stem, safe);
    default:
      return withExtension(stem, safe);
  }
}

const editSuffix = "_edited";
const previewSuffix = "_preview";
const originalSuffix = "_original";

/** "IMG_O0001.AAE" beside "IMG_0001.AAE": what was done to the photo before its edit. */
function isOriginalsRecipe({ item }: RollPart, photo: RollItem): boolean {
  return photo.parts[0].item !== item && /^IMG_O\d+\.aae$/i.test(item.name);
}

const suffixes: Partial<Record<RollPart["role"], string>> = {
  derivative: previewSuffix,
  edit: editSuffix,
  "edit-live-video": editSuffix,
  sidecar: originalSuffix,
};

/** The stem that gave a file its name: without extension, and without what marks its role. */
export function stemOfTarget(target: string, role: RollPart["role"]): string {
  const slash = target.lastIndexOf("/") + 1;
  const stem = target.slice(0, slash) + splitName(target.slice(slash)).stem;
  const suffix = suffixes[role];
  if (suffix === undefined) return stem;
  return stem.replace(new RegExp(`${suffix}(_[0-9a-f]{8,64})?$`), "");
}

function withExtension(stem: string, extension: string): string {
  return extension === "" ? stem : `${stem}.${extension}`;
}
