/** Everything the single view tells of one photo, in words. */
import { cameraName } from "../../library/index.ts";
import { fileKind } from "../../media/kinds.ts";
import { formatBytes, formatCount, formatDuration, printable } from "../../shared/text.ts";
import { flag, type PartAnswer, type PhotoAnswer } from "../wire.ts";
import { type Bearable, bearable } from "./bearable.ts";
import type { IndexFile } from "./index-file.ts";
import { albumSeparator } from "./kept-facts.ts";
import { isShownType, typeOf } from "./send.ts";
import { nameIn, type StoredFiles, type StoredPart, shownPart } from "./stored.ts";

/** What the page is told besides the index. */
export interface PhotoContext {
  readonly index: IndexFile;
  readonly files: StoredFiles;
  readonly canTranscode: boolean;
  /** In words: further copies of each destination, by its number. */
  readonly copies: ReadonlyMap<number, readonly string[]>;
}

/** @returns undefined where there is no such photo */
export async function photoAnswer(context: PhotoContext, id: number): Promise<PhotoAnswer | undefined> {
  const { index, files } = context;
  const row = index.get("SELECT * FROM photo WHERE id = ?", id);
  const parts = files.parts(id);
  const shown = shownPart(parts);
  if (!row || !shown) return undefined;
  const detail = JSON.parse(row["detail"] as string) as Record<string, unknown>;
  const flags = row["flags"] as number;
  const original = parts.find((p) => p.role === "original");
  const isMovie = fileKind(shown.target) === "video";
  const live = parts.find((p) => p.role === "edit-live-video") ?? parts.find((p) => p.role === "live-video");
  const number = (key: string): number => (typeof detail[key] === "number" ? (detail[key] as number) : 0);
  const lat = row["lat"] as number | null;
  const burst = row["burst"] as string | null;
  const now = await whatBears(files, shown, parts);
  return {
    id,
    name: row["name"] as string,
    flags,
    taken: row["taken"] as string | null,
    takenFrom: typeof detail["capturedFrom"] === "string" ? detail["capturedFrom"] : null,
    width: number("width"),
    height: number("height"),
    picture: pictureOf(id, shown, now),
    originalPicture:
      original && original !== shown ? pictureOf(id, original, await whatBears(files, original, parts)) : null,
    full: now.zoomed ? fileOf(id, shown) : null,
    made: madeOf(id, shown),
    movie: isMovie ? movieOf(context, id, shown) : null,
    liveMovie: live && !isMovie ? movieOf(context, id, live) : null,
    download: `/d/${id}/${shown.n}`,
    facts: factsOf(row, detail, parts),
    caption: [detail["title"], detail["caption"]].filter((t) => typeof t === "string").join(" — "),
    gps: lat === null ? null : { lat, lon: row["lon"] as number },
    links: linksOf(index, id),
    parts: parts.map((part) => partAnswer(files, part)),
    copies: copiesOf(context, parts),
    burst: burst === null ? null : burstOf(index, burst),
  };
}

function contentName({ sha256, sizeBytes }: StoredPart): string {
  return sha256?.slice(0, 16) ?? String(sizeBytes);
}

/** Looked at each time: what lies there may be another file by now. */
async function whatBears(files: StoredFiles, part: StoredPart, parts: readonly StoredPart[]): Promise<Bearable> {
  if (!isShownType(typeOf(part.target))) return { shown: false, zoomed: false };
  await using opened = await files.open(part, parts);
  return opened ? await bearable(opened.reader) : { shown: false, zoomed: false };
}

const fileOf = (id: number, part: StoredPart): string => `/f/${id}/${part.n}/${contentName(part)}`;
const madeOf = (id: number, part: StoredPart): string => `/l/${id}/${part.n}/${contentName(part)}`;

function pictureOf(id: number, part: StoredPart, { shown }: Bearable): string {
  return shown ? fileOf(id, part) : madeOf(id, part);
}

function movieOf({ canTranscode }: PhotoContext, id: number, part: StoredPart): NonNullable<PhotoAnswer["movie"]> {
  const name = contentName(part);
  return { url: `/f/${id}/${part.n}/${name}`, proxy: canTranscode ? `/v/${id}/${part.n}/${name}` : null };
}

