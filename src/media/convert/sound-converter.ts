/** M4As that everybody can play, of sound that phones write for themselves (CAF with Opus, AMR). */
import type { AbortOptions } from "../../shared/abort.ts";
import { Ffmpeg, type FfmpegOptions } from "./ffmpeg.ts";
import { NotConverted } from "./options.ts";

/** More than speech needs. */
const soundArgs = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-c:a", "aac", "-b:a", "64k", "-map_metadata", "-1"];
/** Equal sound gives equal bytes; `M4A ` is what players of sound look for. Source: ffmpeg.org/ffmpeg-formats.html (mov muxer). */
const formArgs = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart", "-brand", "M4A "];
/** Frames at both ends that encoders add or cut off. */
const slackSeconds = 0.5;

/** Asks the ffmpeg that is installed. */
export class SoundConverter {
  readonly #ffmpeg: Ffmpeg;

  constructor(options: FfmpegOptions = {}) {
    this.#ffmpeg = new Ffmpeg(options);
  }

  get isInstalled(): boolean {
    return this.#ffmpeg.isInstalled;
  }

  /**
   * An M4A of AAC at `to`, looked at afterwards: it is sound, and as long as the original says it is.
   * @param maxBytes of what is made: whatever grows larger is given up
   * @throws {NotConverted} with its reason: then `to` is not to be used; the signal's reason
   */
  async toM4a(from: string, to: string, maxBytes: number, options: AbortOptions = {}): Promise<void> {
    const before = secondsOf(await this.#ffmpeg.probe(from, options));
    const args = [...soundArgs, ...formArgs, "-fs", String(maxBytes)];
    await this.#ffmpeg.convert(from, args, to, options);
    const after = secondsOf(await this.#ffmpeg.probe(to, options));
    if (after === undefined) throw new NotConverted("changed", "there is no sound in what came of it");
    if (before !== undefined && after < before - slackSeconds)
      throw new NotConverted("changed", `it lasts ${after.toFixed(1)} s instead of ${before.toFixed(1)}`);
  }
}

/** Undefined where nothing says it. */
function secondsOf(probed: unknown): number | undefined {
  const { format } = probed as { readonly format?: { readonly duration?: unknown } };
  const seconds = Number(format?.duration);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
