/** Copies in other forms: from what was chosen, or set once and for all, to what is made. */
import { UsageError } from "../shared/errors.ts";
import type { ExtrasOptions, JpegChoice } from "../transfer/extras/index.ts";

/** The values of the setting and of the sheet's line: `small` for screens. */
export const jpegSettings = ["none", "full", "small"] as const;
export type JpegSetting = (typeof jpegSettings)[number];

const usual: JpegChoice = { quality: 90, raw: false };
/** As large as a screen that is not a television's. */
const smallSize = 2048;

/** What was chosen for one run. */
export interface ChosenForms {
  readonly jpeg?: Partial<JpegChoice>;
  readonly copiesTo?: string;
  readonly mp4?: boolean;
}

/** The sheet's line as choices: nothing where none are wanted, so that a setting is not undone by a sheet that nobody looked at. */
export function jpegOfSheet(value: JpegSetting): Pick<ChosenForms, "jpeg"> {
  if (value === "none") return {};
  return { jpeg: value === "small" ? { maxSize: smallSize } : {} };
}

/** @param setting what holds where nothing was chosen @throws {UsageError} for a setting or a folder that is none */
export function formsOf(
  { jpeg, copiesTo, mp4 }: ChosenForms,
  setting: string | undefined = "none",
): Pick<ExtrasOptions, "jpeg" | "copiesTo" | "mp4"> {
  const isKnown = jpegSettings.find((value) => value === setting);
  if (!isKnown) throw new UsageError("usage", `jpeg is one of ${jpegSettings.join(", ")}; got "${setting}".`);
  const chosen = jpeg ?? jpegOfSheet(isKnown).jpeg;
  return {
    jpeg: chosen && { ...usual, ...chosen },
    copiesTo: copiesTo === undefined ? undefined : treeFolder(copiesTo),
    mp4: mp4 === true,
  };
}

/** A tree of copies that a run makes is a part of the destination: it is moved, locked and kept apart with it. */
function treeFolder(text: string): string {
  const parts = text
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const isLegal = parts.every((part) => /^[^\0-\x1f<>:"|?*]{1,100}$/.test(part) && !/[. ]$/.test(part));
  const isWithin = isLegal && !/^(?:[/~]|[A-Za-z]:)/.test(text) && parts.length > 0 && !parts.includes("..");
  if (!isWithin || parts[0] === ".offroll")
    throw new UsageError("usage", `--jpeg-to names a folder in the destination, such as JPEG; got "${text}".`, {
      remedy:
        "Give a name without a path to it: --jpeg-to JPEG. For a folder elsewhere, copy first; then: offroll convert DIR --jpeg-to /WHOLE/PATH",
    });
  return parts.join("/");
}
