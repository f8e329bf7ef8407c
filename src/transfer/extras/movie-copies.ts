/** MP4s of QuickTime movies, for devices that play no HEVC or no MOV. The movies stay as they are. */
import { createHash } from "node:crypto";
import { MovieConverter, NotConverted } from "../../media/convert/index.ts";
import { diskError } from "../../shared/disk-errors.ts";
import { toAppError } from "../../shared/errors.ts";
import { ScratchFolder } from "../../shared/scratch-folder.ts";
import type { StoredFile } from "../destination/destination.ts";
import type { CopiesMade, ExtrasSummary } from "../events.ts";
import { type Conversion, type Converted, type CopyPlaces, convertFiles } from "./convert-files.ts";
import { movies } from "./convertible.ts";
import type { NotMade } from "./copy-result.ts";
import type { MakeOptions, Maker, Workplace } from "./maker.ts";
import type { PhotoFile, StoredFiles } from "./stored-files.ts";

const version = 1;
/** The maker of those in a folder outside of the destination. */
export const movieApart = "mp4-apart";
const blockBytes = 1024 * 1024;

export const movieCopies: Maker = {
  name: "mp4-copy",
  version,
  lies: "beside",
  isAsked: ({ mp4, copiesTo }) => mp4 === true && copiesTo === undefined,
  make,
};

export const movieTree: Maker = {
  name: "mp4-tree",
  version,
  lies: "elsewhere",
  isAsked: ({ mp4, copiesTo }) => mp4 === true && copiesTo !== undefined,
  make,
};

async function make(files: StoredFiles, at: Workplace, options: MakeOptions): Promise<ExtrasSummary> {
  const photos = [...files].map(([, stored]) => stored);
  return { movieCopies: await makeMp4s(photos, at.options.copiesTo, at, options) };
}

/** @param photos the files of each @throws {DestinationError} when the disk refuses; {CancelledError} */
export async function makeMp4s(
  photos: Iterable<readonly PhotoFile[]>,
  copiesTo: string | undefined,
  at: CopyPlaces,
  options: MakeOptions,
  converter = new MovieConverter(),
): Promise<CopiesMade> {
  const conversion: Conversion = {
    maker: { name: at.apart ? movieApart : (copiesTo === undefined ? movieCopies : movieTree).name, version },
    extension: "mp4",
    folder: copiesTo,
    settings: "h264",
    // It uses all cores by itself.
    width: 1,
    convert: async (source, stat, { signal }) => {
      if (!converter.isInstalled) return { reason: "no-ffmpeg", message: "ffmpeg is not installed" };
      return await converted(source, stat, { converter, at, signal });
    },
  };
  const sources = Iterator.from(photos).flatMap((photo) => movies(photo));
  return await convertFiles([...new Set(sources)], conversion, at, options);
}

interface Making {
  readonly converter: MovieConverter;
  readonly at: Pick<Workplace, "destination">;
  readonly signal: AbortSignal | undefined;
}

/** From the destination into a folder of ours and back: ffmpeg wants paths, and the destination is reached through its seam alone. */
async function converted(
  source: string,
  { sizeBytes }: StoredFile,
  { converter, at, signal }: Making,
): Promise<Converted | NotMade> {
  const scratch = await ScratchFolder.create();
  const options = signal ? { signal } : {};
  try {
    await scratch.write("movie.mov", blocksOf(at.destination, source, sizeBytes));
    const lost = await converter.toMp4(scratch.file("movie.mov"), scratch.file("movie.mp4"), options);
    const hash = createHash("sha256");
    for await (const chunk of scratch.read("movie.mp4")) hash.update(chunk);
    return {
      lost,
      sizeBytes: await scratch.sizeOf("movie.mp4"),
      sha256: hash.digest("hex"),
      content: () => scratch.read("movie.mp4"),
      done: async () => await scratch[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    if (error instanceof NotConverted) return { reason: error.reason, message: error.message };
    // The disk of the system's own, not the destination's.
    if (toAppError(diskError(error, scratch.path)).code === "destination-full")
      return { reason: "no-room", message: `no room in ${scratch.path}` };
    throw error;
  }
}

async function* blocksOf(destination: Workplace["destination"], source: string, size: number): AsyncGenerator<Buffer> {
  await using stored = await destination.open(source);
  for (let at = 0; at < size; at += blockBytes) yield await stored.read(at, Math.min(blockBytes, size - at));
}
