/** `offroll info ITEM`: everything one photo says about itself. */
import { posix, resolve } from "node:path";
import { exitCodes, type Host } from "../../app/host.ts";
import { tryOutputFile, writeOutputFile } from "../../app/output-file.ts";
import { type MediaItem, type MediaSource, onThe } from "../../device/media-source.ts";
import { buildCameraRoll, itemId, type Preview, Previews, stemOf } from "../../library/index.ts";
import { photoJson } from "../../library/photo-json.ts";
import type { RollItem } from "../../library/roll.ts";
import { Decoder, type MediaFacts, readFacts, VideoFrames } from "../../media/index.ts";
import { boundedRange } from "../../media/range-reader.ts";
import { photoDetails, shownName } from "../../present/item-view.ts";
import { ItemError, UsageError } from "../../shared/errors.ts";
import { formatBytes, printable } from "../../shared/text.ts";
import { type CatalogRow, readCatalog } from "../../transfer/catalog/index.ts";
import { type Destination, type FileInPlace, findFile, openDestination } from "../../transfer/destination/index.ts";
import { CliSession } from "../cli-session.ts";
import type { CommandFlags, infoFlags } from "../command-flags.ts";

type InfoFlags = CommandFlags<typeof infoFlags>;

export async function info(context: Host, wanted: string, flags: InfoFlags): Promise<number> {
  await using session = new CliSession(context, flags);
  const exported = await findFile(resolve(context.cwd, wanted));
  if (exported && !wanted.startsWith("/DCIM/") && !wanted.startsWith("/PhotoData/"))
    return await infoOfFile(session, exported);
  const { preview } = flags;
  if (preview !== undefined) tryOutputFile(preview, { flag: "--preview", cwd: context.cwd, isNew: true });
  const { source } = await session.openPhone();
  await using _source = source;
  const photo = await findOnPhone(session, source, wanted);
  if (preview !== undefined) await writePreview(session, source, photo, preview);
  show(session, photo, undefined);
  return exitCodes.complete;
}

/** Upright, by the cheapest way there is. @throws {ItemError} when there is no picture to be had */
async function writePreview(session: CliSession, source: MediaSource, photo: RollItem, file: string): Promise<void> {
  const { context, output } = session;
  await using decoder = new Decoder();
  const preview = await new Previews(source, decoder, undefined, new VideoFrames(decoder)).of(photo, context);
  const upright =
    preview === undefined || preview.orientation === 1 ? preview?.bytes : await turned(decoder, preview, context);
  if (!preview || !upright)
    throw new ItemError("item-unreadable", `No preview is available for ${shownName(photo)}.`, {
      remedy: "Export the photo itself.",
    });
  const path = resolve(context.cwd, file);
  try {
    writeOutputFile(path, upright, { isNew: true });
  } catch (error) {
    throw new UsageError("usage", `${path} cannot be written: ${(error as Error).message}`);
  }
  output.say(`${path}: ${formatBytes(upright.length)}, ${previewWords[preview.from]}`);
}

/** By what its file says of it: the little picture in EXIF lies as the sensor saw it. */
async function turned(
  decoder: Decoder,
  { bytes, orientation }: Preview,
  context: Host,
): Promise<Uint8Array | undefined> {
  const made = await decoder.fit(bytes, "jpeg", { width: 1024, height: 1024, orientation }, context);
  return made && "jpeg" in made ? made.jpeg : undefined;
}

const previewWords = {
  phone: "its own thumbnail",
  exif: "the thumbnail in the file's EXIF",
  "heif-thumbnail": "the thumbnail inside the file",
  embedded: "the preview inside the file",
  decoded: "made from the picture itself",
  "video-frame": "the movie's first frame, by ffmpeg",
};

