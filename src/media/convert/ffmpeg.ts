/**
 * The `ffmpeg` and `ffprobe` that are installed, as children: they are given paths behind `file:` and may open nothing else, and are
 * ended when they say nothing for long. Source: ffmpeg.org/ffmpeg-protocols.html, ffmpeg.org/ffmpeg.html (-progress).
 */
import { spawn } from "node:child_process";
import { type AbortOptions, throwIfAborted } from "../../shared/abort.ts";
import { findProgram } from "../../shared/program.ts";
import { movieBounds } from "../movie-bounds.ts";
import { NotConverted } from "./options.ts";

const maxOutputBytes = 8 * 1024 * 1024;
const maxErrorBytes = 4096;

export interface FfmpegOptions {
  readonly ffmpeg?: string;
  readonly ffprobe?: string;
  /** A hostile movie may take for ever: who says nothing for so long is ended. */
  readonly stallMs?: number;
}

export class Ffmpeg {
  readonly #ffmpeg: string | undefined;
  readonly #ffprobe: string | undefined;
  readonly #stallMs: number;
  #canToneMap: Promise<boolean> | undefined;

  constructor({ ffmpeg = "ffmpeg", ffprobe = "ffprobe", stallMs = 120_000 }: FfmpegOptions = {}) {
    this.#ffmpeg = findProgram(ffmpeg);
    this.#ffprobe = findProgram(ffprobe);
    this.#stallMs = stallMs;
  }

  get isInstalled(): boolean {
    return this.#ffmpeg !== undefined && this.#ffprobe !== undefined;
  }

  /** What it finds in a file, as JSON. @throws {NotConverted} */
  async probe(path: string, options: AbortOptions = {}): Promise<unknown> {
    const args = [
      "-v",
      "error",
      "-protocol_whitelist",
      "file",
      ...movieBounds,
      "-show_streams",
      "-show_format",
      "-of",
      "json",
    ];
    const text = await this.#run(this.#ffprobe, [...args, `file:${path}`], options);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new NotConverted("damaged", "ffprobe does not know what it is");
    }
  }

  /** Whether it can make HDR ordinary: not all are built with both filters. */
  async canToneMap(options: AbortOptions = {}): Promise<boolean> {
    this.#canToneMap ??= this.#run(this.#ffmpeg, ["-hide_banner", "-filters"], options).then(
      (text) => /\bzscale\b/.test(text) && /\btonemap\b/.test(text),
      () => false,
    );
    return await this.#canToneMap;
  }

  /** @param args between the two files @throws {NotConverted} */
  async convert(from: string, args: readonly string[], to: string, options: AbortOptions = {}): Promise<void> {
    const before = [
      "-hide_banner",
      "-nostdin",
      "-v",
      "error",
      "-progress",
      "pipe:1",
      "-protocol_whitelist",
      "file,pipe",
      ...movieBounds,
    ];
    await this.#run(this.#ffmpeg, [...before, "-i", `file:${from}`, ...args, "-f", "mp4", `file:${to}`], options);
  }

  async #run(program: string | undefined, args: readonly string[], { signal }: AbortOptions): Promise<string> {
    throwIfAborted(signal);
    if (program === undefined) throw new NotConverted("no-ffmpeg", "ffmpeg is not installed");
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], killSignal: "SIGKILL", signal });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let [outBytes, errBytes, isStalled] = [0, 0, false];
    const giveUp = (): void => {
      isStalled = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(giveUp, this.#stallMs);
    child.stdout.on("data", (chunk: Buffer) => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, this.#stallMs);
      // Of an hour of progress only the end would be of use.
      if (outBytes < maxOutputBytes) out.push(chunk);
      outBytes += chunk.length;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (errBytes < maxErrorBytes) err.push(chunk);
      errBytes += chunk.length;
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on("error", () => resolve(null));
      child.on("close", resolve);
    });
    clearTimeout(timer);
    throwIfAborted(signal);
    if (isStalled) throw new NotConverted("gave-up", "ffmpeg said nothing for too long");
    if (code !== 0) throw new NotConverted("failed", lastLine(Buffer.concat(err).toString("utf8")));
    return Buffer.concat(out).toString("utf8");
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 200) || "ffmpeg ended without a word";
}
