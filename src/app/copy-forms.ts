/** Copies in other forms: from what was chosen, or set once and for all, to what is made. */
import { isAbsolute } from "node:path";
import { UsageError } from "../shared/errors.ts";
import type { ExtrasOptions, JpegChoice } from "../transfer/extras/index.ts";

/** The values of the setting and of the sheet's line: `small` for screens. */
const jpegSettings = ["none", "full", "small"] as const;
export type JpegSetting = (typeof jpegSettings)[number];
/** The values of the setting for movies. */
const mp4Settings = ["none", "full"] as const;

const usual: JpegChoice = { quality: 90, raw: false };
/** As large as a screen that is not a television's. */
const smallSize = 2048;

/** What was chosen for one run. */
export interface ChosenForms {
  /** False: none this time, whatever the setting says. */
  readonly jpeg?: Partial<JpegChoice> | false;
  readonly copiesTo?: string;
  readonly mp4?: boolean;
}

/** The sheet's line as a choice. It began with the setting in force: `none` there turns the setting off for once. */
export function jpegOfSheet(value: JpegSetting): Pick<ChosenForms, "jpeg"> {
  if (value === "none") return { jpeg: false };
  return { jpeg: value === "small" ? { maxSize: smallSize } : {} };
}

/** @param settings what holds where nothing was chosen @throws {UsageError} for a setting or a folder that is none */
export function formsOf(
  { jpeg, copiesTo, mp4 }: ChosenForms,
  settings: { readonly jpeg?: string | undefined; readonly mp4?: string | undefined } = {},
): Pick<ExtrasOptions, "jpeg" | "copiesTo" | "mp4"> {
  const chosen = jpeg ?? jpegOfSheet(parseJpeg(settings.jpeg ?? "none")).jpeg;
  const movies = parseMp4(settings.mp4 ?? "none");
  return {
    jpeg: chosen ? { ...usual, ...chosen } : undefined,
    // A whole path is a folder elsewhere, or becomes a name in the destination when that is known: see copies-tree.ts.
    copiesTo: copiesTo === undefined || isAbsolute(copiesTo) ? undefined : treeFolder(copiesTo),
    mp4: mp4 ?? movies === "full",
  };
}

/** The setting in force, as the sheet's line begins. A bad value is told when the run begins, not by the sheet. */
export function jpegInForce(setting: string | undefined): JpegSetting {
  return jpegSettings.find((known) => known === setting) ?? "none";
}

/** @throws {UsageError} naming the setting and its values */
export function parseJpeg(text: string): JpegSetting {
  return parseOne("jpeg", text, jpegSettings);
}

/** @throws {UsageError} as `parseJpeg` */
export function parseMp4(text: string): (typeof mp4Settings)[number] {
  return parseOne("mp4", text, mp4Settings);
}

function parseOne<T extends string>(name: string, text: string, values: readonly T[]): T {
  const value = values.find((known) => known === text);
  if (value === undefined) throw new UsageError("usage", `${name} is one of ${values.join(", ")}; got "${text}".`);
  return value;
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
        "Give a name without a path to it: --jpeg-to JPEG. Or the whole path of a folder elsewhere: --jpeg-to /media/usb/tv",
    });
  return parts.join("/");
}
