/** What is asked before an export, on the screen and in questions: where to, how to name, what of each photo. Remembered for each phone. */
import type { PhotoPart } from "../device/media-source.ts";
import type { PartChoice } from "../transfer/plan/index.ts";
import { defaultTemplate } from "../transfer/plan/index.ts";
import { type JpegSetting, jpegInForce } from "./copy-forms.ts";
import { type Config, updateConfig } from "./settings/index.ts";

/** One person's answers for one phone. */
export interface ExportSettings {
  readonly destination: string;
  readonly template: string;
  readonly edits: PartChoice["edits"];
  readonly live: PartChoice["live"];
  readonly sidecar: "none" | "xmp" | "json";
  readonly albumsAs: "none" | "links" | "copies";
  readonly motion: "keep" | "extract";
  readonly jpeg: JpegSetting;
}

/** What is proposed to somebody who was never asked. */
export const defaultSettings: Omit<ExportSettings, "destination"> = {
  template: defaultTemplate,
  edits: "both",
  live: "both",
  sidecar: "none",
  albumsAs: "none",
  motion: "keep",
  jpeg: "none",
};

/** Ways to name, offered one after the other; a remembered one of the person's own comes first. */
export const templates: readonly string[] = [
  defaultTemplate,
  "{year}/{date}/{name}",
  "{year}/{month}/{date} {time} {name}",
  "{album|No album}/{name}",
  "{camera|Unknown camera}/{year}/{name}",
  "{name}",
];

export type Field = keyof ExportSettings;

/** Lines of the sheet: what a phone's photos do not have is not asked about. */
export function fieldsFor(parts: readonly PhotoPart[]): readonly Field[] {
  const ofParts = (["edits", "live", "motion"] as const).filter((part) => parts.includes(part));
  return ["destination", "template", ...ofParts, "jpeg", "sidecar", "albumsAs"];
}

/** What stands before each line. */
export function templatesFor(current: string): readonly string[] {
  return templates.includes(current) ? templates : [current, ...templates];
}

/** A choice as people read it: "original and edited" for `both`. */
/**
 * What was asked for last time, for this phone; the usual otherwise. JPEG copies turned off were off for that once: the setting holds again.
 * @param usual where there was no last time
 */
export function rememberedChoices(
  config: Config,
  device: string,
  usual: { readonly destination: string; readonly template: string | undefined; readonly jpeg: string | undefined },
): ExportSettings {
  const { to, ...last }: Partial<NonNullable<Config["exports"]>[string]> = config.exports?.[device] ?? {};
  const known = Object.fromEntries(Object.entries(last).filter(([, value]) => value !== undefined));
  const template = usual.template ?? defaultSettings.template;
  const jpeg = last.jpeg && last.jpeg !== "none" ? last.jpeg : jpegInForce(usual.jpeg);
  return { ...defaultSettings, template, ...known, jpeg, destination: to ?? usual.destination };
}

/** For the next time, on the screen, in questions and on the command line. @throws {UsageError} as `updateConfig` */
export function rememberChoices(configFile: string, device: string, { destination, ...rest }: ExportSettings): void {
  updateConfig(configFile, (config) => ({
    ...config,
    exports: { ...config.exports, [device]: { to: destination, ...rest } },
  }));
}

/** "~/Pictures" with the home folder in full. */
export function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, home);
}
