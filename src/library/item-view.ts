/** One photo in words and in JSON, for commands and UI alike. */
import { formatCaptured, type MediaFacts } from "../media/index.ts";
import { formatBytes, formatDuration, printable } from "../shared/text.ts";
import type { RollItem } from "./camera-roll.ts";

/** 1/120 s, f/1.8, ISO 64, 26 mm: as photographers write it. */
export function exposureWords(facts: MediaFacts): string {
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

export function photoSize(photo: RollItem): number {
  return photo.parts.reduce((sum, p) => sum + p.item.sizeBytes, 0);
}

export function dateWords(photo: RollItem): string {
  return photo.captured ? photo.captured.local.slice(0, 16).replace("T", " ") : "no date";
}

export function kindWords(photo: RollItem): string {
  return photo.subtype ?? photo.kind;
}

export function photoRow(photo: RollItem): string[] {
  const [primary] = photo.parts;
  const facts = primary.facts;
  const size = facts?.width && facts.height ? `${facts.width}×${facts.height}` : "";
  return [
    photo.id,
    dateWords(photo),
    kindWords(photo),
    size,
    formatBytes(photoSize(photo)),
    printable(primary.item.name),
    printable(facts?.model ?? ""),
  ];
}

/** Everything known, label by label; empty ones are left out. */
export function photoDetails(photo: RollItem): [string, string][] {
  const [primary] = photo.parts;
  const facts = primary.facts ?? { format: "unknown" as const };
  const { captured } = photo;
  const zone =
    captured?.zone === "recorded" ? "" : captured?.zone === "inferred" ? " (zone inferred)" : " (zone unknown)";
  const pixels = facts.width && facts.height ? facts.width * facts.height : 0;
  const live = photo.parts.find((p) => p.role === "live-video");
  const rows: [string, string][] = [
    ["Id", photo.id],
    ["Path", printable(primary.item.path)],
    ["Kind", kindWords(photo)],
    ["Taken", captured ? `${formatCaptured(captured)}${zone}, from ${captured.source}` : "no date"],
    ["Camera", printable([facts.make, facts.model].filter(Boolean).join(" "))],
    ["Lens", printable(facts.lens ?? "")],
    ["Exposure", exposureWords(facts)],
    ["Dimensions", pixels ? `${facts.width} × ${facts.height} (${(pixels / 1e6).toFixed(1)} megapixels)` : ""],
    ["Orientation", facts.orientation && facts.orientation !== 1 ? String(facts.orientation) : ""],
    ["Duration", facts.durationSeconds === undefined ? "" : formatDuration(facts.durationSeconds)],
    ["Codec", printable(facts.codec ?? "")],
    ["Place", facts.gps ? `${facts.gps.lat.toFixed(5)}, ${facts.gps.lon.toFixed(5)}` : ""],
    ["Content id", printable(facts.contentIdentifier ?? "")],
    ["Burst", printable(facts.burstUuid ?? "")],
    ["Live movie", live ? `${printable(live.item.name)}, paired by ${photo.pairedBy}` : ""],
    [
      "Size",
      `${formatBytes(photoSize(photo))} in ${photo.parts.length === 1 ? "1 file" : `${photo.parts.length} files`}`,
    ],
  ];
  return rows.filter(([, value]) => value !== "");
}

export function photoJson(photo: RollItem): object {
  const [primary] = photo.parts;
  const facts = primary.facts;
  const live = photo.parts.find((p) => p.role === "live-video");
  return {
    id: photo.id,
    path: primary.item.path,
    kind: photo.kind,
    subtype: photo.subtype ?? null,
    captured: photo.captured ? formatCaptured(photo.captured) : null,
    capturedFrom: photo.captured?.source ?? null,
    zone: photo.captured?.zone ?? null,
    live: live !== undefined,
    sizeBytes: photoSize(photo),
    parts: photo.parts.map((p) => ({ role: p.role, path: p.item.path, sizeBytes: p.item.sizeBytes })),
    make: facts?.make ?? null,
    model: facts?.model ?? null,
    lens: facts?.lens ?? null,
    exposureSeconds: facts?.exposureSeconds ?? null,
    aperture: facts?.aperture ?? null,
    iso: facts?.iso ?? null,
    focalLength35mm: facts?.focalLength35mm ?? null,
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    orientation: facts?.orientation ?? null,
    durationSeconds: facts?.durationSeconds ?? null,
    gps: facts?.gps ?? null,
    contentIdentifier: facts?.contentIdentifier ?? null,
    burstUuid: facts?.burstUuid ?? null,
    availability: "phone",
  };
}
