/** One photo in words, for commands and UI alike. */

import { type DeviceNoun, onThe } from "../device/media-source.ts";
import { cameraName } from "../library/camera-name.ts";
import { kindWords, photoSize } from "../library/photo-kind.ts";
import { isEmpty, type RollItem, whyNotShown } from "../library/roll.ts";
import { nameOf } from "../library/tree-items.ts";
import { type CaptureTime, formatCaptured, isRecorded, localDate } from "../media/capture-time.ts";
import type { MediaFacts } from "../media/index.ts";
import { formatBytes, formatDuration, printable } from "../shared/text.ts";

/** 1/120 s, f/1.8, ISO 64, 26 mm: as photographers write it. */
function exposureWords(facts: MediaFacts): string {
  const parts: string[] = [];
  if (facts.exposureSeconds !== undefined) parts.push(shutter(facts.exposureSeconds));
  if (facts.aperture !== undefined) parts.push(`f/${Number(facts.aperture.toFixed(1))}`);
  if (facts.iso !== undefined) parts.push(`ISO ${facts.iso}`);
  if (facts.focalLength35mm !== undefined) parts.push(`${facts.focalLength35mm} mm`);
  return parts.join(", ");
}

function shutter(seconds: number): string {
  return seconds > 0 && seconds < 0.4 ? `1/${Math.round(1 / seconds)} s` : `${Number(seconds.toFixed(1))} s`;
}

/** With "~" where only the file's times are known, which are not those of the capture. */
export function dateWords({ captured }: RollItem): string {
  if (!captured) return "no date";
  const written = captured.isDayOnly ? localDate(captured) : captured.local.slice(0, 16).replace("T", " ");
  return `${isRecorded(captured) ? "" : "~"}${written}`;
}

/** The name a person knows: the one from before the phone renamed it. */
export function shownName(photo: RollItem): string {
  return printable(photo.library?.originalFilename ?? nameOf(photo.parts[0]));
}

/** "in iCloud only", "hidden", …: what sets an item apart; empty for most. */
export function stateWords(photo: RollItem, noun?: DeviceNoun): string {
  const words: string[] = [];
  const [primary, ...others] = photo.parts;
  const movie = others.find((p) => p.role === "live-video");
  if (photo.availability === "icloud") words.push("in iCloud only");
  else if (photo.availability === "missing") words.push("missing");
  else if (isEmpty(primary)) words.push(noun === undefined ? "empty" : `empty ${onThe(noun)}`);
  else if (movie?.availability === "icloud") words.push("movie in iCloud only");
  if (photo.library?.favourite) words.push("favourite");
  if (photo.edited) words.push("edited");
  const why = whyNotShown(photo);
  if (why === "trashed") words.push("recently deleted");
  else if (why === "shared") words.push("shared album");
  else if (why === "burst-unpicked") words.push("not picked");
  else if (why !== undefined) words.push(why);
  return words.join(", ");
}

/** "2024-05-01 12:34:56 +02:00" */
function takenWords(captured: CaptureTime): string {
  return formatCaptured(captured)
    .replace("T", " ")
    .replace(/([+-]\d\d:\d\d)$/, " $1");
}

/** The cells of one line of `ls`: id, date, kind, size and so on, in the order of its heading. */
export function photoRow(photo: RollItem, noun: DeviceNoun): string[] {
  const [primary] = photo.parts;
  const facts = primary.facts;
  const size = facts?.width && facts.height ? `${facts.width}×${facts.height}` : "";
  return [
    photo.id,
    dateWords(photo),
    kindWords(photo),
    size,
    photo.availability === "phone" ? formatBytes(photoSize(photo)) : `(${formatBytes(primary.item.sizeBytes)})`,
    shownName(photo),
    printable(facts?.model ?? ""),
    stateWords(photo, noun),
  ];
}

/** Everything known, label by label; empty ones are left out. */
export function photoDetails(photo: RollItem, noun?: DeviceNoun): [string, string][] {
  const [primary] = photo.parts;
  const facts = primary.facts ?? { format: "unknown" as const };
  const { captured } = photo;
  const zone =
    captured?.zone === "recorded" ? "" : captured?.zone === "inferred" ? " (zone inferred)" : " (zone unknown)";
  const pixels = facts.width && facts.height ? facts.width * facts.height : 0;
  const live = photo.parts.find((p) => p.role === "live-video");
  const { library, burst } = photo;
  const known = photo.parts.filter((p) => p.availability === "phone");
  const edit = photo.parts.find((p) => p.role === "edit");
  const rows: [string, string][] = [
    ["Id", photo.id],
    ["Path", printable(primary.item.path)],
    ["Name", library?.originalFilename === undefined ? "" : printable(library.originalFilename)],
    ["Kind", kindWords(photo)],
    ["State", stateWords(photo, noun)],
    captured && !isRecorded(captured)
      ? ["File date", `${takenWords(captured)}; nothing tells when it was taken`]
      : ["Taken", captured ? `${takenWords(captured)}${zone}, from ${captured.source}` : "no date"],
    ["Title", printable(library?.title ?? "")],
    ["Caption", printable(library?.caption ?? "")],
    ["Albums", printable((library?.albums ?? []).map((a) => a.path).join(", "))],
    ["People", printable((library?.people ?? []).join(", "))],
    ["Keywords", printable((library?.keywords ?? []).join(", "))],
    ["Shows", printable((library?.seen?.labels ?? []).join(", "))],
    ["Text in it", printable((library?.seen?.textInPicture ?? []).join(" "))],
    ["Camera", printable(cameraName(facts))],
    ["Lens", printable(facts.lens ?? "")],
    ["Exposure", exposureWords(facts)],
    ["Dimensions", pixels ? `${facts.width} × ${facts.height} (${(pixels / 1e6).toFixed(1)} megapixels)` : ""],
    ["Orientation", facts.orientation && facts.orientation !== 1 ? String(facts.orientation) : ""],
    ["Duration", facts.durationSeconds === undefined ? "" : formatDuration(facts.durationSeconds)],
    ["Codec", printable(facts.codec ?? "")],
    ["Place", placeWords(photo)],
    ["Content id", printable(facts.contentIdentifier ?? "")],
    ["Burst", burst === undefined ? "" : `${printable(burst.uuid)}${burst.picked ? "" : ", not picked"}`],
    ["Live movie", live ? `${printable(live.item.name)}, paired by ${photo.pairedBy}` : ""],
    ["Edit", edit ? `${printable(edit.item.path)}${edit.availability === "phone" ? "" : ", in iCloud only"}` : ""],
    [
      "Size",
      known.length === 0
        ? "nothing of it is there"
        : `${formatBytes(photoSize(photo))} in ${known.length === 1 ? "1 file" : `${known.length} files`}`,
    ],
  ];
  return rows.filter(([, value]) => value !== "");
}

function placeWords(photo: RollItem): string {
  const gps = photo.parts[0].facts?.gps;
  const position = gps ? `${gps.lat.toFixed(5)}, ${gps.lon.toFixed(5)}` : "";
  return [printable(photo.library?.place ?? ""), position].filter(Boolean).join(": ");
}
