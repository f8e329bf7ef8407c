/** The lines of the export sheet as they change, and as a command. */
import { defaultSettings, type ExportSettings, type Field, templatesFor } from "../app/export-choices.ts";
import { choices } from "../present/choice-words.ts";

/** The next or previous value of a line. */
export function turn(settings: ExportSettings, field: Field, by: number): ExportSettings {
  if (field === "destination") return settings;
  const values: readonly string[] =
    field === "template" ? templatesFor(settings.template) : choices[field].map((c) => c.value);
  const at = values.indexOf(settings[field]);
  const next = values[(at + by + values.length) % values.length] as string;
  return { ...settings, [field]: next };
}

/** As a shell takes it for one word. A shell makes something else of `~` and, some, of `=`, where a word begins with them. */
export function quoted(text: string): string {
  return /^[\w./:@%+-][\w./~:@%+=-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A path: `~/` stays outside the quotes, where the shell knows it. */
export function quotedPath(path: string): string {
  if (!/^~(?=\/|$)/.test(path)) return quoted(path);
  return path.length > 2 ? `~/${quoted(path.slice(2))}` : path;
}

/** One flag with its value; a value that begins like a flag is tied to it. */
export function flag(name: string, value: string): string {
  return `${name}${value.startsWith("-") ? "=" : " "}${quoted(value)}`;
}

/**
 * The command of these settings, without what is chosen. Only what differs from the command's own defaults is said.
 * @param usualTemplate what it takes where it is told none
 * @param usualJpeg the setting in force
 */
export function commandLine(
  settings: ExportSettings,
  usualTemplate = defaultSettings.template,
  usualJpeg = defaultSettings.jpeg,
): string {
  const destination = settings.destination.trim();
  const parts = ["offroll export", `--to${destination.startsWith("-") ? "=" : " "}${quotedPath(destination)}`];
  if (settings.template !== usualTemplate) parts.push(flag("--template", settings.template));
  if (settings.edits !== defaultSettings.edits) parts.push("--edits", settings.edits);
  if (settings.live !== defaultSettings.live) parts.push("--live", settings.live);
  if (settings.sidecar !== "none") parts.push("--sidecar", settings.sidecar);
  if (settings.albumsAs !== "none") parts.push("--albums-as", settings.albumsAs);
  if (settings.motion !== "keep") parts.push("--motion", settings.motion);
  if (settings.jpeg !== "none") parts.push("--jpeg");
  else if (usualJpeg !== "none") parts.push("--no-jpeg");
  if (settings.jpeg === "small") parts.push("--max-size 2048");
  return parts.join(" ");
}
