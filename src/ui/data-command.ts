/** The command that writes what the sheet of a phone's data would write. */

import { formatList } from "../app/data-forms.ts";
import type { DataKind } from "../phone-data/index.ts";
import type { DataExportSettings, PhoneDataSeen } from "./data-state.ts";
import { flag, quotedPath } from "./export-settings.ts";

/** @param kind of the folder that is shown @returns undefined where things were chosen one by one: no command names those */
export function dataCommand(
  { what, to, forms, since, until }: DataExportSettings,
  kind: DataKind,
  backup: PhoneDataSeen["backup"],
): string | undefined {
  if (what === "chosen" || to.trim() === "") return undefined;
  const place = to.trim();
  const parts = ["offroll data export", ...(what === "folder" ? [kind] : [])];
  parts.push(place.startsWith("-") ? flag("--to", place) : `--to ${quotedPath(place)}`);
  if (backup) parts.push(flag("--from", backup.folder));
  const format = formatList(forms);
  if (format !== undefined) parts.push(`--format ${format}`);
  if (since.trim() !== "") parts.push(flag("--since", since.trim()));
  if (until.trim() !== "") parts.push(flag("--until", until.trim()));
  return parts.join(" ");
}
