/**
 * A picture of a movie through the `ffmpeg` that is installed, if one is: no video decoder is bundled. It is given one key frame in
 * a container of our making through a pipe, and may open nothing else. Source: ffmpeg.org/ffmpeg-protocols.html.
 */
import { spawn } from "node:child_process";
import { type AbortOptions, throwIfAborted } from "../shared/abort.ts";
import { Semaphore } from "../shared/async.ts";
import { findProgram } from "../shared/program.ts";
import type { Decoder } from "./decoder.ts";
import { movieBounds } from "./movie-bounds.ts";
import type { RangeReader } from "./range-reader.ts";

/** A hostile movie may take for ever: then the decoder is ended with it. */
const timeoutMs = 5_000;
const maxPictureBytes = 4 * 1024 * 1024;

/** Asks `ffmpeg` for one frame at a time. Undefined answers where none is installed, which is found out once. */
export class VideoFrames {
  readonly #decoder: Decoder;
  readonly #program: string | undefined;
  readonly #turn = new Semaphore(1);
  #isAbsent: boolean;

  constructor(decoder: Decoder, program = "ffmpeg") {
    this.#decoder = decoder;
    this.#program = findProgram(program);
    this.#isAbsent = this.#program === undefined;
  }

  get isInstalled(): boolean {
    return !this.#isAbsent;
  }

  /** @param size longest width of the picture @returns a JPEG, upright; undefined without ffmpeg or a frame that it can decode @throws what `movie` throws */
  async frame(movie: RangeReader, size: number, options: AbortOptions = {}): Promise<Uint8Array | undefined> {
    if (this.#isAbsent) return undefined;
    const release = await this.#turn.acquire();
    try {
      throwIfAborted(options.signal);
      const frame = await this.#decoder.keyFrame(movie, options);
      throwIfAborted(options.signal);
      return frame && (await this.#decode(frame, size, options));
    } finally {
      release();
    }
  }

  async #decode(movie: Uint8Array, size: number, { signal }: AbortOptions): Promise<Uint8Array | undefined> {
    const args = [
      ...["-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe", ...movieBounds],
      ...["-f", "mp4", "-i", "pipe:0", "-frames:v", "1", "-vf", `scale='min(${size},iw)':-2`],
      ...["-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "4", "pipe:1"],
    ];
    const child = spawn(this.#program as string, args, {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      signal,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxPictureBytes) child.kill("SIGKILL");
    });
    // What it does not want to read is told by its exit.
    child.stdin.on("error", () => {});
    child.stdin.end(movie);
    const isDone = await new Promise<boolean>((resolve) => {
      child.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") this.#isAbsent = true;
        resolve(false);
      });
      child.on("close", (code) => resolve(code === 0));
    });
    throwIfAborted(signal);
    return isDone && bytes > 0 && bytes <= maxPictureBytes ? Buffer.concat(chunks) : undefined;
  }
}
