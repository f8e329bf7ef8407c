/** The movie of a Motion Photo as a file of its own, beside the photo, which stays whole. Read from the copy: the phone is not asked again. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { fileKind, findMotionVideo, type RangeReader, splitName } from "../../media/index.ts";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Destination } from "../destination/destination.ts";

/** The values of `--motion`. */
export const motionModes = ["keep", "extract"] as const;

const blockBytes = 1024 * 1024;

/** @returns undefined for a photo without a movie; `kept` when another file has the name */
export async function extractMotionVideo(
  destination: Destination,
  catalog: Catalog,
  target: string,
  options: AbortOptions,
): Promise<"written" | "there" | "kept" | undefined> {
  const name = posix.basename(target);
  if (fileKind(name) !== "photo") return undefined;
  const stat = await destination.stat(target);
  if (!stat) return undefined;
  await using stored = await destination.open(target);
  const reader: RangeReader = { size: stat.sizeBytes, read: (offset, length) => stored.read(offset, length) };
  const video = await findMotionVideo(reader);
  if (!video) return undefined;
  const to = `${target.slice(0, target.length - name.length)}${splitName(name).stem}.mp4`;
  const mark = `motion of:${target}:${video.length}`;
  if (await destination.stat(to)) return catalog.made.mark(to) === mark ? "there" : "kept";
  const key = createHash("sha256").update(mark).digest("hex");
  await using file = await destination.create({ key, sizeBytes: video.length });
  await file.restart();
  for (let at = 0; at < video.length; at += blockBytes) {
    throwIfAborted(options.signal);
    await file.write(await stored.read(video.offset + at, Math.min(blockBytes, video.length - at)));
  }
  if ((await file.commit(to, new Date(stat.modifiedMs))) === "name-taken") return "kept";
  catalog.made.note(to, mark);
  return "written";
}