function burstOf(index: IndexFile, burst: string): PhotoAnswer["burst"] {
  const count = Number(index.get("SELECT count(*) AS n FROM photo WHERE burst = ?", burst)?.["n"] ?? 0);
  return count > 1 ? { view: new URLSearchParams({ burst }).toString(), count } : null;
}

function factsOf(
  row: Record<string, unknown>,
  detail: Record<string, unknown>,
  parts: readonly StoredPart[],
): [string, string][] {
  const text = (key: string): string | undefined =>
    typeof detail[key] === "string" ? (detail[key] as string) : undefined;
  const number = (key: string): number | undefined =>
    typeof detail[key] === "number" ? (detail[key] as number) : undefined;
  const [make, model] = [text("make"), text("model")];
  const camera = cameraName({ ...(make === undefined ? {} : { make }), ...(model === undefined ? {} : { model }) });
  const [width, height] = [number("width") ?? 0, number("height") ?? 0];
  const pixels = width * height;
  const size = pixels ? `${formatCount(width)} × ${formatCount(height)}` : "";
  const rows: [string, string][] = [
    ["Camera", printable(camera)],
    ["Lens", printable(text("lens") ?? "")],
    ["Exposure", exposureWords(number)],
    [
      "Size",
      [size, pixels >= 1e6 ? `${(pixels / 1e6).toFixed(0)} MP` : "", formatBytes(row["size"] as number)]
        .filter(Boolean)
        .join(" · "),
    ],
    [
      "Duration",
      Number(row["duration"]) > 0 && (row["flags"] as number) & flag.video
        ? formatDuration(row["duration"] as number)
        : "",
    ],
    ["Keywords", Array.isArray(detail["keywords"]) ? printable(detail["keywords"].join(", ")) : ""],
    ["From", phonePath(parts)],
  ];
  return rows.filter(([, value]) => value !== "");
}

function phonePath([first]: readonly StoredPart[]): string {
  return printable(first?.path ?? "");
}

/** 1/120 s · f/1.8 · ISO 64 · 26 mm */
function exposureWords(number: (key: string) => number | undefined): string {
  const [seconds, aperture, iso, focal] = ["exposureSeconds", "aperture", "iso", "focalLength35mm"].map(number);
  const words: string[] = [];
  if (seconds !== undefined && seconds > 0)
    words.push(seconds < 0.4 ? `1/${Math.round(1 / seconds)} s` : `${Number(seconds.toFixed(1))} s`);
  if (aperture !== undefined) words.push(`f/${Number(aperture.toFixed(1))}`);
  if (iso !== undefined) words.push(`ISO ${iso}`);
  if (focal !== undefined) words.push(`${focal} mm`);
  return words.join(" · ");
}

/** Albums, people, places and labels that lead to the other photos of each. */
function linksOf(index: IndexFile, id: number): PhotoAnswer["links"] {
  const rows = index.all(
    `SELECT t.kind, t.value FROM has h JOIN text t ON t.id = h.text WHERE h.photo = ? AND t.kind IN ('album', 'person', 'place', 'label')
     ORDER BY t.kind, t.value LIMIT 60`,
    id,
  );
  return rows.map((row) => {
    const [kind, title] = [String(row["kind"]), String(row["value"])];
    const shown = title.slice(title.lastIndexOf(albumSeparator) + 1);
    return { kind, title: shown, view: new URLSearchParams({ [kind]: title }).toString() };
  });
}

function partAnswer(files: StoredFiles, part: StoredPart): PartAnswer {
  return {
    n: part.n,
    role: part.role,
    name: nameIn(part),
    sizeBytes: part.sizeBytes,
    sha256: part.sha256,
    place: files.labelOf(part.place),
    path: part.target,
    fromPhone: part.path,
    copiedAt: new Date(part.copiedAt).toISOString(),
    run: part.runId,
    readBack: part.readAt === null ? null : `${part.found ?? "read"} ${new Date(part.readAt).toISOString()}`,
  };
}

/** Destinations that hold it, and what is known of their further copies. */
function copiesOf({ files, copies }: PhotoContext, parts: readonly StoredPart[]): string[] {
  const places = [...new Set(parts.map((p) => p.place))];
  return places.flatMap((place) => [files.labelOf(place), ...(copies.get(place) ?? [])]);
}
