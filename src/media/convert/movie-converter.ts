/** MP4s that everybody can play, of the movies that phones write: by repacking where that is enough. */
import type { AbortOptions } from "../../shared/abort.ts";
import { Ffmpeg, type FfmpegOptions } from "./ffmpeg.ts";
import { type MovieFacts, movieFacts } from "./movie-facts.ts";
import { NotConverted } from "./options.ts";

/** As good as the original to the eye. Source: trac.ffmpeg.org/wiki/Encode/H.264. */
const crf = "20";
/** HDR to what an ordinary screen shows. Source: ffmpeg.org/ffmpeg-filters.html (tonemap, zscale); ITU-R BT.2408 for the white of 203 nits. */
const toneMapping =
  "zscale=t=linear:npl=203,format=gbrpf32le,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv,format=yuv420p";
/** From so many frames a second on it is slow motion. */
const slowMotionFrom = 100;

/** What of a movie is not in its copy. */
export const movieLosses = ["hdr", "dolby-vision", "ten-bits", "spatial-sound", "slow-motion"] as const;
export type MovieLoss = (typeof movieLosses)[number];

/** Asks the ffmpeg that is installed. */
export class MovieConverter {
  readonly #ffmpeg: Ffmpeg;

  constructor(options: FfmpegOptions = {}) {
    this.#ffmpeg = new Ffmpeg(options);
  }

  get isInstalled(): boolean {
    return this.#ffmpeg.isInstalled;
  }

  /**
   * An MP4 of H.264 and AAC at `to`, looked at afterwards: as long as the movie, upright, with its date and place.
   * @throws {NotConverted} with its reason: then `to` is not to be used; the signal's reason
   */
  async toMp4(from: string, to: string, options: AbortOptions = {}): Promise<readonly MovieLoss[]> {
    const facts = movieFacts(await this.#ffmpeg.probe(from, options));
    if (!facts) throw new NotConverted("not-a-picture", "there is no moving picture in it");
    if (facts.isHdr && !(await this.#ffmpeg.canToneMap(options)))
      throw new NotConverted("no-tone-mapping", "this ffmpeg has no tonemap or no zscale filter");
    await this.#ffmpeg.convert(from, [...pictureArgs(facts), ...soundArgs(facts), ...commonArgs], to, options);
    const made = movieFacts(await this.#ffmpeg.probe(to, options));
    const difference = made ? differenceBetween(facts, made) : "it has no picture";
    if (difference) throw new NotConverted("changed", difference);
    return lostOf(facts);
  }

  /**
   * A smaller MP4 to be looked at, made anew, without anything that the movie says of where, when and by what it was taken.
   * @param maxHeight of the picture, in pixels @throws {NotConverted}; the signal's reason
   */
  async toBareMp4(from: string, to: string, maxHeight: number, options: AbortOptions = {}): Promise<void> {
    const facts = movieFacts(await this.#ffmpeg.probe(from, options));
    if (!facts) throw new NotConverted("not-a-picture", "there is no moving picture in it");
    const mapped = facts.isHdr && (await this.#ffmpeg.canToneMap(options)) ? `${toneMapping},` : "";
    // Even sizes, as H.264 wants them; never larger than it was.
    const scaled = `${mapped}scale=-2:'min(${maxHeight},trunc(ih/2)*2)'`;
    const picture = ["-map", "0:v:0", "-vf", scaled, "-c:v", "libx264", "-crf", "23", "-preset", "veryfast"];
    const sound = facts.audio.length > 0 ? ["-map", "0:a:0", "-ac", "2", "-c:a", "aac", "-b:a", "128k"] : [];
    await this.#ffmpeg.convert(from, [...picture, "-pix_fmt", "yuv420p", ...sound, ...bareArgs], to, options);
  }
}

const bareArgs = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-movflags", "+faststart"];

const commonArgs = ["-map_metadata", "0", "-movflags", "+faststart+use_metadata_tags"];

function isRepackable({ codec, isTenBits, isHdr }: MovieFacts): boolean {
  return codec === "h264" && !isTenBits && !isHdr;
}

function pictureArgs(facts: MovieFacts): string[] {
  const args = ["-map", "0:v:0"];
  if (isRepackable(facts)) return [...args, "-c:v", "copy"];
  const encoded = ["-c:v", "libx264", "-crf", crf, "-preset", "medium", "-pix_fmt", "yuv420p", "-fps_mode", "vfr"];
  const colours = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"];
  return facts.isHdr ? [...args, "-vf", toneMapping, ...encoded, ...colours] : [...args, ...encoded];
}

function soundArgs({ audio }: MovieFacts): string[] {
  // Spatial sound lies in a track of its own beside the plain one.
  const plain = audio.findIndex(({ codec }) => codec === "aac");
  const chosen = plain >= 0 ? plain : audio.findIndex(({ codec }) => codec !== "" && codec !== "none");
  if (chosen < 0) return [];
  return ["-map", `0:a:${chosen}`, ...(plain >= 0 ? ["-c:a", "copy"] : ["-c:a", "aac", "-b:a", "192k"])];
}

function differenceBetween(from: MovieFacts, made: MovieFacts): string | undefined {
  const frame = 1 / (from.framesPerSecond || 30);
  if (made.codec !== "h264") return `it has ${made.codec}`;
  if (Math.abs(made.seconds - from.seconds) > frame * 1.01)
    return `it lasts ${made.seconds.toFixed(2)} s instead of ${from.seconds.toFixed(2)}`;
  if (made.width !== from.width || made.height !== from.height)
    return `it is ${made.width} x ${made.height} instead of ${from.width} x ${from.height}`;
  if (from.created !== undefined && made.created !== from.created) return "its date is gone";
  if (from.place !== undefined && made.place !== from.place) return "its place is gone";
  return undefined;
}

function lostOf(facts: MovieFacts): MovieLoss[] {
  const lost: MovieLoss[] = [];
  if (facts.isHdr) lost.push("hdr");
  if (facts.isDolbyVision) lost.push("dolby-vision");
  if (facts.isTenBits) lost.push("ten-bits");
  if (facts.audio.length > 1 || facts.audio.some(({ channels }) => channels > 2)) lost.push("spatial-sound");
  if (facts.framesPerSecond >= slowMotionFrom) lost.push("slow-motion");
  return lost;
}
