/** What the export sheet asks: where to, how to name, what of each photo. Remembered for each phone. */
import type { DeviceSummary } from "../device/index.ts";
import type { PartChoice } from "../transfer/part-choice.ts";
import { defaultTemplate } from "../transfer/path-template.ts";

export type Platform = DeviceSummary["info"]["platform"];

export interface ExportSettings {
  readonly destination: string;
  readonly template: string;
  readonly edits: PartChoice["edits"];
  readonly live: PartChoice["live"];
  readonly sidecar: "none" | "xmp" | "json";
  readonly albumsAs: "none" | "links" | "copies";
  readonly motion: "keep" | "extract";
}

export const defaultSettings: Omit<ExportSettings, "destination"> = {
  template: defaultTemplate,
  edits: "both",
  live: "both",
  sidecar: "none",
  albumsAs: "none",
  motion: "keep",
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

interface Choice {
  readonly value: string;
  readonly words: string;
}

/** Lines of the sheet with a choice each, in plain words. */
export const choices = {
  edits: [
    { value: "both", words: "the original and the edited version" },
    { value: "original", words: "the original only" },
    { value: "edited", words: "the edited version, where there is one" },
    { value: "all", words: "both, and the recipe of the edit (.AAE)" },
  ],
  live: [
    { value: "both", words: "picture and movie" },
    { value: "still", words: "the picture only" },
    { value: "video", words: "the movie only" },
  ],
  sidecar: [
    { value: "none", words: "no" },
    { value: "xmp", words: "yes, as .xmp for Lightroom, digiKam, darktable, Immich" },
    { value: "json", words: "yes, as .json" },
  ],
  albumsAs: [
    { value: "none", words: "no" },
    { value: "links", words: "yes, as links that take no space" },
    { value: "copies", words: "yes, as copies" },
  ],
  motion: [
    { value: "keep", words: "as they are: the movie is inside" },
    { value: "extract", words: "as they are, and the movie beside them" },
  ],
} as const satisfies Partial<Record<keyof ExportSettings, readonly Choice[]>>;

export type Field = keyof ExportSettings;

const fields: Record<Platform, readonly Field[]> = {
  ios: ["destination", "template", "edits", "live", "sidecar", "albumsAs"],
  android: ["destination", "template", "motion", "sidecar", "albumsAs"],
};

/** Lines of the sheet: what a phone does not have is not asked about. */
export function fieldsFor(platform: Platform): readonly Field[] {
  return fields[platform];
}

export const fieldLabels: Record<Field, string> = {
  destination: "Where to",
  template: "Names",
  edits: "Edited photos",
  live: "Live Photos",
  sidecar: "Sidecar files",
  albumsAs: "Album folders",
  motion: "Motion Photos",
};

/** The next or previous value of a line. */
export function turn(settings: ExportSettings, field: Field, by: number): ExportSettings {
  if (field === "destination") return settings;
  const values: readonly string[] =
    field === "template" ? templatesFor(settings.template) : choices[field].map((c) => c.value);
  const at = values.indexOf(settings[field]);
  const next = values[(at + by + values.length) % values.length] as string;
  return { ...settings, [field]: next };
}

export function templatesFor(current: string): readonly string[] {
  return templates.includes(current) ? templates : [current, ...templates];
}

export function choiceWords(settings: ExportSettings, field: keyof typeof choices): string {
  return choices[field].find((c) => c.value === settings[field])?.words ?? settings[field];
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./~:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** One flag with its value; a value that begins like a flag is tied to it. */
export function flag(name: string, value: string): string {
  return `${name}${value.startsWith("-") ? "=" : " "}${quoted(value)}`;
}

/**
 * The command of these settings, without what is chosen. Only what differs from the command's own defaults is said.
 * @param usualTemplate what it takes where it is told none
 */
export function commandLine(settings: ExportSettings, usualTemplate = defaultSettings.template): string {
  const parts = ["offroll export", flag("--to", settings.destination.trim())];
  if (settings.template !== usualTemplate) parts.push(flag("--template", settings.template));
  if (settings.edits !== defaultSettings.edits) parts.push("--edits", settings.edits);
  if (settings.live !== defaultSettings.live) parts.push("--live", settings.live);
  if (settings.sidecar !== "none") parts.push("--sidecar", settings.sidecar);
  if (settings.albumsAs !== "none") parts.push("--albums-as", settings.albumsAs);
  if (settings.motion !== "keep") parts.push("--motion", settings.motion);
  return parts.join(" ");
}
