/** One photo as JSON: what `ls --json` and `info --json` print, snapshots keep and sidecars hold. */
import { formatCaptured } from "../media/capture-time.ts";
import { photoSize } from "./photo-kind.ts";
import type { PhotoHighlight } from "./photos/photos-highlights.ts";
import type { RollItem, RollKnowledge } from "./roll.ts";

/** One item as `ls --json` and `info --json` have it. What the phone cannot answer is absent; an empty answer is null. */
export function photoJson(photo: RollItem, knowledge?: RollKnowledge): object {
  const [primary] = photo.parts;
  const facts = primary.facts;
  return {
    id: photo.id,
    ...libraryJson(photo, knowledge),
    path: primary.item.path,
    kind: photo.kind,
    subtype: photo.subtype ?? null,
    captured: photo.captured ? formatCaptured(photo.captured) : null,
    capturedFrom: photo.captured?.source ?? null,
    zone: photo.captured?.zone ?? null,
    edited: photo.edited ?? null,
    live: photo.parts.some((p) => p.role === "live-video") || photo.subtype === "live",
    burstUuid: photo.burst?.uuid ?? null,
    ...(photo.burst ? { burstPicked: photo.burst.picked } : {}),
    availability: photo.availability,
    sizeBytes: photoSize(photo),
    parts: photo.parts.map((p) => ({
      role: p.role,
      path: p.item.path,
      sizeBytes: p.item.sizeBytes,
      availability: p.availability,
    })),
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    durationSeconds: facts?.durationSeconds ?? null,
    gps: facts?.gps ?? null,
    ...cameraJson(photo, knowledge),
  };
}

function libraryJson(photo: RollItem, knowledge: RollKnowledge | undefined): object {
  const { library } = photo;
  if (!library) return {};
  const list = <T>(values: readonly T[]): readonly T[] | null => (values.length > 0 ? values : null);
  const answers = {
    uuid: library.uuid,
    favourite: library.favourite,
    hidden: library.hidden,
    trashed: library.trashed,
    originalFilename: library.originalFilename,
    caption: library.caption,
    title: library.title,
    albums: list(library.albums.map((a) => a.path)),
    people: list(library.people),
    keywords: list(library.keywords),
    place: library.place,
  };
  const known = Object.entries(answers).filter(([name]) => !knowledge?.unknown.has(name as never));
  return {
    ...Object.fromEntries(known.map(([name, value]) => [name, value ?? null])),
    ...(library.trashedAt ? { trashedAt: library.trashedAt.toISOString() } : {}),
    ...(library.seen ? { labels: library.seen.labels, textInPicture: library.seen.textInPicture } : {}),
    ...(library.highlights ? { highlights: list(library.highlights.map(highlightJson)) } : {}),
    ...(library.shared ? { shared: true } : {}),
  };
}

function highlightJson({ highlight, isCover }: PhotoHighlight): object {
  const { key, kind, date, title, subtitle, description, score } = highlight;
  const said = { date, title, subtitle, description, score };
  const known = Object.entries(said).filter(([, value]) => value !== undefined);
  return { key, kind, cover: isCover, ...Object.fromEntries(known) };
}

function cameraJson(photo: RollItem, knowledge: RollKnowledge | undefined): object {
  const facts = photo.parts[0].facts;
  const answered = !photo.library || !knowledge?.unknown.has("camera");
  const values = {
    make: facts?.make,
    model: facts?.model,
    lens: facts?.lens,
    exposureSeconds: facts?.exposureSeconds,
    aperture: facts?.aperture,
    iso: facts?.iso,
    focalLength35mm: facts?.focalLength35mm,
  };
  const shown = Object.entries(values).filter(([, value]) => answered || value !== undefined);
  return {
    ...Object.fromEntries(shown.map(([name, value]) => [name, value ?? null])),
    ...(facts?.orientation === undefined ? {} : { orientation: facts.orientation }),
    ...(facts?.contentIdentifier === undefined ? {} : { contentIdentifier: facts.contentIdentifier }),
  };
}
