/** The movie of a Motion Photo as a file of its own, beside the photo, which stays whole. Read from the copy: the phone is not asked again. */
import { posix } from "node:path";
import { findMotionVideo, type MotionVideo } from "../../media/index.ts";
import { fileKind, splitName } from "../../media/kinds.ts";
import type { AbortOptions } from "../../shared/abort.ts";
import type { StoredReader } from "../destination/destination.ts";
import type { ExtrasSummary } from "../events.ts";
import { type Maker, type Workplace, writeMade } from "./maker.ts";
import type { StoredFiles } from "./stored-files.ts";

const blockBytes = 1024 * 1024;

export const motionVideos: Maker = {
  name: "motion-video",
  version: 1,
  lies: "beside",
  isAsked: ({ motion }) => motion === "extract",
  make,
};

async function make(files: StoredFiles, at: Workplace, options: AbortOptions): Promise<ExtrasSummary> {
  let written = 0;
  let kept = 0;
  for (const [, stored] of files)
    for (const { target } of stored.filter((file) => file.role === "original")) {
      const result = await extract(target, at, options);
      if (result === "written") written += 1;
      if (result === "kept") kept += 1;
    }
  return { motionVideosWritten: written, ...(kept > 0 ? { motionVideosKept: kept } : {}) };
}

/** @returns undefined for a photo without a movie */
async function extract(
  source: string,
  at: Workplace,
  options: AbortOptions,
): Promise<"written" | "there" | "kept" | undefined> {
  const name = posix.basename(source);
  if (fileKind(name) !== "photo") return undefined;
  const stat = await at.destination.stat(source);
  if (!stat) return undefined;
  await using stored = await at.destination.open(source);
  const video = await findMotionVideo({
    size: stat.sizeBytes,
    read: (offset, length) => stored.read(offset, length),
  });
  if (!video) return undefined;
  const wanted = {
    target: `${source.slice(0, source.length - name.length)}${splitName(name).stem}.mp4`,
    source,
    basis: String(video.length),
    sizeBytes: video.length,
    modified: new Date(stat.modifiedMs),
    content: () => blocksOf(stored, video),
  };
  return await writeMade(motionVideos, wanted, at, options);
}

async function* blocksOf(stored: StoredReader, { offset, length }: MotionVideo): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += blockBytes)
    yield await stored.read(offset + at, Math.min(blockBytes, length - at));
}