function show(session: CliSession, photo: RollItem, row: CatalogRow | undefined): void {
  const { output } = session;
  const copied = row && { from: row.path, sha256: row.sha256 ?? null, at: new Date(row.copiedAt).toISOString() };
  if (output.json) return output.document({ item: photoJson(photo), ...(copied ? { copied } : {}) });
  const details = photoDetails(photo);
  if (copied) {
    details.push(["From", printable(copied.from)], ["Copied", copied.at]);
    if (copied.sha256) details.push(["SHA-256", copied.sha256]);
  }
  const style = output.style();
  for (const [label, value] of details) output.data(`${style.dim(label.padEnd(12))} ${value}`);
}

/** One photo by path, name, short id or UUID; only its own files' heads are read. */
async function findOnPhone(session: CliSession, source: MediaSource, wanted: string): Promise<RollItem> {
  const { context } = session;
  const options = { now: context.clock.now(), signal: context.signal, library: session.libraryOf(source) };
  const roll = await buildCameraRoll(source, { ...options, heads: "none" });
  const matches = roll.items.filter((photo) => isMeant(photo, wanted));
  const [match] = matches;
  if (!match)
    throw new UsageError("item-not-found", `There is no "${printable(wanted)}" ${onThe(source.device.noun)}.`);
  const paths = new Set(matches.map((m) => stemOf(m.parts[0].item.path)));
  if (matches.length > 1 && (paths.size > 1 || !wanted.startsWith("/"))) {
    const list = matches.map((m) => `${printable(m.parts[0].item.path)} (${m.id})`).join(", ");
    throw new UsageError("item-ambiguous", `"${printable(wanted)}" is several: ${list}.`);
  }
  const stem = stemOf(match.parts[0].item.path);
  const whole = await buildCameraRoll(source, { ...options, only: (s) => s === stem, heads: "all", labels: true });
  const photo =
    whole.items.find((i) => i.parts.some((p) => p.item.path === wanted)) ??
    whole.items.find((i) => isMeant(i, wanted)) ??
    (match.parts[0].role === "original" ? undefined : match);
  if (!photo) throw new ItemError("item-gone", `${printable(match.parts[0].item.path)} is gone.`);
  return photo;
}

function isMeant(photo: RollItem, wanted: string): boolean {
  const text = wanted.toLowerCase();
  return (
    photo.id === text ||
    photo.library?.uuid?.toLowerCase() === text ||
    photo.library?.originalFilename?.toLowerCase() === text ||
    photo.parts.some((p) => p.item.path === wanted || p.item.name.toLowerCase() === text)
  );
}

async function infoOfFile(session: CliSession, file: FileInPlace): Promise<number> {
  const { found, place } = await openDestination(file.root, session.context.cwd);
  using catalog = await readCatalog(place.metadata);
  const row = catalog?.items.rows({ state: "done" }).find((r) => r.target === file.target);
  await using destination = place.destination(found.id);
  const stat = await destination.stat(file.target);
  if (!stat) throw new ItemError("item-gone", `${printable(file.path)} is gone.`);
  const facts = await factsOf(destination, file.target, stat.sizeBytes);
  const item: MediaItem = {
    id: file.path,
    path: file.path,
    name: posix.basename(file.target),
    area: "camera-roll",
    sizeBytes: stat.sizeBytes,
    modifiedAt: new Date(stat.modifiedMs),
    createdAt: undefined,
  };
  const photo: RollItem = {
    id: row?.photoId ?? itemId(item).slice(0, 8),
    kind: facts.format === "quicktime" ? "video" : "photo",
    subtype: undefined,
    parts: [{ role: row?.role ?? "original", availability: "phone", item, facts }],
    availability: "phone",
    edited: row?.role === "edit",
    captured: facts.captured,
  };
  show(session, photo, row);
  return exitCodes.complete;
}

async function factsOf(destination: Destination, target: string, sizeBytes: number): Promise<MediaFacts> {
  await using stored = await destination.open(target);
  return await readFacts(boundedRange(sizeBytes, (offset, length) => stored.read(offset, length)));
}
